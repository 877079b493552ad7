"""The recipe of the shipped network: draw, mix, distort, step, average; then mine, and again.

After the first round the reader is shown strings it knows the truth about, and the network goes
on with what it took wrong there::

    python -m digitstring.recipe --mnist MNIST --digits DIGITS --work work --output net.npz

Stopped and started again with the same work folder, it goes on after the last whole epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.calibration import calibrated
from digitstring.classifier import Digits, Network, classify, load_mnist, save_network
from digitstring.epochs import EpochOptions, as_floats, make_epoch, make_epochs
from digitstring.fitting import training_practice
from digitstring.material import Pool, draw_strokes, keep_pool, kept_pool, load_pools
from digitstring.mining import cut_out_boxes, mine
from digitstring.training import (
    Training,
    TrainingOptions,
    begin,
    load_checkpoint,
    run_epochs,
    step,
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

OTHER_SEED = 1000
"""Added to a training's seed for the crops it is calibrated on."""


@dataclass(frozen=True)
class RecipeOptions(TrainingOptions):
    """The settings of a training, and of its crops."""

    crops: EpochOptions = field(default_factory=EpochOptions)


SIZES = (784, 1000, 700, 400, 11)
"""It loads in 10 ms and judges a dozen crops in 1 ms."""
BOXED = 30_000
MINED = 60_000
ROUNDS = (
    RecipeOptions(SIZES, epochs=30, crops=EpochOptions(boxed=BOXED)),
    *(
        RecipeOptions(
            SIZES,
            epochs=epochs,
            rate=6e-4,
            crops=EpochOptions(boxed=BOXED, mined=MINED, seed=seed),
            seed=seed,
        )
        for epochs, seed in ((10, 2), (16, 3), (14, 4))
    ),
)
"""Each round begins with the network of the one before, and learns from what that one took wrong
on `STRINGS` drawn strings as well."""
STRINGS = 6000


def new_network(options: RecipeOptions) -> Network:
    """Return a network of random weights."""
    return Network(
        options.sizes,
        rng=np.random.default_rng(options.seed),
        hidden="relu",
        output="softmax+whole",
        deslanted=options.crops.deslanted,
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
        rate = options.rate_at(training.epoch + number / len(starts))
        step(training, as_floats(crops[batch]).T, wanted[batch].T, rate, options)
    training.epoch += 1


def calibrate(network: Network, pools: dict[str, Pool], options: RecipeOptions) -> Network:
    """Return the network calibrated on an epoch of other seeds, its strokes by hands unseen."""
    seed = options.seed + OTHER_SEED
    strokes = draw_strokes(np.random.default_rng(seed), hands=2000)
    return calibrated_on({**pools, "strokes": strokes}, network, replace(options.crops, seed=seed))


def calibrated_on(pools: Mapping[str, Pool], network: Network, options: EpochOptions) -> Network:
    """Return the network calibrated on the first epoch that is drawn from some pools."""
    crops, wanted = make_epoch(0, pools, replace(options, deslanted=False))
    labels = np.where(wanted[:, 10] > 0, wanted[:, :10].argmax(axis=1), -1)
    return calibrated(network, as_floats(crops), labels)


def train(
    options: RecipeOptions,
    pools: dict[str, Pool],
    test: Digits,
    checkpoint: Path,
    network: Network | None = None,
) -> Network:
    """Return the network of a training, taken up at its checkpoint if there is one."""
    training = begin(network or new_network(options))
    if checkpoint.exists():
        load_checkpoint(training, checkpoint, options)

    def learn(epoch: tuple[Bytes, Floats]) -> None:
        run_epoch(training, *epoch, options)

    def measure(network: Network) -> str:
        answers = classify(test.crops, network).argmax(axis=1)
        return f"{np.count_nonzero(answers == test.labels)} / {len(test)}"

    epochs = make_epochs(range(training.epoch, options.epochs), pools, options.crops)
    return run_epochs(training, epochs, learn, measure, checkpoint, options)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The network.")
def main(mnist: Path, digits: Path, work: Path, output: Path) -> None:
    """Train the rounds one after the other, resuming where a run was stopped."""
    pools = load_pools(mnist, digits, work / "drawn", ROUNDS[0].seed)
    test = load_mnist(mnist, "test")
    practice = training_practice(mnist)
    boxed = work / "drawn" / "boxed.npz"
    pools["boxed"] = pool_of(boxed, partial(cut_out_boxes, practice, STRINGS, ROUNDS[0].seed))
    network = train(ROUNDS[0], pools, test, work / "round-0.npz")
    for number, options in enumerate(ROUNDS[1:], 1):
        network = calibrate(network, pools, ROUNDS[number - 1])
        mined = work / "drawn" / f"mined-{number}.npz"
        pools["mined"] = pool_of(mined, partial(mine, practice, network, STRINGS, options.seed))
        network = train(options, pools, test, work / f"round-{number}.npz", network)
    network = calibrate(network, pools, ROUNDS[-1])
    network.record = {
        "made by": f"python -m digitstring.recipe {version('digitstring')}",
        "epochs": " + ".join(str(options.epochs) for options in ROUNDS),
        "seeds": ", ".join(str(options.seed) for options in ROUNDS),
    }
    save_network(network, output, dtype=np.int8)


def pool_of(path: Path, draw: Callable[[], Pool]) -> Pool:
    """Return a pool that is drawn once and kept in a file."""
    if not path.exists():
        keep_pool(path, draw())
    return kept_pool(path)


if __name__ == "__main__":
    main()
