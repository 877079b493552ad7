"""Components to lines of pieces, in reading order."""

from __future__ import annotations

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
    parts = [blob for blob in blobs if blob.box.height < least]
    joined = [_join_parts(_join_overlapping(line, options), parts, options) for line in lines]
    return sorted(joined, key=lambda line: np.mean([b.box.top + b.box.bottom for b in line]))


def _join_line(lines: list[list[Blob]], blob: Blob, options: SegmenterOptions) -> None:
    """Append a blob to the line whose last one it stands beside, or begin a line with it."""
    open_lines = [
        line
        for line in lines
        if _may_follow(line, blob, options)
        and _row_overlap(line[-1].box, blob.box) >= options.row_overlap
    ]
    if open_lines:
        max(open_lines, key=lambda line: _row_overlap(line[-1].box, blob.box)).append(blob)
    else:
        lines.append([blob])


def _may_follow(line: list[Blob], blob: Blob, options: SegmenterOptions) -> bool:
    heights = [member.box.height for member in line]
    usual = float(np.median(heights))
    ratio = blob.box.height / usual
    gap = blob.box.left - line[-1].box.right
    return (
        1 / options.most_height <= ratio <= options.most_height
        and gap <= options.most_gap * max(usual, blob.box.height)
    )


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
    """Join to each blob the small parts that share their columns and its rows."""
    return [
        _together(blob, *(part for part in parts if _is_part(part.box, blob.box, options)))
        for blob in line
    ]


def _is_part(part: Box, whole: Box, options: SegmenterOptions) -> bool:
    gap = max(part.top - whole.bottom, whole.top - part.bottom)
    near = gap <= options.join_gap * whole.height and part.width <= 2 * whole.width
    return near and _column_overlap(part, whole) >= options.join_overlap


def _together(*blobs: Blob) -> Blob:
    return Blob(
        tuple(number for blob in blobs for number in blob.numbers),
        surrounding(blob.box for blob in blobs),
    )
