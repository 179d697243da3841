"""Blocks that are read while those before them are worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """Yield what an iterable yields, which another thread iterates over a few items ahead.

    Arrow lets go of Python's lock while it reads. Computing in several threads as well was slower:
    its steps are so short that the threads wait for that lock.

    Args:
        items: What to iterate over. No item may be None.
        depth: Number of items to read ahead, at least 1; memory grows by as many.

    Yields:
        The items, in order.

    Raises:
        Exception: What iterating raises, after the items that came before it.
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as reader:
        ahead = deque(reader.submit(next, source, None) for _ in range(depth))
        while (item := ahead.popleft().result()) is not None:
            ahead.append(reader.submit(next, source, None))
            yield item
