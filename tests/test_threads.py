"""How many threads the matrix products take."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitstring import cli
from digitstring.threads import ONE_THREAD, prefer_one_thread

STRIP = Path(__file__).resolve().parents[1] / "samples" / "strip.png"


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take out of the environment what says how many threads there are, for one test."""
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def test_one_thread_is_taken_where_nothing_is_said(free: pytest.MonkeyPatch) -> None:
    prefer_one_thread()
    assert {name: os.environ[name] for name in ONE_THREAD} == ONE_THREAD


def test_what_the_user_says_of_threads_stays(free: pytest.MonkeyPatch) -> None:
    free.setenv("OMP_NUM_THREADS", "4")
    prefer_one_thread()
    assert {name: os.environ.get(name) for name in ONE_THREAD} == {
        **dict.fromkeys(ONE_THREAD),
        "OMP_NUM_THREADS": "4",
    }


@pytest.mark.parametrize(("given", "threads"), [(["read", str(STRIP)], "1"), (["--version"], None)])
def test_the_command_read_takes_one_thread(
    given: list[str], threads: str | None, free: pytest.MonkeyPatch
) -> None:
    free.setattr("sys.argv", ["digitstring", *given])
    with pytest.raises(SystemExit):
        cli.main()
    assert os.environ.get("OPENBLAS_NUM_THREADS") == threads
