"""Tests of kfp_component_lib.errors."""

import pytest

from kfp_component_lib.errors import DataError, DataTypeError, OutputError, check


@pytest.mark.parametrize("kind", [DataError, DataTypeError, OutputError])
def test_an_error_says_what_who_wrote_it_can_change(kind):
    """Field, rule, value and advice form a sentence that the reader can act on."""
    error = kind("split_dataset.sizes", "add up to 1", [0.5], "For example [0.8, 0.2]")
    assert str(error) == "split_dataset.sizes must add up to 1, got [0.5]. For example [0.8, 0.2]."


def test_a_library_may_know_more():
    """The error of the library is shown beside the value."""
    error = DataError("a.b", "be JSON", "x", "Correct it", ValueError("line 1 is empty"))
    assert str(error) == "a.b must be JSON, got 'x' (line 1 is empty). Correct it."


@pytest.mark.parametrize(("length", "cut"), [(298, False), (299, True)])
def test_long_values_are_cut(length, cut):
    """A value of more than 300 characters, including its quotes, ends with an ellipsis."""
    text = str(DataError("a.b", "be short", "x" * length, "Cut it"))
    assert ("…" in text) is cut
    assert text.count("x") == (299 if cut else length)


def test_errors_are_those_of_python_too():
    """The errors can be caught as ValueError, TypeError or OSError."""
    arguments = ("a.b", "be", 1, "Fix")
    assert isinstance(DataError(*arguments), ValueError)
    assert isinstance(DataTypeError(*arguments), DataError)
    assert isinstance(DataTypeError(*arguments), TypeError)
    assert isinstance(OutputError(*arguments), OSError)


def test_what_holds_is_not_refused():
    """A check accepts a value that meets its rule, and refuses one that does not."""
    check([1], "a.b", "have entries", [1], "Add one")
    with pytest.raises(DataError, match=r"a\.b must have entries, got \[\]\. Add one\."):
        check([], "a.b", "have entries", [], "Add one")
