"""An epoch's crops: digits drawn from the pools, mixed with what is no digit, and distorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import deslant
from digitstring.distortion import DistortionOptions, distort
from digitstring.material import Pool
from digitstring.mixing import (
    Glyphs,
    alone,
    halves,
    in_a_row,
    with_part_of_neighbour,
    with_rules,
    with_specks,
)
from digitstring.segmenter.normalizer import SIDE

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CHUNK = 250
"""Canvases distorted at a time: their arrays stay in a processor's cache."""

SHARES: Mapping[str, int] = {
    "mnist": 110_000,
    "strokes": 60_000,
    "bitmaps": 14_000,
    "print": 16_000,
    "script": 6_000,
    "segments": 5_000,
}
OTHERS: Mapping[str, int] = {
    "pairs": 16_000,
    "triples": 4_000,
    "neighbours": 16_000,
    "halves": 24_000,
    "symbols": 14_000,
    "blots": 6_000,
}
SINGLE = ("symbols", "blots")
"""Pools whose crops are no digit as they are; the others are put together from digits."""


@dataclass(frozen=True)
class EpochOptions:
    """What an epoch is made of."""

    shares: Mapping[str, int] = field(default_factory=lambda: SHARES)
    """Digits of each pool."""
    others: Mapping[str, int] = field(default_factory=lambda: OTHERS)
    """Crops that are no digit; of the halves, those with a digit's shape are left out."""
    remnant_share: float = 0.3
    """Share of the digits that keep a bit of a neighbour or of a rule."""
    speck_share: float = 0.06
    """Share of the digits on a printed pattern."""
    boxed: int = 0
    """Crops of the pool "boxed": digits as they lie in their boxes on a scan."""
    mined: int = 0
    """Crops of the pool "mined", digits and others, as the reader met them."""
    smoothing: float = 0.02
    """Share of a digit's wanted output that is spread over all ten."""
    deslanted: bool = True
    """Whether the network that learns from them sees its crops upright;"""
    halved: bool = False
    """or of half the size, as the screener does."""
    seed: int = 1
    distortion: DistortionOptions = field(default_factory=DistortionOptions)


def make_epochs(
    numbers: range, pools: Mapping[str, Pool], options: EpochOptions
) -> Iterator[tuple[Bytes, Floats]]:
    """Yield what `make_epoch` makes, the next epoch in a second process while one is used."""
    with ProcessPoolExecutor(max_workers=1) as executor:
        pending = [executor.submit(make_epoch, number, pools, options) for number in numbers[:1]]
        for number in numbers:
            ready = pending.pop().result()
            if number + 1 in numbers:
                pending.append(executor.submit(make_epoch, number + 1, pools, options))
            yield ready


def make_epoch(
    number: int, pools: Mapping[str, Pool], options: EpochOptions
) -> tuple[Bytes, Floats]:
    """Return an epoch's crops (n, 784) and wanted outputs (n, 11), from its number and the seed.

    Crops of half the size are (n, 196).
    """
    rng = np.random.default_rng([options.seed, number])
    crops, wanted = [], []
    for canvases, labels in make_canvases(pools, rng, options):
        for start in range(0, len(canvases), CHUNK):
            part = canvases[start : start + CHUNK]
            distorted = distort(part, rng, options.distortion)
            seen = deslant(distorted) if options.deslanted else distorted
            seen = halve(seen) if options.halved else seen
            crops.append(np.round(seen.reshape(len(part), -1) * 255).astype(np.uint8))
        wanted.append(targets(labels, options.smoothing))
    return np.concatenate(crops), np.concatenate(wanted)


def targets(labels: NDArray[np.int64], smoothing: float) -> Floats:
    """Return the wanted outputs (n, 11): ten digits and "whole"; label -1 is no digit.

    >>> targets(np.array([2, -1]), 0.0)[:, [2, 3, 10]]
    array([[1., 0., 1.],
           [0., 0., 0.]], dtype=float32)
    """
    wanted = np.zeros((len(labels), 11), dtype=np.float32)
    digits = np.flatnonzero(labels >= 0)
    wanted[digits, :10] = smoothing / 10
    wanted[digits, labels[digits]] += 1 - smoothing
    wanted[digits, 10] = 1
    return wanted


def make_canvases(
    pools: Mapping[str, Pool], rng: np.random.Generator, options: EpochOptions
) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Yield canvases and their labels, kind by kind."""
    digits = draw_digits(pools, rng, options)
    kind = rng.random(len(digits.labels))
    neighbour = kind < options.remnant_share / 2
    rule = ~neighbour & (kind < options.remnant_share)
    specks = ~neighbour & ~rule & (kind < options.remnant_share + options.speck_share)
    plain = digits.where(kind >= options.remnant_share + options.speck_share)
    yield alone(plain), plain.labels
    beside = digits.where(neighbour)
    others = digits.draw(len(beside.labels), rng)
    yield with_part_of_neighbour(beside, others, rng, (0.05, 0.25)), beside.labels
    ruled = digits.where(rule)
    yield with_rules(alone(ruled), rng), ruled.labels
    specked = digits.where(specks)
    yield with_specks(alone(specked), rng), specked.labels
    for name, count in (("boxed", options.boxed), ("mined", options.mined)):
        if count:
            met = Glyphs(*_drawn(pools[name], count, rng))
            yield alone(met), met.labels
    for canvases in make_others(pools, digits, rng, options):
        yield canvases, np.full(len(canvases), -1)


def make_others(
    pools: Mapping[str, Pool], digits: Glyphs, rng: np.random.Generator, options: EpochOptions
) -> Iterator[Floats]:
    """Yield canvases that are no digit."""

    def drawn(name: str) -> Glyphs:
        return digits.draw(options.others[name], rng)

    yield in_a_row([drawn("pairs"), drawn("pairs")], rng, (-5, 2))
    yield in_a_row([drawn("triples") for _ in range(3)], rng, (-5, 1))
    wide = digits.where(digits.labels != 1)
    count = options.others["neighbours"]
    yield with_part_of_neighbour(digits.draw(count, rng), wide.draw(count, rng), rng, (0.4, 0.7))
    yield halves(drawn("halves"), rng)
    for name in SINGLE:
        yield alone(Glyphs(*_drawn(pools[name], options.others[name], rng)))


def draw_digits(
    pools: Mapping[str, Pool], rng: np.random.Generator, options: EpochOptions
) -> Glyphs:
    """Return the digits of an epoch: of each pool its share."""
    drawn = [_drawn(pools[name], share, rng) for name, share in options.shares.items()]
    crops, labels = zip(*drawn, strict=True)
    return Glyphs(np.concatenate(crops), np.concatenate(labels))


def _drawn(pool: Pool, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Return n crops and labels of a pool: each as often as the others, give or take once."""
    rounds = [rng.permutation(len(pool.labels)) for _ in range(ceil(n / len(pool.labels)))]
    chosen = np.concatenate([*rounds, np.empty(0, np.int64)])[:n].astype(np.int64)
    return as_floats(pool.crops[chosen]), pool.labels[chosen]


def halve(crops: Floats) -> Floats:
    """Return crops (n, 28, 28) at half the size, (n, 14, 14)."""
    smaller: Floats = crops.reshape(len(crops), SIDE // 2, 2, SIDE // 2, 2).mean(axis=(2, 4))
    return smaller


def as_floats(crops: NDArray[np.uint8]) -> Floats:
    """Return crops of bytes as ink in [0, 1]."""
    return crops.astype(np.float32) / np.float32(255)
