"""A training as it stands: Adam's steps, the running average of the weights, and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import DataError, Network, StackedNetwork, save_network
from digitstring.classifier.replacement import replace_file

Floats = NDArray[np.float32]
Epoch = TypeVar("Epoch")
AnyNetwork = TypeVar("AnyNetwork", Network, StackedNetwork)


@dataclass(frozen=True)
class TrainingOptions:
    """The settings of a training."""

    sizes: tuple[int, ...]
    epochs: int
    batch: int = 512
    """Samples a step."""
    rate: float = 1e-3
    """Adam's step at the start; it falls to 0 with the cosine of the epochs."""
    momentum: float = 0.9
    """Adam's decay of the mean gradient, a step."""
    second_momentum: float = 0.999
    """Adam's decay of the mean squared gradient, a step."""
    warm_up: int = 1000
    """Steps over which the rate grows to its full size."""
    average_decay: float = 0.999
    """Of the running average of the weights, a step."""
    decay: float = 1e-5
    """Share of the weights that is taken off at each step, for a rate of 1e-3."""
    seed: int = 1

    def rate_at(self, epochs_done: float) -> float:
        """Return Adam's step after so many epochs, begun ones by their share."""
        return float(self.rate * 0.5 * (1 + np.cos(np.pi * epochs_done / self.epochs)))


@dataclass(eq=False)
class Training(Generic[AnyNetwork]):
    """A training as it stands: the network, Adam's moments, the average, the epochs done."""

    network: AnyNetwork
    first: list[Floats]
    second: list[Floats]
    average: list[Floats]
    steps: int = 0
    epoch: int = 0


def begin(network: AnyNetwork) -> Training[AnyNetwork]:
    """Return a network's training before its first epoch."""
    parameters = [*network.weights, *network.biases]
    return Training(
        network,
        first=[np.zeros_like(p) for p in parameters],
        second=[np.zeros_like(p) for p in parameters],
        average=[p.copy() for p in parameters],
    )


def widened(network: Network, sizes: Sequence[int], rng: np.random.Generator) -> Network:
    """Return a network of wider layers that answers the same: nothing listens to what is new yet.

    After T. Chen, I. Goodfellow and J. Shlens, "Net2Net" (2016), with random weights into each new
    neuron.

    Raises
    ------
    ValueError
        If there are not as many layers, or one is narrower.
    """
    if len(sizes) != len(network.sizes) or any(np.less(sizes, network.sizes)):
        raise ValueError(f"sizes {tuple(sizes)} are not wider than {tuple(network.sizes)}")
    weights, biases = [], []
    for fresh, w, b in zip(
        Network(sizes, rng=rng, hidden=network.hidden).weights,
        network.weights,
        network.biases,
        strict=True,
    ):
        rows, columns = w.shape
        fresh[:rows, :columns] = w
        fresh[:rows, columns:] = 0
        weights.append(fresh)
        biases.append(np.pad(b, ((0, len(fresh) - rows), (0, 0))))
    return network.with_weights(weights, biases)


def step(
    training: Training[Network], x: Floats, y: Floats, rate: float, options: TrainingOptions
) -> None:
    """Take one step on the samples ``x (784, n)``, ``y (11, n)``."""
    nabla_b, nabla_w = training.network.backprop(x, y)
    descend(training, [*nabla_w, *nabla_b], x.shape[1], rate, options)


