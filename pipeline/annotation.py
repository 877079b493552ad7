"""The photo with what was read drawn on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from digitstring.segmenter import Box, Photo

Colour = tuple[int, int, int]


class Marked(Protocol):
    """What can be drawn: a box in the whole image's pixels, a text and how sure it is."""

    @property
    def box(self) -> Box:  # noqa: D102
        ...

    @property
    def value(self) -> str:  # noqa: D102
        ...

    @property
    def confidence(self) -> float:  # noqa: D102
        ...


@dataclass(frozen=True)
class AnnotationOptions:
    """How the drawing looks."""

    sure: Colour = (0, 114, 178)
    """Blue; told from vermilion by colour-blind eyes (Okabe and Ito, 2008)."""
    doubtful: Colour = (213, 94, 0)
    """Vermilion, of the same palette."""
    label_frac: float = 0.33
    """Height of a label's letters, as a share of its box's height."""
    label_min_px: int = 11
    """Smaller letters can't be read on a screen."""
    label_max_px: int = 64
    """Larger ones hide what is above."""
    stroke_frac: float = 0.04
    """Width of a box's frame, as a share of its height; at least 1 pixel."""


DEFAULTS = AnnotationOptions()


def annotate(
    photo: Photo, digits: Iterable[Marked], options: AnnotationOptions = DEFAULTS
) -> Image.Image:
    """Return the photo's pixels, RGB, with each digit's frame and, above it, its value."""
    picture = Image.fromarray(photo.pixels).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for digit in digits:
        box = photo.from_original(digit.box)
        colour = doubt_colour(digit.confidence, options)
        frame_px = max(1, round(options.stroke_frac * box.height))
        draw_frame(draw, box, colour, frame_px)
        draw_label(draw, box, digit.value, colour, options.label_frac * box.height, options)
    return picture


def doubt_colour(confidence: float, options: AnnotationOptions = DEFAULTS) -> Colour:
    """Return the colour between doubtful, from the even chance down, and sure.

    >>> doubt_colour(1.0), doubt_colour(0.75), doubt_colour(0.5)
    ((0, 114, 178), (106, 104, 89), (213, 94, 0))
    """
    sureness = max(0.0, 2 * confidence - 1)
    red, green, blue = (
        round(doubt + (sure - doubt) * sureness)
        for sure, doubt in zip(options.sure, options.doubtful, strict=True)
    )
    return red, green, blue


def draw_frame(draw: ImageDraw.ImageDraw, box: Box, colour: Colour, frame_px: int) -> None:
    """Draw a frame round a box, which stays free."""
    around = (
        box.left - frame_px,
        box.top - frame_px,
        box.right + frame_px - 1,
        box.bottom + frame_px - 1,
    )
    draw.rectangle(around, outline=colour, width=frame_px)


def draw_label(
    draw: ImageDraw.ImageDraw,
    box: Box,
    text: str,
    colour: Colour,
    wanted_px: float,
    options: AnnotationOptions = DEFAULTS,
) -> None:
    """Draw a text of about that height on a colour, beside a box."""
    font = ImageFont.load_default(min(max(wanted_px, options.label_min_px), options.label_max_px))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    margin = max(1, round((bottom - top) / 5))
    width, height = right - left + 2 * margin, bottom - top + 2 * margin
    x, y = _label_place(box, width, height, draw.im.size)
    draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
    draw.text((x + margin - left, y + margin - top), text, fill="white", font=font)


def _label_place(
    box: Box, width: float, height: float, size: tuple[int, int]
) -> tuple[float, float]:
    """Return where a label's left and top go: above the box, else below, else at the edge."""
    x = max(0, min((box.left + box.right - width) / 2, size[0] - width))
    if box.top >= height:
        return x, box.top - height
    return x, (box.bottom if box.bottom + height <= size[1] else 0)
