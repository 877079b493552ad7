"""Thin straight pieces of ink, and collinear ones chained: what may be a printed rule."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from digitstring.segmenter.arrays import Mask, inked_places
from digitstring.segmenter.normalizer import stroke_width
from digitstring.segmenter.options import SegmenterOptions

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_ALL_ROUND = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class Strokes:
    """Straight, thin, lying pieces of ink: segments, or chains of them.

    Standing ones are found in, and told in the pixels of, the transposed image.

    Attributes
    ----------
    start, end
        (n,) the first column and the one after the last.
    level, slope
        (n,) the row at column 0, and rows a column.
    thick
        (n,) the median thickness in pixels.
    covered
        (n,) how many columns hold thin ink.
    bend
        (n,) how far the middle leaves the line, standard deviation in pixels.
    member, rows, columns
        (k,) of each pixel of thin ink: whose it is, and where.
    """

    start: Floats
    end: Floats
    level: Floats
    slope: Floats
    thick: Floats
    covered: Floats
    bend: Floats
    member: Ints
    rows: Ints
    columns: Ints

    @property
    def length(self) -> Floats:
        """(n,) in pixels."""
        return self.end - self.start

    def row(self, column: Floats) -> Floats:
        """Return the rows of the strokes (along the last axis) at some columns."""
        return self.level + self.slope * column

    def keep(self, chosen: Flags) -> Strokes:
        """Return the chosen strokes alone."""
        renumbered = np.cumsum(chosen) - 1
        own = chosen[self.member]
        return Strokes(
            self.start[chosen],
            self.end[chosen],
            self.level[chosen],
            self.slope[chosen],
            self.thick[chosen],
            self.covered[chosen],
            self.bend[chosen],
            renumbered[self.member[own]],
            self.rows[own],
            self.columns[own],
        )


def straight(levels: Floats, slope: float, thick: float, columns: Ints) -> Strokes:
    """Return straight strokes of one slope over some columns, at levels (n,)."""
    every = np.ones(len(levels))
    rows = levels[:, None] + slope * columns
    return Strokes(
        start=columns[0] * every,
        end=(columns[-1] + 1) * every,
        level=levels,
        slope=slope * every,
        thick=thick * every,
        covered=len(columns) * every,
        bend=0 * every,
        member=np.repeat(np.arange(len(levels)), len(columns)),
        rows=np.rint(rows).astype(np.int64).ravel(),
        columns=np.tile(columns, len(levels)),
    )


def joined_strokes(some: Strokes, more: Strokes) -> Strokes:
    """Return all strokes of two groups."""
    n = len(some.start)
    joined = {
        each.name: np.concatenate([getattr(some, each.name), getattr(more, each.name)])
        for each in fields(Strokes)
    }
    joined["member"][len(some.member) :] += n
    return Strokes(**joined)


def find_chains(mask: Mask, height: float, options: SegmenterOptions) -> Strokes:
    """Return what may be lying rules: thin straight segments, the collinear ones chained."""
    stroke = stroke_width(mask)
    gap = round(min(1 + options.dot_gap * stroke, options.dot_gap_height * height))
    thick = int(min(1 + options.rule_thickness * stroke, options.rule_height * height))
    closed = _filtered(mask, closing=gap)
    thin = _filtered(closed.T, most=max(2, thick)).T
    thin = _filtered(thin, least=max(options.least_run_px, round(options.least_run * height)))
    segments = _measure(*_labelled(thin))
    bent = options.most_tilt * segments.length < np.abs(segments.slope * segments.length)
    segments = segments.keep(~bent & (segments.thick <= segments.length / 2))
    segments = segments.keep(_longest(segments.length, options.most_segments))
    if len(segments.start) == 0:
        return segments
    chain = _chained(closed, segments, height, options)
    chains = _measure(chain[segments.member], segments.rows, segments.columns)
    chains = chains.keep(chains.bend <= options.bend_px + options.bend * chains.length)
    return _extended(closed, chains, height, options)


def _filtered(mask: Mask, *, closing: int = 0, least: int = 1, most: int | None = None) -> Mask:
    """Return the runs of ink along the rows that have from least to most pixels.

    Gaps of up to `closing` pixels within a row are ink as well.

    >>> _filtered(np.array([[1, 1, 0, 1, 0, 0, 1]], dtype=bool), closing=1, least=2).astype(int)
    array([[1, 1, 1, 1, 0, 0, 0]])
    """
    height, width = mask.shape
    padded = np.zeros((height, width + closing + 1), dtype=bool)  # no gap to the next row is closed
    padded[:, :width] = mask
    flat = padded.ravel()
    starts = np.flatnonzero(flat[1:] & ~flat[:-1]) + 1
    starts = np.concatenate([np.flatnonzero(flat[:1]), starts])
    ends = np.flatnonzero(flat[:-1] & ~flat[1:]) + 1
    parted = starts[1:] - ends[:-1] > closing
    starts = np.concatenate([starts[:1], starts[1:][parted]])
    ends = np.concatenate([ends[:-1][parted], ends[-1:]])
    lengths = ends - starts
    chosen = lengths >= least
    if most is not None:
        chosen &= lengths <= most
    starts, lengths = starts[chosen], lengths[chosen]
    before = np.cumsum(lengths) - lengths
    flat[:] = False
    flat[np.repeat(starts - before, lengths) + np.arange(lengths.sum())] = True
    return padded[:, :width]


def _labelled(thin: Mask) -> tuple[Ints, Ints, Ints]:
    """Return of each pixel of the mask which component, from 0 on, row and column it is in."""
    labels, _ = label(thin, _ALL_ROUND)
    rows, columns = inked_places(thin)
    return labels[rows, columns].astype(np.int64) - 1, rows, columns


def _measure(member: Ints, rows: Ints, columns: Ints) -> Strokes:
    """Fit a line through the pixels of each member by least squares."""
    area = np.bincount(member).astype(np.float64)
    x, y = (np.bincount(member, places) / area for places in (columns, rows))
    across, down = columns - x[member], rows - y[member]
    spread = np.maximum(np.bincount(member, across**2), 1)
    slope = np.bincount(member, across * down) / spread
    n = len(area)
    start, end = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(start, member, columns)
    np.maximum.at(end, member, columns + 1)
    width = 1 + int(columns.max(initial=0))
    inked, place, depth = np.unique(
        member * width + columns, return_inverse=True, return_counts=True
    )
    owner = inked // width
    off = np.bincount(place, down - slope[member] * across) / depth
    covered = np.bincount(owner, minlength=n).astype(np.float64)
    middle = np.cumsum(covered) - (covered + 1) // 2
    thick = depth[np.lexsort((depth, owner))][middle.astype(np.int64)].astype(np.float64)
    bend = np.sqrt(np.bincount(owner, off**2, minlength=n) / covered)
    return Strokes(start, end, y - slope * x, slope, thick, covered, bend, member, rows, columns)


def _longest(length: Floats, most: int) -> Flags:
    """Return which of the strokes are the longest, so many at most."""
    chosen = np.zeros(len(length), dtype=bool)
    chosen[np.argsort(-length, kind="stable")[:most]] = True
    return chosen


def _chained(closed: Mask, strokes: Strokes, height: float, options: SegmenterOptions) -> Ints:
    """Return the chain, from 0 on, of each segment."""
    gap = strokes.start[None, :] - strokes.end[:, None]
    longer = np.maximum(strokes.length[:, None], strokes.length[None, :])
    reach = np.where(longer >= options.sure_length * height, options.sure_gap, options.crossing_gap)
    slope = np.where(strokes.length[:, None] >= longer, strokes.slope[:, None], strokes.slope)
    last, first = strokes.row(strokes.end - 1), strokes.row(strokes.start)
    step = first[None, :] - last[:, None] - slope * (gap + 1)
    slack = 1 + strokes.thick[:, None] / 2 + options.chain_bend * np.maximum(gap, 0)
    near = (gap >= -options.chain_overlap * height) & (gap <= reach * height)
    left, right = np.nonzero(near & (np.abs(step) <= slack))
    apart = gap[left, right] > options.dash_gap * height
    sure = longer[left, right] >= options.sure_length * height
    joined = ~apart | sure
    joined[~joined] = _is_inked(closed, strokes, left[~joined], right[~joined], options)
    return grouped(len(strokes.start), left[joined], right[joined])


def _extended(mask: Mask, strokes: Strokes, height: float, options: SegmenterOptions) -> Strokes:
    """Return the strokes, the long ones with the ink that goes on where they end."""
    steps = np.arange(1, 1 + round(options.most_extended * height))
    long = strokes.length >= options.extended_length * height
    reach = []
    for end, way in ((strokes.start, -1), (strokes.end - 1, 1)):
        columns = end[:, None] + way * steps
        rows = strokes.level[:, None] + strokes.slope[:, None] * columns
        inked = mask[clipped_to(rows, mask.shape[0]), clipped_to(columns, mask.shape[1])]
        inked &= (columns >= 0) & (columns < mask.shape[1])
        reach.append(long * np.logical_and.accumulate(inked, axis=1).sum(axis=1))
    return replace(strokes, start=strokes.start - reach[0], end=strokes.end + reach[1])


def _is_inked(
    mask: Mask, strokes: Strokes, left: Ints, right: Ints, options: SegmenterOptions
) -> Flags:
    """Return of each pair of strokes whether there is ink on the straight way between them."""
    share = np.linspace(0, 1, options.gap_samples)[:, None]
    start, end = strokes.end[left] - 1, strokes.start[right]
    columns = start + share * (end - start)
    first, last = strokes.row(strokes.end - 1)[left], strokes.row(strokes.start)[right]
    rows = first + share * (last - first)
    inked: Flags = mask[clipped_to(rows, mask.shape[0]), clipped_to(columns, mask.shape[1])]
    crossed: Flags = inked.mean(axis=0) >= options.gap_ink
    return crossed


def clipped_to(places: Floats | Ints, n: int) -> Ints:
    """Return places rounded to indices from 0 to n - 1."""
    return np.clip(np.rint(places), 0, n - 1).astype(np.int64)


def grouped(n: int, left: Ints, right: Ints) -> Ints:
    """Return the group, from 0 on, of each of n things of which some pairs belong together."""
    group = np.arange(n)
    before = np.full(n, -1)
    while np.any(group != before):
        before = group.copy()
        np.minimum.at(group, left, group[right])
        np.minimum.at(group, right, group[left])
    return np.unique(group, return_inverse=True)[1].astype(np.int64)
