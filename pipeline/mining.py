"""Crops the reader met on strings it was shown the truth about: its own mistakes, to learn from.

Every piece of a drawn string's lattice is told by its place: one that has a digit's box is that
digit, one that has none's is no digit, and what lies between is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from digitstring.classifier import Network, judge
from digitstring.digit_sets import crop_boxes
from digitstring.material import Pool, joined
from digitstring.practice import Practice, on_all_cores
from digitstring.proposing import propose_lines
from digitstring.segmenter import Box, SegmenterOptions, load_photo
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.seams import ink_before
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.segmenter.views import first_views
from digitstring.strings import DrawnString

NO_DIGIT, UNTOLD = -1, -2
EDGE = 0.06
"""How far ink reaches beyond its digit's edge in a blurred picture, in digit heights."""
BOX_JITTER = 0.05
"""How far a box given by hand lies from a digit's ink, in digit heights."""
OWN_INK = 0.65
"""Share of a box's ink that is the digit's own, so that it is one."""
PART = 100
"""Strings that are drawn from one seed and mined by one process."""


@dataclass(frozen=True)
class MiningOptions:
    """Which pieces are told, and which of them are kept."""

    same: float = 0.9
    """A piece is a digit if they share this much ink, as a share of all ink of the two;"""
    best: float = 0.6
    """so is the piece that shares most with a digit, from here on;"""
    other: float = 0.55
    """and one that shares less with every digit is none,"""
    held: float = 0.7
    """nor is one that holds this share of two digits' ink: a 1 adds little to what is beside it."""
    doubt: float = 0.1
    """A piece is hard where the answer is wrong by more than this probability."""
    easy_digits: float = 0.4
    """Share of the other digits that is kept."""
    most_others: int = 20
    """Pieces of a line that are no digit and are kept at most: the hard ones first."""


DEFAULTS = MiningOptions()


def mine(
    practice: Practice, network: Network, n: int, seed: int, options: MiningOptions = DEFAULTS
) -> Pool:
    """Return the hard pieces of n drawn strings, and some easy ones, on all cores."""
    work = partial(mine_part, practice, network, options=options)
    return joined(*on_all_cores(work, _seeds(n, seed)))


def cut_out_boxes(practice: Practice, n: int, seed: int) -> Pool:
    """Return the digits of n drawn strings, cut out by their boxes, on all cores.

    What else is in a box stays: bits of neighbours, of rules, of what is printed on the paper.
    """
    return joined(*on_all_cores(partial(boxed_part, practice), _seeds(n, seed)))


