"""Charts of pieces: all of a lattice's, each with the network's answer and its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from digitstring.classifier import Judgement
from digitstring.decoded import DecodedLine
from digitstring.decoding import NO_DIGIT
from digitstring.explanation_canvas import (
    PICTURES,
    Colour,
    PictureOptions,
    between,
    ink_picture,
    letters,
)
from digitstring.segmenter.arrays import Ink


@dataclass(frozen=True)
class ChartOptions:
    """How charts are laid out, in pixels."""

    columns: int = 24
    """A chart goes on below after so many."""
    crop_zoom: float = 2.0
    cell: tuple[int, int] = (88, 116)
    """Width and height of a piece's room."""
    left: int = 62
    """Room for the names of the rows,"""
    top: int = 30
    """and above each block for those of the columns."""


CHARTS = ChartOptions()


@dataclass(frozen=True, eq=False)
class Cell:
    """A piece in a chart: its crop, what is known of it, and how it stands out.

    Attributes
    ----------
    captions
        Lines of text below the crop.
    likely
        The share of colour in its ground, 0 to 1.
    frame
        The colour of its frame, if it has one.
    """

    crop: Ink
    captions: Sequence[str]
    likely: float = 0.0
    frame: Colour | None = None


Cells = Mapping[tuple[int, int], Cell]
"""Cells by row and column."""


def draw_lattice(line: DecodedLine, charts: ChartOptions = CHARTS) -> Image.Image:
    """Draw all pieces of a line: a column for each cut they begin at, a row for each length."""
    start, lengths = line.lattice.start.tolist(), line.lattice.stop - line.lattice.start
    chosen = {step.piece: step.value for step in line.path}
    cells = {
        (length - 1, column): _cell_of(line, piece, chosen.get(piece))
        for piece, (length, column) in enumerate(zip(lengths.tolist(), start, strict=True))
    }
    return _draw_chart(cells, ("atoms {1}", "cut {0}"), charts)


def draw_crops(
    lines: Sequence[Sequence[Ink]], judgement: Judgement, charts: ChartOptions = CHARTS
) -> Image.Image:
    """Draw a row of crops for each line; the network's answers are line after line."""
    places = [(row, column) for row, crops in enumerate(lines) for column in range(len(crops))]
    crops = [crop for line in lines for crop in line]
    cells = {
        place: Cell(crop, _answers(judgement, piece))
        for piece, (place, crop) in enumerate(zip(places, crops, strict=True))
    }
    return _draw_chart(cells, ("line {1}", "piece {1}"), charts)


def _cell_of(
    line: DecodedLine, piece: int, value: int | None, options: PictureOptions = PICTURES
) -> Cell:
    """Return a piece's cell; `value` is the digit it has on the best path, or NO_DIGIT."""
    scores = f"{line.arcs.digits[piece].max():+.1f} / {line.arcs.skips[piece]:+.1f}"
    frame = options.skipped if value == NO_DIGIT else options.chosen
    return Cell(
        line.lattice.crops[piece],
        [*_answers(line.judgement, piece), scores],
        likely=float(line.posteriors[piece, :NO_DIGIT].sum()),
        frame=None if value is None else frame,
    )


def _answers(judgement: Judgement, piece: int) -> list[str]:
    """Return a piece's likeliest digit, its probability, and that it is one, as captions."""
    probs = judgement.probs[piece]
    return [f"{probs.argmax()}   {probs.max():.2f}", f"whole {judgement.whole[piece]:.2f}"]


def _draw_chart(cells: Cells, names: tuple[str, str], charts: ChartOptions) -> Image.Image:
    """Draw cells by row and column, in blocks below each other where there are many columns.

    names: of the rows and of the columns, ``{0}`` for the number from 0 and ``{1}`` from 1.
    """
    columns = 1 + max((column for _, column in cells), default=0)
    blocks = [
        _draw_block(cells, range(first, min(columns, first + charts.columns)), names, charts)
        for first in range(0, columns, charts.columns)
    ]
    chart = Image.new("RGB", (blocks[0].width, sum(block.height for block in blocks)), "white")
    top = 0
    for block in blocks:
        chart.paste(block, (0, top))
        top += block.height
    return chart


def _draw_block(
    cells: Cells, columns: range, names: tuple[str, str], charts: ChartOptions
) -> Image.Image:
    """Draw the cells of some columns beside each other, and the rows' and columns' names."""
    own = {place: cell for place, cell in cells.items() if place[1] in columns}
    rows = 1 + max((row for row, _ in own), default=0)
    width, height = charts.cell
    size = charts.left + width * len(columns), charts.top + height * rows
    picture = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(picture), letters(PICTURES.caption_px)
    for row in range(rows):
        middle = charts.top + (row + 0.5) * height
        draw.text((0, middle), names[0].format(row, row + 1), fill="black", font=font, anchor="lm")
    for number, column in enumerate(columns):
        place = charts.left + (number + 0.5) * width, charts.top - 6
        draw.text(place, names[1].format(column, column + 1), fill="black", font=font, anchor="ms")
    for (row, column), cell in own.items():
        left = charts.left + (column - columns.start) * width
        _draw_cell(picture, (left, charts.top + row * height), cell, charts)
    return picture


def _draw_cell(
    picture: Image.Image, place: tuple[int, int], cell: Cell, charts: ChartOptions
) -> None:
    """Draw a piece's crop and captions on ground that tells how likely it is."""
    (x, y), (width, height) = place, charts.cell
    draw = ImageDraw.Draw(picture)
    ground = between((236, 236, 236), PICTURES.likely, cell.likely)
    draw.rectangle((x + 2, y + 2, x + width - 3, y + height - 3), fill=ground)
    crop = ink_picture(cell.crop, charts.crop_zoom)
    picture.paste(crop, (x + (width - crop.width) // 2, y + 7))
    font = letters(PICTURES.caption_px)
    for number, caption in enumerate(cell.captions):
        middle = x + width / 2, y + crop.height + 9 + number * (PICTURES.caption_px + 2)
        draw.text(middle, caption, fill="black", font=font, anchor="mt")
    if cell.frame is not None:
        draw.rectangle((x, y, x + width - 1, y + height - 1), outline=cell.frame, width=4)
