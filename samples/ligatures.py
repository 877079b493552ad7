"""Strokes by which a fast hand joins one digit to the next, as in 000."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitstring.samples.layout import Ink, Placed
from digitstring.samples.strokes import paint_strokes

Points = NDArray[np.float64]

_POINTS = 9
"""Of the curve from digit to digit."""


def join_digits(
    ink: Ink,
    digits: Sequence[Placed],
    rng: np.random.Generator,
    *,
    share: float = 0.6,
    reach_frac: float = 0.6,
) -> Ink:
    """Draw strokes from digits to the next ones on the ink (h, w) of a page; returns both.

    share: of the pairs that are joined, as far as their boxes are less than `reach_frac` of a
    digit's height apart.
    """
    curves, widths = [], []
    for (_, left), (_, right) in pairwise(digits):
        near = right[1] - left[3] <= reach_frac * (left[2] - left[0])
        if near and rng.random() < share:
            curve = _curve(ink, left, right, rng)
            curves.append(curve)
            widths.append(np.full(len(curve), _pen_px(ink, left) * rng.uniform(0.5, 1.0)))
    if not curves:
        return ink
    return np.maximum(ink, paint_strokes((ink.shape[0], ink.shape[1]), curves, widths))


def _curve(
    ink: Ink,
    left: tuple[int, int, int, int],
    right: tuple[int, int, int, int],
    rng: np.random.Generator,
) -> Points:
    """Return the points (n, 2), x and y, from a digit's right side to the next one's left."""
    start = _ink_near(ink, left, rng.uniform(0.6, 1.0), rng.uniform(0.0, 0.7))
    end = _ink_near(ink, right, rng.uniform(0.0, 0.4), rng.uniform(0.0, 0.5))
    sag = rng.uniform(-0.15, 0.2) * (left[2] - left[0])
    middle = (start + end) / 2 + (0, sag)
    t = np.linspace(0, 1, _POINTS)[:, np.newaxis]
    curve: Points = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    return curve


def _ink_near(ink: Ink, box: tuple[int, int, int, int], across: float, down: float) -> Points:
    """Return the inked point x, y of a box nearest to a place in it, given in its sides."""
    top, left, bottom, right = box
    rows, columns = np.nonzero(ink[top:bottom, left:right] > 0.5)
    place: Points = np.array([across * (right - left), down * (bottom - top)])
    if rows.size == 0:
        place += (left, top)
        return place
    far = np.hypot(columns - place[0], rows - place[1])
    nearest = int(far.argmin())
    return np.array([columns[nearest] + left + 0.5, rows[nearest] + top + 0.5])


def _pen_px(ink: Ink, box: tuple[int, int, int, int]) -> float:
    """Return the width of the strokes in a box: twice the ink for each side of it."""
    top, left, bottom, right = box
    mask = np.pad(ink[top:bottom, left:right] > 0.5, 1)
    sides = sum(int(np.count_nonzero(np.diff(mask, axis=axis))) for axis in (0, 1))
    return max(1.0, 2 * int(np.count_nonzero(mask)) / max(1, sides))
