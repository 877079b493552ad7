"""Components to lines of pieces, in reading order."""

from __future__ import annotations

from statistics import median

import numpy as np

from digitstring.segmenter.arrays import Box, surrounding
from digitstring.segmenter.components import Blob, Components
from digitstring.segmenter.options import SegmenterOptions


def group_lines(components: Components, options: SegmenterOptions) -> list[list[Blob]]:
    """Return the components as lines from top to bottom, each from left to right.

    Components lower than a share of the page's usual height start no line: they are parts of a
    digit where they stand over, under or in one, and dropped elsewhere.
    """
    blobs = [
        Blob((int(number),), Box(*map(int, box)))
        for number, box in zip(components.numbers, components.boxes, strict=True)
    ]
    if not blobs:
        return []
    least = options.least_height * components.usual_height
    lines: list[list[Blob]] = []
    for blob in blobs:
        if blob.box.height >= least:
            _join_line(lines, blob, options)
    lines = _absorb_lines(lines, options)
    parts = [blob for blob in blobs if blob.box.height < least]
    joined = [_join_parts(_join_overlapping(line, options), parts, options) for line in lines]
    return sorted(joined, key=lambda line: np.mean([b.box.top + b.box.bottom for b in line]))


def _join_line(lines: list[list[Blob]], blob: Blob, options: SegmenterOptions) -> None:
    """Append a blob to the line whose last one it stands beside, or begin a line with it."""
    top, _, bottom, _ = blob.box
    # of a page's lines, most are far above or below
    level = [line for line in lines if line[-1].box.top < bottom and line[-1].box.bottom > top]
    open_lines = [line for line in level if _may_follow(line, blob, options)]
    if open_lines:
        max(open_lines, key=lambda line: _row_overlap(line[-1].box, blob.box)).append(blob)
    else:
        lines.append([blob])


def _may_follow(line: list[Blob], blob: Blob, options: SegmenterOptions) -> bool:
    last = line[-1].box
    if _row_overlap(last, blob.box) < options.row_overlap:
        return False
    usual = median(member.box.height for member in line[-options.line_memory :])
    return (
        1 / options.most_height <= blob.box.height / usual <= options.most_height
        and blob.box.left - last.right <= options.most_gap * max(usual, blob.box.height)
    )


def _absorb_lines(lines: list[list[Blob]], options: SegmenterOptions) -> list[list[Blob]]:
    """Join to a line the shorter ones that lie within it: what is left of broken digits."""
    kept: list[list[Blob]] = []
    boxes: list[Box] = []
    for line in sorted(lines, key=lambda line: -sum(blob.box.height for blob in line)):
        own = surrounding(blob.box for blob in line)
        around = [number for number, box in enumerate(boxes) if _may_hold(box, own, options)]
        larger = next((n for n in around if _lies_within(line, kept[n], options)), None)
        if larger is None:
            kept.append(line)
            boxes.append(own)
        else:
            kept[larger] = sorted([*kept[larger], *line], key=lambda blob: blob.box.left)
            boxes[larger] = surrounding((boxes[larger], own))
    return kept


def _may_hold(outer: Box, inner: Box, options: SegmenterOptions) -> bool:
    """Tell whether a line may lie within another, by their boxes alone."""
    room = options.absorb_gap * outer.height
    return (
        outer.left <= inner.left
        and inner.right <= outer.right
        and outer.top - room <= inner.top
        and inner.bottom <= outer.bottom + room
    )


def _lies_within(line: list[Blob], other: list[Blob], options: SegmenterOptions) -> bool:
    """Tell whether a line lies between the heads and feet of another of two blobs or more."""
    if len(other) < 2:
        return False
    usual = median(blob.box.height for blob in other)
    high = [blob.box for blob in other if blob.box.height >= options.full_height * usual]
    middles = [(box.left + box.right) / 2 for box in high]
    across = [(blob.box.left + blob.box.right) / 2 for blob in line]
    heads = np.interp(across, middles, [box.top for box in high])
    feet = np.interp(across, middles, [box.bottom for box in high])
    room = options.absorb_gap * usual
    tops, bottoms = ([getattr(b.box, side) for b in line] for side in ("top", "bottom"))
    return bool((tops >= heads - room).all() and (bottoms <= feet + room).all())


def _row_overlap(a: Box, b: Box) -> float:
    """Return the share of the lower box's height that two boxes have in common."""
    return (min(a.bottom, b.bottom) - max(a.top, b.top)) / min(a.height, b.height)


def _column_overlap(a: Box, b: Box) -> float:
    """Return the share of the narrower box's width that two boxes have in common."""
    return (min(a.right, b.right) - max(a.left, b.left)) / min(a.width, b.width)


def _join_overlapping(line: list[Blob], options: SegmenterOptions) -> list[Blob]:
    """Join neighbours that share most of their columns."""
    joined = [line[0]]
    for blob in line[1:]:
        if _column_overlap(joined[-1].box, blob.box) >= options.join_overlap:
            joined[-1] = _together(joined[-1], blob)
        else:
            joined.append(blob)
    return joined


def _join_parts(line: list[Blob], parts: list[Blob], options: SegmenterOptions) -> list[Blob]:
    """Join to each blob the small parts above, below or in it that share its columns."""
    if not parts:
        return line
    top, left, bottom, right = np.array([part.box for part in parts]).T
    joined = []
    for blob in line:
        box = blob.box
        gap = np.maximum(top - box.bottom, box.top - bottom)
        near = (gap <= options.join_gap * box.height) & (right - left <= 2 * box.width)
        shared = np.minimum(right, box.right) - np.maximum(left, box.left)
        near &= shared >= options.join_overlap * np.minimum(right - left, box.width)
        joined.append(_together(blob, *(parts[number] for number in np.flatnonzero(near))))
    return joined


def _together(*blobs: Blob) -> Blob:
    return Blob(
        tuple(number for blob in blobs for number in blob.numbers),
        surrounding(blob.box for blob in blobs),
    )
