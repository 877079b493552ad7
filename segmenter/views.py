"""The ways in which a photo's ink may be seen, likeliest first.

No one way is right for all: taking rules off costs digits where there are none, and so does
closing gaps. The reader tries one after the other until it is sure, and keeps the way in which it
reads best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
from scipy.ndimage import grey_closing

from digitstring.segmenter.arrays import Mask
from digitstring.segmenter.components import (
    Blob,
    Components,
    drop_surroundings,
    label_components,
)
from digitstring.segmenter.ink import InkMap, find_ink
from digitstring.segmenter.lines import group_lines
from digitstring.segmenter.matrices import Matrix, combined, inverse, resampled
from digitstring.segmenter.normalizer import stroke_width
from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.photo import Photo
from digitstring.segmenter.rules import erase_rules
from digitstring.segmenter.strips import HEIGHT, Strip


@dataclass(frozen=True, eq=False)
class View:
    """A photo's ink, seen in one way.

    Attributes
    ----------
    name
        What was done to it.
    ink
        (h, w), turned by ``matrix``.
    components
        What may be digits or parts of digits in it.
    matrix
        (2, 3): (row, column, 1) of the ink to (row, column) of the photo's pixels.
    altered
        Whether the ink is another than was found, but for rules: a last resort.
    joined
        Whether lines that stand close beside each other are one, however their heights differ.
    """

    name: str
    ink: InkMap
    components: Components
    matrix: Matrix
    altered: bool = False
    joined: bool = False


def lines_in(view: View, options: SegmenterOptions) -> list[list[Blob]]:
    """Return a view's components as lines from top to bottom, each from left to right."""
    if view.joined:
        options = replace(
            options,
            row_overlap=options.joined_overlap,
            most_height=options.joined_height,
            most_gap=options.joined_gap,
        )
    return group_lines(view.components, options)


def with_lines_joined(view: View, n: int, options: SegmenterOptions) -> Iterator[View]:
    """Yield a view with fewer lines than the n it has where some stand close beside each other."""
    joined = replace(view, name=f"{view.name}, lines joined", joined=True)
    if 1 < n <= options.most_joined and len(lines_in(joined, options)) < n:
        yield joined


def plain_view(photo: Photo, options: SegmenterOptions) -> View:
    """Return the photo's ink as it is."""
    return _view("as it is", _without_edges(find_ink(photo.pixels, options), options), options)


def views_from(plain: View, options: SegmenterOptions) -> Iterator[View]:
    """Yield the ink without rules and boxes, where there are any, and as it is; level first."""
    erased = erase_rules(plain.ink, options)
    if erased is not None:
        yield from _level_and(_view("without rules", erased, options), options)
    yield from _level_and(plain, options)


def first_views(photo: Photo, options: SegmenterOptions) -> Iterator[View]:
    """Yield the views of a photo in which its ink is as it was found, but for rules."""
    return views_from(plain_view(photo, options), options)


def altered_views(
    view: View, options: SegmenterOptions, settled: Sequence[int] = ()
) -> Iterator[View]:
    """Yield what else may be tried where nothing was read surely: darker, and gaps closed.

    Some components, by their numbers, are settled: they stay ink, as far above the threshold as
    they are, and nothing is sought in them.
    """
    stays = np.isin(view.components.labels, settled)
    open_ink = InkMap(np.where(stays, np.float32(0), view.ink.contrast), view.ink.threshold)
    for name, ink in (
        ("darker", _darker(open_ink, options)),
        ("gaps closed", _closed(open_ink, options)),
    ):
        seen = _view(f"{view.name}, {name}", ink, options, view.matrix, altered=True)
        risen = view.ink.contrast + np.float32(ink.threshold - view.ink.threshold)
        both = InkMap(np.where(stays, risen, ink.contrast), ink.threshold)
        yield replace(seen, ink=both, joined=view.joined)


def _view(
    name: str,
    ink: InkMap,
    options: SegmenterOptions,
    matrix: Matrix | None = None,
    altered: bool = False,
) -> View:
    components = drop_surroundings(label_components(ink, options), options)
    still = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return View(name, ink, components, still if matrix is None else matrix, altered)


def _level_and(view: View, options: SegmenterOptions) -> Iterator[View]:
    """Yield a view turned level, where its components stand in a slanting row, and as it is."""
    angle = direction(view.components, options)
    if abs(angle) >= options.level_deg:
        ink, matrix = _turned(_without_margins(view), angle)
        name = f"{view.name}, level by {angle:.0f} degrees"
        yield _view(name, ink, options, combined(view.matrix, matrix))
    yield view


def quarter_turned(view: View, turns: int, options: SegmenterOptions) -> View:
    """Return a view turned by quarter turns, counterclockwise."""
    height, width = view.ink.contrast.shape
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, width]],
        2: [[-1, 0, height], [0, -1, width]],
        3: [[0, -1, height], [1, 0, 0]],
    }[turns % 4]
    contrast = np.ascontiguousarray(np.rot90(view.ink.contrast, turns))
    return _view(
        f"{view.name}, turned by {90 * (turns % 4)} degrees",
        InkMap(contrast, view.ink.threshold),
        options,
        combined(view.matrix, np.array(back, dtype=np.float64)),
    )


