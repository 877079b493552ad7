"""The best way through a lattice: which pieces are digits, and which are none.

A path's score is the sum of its pieces' scores, linear in what is known of each; the weights were
fitted so that right texts are likely among all texts of a lattice (a conditional random field:
J. Lafferty, A. McCallum and F. Pereira, 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Judgement
from digitstring.decoder_options import DecoderOptions
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.strips import HEIGHT
from digitstring.sliding import SlidPieces

Floats = NDArray[np.float64]

NO_DIGIT = -1
IMPOSSIBLE = -1e30
LEAST = 1e-4
"""A probability counts as at least this: no one answer rules a path out."""


@dataclass(frozen=True, eq=False)
class Arcs:
    """A lattice with its scores: every piece as each digit, and as none.

    Attributes
    ----------
    nodes
        How many cuts there are.
    start, stop
        (n,) the cuts of each piece.
    digits
        (n, 10) scores.
    skips
        (n,) scores.
    """

    nodes: int
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    digits: Floats
    skips: Floats

    @property
    def labels(self) -> Floats:
        """(n, 11) the scores as each digit, and as none."""
        return np.concatenate([self.digits, self.skips[:, None]], axis=1)

    @cached_property
    def either(self) -> Floats:
        """(n,) the log weight of each piece, whatever it is taken for."""
        return np.logaddexp(logsumexp(self.digits, axis=1), self.skips)

    @cached_property
    def into(self) -> list[NDArray[np.int64]]:
        """The pieces that end at each cut."""
        return _by_node(self.stop, self.nodes)

    @cached_property
    def out_of(self) -> list[NDArray[np.int64]]:
        """The pieces that begin at each cut."""
        return _by_node(self.start, self.nodes)

    @cached_property
    def before(self) -> Floats:
        """(nodes,) the log weight of all paths from the first cut to each."""
        return _run(self.nodes, self.start, self.stop, self.either)

    @cached_property
    def after(self) -> Floats:
        """(nodes,) the log weight of all paths from each cut to the last."""
        last = self.nodes - 1
        return _run(self.nodes, last - self.stop, last - self.start, self.either)[::-1]

    @cached_property
    def shares(self) -> Floats:
        """(n, 11) the probability of each piece as each digit and as none, once at its start."""
        leads = self.after[self.stop] > IMPOSSIBLE / 2
        change = np.where(leads, self.after[self.stop] - self.after[self.start], -np.inf)
        shares: Floats = np.exp(np.minimum(self.labels + change[:, None], 0))
        return shares

    @cached_property
    def skipping(self) -> Floats:
        """(nodes, nodes) the probability of coming from a cut to another without a digit."""
        places = self.start * self.nodes + self.stop
        skips = np.bincount(places, self.shares[:, NO_DIGIT], self.nodes**2)
        way = np.linalg.inv(np.eye(self.nodes) - skips.reshape(self.nodes, self.nodes))
        return np.asarray(way, dtype=np.float64)

    @property
    def total(self) -> float:
        """The log of all paths' weight."""
        return float(self.before[-1])


def _run(nodes: int, start: NDArray[np.int64], stop: NDArray[np.int64], weights: Floats) -> Floats:
    """Return the log weight of all paths from the first cut to each, (nodes,).

    A row of the table holds, for one cut, the pieces from those just before it.
    """
    reach = int((stop - start).max(initial=1))
    table = np.full((nodes, reach), IMPOSSIBLE)
    np.logaddexp.at(table, (stop, reach - (stop - start)), weights)
    total = np.full(reach + nodes, IMPOSSIBLE)
    total[reach] = 0
    for node in range(1, nodes):
        total[reach + node] = np.logaddexp.reduce(total[node : reach + node] + table[node])
    return total[reach:]


def _by_node(ends: NDArray[np.int64], nodes: int) -> list[NDArray[np.int64]]:
    order = np.argsort(ends, kind="stable")
    bounds = np.searchsorted(ends[order], np.arange(nodes + 1))
    return [order[bounds[node] : bounds[node + 1]] for node in range(nodes)]


@dataclass(frozen=True, eq=False)
class Features:
    """What is known of a lattice's n pieces.

    Attributes
    ----------
    nodes, start, stop
        As in `Arcs`.
    as_digit
        (n, 8) what `DigitWeights` weighs, but the digits' own probabilities;
    logs
        (n, 10) those, as logarithms.
    slid
        (n, 10) the same by the sliding networks.
    as_none
        (n, 7) what `SkipWeights` weighs.
    """

    nodes: int
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    as_digit: Floats
    logs: Floats
    slid: Floats
    as_none: Floats


