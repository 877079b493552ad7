"""The article's feed-forward network, with a mini-batch as one matrix.

After M. Nielsen, *Neural Networks and Deep Learning* (2015), chapters 1 to 3. As there, a sample
is a column: a layer's activation for n samples is one ``(units, n)`` matrix, and n = 1 is the
article's own column vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

Matrix = NDArray[np.floating]
Hidden = Literal["sigmoid", "relu"]
Output = Literal["sigmoid", "softmax", "softmax+whole", "linear"]


@dataclass(frozen=True)
class Epoch:
    """What one epoch of `Network.SGD` gave; `correct` and `total` are None without test data."""

    number: int
    correct: int | None = None
    total: int | None = None


class Network:
    """A fully connected feed-forward network.

    Parameters
    ----------
    sizes
        Units of each layer, input first; ``(784, 15, 10)`` in the article.
    rng
        Source of the initial weights and of the mini-batches' order.
    hidden
        Activation of the hidden layers: "sigmoid" with standard normal weights, as in the
        article, or "relu" with He's normal weights (He et al. 2015) and zero biases.
    output
        Output layer and cost: "sigmoid" with the quadratic cost, as in the article; "softmax"
        with cross-entropy; or "softmax+whole", where the last unit is a sigmoid of its own with
        cross-entropy: whether the sample is one whole digit at all. A target column whose digit
        rows are all 0 (the sample is no digit) then teaches that last unit alone. "linear", with
        the quadratic cost, is for a network whose output another one takes up.
    deslanted
        Whether `judge` is to make crops upright before the network sees them.
    dtype
        Of the weights and of all computation.

    Attributes
    ----------
    weights
        One ``(out, in)`` matrix a layer.
    biases
        One ``(out, 1)`` column a layer.
    record
        How the weights were made; saved and loaded with them.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator | None = None,
        hidden: Hidden = "sigmoid",
        output: Output = "sigmoid",
        deslanted: bool = False,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must name two layers or more of 1 unit or more, got {sizes}")
        self._describe(sizes, hidden, output, deslanted)
        if rng is not None:
            self.rng = rng
        self.weights = [
            (_initial_scale(n, hidden) * self.rng.standard_normal((m, n))).astype(dtype)
            for n, m in zip(self.sizes, self.sizes[1:], strict=False)
        ]
        self.biases = [
            (self.rng.standard_normal((m, 1)) if hidden == "sigmoid" else np.zeros((m, 1))).astype(
                dtype
            )
            for m in self.sizes[1:]
        ]

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[Matrix],
        biases: Sequence[Matrix],
        *,
        hidden: Hidden = "sigmoid",
        output: Output = "sigmoid",
        deslanted: bool = False,
    ) -> Network:
        """Return the network of these ``(out, in)`` weights and ``(out, 1)`` biases, kept as is.

        Nothing is drawn at random: that would take longer than loading weights from a file.
        """
        network = cls.__new__(cls)
        sizes = (weights[0].shape[1], *(len(w) for w in weights))
        network._describe(sizes, hidden, output, deslanted)
        network.weights, network.biases = list(weights), list(biases)
        return network

    def _describe(
        self, sizes: Sequence[int], hidden: Hidden, output: Output, deslanted: bool
    ) -> None:
        self.sizes = tuple(sizes)
        self.num_layers = len(sizes)
        self.hidden: Hidden = hidden
        self.output: Output = output
        self.deslanted = deslanted
        self.record: Mapping[str, str | int | float] = {}

    @cached_property
    def rng(self) -> np.random.Generator:
        """What the first weights and the order of the training samples are drawn with."""
        return np.random.default_rng()

    def with_weights(self, weights: Sequence[Matrix], biases: Sequence[Matrix]) -> Network:
        """Return a network of this kind with other weights and biases, kept as they are."""
        return Network.from_weights(
            weights,
            biases,
            hidden=self.hidden,
            output=self.output,
            deslanted=self.deslanted,
        )

    def feedforward(self, a: Matrix) -> Matrix:
        """Return the output ``(out, n)`` for the input ``a (in, n)``."""
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            a = self._activate(w @ a + b)
        return self._activate_output(self.weights[-1] @ a + self.biases[-1])

    def SGD(  # noqa: N802 - the article's name
        self,
        training_data: tuple[Matrix, Matrix],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: tuple[Matrix, NDArray[np.integer]] | None = None,
    ) -> Iterator[Epoch]:
        """Train by mini-batch stochastic gradient descent, yielding a record after each epoch.

        Parameters
        ----------
        training_data
            Inputs ``(in, n)`` and wanted outputs ``(out, n)``.
        mini_batch_size, eta
            Samples a step, and the learning rate.
        test_data
            Inputs ``(in, n)`` and labels ``(n,)`` to count the right answers on.
        """
        if mini_batch_size < 1:
            raise ValueError(f"mini_batch_size must be 1 or more, got {mini_batch_size}")
        x, y = (np.ascontiguousarray(part.T, dtype=self.dtype) for part in training_data)
        for number in range(epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x), mini_batch_size):
                mini_batch = order[start : start + mini_batch_size]
                self.update_mini_batch(x[mini_batch].T, y[mini_batch].T, eta)
            if test_data is None:
                yield Epoch(number)
            else:
                yield Epoch(number, self.evaluate(test_data), len(test_data[1]))

    def update_mini_batch(self, x: Matrix, y: Matrix, eta: float) -> None:
        """Take one step of gradient descent on the mini-batch ``x (in, n)``, ``y (out, n)``."""
        nabla_b, nabla_w = self.backprop(x, y)
        rate = eta / x.shape[1]
        for w, nw in zip(self.weights, nabla_w, strict=True):
            w -= rate * nw
        for b, nb in zip(self.biases, nabla_b, strict=True):
            b -= rate * nb

    def backprop(self, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix]]:
        """Return ``(nabla_b, nabla_w)``: the cost's gradient, summed over the mini-batch.

        The four equations of backpropagation, in the article's letters (L the last layer)::

            delta_L = (a_L - y) * sigmoid_prime(z_L)     the second factor falls away
            delta_l = (w_l+1.T @ delta_l+1) * f'(z_l)    with cross-entropy
            dC/db_l = delta_l
            dC/dw_l = delta_l @ a_l-1.T
        """
        activations, deltas = self._deltas(x, y)
        return _nablas(activations, deltas)

    def backprop_to_input(self, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix], Matrix]:
        """Return what `backprop` does, and the cost's gradient by the input, ``(in, n)``."""
        activations, deltas = self._deltas(x, y)
        return *_nablas(activations, deltas), self.weights[0].T @ deltas[0]

    def _deltas(self, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix]]:
        """Return each layer's input and its delta, first layer first."""
        activations, zs = [x], []
        for w, b in zip(self.weights, self.biases, strict=True):
            zs.append(w @ activations[-1] + b)
            last = len(zs) == self.num_layers - 1
            activations.append(self._activate_output(zs[-1]) if last else self._activate(zs[-1]))
        delta = self.cost_derivative(activations[-1], y)
        if self.output == "sigmoid":
            delta = delta * sigmoid_prime(zs[-1])
        deltas = [delta]
        for layer in range(self.num_layers - 2, 0, -1):
            delta = (self.weights[layer].T @ delta) * self._activate_prime(zs[layer - 1])
            deltas.append(delta)
        return activations[:-1], deltas[::-1]

    def evaluate(self, test_data: tuple[Matrix, NDArray[np.integer]]) -> int:
        """Return how many of the inputs ``(in, n)`` get their label ``(n,)`` as top output."""
        x, labels = test_data
        digits = self.feedforward(np.asarray(x, dtype=self.dtype))[:10]
        return int(np.count_nonzero(digits.argmax(axis=0) == labels))

    def cost_derivative(self, output_activations: Matrix, y: Matrix) -> Matrix:
        """Return dC/da of the quadratic cost, which is dC/dz of the cross-entropies, ``(out, n)``.

        For "softmax+whole" the digit rows of a column without a digit are 0.
        """
        if self.output == "softmax+whole":
            is_digit = y[:-1].sum(axis=0)
            return np.concatenate(
                [output_activations[:-1] * is_digit - y[:-1], output_activations[-1:] - y[-1:]]
            )
        return output_activations - y

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Of the weights."""
        return self.weights[0].dtype

    def _activate(self, z: Matrix) -> Matrix:
        return sigmoid(z) if self.hidden == "sigmoid" else np.maximum(z, 0)

    def _activate_prime(self, z: Matrix) -> Matrix:
        return sigmoid_prime(z) if self.hidden == "sigmoid" else (z > 0).astype(z.dtype)

    def _activate_output(self, z: Matrix) -> Matrix:
        if self.output == "sigmoid":
            return sigmoid(z)
        if self.output == "softmax":
            return softmax(z)
        if self.output == "linear":
            return z
        return np.concatenate([softmax(z[:-1]), sigmoid(z[-1:])])


def sigmoid(z: Matrix) -> Matrix:
    """Return 1 / (1 + exp(-z)), elementwise, without overflow for any finite z.

    >>> sigmoid(np.array([-1e9, 0.0, 1e9]))
    array([0. , 0.5, 1. ])
    """
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def sigmoid_prime(z: Matrix) -> Matrix:
    """Return the sigmoid's derivative, elementwise, exact far from 0 too.

    >>> sigmoid_prime(np.array([0.0]))
    array([0.25])
    """
    e = np.exp(-np.abs(z))
    return e / (1.0 + e) ** 2


def softmax(z: Matrix) -> Matrix:
    """Return exp(z) with each column scaled to sum to 1, ``(out, n)``."""
    e = np.exp(z - z.max(axis=0))
    probs: Matrix = e / e.sum(axis=0)
    return probs


def _nablas(inputs: list[Matrix], deltas: list[Matrix]) -> tuple[list[Matrix], list[Matrix]]:
    """Return the cost's gradient by each layer's biases and weights."""
    by_biases = [delta.sum(axis=1, keepdims=True) for delta in deltas]
    return by_biases, [delta @ a.T for delta, a in zip(deltas, inputs, strict=True)]


def _initial_scale(inputs: int, hidden: Hidden) -> float:
    return 1.0 if hidden == "sigmoid" else float(np.sqrt(2.0 / inputs))