def direction(components: Components, options: SegmenterOptions) -> float:
    """Return the angle in degrees at which components stand in a row, 0 where they do not.

    Positive angles fall to the right. The row is the direction that most of the steps from a
    component to its nearest neighbour have.
    """
    if len(components.numbers) < 3:
        return 0.0
    high = components.heights >= options.least_height * components.usual_height
    boxes = components.boxes[high]
    if len(boxes) < 3:
        return 0.0
    middles = np.stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)], axis=1)
    steps = middles[None] - middles[:, None]
    far = np.hypot(steps[..., 0], steps[..., 1])
    np.fill_diagonal(far, np.inf)
    nearest = steps[np.arange(len(middles)), far.argmin(axis=1)]
    nearest *= np.where(nearest[:, 1:] < 0, -1, 1)
    angles = np.degrees(np.arctan2(nearest[:, 0], nearest[:, 1]))
    angle = float(np.median(angles))
    agree = np.abs(angles - angle) <= options.direction_spread_deg
    return angle if agree.mean() >= options.direction_share and abs(angle) <= 60 else 0.0


def strip_around(view: View, strip: Strip, margin: float) -> Strip:
    """Return a line's strip with all ink there, and a margin in digit heights on each side."""
    beyond = round(margin * HEIGHT)
    rows, columns = (side + 2 * beyond for side in strip.ink.shape)
    shift = np.array([[1.0, 0.0, -beyond], [0.0, 1.0, -beyond]])
    matrix = combined(strip.matrix, shift)
    rise = None if strip.rise is None else np.pad(strip.rise, beyond, mode="edge")
    down, across = combined(inverse(view.matrix), matrix)
    high, low = (0, 0) if rise is None else (rise.min(), rise.max())
    ends = (high, high, rows + low, rows + low)
    corners = np.array([ends, (0, columns, 0, columns), (1, 1, 1, 1)])
    window = tuple(
        slice(max(0, int(side.min()) - 1), max(0, int(side.max()) + 2))
        for side in (down @ corners, across @ corners)
    )
    contrast = np.where(view.ink.mask[window], view.ink.contrast[window], np.float32(0))
    if contrast.size == 0:
        return Strip(np.zeros((rows, columns), np.float32), strip.top + beyond, matrix, rise=rise)
    down[2] -= window[0].start
    across[2] -= window[1].start
    seen = resampled(contrast, np.array([down, across]), (rows, columns), rise)
    ink = np.clip(seen / max(2 * view.ink.threshold, 1e-6), 0, 1)
    return Strip(ink.astype(np.float32), strip.top + beyond, matrix, rise=rise)


def _without_edges(ink: InkMap, options: SegmenterOptions) -> InkMap:
    """Return the ink without the rows and columns at the edges that are mostly ink: a rule, a desk.

    What touches them is parted from them.
    """
    widths = [_edge_width(np.rot90(ink.mask, turn), options) for turn in range(4)]
    if not any(widths):
        return ink
    contrast = ink.contrast.copy()
    for turn, width in enumerate(widths):
        np.rot90(contrast, turn)[:width] = 0
    return InkMap(contrast, ink.threshold)


def _without_margins(view: View) -> InkMap:
    """Return a view's ink without what was dropped of it at an edge: turned, no edge tells of it.

    What belongs to digits stays, even at an edge.
    """
    labels = view.components.labels
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    dropped = np.setdiff1d(edges, [0, *view.components.numbers])
    contrast = np.where(np.isin(labels, dropped), np.float32(0), view.ink.contrast)
    return InkMap(contrast, view.ink.threshold)


def _edge_width(mask: Mask, options: SegmenterOptions) -> int:
    """Return how many rows from the top on are mostly ink."""
    filled = (np.mean(row) >= options.edge_share for row in mask)
    return sum(1 for _ in takewhile(bool, filled))


def _darker(ink: InkMap, options: SegmenterOptions) -> InkMap:
    """Return the ink above a higher threshold: what is printed under it falls away."""
    inked = ink.contrast[ink.mask]
    if inked.size == 0:
        return ink
    high = float(np.percentile(inked, 95))
    return InkMap(ink.contrast, ink.threshold + options.darker_share * (high - ink.threshold))


def _closed(ink: InkMap, options: SegmenterOptions) -> InkMap:
    """Return the ink with gaps narrower than a stroke closed: broken digits and displays."""
    side = max(3, round(options.gap_strokes * stroke_width(ink.mask)) | 1)
    return InkMap(grey_closing(ink.contrast, size=(side, side)), ink.threshold)


def _turned(ink: InkMap, angle: float) -> tuple[InkMap, Matrix]:
    """Return the ink turned level, and the matrix from there to where it was."""
    turn = np.radians(angle)
    height, width = ink.contrast.shape
    cos, sin = np.cos(turn), np.sin(turn)
    rows = int(np.ceil(height * cos + width * abs(sin)))
    columns = int(np.ceil(width * cos + height * abs(sin)))
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    middle = matrix[:, :2] @ np.array([rows, columns]) / 2
    matrix[:, 2] = np.array([height, width]) / 2 - middle
    return InkMap(resampled(ink.contrast, matrix, (rows, columns)), ink.threshold), matrix
