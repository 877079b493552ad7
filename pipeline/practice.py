"""Strings to practise on: of all kinds, photographed, scanned, and on printed paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.classifier import Digits
from digitstring.samples import Typeface, develop, photograph
from digitstring.samples.numberless import SUBJECTS, draw_numberless
from digitstring.strings import DrawnString, Ink, Kind, draw_string, scan_plain

Part = TypeVar("Part")
Found = TypeVar("Found")

SHARES: Mapping[Kind, float] = {
    "apart": 0.06,
    "touching": 0.1,
    "overlapping": 0.07,
    "crowded": 0.08,
    "joined": 0.08,
    "amounts": 0.17,
    "printed": 0.08,
    "boxes": 0.12,
    "combs": 0.04,
    "rules": 0.08,
    "dotted": 0.03,
    "marks": 0.07,
    "display": 0.02,
}
"""Of the kinds of strings."""
NUMBERLESS = 8
"""A picture without a number for so many strings."""
REAL = 0.6
"""Share of the strings that are of real digits, as far as they are written."""
_NETS = 0.3
"""Share of the printed papers whose lines are crossed by others."""


@dataclass(frozen=True, eq=False)
class Practice:
    """What strings are drawn from."""

    digits: Digits
    faces: Sequence[Typeface]

    def draw(self, rng: np.random.Generator) -> DrawnString:
        """Draw a string, of 1 or 2 digits or as many as `draw_string` chooses."""
        kind: Kind = list(SHARES)[rng.choice(len(SHARES), p=list(SHARES.values()))]
        digits = self.digits if rng.random() < REAL else None
        short = kind not in ("amounts", "marks") and rng.random() < 0.1
        text = "".join(map(str, rng.integers(0, 10, rng.integers(1, 3)))) if short else None
        return draw_string(kind, rng, digits, self.faces, text=text, scan=scan_anyhow)

    def draw_many(self, n: int, rng: np.random.Generator) -> Iterator[DrawnString]:
        """Yield n strings."""
        return (self.draw(rng) for _ in range(n))

    def draw_none(self, n: int, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
        """Yield pictures (h, w, 3) uint8 without a number, one for `NUMBERLESS` of n strings."""
        for _ in range(n // NUMBERLESS):
            subject = SUBJECTS[rng.integers(len(SUBJECTS))]
            yield draw_numberless(subject, rng, tuple(self.faces))


def scan_anyhow(ink: Ink, height_px: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Scan ink (h, w), photograph it, or lay it on printed paper: (h, w) uint8."""
    kind = rng.random()
    if kind < 0.35:
        return scan_plain(ink, height_px, rng)
    if kind < 0.65:
        return np.asarray(Image.fromarray(photograph(ink, rng)).convert("L"))
    pen, paper = rng.uniform(0.04, 0.4), rng.uniform(0.6, 1.0)
    pattern = printed_pattern(ink.shape, height_px, rng)
    if rng.random() < _NETS:
        pattern = np.maximum(pattern, printed_pattern(ink.shape, height_px, rng))
    sheet = paper * (1 - pattern)
    sheet = sheet * (1 - ink) + pen * ink + rng.normal(0, rng.uniform(0, 0.03), ink.shape)
    seen = Image.fromarray(develop(np.clip(sheet, 0, 1).astype(np.float32)))
    return np.asarray(seen.convert("L"))


def printed_pattern(shape: tuple[int, ...], height_px: float, rng: np.random.Generator) -> Ink:
    """Return the ink (h, w) of fine wavy lines, as security paper has them."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    wave = rng.uniform(0, 0.15) * height_px * np.sin(columns / height_px * rng.uniform(1, 6))
    turn = rng.uniform(-0.9, 0.9)
    pitch = height_px * rng.uniform(0.08, 0.25)
    phase = (rows * np.cos(turn) + columns * np.sin(turn) + wave) * (2 * np.pi / pitch)
    depth = rng.uniform(0.03, 0.22)
    pattern: Ink = (depth * np.clip(np.cos(phase), 0, 1)).astype(np.float32)
    return pattern


def on_all_cores(work: Callable[[Part], Found], parts: Iterable[Part]) -> list[Found]:
    """Return what is found in parts of some work, in their order, a process a core."""
    with ProcessPoolExecutor() as executor:
        return list(executor.map(work, parts))
