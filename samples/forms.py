"""The forms in which people write the ten digits, as paths of a pen.

A path is written as points ``x,y`` in hundredths of the digit's height, x to the right and y
downwards, 0 the top and 100 the bottom. The pen runs through the points along a smooth curve;
``!`` after a point marks a sharp turn, ``;`` lifts the pen. A plain seven with its bar is
``2,4 54,4! 22,100; 8,52 50,50``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_POINTS = 24
STEPS = 6
"""Straight pieces between two control points: enough for digits of 100 px to look smooth."""

_POWERS = np.vander(np.arange(STEPS) / STEPS, 4, increasing=True)
_CATMULL_ROM = 0.5 * np.array(
    [[0.0, 2.0, 0.0, 0.0], [-1.0, 0.0, 1.0, 0.0], [2.0, -5.0, 4.0, -1.0], [-1.0, 3.0, -3.0, 1.0]]
)


@dataclass(frozen=True)
class Form:
    """One way of writing one digit.

    `share` is how often it is met among the forms of its digit, relative to the others.
    `path` is written as the module's docstring says.
    """

    value: str
    name: str
    share: float
    path: str

    @cached_property
    def strokes(self) -> tuple[tuple[str, ...], ...]:
        """The points of each stroke, still as text."""
        return tuple(tuple(stroke.split()) for stroke in self.path.split(";"))

    @cached_property
    def points(self) -> Floats:
        """Control points of all strokes one after the other, (n, 2) as (x, y) in heights."""
        words = [word.rstrip("!").split(",") for stroke in self.strokes for word in stroke]
        return np.array(words, dtype=np.float64) / 100

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """How many points of the drawn line each stroke has."""
        return tuple((len(stroke) - 1) * STEPS + 1 for stroke in self.strokes)

    @cached_property
    def loose(self) -> Floats:
        """How far each control point may stray, (n, 1): pen-down and pen-up points stray more."""
        stray = [
            1.5 if i in (0, len(stroke) - 1) else 1.0
            for stroke in self.strokes
            for i in range(len(stroke))
        ]
        return np.array(stray)[:, np.newaxis]

    @cached_property
    def sharp(self) -> Floats:
        """Weights (m, n) that take control points to the drawn line, its corners kept."""
        return _block_diagonal([_stroke_weights(stroke) for stroke in self.strokes])

    @cached_property
    def soft(self) -> Floats:
        """Weights (m, n) like `sharp`, of a hurried pen that cuts every corner."""
        return _block_diagonal([_soften(_stroke_weights(stroke)) for stroke in self.strokes])


def _stroke_weights(stroke: tuple[str, ...]) -> Floats:
    """Catmull-Rom weights ((n - 1) * STEPS + 1, n); the tangent at a corner is one-sided."""
    n = len(stroke)
    corner = [word.endswith("!") or i in (0, n - 1) for i, word in enumerate(stroke)]
    unit = np.eye(n)
    spans = []
    for i in range(n - 1):
        here, there = unit[i], unit[i + 1]
        before = 2 * here - there if corner[i] else unit[i - 1]
        after = 2 * there - here if corner[i + 1] else unit[i + 2]
        spans.append(_POWERS @ _CATMULL_ROM @ np.stack([before, here, there, after]))
    return np.vstack([*spans, unit[-1:]])


def _soften(weights: Floats, passes: int = 8) -> Floats:
    """Average neighbours along a line `passes` times; its two ends stay."""
    for _ in range(passes):
        middle = (weights[:-2] + 2 * weights[1:-1] + weights[2:]) / 4
        weights = np.vstack([weights[:1], middle, weights[-1:]])
    return weights


def _block_diagonal(blocks: list[Floats]) -> Floats:
    rows = np.cumsum([0, *(len(block) for block in blocks)])
    columns = np.cumsum([0, *(block.shape[1] for block in blocks)])
    whole = np.zeros((rows[-1], columns[-1]))
    for block, (top, bottom), (left, right) in zip(
        blocks, pairwise(rows), pairwise(columns), strict=True
    ):
        whole[top:bottom, left:right] = block
    return whole


_PATHS: Mapping[str, tuple[tuple[str, float, str], ...]] = {
    "0": (
        ("closed", 4, "34,0 12,10 1,46 8,84 28,100 50,88 60,50 52,13 32,0"),
        ("round", 3, "36,1 12,14 2,50 14,88 40,100 66,84 74,48 62,13 34,1"),
        ("open", 1.5, "24,3 6,26 2,62 15,95 38,99 57,74 59,36 47,5"),
        ("overlapped", 2, "48,12 28,0 9,17 2,55 14,93 38,99 57,70 55,28 38,5 17,9"),
        ("narrow", 2, "22,0 6,14 1,50 6,88 18,100 32,88 38,50 33,12 20,1"),
        ("knotted", 1, "36,4 14,10 2,46 10,86 32,100 54,84 60,48 48,10 28,6 20,22 34,34 58,6"),
        ("tailed", 1.2, "30,2 8,20 2,56 16,94 42,98 60,70 58,30 38,6 18,16 24,36 46,30 72,14"),
        ("curled", 1, "44,7 22,1 5,28 4,72 24,100 50,84 59,44 47,10 29,8 24,19"),
        ("clockwise", 1, "8,26 26,1 50,14 58,52 44,92 22,99 5,74 4,38 20,6"),
        ("slashed", 0.7, "34,0 12,10 1,46 8,84 28,100 50,88 60,50 52,13 32,0; 54,8 8,92"),
        ("barred", 0.5, "34,0 12,10 1,46 8,84 28,100 50,88 60,50 52,13 32,0; 4,52 56,48"),
        ("begun inside", 0.7, "40,52 52,30 44,6 22,2 6,24 2,60 14,94 38,99 57,74 58,36 44,8"),
        ("lying", 1, "56,4 24,6 1,42 14,84 48,99 84,82 96,44 78,12 50,3"),
        ("looped", 1.2, "46,6 20,4 2,42 12,88 40,99 62,70 58,24 40,4 32,16 50,26 80,12"),
        ("lying, looped", 0.8, "60,8 24,6 0,48 20,94 62,96 88,56 76,14 52,6 44,24 68,30 104,14"),
        ("like an e", 0.5, "-8,66 26,56 54,26 40,2 14,10 1,52 16,95 46,98 80,72"),
        ("in passing", 0.8, "-14,14 14,10 40,4 18,6 2,48 14,92 40,99 60,64 56,22 42,6 66,10 84,8"),
        ("struck through", 0.5, "33,2 12,12 2,48 9,84 29,98 50,86 59,50 51,14 32,2; 66,-6 -4,106"),
    ),
    "1": (
        ("plain", 6, "20,0 20,100"),
        ("curved", 1, "24,0 19,34 17,70 20,100"),
        ("upstroke", 3, "2,24 24,0! 24,100"),
        ("long upstroke", 4, "0,48 32,0! 30,100"),
        ("roof", 2.5, "0,74 38,0! 38,100"),
        ("swung upstroke", 2, "0,42 16,28 30,0! 27,100"),
        ("tent", 2, "0,92 34,0! 36,100"),
        ("foot", 0.7, "24,0 24,99; 2,99 46,99"),
        ("upstroke and foot", 1.5, "4,22 25,0! 25,98; 0,98 50,98"),
        ("long upstroke and foot", 0.5, "0,48 32,0! 32,98; 8,98 56,98"),
        ("looped", 1.2, "0,54 18,26 30,3 24,0 18,24 15,100"),
        ("long loop", 1, "0,72 20,42 34,8 28,0 20,16 15,54 13,100"),
        ("wide loop", 0.4, "0,60 26,34 38,8 28,-1 18,14 16,48 18,100"),
        ("kicked", 0.4, "22,0 18,50 19,90 24,99 33,95"),
        ("hooked", 0.6, "4,20 14,16 22,0! 24,100"),
        ("swung and curved", 0.6, "0,34 14,22 24,2 34,0 36,8 30,50 28,100"),
    ),
    "2": (
        ("flat", 3.5, "4,20 14,4 34,0 52,12 49,36 28,68 2,98! 60,98"),
        ("curvy", 3, "4,22 18,2 42,2 54,20 44,46 20,78 4,97! 22,91 40,99 62,91"),
        ("looped", 3, "4,18 20,1 44,3 52,24 38,56 16,89 5,95 0,87 8,79 22,84 42,98 64,91"),
        ("wide loop", 1, "6,16 26,0 48,8 50,32 30,68 12,94 -2,98 -6,86 8,76 26,84 44,99 66,90"),
        ("swan", 2, "2,30 9,8 28,0 46,7 50,26 38,54 0,100! 56,100"),
        ("angular", 1, "2,10 28,1 52,8! 2,98! 58,97"),
        ("rounded", 1.5, "4,16 24,0 46,10 46,36 26,70 6,90 12,99 34,98 58,91"),
        ("kicked", 1, "4,18 22,0 46,8 46,34 26,68 4,97! 40,98 56,94 60,84"),
        ("rising", 1.5, "4,20 20,2 44,4 48,26 26,60 2,94! 34,92 72,82"),
        ("open loop", 3, "6,14 30,0 50,14 42,42 20,80 5,98 -6,87 10,72 34,84 56,98 78,88"),
        ("big loop", 3, "6,16 28,0 50,12 44,42 18,86 0,99 -10,80 4,62 28,70 50,92 74,92"),
        ("lying loop", 1.5, "8,12 32,0 52,14 44,42 20,78 -2,96 -12,88 4,77 30,84 54,95 80,84"),
        ("ringed", 1.5, "30,26 16,34 5,20 14,3 34,0 50,14 46,38 26,72 2,98! 60,97"),
        (
            "ringed and looped",
            1.5,
            "30,28 16,34 6,20 16,3 36,0 50,16 42,46 18,86 2,97 -4,86 8,78 26,86 44,98 64,90",
        ),
        ("wide ring", 1, "34,34 12,38 2,18 18,0 44,2 54,22 42,50 20,80 0,97! 64,95"),
        ("curled", 1, "14,24 3,18 10,3 34,0 50,14 45,40 24,74 3,98! 58,96"),
        ("closed ring", 2, "50,34 26,46 6,34 10,10 30,0 48,12 46,38 26,72 2,98! 62,95"),
        (
            "closed ring and looped",
            1.5,
            "48,30 24,42 4,30 8,8 28,0 48,12 44,42 20,82 2,98 -6,86 10,76 32,88 50,98 72,90",
        ),
        ("closed ring, rising", 1.5, "46,36 20,42 4,26 14,4 34,0 50,16 40,48 8,97! 34,94 66,84"),
    ),
    "3": (
        ("round", 4, "4,14 22,0 46,8 46,32 22,46! 50,58 54,84 30,100 2,88"),
        ("flat-topped", 1.5, "4,2 50,2! 22,40! 48,50 54,76 34,99 2,92"),
        ("flat and straight", 1, "3,3 54,1! 26,42! 52,58 50,88 26,100 0,92"),
        ("looped", 1.5, "4,12 24,0 47,10 43,34 22,49 12,45 22,43 48,56 54,82 30,100 2,90"),
        ("soft", 3, "6,10 28,0 48,14 40,38 24,47 40,53 53,72 40,96 16,99 0,88"),
        ("curled", 1, "14,20 5,16 14,2 38,1 48,20 38,42 24,46! 46,54 54,78 38,99 12,98 2,86 10,80"),
        ("pointed", 1, "2,8 34,0 46,18 18,46! 48,62 46,88 22,100 0,95"),
        ("leaning", 1.5, "10,12 30,0 48,8 42,28 24,40! 46,50 50,74 28,98 -6,96 -12,86"),
        ("wide", 1, "0,12 30,0 58,10 50,32 26,43! 60,54 60,80 30,100 -4,92"),
        ("curved foot", 1, "6,12 26,0 46,8 42,30 22,44! 46,52 50,76 26,99 0,96 -6,82"),
        ("small-headed", 1, "8,10 24,0 42,8 40,26 22,38! 50,48 60,74 38,99 0,92"),
    ),
    "4": (
        ("open", 3, "12,0 2,54! 62,56; 46,20 42,100"),
        ("open and curved", 3, "8,3 3,36 14,52 34,52 54,44; 52,3 48,50 45,100"),
        ("open and square", 1.5, "6,4 4,52! 56,50; 50,0 48,100"),
        ("closed", 2.5, "44,0 2,66! 64,66; 44,0 44,100"),
        ("one stroke", 1.5, "42,100 44,0! 1,64! 64,63"),
        ("long-legged", 1.5, "18,0 2,38! 60,40; 46,8 38,100"),
        ("lightning", 2, "26,0 2,62! 62,58; 42,36 36,100"),
        ("cupped", 1, "14,0 6,24 2,46 14,53 32,50 46,40 52,2! 46,100"),
        ("low-barred", 1, "40,0 0,76! 62,76; 42,2 42,100"),
        ("hooked", 0.7, "16,0 3,50! 40,52 60,46; 52,10 47,60 40,100"),
        ("like an h", 0.7, "14,0 8,52! 24,40 44,44 46,64 40,100"),
    ),
    "5": (
        ("one stroke", 3, "54,2 14,2! 8,44! 34,38 54,56 52,84 28,100 2,90"),
        ("flag attached", 3, "13,3 9,44! 36,38 54,58 50,86 26,100 2,91; 13,3 58,1"),
        ("flag detached", 1.5, "9,12 8,47! 34,40 54,60 49,88 24,100 2,92; 24,0 62,-4"),
        ("flag crossing", 1, "16,0 10,42! 38,38 54,58 48,88 22,99 0,90; 4,8 56,3"),
        ("like an S", 1.5, "52,5 26,0 9,16 16,38 42,54 52,76 36,98 4,93"),
        ("no corner", 1.5, "50,2 16,3! 10,28 16,43 36,46 50,64 42,92 4,98"),
        ("big-bellied", 1, "48,0 20,2! 12,34! 34,30 58,48 58,80 32,100 2,88"),
        ("slanted", 1, "60,0 30,3! 16,40! 40,40 50,60 40,88 16,100 -2,94"),
        ("long flag", 2, "78,-2 24,5! 14,40! 32,40 44,58 36,84 10,98 -4,94"),
        ("small-bellied", 1.5, "62,0 22,4! 13,50! 32,51 44,68 34,92 8,100 -4,95"),
        ("flag to the right", 1.5, "14,5 11,42! 30,44 40,64 30,88 2,99; 14,7 42,3 72,-5"),
        ("curled belly", 1, "58,0 20,3! 10,44! 38,40 54,62 44,94 16,100 -2,86 8,76"),
        ("closed belly", 1, "52,2 14,2! 8,44! 34,36 54,54 50,86 26,100 4,86 10,64 24,52"),
        ("like a tick", 0.6, "0,44 10,40 18,64 20,96! 34,4! 78,0"),
        ("like a tick, with a belly", 0.8, "6,42! 22,42 32,62 24,94 2,98; 8,44 22,4! 74,0"),
        ("like a hook", 0.6, "70,0 26,3! 28,50 26,84 10,100 -4,92"),
        ("flag apart", 0.6, "12,16 10,46! 34,42 52,62 46,90 22,100 2,94; 22,6 44,2 62,3"),
    ),
    "6": (
        ("curved", 4, "46,0 20,22 4,58 8,88 30,100 52,86 50,62 28,52 6,70"),
        ("straight-backed", 2, "42,0 22,30 6,66 8,92 30,100 50,86 46,66 26,58 7,74"),
        ("big loop", 1.5, "32,0 10,36 2,70 14,98 42,98 55,72 43,46 22,45 4,68"),
        ("hooked top", 1, "52,12 40,0 18,18 4,56 10,92 34,100 52,80 40,58 20,58 5,78"),
        ("small loop", 2, "44,0 18,30 3,72 12,98 34,97 40,80 26,69 6,84"),
        ("open", 1, "42,0 14,30 2,70 16,98 44,94 49,74 32,62 18,68"),
        ("upright", 1.5, "14,0 6,36 3,76 14,99 38,98 48,78 38,58 18,60 4,80"),
        ("long-necked", 1, "58,0 34,12 12,44 2,80 16,100 38,94 42,74 26,64 6,78"),
        ("crossing loop", 1, "44,0 20,24 4,62 12,96 40,98 52,76 38,58 16,66 -2,84"),
    ),
    "7": (
        ("plain", 4, "2,4 54,4! 22,100"),
        ("curved", 2, "2,6 28,2 54,6! 34,44 24,100"),
        ("crossed", 3, "2,4 54,4! 22,100; 8,54 54,50"),
        ("crossed and curved", 1.5, "0,8 26,3 56,4! 36,46 26,100; 14,56 60,48"),
        ("hooked", 2, "2,20 5,4! 54,4! 24,100"),
        ("hooked and crossed", 1.5, "2,20 5,4! 55,4! 26,100; 12,54 52,52"),
        ("waved", 1, "1,18 9,3 30,9 56,2! 32,48 25,100"),
        ("waved and crossed", 1, "1,20 8,4 30,10 57,3! 32,50 24,100; 10,58 54,48"),
        ("like a Z", 0.3, "2,5 58,3! 10,97 14,100 28,96"),
        ("like a Z and crossed", 0.8, "2,5 60,3! 12,98 18,100 30,96; 12,56 56,50"),
        ("serifed", 1, "0,34 4,6! 30,2 54,5! 28,100"),
        ("drooping", 1, "0,12 24,2 46,10 44,34 32,66 26,100"),
        ("upright", 1, "2,3 46,3! 40,100"),
    ),
    "8": (
        ("S-stroke", 5, "46,12 28,0 9,13 15,36 40,56 53,80 30,100 6,83 18,58 42,36 49,10"),
        ("S-stroke, open", 1.5, "42,8 24,1 9,16 16,38 40,56 52,80 30,100 7,84 18,60 44,36 58,2"),
        (
            "two circles",
            2.5,
            "29,0 11,10 11,35 29,47 47,35 47,10 27,0; 28,47 4,60 4,88 28,100 54,88 52,60 26,47",
        ),
        ("mirrored", 1.5, "10,12 28,0 48,13 42,36 16,56 4,80 28,100 52,83 40,58 15,36 8,14"),
        ("big-headed", 1, "52,14 28,0 4,16 10,42 36,60 46,82 28,100 10,84 22,60 48,40 54,12"),
        ("small-headed", 1, "42,10 28,0 14,11 18,30 44,50 58,78 30,100 2,80 16,50 38,30 43,8"),
        ("waist first", 1, "30,46 10,30 14,6 34,0 48,14 40,38 14,60 4,84 28,99 52,84 46,60 27,44"),
        ("like a B", 0.5, "10,0 8,50 10,98; 2,4 36,0 46,20 36,42 12,47! 44,56 54,78 38,98 2,99"),
        ("narrow", 1, "34,12 20,0 6,14 12,38 30,58 36,82 20,100 4,84 12,58 30,38 35,10"),
    ),
    "9": (
        ("straight", 3, "50,14 30,0 7,9 3,34 20,51 42,40 52,10! 50,100"),
        ("slanted", 2, "50,12 30,0 8,12 4,36 22,48 44,34 52,8! 30,100"),
        ("hooked", 3, "49,16 30,0 8,9 4,34 22,51 44,39 51,12 51,60 40,94 20,100 2,89"),
        ("curved", 2, "50,16 32,0 8,10 6,36 26,50 46,34 52,10 50,52 36,88 10,100"),
        ("curled", 1.5, "49,14 30,0 8,9 4,32 22,46 44,35 51,12 52,58 44,92 22,101 4,90 8,79 20,80"),
        ("two strokes", 1, "47,10 28,0 6,11 4,36 22,50 42,40 48,12; 50,2 50,48 47,100"),
        ("small loop", 1, "44,10 28,0 10,8 10,28 26,36 42,24 46,4! 46,100"),
        ("footed", 0.8, "48,12 28,0 8,10 6,36 26,50 46,34 50,10 48,60 46,92 54,100 72,92"),
        ("ringed", 1, "30,20 46,8 28,0 6,10 4,36 24,50 44,36 50,10 44,54 34,100"),
        ("as a g", 0.6, "48,14 28,0 6,10 5,34 24,47 44,34 50,9 51,68 40,98 16,99 6,90 22,76 58,66"),
        ("open", 1, "54,5 30,0 6,12 4,38 22,51 44,36 54,6! 50,100"),
        ("like a P", 0.5, "6,100 16,50 22,2; 12,8 36,0 54,12 50,36 30,48 14,46"),
        ("kicked", 0.6, "49,14 30,0 8,9 3,34 20,50 42,38 51,12! 46,88 50,99 62,94"),
    ),
}  # fmt: skip

FORMS: Mapping[str, tuple[Form, ...]] = {
    value: tuple(Form(value, *row) for row in rows) for value, rows in _PATHS.items()
}
"""Digit to its forms."""
