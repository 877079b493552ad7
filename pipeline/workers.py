"""A function over many items in several processes: in order, and whatever becomes of them.

The parent hands out small chunks and takes one answer an item, so that it knows what a process
that has died or is stuck was at.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from digitstring.worker_process import start_process

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 4
"""Items that a worker is handed at once."""
WINDOW = 32
"""Items a worker that may be done or under way beyond the first that is not: flat memory."""
START_S = 300.0
"""Seconds that a worker may take to start, on a busy machine: one that hangs then is replaced."""
END_S = 5.0
"""Seconds to wait for the end of a process that was killed: one at a dead disk does not end."""
STILLBORN = 3
"""Workers in a row that may end before they have started."""
DIED = "its worker died twice (killed, or out of memory); reduce the image"


class WorkerError(Exception):
    """Worker processes can't be started."""


@dataclass(frozen=True)
class Lost(Generic[T]):
    """An item without a result, and why."""

    item: T
    reason: str


def too_long(timeout: float) -> str:
    """Return why an item that took more than so many seconds has no result.

    >>> too_long(2.5)
    'takes longer than 2.5 s; reduce it, or allow more time'
    """
    return f"takes longer than {timeout:g} s; reduce it, or allow more time"


@dataclass(frozen=True)
class _Task(Generic[T]):
    number: int
    item: T
    again: bool = False


@dataclass(eq=False)
class _Worker(Generic[T]):
    """A process, and what it has been handed and not answered yet, since when."""

    process: BaseProcess
    pipe: Connection
    tasks: deque[_Task[T]] = field(default_factory=deque)
    since: float = 0.0
    started: bool = False


def map_in_processes(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    workers: int,
    timeout: float | None = None,
) -> Iterator[R | Lost[T]]:
    """Yield ``function(item)`` for each item, in order, from processes of one BLAS thread each.

    An item whose process dies is tried once more, alone: while no other is being worked on. What
    then dies again, or takes longer than `timeout` seconds, is `Lost`. The function's own errors
    are raised here.

    Raises
    ------
    WorkerError
        If processes can't be started.
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    crew = _Crew(function, items, workers, timeout)
    try:
        yield from crew.results()
    finally:
        crew.stop()


class _Crew(Generic[T, R]):
    """The state of `map_in_processes`.

    A task is in `tasks`, then with a worker, perhaps in `returned` or `alone`, then in `done`.
    """

    def __init__(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        size: int,
        timeout: float | None,
    ) -> None:
        self.function = function
        self.tasks = (_Task(number, item) for number, item in enumerate(items))
        self.size = size
        self.timeout = timeout
        self.head = 0
        self.handed_out = 0
        self.stillborn = 0
        self.workers: list[_Worker[T]] = []
        self.returned: deque[_Task[T]] = deque()
        self.alone: deque[_Task[T]] = deque()
        self.done: dict[int, R | Lost[T]] = {}

    def results(self) -> Iterator[R | Lost[T]]:
        while True:
            self._hand_out()
            busy = [worker for worker in self.workers if worker.tasks]
            if not busy:
                return
            self._collect(busy)
            while self.head in self.done:
                yield self.done.pop(self.head)
                self.head += 1

    def stop(self) -> None:
        for worker in [*self.workers]:
            self._remove(worker)

    def _hand_out(self) -> None:
        """Give each idle worker a chunk; where an item has to be alone, that and no other."""
        while True:
            idle = [worker for worker in self.workers if not worker.tasks]
            all_idle = len(idle) == len(self.workers)
            if self._is_one_alone() or (self.alone and not all_idle):
                return
            if not idle and len(self.workers) == self.size:
                return
            chunk = self._next_chunk()
            if not chunk:
                return
            self._give(idle[0] if idle else self._start(), chunk)

    def _is_one_alone(self) -> bool:
        return any(task.again for worker in self.workers for task in worker.tasks)

    def _next_chunk(self) -> list[_Task[T]]:
        for waiting in (self.alone, self.returned):
            if waiting:
                return [waiting.popleft()]
        free = self.head + WINDOW * self.size - self.handed_out
        chunk = list(itertools.islice(self.tasks, max(0, min(CHUNK, free))))
        self.handed_out += len(chunk)
        return chunk

    def _give(self, worker: _Worker[T], chunk: list[_Task[T]]) -> None:
        try:
            worker.pipe.send([task.item for task in chunk])
        except OSError:  # it has died idle
            self._take_back(chunk)
            self._bury(worker)
        else:
            worker.tasks.extend(chunk)
            worker.since = time.monotonic()

    def _collect(self, busy: list[_Worker[T]]) -> None:
        """Wait for answers, and give up the workers whose time is over."""
        answered = wait([worker.pipe for worker in busy], self._patience(busy))
        for worker in busy:
            if worker.pipe in answered:
                self._receive(worker)
            elif self._time_left(worker) <= 0:
                self._give_up(worker)

    def _patience(self, busy: list[_Worker[T]]) -> float | None:
        left = min(self._time_left(worker) for worker in busy)
        return None if left == math.inf else max(0.0, left)

    def _time_left(self, worker: _Worker[T]) -> float:
        allowed = self.timeout if worker.started else START_S
        return math.inf if allowed is None else worker.since + allowed - time.monotonic()

    def _receive(self, worker: _Worker[T]) -> None:
        while worker.tasks and worker.pipe.poll():
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):  # it has died, perhaps in the middle of an answer
                self._bury(worker)
                return
            worker.since = time.monotonic()
            if isinstance(answer, Exception):
                raise answer
            if worker.started:
                self.done[worker.tasks.popleft().number] = answer[0]
            else:
                worker.started, self.stillborn = True, 0

    def _bury(self, worker: _Worker[T]) -> None:
        """Take back what a dead worker had; the item it was at is tried once more, alone."""
        self._remove(worker)
        if not worker.started:
            self._count_stillborn()
        elif worker.tasks:
            task = worker.tasks.popleft()
            if task.again:
                self.done[task.number] = Lost(task.item, DIED)
            else:
                self.alone.append(_Task(task.number, task.item, again=True))
        self._take_back(worker.tasks)

    def _count_stillborn(self) -> None:
        self.stillborn += 1
        if self.stillborn == STILLBORN:
            raise WorkerError(
                "worker processes end before they start, or never do; a script that reads with "
                "workers has to do so below `if __name__ == '__main__':`"
            )

    def _give_up(self, worker: _Worker[T]) -> None:
        if not worker.started:
            self._bury(worker)
            return
        self._remove(worker)
        task = worker.tasks.popleft()
        assert self.timeout is not None
        self.done[task.number] = Lost(task.item, too_long(self.timeout))
        self._take_back(worker.tasks)

    def _take_back(self, tasks: Iterable[_Task[T]]) -> None:
        for task in tasks:
            (self.alone if task.again else self.returned).append(task)

    def _remove(self, worker: _Worker[T]) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.kill()
        worker.process.join(END_S)

    def _start(self) -> _Worker[T]:
        worker: _Worker[T] = _Worker(*start_process(self.function))
        self.workers.append(worker)
        return worker
