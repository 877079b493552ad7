"""What a person said of readings, and what their rows become by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from digitstring.separators import value_of
from digitstring.tables import RowDict

Key = tuple[str, int | None, str | None]
"""A file, its page where it has several, and the field where it is a form."""
Verdict = Literal["accepted", "corrected", "withdrawn"]

MOST_DIGITS = 1000
"""A longer label is refused: it is no number that somebody typed."""
_OF_THE_MACHINE = ("error", "alternatives", "held", "reason")
"""What a row has no more once somebody has checked it."""


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
