"""What a person said of readings: the right text of each, safe on disk as soon as it is said.

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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast, get_args

from digitstring.classifier import DataError
from digitstring.separators import value_of

RowDict = dict[str, Any]
Key = tuple[str, int | None, str | None]
"""A file, its page where it has several, and the field where it is a form."""
Verdict = Literal["accepted", "corrected", "withdrawn"]

COLUMNS = ("file", "page", "field", "label", "read", "verdict")
MOST_DIGITS = 1000
"""A longer label is refused: it is no number that somebody typed."""
_OF_THE_MACHINE = ("error", "alternatives", "held", "reason")
"""What a row has no more once somebody has checked it."""
_LITERAL = re.compile(r'="((?:[^"]|"")*)"')


@dataclass(frozen=True)
class Correction:
    """What a person said of one image, page of one, or field of a form.

    Attributes
    ----------
    file, page, field
        Which one, as in its row.
    label
        The right text, its lines parted by a newline.
    read
        The text that was read.
    verdict
        "accepted" where the two are the same, else "corrected"; "withdrawn" takes back what was
        said before.
    """

    file: str
    page: int | None
    field: str | None
    label: str
    read: str
    verdict: Verdict

    @property
    def key(self) -> Key:
        """What tells the image from others."""
        return self.file, self.page, self.field


Corrections = Mapping[Key, Correction]


def correction_of(key: Key, label: str, read: str, *, failed: bool = False) -> Correction:
    r"""Return what a person's text says of a reading; of a failed one it is always a correction.

    >>> correction_of(("a.png", None, None), " 12  34 ", "12\n34").verdict
    'accepted'

    Raises
    ------
    ValueError
        If the label has anything but digits and what parts lines, or too many.
    """
    lines = label.split()
    digits = "".join(lines)
    if not re.fullmatch(r"[0-9]*", digits) or len(digits) > MOST_DIGITS:
        raise ValueError(f"a label is digits, its lines parted by spaces; got {label[:50]!r}")
    text = "\n".join(lines)
    verdict: Verdict = "accepted" if text == read and not failed else "corrected"
    return Correction(*key, text, read, verdict)


def key_of(row: RowDict) -> Key:
    """Return what tells a row's image from others."""
    return row["file"], row.get("page"), row.get("field")


def corrected(row: RowDict, corrections: Corrections) -> RowDict:
    """Return a row as a person left it: marked `checked`, its confidence 1.

    A corrected row has the right text, and what was read in `read`. Of its lines those that were
    read right keep their digits; the others have none, for nobody said where they stand.

    >>> said = correction_of(("a.png", None, None), "17", "11")
    >>> row = {"file": "a.png", "text": "11", "confidence": 0.4, "lines": []}
    >>> corrected(row, {said.key: said})["text"]
    '17'
    """
    said = corrections.get(key_of(row))
    if said is None:
        return row
    kept = {name: value for name, value in row.items() if name not in _OF_THE_MACHINE}
    told = {"text": said.label, "confidence": 1.0, "lines": _lines(row, said.label)}
    told |= {"accepted": True} if "accepted" in row or "error" in row else {}
    read = {"read": row.get("text", "")} if said.label != row.get("text") else {}
    return {**kept, **told, **read, "checked": said.verdict}


def _lines(row: RowDict, text: str) -> list[RowDict]:
    """Return the lines of a text, each with the box of the one that was read in its place."""
    texts = text.split("\n") if text else []
    read = row.get("lines", [])
    in_place = read if len(read) == len(texts) else [{}] * len(texts)
    return [
        {**line, "confidence": 1.0} if line.get("text") == each else _line(each, line.get("box"))
        for each, line in zip(texts, in_place, strict=True)
    ]


def _line(text: str, box: Any) -> RowDict:
    value = value_of(text)
    return {
        "text": text,
        "confidence": 1.0,
        "box": box,
        "digits": [],
        "formatted": text,
        "separators": [],
        "value": None if value is None else str(value),
    }


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
