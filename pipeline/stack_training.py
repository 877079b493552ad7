"""How the two networks that are slid along lines learn together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitstring.classifier import Network, StackedNetwork
from digitstring.classifier.stacked import OFFSETS
from digitstring.line_material import Band
from digitstring.line_training import (
    Batch,
    Bytes,
    Floats,
    LineOptions,
    lesson_of,
    train_on,
    windows_in,
)
from digitstring.training import Training, begin, descend

LEAST_VARIANCE = 1e-6
"""A component's variance counts as at least this: some may have none."""


@dataclass(frozen=True)
class StackOptions(LineOptions):
    """The settings of a training of both; `sizes` are those of the network it begins with."""

    values: int = 128
    """What the first finds in a window."""
    context: tuple[int, ...] = (500, 200, 11)
    """Units of the second's layers but its input."""


def stacked(network: Network, bands: Sequence[Band], options: StackOptions) -> StackedNetwork:
    """Return a network that hears of its neighbours what one that was slid alone has learned.

    The values are the principal components of its last hidden layer over some bands, each of
    variance 1; the second network's weights are random.
    """
    hidden = Network.from_weights(
        network.weights[:-1], network.biases[:-1], hidden="relu", output="linear"
    )
    x = np.concatenate([windows_in(band.ink[None]) for band in bands], axis=1)
    active = np.maximum(hidden.feedforward(x), 0).astype(np.float64)
    mean = active.mean(axis=1, keepdims=True)
    variances, components = np.linalg.eigh(np.cov(active))
    last = np.s_[-options.values :]
    shown = (components[:, last] / np.sqrt(np.maximum(variances[last], LEAST_VARIANCE))).T
    windows = Network.from_weights(
        [*network.weights[:-1], shown.astype(np.float32)],
        [*network.biases[:-1], (-shown @ mean).astype(np.float32)],
        hidden="relu",
        output="linear",
    )
    sizes = (len(OFFSETS) * options.values, *options.context)
    rng = np.random.default_rng(options.seed)
    return StackedNetwork(windows, Network(sizes, rng=rng, hidden="relu", output="softmax"))


def learn_batch(
    training: Training[StackedNetwork], batch: Batch, rate: float, options: LineOptions
) -> None:
    """Take one step on the windows of a batch that are hard."""
    network, x = training.network, windows_in(batch.ink)
    lengths = _lengths(batch.ink, x)
    found = network.find(x)
    hard, wanted = lesson_of(batch, network.answer(found, lengths), options)
    if hard.size:
        nablas = network.backprop(x, found, lengths, hard, wanted)
        descend(training, [*nablas.weights, *nablas.biases], len(hard), rate, options)


def said_by(network: StackedNetwork) -> Callable[[Bytes], Floats]:
    """Return what says a network's answers (11, n * t) for lines (n, SIDE, w)."""

    def say(ink: Bytes) -> Floats:
        x = windows_in(ink)
        return network.feedforward(x, _lengths(ink, x)).astype(np.float32)

    return say


def train(
    options: StackOptions,
    bands: Sequence[Band],
    test: Sequence[Band],
    checkpoint: Path,
    network: StackedNetwork,
) -> StackedNetwork:
    """Return the network of a training, taken up at its checkpoint if there is one."""
    return train_on(begin(network), options, bands, test, checkpoint, learn_batch, said_by)


def _lengths(ink: Bytes, x: Floats) -> list[int]:
    """Return how many windows each of lines (n, SIDE, w) of one width has."""
    return [x.shape[1] // len(ink)] * len(ink)
