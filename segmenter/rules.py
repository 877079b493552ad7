"""Printed rules, combs and form boxes taken off the ink, also where digits cross them.

A rule is a chain of straight, thin segments; where a digit crosses it the ink is thicker, and
that ink stays::

    segments  -----   ---- ------       thin runs of ink, each with its line
    chain     ---------------------     collinear segments, ink or little paper between them
    erased    -----|||----/--------     all of it but the columns where the ink goes on

Where a box's side hides the round of a digit, its two ends are left; what lies between stays too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import binary_dilation, find_objects, label

from digitstring.segmenter.arrays import Ink, Mask, inked_places
from digitstring.segmenter.chains import Flags, Ints, Strokes, clipped_to, find_chains
from digitstring.segmenter.components import usual
from digitstring.segmenter.forms import choose_rules
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.normalizer import stroke_width
from digitstring.segmenter.options import SegmenterOptions

_ALL_ROUND = np.ones((3, 3), dtype=bool)


def erase_rules(ink: InkMap, options: SegmenterOptions) -> InkMap | None:
    """Take printed rules, combs and boxes off the ink and leave the digits that cross them.

    Underlines, dotted and dashed rules, the lines of tables, and boxes round a digit or a field
    go; what is no longer than a digit's own bars stays.

    Parameters
    ----------
    ink
        The ink of an image; it is not changed.
    options
        How long and how thin a rule is.

    Returns
    -------
    The ink without rules, or None where there are none.
    """
    mask = ink.mask
    factor = max(1, int(stroke_width(mask) / options.reduced_stroke))
    small = _reduced(mask, factor)
    height = _usual_height(small, options)
    left = _without_rules(small, height, options)
    if left is None:
        return None
    lower = _usual_height(left, options)
    if lower < options.regauge * height:  # it was the grid's height
        again = _without_rules(left, lower, options)
        left = left if again is None else again
    erased = mask & _enlarged(small & ~left, factor, mask.shape)
    left = mask & ~erased
    rubbed = binary_dilation(erased, _ALL_ROUND) & ~left
    contrast: Ink = np.where(rubbed, np.float32(0), ink.contrast)
    return InkMap(contrast, ink.threshold)


def _reduced(mask: Mask, factor: int) -> Mask:
    """Return the ink at a fraction of its size, where any of the pixels has ink."""
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % factor), (0, -width % factor)))
    parts = [padded[i::factor, j::factor] for i in range(factor) for j in range(factor)]
    small: Mask = np.logical_or.reduce(parts)
    return small


def _enlarged(small: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    """Return what `_reduced` made as large as it was."""
    return small.repeat(factor, axis=0).repeat(factor, axis=1)[: shape[0], : shape[1]]


def _usual_height(mask: Mask, options: SegmenterOptions) -> float:
    """Return the height that components with half of all height do not reach, 0 without ink.

    A grid in which digits hang is one component; digits are at most so many strokes high.
    """
    labels, count = label(mask, _ALL_ROUND)
    if count == 0:
        return 0.0
    rows, _ = inked_places(mask)
    own = labels[mask]  # row by row, so that a label's last row comes last
    last = np.zeros(count + 1, dtype=np.int64)
    last[own] = rows
    first = np.zeros(count + 1, dtype=np.int64)
    first[own[::-1]] = rows[::-1]
    heights = (last - first)[1:] + 1
    heights = heights[heights >= min(options.speck_px, heights.max())]
    return min(usual(heights), options.most_strokes * stroke_width(mask))


def _without_rules(mask: Mask, height: float, options: SegmenterOptions) -> Mask | None:
    """Return the ink that is in no rule, or None where there is no rule."""
    if height < options.speck_px:
        return None
    lying = find_chains(mask, height, options)
    if not np.any(lying.length >= options.box_side * height):
        return None
    standing = find_chains(mask.T, height, options)
    rules, walls = choose_rules(mask, lying, standing, height, options)
    if not rules.start.size and not walls.start.size:
        return None
    lying_courses = _courses(mask, rules, height, options)
    left = mask & ~_erased(mask.shape, lying_courses)
    standing_courses = _courses(left.T, walls, height, options)
    left &= ~_erased(left.T.shape, standing_courses).T
    if walls.start.size:  # a digit stands on a lone rule, and is not round where they meet
        labels, _ = label(left, _ALL_ROUND)
        left |= _bridged(labels, lying_courses, height, options)
        left |= _bridged(labels.T, standing_courses, height, options).T
    return left


class _Course(NamedTuple):
    """A lying rule, column by column, (n,) each.

    Attributes
    ----------
    rows, columns
        Where its ink is.
    up, down
        How many pixels of ink there are from there on either way, in so far as it may be thick.
    alone
        Whether nothing crosses it.
    """

    rows: Ints
    columns: Ints
    up: Ints
    down: Ints
    alone: Flags

    def mark(self, marked: Mask, chosen: Flags) -> None:
        """Mark the rule's ink in some columns."""
        for way, run in ((-1, self.up), (1, self.down)):
            for deep in range(run[chosen].max(initial=0)):
                here = chosen & (deep < run)
                marked[self.rows[here] + way * deep, self.columns[here]] = True


