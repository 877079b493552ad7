"""Crops of images whose text a person has told: what a network can learn from corrections.

The best path for the right text says which pieces of a line's lattice are which digits; a piece
that shares little with every one of them is no digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.chain import best_cut
from digitstring.classifier import Network
from digitstring.corrections import Corrections
from digitstring.decoded import DecodedLine
from digitstring.decoder_options import NEVER, DecoderOptions
from digitstring.decoding import NO_DIGIT, Step, text_probability
from digitstring.lattice_reader import decode_all
from digitstring.locations import Place, image_at
from digitstring.material import Pool, joined
from digitstring.mining import UNTOLD, MiningOptions, hard
from digitstring.review_pictures import load_page
from digitstring.segmenter import ImageError, Photo, SegmenterOptions
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.photo import MAX_PIXELS
from digitstring.segmenter.seams import ink_before
from digitstring.segmenter.views import plain_view

EVERYTHING = DecoderOptions(settled=NEVER, least_seen=0.0)
"""All pieces are cut and judged: the text may be none that was likely."""
LEAST_LOG = -7.0
"""Log probability a digit below which a text is taken not to stand there, but for a mistake of
whoever told it: at -9 nothing of it is seen at all."""


@dataclass(frozen=True)
class Told:
    """An image, or page of one, whose text a person has told.

    Attributes
    ----------
    path, page
        Where it is, a file or an address.
    text
        Its lines parted by a newline.
    was_wrong
        Whether it was read as something else.
    """

    path: Path | str
    page: int | None
    text: str
    was_wrong: bool

    def photo(self, max_pixels: int = MAX_PIXELS) -> Photo:
        """Return the page; see `load_page`."""
        return load_page(self.path, self.page, max_pixels)


class Aligned(NamedTuple):
    """A decoded line and the path of its right text."""

    line: DecodedLine
    path: list[Step]


def told_images(corrections: Corrections, folder: Place) -> list[Told]:
    """Return the images of a folder, and those at addresses, that somebody has checked.

    What isn't there is left out, and so are fields of forms, which are no image of their own.
    """
    whole = (said for said in corrections.values() if said.field is None)
    found = ((image_at(folder, said.file), said) for said in whole)
    return [
        Told(path, said.page, said.label, said.verdict == "corrected")
        for path, said in found
        if path is not None
    ]


def told_pool(
    images: Sequence[Told],
    network: Network,
    rng: np.random.Generator,
    options: MiningOptions = MiningOptions(),  # noqa: B008 - frozen
) -> Pool | None:
    """Return the pieces of images that teach most, None where no text could be found again."""
    pools = []
    for image in images:
        try:
            photo = image.photo()
        except ImageError:
            continue
        for line, path in align(photo, image.text, network):
            told = tell_pieces(line.lattice, path, options)
            chosen = hard(line.lattice, told, network, rng, options)
            crops = np.round(line.lattice.crops[chosen] * 255).astype(np.uint8)
            pools.append(Pool(crops, told[chosen]))
    return joined(*pools) if pools else None


def align(photo: Photo, text: str, network: Network) -> list[Aligned]:
    """Return the lines of a photo that hold a text's lines, from top to bottom, with their paths.

    Of all ways of seeing the ink the one is taken in which the text is likeliest. The list is
    empty where it is likely in none.
    """
    options = SegmenterOptions()
    views = decode_all(plain_view(photo, options), network, options, EVERYTHING)
    if not text:
        *_, plain = (view for view in views if not view.view.altered)
        return [Aligned(line, []) for line in plain.lines]
    texts = text.split("\n")
    found = [_assigned(view.lines, texts) for view in views]
    score, lines = max(found, key=lambda each: each[0])
    if score == -math.inf:
        return []
    paths = [best_cut(line.arcs, each) for line, each in zip(lines, texts, strict=True)]
    return [Aligned(line, path) for line, path in zip(lines, paths, strict=True)]


def _assigned(
    lines: Sequence[DecodedLine], texts: Sequence[str]
) -> tuple[float, list[DecodedLine]]:
    """Return the lines that texts are likeliest in, in their order, and the log of how likely."""
    best: list[tuple[float, list[DecodedLine]]] = [(0.0, []), *((-math.inf, []) for _ in texts)]
    for line in lines:
        for number in range(len(texts), 0, -1):
            score, chosen = best[number - 1]
            if score > -math.inf:
                score += _log_probability(line, texts[number - 1])
            if score > best[number][0]:
                best[number] = (score, [*chosen, line])
    return best[-1]


def _log_probability(line: DecodedLine, text: str) -> float:
    probability = text_probability(line.arcs, text)
    log = math.log(probability) if probability > 0 else -math.inf
    return log if log >= LEAST_LOG * len(text) else -math.inf


def tell_pieces(
    lattice: Lattice, path: Sequence[Step], options: MiningOptions
) -> NDArray[np.int64]:
    """Return what each piece of a lattice is, (n,): a digit, NO_DIGIT, or UNTOLD.

    A piece is the digit of the path that it shares nearly all its ink with, unless it holds
    another too.
    """
    upto = ink_before(lattice.strip.ink.astype(np.float64), lattice.seams.columns).sum(axis=1)
    told = np.full(len(lattice.start), NO_DIGIT, dtype=np.int64)
    holding = np.zeros(len(lattice.start), dtype=np.int64)
    for step in path:
        if step.value == NO_DIGIT:
            continue
        first = np.maximum(lattice.start, lattice.start[step.piece])
        last = np.minimum(lattice.stop, lattice.stop[step.piece])
        shared = np.maximum(upto[np.maximum(first, last)] - upto[first], 0)
        either = np.maximum(lattice.mass + lattice.mass[step.piece] - shared, 1e-6)
        told[shared / either >= options.other] = UNTOLD
        told[shared / either >= options.same] = step.value
        told[step.piece] = step.value
        holding += shared >= options.held * lattice.mass[step.piece]
    told[holding > 1] = NO_DIGIT
    return told
