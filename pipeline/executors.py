"""A function over many items in an executor: of threads, processes or machines."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 4
"""Items in one call."""
WINDOW = 64
"""Calls that may be done or under way beyond the first that is not: flat memory."""


def map_in_executor(
    function: Callable[[T], R], items: Iterable[T], executor: Executor
) -> Iterator[R]:
    """Yield ``function(item)`` for each item, in order; errors are raised here.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor() as threads:
    ...     list(map_in_executor(abs, [-3, 2, -1], threads))
    [3, 2, 1]
    """
    waiting = iter(items)
    pending: deque[Future[list[R]]] = deque()
    try:
        while True:
            while len(pending) < WINDOW and (chunk := list(itertools.islice(waiting, CHUNK))):
                pending.append(executor.submit(_map_chunk, function, chunk))
            if not pending:
                return
            yield from pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _map_chunk(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(item) for item in chunk]
