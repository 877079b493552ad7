"""Tables of what `digitstring evaluate` found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from digitstring.digit_sets import DigitSet
from digitstring.evaluation import Evaluation


def set_table(evaluated: Sequence[tuple[DigitSet, Evaluation]], threshold: float) -> Table:
    """Return a row a set; the columns 0 to 9 count the wrong answers for each digit."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("set", overflow="fold")
    digits_wrong = map(str, range(10))
    headings = ("crops", "wrong", "error", "accuracy", "calibration", "turned away", *digits_wrong)
    for heading in headings:
        table.add_column(heading, justify="right")
    for digits, found in evaluated:
        away = f"{found.turned_away(threshold):.2%}"
        if found.error is None:
            table.add_row(digits.name, str(found.total), "", "", "", "", away)
            continue
        shares = f"{found.error:.2%}", f"{1 - found.error:.2%}", f"{found.calibration_error:.4f}"
        counts = str(found.total), str(found.wrong)
        table.add_row(digits.name, *counts, *shares, away, *map(str, found.errors))
    return table


def confusion_table(name: str, evaluation: Evaluation) -> Table:
    """Return how often each digit was answered by each."""
    table = Table(title=f"{name}: digits (rows) and answers (columns)")
    for heading in ("", *map(str, range(10)), "errors"):
        table.add_column(heading, justify="right")
    for digit, (row, errors) in enumerate(
        zip(evaluation.confusion.tolist(), evaluation.errors, strict=True)
    ):
        table.add_row(str(digit), *(str(count) if count else "." for count in row), str(errors))
    return table
