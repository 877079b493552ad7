"""What a person who checks readings is shown, and where what they say goes."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from importlib.resources import files
from threading import Lock
from typing import Any

from digitstring.annotation import DEFAULTS as COLOURS
from digitstring.corrections import Correction, correction_of
from digitstring.corrections_file import CorrectionsFile
from digitstring.locations import Place, image_at
from digitstring.results import Results
from digitstring.review_pictures import (
    Picture,
    PictureOptions,
    Pictures,
    draw_pictures,
    load_page,
)
from digitstring.segmenter import Box, ImageError, Photo
from digitstring.segmenter.photo import MAX_PIXELS
from digitstring.tables import RowDict
from digitstring.tally import asked_of, is_doubtful

SURE, DOUBT = ("#{:02x}{:02x}{:02x}".format(*each) for each in (COLOURS.sure, COLOURS.doubtful))
"""Of the boxes round digits; between the two a screen's grey would be neither."""
KEPT = 48
"""Rows whose pictures are kept in memory, for those who go back."""


@dataclass(eq=False)
class Review:
    """A batch's rows under review; may be used by several threads.

    Attributes
    ----------
    results
        The rows.
    folder
        Where their images are, a folder or its address; no other file is opened. Those at
        addresses of their own are fetched from there.
    file
        Where corrections go.
    max_pixels
        A larger image is not shown.
    options
        How large pictures are sent.
    """

    results: Results
    folder: Place
    file: CorrectionsFile
    max_pixels: int = MAX_PIXELS
    options: PictureOptions = field(default_factory=PictureOptions)
    _saying: Lock = field(default_factory=Lock)
    _keeping: Lock = field(default_factory=Lock)
    _kept: OrderedDict[int, Future[Pictures]] = field(default_factory=OrderedDict)

    def order(self) -> list[int]:
        """Return the rows' numbers, the most doubtful first, those with an error last."""
        entries = self.results.entries
        return sorted(range(len(entries)), key=lambda number: entries[number].doubt)

    def queue(self) -> dict[str, Any]:
        """Return what the page asks for first: each row's number, doubt and verdict, in order."""
        rows = [
            {
                "number": number,
                "failed": self.results.entries[number].confidence is None,
                "doubtful": self.results.entries[number].doubtful,
                "verdict": self._verdict(self.standing(number)),
            }
            for number in self.order()
        ]
        return {"name": self.results.path.name, "rows": rows}

    def standing(self, number: int) -> Correction | None:
        """Return what was said of a row."""
        return self.file.standing.get(self.results.entries[number].key)

    def details(self, number: int) -> dict[str, Any]:
        """Return all that is shown of a row but its pictures, of which it says where they are.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        row = self.results.row(number)
        said = self.standing(number)
        pictures, problem = self.pictures_or_problem(number)
        shown = {"whole": pictures.whole, "near": pictures.near} if pictures else {}
        return {
            "number": number,
            "file": row["file"],
            "page": row.get("page"),
            "field": row.get("field"),
            "text": row.get("text", "").replace("\n", " "),
            "label": None if said is None else said.label.replace("\n", " "),
            "verdict": self._verdict(said),
            "confidence": row.get("confidence"),
            "doubtful": is_doubtful(row),
            "error": row.get("error"),
            "problem": problem,
            "pictures": {name: list(each.box) for name, each in shown.items() if each},
            "digits": shown_digits(row),
            "alternatives": alternatives(row),
        }

    def picture(self, number: int, name: str) -> Picture | None:
        """Return the picture "whole" or "near" of a row, None where there is none."""
        pictures, _ = self.pictures_or_problem(number)
        if pictures is None:
            return None
        return {"whole": pictures.whole, "near": pictures.near}.get(name)

    def say(self, number: int, label: str | None) -> str | None:
        """Keep the right text of a row, or take back what was said; return the verdict.

        Raises
        ------
        IndexError
            If there is no such row.
        OSError
            If it can't be written.
        ValueError
            If the label is no text of digits.
        """
        row = self.results.row(number)
        key = self.results.entries[number].key
        read = row.get("text", "")
        with self._saying:
            if label is None:
                self.file.add(Correction(*key, "", read, "withdrawn"))
                return None
            said = correction_of(key, label, read, failed="error" in row)
            if said != self.standing(number):
                self.file.add(said)
        return said.verdict

    def pictures_or_problem(self, number: int) -> tuple[Pictures | None, str | None]:
        """Return a row's pictures, or why they can't be shown."""
        with self._keeping:
            future = self._kept.get(number)
            mine = future is None
            if future is None:
                future = self._kept[number] = Future()
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        if mine:
            try:
                boxes = boxes_of(self.results.row(number))
                future.set_result(draw_pictures(self.photo(number), boxes, self.options))
            except Exception as error:  # whatever it is, those who wait for it are told
                future.set_exception(error)
                with self._keeping:
                    self._kept.pop(number, None)  # so that it is tried again when asked for again
        try:
            return future.result(), None
        except ImageError as error:
            return None, str(error)

    def photo(self, number: int) -> Photo:
        """Return a row's page.

        Raises
        ------
        ImageError
            If it can't be read, or is not within the folder.
        """
        row = self.results.row(number)
        place = image_at(self.folder, row["file"])
        if place is None:
            raise ImageError(
                f"{row['file']}: is not in {self.folder}; name what was read with --images"
            )
        return load_page(place, row.get("page"), self.max_pixels)

    @staticmethod
    def _verdict(said: Correction | None) -> str | None:
        return None if said is None else said.verdict


def boxes_of(row: RowDict) -> list[Box]:
    """Return the boxes of a row's digits."""
    digits = [digit for line in row.get("lines", ()) for digit in line["digits"]]
    boxes = [Box(*(round(side) for side in digit["box"])) for digit in digits]
    return [box for box in boxes if box.height > 0 and box.width > 0]


def shown_digits(row: RowDict) -> list[RowDict]:
    """Return each digit of a row with its line's number, whether it is doubtful, and its colour."""
    asked = asked_of(row)
    return [
        {
            "value": digit["value"],
            "confidence": digit["confidence"],
            "box": digit["box"],
            "line": number,
            "doubtful": digit["confidence"] < asked,
            "colour": DOUBT if digit["confidence"] < asked else SURE,
        }
        for number, line in enumerate(row.get("lines", ()))
        for digit in line["digits"]
    ]


def alternatives(row: RowDict) -> list[RowDict]:
    """Return the other texts that a row may be, as far as it has them, without the one read.

    >>> alternatives({"text": "1", "alternatives": [{"text": "7", "probability": 0.2}]})
    [{'text': '7', 'probability': 0.2}]
    """
    told = row.get("alternatives", [])
    found = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return [
        {"text": text.replace("\n", " "), "probability": probability}
        for text, probability in ((each.get("text"), each.get("probability")) for each in found)
        if isinstance(text, str)
        and isinstance(probability, int | float)
        and math.isfinite(probability)
        and text != row.get("text")
    ]


def counts(rows: Sequence[RowDict]) -> dict[str, int]:
    """Return how many rows of a queue were accepted and how many corrected."""
    return {
        verdict: sum(row["verdict"] == verdict for row in rows)
        for verdict in ("accepted", "corrected")
    }


def page_file(name: str) -> str:
    """Return a file of the review's page."""
    return (files("digitstring") / "review_page" / name).read_text(encoding="utf-8")
