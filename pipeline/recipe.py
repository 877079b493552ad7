r"""The recipe of the shipped reader: draw, mix, distort, step, average; then mine, and again.

After the first round the reader is shown strings it knows the truth about, and the network goes
on with what it took wrong there::

    python -m digitstring.recipe --mnist MNIST --digits DIGITS --work work \
        --output weights.npz --screener screener_weights.npz

Stopped and started again with the same work folder, it goes on after the last whole epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.calibration import calibrated
from digitstring.classifier import Digits, Network, judge, load_mnist, screen
from digitstring.epochs import (
    OTHERS,
    SHARES,
    EpochOptions,
    as_floats,
    halve,
    make_epoch,
    make_epochs,
)
from digitstring.fitting import training_practice
from digitstring.material import Pool, draw_strokes, joined, keep_pool, kept_pool, load_pools
from digitstring.mining import cut_out_boxes, mine
from digitstring.segmenter.normalizer import SIDE
from digitstring.training import (
    Training,
    TrainingOptions,
    begin,
    keep_network,
    load_checkpoint,
    mean_of,
    run_epochs,
    step,
    widened,
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
WIDER = (784, 1100, 750, 400, 11)
"""It loads in 10 ms and judges a dozen crops in 1 ms."""
BOXED = 30_000


SETTLED = 7
"""From this round on, each begins with the mean of the two before,"""
SHARES_OF_LATER = (1, 2, 3, 4, 5)
"""but for the last, which begins with the mean of so many before in these shares;"""
SHARES_OF_LAST = (*SHARES_OF_LATER, sum(SHARES_OF_LATER))
"""the reader is the mean of that and of the last round."""


def _round(
    sizes: tuple[int, ...], epochs: int, seed: int, mined: int, rate: float = 6e-4, **crops: Any
) -> RecipeOptions:
    own = EpochOptions(mined=mined, seed=seed, **{"boxed": BOXED, **crops})
    return RecipeOptions(sizes, epochs=epochs, rate=rate, crops=own, seed=seed)


_LATE: Mapping[str, Any] = {
    "boxed": 40_000,
    "shares": {**SHARES, "strokes": 80_000, "bitmaps": 18_000},
    "others": {**OTHERS, "pairs": 20_000, "neighbours": 34_000},
}


ROUNDS = (
    RecipeOptions(SIZES, epochs=30, crops=EpochOptions(boxed=BOXED)),
    _round(SIZES, 10, seed=2, mined=60_000),
    _round(SIZES, 16, seed=3, mined=60_000),
    _round(SIZES, 14, seed=4, mined=60_000),
    _round(WIDER, 16, seed=5, mined=80_000),
    _round(WIDER, 14, seed=6, mined=90_000),
    _round(
        WIDER,
        10,
        seed=7,
        mined=90_000,
        rate=4e-4,
        shares={**SHARES, "bitmaps": 18_000},
        others={**OTHERS, "pairs": 20_000, "neighbours": 28_000},
    ),
    _round(WIDER, 14, seed=8, mined=100_000, **_LATE),
    _round(WIDER, 12, seed=9, mined=110_000, rate=5e-4, **_LATE),
    _round(WIDER, 7, seed=10, mined=110_000, rate=5e-4, **_LATE),
    _round(WIDER, 10, seed=11, mined=100_000, rate=5e-4, **_LATE),
)
"""Each round begins with the network of the one before, or the mean of some before, and learns from
what it and the one before it took wrong on `STRINGS` drawn strings each as well. The last ones lean
towards what is no digit, and towards strokes in many forms."""
SCREENER = RecipeOptions(
    (196, 256, 64, 11),
    epochs=12,
    rate=2e-3,
    crops=EpochOptions(boxed=BOXED, mined=120_000, deslanted=False, halved=True, seed=21),
    seed=21,
)
"""It learns from what the last round learned from."""
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
    training: Training[Network],
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
        crops = test.crops.reshape(-1, SIDE, SIDE)
        halved = options.crops.halved
        answers = screen(halve(crops), network) if halved else judge(crops, network)
        right = np.count_nonzero(answers.probs.argmax(axis=1) == test.labels)
        return f"{right} / {len(test)}"

    epochs = make_epochs(range(training.epoch, options.epochs), pools, options.crops)
    return run_epochs(training, epochs, learn, measure, checkpoint, options)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The reader.")
@click.option("--screener", type=click.Path(path_type=Path), required=True, help="The screener.")
def main(mnist: Path, digits: Path, work: Path, output: Path, screener: Path) -> None:
    """Train the rounds one after the other, then the screener, resuming where a run was stopped."""
    pools = load_pools(mnist, digits, work / "drawn", ROUNDS[0].seed)
    test = load_mnist(mnist, "test")
    practice = training_practice(mnist, digits)
    boxed = work / "drawn" / "boxed.npz"
    pools["boxed"] = pool_of(boxed, partial(cut_out_boxes, practice, STRINGS, ROUNDS[0].seed))
    trained = [train(ROUNDS[0], pools, test, work / "round-0.npz")]
    mined: list[Pool] = []
    for number, options in enumerate(ROUNDS[1:], 1):
        start = begun_with(trained)
        reader = calibrate(start, pools, ROUNDS[number - 1])
        path = work / "drawn" / f"mined-{number}.npz"
        mined.append(pool_of(path, partial(mine, practice, reader, STRINGS, options.seed)))
        pools["mined"] = joined(*mined[-2:])
        begun = widened(start, options.sizes, np.random.default_rng(options.seed))
        trained.append(train(options, pools, test, work / f"round-{number}.npz", begun))
    last = trained[-len(SHARES_OF_LAST) :]
    reader = calibrate(mean_of(last, SHARES_OF_LAST), pools, ROUNDS[-1])
    keep_network(reader, ROUNDS, "digitstring.recipe", output)
    glancer = train(SCREENER, pools, test, work / "screener.npz")
    keep_network(glancer, [SCREENER], "digitstring.recipe", screener)


def begun_with(trained: Sequence[Network]) -> Network:
    """Return the network that the round after some trained ones begins with."""
    if len(trained) == len(ROUNDS) - 1:
        return mean_of(trained[-len(SHARES_OF_LATER) :], SHARES_OF_LATER)
    return mean_of(trained[-2:]) if len(trained) >= SETTLED else trained[-1]


def pool_of(path: Path, draw: Callable[[], Pool]) -> Pool:
    """Return a pool that is drawn once and kept in a file."""
    if not path.exists():
        keep_pool(path, draw())
    return kept_pool(path)


if __name__ == "__main__":
    main()
