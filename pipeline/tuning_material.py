"""What a network sees beside the corrections it goes on learning from, lest it forget the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import DataError
from digitstring.material import (
    LETTERS,
    SYMBOLS,
    Pool,
    draw_blots,
    draw_displays,
    draw_strokes,
    mnist_pool,
    pool_of_glyphs,
)
from digitstring.samples import BUNDLED, draw_glyph


def tuning_material(mnist: Path | None, seed: int, hands: int) -> dict[str, Pool]:
    """Return what is mixed with the corrections, by name."""
    pools = drawn_pools(seed, hands)
    try:
        return {**pools, "mnist": mnist_pool(mnist)}
    except DataError:
        if mnist is not None:
            raise
        return pools


def drawn_pools(seed: int, hands: int) -> dict[str, Pool]:
    """Return what is drawn with so many hands, and twice as much of all else, by name."""
    rng = np.random.default_rng(seed)
    return {
        "strokes": draw_strokes(rng, hands=hands),
        "print": _set_in_type("0123456789", 2 * hands, rng),
        "segments": draw_displays(rng, 2 * hands),
        "symbols": _set_in_type(SYMBOLS + LETTERS, 2 * hands, rng),
        "blots": draw_blots(rng, 2 * hands),
    }


def _set_in_type(characters: str, n: int, rng: np.random.Generator) -> Pool:
    """Set single characters in the font that is always there."""

    def glyphs() -> Iterator[tuple[NDArray[np.float32], int]]:
        for _ in range(n):
            character = str(rng.choice(list(characters)))
            label = int(character) if character.isdigit() else -1
            yield draw_glyph(character, BUNDLED, float(rng.uniform(10, 50))), label

    return pool_of_glyphs(glyphs())
