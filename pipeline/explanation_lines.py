"""Pictures of one line: where it may be cut, and the best path through the cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from digitstring.annotation import doubt_colour
from digitstring.decoded import DecodedLine
from digitstring.explanation_canvas import (
    PICTURES,
    Colour,
    PictureOptions,
    between,
    ink_picture,
    letters,
    scaled,
)
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.strips import Strip
from digitstring.separators import SeparatorOptions, find_marks

Point = tuple[float, float]

LABEL_ROWS = 3
"""The cuts' numbers stand in so many rows, so that near ones do not overlap."""


def draw_cuts(
    lattice: Lattice, most_cost: float, options: PictureOptions = PICTURES
) -> Image.Image:
    """Draw a strip with its numbered cuts, free to dear; `most_cost` is in pixels of ink."""
    head, zoom = LABEL_ROWS * options.note_px, _zoom(lattice.strip, options)
    picture = _with_head(ink_picture(lattice.strip.ink, zoom, (90, 90, 90)), head)
    draw, font = ImageDraw.Draw(picture), letters(options.caption_px)
    places = _label_places((lattice.seams.columns[:, 0] * zoom).tolist(), picture.width, options)
    for cut, cost in enumerate(lattice.seams.costs.tolist()):
        colour = between(options.free, options.dear, (cost / most_cost) ** 0.5)
        draw.line(_points(lattice, cut, zoom, head), fill=colour, width=2)
        draw.text(places[cut], str(cut), fill=colour, font=font, anchor="mt")
    return picture


def _label_places(
    tops: Sequence[float], width: int, options: PictureOptions
) -> list[tuple[float, float]]:
    """Return where the cuts' numbers stand, (x, y): above the cuts, in rows, none on another."""
    free = [0.0] * LABEL_ROWS
    places = [(0.0, 0.0)] * len(tops)
    for cut in sorted(range(len(tops)), key=tops.__getitem__):
        x = min(max(tops[cut], options.caption_px / 2), width - options.caption_px / 2)
        row = next((row for row in range(LABEL_ROWS) if free[row] <= x), int(np.argmin(free)))
        places[cut] = max(x, free[row]), row * options.note_px
        free[row] = places[cut][0] + 1.5 * options.caption_px
    return places


def draw_path(line: DecodedLine, options: PictureOptions = PICTURES) -> Image.Image:
    """Draw a strip cut as on the best path: digits, how sure each is, marks; the rest is gray."""
    lattice, zoom = line.lattice, _zoom(line.lattice.strip, options)
    head = options.value_px + 2 * options.note_px
    picture = _with_head(_coloured_path(line, zoom, options), head)
    draw = ImageDraw.Draw(picture)
    for step in line.path:
        for cut in (int(lattice.start[step.piece]), int(lattice.stop[step.piece])):
            draw.line(_points(lattice, cut, zoom, head), fill=options.free, width=2)
    for step, confidence in zip(line.digits, line.confidences, strict=True):
        middle = _inside(lattice.boxes[step.piece, [1, 3]].mean() * zoom, 16, picture)
        values = str(step.value), f"{confidence:.2f}"
        _draw_value(draw, middle, values, doubt_colour(confidence), options)
    pieces = [step.piece for step in line.digits]
    marks = find_marks(lattice.strip, lattice.ink_without(pieces), SeparatorOptions())
    for character, _, column in marks:
        _draw_value(draw, column * zoom, (character, "mark"), (0, 0, 0), options)
    return picture


def _zoom(strip: Strip, options: PictureOptions) -> float:
    """Return the picture's pixels for one of a strip's: 4 or more."""
    return float(min(options.most_zoom, max(4, options.longest_side // strip.ink.shape[1])))


def _with_head(picture: Image.Image, head: int) -> Image.Image:
    """Return the picture below a head of white."""
    page = Image.new("RGB", (picture.width, picture.height + head), "white")
    page.paste(picture, (0, head))
    return page


def _inside(x: float, margin: float, picture: Image.Image) -> float:
    """Return the place nearest to x at which letters are not cut off at a picture's sides."""
    return float(min(max(x, margin), picture.width - margin))


def _points(lattice: Lattice, cut: int, zoom: float, top: float) -> list[Point]:
    """Return a cut's way through an enlarged strip, (x, y), from its top to its bottom."""
    columns = lattice.seams.columns[cut].tolist()
    middles = [(column * zoom, top + (row + 0.5) * zoom) for row, column in enumerate(columns)]
    ends = (middles[0][0], float(top)), (middles[-1][0], top + len(columns) * zoom)
    return [ends[0], *middles, ends[1]]


def _coloured_path(line: DecodedLine, zoom: float, options: PictureOptions) -> Image.Image:
    """Draw a strip's digits in the colour of their doubt, all other ink gray."""
    ink = line.lattice.strip.ink
    page = np.full((*ink.shape, 3), options.skipped, dtype=np.float32)
    for step, confidence in zip(line.digits, line.confidences, strict=True):
        page[line.lattice.ink_without([step.piece]) < ink] = doubt_colour(confidence)
    page = 255 - ink[..., None] * (255 - page)
    return scaled(Image.fromarray(np.round(page).astype(np.uint8)), zoom)


def _draw_value(
    draw: ImageDraw.ImageDraw,
    middle: float,
    values: tuple[str, str],
    colour: Colour,
    options: PictureOptions,
) -> None:
    """Draw what was read, and below it how sure it is, in a strip's head."""
    font, small = letters(options.value_px), letters(options.note_px)
    draw.text((middle, options.value_px), values[0], fill=colour, font=font, anchor="ms")
    draw.text((middle, options.value_px + 4), values[1], fill=colour, font=small, anchor="mt")
