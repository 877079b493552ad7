"""The recipe of the shipped network: draw, mix, distort, step, average.

    python -m digitstring.recipe --mnist FOLDER --digits FOLDER --work FOLDER --output net.npz

Stopped and started again with the same folder, it goes on after the last whole epoch.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Network, load_mnist, save_network
from digitstring.distortion import DistortionOptions, distort
from digitstring.material import Pool, load_pools
from digitstring.mixing import (
    Glyphs,
    alone,
    blots,
    halves,
    in_a_row,
    with_part_of_neighbour,
    with_rules,
    with_specks,
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SHARES = {
    "mnist": 60_000,
    "strokes": 60_000,
    "bitmaps": 14_000,
    "print": 16_000,
    "script": 6_000,
    "segments": 5_000,
}
"""Digits of each pool in an epoch."""
OTHERS = {
    "pairs": 16_000,
    "triples": 4_000,
    "neighbours": 16_000,
    "halves": 24_000,
    "symbols": 14_000,
    "blots": 4_000,
}
"""Crops in an epoch that are no digit; of the halves, those a digit's shape are left out."""

CHUNK = 250
"""Canvases distorted at a time: their arrays stay in a processor's cache."""


@dataclass(frozen=True)
class RecipeOptions:
    """The settings of a training."""

    sizes: tuple[int, ...] = (784, 1200, 900, 600, 11)
    epochs: int = 48
    batch: int = 512
    """Crops a step."""
    rate: float = 1e-3
    """Adam's step at the start; it falls to 0 with the cosine of the epochs."""
    smoothing: float = 0.02
    """Share of a digit's wanted output that is spread over all ten."""
    remnant_share: float = 0.3
    """Share of the digits that keep a bit of a neighbour or of a rule."""
    speck_share: float = 0.06
    """Share of the digits on a printed pattern."""
    average_decay: float = 0.999
    """Of the running average of the weights, a step."""
    decay: float = 1e-5
    """Share of the weights that is taken off at each step, for a rate of 1e-3."""
    seed: int = 1
    distortion: DistortionOptions = field(default_factory=DistortionOptions)


@dataclass(eq=False)
class Training:
    """A training as it stands: the network, Adam's moments, the average, the epochs done."""

    network: Network
    first: list[Floats]
    second: list[Floats]
    average: list[Floats]
    steps: int = 0
    epoch: int = 0


def begin(options: RecipeOptions) -> Training:
    """Return the training before its first epoch."""
    network = Network(
        options.sizes,
        rng=np.random.default_rng(options.seed),
        hidden="relu",
        output="softmax+whole",
    )
    parameters = [*network.weights, *network.biases]
    return Training(
        network,
        first=[np.zeros_like(p) for p in parameters],
        second=[np.zeros_like(p) for p in parameters],
        average=[p.copy() for p in parameters],
    )


def run_epoch(training: Training, crops: Bytes, wanted: Floats, options: RecipeOptions) -> None:
    """Train on one epoch's crops (n, 784) and their wanted outputs (n, 11)."""
    order = np.random.default_rng([options.seed, training.epoch]).permutation(len(crops))
    starts = range(0, len(order), options.batch)
    for number, start in enumerate(starts):
        batch = order[start : start + options.batch]
        progress = (training.epoch + number / len(starts)) / options.epochs
        rate = options.rate * 0.5 * (1 + np.cos(np.pi * progress))
        step(training, as_floats(crops[batch]).T, wanted[batch].T, rate, options)
    training.epoch += 1


