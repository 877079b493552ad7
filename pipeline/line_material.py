"""What the sliding networks learn from: lines as the reader meets them, and where digits stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier.replacement import replace_file
from digitstring.mining import owners_of
from digitstring.practice import Practice, on_all_cores
from digitstring.proposing import strips_of
from digitstring.segmenter import SegmenterOptions, load_photo
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.segmenter.views import altered_views, first_views
from digitstring.segmenter.windows import DIGIT, MARGIN, windows_of
from digitstring.strings import DrawnString

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PART = 50
"""Strings that are drawn from one seed."""
MOST_EMPTY = 3
"""Lines that are taken of a view of a picture without a number."""
SEEN = 0.5
"""A digit stands in a strip if this share of it does."""


@dataclass(frozen=True, eq=False)
class Band:
    """A line as the sliding networks see it, and the digits in it.

    Attributes
    ----------
    ink
        (ROWS, w) uint8, as `Windows.band`.
    values
        (k,) the digits, from left to right.
    middles
        (k,) the column of the band in the middle of each.
    """

    ink: Bytes
    values: NDArray[np.int64]
    middles: Floats


def draw_bands(practice: Practice, n: int, seed: int) -> list[Band]:
    """Return the lines of n drawn strings in every way of seeing them, on all cores."""
    seeds = [[seed, part] for part in range(-(-n // PART))]
    return [band for found in on_all_cores(partial(draw_part, practice), seeds) for band in found]


def draw_part(practice: Practice, seed: list[int]) -> list[Band]:
    """Return the lines of the strings of one seed, and of pictures without a number."""
    rng = np.random.default_rng(seed)
    bands = [band for string in practice.draw_many(PART, rng) for band in bands_of(string, rng)]
    for pixels in practice.draw_none(PART, rng):
        bands += empty_bands_of(pixels, rng)
    return bands


def bands_of(string: DrawnString, rng: np.random.Generator) -> Iterator[Band]:
    """Yield a string's lines in each first view, and in an altered one."""
    for strips in _strips_in(string.pixels, rng):
        for strip in strips:
            yield band_of(strip, string)


def empty_bands_of(pixels: NDArray[np.uint8], rng: np.random.Generator) -> Iterator[Band]:
    """Yield the first lines of a picture without a number, in the same views."""
    for strips in _strips_in(pixels, rng):
        for strip in islice(strips, MOST_EMPTY):
            yield Band(_bytes_of(strip), np.empty(0, np.int64), np.empty(0, np.float32))


def _strips_in(pixels: NDArray[np.uint8], rng: np.random.Generator) -> Iterator[Iterator[Strip]]:
    """Yield a picture's strips, for each first view and for an altered one."""
    options = SegmenterOptions()
    views = list(first_views(load_photo(pixels), options))
    altered = list(altered_views(views[0], options))
    for view in (*views, altered[rng.integers(len(altered))]):
        yield strips_of(view, options)


def band_of(strip: Strip, string: DrawnString) -> Band:
    """Return a strip of a string of one line, and where its digits stand there."""
    (truth,) = string.lines
    owners = owners_of(strip, string)
    values, middles = [], []
    whole = np.bincount(string.owners[string.owners >= 0], minlength=len(truth))
    for number, digit in enumerate(truth):
        own = np.where(owners == number, strip.ink, 0)
        columns = np.flatnonzero(own.any(axis=0))
        inked = np.count_nonzero(owners == number) * strip.zoom**2
        if columns.size and own.sum() > 0 and inked >= SEEN * whole[number]:
            values.append(int(digit.value))
            middles.append((columns[0] + columns[-1] + 1) / 2 * DIGIT / HEIGHT + MARGIN)
    order = np.argsort(middles, kind="stable")
    return Band(
        _bytes_of(strip),
        np.array(values, dtype=np.int64)[order],
        np.array(middles, dtype=np.float32)[order],
    )


def _bytes_of(strip: Strip) -> Bytes:
    return np.round(windows_of(strip).band * 255).astype(np.uint8)


def keep_bands(path: Path, bands: Sequence[Band]) -> None:
    """Write bands to a file, whole or not at all."""
    with replace_file(path) as file:
        np.savez(
            file,
            allow_pickle=False,
            ink=np.concatenate([band.ink.T for band in bands]),
            widths=np.array([band.ink.shape[1] for band in bands]),
            values=np.concatenate([band.values for band in bands]),
            middles=np.concatenate([band.middles for band in bands]),
            counts=np.array([len(band.values) for band in bands]),
        )


def kept_bands(path: Path) -> list[Band]:
    """Return the bands of a file."""
    with np.load(path) as kept:
        widths, counts = np.cumsum(kept["widths"])[:-1], np.cumsum(kept["counts"])[:-1]
        inks = np.split(kept["ink"], widths)
        values, middles = np.split(kept["values"], counts), np.split(kept["middles"], counts)
    return [
        Band(np.ascontiguousarray(ink.T), own, places)
        for ink, own, places in zip(inks, values, middles, strict=True)
    ]
