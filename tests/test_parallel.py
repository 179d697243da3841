"""Tests of kfp_component_lib.parallel."""

import itertools
import threading
import time

import pytest

from kfp_component_lib.parallel import mapped_ahead, read_ahead

_PATIENCE = 60


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_results_have_the_order_of_the_items(threads, count):
    """Results keep the order of the items, even if the first items take longest."""

    def work(item):
        time.sleep(0.01 if item == 0 else 0)
        return item * item

    with mapped_ahead(work, range(count), threads) as results:
        assert list(results) == [item * item for item in range(count)]


def test_only_a_few_items_are_taken_ahead():
    """At most one more item is taken than there are threads."""
    taken = []
    with mapped_ahead(str, (taken.append(item) or item for item in range(99)), 3) as results:
        next(results)
        assert taken == [0, 1, 2, 3]


def test_an_error_comes_in_its_place_and_leaves_no_thread():
    """Earlier results are returned, and no new thread is left."""
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


@pytest.mark.parametrize("depth", [1, 2, 9])
@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_items_come_in_order(depth, number):
    """Every item comes once, in order, however many are read ahead."""
    assert list(read_ahead(range(number), depth)) == list(range(number))


def test_the_next_item_is_read_meanwhile():
    """While the first item is processed, another thread reads the second."""
    second = threading.Event()

    def items():
        yield threading.get_ident()
        second.set()
        yield threading.get_ident()

    ahead = read_ahead(items())
    assert next(ahead) != threading.get_ident()
    assert second.wait(_PATIENCE)
    assert len(list(ahead)) == 1


def test_only_a_few_items_are_read_ahead():
    """A consumer that stops early causes no more reading than the depth allows."""
    read = itertools.count()
    ahead = read_ahead((next(read) for _ in range(100)), depth=3)
    next(ahead)
    ahead.close()
    assert next(read) == 4


def test_an_error_comes_after_the_items_before_it():
    """An exception of the iteration is raised in its place."""

    def items():
        yield from "ab"
        raise OSError("damaged")

    found = []
    with pytest.raises(OSError, match="damaged"):
        found.extend(read_ahead(items(), depth=5))
    assert found == ["a", "b"]
