"""Which chains of ink are printed: rules by their length, boxes and combs by their corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitstring.segmenter.arrays import Mask
from digitstring.segmenter.chains import (
    Flags,
    Floats,
    Ints,
    Strokes,
    clipped_to,
    grouped,
    joined_strokes,
    straight,
)
from digitstring.segmenter.options import SegmenterOptions


def choose_rules(
    mask: Mask, lying: Strokes, standing: Strokes, height: float, options: SegmenterOptions
) -> tuple[Strokes, Strokes]:
    """Return those of the lying and of the standing strokes that are printed rules."""
    across = max(options.rule_across * mask.shape[1], options.least_across * height)
    rules: Flags = _are_long(lying, min(options.rule_length * height, across), options)
    posts = _are_long(standing, options.post_length * height, options)
    head, foot = _corners(lying, standing, height, options)
    sides, walls = _boxed(head, foot, rules)
    corners = (head | foot) & walls[:, None] & (sides & ~rules)
    full_sides, full_walls = _are_full(mask, lying, standing, corners, options)
    sides, walls = sides & full_sides, walls & full_walls
    if sides.any() and walls.any():
        sides, walls = _alike(lying, standing, sides, walls, options)
        walls[walls] = _in_step(mask, standing.keep(walls), options)
    teeth = _teeth(standing, foot & rules, options)
    sides |= rules & (foot & teeth[:, None]).any(axis=0)
    rules &= ~_are_margins(lying, mask.shape[0], options)
    posts &= ~_are_margins(standing, mask.shape[1], options)
    printed = standing.keep(posts | walls | teeth)
    if sides.any() and np.count_nonzero(walls) >= max(2, options.least_walls):
        between = hidden_walls(mask, lying.keep(sides), standing.keep(walls), options)
        printed = joined_strokes(printed, between)
    return lying.keep(rules | sides), _with_ends(mask, lying.keep(rules), printed, height, options)


def _with_ends(
    mask: Mask, rules: Strokes, walls: Strokes, height: float, options: SegmenterOptions
) -> Strokes:
    """Return the walls, and those that close a frame of two rules, one next below the other.

    The frame may be lower than the digits that cross it, and digits may hide its ends.
    """
    slack = options.corner_slack * height + rules.thick
    aside = np.maximum(
        np.abs(rules.start[:, None] - rules.start), np.abs(rules.end[:, None] - rules.end)
    )
    alike = aside <= np.minimum(slack, slack[:, None])
    deep = rules.row(rules.start) - rules.row(rules.start)[:, None]
    below = np.where(alike & (deep >= options.low_wall * height), deep, np.inf)
    for upper in np.flatnonzero(np.isfinite(below).any(axis=1)):
        lower = below[upper].argmin()
        for column in (rules.start[upper], rules.end[upper] - 1):
            rows = np.arange(*clipped_to(rules.row(column)[[upper, lower]], mask.shape[0]))
            if not rows.size:
                continue
            tried = column + np.arange(-slack[upper], slack[upper] + 1)
            inked = mask[rows[:, None], clipped_to(tried, mask.shape[1])].mean(axis=0)
            if inked.max() >= options.hidden_ink:
                level = tried[inked == inked.max()].mean(keepdims=True)
                wall = straight(level, 0.0, float(rules.thick[upper]), rows)
                walls = joined_strokes(walls, wall)
    return walls


def hidden_walls(mask: Mask, sides: Strokes, walls: Strokes, options: SegmenterOptions) -> Strokes:
    """Return the walls that are missing in a row of equal boxes: digits hide them.

    The walls at hand, if all are of one row, tell how wide a box is; where one should be, the ink
    goes from side to side.
    """
    rows, slope, places = _across(walls)
    in_step = _equal_steps(np.sort(places), options.box_side * len(rows) / 2, options)
    if in_step is None:
        return walls.keep(np.zeros(len(walls.start), dtype=bool))
    first, pitch, numbers = in_step
    ends = (np.array([sides.start.min(), sides.end.max()]) - first) / pitch
    missing = np.setdiff1d(np.arange(np.rint(ends[0]), np.rint(ends[1]) + 1), numbers)
    reach = options.pitch_slack * pitch
    tried, inked = _inked_near(mask, first + pitch * missing, reach, slope, rows)
    most = inked.max(axis=1, initial=0, keepdims=True)
    found = np.average(tried, axis=1, weights=inked == most)[most[:, 0] >= options.hidden_ink]
    level = found - slope * float(rows.mean())
    return straight(level, slope, float(np.median(walls.thick)), rows)


def _in_step(mask: Mask, walls: Strokes, options: SegmenterOptions) -> Flags:
    """Return which walls are those of a row of equal boxes; all where it is none.

    A 4 or a 1 that reaches from side to side looks like a wall, and stands where none should. Of
    the ways to part what lies between the outermost walls, the finest is taken that has one, or
    ink that may hide one, at each step.
    """
    every: Flags = np.ones(len(walls.start), dtype=bool)
    rows, slope, places = _across(walls)
    if np.ptp(walls.start) > len(rows) / 2 or len(every) <= options.least_walls:
        return every
    first, wide = float(places.min()), float(np.ptp(places))
    for count in range(2 * len(every), 1, -1):
        pitch = wide / count
        if pitch < options.box_side * len(rows):
            continue
        reach = options.pitch_slack * pitch
        steps = first + pitch * np.arange(count + 1)
        near = np.abs(places - steps[:, None]) <= reach
        own: Flags = np.asarray(near.any(axis=0))
        if np.count_nonzero(~own) > np.count_nonzero(own) / 2:
            continue
        _, inked = _inked_near(mask, steps[~near.any(axis=1)], reach, slope, rows)
        if (inked.max(axis=1) >= options.hidden_ink).all():
            return own
    return every


def _across(walls: Strokes) -> tuple[Ints, float, Floats]:
    """Return the rows of usual walls, their slope, and where each wall is at the middle row, (n,).

    They are of one row of boxes.
    """
    rows = np.arange(int(np.median(walls.start)), int(np.median(walls.end)))
    return rows, float(np.median(walls.slope)), walls.row(np.full(1, rows.mean()))


def _inked_near(
    mask: Mask, places: NDArray[np.floating], reach: float, slope: float, rows: Ints
) -> tuple[Floats, Floats]:
    """Return the columns near n places, at the rows' middle, and their share of ink, (n, k) each.

    They lean by `slope` columns a row.
    """
    tried = places[:, None] + np.arange(-reach, reach + 1)
    columns = clipped_to(tried[..., None] + slope * (rows - rows.mean()), mask.shape[1])
    return tried, np.asarray(mask[rows, columns].mean(axis=2))


def _equal_steps(
    places: Floats, least: float, options: SegmenterOptions
) -> tuple[float, float, Floats] | None:
    """Return the first of some places, the step from one to the next, and each place's number.

    Some places are missing. None where the others are not in step, or less than `least` apart.
    """
    steps = np.diff(places)
    if steps.min() < least:
        return None
    pitch = float(np.median(steps[steps <= (1 + options.pitch_slack) * steps.min()]))
    numbers = np.rint((places - places[0]) / pitch)
    pitch, first = np.polyfit(numbers, places, 1)
    aside = np.abs(places - first - pitch * numbers).max()
    return (float(first), float(pitch), numbers) if aside <= options.pitch_slack * pitch else None


def _are_long(strokes: Strokes, least: float, options: SegmenterOptions) -> Flags:
    """Return which strokes are rules by their length alone."""
    long: Flags = strokes.length >= least
    return long & (strokes.covered >= options.least_covered * strokes.length)


def _boxed(head: Flags, foot: Flags, rules: Flags) -> tuple[Flags, Flags]:
    """Return which lying strokes have two walls or more, and which standing ones two sides."""
    for _ in range(2):
        walls: Flags = np.logical_or.reduce(head, 1) & np.logical_or.reduce(foot, 1)
        sides: Flags = np.count_nonzero((head | foot) & walls[:, None], axis=0) >= 2
        head, foot = head & (sides | rules), foot & (sides | rules)
    walls = np.logical_or.reduce(head, 1) & np.logical_or.reduce(foot, 1)
    sides = sides & (np.count_nonzero((head | foot) & walls[:, None], axis=0) >= 2)
    return sides, walls


def _are_margins(strokes: Strokes, n_rows: int, options: SegmenterOptions) -> Flags:
    """Return which lying strokes are on the image's edge, and cross nothing."""
    middle = strokes.row((strokes.start + strokes.end) / 2)
    edge = np.minimum(middle, n_rows - 1 - middle) <= strokes.thick / 2
    margins: Flags = edge & (strokes.covered >= options.edge_covered * strokes.length)
    return margins


