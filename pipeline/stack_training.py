"""How the networks of a stack, which are slid along lines, learn together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitstring.classifier import Network, StackedNetwork
from digitstring.classifier.stacked import NARROW, WIDE
from digitstring.line_material import Band
from digitstring.line_training import (
    Batch,
    Bytes,
    Floats,
    LineOptions,
    lesson_of,
    shown_to,
    train_on,
)
from digitstring.training import Training, begin, descend

LEAST_VARIANCE = 1e-6
"""A component's variance counts as at least this: some may have none."""


@dataclass(frozen=True)
class StackOptions(LineOptions):
    """The settings of a training of two that see wide windows.

    `sizes` are those of the network it begins with.
    """

    values: int = 128
    """What the first finds in a window."""
    context: tuple[int, ...] = (500, 200, 11)
    """Units of the second's layers but its input."""


@dataclass(frozen=True)
class NarrowOptions(LineOptions):
    """The settings of a training of those that see narrow windows: all begin anew, together."""

    layers: tuple[tuple[int, ...], ...] = (
        (320, 256, 80),
        (400, 320, 96),
        (480, 384, 128),
        (640, 512, 11),
    )
    """Units of each network's layers."""
    epochs: int = 41
    batch: int = 1600
    rate: float = 1.2e-3
    strings: int = 24_000
    bands: int = 20_000
    easy: float = -1.0
    """Every window is learned from."""
    near_px: float = 3.0


def new_stack(options: NarrowOptions) -> StackedNetwork:
    """Return networks of random weights: at first all answers are nearly alike."""
    rng = np.random.default_rng(options.seed)
    networks = [Network(each, rng=rng, hidden="relu", output="linear") for each in options.layers]
    for network in networks:
        network.weights[-1] *= np.float32(np.sqrt(0.5))  # what follows is not rectified
    networks[-1].weights[-1] *= np.float32(0.1)
    networks[-1].output = "softmax"
    return StackedNetwork(networks, NARROW)


def stacked(network: Network, bands: Sequence[Band], options: StackOptions) -> StackedNetwork:
    """Return a network that hears of its neighbours what one that was slid alone has learned.

    The values are the principal components of its last hidden layer over some bands, each of
    variance 1; the second network's weights are random.
    """
    hidden = Network.from_weights(
        network.weights[:-1], network.biases[:-1], hidden="relu", output="linear"
    )
    x = np.concatenate([shown_to(network, band.ink[None]) for band in bands], axis=1)
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
    sizes = (len(WIDE[0]) * options.values, *options.context)
    rng = np.random.default_rng(options.seed)
    context = Network(sizes, rng=rng, hidden="relu", output="softmax")
    return StackedNetwork([windows, context], WIDE)


def learn_batch(
    training: Training[StackedNetwork], batch: Batch, rate: float, options: LineOptions
) -> None:
    """Take one step on the windows of a batch that are hard."""
    network = training.network
    x, lengths = _shown_to(network, batch.ink)
    hard, wanted = lesson_of(batch, network.feedforward(x, lengths), options)
    if hard.size:
        nablas = network.backprop(x, lengths, hard, wanted)
        descend(training, [*nablas.weights, *nablas.biases], len(hard), rate, options)


def said_by(network: StackedNetwork) -> Callable[[Bytes], Floats]:
    """Return what says a network's answers (11, n * t) for lines (n, ROWS, w)."""

    def say(ink: Bytes) -> Floats:
        return network.feedforward(*_shown_to(network, ink)).astype(np.float32)

    return say


def train(
    options: LineOptions,
    bands: Sequence[Band],
    test: Sequence[Band],
    checkpoint: Path,
    network: StackedNetwork,
) -> StackedNetwork:
    """Return the network of a training, taken up at its checkpoint if there is one."""
    return train_on(begin(network), options, bands, test, checkpoint, learn_batch, said_by)


def _shown_to(network: StackedNetwork, ink: Bytes) -> tuple[Floats, list[int]]:
    """Return what windows show of lines (n, ROWS, w), (in, n * t), and how many are in each."""
    x = shown_to(network.networks[0], ink)
    return x, [x.shape[1] // len(ink)] * len(ink)
