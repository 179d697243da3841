"""Work on the parts of a table in threads, without the order or the result depending on them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["THREADS", "mapped_ahead"]

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
        The results, in the order of the items. What the function or `items` raise is raised where
        its result would be.
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
