"""The recipe of the shipped network: draw, mix, distort, step, average; then mine, and again.

After the first round the reader is shown strings it knows the truth about, and the network goes
on with what it took wrong there::

    python -m digitstring.recipe --mnist MNIST --digits DIGITS --work work --output net.npz

Stopped and started again with the same work folder, it goes on after the last whole epoch.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.calibration import calibrated
from digitstring.classifier import DataError, Digits, Network, classify, load_mnist, save_network
from digitstring.classifier.replacement import replace_file
from digitstring.epochs import EpochOptions, as_floats, make_epoch, make_epochs
from digitstring.fitting import training_practice
from digitstring.material import Pool, draw_strokes, keep_pool, kept_pool, load_pools
from digitstring.mining import mine

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

OTHER_SEED = 1000
"""Added to a training's seed for the crops it is calibrated on."""


@dataclass(frozen=True)
class RecipeOptions:
    """The settings of a training."""

    sizes: tuple[int, ...]
    epochs: int
    batch: int = 512
    """Crops a step."""
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
    crops: EpochOptions = field(default_factory=EpochOptions)
    seed: int = 1


SIZES = (784, 1000, 700, 400, 11)
"""It loads in 10 ms and judges a dozen crops in 1 ms."""
ROUNDS = (
    RecipeOptions(SIZES, epochs=30),
    RecipeOptions(SIZES, epochs=10, rate=6e-4, crops=EpochOptions(mined=60_000, seed=2), seed=2),
    RecipeOptions(SIZES, epochs=14, rate=6e-4, crops=EpochOptions(mined=60_000, seed=3), seed=3),
)
"""Each round begins with the network of the one before, and learns from what that one took wrong
on `STRINGS` drawn strings as well."""
STRINGS = 6000


@dataclass(eq=False)
class Training:
    """A training as it stands: the network, Adam's moments, the average, the epochs done."""

    network: Network
    first: list[Floats]
    second: list[Floats]
    average: list[Floats]
    steps: int = 0
    epoch: int = 0


def begin(options: RecipeOptions, network: Network | None = None) -> Training:
    """Return the training before its first epoch, from a network or from random weights."""
    network = network or Network(
        options.sizes,
        rng=np.random.default_rng(options.seed),
        hidden="relu",
        output="softmax+whole",
        deslanted=options.crops.deslanted,
    )
    parameters = [*network.weights, *network.biases]
    return Training(
        network,
        first=[np.zeros_like(p) for p in parameters],
        second=[np.zeros_like(p) for p in parameters],
        average=[p.copy() for p in parameters],
    )


def run_epoch(
    training: Training,
    crops: Bytes,
    wanted: Floats,
    options: RecipeOptions,
) -> None:
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
        [*nabla_w, *nabla_b],
        strict=True,
    ):
        g /= np.float32(x.shape[1])
        m += np.float32(1 - first) * (g - m)
        np.multiply(g, g, out=g)
        v += np.float32(1 - second) * (g - v)
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
        deslanted=training.network.deslanted,
    )


def calibrate(network: Network, pools: dict[str, Pool], options: RecipeOptions) -> Network:
    """Return the network calibrated on an epoch of other seeds, its strokes by hands unseen."""
    seed = options.seed + OTHER_SEED
    strokes = draw_strokes(np.random.default_rng(seed), hands=2000)
    crops, wanted = make_epoch(
        0, {**pools, "strokes": strokes}, replace(options.crops, seed=seed, deslanted=False)
    )
    labels = np.where(wanted[:, 10] > 0, wanted[:, :10].argmax(axis=1), -1)
    return calibrated(network, as_floats(crops), labels)


def save_checkpoint(training: Training, path: Path, options: RecipeOptions) -> None:
    """Keep the training and its settings, replacing the file whole."""
    arrays = {
        f"{name}_{number}": array
        for name, group in _groups(training).items()
        for number, array in enumerate(group)
    }
    counts = [training.steps, training.epoch]
    with replace_file(path) as file:
        np.savez(file, allow_pickle=False, counts=counts, settings=repr(options), **arrays)


def load_checkpoint(training: Training, path: Path, options: RecipeOptions) -> None:
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


def _groups(training: Training) -> dict[str, list[Floats]]:
    parameters = [*training.network.weights, *training.network.biases]
    return {
        "parameter": parameters,
        "first": training.first,
        "second": training.second,
        "average": training.average,
    }


def train(
    options: RecipeOptions,
    pools: dict[str, Pool],
    test: Digits,
    checkpoint: Path,
    network: Network | None = None,
) -> Network:
    """Return the network of a training, taken up at its checkpoint if there is one."""
    training = begin(options, network)
    if checkpoint.exists():
        load_checkpoint(training, checkpoint, options)
    began = time.perf_counter()
    for crops, wanted in make_epochs(range(training.epoch, options.epochs), pools, options.crops):
        run_epoch(training, crops, wanted, options)
        save_checkpoint(training, checkpoint, options)
        answers = classify(test.crops, averaged(training)).argmax(axis=1)
        correct = np.count_nonzero(answers == test.labels)
        seconds = time.perf_counter() - began
        click.echo(f"Epoch {training.epoch}: {correct} / {len(test)} ({seconds:.0f} s)")
        began = time.perf_counter()
    return averaged(training)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The network.")
def main(mnist: Path, digits: Path, work: Path, output: Path) -> None:
    """Train the rounds one after the other, resuming where a run was stopped."""
    pools = load_pools(mnist, digits, work / "drawn", ROUNDS[0].seed)
    test = load_mnist(mnist, "test")
    network = train(ROUNDS[0], pools, test, work / "round-0.npz")
    for number, options in enumerate(ROUNDS[1:], 1):
        network = calibrate(network, pools, ROUNDS[number - 1])
        mined = work / "drawn" / f"mined-{number}.npz"
        pools["mined"] = mined_pool(mined, mnist, network, options.seed)
        network = train(options, pools, test, work / f"round-{number}.npz", network)
    network = calibrate(network, pools, ROUNDS[-1])
    network.record = {
        "made by": f"python -m digitstring.recipe {version('digitstring')}",
        "epochs": " + ".join(str(options.epochs) for options in ROUNDS),
        "seeds": ", ".join(str(options.seed) for options in ROUNDS),
    }
    save_network(network, output, dtype=np.float16)


def mined_pool(path: Path, mnist: Path, network: Network, seed: int) -> Pool:
    """Return what a network takes wrong on drawn strings, mined once and kept in a file."""
    if not path.exists():
        keep_pool(path, mine(training_practice(mnist), network, STRINGS, seed))
    return kept_pool(path)


if __name__ == "__main__":
    main()
