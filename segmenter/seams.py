"""Where a strip may be cut: paths of little ink from its top to its bottom.

A seam is the cheapest path through the ink that stays near its starting column (after S. Avidan
and A. Shamir, "Seam carving", 2007). One seam for each column of a dense grid, each in a band of
its own, so that the right cut is among them; wide bands find the way between digits that overhang,
and leaning ones the way between digits that touch and lean.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitstring.segmenter.arrays import Ink
from digitstring.segmenter.normalizer import PAPER, stroke_width
from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.strips import HEIGHT

Columns = NDArray[np.bool_]
"""(w,) a flag for each column of a strip."""

_STRAY = np.float32(1e-3)
"""What each column away from the start costs: of equal paths, the nearer is taken."""


@dataclass(frozen=True, eq=False)
class Seams:
    """Cuts through a strip from left to right; the ink left of a row's column is before the cut.

    Attributes
    ----------
    columns
        (n, h) int: the first column after the cut, a row.
    costs
        (n,) the ink that is cut through, in pixels; 0 where a cut goes through paper alone.
    """

    columns: NDArray[np.int64]
    costs: NDArray[np.float32]

    def take(self, chosen: NDArray[np.int64]) -> Seams:
        """Return the chosen ones, in that order."""
        return Seams(self.columns[chosen], self.costs[chosen])


def find_seams(
    ink: Ink, options: SegmenterOptions, *, leaning: bool = False, opened: Columns | None = None
) -> Seams:
    """Return the cuts of a strip, its two ends among them, those that part no ink merged.

    Leaning ones are among them where they are asked for and digits may touch; the others stray
    less then, so that more are unlike. Where columns are named as `opened`, cuts other than gaps
    begin in these alone.
    """
    opened = np.ones(ink.shape[1], dtype=bool) if opened is None else opened
    near, far = _paths(ink, options.leaning_band if leaning else options.seam_band, opened, options)
    far = far.take(np.flatnonzero(far.costs <= options.free_cut))
    near = near.take(np.flatnonzero(near.costs <= options.most_cut * HEIGHT))
    kinds = (find_gaps(ink), near, far, _through_strokes(ink, opened, options))
    columns = np.concatenate([kind.columns for kind in kinds])
    costs = np.concatenate([kind.costs for kind in kinds])
    upright = merge_seams(ink, _in_order(columns, costs), options)
    return _with_leaning(ink, upright, opened, options) if leaning else upright


def find_gaps(ink: Ink) -> Seams:
    """Return upright cuts through the columns of paper between ink, the strip's ends beside them.

    Nothing is cut: between two neighbouring ones stands what touches and overhangs nothing else.
    """
    inked = np.flatnonzero((ink > PAPER).any(axis=0))
    beside = np.flatnonzero(np.diff(inked) > 1)
    middles = (inked[beside] + inked[beside + 1] + 1) // 2
    columns = np.concatenate([[0], middles, [ink.shape[1]]])
    faint = np.pad(ink[:, middles].sum(axis=0), 1)
    return Seams(np.repeat(columns[:, None], len(ink), axis=1), faint)


def _in_order(columns: NDArray[np.int64], costs: NDArray[np.float32]) -> Seams:
    """Return seams from left to right."""
    order = np.argsort(columns.mean(axis=1), kind="stable")
    return Seams(columns[order], costs[order])


def _with_leaning(ink: Ink, upright: Seams, opened: Columns, options: SegmenterOptions) -> Seams:
    """Return cuts and, in the stretches where digits may touch, such as lean to either side.

    Of cuts that part nearly the same ink, the upright one stays, or else the cheapest.
    """
    starts = _in_wide_stretches(ink, upright, options)
    starts = starts[opened[starts]]
    if not starts.size:
        return upright
    leans = (-options.lean, options.lean)
    found = [_leaning(ink, starts, lean, options) for lean in leans]
    columns = np.concatenate([upright.columns, *(each.columns for each in found)])
    costs = np.concatenate([upright.costs, *(each.costs for each in found)])
    upto = ink_before(ink, columns)
    n, middles, masses = len(upright.costs), columns.mean(axis=1), upto.sum(axis=1)
    between = (middles > middles[0]) & (middles < middles[n - 1])
    kept = np.arange(len(costs)) < n
    for number in n + np.argsort(costs[n:], kind="stable"):
        if between[number]:  # those that part as much ink may part the same
            near = kept & (np.abs(masses - masses[number]) <= options.least_leaning)
            parted = np.abs(upto[near] - upto[number]).sum(axis=1)
            kept[number] = (parted > options.least_leaning).all()
    return _in_order(columns[kept], costs[kept])


def _in_wide_stretches(ink: Ink, seams: Seams, options: SegmenterOptions) -> NDArray[np.int64]:
    """Return the columns of a grid in the ink between free cuts where it is wide for a digit."""
    free = seams.columns[seams.costs <= options.free_cut].mean(axis=1)
    inked = np.flatnonzero((ink > PAPER).any(axis=0))
    bounds = np.searchsorted(inked, free).tolist()
    step = max(1, round(options.seam_step * HEIGHT))
    grids = [
        np.arange(inked[start], inked[stop - 1] + 1, step)
        for start, stop in pairwise(bounds)
        if stop > start and inked[stop - 1] + 1 - inked[start] >= options.wide_stretch * HEIGHT
    ]
    return np.concatenate([np.zeros(0, np.int64), *grids])


def _leaning(ink: Ink, starts: NDArray[np.int64], lean: float, options: SegmenterOptions) -> Seams:
    """Return cheap cuts through some columns (n,) at half the height, leaning by columns a row."""
    height, width = ink.shape
    aside = np.round(lean * (np.arange(height) - height / 2)).astype(np.int64)
    room = int(np.abs(aside).max())
    wider = np.pad(ink, ((0, 0), (room, room)))
    sheared = np.take_along_axis(wider, aside[:, None] + np.arange(width) + room, axis=1)
    reaches = np.full(len(starts), max(1, round(options.leaning_band * HEIGHT)))
    found = _cheapest(sheared, starts, reaches, options)
    columns = np.clip(found.columns + aside, 0, width)
    through = np.pad(ink, ((0, 0), (0, 1)))[np.arange(height), columns].sum(axis=1)
    cheap = through <= options.leaning_cut
    return Seams(columns[cheap], through[cheap])


def running_sums(ink: Ink) -> Ink:
    """Return the ink's running sum along each row, (h, w + 1), from 0 on."""
    sums = np.zeros((ink.shape[0], ink.shape[1] + 1), dtype=ink.dtype)
    np.cumsum(ink, axis=1, out=sums[:, 1:])
    return sums


