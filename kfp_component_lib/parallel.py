"""Parts of a table read, or worked on, in threads, on which neither order nor result depends."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["THREADS", "mapped_ahead", "read_ahead"]

THREADS = min(os.cpu_count() or 1, 4)
"""Threads that work at once; more would hold more in memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def mapped_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int = THREADS
) -> Iterator[Iterator[Result]]:
    """Apply a function to items in threads, a few items ahead of who takes the results.

    NumPy and Arrow let go of Python's lock in their loops, which is what threads gain from. After
    the block no thread is left, also if not all results were taken.

    Args:
        function: What to apply; its result may not depend on other calls.
        items: What to apply it to, taken in the caller's thread.
        threads: Number of threads; up to `threads` + 1 results are held in memory.

    Yields:
        The results, in the order of the items. What the function raises is raised where its result
        would be, what iterating over `items` raises at once.
    """
    with ThreadPoolExecutor(threads) as pool:
        yield _in_order(pool, function, items, threads)


def _in_order(
    pool: ThreadPoolExecutor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int,
) -> Iterator[Result]:
    pending: deque[Future[Result]] = deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > threads:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def read_ahead(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """Yield what an iterable yields, which another thread iterates over a few items ahead.

    Arrow lets go of Python's lock while it reads. Where the steps of what is computed are short,
    computing in several threads as well gains nothing: they wait for that lock.

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
