"""How far a batch has come: a bar on a terminal, a plain line every so often elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digitstring.tally import Tally

PLAIN_S = 10.0
"""Seconds between plain lines."""


@contextmanager
def shown_progress(total: int | None, console: Console) -> Iterator[Callable[[Tally], None]]:
    """Give the block a function that shows a tally, of `total` files where that is known."""
    began = time.monotonic()
    if not console.is_terminal:
        yield _plain(total, console, began)
        return
    columns = (
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, told="")
        yield lambda tally: progress.update(
            task, completed=tally.files, told=_told(tally, _rate(tally, began))
        )


def summary(tally: Tally, seconds: float) -> str:
    """Return the line that ends a batch.

    >>> summary(Tally(files=3, read=2, failed=1, passed_over=4), 2.0)
    '2 images read, 1 failed, 0 doubtful, 4 other files passed over; 1.5 files/s'
    >>> summary(Tally(files=2, read=2, fields=6), 1.0)
    '2 images with 6 fields read, 0 failed, 0 doubtful, 0 other files passed over; 2.0 files/s'
    """
    rate = (tally.files - tally.resumed) / seconds
    fields = f" with {tally.fields} fields" if tally.fields else ""
    return (
        f"{tally.read} images{fields} read, {tally.failed} failed, {tally.doubtful} doubtful, "
        f"{tally.passed_over} other files passed over; {rate:.1f} files/s"
    )


def _plain(total: int | None, console: Console, began: float) -> Callable[[Tally], None]:
    last = began

    def show(tally: Tally) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PLAIN_S:
            last = now
            rate = _rate(tally, began)
            of, left = "", ""
            if total is not None:
                of, left = f" of {total}", f", {max(0, total - tally.files) / rate:.0f} s left"
            console.out(f"{tally.files}{of} files, {_told(tally, rate)}{left}", highlight=False)

    return show


def _told(tally: Tally, rate: float) -> str:
    return f"{rate:.1f}/s, {tally.failed} failed, {tally.doubtful} doubtful"


def _rate(tally: Tally, began: float) -> float:
    return (tally.files - tally.resumed) / max(1e-9, time.monotonic() - began)
