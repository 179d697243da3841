"""Tests of kfp_component_lib.statistics.bins against NumPy."""

import numpy as np
import pytest

from kfp_component_lib.statistics.bins import Bins, float_keys, key_floats

_RANDOM = np.random.default_rng(3)
_KEYS = {
    "close together": _RANDOM.integers(-50, 50, 400),
    "below zero": _RANDOM.integers(-1010, -1000, 400),
    "close together on both sides of zero": float_keys(
        np.array([-2.5, 2.5])[_RANDOM.integers(0, 2, 400)]
    )
    >> 48,
    "of 32 bits": _RANDOM.integers(-(2**31), 2**31, 400),
    "of 64 bits": _RANDOM.integers(-(2**63), 2**63, 400),
    "both ends": np.array([2**63 - 1, -(2**63), 0, -1, -(2**63)]),
}


@pytest.mark.parametrize("name", _KEYS)
def test_bins_count_what_numpy_counts(name):
    """If there are few different keys, each has its own bin, with an exact count."""
    keys = _KEYS[name].astype(np.int64)
    bins = Bins().add(keys)
    found, counts = np.unique(keys, return_counts=True)
    assert (bins.prefixes.dtype, bins.exact) == (np.int64, True)
    np.testing.assert_array_equal(bins.prefixes, found)
    np.testing.assert_array_equal(bins.counts, counts)


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_bins_do_not_depend_on_how_keys_are_divided(pieces):
    """Beyond the limit too, bins depend only on the keys, not on their order or division."""
    keys = float_keys(_RANDOM.standard_normal(40_000))
    whole, parts = Bins(limit=500).add(keys), Bins(limit=500)
    for part in np.array_split(_RANDOM.permutation(keys), pieces):
        parts = parts.add(part)
    assert (parts.shift, parts.lowest, parts.highest) == (whole.shift, whole.lowest, whole.highest)
    np.testing.assert_array_equal(parts.prefixes, whole.prefixes)
    np.testing.assert_array_equal(parts.counts, whole.counts)


@pytest.mark.parametrize("limit", [398, 399, 400])
@pytest.mark.parametrize("low_bits", [0, 31, 32, 33])
def test_as_many_bits_are_kept_as_the_limit_allows(limit, low_bits):
    """Keys of 64 bits that are added at once give the bins that they give one at a time."""
    keys = np.arange(-200, 200, dtype=np.int64) << low_bits
    keys[[0, -1]] = -(2**63), 2**63 - 1
    whole, parts = Bins(limit=limit).add(keys), Bins(limit=limit)
    for key in keys:
        parts = parts.add(key[np.newaxis])
    assert (whole.shift, whole.lowest, whole.highest) == (parts.shift, parts.lowest, parts.highest)
    np.testing.assert_array_equal(whole.prefixes, parts.prefixes)
    np.testing.assert_array_equal(whole.counts, parts.counts)


def test_keys_are_in_the_order_of_their_numbers():
    """Doubles of any sign and size have keys in the same order, which map back to them."""
    ends = [0.0, np.inf, -np.inf, 5e-324, -5e-324, 1.7e308, -1.7e308]
    values = np.sort(np.concatenate([_RANDOM.standard_normal(1000), ends]))
    assert np.all(np.diff(float_keys(values)) > 0)
    np.testing.assert_array_equal(key_floats(float_keys(values)), values)
    assert float_keys(np.array([-0.0])) == float_keys(np.array([0.0]))