def features(lattice: Lattice, judgement: Judgement, heard: SlidPieces) -> Features:
    """Return what a lattice and both networks' answers tell of its pieces."""
    top, left, bottom, right = (side.astype(float) for side in lattice.boxes.T)
    height, width = (bottom - top) / HEIGHT, (right - left) / HEIGHT
    aside = np.abs((top + bottom) / 2 - lattice.strip.top - HEIGHT / 2) / HEIGHT
    whole = np.clip(judgement.whole.astype(float), LEAST, 1 - LEAST)
    odds = np.log(whole) - np.log(1 - whole)
    relative = np.log2(np.maximum(height, 0.05))
    lower, higher = np.maximum(-relative, 0), np.maximum(relative, 0)
    cut = (lattice.seams.costs[lattice.start] + lattice.seams.costs[lattice.stop]).astype(float)
    one, mass = np.ones_like(width), lattice.mass.astype(float)
    any_digit = logsumexp(heard.digits, axis=1)
    return Features(
        len(lattice.seams.costs),
        lattice.start,
        lattice.stop,
        np.stack([odds, one, width, lower, higher, aside, cut, any_digit], axis=1),
        np.log(np.clip(judgement.probs.astype(float), LEAST, 1)),
        heard.digits - any_digit[:, None],
        np.stack([one, -odds, width, height, mass, cut, heard.none], axis=1),
    )


def score(known: Features, options: DecoderOptions) -> Arcs:
    """Return a lattice's scores."""
    digit, skip = options.digit.in_order, options.skip.in_order
    return Arcs(
        known.nodes,
        known.start,
        known.stop,
        (known.as_digit @ digit[:-2])[:, None] + digit[-2] * known.logs + digit[-1] * known.slid,
        known.as_none @ skip,
    )


class Step(NamedTuple):
    """A piece of a path, and the digit it is taken for, or NO_DIGIT."""

    piece: int
    value: int


def best_path(arcs: Arcs) -> list[Step]:
    """Return the best-scored path from end to end, pieces that are no digit among its steps.

    A. Viterbi, "Error bounds for convolutional codes" (1967).
    """
    values = arcs.digits.argmax(axis=1)
    as_digit = arcs.digits.max(axis=1)
    best = np.maximum(as_digit, arcs.skips)
    values = np.where(as_digit > arcs.skips, values, NO_DIGIT)
    total = np.full(arcs.nodes, -np.inf)
    total[0] = 0
    came = np.full(arcs.nodes, -1)
    for node, into in enumerate(arcs.into):
        if into.size:
            sums = total[arcs.start[into]] + best[into]
            came[node] = into[sums.argmax()]
            total[node] = sums.max()
    path: list[Step] = []
    node = arcs.nodes - 1
    while came[node] >= 0:
        piece = int(came[node])
        path.append(Step(piece, int(values[piece])))
        node = int(arcs.start[piece])
    return path[::-1]


def text_of(path: Sequence[Step]) -> str:
    """Return the digits of a path."""
    return "".join(str(step.value) for step in path if step.value != NO_DIGIT)


def piece_posteriors(arcs: Arcs) -> Floats:
    """Return the probability that a piece is on the path as each digit, or as none, (n, 11)."""
    logs = arcs.before[arcs.start] + arcs.after[arcs.stop] - arcs.total
    posteriors: Floats = np.exp(np.minimum(logs[:, None] + arcs.labels, 0))
    return posteriors


def digit_posteriors(arcs: Arcs) -> Floats:
    """Return the probability that a piece is on the path as a digit, whichever, (n,)."""
    posteriors: Floats = piece_posteriors(arcs)[:, :-1].sum(axis=1)
    return posteriors


def text_probability(arcs: Arcs, text: str) -> float:
    """Return the share of all paths' weight that is on paths of one text."""
    passed = arcs.skipping[0]
    for value in values_of(text).tolist():
        ways = passed[arcs.start] * arcs.shares[:, value]
        passed = np.bincount(arcs.stop, ways, arcs.nodes) @ arcs.skipping
    return min(1.0, float(passed[-1]))


def text_weights(arcs: Arcs, text: str) -> Floats:
    """Return the log weight of the paths to each cut of each beginning of a text, (nodes, m)."""
    as_text = arcs.digits[:, values_of(text)]
    weights = np.full((arcs.nodes, len(text) + 1), IMPOSSIBLE)
    weights[0, 0] = 0
    for node, into in enumerate(arcs.into):
        if into.size:
            came = weights[arcs.start[into]]
            went = came + arcs.skips[into][:, None]
            went[:, 1:] = np.logaddexp(went[:, 1:], came[:, :-1] + as_text[into])
            weights[node] = logsumexp(went, axis=0)
    return weights


def values_of(text: str) -> NDArray[np.intp]:
    """Return the digits of a text as numbers."""
    return np.array([int(value) for value in text], dtype=np.intp)


def logsumexp(values: Floats, axis: int | None = None) -> Floats:
    """Return the log of the sum of exponentials along an axis, without overflow."""
    highest = values.max(axis=axis, keepdims=True)
    sums: Floats = np.log(np.exp(values - highest).sum(axis=axis, keepdims=True)) + highest
    return np.squeeze(sums, axis=axis) if axis is not None else sums.reshape(())
