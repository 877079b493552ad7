"""A lattice as a Markov chain: from each cut, which piece comes next, and as what.

Weights that are shares of what can follow need no logarithms: each is at most 1, and all that
leave a cut sum to 1 (M. Mohri, "Weighted automata algorithms", 2009: weight pushing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.automata import DIGITS, Automaton
from digitstring.decoding import NO_DIGIT, Arcs, Floats, Step


@dataclass(frozen=True, eq=False)
class Chain:
    """What follows in a lattice from each cut, as probabilities.

    Attributes
    ----------
    arcs
        The lattice.
    digits
        (nodes, 10 * nodes) of each next digit and where it stops, from each cut.
    """

    arcs: Arcs
    digits: Floats

    def after_digit(self, passed: Floats) -> Floats:
        """Return where each next digit stops, (m, 10, nodes), from passed cuts, (m, nodes)."""
        stops: Floats = (passed @ self.digits).reshape(-1, DIGITS, self.arcs.nodes)
        return stops

    def skip(self, stops: Floats) -> Floats:
        """Return the cuts that are passed after a digit's stop, (m, nodes) as `stops`."""
        passed: Floats = stops @ self.arcs.skipping
        return passed

    def obeying(self, automaton: Automaton) -> Floats:
        """Return the probability of ending well, (nodes, states + 1), from each cut and state.

        The last column stands for NOWHERE: 0.
        """
        arcs, states = self.arcs, len(automaton.ends)
        every = np.vstack([automaton.moves.T, np.arange(states)])
        well = np.zeros((arcs.nodes, states + 1))
        well[-1, :-1] = automaton.ends
        after = np.zeros((arcs.nodes, DIGITS + 1, states))
        after[-1] = well[-1, every]
        for node in range(arcs.nodes - 2, -1, -1):
            out = arcs.out_of[node]
            if out.size:
                follows = after[arcs.stop[out]].reshape(-1, states)
                well[node, :-1] = arcs.shares[out].ravel() @ follows
                after[node] = well[node, every]
        return well


def chain_of(arcs: Arcs) -> Chain:
    """Return a lattice as a Markov chain."""
    nodes = arcs.nodes
    places = (arcs.start * DIGITS * nodes + arcs.stop)[:, None] + np.arange(DIGITS) * nodes
    shares = arcs.shares[:, :DIGITS]
    digits = np.bincount(places.ravel(), shares.ravel(), DIGITS * nodes**2)
    return Chain(arcs, np.asarray(digits, dtype=np.float64).reshape(nodes, -1))


def best_cuts(arcs: Arcs, texts: Sequence[str]) -> list[list[Step]]:
    """Return the best-scored path of each text, pieces that are no digit among its steps.

    All texts are followed at once, a column for each beginning of each. Every text must be one
    that the lattice can be read as.
    """
    if not texts:
        return []
    values = np.array([int(value) for text in texts for value in f"0{text}"], dtype=np.intp)
    lasts = np.cumsum([len(text) + 1 for text in texts])
    empty = np.append(0, lasts[:-1])
    as_text = arcs.digits[:, values]
    as_text[:, empty] = -np.inf
    skips = arcs.skips[:, None]
    best = np.full((arcs.nodes, len(values) + 1), -np.inf)
    best[0, empty + 1] = 0
    came = np.zeros(best.shape, dtype=np.intp)
    for node, into in enumerate(arcs.into):
        if into.size:
            before = best[arcs.start[into]]
            ways = np.concatenate([before[:, :-1] + as_text[into], before[:, 1:] + skips[into]])
            best[node, 1:] = ways.max(axis=0)
            came[node, 1:] = ways.argmax(axis=0)
    return [_walk_back(arcs, came, values, int(last)) for last in lasts]


def _walk_back(
    arcs: Arcs, came: NDArray[np.intp], values: NDArray[np.intp], column: int
) -> list[Step]:
    path: list[Step] = []
    node = arcs.nodes - 1
    while node > 0:
        into = arcs.into[node]
        skipped, way = divmod(int(came[node, column]), len(into))
        piece = int(into[way])
        path.append(Step(piece, NO_DIGIT if skipped else int(values[column - 1])))
        node = int(arcs.start[piece])
        column -= 1 - skipped
    return path[::-1]
