"""Tests of kfp_component_lib.statistics.quantiles."""

import numpy as np
import pytest

from kfp_component_lib.statistics.bins import Bins, float_keys
from kfp_component_lib.statistics.quantiles import Distribution


def _coarse(counts):
    """Return two bins of 4 integers each: 0 to 3, of which 3 occurs, and 40 to 43."""
    prefixes = np.array([0, 10])
    return Distribution(Bins(2, prefixes, np.array(counts), 2, lowest=3, highest=43), whole=True)


@pytest.mark.parametrize("q", [0.0, 0.1, 1 / 3, 0.5, 0.99, 1.0])
def test_few_values_have_exact_quantiles(q):
    """The quantiles equal NumPy's, for doubles and for integers."""
    values = np.array([5.0, -1.0, 2.0, 2.0])
    floats = Distribution(Bins().add(float_keys(values)))
    whole = Distribution(Bins().add(values.astype(np.int64)), whole=True)
    wanted = float(np.quantile(values, q))
    assert floats.quantile(q) == pytest.approx(wanted, rel=1e-15)
    assert whole.quantile(q) == pytest.approx(wanted, rel=1e-15)
    assert (floats.quantile_error([q]), whole.quantile_error([q])) == (0.0, 0.0)


def test_the_error_looks_at_both_neighbours():
    """Rank 0 is exact, and rank 1 is in a bin that is 3 wide, so an error of 3 is possible."""
    assert _coarse([1, 1]).quantile_error([0.0]) == 3.0
    assert _coarse([2, 0]).quantile_error([0.0]) == 0.0


def test_ends_are_exact():
    """The smallest and largest values are exact, however wide their bins are."""
    distribution = _coarse([5, 5])
    assert (distribution.quantile(0.0), distribution.quantile(1.0)) == (3, 43)


def test_nothing_has_no_quantile():
    """Without values there is no error either."""
    assert Distribution(Bins()).quantile(0.5) is None
    assert Distribution(Bins()).quantile_error([0.5]) == 0.0
