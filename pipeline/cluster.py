"""A function over many items on the machines of a Dask cluster: in order, and none is lost."""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any, Generic, TypeVar

from digitstring.extras import load_extra
from digitstring.items import Item, is_address
from digitstring.rows import Job, Row, read_item
from digitstring.workers import DIED, Lost, WorkerError, too_long

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 8
"""Items in one call: a call costs a few milliseconds of the scheduler's time."""
LEAST_CALLS = 8
"""Calls that may be done or under way on a cluster of any size."""
CALLS_A_THREAD = 4
"""Calls for each thread of the cluster that may be done or under way: flat memory."""
CONNECT_S = 20
"""Seconds to wait for a scheduler."""
POLL_S = 5.0
"""Seconds between two looks at whether a cluster has workers left."""
WORKERLESS_S = 120.0
"""Seconds that a cluster may be without workers, as while they are started anew."""


def map_in_cluster(
    function: Callable[[T], R],
    items: Iterable[T],
    address: str,
    *,
    timeout: float | None = None,
) -> Iterator[R | Lost[T]]:
    """Yield ``function(item)`` for each item, in order, from the workers of a Dask cluster.

    What was with a worker that dies is done by another. An item whose workers die again and
    again, as often as the scheduler allows, is tried once more, alone; what then dies, or takes
    longer than `timeout` seconds, is `Lost`. The function's own errors are raised here.

    Parameters
    ----------
    address
        Of the scheduler: "tcp://10.0.0.1:8786".

    Raises
    ------
    ExtraError
        If dask.distributed is missing.
    WorkerError
        If the cluster can't be reached, has another digitstring, or is lost.
    """
    distributed = load_extra("distributed", "cluster", "--dask")
    with _lost_cluster(address, "see that its scheduler runs"):
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    with client:
        _check_versions(client, address)
        calls = _Calls(distributed, client, address, function, timeout)
        try:
            yield from calls.results(iter(items))
        finally:
            calls.stop()


def read_from(item: Item, *, folder: str, job: Job) -> tuple[Row, ...]:
    """Read a file that was named in another process, whose working folder was `folder`.

    Its rows are those that would have come there: errors name the file as it was named.
    """
    given = item.source
    if not isinstance(given, (str, os.PathLike)) or is_address(os.fspath(given)):
        return read_item(item, job)
    path = str(Path(folder, given))
    rows = read_item(item._replace(source=path), job)
    return tuple(
        row if row.error is None else replace(row, error=row.error.replace(path, os.fspath(given)))
        for row in rows
    )


@dataclass
class _Calls(Generic[T, R]):
    """The calls that a cluster has been given and that were not answered yet, in order."""

    distributed: Any
    client: Any
    address: str
    function: Callable[[T], R]
    timeout: float | None
    pending: deque[tuple[Any, list[T]]] = field(default_factory=deque)
    work: Any = None
    most: int = LEAST_CALLS
    looked: float = -POLL_S

    def results(self, items: Iterator[T]) -> Iterator[R | Lost[T]]:
        # held by the cluster, which makes it again where it is lost: sent once, not a call
        self.work = self.client.submit(_as_it_is, self.function, pure=False)
        while True:
            self._hand_out(items)
            if not self.pending:
                return
            yield from self._answer(*self.pending.popleft())

    def stop(self) -> None:
        """Let go of what nobody waits for any more."""
        if self.client.status == "running":
            self.client.cancel([future for future, _ in self.pending])

    def _hand_out(self, items: Iterator[T]) -> None:
        """Keep as many calls under way as suits the cluster, which may grow and shrink."""
        now = time.monotonic()
        if now - self.looked >= POLL_S:
            threads = sum(self.client.nthreads().values())
            self.most, self.looked = max(LEAST_CALLS, CALLS_A_THREAD * threads), now
        while len(self.pending) < self.most:
            chunk = list(itertools.islice(items, CHUNK))
            if not chunk:
                return
            self.pending.append((self._submit(chunk), chunk))

    def _submit(self, chunk: list[T]) -> Any:
        return self.client.submit(_answers, self.work, chunk, self.timeout, pure=False)

    def _answer(self, future: Any, chunk: list[T]) -> list[R | Lost[T]]:
        try:
            return self._result(future)
        except self.distributed.KilledWorker:
            for other, _ in self.pending:
                self._wait(other)
            return [self._alone(item) for item in chunk]

    def _alone(self, item: T) -> R | Lost[T]:
        try:
            return self._result(self._submit([item]))[0]
        except self.distributed.KilledWorker:
            return Lost(item, DIED)

    def _result(self, future: Any) -> list[R | Lost[T]]:
        self._wait(future)
        if future.status == "error":
            raise future.exception()
        with _lost_cluster(self.address):
            answers: list[R | Lost[T]] = future.result()
        return answers

    def _wait(self, future: Any) -> None:
        """Wait for an answer for as long as there is anybody who might give it."""
        last_seen = time.monotonic()
        with _lost_cluster(self.address):
            while True:
                try:
                    future.exception(timeout=POLL_S)  # of the call, if it raised one
                    return
                except TimeoutError:
                    if self.client.nthreads():
                        last_seen = time.monotonic()
                    elif time.monotonic() - last_seen > WORKERLESS_S:
                        raise OSError("it has no workers left") from None


@contextmanager
def _lost_cluster(
    address: str, remedy: str = "check it, and go on with --resume"
) -> Iterator[None]:
    """Raise `WorkerError` where the cluster does not answer."""
    try:
        yield
    except (CancelledError, OSError) as error:
        raise WorkerError(
            f"{address}: the cluster does not answer ({error or type(error).__name__}); {remedy}"
        ) from error


def _check_versions(client: Any, address: str) -> None:
    here = _version()
    try:
        there = set(client.run(_version).values())
    except Exception as error:  # whatever a worker lacks
        raise WorkerError(
            f"{address}: its workers can't run digitstring ({error}); install {here} there"
        ) from error
    if there - {here}:
        raise WorkerError(
            f"{address}: its workers have digitstring {', '.join(sorted(there))}, and here is "
            f"{here}; install the same there"
        )


def _version() -> str:
    return version("digitstring")


def _as_it_is(thing: T) -> T:
    return thing


def _answers(
    function: Callable[[T], R], items: list[T], timeout: float | None
) -> list[R | Lost[T]]:
    return [_in_time(function, item, timeout) for item in items]


def _in_time(function: Callable[[T], R], item: T, timeout: float | None) -> R | Lost[T]:
    """Return ``function(item)``; what takes too long is left to itself, in a thread of its own."""
    if timeout is None:
        return function(item)
    answer: Future[R] = Future()

    def work() -> None:
        try:
            answer.set_result(function(item))
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    try:
        return answer.result(timeout)
    except TimeoutError:
        if answer.done():  # it is the function's own
            raise
        return Lost(item, too_long(timeout))
