"""Tests of kfp_component_lib.statistics.histogram against NumPy."""

import numpy as np
import pytest

from kfp_component_lib.statistics.bins import Bins, float_keys
from kfp_component_lib.statistics.histogram import Histogram, histogram
from kfp_component_lib.statistics.quantiles import Distribution


@pytest.mark.parametrize("bars", [1, 7, 40])
def test_bars_are_those_of_numpy(bars):
    """Every bar, including the last one, counts the values in its equal share of the range."""
    values = np.random.default_rng(0).standard_normal(2000)
    found = histogram(Distribution(Bins().add(float_keys(values))), bars)
    assert found.counts == np.histogram(values, bars)[0].tolist()
    assert (found.low, found.high) == (values.min(), values.max())


def test_there_are_40_bars():
    """Evenly spread values fill all bars equally."""
    keys = np.arange(400, dtype=np.int64)
    assert histogram(Distribution(Bins().add(keys), whole=True)).counts == [10.0] * 40


def test_one_value_is_one_bar():
    """A range without width is not divided."""
    found = histogram(Distribution(Bins().add(float_keys(np.full(3, 7.5)))), 5)
    assert found == Histogram([3.0, 0.0, 0.0, 0.0, 0.0], 7.5, 7.5)


def test_the_whole_range_of_doubles_has_a_histogram():
    """The width of this range overflows a double."""
    values = np.array([-1.7e308, 0.0, 1.7e308])
    assert histogram(Distribution(Bins().add(float_keys(values))), 3).counts == [1.0, 1.0, 1.0]


def test_nothing_has_no_bars():
    """Without values, there are no ends either."""
    assert histogram(Distribution(Bins())) == Histogram([], None, None)
