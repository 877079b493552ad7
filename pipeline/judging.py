"""Strips to judged lattices: what the networks say of every piece that may be a digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Judgement, Network, judge, screen
from digitstring.decoder_options import DecoderOptions
from digitstring.decoding import digit_posteriors, features, score
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.arrays import Crops
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.normalizer import SIDE
from digitstring.segmenter.strips import Strip
from digitstring.settling import Known, settle
from digitstring.sliding import SlidPieces, slid_pieces, slide


class Judged(NamedTuple):
    """A strip's lattice, and what the reader and the sliding networks say of its n pieces."""

    lattice: Lattice
    judgement: Judgement
    heard: SlidPieces


class Heard(NamedTuple):
    """A strip's lattice before it is judged, and what is said of its n pieces already."""

    lattice: Lattice
    heard: SlidPieces
    settled: Known

    def likely(self, decoder: DecoderOptions) -> NDArray[np.int64]:
        """Return the pieces that may be a digit by what the sliding networks say."""
        return self._unsettled(self.heard.one >= decoder.least_heard)

    def seen(self, glance: Judgement, decoder: DecoderOptions) -> NDArray[np.int64]:
        """Return the pieces that a path may hold as a digit by what a network says as well."""
        arcs = score(features(self.lattice, glance, self.heard), decoder)
        return self._unsettled(digit_posteriors(arcs) >= decoder.least_seen)

    def _unsettled(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        chosen[self.settled.pieces] = False
        return np.flatnonzero(chosen)


def judge_strips(
    strips: Sequence[Strip],
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    *,
    leaning: bool = False,
) -> list[Judged]:
    """Return the lattices of the strips that hold any ink, their pieces judged.

    What stands alone is judged first. Of all other pieces, the reader judges those alone that a
    path may hold by what the sliding networks and, of what these leave, the screener say; the
    others count as no digit.
    """
    if not strips:
        return []
    slid = slide(strips)
    settled = list(settle(strips, slid, network, options, decoder))
    cut = [
        propose(strip, options, leaning=leaning, opened=own.opened)
        for strip, own in zip(strips, settled, strict=True)
    ]
    lines = [
        Heard(lattice, slid_pieces(said, lattice), own.known_in(lattice))
        for lattice, said, own in zip(cut, slid, settled, strict=True)
        if len(lattice.start)
    ]
    likely = [line.likely(decoder) for line in lines]
    glances = judge_pieces(lines, likely, screen, SIDE // 2)
    seen = [line.seen(glance, decoder) for line, glance in zip(lines, glances, strict=True)]
    judged = judge_pieces(lines, seen, partial(judge, network=network))
    return [
        Judged(line.lattice, judgement, line.heard)
        for line, judgement in zip(lines, judged, strict=True)
    ]


def judge_pieces(
    lines: Sequence[Heard],
    chosen: Sequence[NDArray[np.int64]],
    answer: Callable[[Crops], Judgement],
    side: int = SIDE,
) -> Iterator[Judgement]:
    """Yield what is answered to the crops of lines' pieces, all that are chosen in one call.

    What is settled is told as it is; of all other pieces it is told that they are no digit.
    """
    crops = [
        line.lattice.crops_of(pieces, side)
        for line, pieces in zip(lines, chosen, strict=True)
        if len(pieces)
    ]
    answers = answer(np.concatenate(crops)) if crops else _no_digits(0)
    stop = 0
    for line, pieces in zip(lines, chosen, strict=True):
        start, stop = stop, stop + len(pieces)
        judgement = _no_digits(len(line.lattice.start))
        for numbers, said in ((pieces, answers.of(slice(start, stop))), line.settled):
            judgement.probs[numbers], judgement.whole[numbers] = said.probs, said.whole
        yield judgement


def _no_digits(n: int) -> Judgement:
    return Judgement(np.full((n, 10), 0.1, np.float32), np.zeros(n, np.float32))
