"""Seven-segment digits, as clocks, meters and pocket calculators show them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Ink = NDArray[np.float32]

LIT = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
}
"""Digit to the segments that shine::

     aaa
    f   b
     ggg
    e   c
     ddd
"""

_ENDS = {
    "a": ((0, 0), (1, 0)),
    "b": ((1, 0), (1, 1)),
    "c": ((1, 1), (1, 2)),
    "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)),
    "f": ((0, 0), (0, 1)),
    "g": ((0, 1), (1, 1)),
}
_FINER = 4


@dataclass(frozen=True)
class Display:
    """One make of seven-segment display; lengths are fractions of the digit's height."""

    thick_frac: float = 0.12
    """Width of a segment."""
    gap_frac: float = 0.02
    """Gap where two segments meet; 0 makes the digit one piece."""
    aspect: float = 0.55
    """Width of a digit."""
    slant: float = 0.1
    """Shear to the right: columns for each row upwards."""
    bevel: float = 1.0
    """How far the ends of a segment are cut to a point, 0 to 1."""
    tailed: bool = True
    """Whether 6, 7 and 9 shine in their longer form (6 and 9 with a bar, 7 without a hook)."""


def random_display(rng: np.random.Generator) -> Display:
    """Choose a display: thin or thick segments, whole or with gaps, upright or leaning."""
    return Display(
        thick_frac=float(rng.uniform(0.06, 0.17)),
        gap_frac=float(rng.uniform(0.005, 0.05)) if rng.random() < 0.7 else 0.0,
        aspect=float(rng.uniform(0.42, 0.68)),
        slant=float(rng.choice([0.0, rng.uniform(0.0, 0.22)])),
        bevel=float(rng.choice([0.0, 1.0, rng.random()])),
        tailed=bool(rng.random() < 0.85),
    )


def draw_segments(value: str, display: Display, height_px: float) -> Ink:
    """Light one digit, "0" to "9": ink (h, w) float32 in [0, 1], cut to the segments lit.

    Raises ValueError when `value` is no digit.
    """
    if value not in LIT:
        raise ValueError(f"value must be one of 0 to 9, not {value!r}")
    thick = display.thick_frac
    tall, wide = (1 - thick) / 2, display.aspect - thick
    scale = height_px * _FINER
    width_px = int((display.aspect + display.slant + 2 * thick) * scale) + 2
    sheet = Image.new("L", (width_px, int((1 + 2 * thick) * scale) + 2))
    pen = ImageDraw.Draw(sheet)
    for name in _lit(value, display):
        ends = np.array(_ENDS[name]) * (wide, tall) + thick
        outline = _outline(ends, display)
        outline[:, 0] += display.slant * (1 + thick - outline[:, 1])
        pen.polygon((outline * scale).ravel().tolist(), fill=255)
    ink = sheet.crop(sheet.getbbox()).reduce(_FINER)
    return np.asarray(ink, dtype=np.float32) / np.float32(255)


def _lit(value: str, display: Display) -> str:
    shorter = {"6": "fgedc", "7": "fabc", "9": "abcfg"}
    return LIT[value] if display.tailed else shorter.get(value, LIT[value])


def _outline(ends: NDArray[np.float64], display: Display) -> NDArray[np.float64]:
    """Give the six corners (6, 2) of a segment between two ends (2, 2), in heights."""
    half = display.thick_frac / 2
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    across = np.array([-along[1], along[0]]) * half
    overhang = half * (1 - display.bevel) if display.gap_frac == 0 else 0.0
    start = ends[0] + along * (display.gap_frac - overhang)
    stop = ends[1] - along * (display.gap_frac - overhang)
    cut = along * half * display.bevel
    return np.array(
        [
            start,
            start + cut + across,
            stop - cut + across,
            stop,
            stop - cut - across,
            start + cut - across,
        ]
    )
