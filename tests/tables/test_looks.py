"""Tests of kfp_component_lib.tables.looks."""

import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.looks import check_looks


@pytest.mark.parametrize("texts", [["\u00e9", "b", "e\u0301"], ["yes", "no", "yes "]])
def test_texts_that_look_the_same_are_refused(texts):
    """The message shows what is different about them."""
    with pytest.raises(
        DataError, match=r"^o\.f must have classes that people can tell apart"
    ) as it:
        check_looks(texts, "o.f")
    assert f"{texts[0]!a} and {texts[-1]!a} are different texts." in str(it.value)


@pytest.mark.parametrize("classes", [["yes", "Yes", "no"], [1, 1.5, True, None], []])
def test_classes_that_people_can_tell_apart_pass(classes):
    """Case is a difference, and so is every number."""
    check_looks(classes, "o.f")
