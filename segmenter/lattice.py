"""All pieces of a strip that may be a digit: from each cut to those that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitstring.segmenter.arrays import Box, Crops, Ink, Mask, inked_places
from digitstring.segmenter.normalizer import CENTRE, FITTED, PAPER, SIDE
from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.seams import Columns, Seams, find_seams, ink_before, running_sums
from digitstring.segmenter.strips import HEIGHT, Strip

Floats = NDArray[np.float32]

TOGETHER = 256
"""Pieces that are fitted into crops at a time: their arrays stay in a processor's cache."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """The pieces of a strip between every two cuts that lie near enough.

    Attributes
    ----------
    strip
        The line they were cut from.
    seams
        The cuts, which are the lattice's nodes.
    start, stop
        (n,) int: the cuts that a piece lies between.
    boxes
        (n, 4) int: top, left, bottom, right of the piece's ink in the strip.
    mass
        (n,) its ink in pixels of the strip.
    """

    strip: Strip
    seams: Seams
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    boxes: NDArray[np.int64]
    mass: Floats

    @cached_property
    def crops(self) -> Crops:
        """The pieces (n, 28, 28), as `normalize` makes them."""
        return self.crops_of(np.arange(len(self.start)))

    def crops_of(self, pieces: NDArray[np.int64], side: int = SIDE) -> Crops:
        """Return the crops (m, side, side) of some pieces; half the `SIDE` shows half as much."""
        crops = [
            _crops(self._sums, *self._cuts(some), self.boxes[some], side)
            for some in np.split(pieces, range(TOGETHER, len(pieces), TOGETHER))
        ]
        return crops[0] if len(crops) == 1 else np.concatenate(crops)

    def piece_box(self, piece: int) -> Box:
        """Return the box round a piece's ink in the image, as it leans there."""
        left, own = self._own(piece)
        inked = self.strip.ink[:, left : left + own.shape[1]] > PAPER
        rows, columns = inked_places(own & inked)
        return self.strip.to_image_points(rows, columns + left)

    def ink_without(self, pieces: Sequence[int]) -> Ink:
        """Return the strip's ink (h, w) less some pieces'."""
        ink = self.strip.ink.copy()
        for piece in pieces:
            left, own = self._own(piece)
            ink[:, left : left + own.shape[1]][own] = 0
        return ink

    @cached_property
    def _sums(self) -> Floats:
        return running_sums(self.strip.ink)

    def _cuts(self, pieces: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return each row's first column of pieces, and the one after their last, (m, h)."""
        first = self.seams.columns[self.start[pieces]]
        return first, np.maximum(first, self.seams.columns[self.stop[pieces]])

    def _own(self, piece: int) -> tuple[int, Mask]:
        """Return a piece's leftmost column, and which pixels from there on are its own, (h, k)."""
        first = self.seams.columns[self.start[piece]]
        last = self.seams.columns[self.stop[piece]]
        left = int(first.min())
        columns = np.arange(left, last.max())
        return left, (columns >= first[:, None]) & (columns < last[:, None])


def propose(
    strip: Strip,
    options: SegmenterOptions,
    *,
    leaning: bool = False,
    opened: Columns | None = None,
) -> Lattice:
    """Cut a strip in every way that may be right, along `leaning` seams as well or upright ones.

    Where columns are named as `opened`, cuts other than gaps begin in these alone.
    """
    seams = find_seams(strip.ink, options, leaning=leaning, opened=opened)
    return cut_along(strip, seams, options)


def cut_along(strip: Strip, seams: Seams, options: SegmenterOptions) -> Lattice:
    """Return the pieces of a strip between every two of some cuts that lie near enough."""
    start, stop = _pairs(seams, options)
    boxes = _extents(strip.ink, seams, start, stop)
    narrow = boxes[:, 3] - boxes[:, 1] <= options.widest * HEIGHT
    inked = boxes[:, 2] > boxes[:, 0]
    kept = np.flatnonzero(inked & (narrow | (stop == start + 1)))
    start, stop, boxes = start[kept], stop[kept], boxes[kept]
    upto = ink_before(strip.ink, seams.columns).sum(axis=1)
    mass = np.maximum(upto[stop] - upto[start], 0)
    return Lattice(strip, seams, start, stop, boxes, mass)


def _pairs(seams: Seams, options: SegmenterOptions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every two cuts with at most `most_atoms` pieces between them."""
    n = len(seams.costs)
    stop = np.arange(n)[:, None] + np.arange(1, options.most_atoms + 1)
    start, _ = np.nonzero(stop < n)
    return start, stop[stop < n]


def _extents(
    ink: Ink, seams: Seams, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the boxes (n, 4) of the ink between cuts; empty ones where there is none."""
    height, width = ink.shape
    inked = ink > PAPER
    columns = np.arange(width)
    ahead = np.where(inked, columns, 2 * width)
    ahead = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1]
    ahead = np.pad(ahead, ((0, 0), (0, 1)), constant_values=2 * width)
    behind = np.maximum.accumulate(np.where(inked, columns, -1), axis=1)
    behind = np.pad(behind, ((0, 0), (1, 0)), constant_values=-1)
    rows = np.arange(height)
    first = ahead[rows, seams.columns]  # (cuts, h): the first ink after a cut
    last = behind[rows, seams.columns]  # the last ink before it
    left, right = first[start], last[stop]
    has = left < seams.columns[stop]
    any_ink: NDArray[np.bool_] = np.asarray(has.any(axis=1))
    top = has.argmax(axis=1)
    bottom = height - has[:, ::-1].argmax(axis=1)
    box = np.stack(
        [
            top,
            np.where(has, left, 2 * width).min(axis=1),
            bottom,
            np.where(has, right, -1).max(axis=1) + 1,
        ],
        axis=1,
    )
    return np.where(any_ink[:, None], box, 0)


def _crops(
    before: Floats,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    boxes: NDArray[np.int64],
    side: int,
) -> Crops:
    """Fit the ink between cuts into crops (n, side, side) as `normalize` does.

    `before (h, w + 1)` is the ink's running sum along each row; `first` and `last (n, h)` are the
    cuts. Arrays of the pieces' rows and columns are (h, n, k), so that sums run along them fast.
    """
    n, height = first.shape
    fitted_px = side * FITTED // SIDE
    top, left, bottom, right = (edge.astype(np.float32)[:, None] for edge in boxes.T)
    scale = fitted_px / np.maximum(bottom - top, right - left)
    steps = np.arange(fitted_px + 1, dtype=np.float32)
    across = np.minimum(left + steps / scale, right)
    down = np.minimum(top + steps / scale, bottom).T
    cuts = (edge.T.astype(np.float32)[:, :, None] for edge in (first, last))
    inks = _between(before, np.minimum(np.maximum(across, next(cuts)), next(cuts)))
    running = np.zeros((height + 1, n, fitted_px + 1), dtype=np.float32)
    for row in range(height):  # numpy's cumsum along the first axis takes four times as long
        np.add(running[row], inks[row], out=running[row + 1])
    whole = np.minimum(down.astype(np.intp), height - 1)
    part = (down - whole)[:, :, None]
    every = np.arange(n)
    upto = running[whole, every] * (1 - part) + running[whole + 1, every] * part
    shares = np.diff(np.diff(upto, axis=0), axis=2).transpose(1, 0, 2)
    fitted = np.clip(shares * (scale**2)[:, :, None], 0, 1)
    sizes = np.concatenate([bottom - top, right - left], axis=1) * scale
    return _centred(fitted, sizes, side)


def _between(before: Floats, places: Floats) -> Floats:
    """Return the running sums of each row at places (h, n, k) between its columns."""
    height, width = before.shape
    at = places.astype(np.int32)
    part = places - at.astype(np.float32)
    at += (np.arange(height, dtype=np.int32) * width)[:, None, None]
    read: Floats = before.ravel()[at]
    part *= np.diff(before, axis=1, append=before[:, -1:]).ravel()[at]
    read += part
    return read


def _centred(fitted: Floats, sizes: Floats, side: int) -> Crops:
    """Return fitted pieces (n, k, k), in the upper left, in crops with their mass in the middle.

    sizes: (n, 2), the pieces' rows and columns.
    """
    n, fitted_px = fitted.shape[:2]
    mass = np.maximum(fitted.sum(axis=(1, 2)), 1e-6)
    places = np.arange(fitted_px, dtype=np.float32)
    tops, lefts = (
        np.clip(
            np.floor(CENTRE * side / SIDE - (fitted.sum(axis=axis) @ places) / mass + 0.5),
            0,
            side - np.ceil(sizes[:, 2 - axis] - 1e-3),
        ).astype(np.intp)[:, None]
        for axis in (2, 1)
    )
    steps = np.arange(fitted_px)
    room = np.zeros((n, side + fitted_px, side + fitted_px), dtype=np.float32)
    rows, columns = (tops + steps)[:, :, None], (lefts + steps)[:, None, :]
    room[np.arange(n)[:, None, None], rows, columns] = np.where(fitted > PAPER, fitted, 0)
    return np.ascontiguousarray(room[:, :side, :side])
