"""What stands between digits and is none: dots, commas, dashes and slashes.

They are told by form and place on the line, as a reader of figures tells them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.ndimage import find_objects

from digitstring.segmenter import Box
from digitstring.segmenter.arrays import Ink, Mask, inked_places
from digitstring.segmenter.components import label_mask
from digitstring.segmenter.normalizer import PAPER
from digitstring.segmenter.strips import HEIGHT, Strip


@dataclass(frozen=True)
class Separator:
    """A character between, before or after digits.

    Attributes
    ----------
    character
        One of ``. , - /``.
    box
        In the pixels of the whole upright image.
    place
        How many of the line's digits stand before it.
    """

    character: str
    box: Box
    place: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"character": self.character, "box": list(self.box), "place": self.place}


@dataclass(frozen=True)
class SeparatorOptions:
    """Forms and places in digit heights, from the line's top; looked at on cheques and drawings."""

    dot_size: float = 0.34
    """A dot's longer side at most,"""
    least_size: float = 0.09
    """and every mark's at least."""
    dot_aspect: float = 1.7
    """A dot's longer side, in shorter ones, at most."""
    foot: float = 0.72
    """The middle of a dot or comma lies below this."""
    below: float = 1.08
    """What reaches below this is a comma, however small,"""
    hanging: float = 1.15
    """if it is so many times as high as wide."""
    comma_height: float = 0.65
    """A comma's height at most."""
    dash_aspect: float = 1.8
    """A dash's length, in heights of its own, at least;"""
    dash_length: float = 1.2
    """its length at most;"""
    dash_band: tuple[float, float] = (0.25, 0.75)
    """and its middle lies between these."""
    around: float = 0.5
    """How far round a line separators are looked for."""
    slash_height: float = 0.85
    """A slash's height at least,"""
    slash_lean: float = 0.25
    """and it leans to the right by this much of its height."""


def name_mark(
    box: tuple[float, float, float, float], rising: bool, options: SeparatorOptions
) -> str | None:
    """Return which separator a mark is, or None.

    box: top, left, bottom, right in digit heights from the line's top; rising: whether its right
    half lies higher than its left.
    """
    top, left, bottom, right = box
    height, width, middle = bottom - top, right - left, (top + bottom) / 2
    longer, shorter = max(height, width), max(1e-6, min(height, width))
    if longer < options.least_size:
        return None
    low, high = options.dash_band
    if width >= options.dash_aspect * height and low <= middle <= high:
        return "-" if width <= options.dash_length else None
    if height >= options.slash_height:
        return "/" if rising and width >= options.slash_lean * height else None
    if middle < options.foot:
        return None
    hangs = bottom > options.below and height > options.hanging * width
    if not hangs and longer <= options.dot_size and longer <= options.dot_aspect * shorter:
        return "."
    return "," if height <= options.comma_height and height >= width else None


def find_marks(strip: Strip, ink: Ink, options: SeparatorOptions) -> list[tuple[str, Box, float]]:
    """Return the separators in a strip's ink left by its digits: character, box, middle column.

    ink: (h, w), the strip's own with the digits taken out.
    """
    labels = label_mask(ink > PAPER * 3)
    found = []
    for number, (rows, columns) in enumerate(find_objects(labels), 1):
        own = labels[rows, columns] == number
        box = (
            (rows.start - strip.top) / HEIGHT,
            columns.start / HEIGHT,
            (rows.stop - strip.top) / HEIGHT,
            columns.stop / HEIGHT,
        )
        character = name_mark(box, _rises(own), options)
        if character:
            place = (rows.start, columns.start, rows.stop, columns.stop)
            found.append((character, strip.to_image(place), (columns.start + columns.stop) / 2))
    return sorted(found, key=lambda mark: mark[2])


def without_feet(taken: Mask, strip: Strip, options: SeparatorOptions) -> Mask:
    """Return digits' ink (h, w) less what lies loose at their feet: a comma below a digit's arm."""
    labels = label_mask(taken)
    left = taken.copy()
    for number, (rows, columns) in enumerate(find_objects(labels), 1):
        low = (rows.start + rows.stop) / 2 >= strip.top + options.foot * HEIGHT
        if low and rows.stop - rows.start <= options.comma_height * HEIGHT:
            left[rows, columns][labels[rows, columns] == number] = False
    return left


def _rises(own: np.ndarray[Any, np.dtype[np.bool_]]) -> bool:
    rows, columns = inked_places(own)
    return bool(np.cov(rows, columns)[0, 1] < 0) if len(rows) > 2 else False


def format_text(text: str, separators: Sequence[Separator]) -> str:
    """Return the digits with the separators where they stand.

    >>> box = Box(0, 0, 1, 1)
    >>> format_text("3037", [Separator("-", box, 0), Separator(".", box, 2)])
    '-30.37'
    """
    parts = list(text)
    for separator in reversed(separators):
        parts.insert(separator.place, separator.character)
    return "".join(parts)


def value_of(formatted: str) -> Decimal | None:
    """Return the number that a formatted text is, None where it is none or may be two.

    A group of three digits after a lone dot or comma may be thousands or a fraction: None.

    >>> value_of("13.254,00"), value_of("-30.37"), value_of("1.234"), value_of("12/05")
    (Decimal('13254.00'), Decimal('-30.37'), None, None)
    """
    if not re.fullmatch(r"-?\d+([.,]\d+)*", formatted):
        return None
    marks = re.findall(r"[.,]", formatted)
    if not marks:
        return Decimal(formatted)
    groups = re.split(r"[.,]", formatted.lstrip("-"))
    thousands = [len(group) == 3 for group in groups[1:]]
    last_differs = len(set(marks[:-1])) == 1 and marks[-1] != marks[0]
    if len(marks) > 1 and len(groups[0]) > 3:
        return None
    if len(marks) == 1 or last_differs:
        if len(marks) == 1 and thousands[0] and 1 <= len(groups[0]) <= 3 and groups[0] != "0":
            return None
        if all(thousands[:-1]):
            return Decimal(_sign(formatted) + "".join(groups[:-1]) + "." + groups[-1])
        return None
    if len(set(marks)) == 1 and all(thousands):
        return Decimal(_sign(formatted) + "".join(groups))
    return None


def _sign(formatted: str) -> str:
    return "-" if formatted.startswith("-") else ""
