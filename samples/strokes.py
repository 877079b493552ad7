"""Digits drawn with a pen: a form, bent by a hand, put down as ink."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitstring.samples.forms import FORMS, Floats, Form
from digitstring.samples.hands import Hand

Ink = NDArray[np.float32]

_FINER = 4
"""Strokes are filled on a raster this many times finer, then averaged down."""


def draw_digit(
    value: str,
    hand: Hand,
    rng: np.random.Generator,
    height_px: float,
    *,
    form: Form | None = None,
) -> Ink:
    """Write one digit.

    value: one character, "0" to "9"; height_px: height of an ordinary digit, pen included
    (a long tail makes it higher); form: one of `FORMS[value]`, left out: as the hand prefers.
    Returns ink (h, w) float32 in [0, 1], cut to the digit.
    Raises ValueError when `value` is no digit or `height_px` is below 4.
    """
    if value not in FORMS:
        raise ValueError(f"value must be one of 0 to 9, not {value!r}")
    if height_px < 4:
        raise ValueError(f"height_px must be at least 4, not {height_px}")
    form = form or hand.pick_form(value, rng)
    points = _write(form, hand, rng)
    widths = _widths(points, form, hand, rng)
    scale = height_px / (1 + hand.pen_frac)
    return fill_strokes(_split(points * scale, form), _split(widths * scale, form))


def _write(form: Form, hand: Hand, rng: np.random.Generator) -> Floats:
    """Bend the form's control points by the hand and run the pen along them: (m, 2)."""
    n = len(form.points)
    stray = hand.habits[int(form.value), :n] + rng.normal(0, hand.unsteadiness, (n, 2))
    weights = form.sharp + hand.rounding * (form.soft - form.sharp)
    stretch = np.exp(rng.normal(0, 1.5 * hand.unsteadiness, 2))
    points = weights @ (_bend(form, hand) + form.loose * stray) * stretch
    return points @ _posture(hand, rng).T


def _bend(form: Form, hand: Hand) -> Floats:
    """Give the form's control points (n, 2) the hand's proportions."""
    wider, lower, narrow_head, belly = hand.proportions[int(form.value)]
    x, y = form.points.T
    waist = np.sin(np.pi * np.clip(y, 0, 1))
    middle = x.mean()
    width = np.exp(wider) * (1 + narrow_head * (y - 0.5))
    return np.stack([middle + (x - middle) * width + belly * waist, y + lower * waist], axis=1)


def _posture(hand: Hand, rng: np.random.Generator) -> Floats:
    """Draw the matrix (2, 2) of a hand's width, slant and turn."""
    slant = hand.slant + rng.normal(0, hand.unsteadiness)
    turn = np.radians(hand.tilt_deg + rng.normal(0, 60 * hand.unsteadiness))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    posture: Floats = rotation @ np.array([[hand.aspect, -slant], [0.0, 1.0]])
    return posture


def _widths(points: Floats, form: Form, hand: Hand, rng: np.random.Generator) -> Floats:
    """Width of the line at each of its points (m,), in heights."""
    step = np.gradient(points, axis=0)
    across = np.abs(np.sin(np.arctan2(step[:, 1], step[:, 0]) + np.radians(hand.nib_deg)))
    wander = np.interp(
        np.arange(len(points)), np.linspace(0, len(points), 6), rng.uniform(-1, 1, 6)
    )
    ends = np.concatenate([_nearness_to_ends(length) for length in form.lengths])
    thinning = (1 - hand.contrast * (1 - across)) * (1 + hand.pressure * wander)
    widths: Floats = hand.pen_frac * thinning * (1 - hand.taper * ends)
    return widths


def _nearness_to_ends(length: int) -> Floats:
    """1 at both ends of a line of `length` points, 0 from a quarter of it inwards."""
    place = np.linspace(0, 1, length)
    nearness: Floats = np.maximum(1 - 4 * np.minimum(place, 1 - place), 0)
    return nearness


def _split(values: Floats, form: Form) -> list[Floats]:
    return np.split(values, np.cumsum(form.lengths)[:-1])


def fill_strokes(lines: Iterable[Floats], widths: Iterable[Floats]) -> Ink:
    """Put lines of given widths onto an empty sheet that just holds them.

    lines: arrays (n, 2) of points (x, y) in pixels; widths: arrays (n,) of pixels, one for each
    line. Returns ink (h, w) float32 in [0, 1].
    """
    lines, widths = list(lines), [np.maximum(width, 1.0) for width in widths]
    reach = np.concatenate(widths)[:, np.newaxis] / 2
    points = np.concatenate(lines)
    low = np.floor((points - reach).min(axis=0))
    columns, rows = np.ceil((points + reach).max(axis=0) - low).astype(int).tolist()
    return paint_strokes((rows, columns), [line - low for line in lines], widths)


def paint_strokes(shape: tuple[int, int], lines: Iterable[Floats], widths: Iterable[Floats]) -> Ink:
    """Put lines onto an empty sheet of `shape` (rows, columns); see `fill_strokes`."""
    sheet = Image.new("L", (shape[1] * _FINER, shape[0] * _FINER))
    pen = ImageDraw.Draw(sheet)
    for line, width in zip(lines, widths, strict=True):
        _fill_stroke(pen, line * _FINER, width * _FINER / 2)
    return np.asarray(sheet.reduce(_FINER), dtype=np.float32) / np.float32(255)


def _fill_stroke(pen: ImageDraw.ImageDraw, line: Floats, radius: Floats) -> None:
    """Fill a disc round each point and the quadrilateral between each two."""
    line = line - 0.5
    reach = radius[:, np.newaxis]
    discs = np.hstack([line - reach, line + reach])
    step = np.diff(line, axis=0)
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-6)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / length[:, np.newaxis]
    here, there = normal * reach[:-1], normal * reach[1:]
    quads = np.hstack([line[:-1] + here, line[1:] + there, line[1:] - there, line[:-1] - here])
    for disc in discs.tolist():
        pen.ellipse(disc, fill=255)
    for quad in quads.tolist():
        pen.polygon(quad, fill=255)
