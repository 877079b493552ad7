"""Two networks in a row: what the first finds in each window of a line, the second hears of many.

Stacked bottle-neck networks, after F. Grézl, M. Karafiát and L. Burget, "Investigation into
bottle-neck features for meeting speech recognition" (2009): the first network describes a window
in few values; the second answers for a window by the values of those at some distances from it.
Both are fully connected, and learn together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier.network import Matrix, Network

OFFSETS = (-12, -8, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8, 12)
"""The windows that are heard of for one in their middle: so many windows to the left or right."""


class Nablas(NamedTuple):
    """The cost's gradient by all biases and by all weights, layer by layer."""

    biases: list[Matrix]
    weights: list[Matrix]


class StackedNetwork:
    """A network of windows, and one of what it finds in them and their neighbours.

    Attributes
    ----------
    windows
        Takes a window as a column, and answers with ``k`` values: its output is "linear".
    context
        Takes the values of a window's neighbours, ``len(OFFSETS) * k``, in the order of `OFFSETS`.

    Raises
    ------
    ValueError
        If the context's inputs are not as many, or the windows' output is not "linear".
    """

    def __init__(self, windows: Network, context: Network) -> None:
        if windows.output != "linear":
            raise ValueError(f'the windows\' output must be "linear", got {windows.output!r}')
        values = windows.sizes[-1]
        if context.sizes[0] != len(OFFSETS) * values:
            raise ValueError(
                f"a context of {len(OFFSETS)} windows of {values} values needs as many inputs, "
                f"got {context.sizes[0]}"
            )
        self.windows, self.context = windows, context

    @property
    def weights(self) -> list[Matrix]:
        """Those of the windows' network, then those of the context's."""
        return [*self.windows.weights, *self.context.weights]

    @property
    def biases(self) -> list[Matrix]:
        """Likewise."""
        return [*self.windows.biases, *self.context.biases]

    def with_weights(self, weights: Sequence[Matrix], biases: Sequence[Matrix]) -> StackedNetwork:
        """Return a network of this kind with other weights and biases, kept as they are."""
        layers = len(self.windows.weights)
        return StackedNetwork(
            self.windows.with_weights(weights[:layers], biases[:layers]),
            self.context.with_weights(weights[layers:], biases[layers:]),
        )

    def feedforward(self, x: Matrix, lengths: Sequence[int]) -> Matrix:
        """Return the output ``(out, n)`` for the n windows of some lines, ``x (in, n)``.

        The lines' windows stand one after another, from left to right, so many in each; what is
        beyond a line's ends is an empty window.
        """
        return self.answer(self.find(x), lengths)

    def find(self, x: Matrix) -> Matrix:
        """Return what the first network finds in windows and, last, in an empty one, (k, n + 1)."""
        return self.windows.feedforward(_with_empty(x))

    def answer(self, found: Matrix, lengths: Sequence[int]) -> Matrix:
        """Return the output ``(out, n)`` for what was found."""
        return self.context.feedforward(_heard(found, _neighbours(lengths)))

    def backprop(
        self,
        x: Matrix,
        found: Matrix,
        lengths: Sequence[int],
        chosen: NDArray[np.intp],
        y: Matrix,
    ) -> Nablas:
        """Return the cost's gradient, summed over m windows of those that `find` was given.

        Parameters
        ----------
        x, found
            ``(in, n)`` the windows, and what was found in them.
        chosen, y
            ``(m,)`` the numbers of those to learn from, each once, and ``(out, m)`` what is wanted
            of them.
        """
        near = _neighbours(lengths)[chosen]
        by_biases, by_weights, by_heard = self.context.backprop_to_input(_heard(found, near), y)
        by_found = np.zeros_like(found)
        for numbers, part in zip(near.T, np.split(by_heard, len(OFFSETS)), strict=True):
            inside = numbers < x.shape[1]
            by_found[:, numbers[inside]] += part[:, inside]  # each window once
            by_found[:, -1] += part[:, ~inside].sum(axis=1)
        heard = np.flatnonzero(by_found.any(axis=0))
        biases, weights = self.windows.backprop(
            _with_empty(x)[:, heard], (found - by_found)[:, heard]
        )
        return Nablas([*biases, *by_biases], [*weights, *by_weights])


def _with_empty(x: Matrix) -> Matrix:
    """Return windows ``(in, n)`` and an empty one behind them, ``(in, n + 1)``."""
    return np.concatenate([x, np.zeros_like(x[:, :1])], axis=1)


def _neighbours(lengths: Sequence[int]) -> NDArray[np.intp]:
    """Return the numbers of each window's neighbours, ``(n, len(OFFSETS))``, n beyond the ends."""
    stops = np.cumsum(lengths, dtype=np.intp)
    n = int(stops[-1])
    first = np.repeat(stops - lengths, lengths)[:, None]
    last = np.repeat(stops, lengths)[:, None]
    near = np.arange(n)[:, None] + np.array(OFFSETS)
    return np.where((near >= first) & (near < last), near, n)


def _heard(found: Matrix, near: NDArray[np.intp]) -> Matrix:
    """Return the values ``(k, n + 1)`` of each window's neighbours, ``(len(OFFSETS) * k, m)``."""
    values = np.ascontiguousarray(found.T)[near]
    return values.reshape(len(near), len(OFFSETS) * len(found)).T
