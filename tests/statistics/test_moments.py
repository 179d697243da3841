"""Tests of kfp_component_lib.statistics.moments against SciPy."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kfp_component_lib.statistics.moments import Moments, Spread, means

_FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(value=_FINITE, counts=st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_equal_values_have_no_variance(value, counts):
    """Whatever a sum of equal values is rounded to, they are constant, in any number of blocks."""
    parts = [Moments.of(np.full(count, value)) for count in counts]
    whole = functools.reduce(Moments.merge, parts)
    assert (whole.spread.count, whole.spread.mean, whole.spread.m2) == (sum(counts), value, 0)
    assert (whole.m3, whole.m4, whole.skewness, whole.kurtosis) == (0, 0, None, None)
    assert functools.reduce(Spread.merge, [Spread.of(np.full(n, value)) for n in counts]).m2 == 0


@given(value=st.floats(1e-100, 1e9), count=st.integers(2, 400), place=st.integers(0, 399))
def test_one_other_value_is_a_variance(value, count, place):
    """A single value that is the next double above makes a column that is not constant."""
    values = np.full(count, value)
    values[place % count] = np.nextafter(value, np.inf)
    assert Spread.of(values).m2 > 0


@pytest.mark.parametrize("pieces", [1, 7])
def test_moments_are_those_of_scipy(pieces):
    """Mean, deviation, skewness and kurtosis agree to 1e-10, merged or not."""
    values = np.random.default_rng(0).lognormal(1, 1, 3000)
    parts = map(Moments.of, np.array_split(values, pieces))
    found = functools.reduce(Moments.merge, parts)
    assert found.spread.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.spread.std == pytest.approx(values.std(ddof=1), rel=1e-10)
    assert found.skewness == pytest.approx(stats.skew(values), rel=1e-10)
    assert found.kurtosis == pytest.approx(stats.kurtosis(values), rel=1e-10)


def test_means_of_rows_are_those_of_numpy():
    """Rows that vary have NumPy's mean, also where both ends are equal; others their value."""
    rows = np.array([[0.1] * 3, [1.0, 2.0, 1.0], [0.5, 0.25, 8.0]])
    np.testing.assert_array_equal(means(rows), [0.1, 4 / 3, 8.75 / 3])
