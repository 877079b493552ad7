"""Networks in a row: what one finds in the windows of a line, the next hears of several.

Stacked bottle-neck networks, after F. Grézl, M. Karafiát and L. Burget, "Investigation into
bottle-neck features for meeting speech recognition" (2009), and A. Waibel et al., "Phoneme
recognition using time-delay neural networks" (1989): the first network describes a window in few
values; each further one takes those of the windows at some distances from its own; the last
answers. All are fully connected, and learn together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier.network import Matrix, Network

WIDE = ((-12, -8, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8, 12),)
"""The windows that the second network hears of where the first sees wide ones: so many windows to
the left or right."""
NARROW = ((-2, -1, 0, 1, 2), (-4, -2, 0, 2, 4), (-6, -3, 0, 3, 6))
"""The same of the second, third and fourth where the first sees narrow ones."""


class Nablas(NamedTuple):
    """The cost's gradient by all biases and by all weights, layer by layer."""

    biases: list[Matrix]
    weights: list[Matrix]


class StackedNetwork:
    """A network of windows, and those that hear, one after the other, what was found before.

    Attributes
    ----------
    networks
        The first takes a window as a column. Each further one takes the ``k`` values that the one
        before found in its neighbours, ``len(offsets) * k``, in the order of its offsets. The last
        answers; the output of all others is "linear".
    offsets
        The neighbours that each but the first hears of: so many windows to the left or right.

    Raises
    ------
    ValueError
        If a network's inputs are not what the one before finds, if one but the last is not
        "linear", or if there are not as many offsets as networks that hear.
    """

    def __init__(self, networks: Sequence[Network], offsets: Sequence[Sequence[int]]) -> None:
        for lower, upper, near in zip(networks[:-1], networks[1:], offsets, strict=True):
            if lower.output != "linear":
                raise ValueError(f'what is heard of must be "linear", got {lower.output!r}')
            if upper.sizes[0] != len(near) * lower.sizes[-1]:
                raise ValueError(
                    f"to hear {lower.sizes[-1]} values of {len(near)} windows a network needs as "
                    f"many inputs, got {upper.sizes[0]}"
                )
        self.networks, self.offsets = list(networks), offsets

    @property
    def weights(self) -> list[Matrix]:
        """Those of all networks, the first's first."""
        return [w for network in self.networks for w in network.weights]

    @property
    def biases(self) -> list[Matrix]:
        """Likewise."""
        return [b for network in self.networks for b in network.biases]

    def with_weights(self, weights: Sequence[Matrix], biases: Sequence[Matrix]) -> StackedNetwork:
        """Return networks of this kind with other weights and biases, kept as they are."""
        stops = np.cumsum([len(network.weights) for network in self.networks]).tolist()
        networks = [
            network.with_weights(weights[start:stop], biases[start:stop])
            for network, start, stop in zip(self.networks, [0, *stops], stops, strict=False)
        ]
        return StackedNetwork(networks, self.offsets)

    def feedforward(self, x: Matrix, lengths: Sequence[int]) -> Matrix:
        """Return the output ``(out, n)`` for the n windows of some lines, ``x (in, n)``.

        The lines' windows stand one after another, from left to right, so many in each; what is
        beyond a line's ends is an empty window.
        """
        heard = _with_empty(x)
        for network, offsets in zip(self.networks, self.offsets, strict=False):
            heard = _heard(network.feedforward(heard), _neighbours(lengths, offsets))
        return self.networks[-1].feedforward(heard[:, :-1])

    def backprop(
        self, x: Matrix, lengths: Sequence[int], chosen: NDArray[np.intp], y: Matrix
    ) -> Nablas:
        """Return the cost's gradient, summed over some of the windows ``x (in, n)``.

        Parameters
        ----------
        x, lengths
            As in `feedforward`.
        chosen, y
            ``(m,)`` the numbers of those to learn from, each once, and ``(out, m)`` what is wanted
            of them.
        """
        near = [_neighbours(lengths, offsets) for offsets in self.offsets]
        inputs, outputs = [_with_empty(x)], []
        for network, own in zip(self.networks, near, strict=False):
            outputs.append(network.feedforward(inputs[-1]))
            inputs.append(_heard(outputs[-1], own))
        biases, weights, by_heard = self.networks[-1].backprop_to_input(inputs[-1][:, chosen], y)
        for level in range(len(near) - 1, -1, -1):
            by_found = _returned(by_heard, near[level][chosen], x.shape[1])
            chosen = np.flatnonzero(by_found.any(axis=0))
            # the quadratic cost of a "linear" output has this gradient for this target
            by_biases, by_weights, by_heard = self.networks[level].backprop_to_input(
                inputs[level][:, chosen], (outputs[level] - by_found)[:, chosen]
            )
            biases, weights = by_biases + biases, by_weights + weights
        return Nablas(biases, weights)


def _with_empty(x: Matrix) -> Matrix:
    """Return windows ``(in, n)`` and an empty one behind them, ``(in, n + 1)``."""
    return np.concatenate([x, np.zeros_like(x[:, :1])], axis=1)


def _neighbours(lengths: Sequence[int], offsets: Sequence[int]) -> NDArray[np.intp]:
    """Return the numbers of each window's neighbours, ``(n + 1, len(offsets))``.

    Beyond the ends stands the empty window, number n, all of whose neighbours are empty.
    """
    stops = np.cumsum(lengths, dtype=np.intp)
    n = int(stops[-1])
    first = np.repeat(stops - lengths, lengths)[:, None]
    last = np.repeat(stops, lengths)[:, None]
    near = np.arange(n)[:, None] + np.array(offsets)
    inside = np.where((near >= first) & (near < last), near, n)
    return np.pad(inside, ((0, 1), (0, 0)), constant_values=n)


def _heard(found: Matrix, near: NDArray[np.intp]) -> Matrix:
    """Return the values ``(k, n + 1)`` of each window's near neighbours, ``(near * k, n + 1)``."""
    values = np.ascontiguousarray(found.T)[near]
    return values.reshape(len(near), -1).T


def _returned(by_heard: Matrix, near: NDArray[np.intp], n: int) -> Matrix:
    """Return the gradient by values ``(k, n + 1)``, given that by what m windows hear of them."""
    parts = np.split(by_heard, near.shape[1])
    by_found = np.zeros((len(parts[0]), n + 1), dtype=by_heard.dtype)
    for numbers, part in zip(near.T, parts, strict=True):
        inside = numbers < n
        by_found[:, numbers[inside]] += part[:, inside]  # each window once
        by_found[:, -1] += part[:, ~inside].sum(axis=1)
    return by_found
