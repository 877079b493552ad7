"""Pictures without a number: what a reader must not see one in."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from digitstring.samples import paper
from digitstring.samples.pictures import photograph
from digitstring.samples.strokes import paint_strokes
from digitstring.samples.typefaces import BUNDLED, Typeface, draw_glyph

Ink = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Subject = Literal["blank", "noise", "letters", "texture", "barcode", "sketch"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)

CLEAR_LETTERS = "ACDEFGHJKLMNPRTUVWXYacdefhkmnprtuvwxy"
"""Those that are no digit in any hand: without I, O, Q, S, Z, B, b, g, l, o, q, s, z."""
_SIDES = (90, 420)
"""Rows and columns of a picture, in pixels: at least and at most."""


def draw_numberless(
    subject: Subject, rng: np.random.Generator, typefaces: tuple[Typeface, ...] = (BUNDLED,)
) -> Pixels:
    """Draw a picture (h, w, 3) uint8 without a digit in it.

    blank: paper under some light; noise: of a sensor, fine or coarse; letters: a few words;
    texture: cloth, wood, stone; barcode: bars without the number below; sketch: lines, curves and
    boxes drawn by hand.
    """
    rows, columns = (int(side) for side in rng.integers(*_SIDES, 2))
    shape = min(rows, columns), max(rows, columns)
    if subject == "letters":
        return photograph(_letters(shape, rng, typefaces), rng)
    if subject in _SCENES:
        return paper.develop(_SCENES[subject](shape, rng))
    return photograph(_INKS[subject](shape, rng), rng)


def _blank(shape: tuple[int, int], rng: np.random.Generator) -> Ink:
    return np.zeros(shape, dtype=np.float32)


def _letters(
    shape: tuple[int, int], rng: np.random.Generator, typefaces: tuple[Typeface, ...]
) -> Ink:
    """Set words line by line."""
    ink = np.zeros(shape, dtype=np.float32)
    height_px = rng.uniform(18, min(60, shape[0] / 2))
    face = typefaces[int(rng.integers(len(typefaces)))]
    for top in np.arange(8, shape[0] - 1.6 * height_px, 1.8 * height_px).astype(int).tolist():
        letters = rng.choice(list(CLEAR_LETTERS), rng.integers(2, 9)).tolist()
        word = draw_glyph("".join(letters), face, height_px)[: shape[0] - top, : shape[1] - 20]
        if not word.size:
            word = draw_glyph("".join(letters), BUNDLED, height_px)[:, : shape[1] - 20]
            word = word[: shape[0] - top]
        left = int(rng.integers(8, max(9, shape[1] - word.shape[1] - 8)))
        fit = word[:, : shape[1] - left]
        ink[top : top + fit.shape[0], left : left + fit.shape[1]] = fit
    return ink


def _barcode(shape: tuple[int, int], rng: np.random.Generator) -> Ink:
    """Draw bars of one to four modules, and as wide gaps."""
    ink = np.zeros(shape, dtype=np.float32)
    module, left = int(rng.integers(1, 5)), 15
    top, bottom = 12, shape[0] - 12
    while left < shape[1] - 25:
        wide = module * int(rng.integers(1, 5))
        ink[top:bottom, left : left + wide] = 1
        left += wide + module * int(rng.integers(1, 5))
    ink[:, shape[1] - 15 :] = 0
    return ink


def _sketch(shape: tuple[int, int], rng: np.random.Generator) -> Ink:
    """Draw long wandering curves, and boxes and triangles."""
    lines, widths = [], []
    low, size = np.array([6.0, 6.0]), np.array([shape[1] - 12.0, shape[0] - 12.0])
    for _ in range(int(rng.integers(2, 7))):
        if rng.random() < 0.5:
            corners = low + size * rng.random((int(rng.integers(3, 5)), 2))
            points = np.vstack([corners, corners[:1]])
        else:
            first, last = np.sort(rng.random(2)).tolist()
            across = np.linspace(first, last, 60)
            waves = rng.uniform(0.05, 0.3) * np.sin(rng.uniform(2, 25) * across + rng.random() * 6)
            middle = rng.uniform(0.3, 0.7) + np.clip(waves, -0.3, 0.3)
            points = low + size * np.stack([across, middle], axis=1)
        lines.append(points)
        widths.append(np.full(len(points), rng.uniform(1.5, 6)))
    return paint_strokes(shape, lines, widths)


def _noise(shape: tuple[int, int], rng: np.random.Generator) -> paper.Photo:
    """Draw a sensor's noise, also of coarse grain, as of a dark photo that was brightened."""
    photo = np.full((*shape, 3), rng.uniform(0.2, 0.9), dtype=np.float32)
    photo = paper.add_noise(photo, rng, sigma=rng.uniform(0.05, 0.4))
    if rng.random() < 0.5:
        photo = paper.lower_resolution(photo, rng, factor=rng.uniform(2, 12))
    return photo


def _texture(shape: tuple[int, int], rng: np.random.Generator) -> paper.Photo:
    """Draw a cloudy ground, streaked along the rows or not."""
    photo = np.full((*shape, 3), rng.uniform(0.4, 0.95), dtype=np.float32)
    photo *= rng.uniform(0.6, 1, 3).astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        grain, strength = rng.uniform(1.5, 40), rng.uniform(0.1, 0.9)
        photo = paper.add_texture(photo, rng, strength=strength, grain_px=grain)
    if rng.random() < 0.5:
        photo = np.repeat(photo[:, ::8], 8, axis=1)[:, : shape[1]]
    return paper.blur(paper.dim_unevenly(photo, rng), rng, radius_px=rng.uniform(0, 2))


_INKS: Mapping[str, Callable[[tuple[int, int], np.random.Generator], Ink]] = {
    "blank": _blank,
    "barcode": _barcode,
    "sketch": _sketch,
}
_SCENES: Mapping[str, Callable[[tuple[int, int], np.random.Generator], paper.Photo]] = {
    "noise": _noise,
    "texture": _texture,
}
