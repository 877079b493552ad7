"""Strings and lines of digits on a page, with the truth about where each one lies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.samples.frames import Frame, draw_frame
from digitstring.samples.spacing import free_columns, trim

Ink = NDArray[np.float32]
Glyphs = Callable[[str, np.random.Generator], Ink]
"""Draws one character as ink (h, w) float32 in [0, 1], in the size it is to have."""

_SPACE_FRAC = 0.6
"""Width of a space."""
_LEAST_ADVANCE = 0.15
"""Slid together, a digit still starts this much to the right of the one before."""
_CELL_JITTER = 0.04
"""Standard deviation of a digit from the middle of its cell."""
_LEVELS = {",": 0.1, ".": 0.0, "-": -0.45, "=": -0.3, "'": -0.8}
"""How far below the line these characters end; all others stand on it."""


class Placed(NamedTuple):
    """A digit and its box (top, left, bottom, right), half-open pixels."""

    value: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Page:
    """A page of ink (h, w) float32 in [0, 1] with the digits of each line, left to right.

    owners (h, w) int16: the number of the digit, in reading order, that most of a pixel's ink is
    of; -1 where there is none.
    """

    ink: Ink
    lines: tuple[tuple[Placed, ...], ...]
    owners: NDArray[np.int16]

    @property
    def text(self) -> str:
        """The digits, a line of the page each line."""
        return "\n".join("".join(digit.value for digit in line) for line in self.lines)


@dataclass(frozen=True)
class Layout:
    """How characters are set; lengths are fractions of a digit's height."""

    gap_frac: tuple[float, float] = (0.1, 0.3)
    """Least and greatest gap between two digits; below 0 their ink overlaps by that much."""
    kerned: bool = False
    """Whether gaps are measured between the nearest ink, not between boxes."""
    pitch_frac: float = 0.0
    """Distance from centre to centre of digits in a form's cells; 0: set by gaps."""
    size_jitter: float = 0.0
    """Standard deviation of the size from digit to digit."""
    baseline_jitter: float = 0.02
    """Standard deviation of a digit's foot from the line."""
    slope_deg: float = 0.0
    """How far the line climbs to the right."""
    margin_frac: float = 0.5
    """White on each side of the page."""
    line_gap_frac: float = 0.6
    """White between two lines."""
    frame: Frame | None = None
    """What is printed round or below the digits."""


def random_layout(rng: np.random.Generator) -> Layout:
    """Choose how a writer sets a string: tight or loose, level or climbing, no frame."""
    tightest = rng.uniform(0.04, 0.3)
    return Layout(
        gap_frac=(float(tightest), float(tightest + rng.uniform(0.0, 0.4))),
        kerned=bool(rng.random() < 0.5),
        size_jitter=float(rng.uniform(0.0, 0.1)),
        baseline_jitter=float(rng.uniform(0.0, 0.08)),
        slope_deg=float(rng.normal(0, 2)),
        margin_frac=float(rng.uniform(0.2, 1.0)),
        line_gap_frac=float(rng.uniform(0.4, 1.0)),
    )


def lay_out(
    texts: str | Sequence[str],
    glyphs: Glyphs,
    rng: np.random.Generator,
    layout: Layout | None = None,
) -> Page:
    """Set lines of text on a page.

    texts: the lines (a newline in one string parts lines too); digits are remembered as truth,
    a space is a gap, and any other character that `glyphs` draws lies there unmentioned.
    Raises ValueError when there is no line.
    """
    layout = layout or Layout()
    texts = texts.split("\n") if isinstance(texts, str) else list(texts)
    if not texts:
        raise ValueError("texts must hold at least one line")
    lines = [_set_line(text, glyphs, rng, layout) for text in texts]
    unit = max(max(line.unit for line in lines), 1.0)
    lines = _stack(lines, unit * layout.line_gap_frac)
    return _compose(lines, max(round(unit * layout.margin_frac), 0), layout)


class _Piece(NamedTuple):
    """A character's ink at `top`, `left` of a sheet that has no bounds yet."""

    char: str
    ink: Ink
    top: int
    left: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        rows, columns = self.ink.shape
        return (self.top, self.left, self.top + rows, self.left + columns)


@dataclass(frozen=True)
class _Row:
    """The pieces of a line and the height `unit` of an ordinary digit in it."""

    pieces: tuple[_Piece, ...]
    unit: float


