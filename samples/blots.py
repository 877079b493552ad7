"""What lies on paper and is no digit: rules, corners, punctuation, letters, scribbles."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.samples.forms import Floats
from digitstring.samples.spacing import trim
from digitstring.samples.strokes import fill_strokes
from digitstring.samples.typefaces import BUNDLED, Typeface, draw_glyph

Ink = NDArray[np.float32]
BlotKind = Literal[
    "comma",
    "corner",
    "cross",
    "currency",
    "dash",
    "dot",
    "equals",
    "letter",
    "noise",
    "plus",
    "rule",
    "scribble",
    "slash",
    "tick",
]
BLOT_KINDS: tuple[BlotKind, ...] = get_args(BlotKind)

LETTERS = "CEFGHKMNPRTUVWXYacdefhkmnprtuvwxy"
"""Letters that nobody takes for a digit: without A (4), B (8), b (6), D O o Q (0), I J i j l L
(1), g q (9), S s (5), Z z (2)."""
CURRENCY = "$€£¥%#&@*"


def draw_blot(
    kind: BlotKind,
    rng: np.random.Generator,
    size_px: float,
    *,
    typefaces: Sequence[Typeface] = (BUNDLED,),
) -> Ink:
    """Draw one thing that is not a digit beside digits of height `size_px`.

    typefaces: what letters and currency signs are set in. Returns ink (h, w) float32 in
    [0, 1], cut to what is drawn; where a typeface lacks a sign, $ or C of BUNDLED stands in.
    Raises ValueError when `kind` is not one of BLOT_KINDS.
    """
    if kind == "noise":
        return _noise(rng, size_px)
    if kind in _SIGNS:
        return _sign(_SIGNS[kind], rng, size_px, typefaces)
    if kind not in _PATHS:
        raise ValueError(f"kind must be one of {', '.join(BLOT_KINDS)}, not {kind!r}")
    lines = [line * size_px for line in _PATHS[kind](rng)]
    thick = size_px * np.exp(rng.uniform(np.log(0.04), np.log(0.18)))
    return fill_strokes(lines, [np.full(len(line), thick) for line in lines])


def _dot(rng: np.random.Generator) -> list[Floats]:
    return [rng.uniform(0, 0.06, (2, 2))]


def _comma(rng: np.random.Generator) -> list[Floats]:
    tail = rng.uniform((-0.2, 0.12), (0.0, 0.3))
    return [np.array([(0, 0), (0.02, 0.06), tail])]


def _dash(rng: np.random.Generator) -> list[Floats]:
    return [np.array([(0, 0), (rng.uniform(0.25, 0.8), rng.uniform(-0.08, 0.08))])]


def _equals(rng: np.random.Generator) -> list[Floats]:
    """Two dashes one over the other, as at the end of an amount."""
    (first,), (second,) = _dash(rng), _dash(rng)
    lower = np.array((rng.uniform(-0.1, 0.15), rng.uniform(0.15, 0.3)))
    return [first, second + lower]


def _slash(rng: np.random.Generator) -> list[Floats]:
    return [np.array([(0, rng.uniform(0.9, 1.4)), (rng.uniform(0.3, 0.7), 0)])]


def _plus(rng: np.random.Generator) -> list[Floats]:
    arm = rng.uniform(0.3, 0.8)
    level, upright = rng.uniform(0.4, 0.6, 2) * arm
    return [np.array([(0, level), (arm, level)]), np.array([(upright, 0), (upright, arm)])]


def _cross(rng: np.random.Generator) -> list[Floats]:
    wide, high = rng.uniform(0.4, 0.9, 2)
    return [np.array([(0, 0), (wide, high)]), np.array([(wide, 0), (0, high)])]


def _tick(rng: np.random.Generator) -> list[Floats]:
    return [np.array([(0, 0.6), rng.uniform((0.15, 0.8), (0.3, 1.0)), (0.9, rng.uniform(0, 0.2))])]


def _rule(rng: np.random.Generator) -> list[Floats]:
    """One or two level rules, as under a sum."""
    long, tilt = rng.uniform(1.2, 4), rng.normal(0, 0.05)
    rule = np.array([(0, 0), (long, tilt)])
    return [rule, rule + np.array((0, rng.uniform(0.12, 0.3)))][: rng.integers(1, 3)]


def _corner(rng: np.random.Generator) -> list[Floats]:
    """Draw a corner, T or pocket of form boxes, but none that is a digit.

    An upper right corner is a 7, an upright on a level rule a 1.
    """
    wide, high = rng.uniform(0.4, 1.4, 2)
    upright = np.array([(0, 0), (0, high)])
    foot = np.array([(0, high), (rng.choice([-wide, wide]), high)])
    head = np.array([(rng.choice([0.0, -wide]), 0), (wide, 0)])
    return [upright, *([foot], [head], [foot, head])[rng.integers(3)]]


def _scribble(rng: np.random.Generator) -> list[Floats]:
    """Run a pen back and forth or in loops, as over a mistake."""
    turns, wide = rng.uniform(3, 8), rng.uniform(0.6, 1.8)
    phase = np.linspace(0, 2 * np.pi * turns, int(12 * turns))
    wobble = np.interp(phase, phase[::6], rng.normal(0, 0.12, len(phase[::6])))
    across = np.linspace(0, wide, len(phase)) + rng.uniform(0, 0.3) * np.sin(phase + 1) + wobble
    return [np.stack([across, (0.5 + wobble) * (1 + np.cos(phase))], axis=1)]


_PATHS: Mapping[str, Callable[[np.random.Generator], list[Floats]]] = {
    "comma": _comma,
    "corner": _corner,
    "cross": _cross,
    "dash": _dash,
    "dot": _dot,
    "equals": _equals,
    "plus": _plus,
    "rule": _rule,
    "scribble": _scribble,
    "slash": _slash,
    "tick": _tick,
}
_SIGNS: Mapping[str, str] = {"letter": LETTERS, "currency": CURRENCY}


def _sign(
    signs: str, rng: np.random.Generator, size_px: float, typefaces: Sequence[Typeface]
) -> Ink:
    sign = signs[rng.integers(len(signs))]
    ink = draw_glyph(sign, typefaces[int(rng.integers(len(typefaces)))], size_px)
    return ink if ink.any() else draw_glyph(signs[0], BUNDLED, size_px)


def _noise(rng: np.random.Generator, size_px: float) -> Ink:
    """Specks of paper that passed for ink: a cloud cut off at some height, in a round patch."""
    side = max(round(size_px * rng.uniform(0.4, 1.2)), 4)
    cells = max(round(side / rng.uniform(1.5, 5)), 2)
    coarse = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
    cloud = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
    place = np.linspace(-1, 1, side) ** 2
    cloud = cloud - rng.uniform(0.1, 0.5) * (place + place[:, np.newaxis])
    level = np.quantile(cloud, rng.uniform(0.6, 0.95))
    return trim(np.clip((cloud - level) * 6, 0, 1).astype(np.float32))