def ink_before(ink: Ink, columns: NDArray[np.int64]) -> Ink:
    """Return the ink left of each of n cuts in each row, (n, h)."""
    return running_sums(ink)[np.arange(ink.shape[0]), columns]


def merge_seams(ink: Ink, seams: Seams, options: SegmenterOptions) -> Seams:
    """Return the seams with ink between them; of those without, the cheapest."""
    upto = ink_before(ink, seams.columns)
    kept = [0]
    for number in range(1, len(seams.costs)):
        if np.abs(upto[number] - upto[kept[-1]]).sum() > options.least_atom:
            kept.append(number)
        elif seams.costs[number] < seams.costs[kept[-1]]:
            kept[-1] = number
    return seams.take(np.array(kept))


def _through_strokes(ink: Ink, opened: Columns, options: SegmenterOptions) -> Seams:
    """Return a straight cut through the middle of each upright stroke that is wide enough for two.

    Two digits may share it, and every path of little ink goes round it.
    """
    filled = ink.sum(axis=0)
    upright = np.pad(filled >= options.upright_ink * HEIGHT, 1)
    first, last = np.flatnonzero(np.diff(upright)).reshape(-1, 2).T
    wide = last - first >= options.shared_strokes * stroke_width(ink > PAPER)
    middles = (first[wide] + last[wide]) // 2
    middles = middles[opened[middles]]
    return Seams(
        np.repeat(middles[:, None], len(ink), axis=1).astype(np.int64),
        filled[middles].astype(np.float32),
    )