def step(training: Training, x: Floats, y: Floats, rate: float, options: RecipeOptions) -> None:
    """Take one step of Adam (Kingma and Ba 2015) on ``x (784, n)``, ``y (11, n)``, and average."""
    nabla_b, nabla_w = training.network.backprop(x, y)
    training.steps += 1
    warmed_up = min(1.0, training.steps / 1000)
    correction = np.sqrt(1 - 0.999**training.steps) / (1 - 0.9**training.steps)
    size = np.float32(rate * warmed_up * correction)
    averaging = np.float32(1 - min(options.average_decay, training.steps / (training.steps + 10)))
    keep = np.float32(1 - options.decay * rate / 1e-3)
    parameters = [*training.network.weights, *training.network.biases]
    for p, m, v, mean, g in zip(
        parameters,
        training.first,
        training.second,
        training.average,
        [*nabla_w, *nabla_b],
        strict=True,
    ):
        g /= np.float32(x.shape[1])
        m += np.float32(0.1) * (g - m)
        np.multiply(g, g, out=g)
        v += np.float32(0.001) * (g - v)
        np.sqrt(v, out=g)
        g += np.float32(1e-8)
        np.divide(m, g, out=g)
        p *= keep
        p -= size * g
        mean += averaging * (p - mean)


def averaged(training: Training) -> Network:
    """Return the network of the averaged weights."""
    layers = training.network.num_layers - 1
    return Network.from_weights(
        training.average[:layers],
        training.average[layers:],
        hidden="relu",
        output="softmax+whole",
    )


def make_epochs(
    first: int, pools: Mapping[str, Pool], options: RecipeOptions
) -> Iterator[tuple[Bytes, Floats]]:
    """Yield what `make_epoch` makes, the next epoch in a second process while one is used."""
    with ProcessPoolExecutor(max_workers=1) as executor:
        pending = executor.submit(make_epoch, first, pools, options)
        for number in range(first + 1, options.epochs + 1):
            ready = pending.result()
            if number < options.epochs:
                pending = executor.submit(make_epoch, number, pools, options)
            yield ready


def make_epoch(
    number: int, pools: Mapping[str, Pool], options: RecipeOptions
) -> tuple[Bytes, Floats]:
    """Return an epoch's crops (n, 784) and wanted outputs (n, 11), from its number and the seed."""
    rng = np.random.default_rng([options.seed, number])
    crops, wanted = [], []
    for canvases, labels in make_canvases(pools, rng, options):
        for start in range(0, len(canvases), CHUNK):
            part = canvases[start : start + CHUNK]
            distorted = distort(part, rng, options.distortion).reshape(len(part), -1)
            crops.append(np.round(distorted * 255).astype(np.uint8))
        wanted.append(targets(labels, options.smoothing))
    return np.concatenate(crops), np.concatenate(wanted)


def targets(labels: NDArray[np.int64], smoothing: float) -> Floats:
    """Return the wanted outputs (n, 11): ten digits and "whole"; label -1 is no digit.

    >>> targets(np.array([2, -1]), 0.0)[:, [2, 3, 10]]
    array([[1., 0., 1.],
           [0., 0., 0.]], dtype=float32)
    """
    wanted = np.zeros((len(labels), 11), dtype=np.float32)
    digits = np.flatnonzero(labels >= 0)
    wanted[digits, :10] = smoothing / 10
    wanted[digits, labels[digits]] += 1 - smoothing
    wanted[digits, 10] = 1
    return wanted


