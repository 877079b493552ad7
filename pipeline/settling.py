"""What stands alone and is read surely: nothing within it is cut, and it is not read again.

Most digits touch nothing. To cut them in every way makes most of a lattice's pieces, and all of
that is for nothing where two networks, one that is shown the whole and one that hears it in the
line, take it for the same digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Judgement, Network, judge
from digitstring.decoder_options import DecoderOptions
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import Lattice, cut_along
from digitstring.segmenter.seams import Columns, find_gaps
from digitstring.segmenter.strips import Strip
from digitstring.sliding import Slid, slid_pieces

SAME = 2
"""Columns by which the ends of one piece differ, cut along this gap or another cut beside it."""


class Known(NamedTuple):
    """What the reader says of some of a lattice's pieces, by their numbers."""

    pieces: NDArray[np.int64]
    judgement: Judgement


@dataclass(frozen=True, eq=False)
class Settled:
    """The n pieces of a strip that stand alone, from left to right, and which of them are settled.

    Attributes
    ----------
    alone
        A lattice of these pieces and no others.
    judgement
        What the reader says of them.
    sure
        (n,) whether the sliding networks say the same.
    """

    alone: Lattice
    judgement: Judgement
    sure: NDArray[np.bool_]

    @property
    def opened(self) -> Columns:
        """The columns of the strip in which pieces stand that are not settled."""
        opened = np.zeros(self.alone.strip.ink.shape[1], dtype=bool)
        for _, left, _, right in self.alone.boxes[~self.sure].tolist():
            opened[left:right] = True
        return opened

    def known_in(self, lattice: Lattice) -> Known:
        """Return where the settled pieces are in the strip's whole lattice, those that it holds."""
        ends = self.alone.boxes[self.sure][:, None, [1, 3]]
        away = np.abs(lattice.boxes[:, [1, 3]] - ends).sum(axis=2)
        held = away.min(axis=1, initial=SAME + 1) <= SAME
        sure = np.flatnonzero(self.sure)[held]
        return Known(away[held].argmin(axis=1), self.judgement.of(sure))


def settle(
    strips: Sequence[Strip],
    slid: Sequence[Slid],
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
) -> Iterator[Settled]:
    """Yield what is settled of each strip; all pieces that stand alone are judged in one call."""
    neighbours = replace(options, most_atoms=1)
    alone = [cut_along(strip, find_gaps(strip.ink), neighbours) for strip in strips]
    answers = judge(np.concatenate([lattice.crops for lattice in alone]), network)
    stop = 0
    for lattice, said in zip(alone, slid, strict=True):
        start, stop = stop, stop + len(lattice.start)
        own = answers.of(slice(start, stop))
        yield Settled(lattice, own, _is_sure(lattice, own, said, decoder))


def _is_sure(
    lattice: Lattice, judgement: Judgement, slid: Slid, decoder: DecoderOptions
) -> NDArray[np.bool_]:
    """Return which pieces both networks take for the same digit, (n,)."""
    heard = slid_pieces(slid, lattice)
    every, value = np.arange(len(lattice.start)), judgement.probs.argmax(axis=1)
    read = judgement.whole * judgement.probs[every, value]
    told = np.exp(heard.digits[every, value])
    sure: NDArray[np.bool_] = (read >= decoder.settled) & (told >= decoder.settled_heard)
    return sure
