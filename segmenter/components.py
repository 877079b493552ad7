"""Ink to connected components, and those among them that can't be digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects
from skimage.measure import label

from digitstring.segmenter.arrays import Box, Ink, Labels, Mask
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.normalizer import stroke_width
from digitstring.segmenter.options import SegmenterOptions


@dataclass(frozen=True, eq=False)
class Components:
    """The connected components of an image's ink.

    Attributes
    ----------
    labels
        (h, w) int32, 0 paper; a component's label is one of `numbers`.
    numbers
        (n,) the components' labels, by their left edges.
    boxes
        (n, 4) top, left, bottom, right in pixels.
    areas
        (n,) in pixels.
    stroke_px
        The mean stroke width of all ink, in pixels.
    """

    labels: Labels
    numbers: NDArray[np.int64]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]
    stroke_px: float

    def keep(self, chosen: NDArray[np.bool_]) -> Components:
        """Return the chosen components alone; `labels` stays as it is."""
        return Components(
            self.labels,
            self.numbers[chosen],
            self.boxes[chosen],
            self.areas[chosen],
            self.stroke_px,
        )

    @property
    def heights(self) -> NDArray[np.int64]:
        """(n,) in pixels."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def usual_height(self) -> float:
        """The height that components with half of all height do not reach, in pixels."""
        return usual(self.heights)

    @property
    def widths(self) -> NDArray[np.int64]:
        """(n,) in pixels."""
        return self.boxes[:, 3] - self.boxes[:, 1]


def usual(lengths: NDArray[np.int64]) -> float:
    """Return the length that lengths with half of their sum do not reach: of (n,), 1 or more.

    >>> usual(np.array([1, 1, 1, 9, 10]))
    9.0
    """
    ordered = np.sort(lengths)
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


@dataclass(frozen=True)
class Blob:
    """One or more components that make one piece.

    Attributes
    ----------
    numbers
        Their labels.
    box
        Round all of them, in pixels.
    """

    numbers: tuple[int, ...]
    box: Box


def label_mask(mask: Mask) -> Labels:
    """Return the 8-connected components of a mask (h, w) bool, numbered from 1 on; 0 elsewhere.

    They are labelled as bytes: for booleans scikit-image loads all its morphology, 65 ms at first.
    """
    labels: Labels = label(mask.view(np.uint8), connectivity=2).astype(np.int32, copy=False)
    return labels


def label_components(ink: InkMap, options: SegmenterOptions) -> Components:
    """Label the 8-connected components of the ink and drop specks and noise."""
    labels = label_mask(ink.mask)
    areas = np.bincount(labels[ink.mask], minlength=1)
    numbers = 1 + np.flatnonzero(areas[1:] >= options.speck_px)
    slices = find_objects(labels)
    boxes = np.array(
        [
            (rows.start, columns.start, rows.stop, columns.stop)
            for rows, columns in (slices[number - 1] for number in numbers)
        ],
        dtype=np.int64,
    ).reshape(-1, 4)
    order = np.argsort(boxes[:, 1], kind="stable")
    numbers, boxes = numbers[order], boxes[order]
    found = Components(labels, numbers, boxes, areas[numbers], stroke_width(ink.mask))
    longest = np.maximum(found.heights, found.widths)
    least = max(options.speck_px, options.speck_strokes * found.stroke_px)
    found = found.keep(longest >= least)
    return found.keep(_peaks(ink, found) >= options.least_peak * ink.threshold)


def drop_surroundings(components: Components, options: SegmenterOptions) -> Components:
    """Drop what lies round digits: margins of the photo, blocks, rules, frames of form boxes."""
    components = components.keep(~_margins(components, options))
    components = components.keep(~_blocks(components, options))
    if len(components.numbers) > 0:
        components = components.keep(~_rules(components, options))
    return components.keep(~_frames(components, options))


def _peaks(ink: InkMap, components: Components) -> NDArray[np.float32]:
    """Return each component's highest contrast, (n,)."""
    return np.array(
        [
            ink.contrast[top:bottom, left:right][
                components.labels[top:bottom, left:right] == number
            ].max()
            for number, (top, left, bottom, right) in zip(
                components.numbers, components.boxes, strict=True
            )
        ],
        dtype=np.float32,
    )


def _margins(components: Components, options: SegmenterOptions) -> NDArray[np.bool_]:
    """Return which components lie along an edge of the image as margins and desks do, (n,) bool."""
    labels, highest = components.labels, components.labels.max() + 1
    heights, widths = components.heights, components.widths
    lengths = widths, widths, heights, heights
    depths = heights, heights, widths, widths
    edges = labels[0], labels[-1], labels[:, 0], labels[:, -1]
    margins = np.zeros(len(components.numbers), dtype=bool)
    for edge, length, depth in zip(edges, lengths, depths, strict=True):
        touching = np.bincount(edge, minlength=highest)[components.numbers]
        margins |= touching >= options.edge_share * len(edge)
        along = np.flatnonzero((touching >= options.edge_share * length) & (length >= depth))
        short = length[along] < options.edge_crop * len(edge)
        margins[along] |= short | _stand_alone(components, along, 1)
        strokes = np.flatnonzero((touching > 0) & (heights >= options.rule_aspect * widths))
        margins[strokes] |= _stand_alone(components, strokes, options.most_gap)
    return margins


