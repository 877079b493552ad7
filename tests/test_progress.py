"""How far a batch has come, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from digitstring import progress
from digitstring.progress import shown_progress
from digitstring.tally import Tally

TALLY = Tally(files=3, read=2, failed=1, doubtful=1)


def shown(total: int | None, *, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    with shown_progress(total, console) as show:
        show(TALLY)
    return file.getvalue()


def test_a_terminal_shows_a_bar_with_what_failed() -> None:
    told = shown(4, terminal=True)
    assert "3/4" in told
    assert "1 failed, 1 doubtful" in told


def test_elsewhere_a_plain_line_comes_every_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_S", 0.0)
    told = shown(4, terminal=False)
    assert told.startswith("3 of 4 files, ")
    assert told.endswith(" s left\n")
    assert "1 failed, 1 doubtful" in told


def test_a_total_that_nobody_knows_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_S", 0.0)
    assert shown(None, terminal=False).startswith("3 files, ")


def test_no_line_comes_before_its_time() -> None:
    assert shown(4, terminal=False) == ""
