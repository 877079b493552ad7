"""A second opinion: networks slid along a line, which read it without any cut.

The first of a stack describes what is in a window. The others hear that of a window and of those
round it, and the last says whether a digit has its middle there, and which; every other window says
"none". So a piece between two cuts is one digit in as many ways as it has windows that may say it,
all others being silent (see `digitstring.alignment` for how that was learned). There are two
stacks, one of wide and one of narrow windows, which are wrong in other places; what counts is the
mean of what both say of a piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import StackedNetwork, load_line_networks
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.seams import Seams
from digitstring.segmenter.strips import Strip
from digitstring.segmenter.windows import ROWS, windows_of

Floats = NDArray[np.float64]

NONE = 10
"""The output that says there is no digit in the middle of a window."""
LEAST = 1e-4
"""A probability counts as at least this: no one window rules a path out."""
BARE = 1e-9
"""The same where nothing is added up: it keeps divisions in bounds."""


@dataclass(frozen=True, eq=False)
class Slid:
    """What s stacks of networks said along a strip.

    Attributes
    ----------
    probs
        (s, t, 11): of each digit, and of none, in the middle of each window.
    middles
        (t,) the columns of the strip in the windows' middles.
    """

    probs: Floats
    middles: Floats

    def windows_before(self, seams: Seams) -> NDArray[np.int64]:
        """Return how many windows have their middle before each cut, (cuts,)."""
        found: NDArray[np.int64] = np.searchsorted(self.middles, seams.columns.mean(axis=1))
        found[-1] = len(self.middles)
        return found


@dataclass(frozen=True, eq=False)
class SlidPieces:
    """What the networks said of n pieces.

    Attributes
    ----------
    digits
        (n, 10) the log probability that a piece is one digit, and this one.
    none
        (n,) the log probability that there is no digit in it.
    one
        (n,) the probability that it is one digit, whichever, by the networks' bare word: of
        `digits` and `none`, each window's probabilities are at least `LEAST`.
    """

    digits: Floats
    none: Floats
    one: Floats


def slide(strips: Sequence[Strip], stacks: Sequence[StackedNetwork] | None = None) -> list[Slid]:
    """Slide networks along strips, each stack along all windows of all of them in one call.

    Without any, the shipped ones answer.
    """
    if not strips:
        return []
    stacks = load_line_networks() if stacks is None else stacks
    shown = [windows_of(strip) for strip in strips]
    lengths = [len(windows.middles) for windows in shown]
    said = []
    for stack in stacks:
        columns = stack.networks[0].sizes[0] // ROWS
        pixels = np.concatenate([windows.pixels(columns) for windows in shown])
        said.append(stack.feedforward(pixels.T, lengths).T)
    parts = np.split(np.array(said, dtype=np.float64), np.cumsum(lengths)[:-1], axis=1)
    return [Slid(part, windows.middles) for part, windows in zip(parts, shown, strict=True)]


def slid_pieces(slid: Slid, lattice: Lattice) -> SlidPieces:
    """Return what was said of a lattice's pieces, the stacks' mean.

    With p(d) what a window says: a piece is d in the ways ``p(d) / p(none)`` of each window, times
    all windows' p(none).
    """
    at = slid.windows_before(lattice.seams)
    first, last = at[lattice.start], at[lattice.stop]
    ways, silence = _ways(np.maximum(slid.probs, LEAST))
    none = silence[:, last] - silence[:, first]
    digits = np.log(np.maximum(ways[:, last] - ways[:, first], LEAST**2)) + none[..., None]
    bare_ways, bare_silence = _ways(np.maximum(slid.probs, BARE))
    ones = (bare_ways[:, last] - bare_ways[:, first]).sum(axis=2)
    ones *= np.exp(bare_silence[:, last] - bare_silence[:, first])
    return SlidPieces(digits.mean(axis=0), none.mean(axis=0), ones.mean(axis=0))


def _ways(probs: Floats) -> tuple[Floats, Floats]:
    """Return running sums over windows (s, t, 11): p(d) / p(none), and log p(none).

    They are (s, t + 1, 10) and (s, t + 1).
    """
    s, t, _ = probs.shape
    ways, silence = np.zeros((s, t + 1, NONE)), np.zeros((s, t + 1))
    np.cumsum(probs[..., :NONE] / probs[..., NONE:], axis=1, out=ways[:, 1:])
    np.cumsum(np.log(probs[..., NONE]), axis=1, out=silence[:, 1:])
    return ways, silence
