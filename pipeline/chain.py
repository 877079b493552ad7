"""A lattice as a Markov chain: from each cut, which piece comes next, and as what.

Weights that are shares of what can follow need no logarithms: each is at most 1, and all that
leave a cut sum to 1 (M. Mohri, "Weighted automata algorithms", 2009: weight pushing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from digitstring.automata import DIGITS, Automaton
from digitstring.decoding import NO_DIGIT, Arcs, Floats, Step, values_of


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


def best_cut(arcs: Arcs, text: str) -> list[Step]:
    """Return the best-scored path of a text, pieces that are no digit among its steps.

    The lattice must be one that can be read so.
    """
    values = values_of(text)
    as_text, skips = arcs.digits[:, values], arcs.skips[:, None]
    best = np.full((arcs.nodes, len(text) + 1), -np.inf)  # of each beginning of the text
    best[0, 0] = 0
    came = np.zeros(best.shape, dtype=np.intp)
    for node, into in enumerate(arcs.into):
        if into.size:
            before = best[arcs.start[into]]
            longer = np.full(before.shape, -np.inf)
            longer[:, 1:] = before[:, :-1] + as_text[into]
            ways = np.concatenate([longer, before + skips[into]])
            best[node], came[node] = ways.max(axis=0), ways.argmax(axis=0)
    path: list[Step] = []
    node, length = arcs.nodes - 1, len(text)
    while node > 0:
        into = arcs.into[node]
        skipped, way = divmod(int(came[node, length]), len(into))
        piece = int(into[way])
        path.append(Step(piece, NO_DIGIT if skipped else int(values[length - 1])))
        node = int(arcs.start[piece])
        length -= 1 - skipped
    return path[::-1]