def _corners(
    lying: Strokes, standing: Strokes, height: float, options: SegmenterOptions
) -> tuple[Flags, Flags]:
    """Return which standing strokes (n) have their head, and foot, at which lying ones (m).

    Both are (n, m) bool.
    """
    slack = options.corner_slack * height + np.maximum(lying.thick, standing.thick[:, None])
    long = lying.length >= options.box_side * height
    long = long & (standing.length >= options.box_wall * height)[:, None]
    long &= standing.thick[:, None] <= options.wall_thickness * lying.thick + 2
    head, foot = (
        _meets(lying, standing, end, slack) & long for end in (standing.start, standing.end)
    )
    return head, foot


def _are_full(
    mask: Mask, lying: Strokes, standing: Strokes, corners: Flags, options: SegmenterOptions
) -> tuple[Flags, Flags]:
    """Return which lying, and which standing strokes are sides of boxes that have content.

    An upright 0 or 8 is a box too; of digits in a box more is left than a bar.
    """
    n, m = corners.shape
    wall, side = np.nonzero(corners)
    group = grouped(n + m, wall, n + side)
    full = np.ones(n + m, dtype=bool)
    for number in np.unique(group[wall]):
        walls, sides = (np.flatnonzero(own == number) for own in (group[:n], group[n:]))
        box = np.s_[
            int(standing.start[walls].min()) : int(standing.end[walls].max()),
            int(lying.start[sides].min()) : int(lying.end[sides].max()),
        ]
        left = mask[box].copy()
        _wipe(left, lying, sides, (box[0].start, box[1].start))
        _wipe(left.T, standing, walls, (box[1].start, box[0].start))
        rows = np.flatnonzero(left.sum(axis=1) > 0)
        full[group == number] = len(rows) >= options.box_content * len(left)
    return full[n:], full[:n]