def _set_line(text: str, glyphs: Glyphs, rng: np.random.Generator, layout: Layout) -> _Row:
    """Draw the characters, set them on a level line, then let the line climb."""
    inks = [_resize(trim(glyphs(char, rng)), layout, rng) for char in text.replace(" ", "")]
    heights = [
        len(ink) for char, ink in zip(text.replace(" ", ""), inks, strict=True) if _is_digit(char)
    ]
    unit = float(np.median(heights or [len(ink) for ink in inks] or [0]))
    pieces: list[_Piece] = []
    for spaces, char, ink in zip(*_words(text), inks, strict=True):
        foot = round(unit * (_LEVELS.get(char, 0.0) + rng.normal(0, layout.baseline_jitter)))
        piece = _Piece(char, ink, foot - len(ink), 0)
        left = _next_left(pieces, piece, unit, rng, layout) + spaces * _SPACE_FRAC * unit
        pieces.append(piece._replace(left=round(left)))
    climb = np.tan(np.radians(layout.slope_deg))
    return _Row(tuple(p._replace(top=p.top - round(climb * p.left)) for p in pieces), unit)


def _words(text: str) -> tuple[list[int], list[str]]:
    """Find the characters of `text` that draw ink, and how many spaces stand before each.

    >>> _words("1  2")
    ([0, 2], ['1', '2'])
    """
    words = text.split(" ")
    ends = np.cumsum([len(word) for word in words])
    chars = text.replace(" ", "")
    return [int((ends[:-1] == i).sum()) for i in range(len(chars))], list(chars)


def _next_left(
    pieces: Sequence[_Piece],
    piece: _Piece,
    unit: float,
    rng: np.random.Generator,
    layout: Layout,
) -> float:
    """Find the column at which `piece` starts after those already set."""
    if layout.pitch_frac > 0:
        centre = (len(pieces) * layout.pitch_frac + rng.normal(0, _CELL_JITTER)) * unit
        return float(centre - piece.ink.shape[1] / 2)
    if not pieces:
        return 0.0
    gap = float(rng.uniform(*layout.gap_frac)) * unit
    last = pieces[-1]
    right = last.box[3] + gap
    nearest = last.left + _LEAST_ADVANCE * unit
    if not layout.kerned:
        return max(right, nearest)
    slide = free_columns(last.ink, piece.ink, piece.top - last.top, round(max(gap, 0.0)) + 1)
    return max(right - slide, nearest)


def _resize(ink: Ink, layout: Layout, rng: np.random.Generator) -> Ink:
    if layout.size_jitter == 0 or ink.size == 0:
        return ink
    scale = np.exp(rng.normal(0, layout.size_jitter))
    rows, columns = (max(1, round(side * scale)) for side in ink.shape)
    resized = Image.fromarray(ink).resize((columns, rows), Image.Resampling.BILINEAR)
    return trim(np.asarray(resized, dtype=np.float32))


def _stack(lines: Sequence[_Row], gap_px: float) -> list[_Row]:
    """Move each line below the one before it."""
    stacked, below = [], 0
    for line in lines:
        top = min((piece.top for piece in line.pieces), default=0)
        moved = tuple(piece._replace(top=piece.top - top + below) for piece in line.pieces)
        stacked.append(replace(line, pieces=moved))
        below = round(max((piece.box[2] for piece in moved), default=below) + gap_px)
    return stacked


def _compose(lines: Sequence[_Row], margin: int, layout: Layout) -> Page:
    """Put all pieces on one sheet with its margins, then the frames."""
    boxes = np.array([piece.box for line in lines for piece in line.pieces] or [(0, 0, 0, 0)])
    top, left = (boxes[:, :2].min(axis=0) - margin).tolist()
    rows, columns = (boxes[:, 2:].max(axis=0) + margin - (top, left)).tolist()
    sheet = np.zeros((max(rows, 1), max(columns, 1)), dtype=np.float32)
    owners = np.full(sheet.shape, -1, dtype=np.int16)
    truth: list[tuple[Placed, ...]] = []
    count = 0
    for line in lines:
        pieces = [p._replace(top=p.top - top, left=p.left - left) for p in line.pieces]
        for piece in pieces:
            y0, x0, y1, x1 = piece.box
            owners[y0:y1, x0:x1][piece.ink > sheet[y0:y1, x0:x1]] = (
                count if _is_digit(piece.char) else -1
            )
            count += _is_digit(piece.char)
            np.maximum(sheet[y0:y1, x0:x1], piece.ink, out=sheet[y0:y1, x0:x1])
        digits = tuple(Placed(p.char, p.box) for p in pieces if _is_digit(p.char))
        if layout.frame and digits:
            np.maximum(sheet, draw_frame(layout.frame, sheet.shape, digits), out=sheet)
        truth.append(digits)
    return Page(sheet, tuple(truth), owners)


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"
