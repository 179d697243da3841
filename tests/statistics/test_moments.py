"""Tests of kfp_component_lib.statistics.moments against SciPy."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kfp_component_lib.statistics.moments import Moments, Spread, means, merged

_FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(value=_FINITE, counts=st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_equal_values_have_no_variance(value, counts):
    """Equal values are constant, however their sum is rounded, in any number of blocks."""
    parts = [Moments.of(np.full(count, value)) for count in counts]
    whole = functools.reduce(Moments.merge, parts)
    assert (whole.spread.count, whole.spread.mean, whole.spread.m2) == (sum(counts), value, 0)
    assert (whole.m3, whole.m4, whole.skewness, whole.kurtosis) == (0, 0, None, None)
    assert functools.reduce(Spread.merge, [Spread.of(np.full(n, value)) for n in counts]).m2 == 0


@given(value=st.floats(1e-100, 1e9), count=st.integers(2, 400), place=st.integers(0, 399))
def test_one_other_value_is_a_variance(value, count, place):
    """A single value that is the next larger double makes a column that is not constant."""
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
    """Varying rows have NumPy's mean, even with equal ends; constant rows have their value."""
    rows = np.array([[0.1] * 3, [1.0, 2.0, 1.0], [0.5, 0.25, 8.0]])
    np.testing.assert_array_equal(means(rows), [0.1, 4 / 3, 8.75 / 3])


def test_moments_of_few_values():
    """The numbers 1 to 5 have mean 3, variance 2, skewness 0 and excess kurtosis 6.8 / 4 - 3."""
    moments = Moments.of(np.arange(1.0, 6.0))
    assert (moments.spread.count, moments.spread.mean, moments.spread.variance) == (5, 3.0, 2.0)
    assert moments.spread.std == pytest.approx(2.5**0.5, rel=1e-15)
    assert moments.skewness == 0.0
    assert moments.kurtosis == pytest.approx(-1.3, rel=1e-15)


def test_a_long_tail_is_skewed():
    """For 0, 0 and 1 the skewness is 1 / sqrt(2), and the excess kurtosis is -1.5."""
    moments = Moments.of(np.array([0.0, 0.0, 1.0]))
    assert moments.skewness == pytest.approx(2**-0.5, rel=1e-14)
    assert moments.kurtosis == pytest.approx(-1.5, rel=1e-14)


def test_the_order_of_parts_makes_no_difference():
    """Parts merge to the same bits in any order."""
    parts = [Moments.of(part) for part in np.random.default_rng(1).standard_normal((20, 7))]
    assert repr(merged(parts, Moments())) == repr(merged(parts[::-1], Moments()))


def test_columns_are_merged_together():
    """Means and products of several columns equal NumPy's covariance."""
    values = np.random.default_rng(2).standard_normal((3, 90))
    parts = [values[:, :40], values[:, 40:]]
    spreads = [Spread(p.shape[1], p.mean(axis=1), np.cov(p, ddof=0) * p.shape[1]) for p in parts]
    both = spreads[0].merge(spreads[1])
    np.testing.assert_allclose(both.mean, values.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(both.m2 / 90, np.cov(values, ddof=0), rtol=1e-12)


@pytest.mark.parametrize("values", [[], [3.5], [2.0, 2.0]])
def test_what_is_not_defined_is_none(values):
    """Few or equal values have no shape, and none is invented."""
    moments = Moments.of(np.array(values))
    assert (moments.skewness, moments.kurtosis) == (None, None)
    assert (moments.spread.std is None) == (len(values) < 2)
    assert (moments.spread.variance is None) == (len(values) == 0)


def test_squares_beyond_float64_are_not_a_number():
    """Squares that overflow give neither a warning nor an infinity."""
    moments = Moments.of(np.array([1e300, -1e300]))
    assert (moments.spread.std, moments.spread.variance, moments.skewness) == (None, None, None)
