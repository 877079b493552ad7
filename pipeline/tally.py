"""How a batch stands: what was read, what was not, and what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digitstring.tables import RowDict

DOUBTFUL = 0.9
"""Readings below this confidence are doubtful, where nobody asked for another."""


@dataclass
class Tally:
    """How a batch stands; `resumed` of its files were read by an earlier run.

    `read` are images: a page of a file that has several, or a form with all its `fields`.
    """

    files: int = 0
    resumed: int = 0
    read: int = 0
    fields: int = 0
    failed: int = 0
    doubtful: int = 0
    passed_over: int = 0
    checked: int = 0

    def add(self, rows: Sequence[RowDict]) -> None:
        """Count the rows of one file."""
        self.files += 1
        self.read += len({row.get("page") for row in rows if "error" not in row})
        for row in rows:
            self.failed += "error" in row
            self.fields += "error" not in row and "field" in row
            self.doubtful += is_doubtful(row)
            self.checked += "checked" in row


def is_doubtful(row: RowDict) -> bool:
    """Return whether a row's reading is less sure than was asked for; one with an error is not.

    >>> is_doubtful({"confidence": 0.8, "accepted": True, "min_confidence": 0.7})
    False
    >>> is_doubtful({"confidence": 0.8})
    True
    """
    if "error" in row:
        return False
    return row.get("accepted") is False or row.get("confidence", 1.0) < asked_of(row)


def asked_of(row: RowDict) -> float:
    """Return the confidence below which a row's reading and its digits are doubtful."""
    asked = row.get("min_confidence")
    return asked if isinstance(asked, int | float) and asked > 0 else DOUBTFUL