def _courses(mask: Mask, rules: Strokes, height: float, options: SegmenterOptions) -> list[_Course]:
    """Return each of some lying rules, column by column."""
    return [_course(mask, rules, rule, height, options) for rule in range(len(rules.start))]


def _course(
    mask: Mask, rules: Strokes, rule: int, height: float, options: SegmenterOptions
) -> _Course:
    rows, columns = _centre(rules, rule, options.overhang * height, mask.shape)
    thick = rules.thick[rule]
    near = round(thick / 2) + 1
    tried = clipped_to(rows + _outward(near)[:, None], mask.shape[0])
    inked = mask[tried, columns]
    rows = np.take_along_axis(tried, inked.argmax(axis=0)[None], axis=0)[0]
    most = int(thick + options.rule_slack * thick + 1)
    up, down = (_run(mask, rows, columns, way * np.arange(most + 1)) for way in (-1, 1))
    return _Course(rows, columns, up, down, inked.any(axis=0) & (up + down - 1 <= most))


def _erased(shape: tuple[int, ...], courses: list[_Course]) -> Mask:
    """Return the ink of rules but for the columns in which ink crosses them, (h, w) bool."""
    erased = np.zeros(shape, dtype=bool)
    for course in courses:
        course.mark(erased, course.alone)
    return erased


def _bridged(
    labels: Ints, courses: list[_Course], height: float, options: SegmenterOptions
) -> Mask:
    """Return the ink of rules that is between two ends of one digit near each other, (h, w) bool.

    Both belong to one component of what is left, `labels (h, w)`, or one to a part that does not
    reach far up or down.
    """
    bridged = np.zeros(labels.shape, dtype=bool)
    heights = [rows.stop - rows.start for rows, _ in find_objects(labels)]
    small = np.append(np.inf, heights) < options.bridged_part * height
    for course in courses:
        own = labels[course.rows, course.columns]
        met = np.flatnonzero(own)
        steps = np.diff(met)
        joined = (np.diff(own[met]) == 0) | small[own[met[1:]]] | small[own[met[:-1]]]
        joined &= steps <= options.bridged_gap * height
        between = np.zeros(len(own), dtype=bool)
        if met.size:
            between[met[0] : met[-1]] = np.repeat(joined, steps)
        course.mark(bridged, course.alone & between)
    return bridged


def _run(mask: Mask, rows: Ints, columns: Ints, steps: Ints) -> Ints:
    """Return how many pixels from each place on, in so many steps up or down, are ink."""
    places = rows + steps[:, None]
    inked = mask[clipped_to(places, mask.shape[0]), columns]
    inked &= (places >= 0) & (places < mask.shape[0])
    run: Ints = np.logical_and.accumulate(inked, axis=0).sum(axis=0)
    return run


def _outward(near: int) -> Ints:
    """Return the steps from a rule's middle, the nearest first: 0, -1, 1, -2, 2, ..."""
    steps = np.arange(-near, near + 1)
    return steps[np.argsort(np.abs(steps), kind="stable")]


def _centre(
    rules: Strokes, rule: int, overhang: float, shape: tuple[int, ...]
) -> tuple[Ints, Ints]:
    """Return the rows and columns of a rule's middle, which may be wavy, and a bit beyond it."""
    own = rules.member == rule
    columns, place = np.unique(rules.columns[own], return_inverse=True)
    middle = np.bincount(place, rules.rows[own]) / np.bincount(place)
    straight = rules.level[rule] + rules.slope[rule] * columns
    first = max(0, int(rules.start[rule] - overhang))
    last = min(shape[1], int(rules.end[rule] + overhang) + 1)
    along = np.arange(first, last)
    bend = np.interp(along, columns, middle - straight)
    rows = rules.level[rule] + rules.slope[rule] * along + bend
    return clipped_to(rows, shape[0]), along
