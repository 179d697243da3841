"""Reading or processing parts of a table in threads, without an effect on order or result."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["THREADS", "mapped_ahead", "read_ahead"]

THREADS = min(os.cpu_count() or 1, 4)
"""Number of threads that work at once; more threads would hold more in memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def mapped_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int = THREADS
) -> Iterator[Iterator[Result]]:
    """Apply a function to items in threads, a few items ahead of the consumer of the results.

    NumPy and Arrow release Python's global interpreter lock in their loops, which is why threads
    help. After the block no thread is left, even if not all results were taken.

    Args:
        function: The function to apply; its result must not depend on other calls.
        items: Its arguments, which are taken in the caller's thread.
        threads: Number of threads; up to `threads` + 1 results are held in memory.

    Yields:
        The results, in the order of the items. An exception of the function is raised in place of
        its result; an exception of iterating over `items` is raised at once.
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
    """Yield the items of an iterable, while another thread iterates over it a few items ahead.

    Arrow releases Python's global interpreter lock while it reads. If the steps of a computation
    are short, computing in several threads as well gains nothing, because they wait for that lock.

    Args:
        items: The iterable. No item may be None.
        depth: Number of items to read ahead, at least 1; they are held in memory.

    Yields:
        The items, in order.

    Raises:
        Exception: Any exception of the iteration, after the items that came before it.
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as reader:
        ahead = deque(reader.submit(next, source, None) for _ in range(depth))
        while (item := ahead.popleft().result()) is not None:
            ahead.append(reader.submit(next, source, None))
            yield item
