"""Tests of kfp_component_lib.evaluation.distances against the definition."""

import math

import pytest

from kfp_component_lib.evaluation.distances import Part, stability_index


def test_the_index_is_its_definition():
    """The index is the sum of (q - p) ln(q / p); it is symmetric, and 0 for equal shares."""
    old, new = (0.5, 0.3, 0.2), (0.2, 0.5, 0.3)
    wanted = (0.2 - 0.5) * math.log(0.2 / 0.5) + (0.5 - 0.3) * math.log(0.5 / 0.3)
    wanted += (0.3 - 0.2) * math.log(0.3 / 0.2)
    for before, after, index in ((old, new, wanted), (new, old, wanted), (old, old, 0)):
        parts = [Part("", *pair) for pair in zip(before, after, strict=True)]
        assert stability_index(parts) == pytest.approx(index, rel=1e-14)


@pytest.mark.parametrize(("floor", "share"), [(1e-4, 0.0), (1e-4, 5e-5), (0.01, 0.005)])
def test_a_share_below_the_floor_counts_as_the_floor(floor, share):
    """A part that one side does not have makes the index large but finite."""
    parts = [Part("", 1.0, 0.5), Part("", share, 0.5, floor)]
    wanted = (0.5 - 1) * math.log(0.5) + (0.5 - floor) * math.log(0.5 / floor)
    assert stability_index(parts) == pytest.approx(wanted, rel=1e-14)
