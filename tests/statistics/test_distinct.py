"""Tests of kfp_component_lib.statistics.distinct."""

import numpy as np
import pyarrow as pa
import pytest

from kfp_component_lib.statistics.distinct import Distinct, distinct_texts


def _hashes(*numbers):
    return np.array(numbers, np.uint64), np.ones(len(numbers), np.int64)


def test_up_to_the_limit_everything_is_exact():
    """As many values as the limit allows are all kept, and their number is exact."""
    sketch = Distinct(limit=3).add(*_hashes(1, 2, 3)).add(*_hashes(2, 3))
    assert (sketch.full, sketch.estimate) == (False, 3)
    assert sketch.counts.tolist() == [1, 2, 2]


def test_beyond_the_limit_the_smallest_hashes_are_kept():
    """Their counts stay exact, and the sketch records that values were left out."""
    sketch = Distinct(limit=3).add(*_hashes(5, 7, 9)).add(*_hashes(1, 7))
    assert sketch.hashes.tolist() == [1, 5, 7]
    assert sketch.counts.tolist() == [1, 1, 2]
    assert sketch.full


@pytest.mark.parametrize("different", [1, 3, 4, 5, 50])
def test_many_hashes_at_once_are_counted_as_one_by_one(different):
    """However often values repeat, a block gives the sketch that its values give one at a time."""
    hashes = np.random.default_rng(different).integers(0, different, 60).astype(np.uint64)
    block, single = Distinct(limit=4).add_hashes(hashes), Distinct(limit=4)
    for each in hashes:
        single = single.add_hashes(each[np.newaxis])
    np.testing.assert_array_equal(block.hashes, single.hashes)
    np.testing.assert_array_equal(block.counts, single.counts)
    assert block.full == single.full


def test_values_that_were_left_out_take_no_memory():
    """A sketch of many values holds arrays of its own size."""
    sketch = Distinct(limit=4).add_hashes(np.arange(1000, dtype=np.uint64))
    for array in (sketch.hashes, sketch.counts):
        assert array.base is None
        assert len(array) == 4


def test_the_estimate_is_the_unbiased_one():
    """Of 4 hashes the largest is in the middle of the range, so 3 per half give 6 values."""
    hashes = np.array([1, 2, 3, 2**63 - 1], np.uint64)
    sketch = Distinct(hashes, np.ones(4, np.int64), limit=4, full=True)
    assert sketch.estimate == 6


def test_the_estimate_is_as_good_as_stated():
    """Over 50 samples of 20,000 values its mean is within 4 standard errors."""
    rng = np.random.default_rng(0)
    estimates = []
    for _ in range(50):
        hashes = np.unique(rng.integers(0, 2**64, 20_000, np.uint64))
        estimates.append(Distinct(limit=256).add(hashes, np.ones(len(hashes), np.int64)).estimate)
    error = 20_000 / np.sqrt(254)
    assert abs(np.mean(estimates) - 20_000) < 4 * error / np.sqrt(50)
    assert 0.6 * error < np.std(estimates) < 1.5 * error


@pytest.mark.parametrize("order", [1, -1])
def test_shards_may_come_in_any_order(order):
    """Hashes, counts and texts equal those of all values together."""
    parts = [distinct_texts(pa.array([f"{n}" for n in range(k, 9000, 2)]), str) for k in (0, 1)]
    first, second = parts[::order]
    merged = first.merge(second)
    whole = distinct_texts(pa.array([f"{n}" for n in range(9000)]), str)
    np.testing.assert_array_equal(merged.hashes, whole.hashes)
    np.testing.assert_array_equal(merged.counts, whole.counts)
    assert (merged.examples, merged.full) == (whole.examples, True)


def test_the_most_common_values_come_first():
    """Ties are ordered by their texts."""
    sketch = distinct_texts(pa.array(["b", "c", "a", "c"]), str)
    assert sketch.most_common(2) == [("c", 2), ("a", 1)]
