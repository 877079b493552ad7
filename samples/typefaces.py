"""Printed and handwriting-like digits from open-licence fonts, where they are installed."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Ink = NDArray[np.float32]
Kind = Literal["print", "hand", "segments", "ocr"]
Split = Literal["train", "test"]

KINDS: tuple[Kind, ...] = ("print", "hand", "segments", "ocr")

FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)


_IN_NO_FONT = "\ufffe"


class TypefaceError(Exception):
    """Fonts that were asked for are not installed; the message names their Debian packages."""


@dataclass(frozen=True)
class Family:
    """The font files of one family: where they come from and what they serve for.

    `files` is a pattern of file names. Families of split "test" are for benchmarks: nothing
    learns from them.
    """

    package: str
    files: str
    kind: Kind
    split: Split


FAMILIES = (
    Family("fonts-dejavu-core", "DejaVuSans*.ttf", "print", "train"),
    Family("fonts-dejavu-core", "DejaVuSerif*.ttf", "print", "train"),
    Family("fonts-liberation", "Liberation*.ttf", "print", "train"),
    Family("fonts-freefont-ttf", "Free*.ttf", "print", "train"),
    Family("fonts-lato", "Lato-*.ttf", "print", "test"),
    Family("fonts-open-sans", "OpenSans-*.ttf", "print", "train"),
    Family("fonts-roboto-unhinted", "Roboto*.ttf", "print", "train"),
    Family("fonts-inconsolata", "Inconsolata.otf", "print", "test"),
    Family("fonts-ocr-a", "OCRA*.ttf", "ocr", "train"),
    Family("fonts-dseg", "DSEG7Classic*.ttf", "segments", "train"),
    Family("fonts-dseg", "DSEG7Modern*.ttf", "segments", "test"),
    Family("fonts-dseg", "DSEG14Classic*.ttf", "segments", "train"),
    Family("fonts-bwht", "BecauseWe*.otf", "hand", "train"),
    Family("fonts-breip", "Breip.ttf", "hand", "train"),
    Family("fonts-dkg-handwriting", "dkg*.ttf", "hand", "train"),
    Family("fonts-rufscript", "Rufscript*.ttf", "hand", "test"),
    Family("fonts-humor-sans", "Humor-Sans.ttf", "hand", "train"),
    Family("fonts-kristi", "Kristi.ttf", "hand", "train"),
    Family("fonts-ecolier-court", "Ecolier-court.ttf", "hand", "train"),
    Family("fonts-comic-neue", "ComicNeue-*.otf", "hand", "test"),
)


@dataclass(frozen=True)
class Typeface:
    """One font file; an empty `path` is the face that Pillow itself brings."""

    name: str
    path: str
    kind: Kind


BUNDLED = Typeface("Pillow's own", "", "print")
"""Always at hand, so what is drawn with it depends on no installed font."""


def find_typefaces(
    kinds: Collection[Kind] = KINDS, split: Split | None = None, *, complete: bool = False
) -> tuple[Typeface, ...]:
    """Find the installed typefaces of some kinds, sorted by name.

    split: "train" or "test", left out: both. With `complete`, a family that is not installed
    raises TypefaceError; without, what is there is returned, which may be nothing.
    """
    missing = missing_packages(kinds, split)
    if complete and missing:
        raise TypefaceError(
            f"fonts are not installed: apt-get install {' '.join(missing)} "
            f"(looked in {', '.join(FONT_FOLDERS)})"
        )
    found = {
        Typeface(Path(path).stem, path, family.kind)
        for family in _families(kinds, split)
        for path in _files_of(family)
    }
    return tuple(sorted(found, key=lambda face: (face.name, face.path)))


def missing_packages(
    kinds: Collection[Kind] = KINDS, split: Split | None = None
) -> tuple[str, ...]:
    """Name the Debian packages of the wanted typefaces that are not installed, sorted."""
    return tuple(sorted({f.package for f in _families(kinds, split) if not _files_of(f)}))


def draw_glyph(text: str, typeface: Typeface, height_px: float) -> Ink:
    """Set a character, or several, so that an ordinary digit of it is `height_px` high.

    Returns ink (h, w) float32 in [0, 1], cut to what is inked; (0, 0) for a space or
    where the typeface lacks a character.
    """
    if not all(_is_drawn(char, typeface.path) for char in text):
        return np.zeros((0, 0), dtype=np.float32)
    return _set(text, _font(typeface.path, round(_size_for(typeface.path, height_px))))


def _set(text: str, font: ImageFont.FreeTypeFont) -> Ink:
    left, top, right, bottom = font.getbbox(text)
    sheet = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(sheet).text((2 - left, 2 - top), text, fill=255, font=font)
    return np.asarray(sheet.crop(sheet.getbbox() or (0, 0, 0, 0)), dtype=np.float32) / np.float32(
        255
    )


def _families(kinds: Collection[Kind], split: Split | None) -> Iterator[Family]:
    return (f for f in FAMILIES if f.kind in kinds and split in (None, f.split))


def _files_of(family: Family) -> list[str]:
    return [path for name, path in _installed() if fnmatchcase(name, family.files)]


@lru_cache(maxsize=1)
def _installed() -> tuple[tuple[str, str], ...]:
    """All font files at hand, as (file name, path), sorted."""
    return tuple(
        sorted(
            (name, os.path.join(folder, name))  # noqa: PTH118 - os.walk gives strings
            for root in FONT_FOLDERS
            for folder, _, names in os.walk(Path(root).expanduser())
            for name in names
            if name.lower().endswith((".ttf", ".otf"))
        )
    )


@lru_cache(maxsize=4096)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    if path:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    bundled = ImageFont.load_default(size)
    if not isinstance(bundled, ImageFont.FreeTypeFont):
        raise TypefaceError("this Pillow was built without FreeType: install Pillow's own wheel")
    return bundled


@lru_cache(maxsize=65536)
def _is_drawn(char: str, path: str) -> bool:
    """Whether the typeface has the character, and not just its box for missing ones."""
    font = _font(path, 40)
    return not np.array_equal(_set(char, font), _set(_IN_NO_FONT, font))


@lru_cache(maxsize=1024)
def _digit_share(path: str) -> float:
    """Height of an ordinary digit as a share of the font's size."""
    heights = sorted(len(_set(digit, _font(path, 200))) for digit in "0123456789")
    return heights[5] / 200


def _size_for(path: str, height_px: float) -> float:
    return max(height_px / max(_digit_share(path), 0.1), 4)
