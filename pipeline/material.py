"""What the shipped network learns from: real digits, drawn ones, and what is no digit.

Every digit passes `digitstring.normalize`, so that the network sees in training what it will see
when it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.classifier import DataError, load_mnist
from digitstring.classifier.replacement import replace_file
from digitstring.samples import (
    BUNDLED,
    draw_blot,
    draw_digit,
    draw_glyph,
    draw_segments,
    find_typefaces,
    random_display,
    random_hand,
)
from digitstring.samples.blots import BlotKind
from digitstring.samples.typefaces import Kind
from digitstring.segmenter import normalize

Bytes = NDArray[np.uint8]

SYMBOLS = ':;-+=*#%&@$€£¥§~<>{}^_"'
"""Signs that are no digit's form; comma, slash and bar are told from a 1 by size and place."""
LETTERS = "CEFHKLMNPRUVWXacdefhkmnptuvwx"
"""Letters that are no digit's form in any hand: A, O, I, l, S, Z, B, G, D, Q, T, b, g, o, q, s, z
and the like are left out."""
BLOTS: tuple[BlotKind, ...] = ("corner", "cross", "dash", "dot", "noise", "plus", "scribble")
"""What lies on paper and has no digit's form."""
EMPTY = 0.05
"""Share of them that are left empty: a crop without ink is no digit either."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Crops of one origin: ``crops (n, 28, 28)`` uint8, ``labels (n,)``, -1 where no digit."""

    crops: Bytes
    labels: NDArray[np.int64]


def load_pools(mnist: Path, digits: Path, drawn: Path, seed: int) -> dict[str, Pool]:
    """Return all pools by name, drawing what is drawn once and keeping it in a folder.

    Parameters
    ----------
    mnist
        The folder of MNIST's files.
    digits
        The folder of optdigits_dev.npz, semeion.npz and symbols.npz.
    drawn
        Where what has been drawn is kept; drawn again where it is missing.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    TypefaceError
        If a font package is not installed.
    """
    pools = {"mnist": mnist_pool(mnist)}
    drawers: dict[str, Callable[[np.random.Generator], Pool]] = {
        "bitmaps": lambda rng: draw_bitmaps(digits, rng),
        "strokes": draw_strokes,
        "print": lambda rng: draw_print(("print", "ocr", "segments"), 20_000, rng),
        "script": lambda rng: draw_print(("hand",), 8_000, rng),
        "segments": draw_displays,
        "symbols": lambda rng: draw_symbols(digits, rng),
        "blots": draw_blots,
    }
    drawn.mkdir(parents=True, exist_ok=True)
    for number, (name, draw) in enumerate(drawers.items()):
        path = drawn / f"{name}-{seed}.npz"
        if not path.exists():
            keep_pool(path, draw(np.random.default_rng([seed, number])))
        pools[name] = kept_pool(path)
    return pools


def mnist_pool(folder: Path | None) -> Pool:
    """Return MNIST's training digits; a DataError where they are missing or damaged."""
    training = load_mnist(folder, "train")
    return Pool(np.round(training.crops * 255).astype(np.uint8), training.labels)


def keep_pool(path: Path, pool: Pool) -> None:
    """Write a pool to a file, whole or not at all."""
    with replace_file(path) as file:
        np.savez(file, allow_pickle=False, crops=pool.crops, labels=pool.labels)


def kept_pool(path: Path) -> Pool:
    """Return the pool of a file."""
    with np.load(path) as kept:
        return Pool(kept["crops"], kept["labels"])


def joined(*pools: Pool) -> Pool:
    """Return all crops of some pools."""
    return Pool(
        np.concatenate([pool.crops for pool in pools]),
        np.concatenate([pool.labels for pool in pools]),
    )


