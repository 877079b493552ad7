"""Single digits put together to what the segmenter meets beside them.

A canvas is a crop with room round it; several digits on one canvas, or a part of one, are no
digit, and the network is to say so. A digit with a bit of its neighbour or of a rule stays one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.segmenter.normalizer import SIDE

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

NARROW, WIDE = 36, 84
"""Columns of a canvas for one digit, and for several; a canvas has NARROW rows."""

DIGIT_HALVES = {
    "left": (0, 1, 4, 6, 7),
    "right": (0, 1, 2, 3, 4, 6, 7, 8, 9),
    "top": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "bottom": (1, 2, 3, 4, 5, 6, 7, 8, 9),
}
"""Halves that are left out, for they have a digit's shape themselves: half a 0 or 4 is a 1, the
right half of an 8 is a 3, that of a 2 a 2 without its hook, the upper half of a 9 and the lower of
a 6 are a 0."""
LEAST_WIDTH = 9
"""Only digits at least this many pixels wide are cut in halves: a narrower half is a 1."""


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Digits to put together: ``crops (n, 28, 28)`` float32 in [0, 1], ``labels (n,)``."""

    crops: Floats
    labels: Labels

    def draw(self, n: int, rng: np.random.Generator) -> Glyphs:
        """Return n of them, drawn with replacement."""
        chosen = rng.integers(0, len(self.labels), n)
        return Glyphs(self.crops[chosen], self.labels[chosen])

    def where(self, chosen: NDArray[np.bool_]) -> Glyphs:
        """Return the chosen ones."""
        return Glyphs(self.crops[chosen], self.labels[chosen])


def alone(glyphs: Glyphs) -> Floats:
    """Put each digit alone on a canvas (n, 36, 36)."""
    margin = (NARROW - SIDE) // 2
    return np.pad(glyphs.crops, ((0, 0), (margin, margin), (margin, margin)))


def in_a_row(rows: list[Glyphs], rng: np.random.Generator, gaps: tuple[float, float]) -> Floats:
    """Put digits beside each other with gaps in pixels, negative to overlap: (n, 36, 84).

    An overlap is at most a third of the narrower digit's width, so that both can be seen.
    """
    canvas = np.zeros((len(rows[0].labels), NARROW, WIDE), dtype=np.float32)
    stop, last_width = np.full(len(canvas), 6), np.full(len(canvas), WIDE)
    for number, glyphs in enumerate(rows):
        left, right = column_extent(glyphs.crops)
        gap = rng.uniform(*gaps, len(canvas)) if number else np.zeros(len(canvas))
        gap = np.maximum(gap, -np.minimum(last_width, right - left) / 3)
        start = stop + np.round(gap).astype(int)
        _place(canvas, glyphs.crops, start - left, rng)
        stop, last_width = start + right - left, right - left
    return canvas


def with_part_of_neighbour(
    glyphs: Glyphs, neighbours: Glyphs, rng: np.random.Generator, share: tuple[float, float]
) -> Floats:
    """Put beside each digit the near part of another, a share of its width: (n, 36, 84)."""
    left, right = column_extent(neighbours.crops)
    kept = np.maximum(1, np.round(rng.uniform(*share, len(left)) * (right - left))).astype(int)
    after = rng.random(len(left)) < 0.5
    own_left, own_right = column_extent(glyphs.crops)
    first = np.where(after, left, right - kept)
    part = _columns_only(neighbours.crops, first, first + kept)
    gap = np.round(rng.uniform(-2, 2, len(left))).astype(int)
    at = np.where(after, SIDE + own_right + gap, SIDE + own_left - gap - kept) - first
    canvas = np.zeros((len(left), NARROW, WIDE), dtype=np.float32)
    _place(canvas, glyphs.crops, np.full(len(left), SIDE), None)
    _place(canvas, part, at, rng)
    return canvas


def halves(glyphs: Glyphs, rng: np.random.Generator) -> Floats:
    """Cut digits upright, some across, and keep a side with 35 to 50 % of the ink.

    Digits whose half is a digit itself (`DIGIT_HALVES`) or that are narrow are left out, so fewer
    canvases (m, 36, 36) come back than digits went in. Cut by its width, a 2 with a long tail
    would leave a whole 2.
    """
    left, right = column_extent(glyphs.crops)
    side = rng.choice(list(DIGIT_HALVES), len(left), p=[0.4, 0.4, 0.1, 0.1])
    fits = right - left >= LEAST_WIDTH
    for name, left_out in DIGIT_HALVES.items():
        fits &= ~((side == name) & np.isin(glyphs.labels, left_out))
    glyphs, side = glyphs.where(fits), side[fits]
    upright = np.isin(side, ("left", "right"))
    crops = np.where(upright[:, None, None], glyphs.crops, glyphs.crops.transpose(0, 2, 1))
    first = np.isin(side, ("left", "top"))
    share = rng.uniform(0.35, 0.5, (len(side), 1))
    ink_before = np.cumsum(crops.sum(axis=1), axis=1) / crops.sum(axis=(1, 2))[:, None]
    cut = np.argmax(ink_before >= np.where(first[:, None], share, 1 - share), axis=1)
    kept = _columns_only(crops, np.where(first, 0, cut), np.where(first, cut, SIDE))
    kept = np.where(upright[:, None, None], kept, kept.transpose(0, 2, 1))
    return alone(Glyphs(kept, glyphs.labels))


