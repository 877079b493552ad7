"""A form's page with its fields and what was read in each drawn on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw

from digitstring.annotation import DEFAULTS as DIGITS
from digitstring.annotation import Colour, annotate, doubt_colour, draw_frame, draw_label
from digitstring.reading import Reading
from digitstring.segmenter import Photo


@dataclass(frozen=True)
class FieldOptions:
    """How a field looks."""

    refused: Colour = DIGITS.doubtful
    """Of a field whose reading is not accepted."""
    frame_frac: float = 0.003
    """Width of a field's frame, as a share of the page's longer side; at least 1 pixel."""
    label_frac: float = 0.02
    """Height of a field's name, as a share of the page's longer side."""


DEFAULTS = FieldOptions()


def annotate_form(
    page: Photo, readings: Mapping[str, Reading], options: FieldOptions = DEFAULTS
) -> Image.Image:
    """Return a page, RGB, with each field's frame, name and text, and its digits' boxes.

    Parameters
    ----------
    page
        The whole page.
    readings
        By the fields' names, as `read_fields` returns them: their photos show where they are.
    """
    digits = [digit for each in readings.values() for line in each.lines for digit in line.digits]
    picture = annotate(page, digits)
    draw = ImageDraw.Draw(picture)
    longer_px = max(picture.size)
    for name, reading in readings.items():
        if reading.photo is None:
            continue
        box = page.from_original(reading.photo.window)
        colour = doubt_colour(reading.confidence) if reading.accepted else options.refused
        text = f"{name}: {' '.join(reading.marked.split())}"
        draw_frame(draw, box, colour, max(1, round(options.frame_frac * longer_px)))
        draw_label(draw, box, text, colour, options.label_frac * longer_px)
    return picture
