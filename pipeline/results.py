"""The rows that a batch wrote as JSON lines, read again: in order, or one here and one there."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from digitstring.classifier import DataError
from digitstring.corrections import Key, key_of
from digitstring.tables import RowDict
from digitstring.tally import is_doubtful


class Entry(NamedTuple):
    """Where a row stands in its file, and what its place in a queue depends on.

    Attributes
    ----------
    start
        Its first byte.
    key
        What tells its image from others.
    confidence
        None where the image couldn't be read.
    doubtful
        Whether the reading is less sure than was asked for; see `is_doubtful`.
    """

    start: int
    key: Key
    confidence: float | None
    doubtful: bool

    @property
    def doubt(self) -> tuple[bool, bool, float]:
        """What sorts the most doubtful first, and what couldn't be read after all others."""
        return self.confidence is None, not self.doubtful, self.confidence or 0.0


class Results:
    """The rows of a file of JSON lines by their number, held on disk.

    Parameters
    ----------
    path
        As `digitstring batch` writes it.

    Attributes
    ----------
    entries
        Of each row, in the order of the file.

    Raises
    ------
    DataError
        If it can't be read or holds anything else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            self.entries = [
                Entry(start, key_of(row), _confidence(row), is_doubtful(row))
                for start, row in _numbered(self._file, path)
            ]
        except BaseException:
            self._file.close()
            raise

    def row(self, number: int) -> RowDict:
        """Return a row by its number, from 0."""
        with self._lock:
            self._file.seek(self.entries[number].start)
            row: RowDict = json.loads(self._file.readline())
        return row

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def load_rows(path: Path) -> Iterator[RowDict]:
    """Yield the rows of a file of JSON lines.

    Raises
    ------
    DataError
        If it can't be read or holds anything else.
    """
    try:
        with path.open("rb") as file:
            for _, row in _numbered(file, path):
                yield row
    except OSError as error:
        raise _unreadable(path, error) from error


def _numbered(file: Any, path: Path) -> Iterator[tuple[int, RowDict]]:
    """Yield each row and where it starts."""
    start = 0
    for number, line in enumerate(file, 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not _is_row(row):
            raise DataError(
                f"{path}: line {number} is no row of a batch; name the .jsonl file that "
                "`digitstring batch` wrote"
            )
        yield start, row
        start += len(line)


def _confidence(row: RowDict) -> float | None:
    return None if "error" in row else float(row["confidence"])


def _is_row(row: Any) -> bool:
    """Return whether a value has the form of `Row.to_dict`."""
    if not isinstance(row, dict) or not isinstance(row.get("file"), str):
        return False
    if not isinstance(row.get("page"), int | None) or not isinstance(row.get("field"), str | None):
        return False
    if "error" in row:
        return isinstance(row["error"], str)
    lines = row.get("lines")
    return (
        isinstance(row.get("text"), str)
        and _is_number(row.get("confidence"))
        and isinstance(lines, list)
        and all(map(_is_line, lines))
    )


def _is_line(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and isinstance(line.get("text"), str)
        and isinstance(line.get("digits"), list)
        and all(map(_is_digit, line["digits"]))
    )


def _is_digit(digit: Any) -> bool:
    return (
        isinstance(digit, dict)
        and isinstance(digit.get("value"), str)
        and _is_number(digit.get("confidence"))
        and isinstance(digit.get("box"), list)
        and len(digit["box"]) == 4
        and all(map(_is_number, digit["box"]))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path}: can't be read ({error.strerror}); check the path")
