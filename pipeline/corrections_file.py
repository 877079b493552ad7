"""Corrections as a file, safe on disk as soon as they are said.

A corrections file is a CSV file that only grows; the last row of an image is the one that counts.
Its columns `file` and `label` are those of a labels.csv.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast, get_args

from digitstring.classifier import DataError
from digitstring.corrections import Correction, Key, Verdict

COLUMNS = ("file", "page", "field", "label", "read", "verdict")
_LITERAL = re.compile(r'="((?:[^"]|"")*)"')


def load_corrections(path: Path) -> dict[Key, Correction]:
    """Return what stands in a corrections file, by image.

    Raises
    ------
    DataError
        If it can't be read, or is no such file.
    """
    try:
        return _standing(_parsed(_mended(path.read_bytes(), path), path))
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror}); check the path") from error


class CorrectionsFile:
    """A corrections file to add to; it is made when there is something to add.

    Parameters
    ----------
    path
        Where it is. A last row that was cut short, as a crash may leave it, is dropped.

    Attributes
    ----------
    standing
        What stands in it, by image.

    Raises
    ------
    DataError
        If what is there can't be read, or is no corrections file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.standing = load_corrections(path) if path.exists() else {}
        self._file: IO[bytes] | None = None

    def add(self, said: Correction) -> None:
        """Add what was said of an image; on return it outlives a power cut.

        Raises
        ------
        OSError
            If it can't be written, as on a full disk; the rows before this one stay.
        """
        if self._file is None:
            self._file = _opened(self.path)
        page = "" if said.page is None else str(said.page)
        label, read = (text.replace("\n", " ") for text in (said.label, said.read))
        _append(
            self._file, _encoded([(said.file, page, said.field or "", label, read, said.verdict)])
        )
        self.standing.pop(said.key, None)
        self.standing |= _standing([said])

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _opened(path: Path) -> IO[bytes]:
    """Open a corrections file behind its last whole row, its heading written."""
    file = path.open("a+b", buffering=0)
    try:
        file.seek(0)
        data = file.read() or b""
        whole = _mended(data, path) or (codecs.BOM_UTF8 + _encoded([COLUMNS]))
        kept = min(len(data), len(whole))
        file.truncate(kept)
        _append(file, whole[kept:])
    except BaseException:
        file.close()
        raise
    return file


def _append(file: IO[bytes], data: bytes) -> None:
    """Write all of the data to a file's end and through to the disk, or none of it."""
    end = file.seek(0, os.SEEK_END)
    left = memoryview(data)
    try:
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(end)
        raise


def _standing(said: Iterable[Correction]) -> dict[Key, Correction]:
    """Return the last word on each image, unless that was withdrawn."""
    last = {each.key: each for each in said}
    return {key: each for key, each in last.items() if each.verdict != "withdrawn"}


def _encoded(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([map(_cell, row) for row in rows])
    return text.getvalue().encode("utf-8", "surrogateescape")


def _mended(data: bytes, path: Path) -> bytes:
    """Return a file's bytes with its last row ended, or without that one if it was cut short."""
    if not data or data.endswith(b"\n"):
        return data
    heading = codecs.BOM_UTF8 + _encoded([COLUMNS])
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and not heading.startswith(data):
        raise _foreign(path)
    try:
        _parsed(data + b"\r\n", path)
    except DataError:
        return whole
    return data + b"\r\n"


def _cell(value: str) -> str:
    r"""Return a cell that a spreadsheet shows as it is, numbers with their zeros.

    >>> _cell("00420"), _cell("=1.png"), _cell("a.png")
    ('="00420"', '="=1.png"', 'a.png')
    """
    if re.fullmatch(r"[0-9]{2,}", value) or value.startswith(("=", "+", "-", "@", "\t", "\r")):
        doubled = value.replace('"', '""')
        return f'="{doubled}"'
    return value


def _plain(cell: str) -> str:
    """Return what `_cell` made a cell of."""
    literal = _LITERAL.fullmatch(cell)
    return literal[1].replace('""', '"') if literal else cell


def _parsed(data: bytes, path: Path) -> list[Correction]:
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        header, *rows = [*csv.reader(io.StringIO(text, newline=""), strict=True)] or [[*COLUMNS]]
    except csv.Error as error:
        raise DataError(f"{path}: is damaged ({error}); save it as CSV again") from error
    if not {*COLUMNS} <= {*header}:
        raise _foreign(path)
    named = [dict(zip(header, map(_plain, row), strict=False)) for row in rows if row]
    return [_correction(row, number, path) for number, row in enumerate(named, 2)]


def _foreign(path: Path) -> DataError:
    return DataError(f"{path}: is no corrections file; its columns are {','.join(COLUMNS)}")


def _correction(row: dict[str, str], number: int, path: Path) -> Correction:
    try:
        page = int(row["page"]) if row["page"] else None
        label, read = (re.sub(r"\s+", "\n", row[name].strip()) for name in ("label", "read"))
        if (
            row["field"] is None
            or row["verdict"] not in get_args(Verdict)
            or not re.fullmatch(r"[0-9\n]*", label)
        ):
            raise ValueError
    except (KeyError, ValueError) as error:
        raise DataError(f"{path}: row {number} is damaged; mend it, or take it out") from error
    return Correction(
        row["file"], page, row["field"] or None, label, read, cast(Verdict, row["verdict"])
    )
