"""What reading an image gives: the text, where each digit stands, and how sure it is.

Reading
└── lines: LineReading, from top to bottom
    └── digits: DigitReading, from left to right
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from PIL import Image

from digitstring.segmenter import Box, Photo
from digitstring.separators import Separator, format_text, value_of

DECIMALS = 6
"""Decimal places of the numbers in `to_dict`."""


UNKNOWN = "?"
"""What a doubtful digit is shown as."""


class Alternative(NamedTuple):
    """What may stand there instead, and how likely."""

    text: str
    probability: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values; see `Reading.to_dict`."""
        return {"text": self.text, "probability": round(self.probability, DECIMALS)}


@dataclass(frozen=True)
class DigitReading:
    """One digit of a line.

    Attributes
    ----------
    value
        "0" to "9".
    confidence
        The probability that this digit stands at this place. Read by components: that the crop is
        one whole digit and this one.
    box
        In the pixels of the whole upright image.
    probs
        The ten digits' probabilities, given that the crop is one whole digit; they sum to 1.
    alternatives
        The other digits that may stand at this place, from the likeliest on. What is left of 1
        is that no digit stands there.
    """

    value: str
    confidence: float
    box: Box
    probs: tuple[float, ...]
    alternatives: tuple[Alternative, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values; see `Reading.to_dict`."""
        return {
            "value": self.value,
            "confidence": round(self.confidence, DECIMALS),
            "box": list(self.box),
            "probs": [round(prob, DECIMALS) for prob in self.probs],
            "alternatives": [other.to_dict() for other in self.alternatives],
        }


@dataclass(frozen=True)
class LineReading:
    """One line of digits.

    Attributes
    ----------
    text
        The digits' values, from left to right.
    confidence
        Its part of the reading's confidence: the less probable its text is among all texts of the
        line's lattice, the lower. Read by components: the product of the digits' confidences,
        lowered for each piece as high that was not read.
    box
        Round all the digits, in the pixels of the whole upright image.
    digits
        At least one.
    separators
        The dots, commas, dashes and slashes between or beside the digits, from left to right.
    alternatives
        The next best texts, from the likeliest on; "": that the line is no number. All obey what
        is known of the number. None of a line of more than about 40 digits, nor where the
        reading is by components.
    """

    text: str
    confidence: float
    box: Box
    digits: tuple[DigitReading, ...]
    separators: tuple[Separator, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def formatted(self) -> str:
        """The digits with the separators where they stand: "13.254,00"."""
        return format_text(self.text, self.separators)

    @property
    def value(self) -> Decimal | None:
        """The number that `formatted` is, where it is one and one only."""
        return value_of(self.formatted)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values; see `Reading.to_dict`."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, DECIMALS),
            "box": list(self.box),
            "digits": [digit.to_dict() for digit in self.digits],
            "formatted": self.formatted,
            "separators": [separator.to_dict() for separator in self.separators],
            "value": None if self.value is None else str(self.value),
            "alternatives": [other.to_dict() for other in self.alternatives],
        }

    def marked(self, min_confidence: float) -> str:
        """Return the text with "?" for each digit less sure than that, or else the least sure."""
        confidences = [digit.confidence for digit in self.digits]
        limit = max(min_confidence, math.nextafter(min(confidences), math.inf))
        return "".join(
            UNKNOWN if digit.confidence < limit else digit.value for digit in self.digits
        )


@dataclass(frozen=True)
class Reading:
    """The digit strings of one image.

    Attributes
    ----------
    text
        The lines' texts, parted by a newline; "" where there is no number.
    confidence
        The probability that the whole text is right, by a logistic regression that was fitted on
        drawn strings; the product of the lines' confidences. Of an empty reading: how sure it is
        that there is no number, at most 0.5, for ink too faint to be found
        has left nothing to judge.
    lines
        From top to bottom.
    photo
        What was read, for `annotated`; None in a row of `read_folder`, so that the rows of a
        large folder fit into memory. Neither compared nor shown.
    alternatives
        The next best texts of all lines together, from the likeliest on.
    held
        What was known of the number and holds of what was read, by name: "length", "check".
    reason
        Why there is no number, or what was known does not hold; "" where neither is so.
    min_confidence
        What was asked for: a reading below it is not accepted.
    """

    text: str
    confidence: float
    lines: tuple[LineReading, ...]
    photo: Photo | None = field(default=None, repr=False, compare=False)
    alternatives: tuple[Alternative, ...] = ()
    held: tuple[str, ...] = ()
    reason: str = ""
    min_confidence: float = 0.0

    def __str__(self) -> str:
        return self.text

    @property
    def accepted(self) -> bool:
        """Whether the reading is as sure as was asked for."""
        return round(self.confidence, DECIMALS) >= self.min_confidence

    @property
    def marked(self) -> str:
        """The text; where it is not accepted, with "?" for its doubtful digits.

        Those are the digits less sure than `min_confidence`, or else the least sure of each line
        that is. A reading without a number that is not accepted is "?".

        >>> Reading("", 0.5, (), min_confidence=0.9).marked
        '?'
        """
        if self.accepted:
            return self.text
        return "\n".join(self._marked_lines()) or UNKNOWN

    def _marked_lines(self) -> Iterator[str]:
        """Yield the lines' texts, doubtful ones marked: at least the least sure."""
        least = min((line.confidence for line in self.lines), default=0.0)
        for line in self.lines:
            doubtful = line.confidence <= max(least, self.min_confidence)
            yield line.marked(self.min_confidence) if doubtful else line.text

    def to_dict(self) -> dict[str, Any]:
        """Return the reading as JSON-ready values, in this stable form.

        ``{"text", "confidence", "accepted", "alternatives": [{"text", "probability"}], "held",
        "reason", "lines": [{"text", "confidence", "box", "digits": [{"value", "confidence", "box",
        "probs", "alternatives"}], "formatted", "separators": [{"character", "box", "place"}],
        "value", "alternatives"}]}``, where a box is ``[top, left, bottom, right]`` in the
        whole upright image's pixels, half-open, numbers are rounded to 6 decimal places, and all
        alternatives have one form.

        >>> told = Reading("", 0.5, ()).to_dict()
        >>> told["text"], told["confidence"], told["accepted"], told["lines"]
        ('', 0.5, True, [])
        """
        return {
            "text": self.text,
            "confidence": round(self.confidence, DECIMALS),
            "accepted": self.accepted,
            "alternatives": [other.to_dict() for other in self.alternatives],
            "held": list(self.held),
            "reason": self.reason,
            "lines": [line.to_dict() for line in self.lines],
        }

    def annotated(self) -> Image.Image:
        """Return the photo, RGB and upright, with each digit's box, value and doubt in colour.

        Blue is sure, vermilion is doubtful. The photo comes back as it was read: its region
        alone where one was named, and reduced where it is large.

        Raises
        ------
        ValueError
            If the reading holds no photo.
        """
        if self.photo is None:
            raise ValueError("this reading holds no photo: read() the image itself to annotate it")
        from digitstring.annotation import annotate  # what draws is loaded where it is needed

        return annotate(self.photo, [digit for line in self.lines for digit in line.digits])

    def _repr_png_(self) -> bytes | None:
        if self.photo is None:
            return None
        png = io.BytesIO()
        self.annotated().save(png, format="PNG")
        return png.getvalue()