def _stand_alone(
    components: Components, which: NDArray[np.int64], heights: float
) -> NDArray[np.bool_]:
    """Return which of some components have no other in their rows within so many heights, (k,)."""
    shared, gap = _rows_and_gaps(components.boxes[which], components.boxes)
    own_height = components.heights[which][:, None]
    beside = shared >= np.minimum(own_height, components.heights) / 2
    beside &= gap <= heights * own_height
    beside[np.arange(len(which)), which] = False
    alone: NDArray[np.bool_] = ~np.asarray(beside.any(axis=1)) & (len(components.numbers) > 1)
    return alone


def _rows_and_gaps(
    boxes: NDArray[np.int64], others: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many rows each of boxes (k, 4) shares with others (n, 4), and the columns between.

    Both are (k, n), and negative where there are rows between, or columns are shared.
    """
    top, left, bottom, right = others.T
    own_top, own_left, own_bottom, own_right = boxes.T[:, :, None]
    shared = np.minimum(own_bottom, bottom) - np.maximum(own_top, top)
    return shared, np.maximum(own_left, left) - np.minimum(own_right, right)


def _rules(components: Components, options: SegmenterOptions) -> NDArray[np.bool_]:
    """Return which components are rules, dashes or hairs: long and thin, (n,) bool."""
    heights, widths = components.heights, components.widths
    lying = (widths >= options.rule_aspect * heights) & (widths >= components.usual_height)
    standing = heights >= np.maximum(
        options.rule_aspect * widths, options.most_height * components.usual_height
    )
    long = np.maximum(heights, widths) >= components.usual_height
    strokes = components.areas / np.maximum(heights, widths) / components.stroke_px
    rules: NDArray[np.bool_] = (lying | standing) & (strokes <= options.rule_strokes)
    hairs: NDArray[np.bool_] = long & (strokes <= options.hair_strokes)
    return rules | hairs


def _blocks(components: Components, options: SegmenterOptions) -> NDArray[np.bool_]:
    """Return which components are blots: about as wide as high, and all stroke, (n,) bool.

    One as high as what stands beside it may be a digit that is filled with ink.
    """
    heights, widths = components.heights, components.widths
    longer, shorter = np.maximum(heights, widths), np.minimum(heights, widths)
    blocks: NDArray[np.bool_] = (components.areas >= options.block_fill * heights * widths) & (
        longer <= options.block_aspect * shorter
    )
    blocks &= shorter >= options.block_px
    for number in np.flatnonzero(blocks):
        top, left, bottom, right = components.boxes[number]
        own = components.labels[top:bottom, left:right] == components.numbers[number]
        thickness = 2 * distance_transform_edt(np.pad(own, 1)).max()
        blocks[number] = thickness >= options.block_thickness * shorter[number]
    which, others = np.flatnonzero(blocks), components.keep(~blocks)
    shared, gap = _rows_and_gaps(components.boxes[which], others.boxes)
    height = heights[which][:, None]
    alike = shared >= options.block_alike * np.maximum(height, others.heights)
    blocks[which] = ~(alike & (gap <= height)).any(axis=1)
    return blocks


def _frames(components: Components, options: SegmenterOptions) -> NDArray[np.bool_]:
    """Return which components go round another one, with little ink for their size, (n,) bool.

    What lies inside counts if it is more than a speck, a third of the frame's height, and if the
    frame is met on three of the four ways from its middle.
    """
    top, left, bottom, right = components.boxes.T
    heights = components.heights
    frames: NDArray[np.bool_] = components.areas < options.frame_fill * heights * components.widths
    for number in np.flatnonzero(frames):
        inside = (top >= top[number]) & (bottom <= bottom[number])
        inside &= (left >= left[number]) & (right <= right[number])
        inside &= 3 * heights >= heights[number]
        inside[number] = False
        frames[number] = any(
            _goes_round(components, int(number), inner) for inner in np.flatnonzero(inside).tolist()
        ) and _has_sides(components, int(number), options)
    return frames


def _has_sides(components: Components, number: int, options: SegmenterOptions) -> bool:
    """Return whether a component's ink runs along at least three sides of its box."""
    top, left, bottom, right = components.boxes[number].tolist()
    own = components.labels[top:bottom, left:right] == components.numbers[number]
    depth = max(1, round(options.frame_depth * min(own.shape)))
    covered = [np.rot90(own, turn)[:depth].any(axis=0).mean() for turn in range(4)]
    return sum(bool(share >= options.frame_side) for share in covered) >= 3


def _goes_round(components: Components, outer: int, inner: int) -> bool:
    top, left, bottom, right = components.boxes[inner].tolist()
    row, column = (top + bottom) // 2, (left + right) // 2
    own = components.numbers[outer]
    across, down = components.labels[row] == own, components.labels[:, column] == own
    ways = across[:column], across[column + 1 :], down[:row], down[row + 1 :]
    return sum(bool(way.any()) for way in ways) >= 3


def cut_out(ink: InkMap, labels: Labels, blob: Blob, options: SegmenterOptions) -> Ink:
    """Return the soft ink of a blob alone, (h, w) float32.

    Its pixels keep their contrast, as a share of what most of its ink has; the rest is paper.
    """
    top, left, bottom, right = blob.box
    window = np.s_[top:bottom, left:right]
    own = np.logical_or.reduce([labels[window] == number for number in blob.numbers])
    contrast = ink.contrast[window]
    full = np.percentile(contrast[own], options.full_ink_percentile)
    return np.where(own, np.clip(contrast / full, 0, 1), 0).astype(np.float32)