def _seeds(n: int, seed: int) -> list[list[int]]:
    """Return the seeds of the parts that n strings are drawn in."""
    return [[seed, part] for part in range(-(-n // PART))]


def boxed_part(practice: Practice, seed: list[int]) -> Pool:
    """Return the digits of the strings of one seed whose boxes hold little of their neighbours."""
    rng = np.random.default_rng(seed)
    crops, labels = [], []
    for string in practice.draw_many(PART, rng):
        own = list(own_boxes(string, rng))
        found = crop_boxes(string.pixels, [box for box, _ in own])
        inked = found.any(axis=(1, 2))
        crops.append(np.round(found[inked] * 255).astype(np.uint8))
        labels.append(np.array([value for _, value in own], dtype=np.int64)[inked])
    return Pool(np.concatenate(crops), np.concatenate(labels))


def own_boxes(string: DrawnString, rng: np.random.Generator) -> Iterator[tuple[Box, int]]:
    """Yield the digits' boxes, a bit too wide or too narrow, where the ink is the digit's own."""
    for number, digit in enumerate(digit for line in string.lines for digit in line):
        top, left, bottom, right = digit.box
        away = BOX_JITTER * (bottom - top)
        sides = np.array([top, left, bottom, right]) + rng.uniform(-away, away, 4)
        box = Box(*np.rint(sides).clip(0).astype(int).tolist())
        owners = string.owners[box.top : box.bottom, box.left : box.right]
        inked = np.count_nonzero(owners >= 0)
        if inked and np.count_nonzero(owners == number) >= OWN_INK * inked:
            yield box, int(digit.value)


def mine_part(
    practice: Practice, network: Network, seed: list[int], options: MiningOptions
) -> Pool:
    """Return the hard pieces of the strings of one seed."""
    rng = np.random.default_rng(seed)
    crops, labels = [], []
    for string in practice.draw_many(PART, rng):
        for lattice in propose_all(string):
            told = tell(lattice, string, options)
            chosen = hard(lattice, told, network, rng, options)
            crops.append(np.round(lattice.crops[chosen] * 255).astype(np.uint8))
            labels.append(told[chosen])
    return Pool(np.concatenate(crops), np.concatenate(labels))


def propose_all(string: DrawnString) -> Iterator[Lattice]:
    """Yield the lattices of a string in each way of seeing it."""
    options = SegmenterOptions()
    for view in first_views(load_photo(string.pixels), options):
        yield from propose_lines(view, options, leaning=True)


def tell(lattice: Lattice, string: DrawnString, options: MiningOptions) -> NDArray[np.int64]:
    """Return what each piece of a string of one line is, (n,): a digit, NO_DIGIT, or UNTOLD."""
    (truth,) = string.lines
    owners = owners_of(lattice.strip, string)
    shared = np.empty((len(truth), len(lattice.start)))
    held = np.empty_like(shared)
    for number in range(len(truth)):
        own = np.where(owners == number, lattice.strip.ink, 0)
        upto = ink_before(own, lattice.seams.columns).sum(axis=1)
        ink = upto[lattice.stop] - upto[lattice.start]
        shared[number] = ink / np.maximum(own.sum() + lattice.mass - ink, 1e-6)
        held[number] = ink / np.maximum(own.sum(), 1e-6)
    shared[:, np.count_nonzero(held >= options.held, axis=0) > 1] = 0
    most = shared.max(axis=0)
    is_best = (shared == shared.max(axis=1, keepdims=True)) & (shared >= options.best)
    values = np.array([int(digit.value) for digit in truth])[shared.argmax(axis=0)]
    is_digit = (most >= options.same) | is_best.any(axis=0)
    return np.where(is_digit, values, np.where(most < options.other, NO_DIGIT, UNTOLD))


def owners_of(strip: Strip, string: DrawnString) -> NDArray[np.int64]:
    """Return the number of the digit that each pixel of a strip belongs to, -1 for none.

    A blurred edge belongs to the digit it is near.
    """
    far, nearest = distance_transform_edt(string.owners < 0, return_indices=True)
    owners = np.where(far <= EDGE * HEIGHT * strip.zoom, string.owners[tuple(nearest)], -1)
    rows, columns = np.mgrid[: strip.ink.shape[0], : strip.ink.shape[1]] + 0.5
    down, across = np.floor(strip.places(rows, columns)).astype(int)
    height, width = owners.shape
    inside = (down >= 0) & (down < height) & (across >= 0) & (across < width)
    return np.where(inside, owners[down.clip(0, height - 1), across.clip(0, width - 1)], -1)


def hard(
    lattice: Lattice,
    told: NDArray[np.int64],
    network: Network,
    rng: np.random.Generator,
    options: MiningOptions,
) -> NDArray[np.int64]:
    """Return the numbers of the pieces that are kept."""
    judgement = judge(lattice.crops, network)
    right = judgement.whole * judgement.probs[np.arange(len(told)), np.maximum(told, 0)]
    digits = told >= 0
    chance = rng.random(len(told))
    kept = digits & ((1 - right > options.doubt) | (chance < options.easy_digits))
    others = np.flatnonzero(told == NO_DIGIT)
    first = others[np.argsort((judgement.whole[others] > options.doubt) + chance[others])[::-1]]
    return np.concatenate([np.flatnonzero(kept), first[: options.most_others]])
