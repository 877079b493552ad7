"""How well a folder of labelled images is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitstring.classifier import Network
from digitstring.folder import Row, read_row
from digitstring.labels import Label, load_labels
from digitstring.segmenter.photo import MAX_PIXELS

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge

WRONG_SHARES = (0.01, 0.02)
"""The shares of wrong answers that are asked for where none is named."""


@dataclass(frozen=True)
class ScoredRow:
    """One image's label beside what was read, "" with confidence 0 where it couldn't be."""

    file: str
    label: str
    text: str
    confidence: float
    error: str | None = None

    @cached_property
    def wanted(self) -> str:
        """The label's digits alone."""
        return digits_of(self.label)

    @cached_property
    def got(self) -> str:
        """The reading's digits alone."""
        return digits_of(self.text)

    @property
    def exact(self) -> bool:
        """Whether all digits are right, line breaks and separators ignored."""
        return self.got == self.wanted

    @property
    def exact_lines(self) -> bool:
        """Whether all digits and the line breaks are right."""
        return lines_of(self.text) == lines_of(self.label)

    @cached_property
    def distance(self) -> int:
        """Digits to insert, delete or replace."""
        return edit_distance(self.got, self.wanted)


@dataclass(frozen=True)
class Score:
    """The rows of a labelled folder, at least one, and the shares over them."""

    rows: tuple[ScoredRow, ...]

    @property
    def exact(self) -> float:
        """Share of images whose digits are all right."""
        return _share(row.exact for row in self.rows)

    @property
    def exact_lines(self) -> float:
        """Share of images whose digits and line breaks are all right."""
        return _share(row.exact_lines for row in self.rows)

    @property
    def empty(self) -> float:
        """Share of images in which no digit was read."""
        return _share(not row.got for row in self.rows)

    @property
    def character_error_rate(self) -> float:
        """Edits for each digit of the labels, or for each image where no label has a digit."""
        wanted = sum(len(row.wanted) for row in self.rows) or len(self.rows)
        return sum(row.distance for row in self.rows) / wanted

    @property
    def wrong_rows(self) -> tuple[ScoredRow, ...]:
        """The images with a wrong digit, in their order."""
        return tuple(row for row in self.rows if not row.exact)

    @property
    def failed_rows(self) -> tuple[ScoredRow, ...]:
        """The images that couldn't be read at all, in their order."""
        return tuple(row for row in self.rows if row.error is not None)

    def answered(self, wrong_share: float) -> float:
        """Return the largest share of images, surest first, with at most this share wrong.

        Images of one confidence are answered together or not at all.
        """
        ranked = sorted(self.rows, key=lambda row: -row.confidence)
        best = wrong = 0
        for n, row in enumerate(ranked, 1):
            wrong += not row.exact
            last_of_confidence = n == len(ranked) or ranked[n].confidence < row.confidence
            if last_of_confidence and wrong <= wrong_share * n:
                best = n
        return best / len(ranked)

    def to_dict(self, wrong_shares: Sequence[float] = WRONG_SHARES) -> dict[str, Any]:
        """Return the shares and the wrong rows as JSON-ready values."""
        return {
            "images": len(self.rows),
            "exact": self.exact,
            "exact_lines": self.exact_lines,
            "character_error_rate": self.character_error_rate,
            "empty": self.empty,
            "answered": {f"{share:g}": self.answered(share) for share in wrong_shares},
            "wrong": [
                {
                    "file": row.file,
                    "label": row.label,
                    "text": row.text,
                    "confidence": row.confidence,
                    "error": row.error,
                }
                for row in self.wrong_rows
            ],
        }


def score_folder(
    folder: str | os.PathLike[str],
    *,
    network: Network | None = None,
    max_pixels: int = MAX_PIXELS,
    knowledge: Knowledge | None = None,
) -> Score:
    """Read the labelled images of a folder and compare.

    The folder holds images/ and labels.csv as `load_labels` takes it. An image that can't be
    read counts as wrong, with an empty text of confidence 0.

    Raises
    ------
    DataError
        If labels.csv is missing, damaged or empty.
    """
    labels = load_labels(folder)
    images = Path(folder) / "images"
    rows = (
        read_row(
            label.file,
            images / label.file,
            network=network,
            max_pixels=max_pixels,
            knowledge=knowledge,
        )
        for label in labels
    )
    return Score(tuple(score_rows(labels, rows)))


def score_rows(labels: Iterable[Label], rows: Iterable[Row]) -> Iterator[ScoredRow]:
    """Yield each label beside its row, both in the same order."""
    for label, row in zip(labels, rows, strict=True):
        if row.reading is None:
            yield ScoredRow(label.file, label.text, "", 0.0, row.error)
        else:
            reading = row.reading.to_dict()
            yield ScoredRow(label.file, label.text, reading["text"], reading["confidence"])


def digits_of(text: str) -> str:
    """Return the digits of a text alone.

    >>> digits_of("12-34 5")
    '12345'
    """
    return re.sub(r"[^0-9]", "", text)


def lines_of(text: str) -> list[str]:
    r"""Return the digits of each line that has some; without a newline, spaces part the lines.

    >>> lines_of("12 34"), lines_of("1 2\n34")
    (['12', '34'], ['12', '34'])
    """
    lines = text.split("\n") if "\n" in text else text.split(" ")
    return [digits for digits in map(digits_of, lines) if digits]


def edit_distance(a: str, b: str) -> int:
    """Return the fewest insertions, deletions and replacements from a to b (Levenshtein, 1966).

    >>> edit_distance("30000", "3000"), edit_distance("12", "21")
    (1, 2)
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def _share(flags: Iterable[bool]) -> float:
    counted = list(flags)
    return sum(counted) / len(counted)
