"""Processes that work through many items: the items here are Python expressions to evaluate."""

from __future__ import annotations

import operator
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import pytest

from digitstring.executors import WINDOW as CALLS
from digitstring.executors import map_in_executor
from digitstring.workers import WINDOW, Lost, WorkerError, map_in_processes

DIE = "__import__('os')._exit(9)"
HANG = "__import__('time').sleep(600)"


def evaluated(*items: str, workers: int = 2, timeout: float | None = None) -> list[object]:
    return list(map_in_processes(eval, items, workers=workers, timeout=timeout))


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    items = [f"__import__('time').sleep({0.02 * (i % 3)}) or {i}" for i in range(30)]
    assert evaluated(*items, workers=workers) == list(range(30))


def test_no_items_need_no_process() -> None:
    assert evaluated() == []


def test_each_process_has_one_blas_thread() -> None:
    assert evaluated("__import__('os').environ['OPENBLAS_NUM_THREADS']") == ["1"]


def test_the_parents_threads_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    evaluated("1")
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_process_that_dies_twice_loses_its_own_item_alone() -> None:
    results = evaluated("1", DIE, *map(str, range(2, 12)))
    assert [r.item if isinstance(r, Lost) else r for r in results] == [1, DIE, *range(2, 12)]
    assert isinstance(results[1], Lost)
    assert "died twice" in results[1].reason


def test_an_item_whose_process_died_once_is_tried_again(tmp_path: os.PathLike[str]) -> None:
    once = f"__import__('os').mkdir({os.fspath(tmp_path)!r} + '/seen') or {DIE}"
    tried = (
        f"'again' if __import__('os').path.exists({os.fspath(tmp_path)!r} + '/seen') else {once}"
    )
    assert evaluated(tried, "2") == ["again", 2]


def test_a_killed_process_is_replaced() -> None:
    results = map_in_processes(eval, ["__import__('os').getpid()"] * 200, workers=1)
    first = next(results)
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    rest = list(results)
    assert len(rest) == 199
    assert not any(isinstance(result, Lost) for result in rest)


def test_a_process_that_dies_in_the_middle_of_an_answer_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deaths = iter([True])
    receive = Connection.recv

    def cut_short(pipe: Connection) -> object:
        answer = receive(pipe)
        if answer is not None and next(deaths, False):
            os.kill(answer[0], signal.SIGKILL)
            raise OSError("got end of file during message")  # as a connection tells of it
        return answer

    monkeypatch.setattr(Connection, "recv", cut_short)
    results = evaluated(*["__import__('os').getpid()"] * 9, workers=1)
    assert len(results) == 9
    assert not any(isinstance(result, Lost) for result in results)


def test_a_process_that_never_starts_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitstring.workers.START_S", 0.0)
    with pytest.raises(WorkerError, match="before they start"):
        evaluated("1", workers=1)


def test_what_takes_too_long_is_given_up_and_the_rest_goes_on() -> None:
    results = evaluated(HANG, *map(str, range(8)), timeout=0.3)
    assert isinstance(results[0], Lost)
    assert "longer than 0.3 s" in results[0].reason
    assert results[1:] == list(range(8))


def test_the_functions_own_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        evaluated("1 / 0")


def test_items_are_taken_as_they_are_needed() -> None:
    taken = 0

    def items() -> Iterator[str]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield str(number)

    results = map_in_processes(eval, items(), workers=2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert taken <= 2 * WINDOW + 1


def test_the_number_of_workers_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="got 0"):
        evaluated("1", workers=0)


def test_an_executor_keeps_the_order_and_takes_items_as_they_are_needed() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    with ThreadPoolExecutor(3) as threads:
        results = map_in_executor(operator.neg, items(), threads)
        assert [next(results) for _ in range(20)] == [-i for i in range(20)]
        results.close()  # type: ignore[attr-defined]
    assert taken < 10_000
    assert CALLS < 1000