def _paths(
    ink: Ink, narrow: float, opened: Columns, options: SegmenterOptions
) -> tuple[Seams, Seams]:
    """Return a seam for each step along the strip, once in narrow bands and once in wide ones."""
    grids = [
        np.arange(0, ink.shape[1], max(1, round(step * HEIGHT)))
        for step in (options.seam_step, options.wide_step)
    ]
    grids = [grid[opened[grid]] for grid in grids]
    counts = [len(grid) for grid in grids]
    reaches = [max(1, round(band * HEIGHT)) for band in (narrow, options.wide_band)]
    found = _cheapest(ink, np.concatenate(grids), np.repeat(reaches, counts), options)
    every = np.arange(sum(counts))
    return found.take(every[: counts[0]]), found.take(every[counts[0] :])


def _cheapest(
    ink: Ink, starts: NDArray[np.int64], reaches: NDArray[np.int64], options: SegmenterOptions
) -> Seams:
    """Return a seam from each starting column (n,), which strays as far as it may reach, (n,)."""
    height, width = ink.shape
    reach = int(reaches.max(initial=1))
    offsets = np.arange(-reach, reach + 1)
    padded = np.zeros((height, width + 2 * reach), dtype=np.float32)
    padded[:, reach : reach + width] = ink
    costs = padded[:, starts[:, None] + offsets + reach]  # (h, seams, band)
    costs[:, np.abs(offsets) > reaches[:, None]] = np.inf
    columns = _cheapest_paths(costs, np.float32(options.seam_bend)) - reach + starts[:, None]
    columns = np.clip(columns, 0, width)
    through = padded[np.arange(height), columns + reach].sum(axis=1)
    return Seams(columns.astype(np.int64), through)


def _cheapest_paths(costs: NDArray[np.float32], bend: np.float32) -> NDArray[np.int64]:
    """Return each path's place in its band, (n, h), for costs (h, n, band)."""
    height, n, band = costs.shape
    costs = costs + np.abs(np.arange(band) - band // 2).astype(np.float32) * _STRAY
    total = np.full((height, n, band + 2), np.inf, dtype=np.float32)  # one beyond either end
    total[0, :, 1:-1] = costs[0]
    aside = np.empty((n, band), dtype=np.float32)
    for row in range(1, height):
        above = total[row - 1]
        np.minimum(above[:, :-2], above[:, 2:], out=aside)
        aside += bend
        np.minimum(aside, above[:, 1:-1], out=aside)
        np.add(aside, costs[row], out=total[row, :, 1:-1])
    return _traced_back(total, bend)


def _traced_back(total: NDArray[np.float32], bend: np.float32) -> NDArray[np.int64]:
    """Return the cheapest paths (n, h) to the last row of total costs (h, n, 1 + band + 1)."""
    height, n, band = total.shape
    above = total[:-1]
    left, straight, right = above[:, :, :-2], above[:, :, 1:-1], above[:, :, 2:]
    came = np.zeros(above.shape, dtype=np.int64)  # the way up from each place: -1, 0 or 1
    aside = straight > np.minimum(left, right) + bend
    came[:, :, 1:-1] = aside * np.where(left < right, -1, 1)
    steps = came.reshape(height - 1, -1)
    every = np.arange(n) * band
    path = np.empty((height, n), dtype=np.int64)
    path[-1] = every + total[-1].argmin(axis=1)
    for row in range(height - 1, 0, -1):
        path[row - 1] = path[row] + steps[row - 1, path[row]]
    places: NDArray[np.int64] = (path - every).T - 1
    return places