def descend(
    training: Training[AnyNetwork],
    nablas: Sequence[Floats],
    n: int,
    rate: float,
    options: TrainingOptions,
) -> None:
    """Take one step of Adam (Kingma and Ba 2015), and average.

    `nablas` is the cost's gradient by all weights, then by all biases, summed over n samples; it
    is used up.
    """
    training.steps += 1
    first, second = options.momentum, options.second_momentum
    correction = np.sqrt(1 - second**training.steps) / (1 - first**training.steps)
    size = np.float32(rate * min(1.0, training.steps / options.warm_up) * correction)
    averaging = np.float32(1 - min(options.average_decay, training.steps / (training.steps + 10)))
    keep = np.float32(1 - options.decay * rate / 1e-3)
    parameters = [*training.network.weights, *training.network.biases]
    for p, m, v, mean, g in zip(
        parameters,
        training.first,
        training.second,
        training.average,
        nablas,
        strict=True,
    ):
        g /= np.float32(n)
        m += np.float32(1 - first) * (g - m)
        np.multiply(g, g, out=g)
        v += np.float32(1 - second) * (g - v)
        np.sqrt(v, out=g)
        g += np.float32(1e-8)
        np.divide(m, g, out=g)
        p *= keep
        p -= size * g
        mean += averaging * (p - mean)


def averaged(training: Training[AnyNetwork]) -> AnyNetwork:
    """Return the network of the averaged weights."""
    layers = len(training.network.weights)
    return training.network.with_weights(training.average[:layers], training.average[layers:])


def mean_of(networks: Sequence[AnyNetwork], shares: Sequence[float] | None = None) -> AnyNetwork:
    """Return the network of some networks' mean weights: of one training, they lie near enough.

    `shares` says how much each counts; left out, all alike. After M. Wortsman et al., "Model
    soups" (2022).
    """

    def mean(arrays: Sequence[Floats]) -> Floats:
        return np.average(arrays, axis=0, weights=shares).astype(np.float32)

    weights = zip(*(network.weights for network in networks), strict=True)
    biases = zip(*(network.biases for network in networks), strict=True)
    return networks[0].with_weights(
        [mean(each) for each in weights], [mean(each) for each in biases]
    )


def save_checkpoint(training: Training[AnyNetwork], path: Path, options: TrainingOptions) -> None:
    """Keep the training and its settings, replacing the file whole."""
    arrays = {
        f"{name}_{number}": array
        for name, group in _groups(training).items()
        for number, array in enumerate(group)
    }
    counts = [training.steps, training.epoch]
    with replace_file(path) as file:
        np.savez(file, allow_pickle=False, counts=counts, settings=repr(options), **arrays)


def load_checkpoint(training: Training[AnyNetwork], path: Path, options: TrainingOptions) -> None:
    """Take a training up where it was kept.

    Raises
    ------
    DataError
        If it was kept by a training with other settings.
    """
    with np.load(path) as file:
        if str(file["settings"]) != repr(options):
            raise DataError(
                f"{path}: is of a training with other settings; delete it, or name another folder"
            )
        training.steps, training.epoch = map(int, file["counts"])
        for name, group in _groups(training).items():
            for number, array in enumerate(group):
                array[...] = file[f"{name}_{number}"]


def _groups(training: Training[AnyNetwork]) -> dict[str, list[Floats]]:
    parameters = [*training.network.weights, *training.network.biases]
    return {
        "parameter": parameters,
        "first": training.first,
        "second": training.second,
        "average": training.average,
    }


def run_epochs(
    training: Training[AnyNetwork],
    epochs: Iterable[Epoch],
    learn: Callable[[Epoch], None],
    measure: Callable[[AnyNetwork], str],
    checkpoint: Path,
    options: TrainingOptions,
) -> AnyNetwork:
    """Learn from epochs one after the other, keep each, say how it stands; return the network."""
    began = time.perf_counter()
    for epoch in epochs:
        learn(epoch)
        save_checkpoint(training, checkpoint, options)
        told = measure(averaged(training))
        click.echo(f"Epoch {training.epoch}: {told} ({time.perf_counter() - began:.0f} s)")
        began = time.perf_counter()
    return averaged(training)


def keep_network(
    network: Network, rounds: Sequence[TrainingOptions], module: str, path: Path
) -> None:
    """Write a network to a file, as bytes, with the module and the rounds that made it."""
    network.record = {
        "made by": f"python -m {module} {version('digitstring')}",
        "epochs": " + ".join(str(options.epochs) for options in rounds),
        "seeds": ", ".join(str(options.seed) for options in rounds),
    }
    save_network(network, path, dtype=np.int8)
