"""Tests of kfp_component_lib.parallel."""

import threading
import time

import pytest

from kfp_component_lib.parallel import mapped_ahead


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_results_have_the_order_of_the_items(threads, count):
    """Also where the first items take longest."""

    def work(item):
        time.sleep(0.01 if item == 0 else 0)
        return item * item

    with mapped_ahead(work, range(count), threads) as results:
        assert list(results) == [item * item for item in range(count)]


def test_only_a_few_items_are_taken_ahead():
    """At most one more than there are threads."""
    taken = []
    with mapped_ahead(str, (taken.append(item) or item for item in range(99)), 3) as results:
        next(results)
        assert taken == [0, 1, 2, 3]


def test_an_error_comes_in_its_place_and_leaves_no_thread():
    """Results before it arrive; afterwards the threads are those of before."""
    before, found = threading.enumerate(), []
    with pytest.raises(ZeroDivisionError), mapped_ahead(lambda n: 6 // n, [3, 2, 0, 1]) as results:
        for result in results:
            found.append(result)
    assert found == [2, 3]
    assert threading.enumerate() == before


def test_no_thread_is_left_when_results_are_not_taken():
    """Leaving the block early ends the threads."""
    before = threading.enumerate()
    with mapped_ahead(str, range(99)) as results:
        next(results)
    assert threading.enumerate() == before