def with_rules(canvases: Floats, rng: np.random.Generator) -> Floats:
    """Leave a bit of a rule or of a box's side at some edge of each digit; same shape."""
    n, height, width = canvases.shape
    turned = rng.random((n, 1, 1)) < 0.5
    seen = np.where(turned, canvases.transpose(0, 2, 1), canvases)
    top, bottom = column_extent(seen.transpose(0, 2, 1))
    thickness = np.asarray(rng.uniform(0.7, 2.2, n))
    below = rng.random(n) < 0.5
    inset = rng.uniform(0, 2, n)
    at = np.where(below, bottom - inset, top + inset - thickness)
    rows, columns = np.arange(height), np.arange(width)
    left, right = column_extent(seen)
    length = right - left
    start = left + np.where(rng.random(n) < 0.5, -2, rng.uniform(0, 0.6, n) * length)
    stop = start + rng.uniform(0.4, 1.1, n) * length + 2
    distance = np.abs(rows - (at + thickness / 2)[:, np.newaxis])
    across: Floats = np.clip(1 - distance + thickness[:, np.newaxis] / 2, 0, 1).astype(np.float32)
    along = (columns >= start[:, None]) & (columns < np.minimum(stop, right + 2)[:, None])
    dark = rng.uniform(0.4, 1, (n, 1, 1))
    rule = (dark * across[:, :, None] * along[:, None, :]).astype(np.float32)
    seen = np.maximum(seen, rule)
    with_rule: Floats = np.where(turned, seen.transpose(0, 2, 1), seen)
    return with_rule


def with_specks(canvases: Floats, rng: np.random.Generator) -> Floats:
    """Scatter dots and short dashes, as a printed pattern leaves, round each digit; same shape."""
    n, height, width = canvases.shape
    dense = rng.uniform(0.005, 0.05, (n, 1, 1))
    specks = (rng.random((n, height, width), dtype=np.float32) < dense).astype(np.float32)
    dashed = rng.random(n) < 0.5
    specks[dashed, :, 1:] = np.maximum(specks[dashed, :, 1:], specks[dashed, :, :-1])
    specks *= rng.uniform(0.3, 1, (n, 1, 1)).astype(np.float32)
    near = _within(canvases) & _within(canvases.transpose(0, 2, 1)).transpose(0, 2, 1)
    return np.maximum(canvases, specks * near)


def _within(canvases: Floats) -> NDArray[np.bool_]:
    """Return which pixels are in the columns of the ink, or next to them, (n, h, w)."""
    left, right = column_extent(canvases)
    columns = np.arange(canvases.shape[2])
    within = (columns >= left[:, None] - 1) & (columns <= right[:, None])
    return np.broadcast_to(within[:, None, :], canvases.shape)


def column_extent(crops: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first column of ink and the one after the last, (n,) each."""
    inked: NDArray[np.bool_] = np.any(crops > 0.2, axis=1)
    return inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)


def _columns_only(crops: Floats, start: Labels, stop: Labels) -> Floats:
    """Return the crops with the columns outside start to stop emptied."""
    columns = np.arange(crops.shape[2])
    inside = (columns >= start[:, None]) & (columns < stop[:, None])
    return crops * inside[:, None, :]


def _place(
    canvas: Floats, crops: Floats, left: NDArray[np.int64], rng: np.random.Generator | None
) -> None:
    """Lay each crop onto its canvas from a column on, at a height that varies with an `rng`."""
    n, height, width = canvas.shape
    margin = (height - SIDE) // 2
    tops = np.full(n, margin) if rng is None else margin + rng.integers(-2, 3, n)
    for sheet, crop, top, start in zip(canvas, crops, tops.tolist(), left.tolist(), strict=True):
        first, stop = max(0, start), min(width, start + SIDE)
        place = sheet[top : top + SIDE, first:stop]
        np.maximum(place, crop[:, first - start : stop - start], out=place)
