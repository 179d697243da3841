"""Tests of kfp_component_lib.prefetching."""

import itertools
import threading

import pytest

from kfp_component_lib.prefetching import read_ahead

_PATIENCE = 60


@pytest.mark.parametrize("depth", [1, 2, 9])
@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_items_come_in_order(depth, number):
    """Every item comes once, in order, however many are read ahead."""
    assert list(read_ahead(range(number), depth)) == list(range(number))


def test_the_next_item_is_read_meanwhile():
    """While the first item is worked on, another thread gets the second."""
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
    """Who stops early has caused no more reading than the depth says."""
    read = itertools.count()
    ahead = read_ahead((next(read) for _ in range(100)), depth=3)
    next(ahead)
    ahead.close()
    assert next(read) == 4


def test_an_error_comes_after_the_items_before_it():
    """What iterating raises is raised in its place."""

    def items():
        yield from "ab"
        raise OSError("damaged")

    found = []
    with pytest.raises(OSError, match="damaged"):
        found.extend(read_ahead(items(), depth=5))
    assert found == ["a", "b"]