def make_canvases(
    pools: Mapping[str, Pool], rng: np.random.Generator, options: RecipeOptions
) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Yield canvases and their labels, kind by kind."""
    digits = draw_digits(pools, rng)
    kind = rng.random(len(digits.labels))
    neighbour = kind < options.remnant_share / 2
    rule = ~neighbour & (kind < options.remnant_share)
    specks = ~neighbour & ~rule & (kind < options.remnant_share + options.speck_share)
    plain = digits.where(kind >= options.remnant_share + options.speck_share)
    yield alone(plain), plain.labels
    beside = digits.where(neighbour)
    others = digits.draw(len(beside.labels), rng)
    yield with_part_of_neighbour(beside, others, rng, (0.05, 0.25)), beside.labels
    ruled = digits.where(rule)
    yield with_rules(alone(ruled), rng), ruled.labels
    specked = digits.where(specks)
    yield with_specks(alone(specked), rng), specked.labels
    for canvases in make_others(pools, digits, rng):
        yield canvases, np.full(len(canvases), -1)


def make_others(
    pools: Mapping[str, Pool], digits: Glyphs, rng: np.random.Generator
) -> Iterator[Floats]:
    """Yield canvases that are no digit."""

    def drawn(name: str) -> Glyphs:
        return digits.draw(OTHERS[name], rng)

    yield in_a_row([drawn("pairs"), drawn("pairs")], rng, (-5, 2))
    yield in_a_row([drawn("triples") for _ in range(3)], rng, (-5, 1))
    wide = digits.where(digits.labels != 1)
    count = OTHERS["neighbours"]
    yield with_part_of_neighbour(digits.draw(count, rng), wide.draw(count, rng), rng, (0.4, 0.7))
    yield halves(drawn("halves"), rng)
    signs = pools["symbols"]
    yield alone(Glyphs(as_floats(signs.crops), signs.labels).draw(OTHERS["symbols"], rng))
    yield blots(OTHERS["blots"], rng)


def draw_digits(pools: Mapping[str, Pool], rng: np.random.Generator) -> Glyphs:
    """Return the digits of an epoch: of each pool its share, all of it before any twice."""
    crops, labels = [], []
    for name, share in SHARES.items():
        pool = pools[name]
        chosen = rng.permutation(len(pool.labels))[:share]
        crops.append(as_floats(pool.crops[chosen]))
        labels.append(pool.labels[chosen])
    return Glyphs(np.concatenate(crops), np.concatenate(labels))


def as_floats(crops: NDArray[np.uint8]) -> Floats:
    """Return crops of bytes as ink in [0, 1]."""
    return crops.astype(np.float32) / np.float32(255)


def save_checkpoint(training: Training, path: Path) -> None:
    """Keep the training, replacing the file whole."""
    arrays = {
        f"{name}_{number}": array
        for name, group in _groups(training).items()
        for number, array in enumerate(group)
    }
    partial = path.with_suffix(".part.npz")
    np.savez(partial, allow_pickle=False, counts=[training.steps, training.epoch], **arrays)
    partial.replace(path)


def load_checkpoint(training: Training, path: Path) -> None:
    """Take a training up where it was kept."""
    with np.load(path) as file:
        training.steps, training.epoch = map(int, file["counts"])
        for name, group in _groups(training).items():
            for number, array in enumerate(group):
                array[...] = file[f"{name}_{number}"]


def _groups(training: Training) -> dict[str, list[Floats]]:
    parameters = [*training.network.weights, *training.network.biases]
    return {
        "parameter": parameters,
        "first": training.first,
        "second": training.second,
        "average": training.average,
    }


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The network.")
@click.option("--epochs", default=48, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(mnist: Path, digits: Path, work: Path, output: Path, epochs: int, seed: int) -> None:
    """Train the shipped network, resuming where an earlier run was stopped."""
    options = RecipeOptions(epochs=epochs, seed=seed)
    pools = load_pools(mnist, digits, work / "drawn", seed)
    held_back = load_mnist(mnist, "test")
    training = begin(options)
    checkpoint = work / "checkpoint.npz"
    if checkpoint.exists():
        load_checkpoint(training, checkpoint)
    began = time.perf_counter()
    for crops, wanted in make_epochs(training.epoch, pools, options):
        run_epoch(training, crops, wanted, options)
        save_checkpoint(training, checkpoint)
        network = averaged(training)
        correct = network.evaluate((held_back.crops.reshape(-1, 784).T, held_back.labels))
        seconds = time.perf_counter() - began
        click.echo(f"Epoch {training.epoch}: {correct} / {len(held_back)} ({seconds:.0f} s)")
        began = time.perf_counter()
    network = averaged(training)
    network.record = {"made by": "python -m digitstring.recipe", "epochs": epochs, "seed": seed}
    save_network(network, output, dtype=np.float16)


if __name__ == "__main__":
    main()