def _wipe(mask: Mask, strokes: Strokes, chosen: Ints, corner: tuple[int, int]) -> None:
    """Clear the band of rows in which each of some strokes lies."""
    for number in chosen:
        ends = np.array([strokes.start[number], strokes.end[number] - 1])
        rows = strokes.level[number] + strokes.slope[number] * ends - corner[0]
        reach = strokes.thick[number] + 1
        top, bottom = int(rows.min() - reach), int(rows.max() + reach) + 2
        mask[max(0, top) : max(0, bottom)] = False


def _alike(
    lying: Strokes, standing: Strokes, sides: Flags, walls: Flags, options: SegmenterOptions
) -> tuple[Flags, Flags]:
    """Return the sides and walls, and those that end where they do: digits hide corners."""
    slope = float(np.median(lying.slope[sides]))
    places = standing.row((standing.start + standing.end) / 2)
    high, low = (
        float(np.median(end[walls] - slope * places[walls]))
        for end in (standing.start, standing.end)
    )
    slack = options.alike * (low - high) + 1
    middle = (lying.start + lying.end) / 2
    above, below = (np.abs(lying.row(middle) - slope * middle - end) for end in (high, low))
    top, bottom = (end - slope * places for end in (standing.start, standing.end))
    same = (np.abs(top - high) <= slack) & (np.abs(bottom - low) <= slack)
    long = lying.length >= options.box_side * (low - high) / 2
    return sides | (long & (np.minimum(above, below) <= slack)), walls | same


def _meets(lying: Strokes, standing: Strokes, end: Floats, slack: Floats) -> Flags:
    """Return which standing strokes (n) have the end given at which lying strokes (m), (n, m)."""
    column = standing.row(end)[:, None]
    beside = np.maximum(lying.start - column, column - lying.end)
    meets: Flags = (beside <= slack) & (np.abs(lying.row(column) - end[:, None]) <= slack)
    return meets


def _teeth(standing: Strokes, foot: Flags, options: SegmenterOptions) -> Flags:
    """Return which standing strokes are a comb's teeth: several as high on one rule.

    foot is (n, m): which of them stand on which rules.
    """
    teeth = np.zeros(len(standing.start), dtype=bool)
    for rule in np.flatnonzero(foot.sum(axis=0) >= options.least_teeth):
        usual = np.median(standing.length[foot[:, rule]])
        alike = np.abs(standing.length - usual) <= options.tooth_spread * usual + 1
        own = foot[:, rule] & alike
        if np.count_nonzero(own) >= options.least_teeth:
            teeth |= own
    return teeth