def draw_strokes(rng: np.random.Generator, hands: int = 8000, each: int = 12) -> Pool:
    """Draw digits of many hands with the stroke model, at sizes from a scan's to a photo's."""

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for _ in range(hands):
            hand = random_hand(rng)
            height = float(np.exp(rng.uniform(np.log(12), np.log(70))))
            for value in rng.integers(0, 10, each):
                yield draw_digit(str(value), hand, rng, height), int(value)

    return pool_of_glyphs(glyphs())


def draw_print(kinds: tuple[Kind, ...], n: int, rng: np.random.Generator) -> Pool:
    """Set digits in the training fonts of some kinds."""
    faces = (*find_typefaces(kinds, "train", complete=True), *([BUNDLED] * ("print" in kinds)))

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for _ in range(n):
            value = int(rng.integers(0, 10))
            height = float(np.exp(rng.uniform(np.log(9), np.log(50))))
            yield draw_glyph(str(value), faces[rng.integers(len(faces))], height), value

    return pool_of_glyphs(glyphs())


def draw_displays(rng: np.random.Generator, n: int = 6000) -> Pool:
    """Draw seven-segment digits, whole and with gaps."""

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for _ in range(n):
            value = int(rng.integers(0, 10))
            yield draw_segments(str(value), random_display(rng), float(rng.uniform(14, 60))), value

    return pool_of_glyphs(glyphs())


def draw_bitmaps(digits: Path, rng: np.random.Generator, copies: int = 4) -> Pool:
    """Return optdigits and semeion, whose digits fill their frame, at widths they may have had."""

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for name in ("optdigits_dev.npz", "semeion.npz"):
            bitmaps, labels = _load_npz(digits / name)
            for bitmap, label in zip(bitmaps, labels, strict=True):
                for _ in range(copies):
                    usual = 0.3 if label == 1 else 0.65
                    width = max(3, round(32 * usual * np.exp(rng.normal(0, 0.25))))
                    yield _resized(bitmap, width, 32), int(label)

    return pool_of_glyphs(glyphs())


def draw_symbols(digits: Path, rng: np.random.Generator, n: int = 12_000) -> Pool:
    """Return what is no digit: letters and signs in fonts, and written signs."""
    with np.load(_existing(digits / "symbols.npz")) as file:
        slash = list(file["classes"]).index("division_slash")
        written = file["x"][(file["split"] == "train") & (file["y"] != slash)]
    faces = (*find_typefaces(("print", "hand"), "train", complete=True), BUNDLED)

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for sign in written:
            yield sign.astype(np.float32) / np.float32(255), -1
        for _ in range(n):
            text = str(rng.choice(list(SYMBOLS + LETTERS)))
            yield draw_glyph(text, faces[rng.integers(len(faces))], float(rng.uniform(10, 50))), -1

    return pool_of_glyphs(glyphs())


def draw_blots(rng: np.random.Generator, n: int = 8000) -> Pool:
    """Draw what lies on paper, and now and then nothing at all."""

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for _ in range(n):
            kind = BLOTS[rng.integers(len(BLOTS))]
            ink = draw_blot(kind, rng, float(rng.uniform(14, 50)))
            yield ink * np.float32(rng.random() >= EMPTY), -1

    return pool_of_glyphs(glyphs())


def pool_of_glyphs(glyphs: Iterator[tuple[NDArray[np.float32], int]]) -> Pool:
    """Normalise drawn glyphs; one that its font leaves empty is passed over."""
    pairs = [(normalize(ink), label) for ink, label in glyphs if ink.size]
    crops, labels = zip(*pairs, strict=True)
    return Pool(np.round(np.stack(crops) * 255).astype(np.uint8), np.array(labels, dtype=np.int64))


def _resized(bitmap: Bytes, width: int, height: int) -> NDArray[np.float32]:
    image = Image.fromarray(bitmap).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _load_npz(path: Path) -> tuple[Bytes, NDArray[np.int64]]:
    with np.load(_existing(path)) as file:
        return file["x"], file["y"].astype(np.int64)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; name the folder that holds it")
    return path
