"""The recipe of the networks that are slid along lines: draw strings, find their lines, learn.

    python -m digitstring.line_recipe --mnist MNIST --digits DIGITS --work work --output classifier

Stopped and started again with the same work folder, it goes on after the last whole epoch.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from digitstring.classifier import StackedNetwork
from digitstring.classifier.weights import NARROW_FILES, WIDE_FILES
from digitstring.fitting import training_practice
from digitstring.line_material import Band, draw_bands, keep_bands, kept_bands
from digitstring.line_training import COLUMNS, LineOptions, new_network, train
from digitstring.practice import Practice
from digitstring.segmenter.windows import ROWS
from digitstring.stack_training import NarrowOptions, StackOptions, new_stack, stacked
from digitstring.stack_training import train as train_stack
from digitstring.training import keep_network, mean_of, widened

SEED = 9100
"""Of the strings of part 0."""
HELD_BACK = 2000
"""Lines that a training is watched on."""
LOOKED_AT = 400
"""Lines whose principal components the stacked network begins with."""

WIDER = (ROWS * COLUMNS, 1100, 500, 11)
ROUNDS = (
    LineOptions(),
    LineOptions(WIDER, epochs=12, rate=7e-4, seed=2, parts=(10, 11, 12, 0, 1, 2, 3)),
    LineOptions(
        WIDER, epochs=12, rate=8e-4, seed=3, bands=70_000, parts=(20, 21, 10, 11, 12, 0, 1)
    ),
    LineOptions(WIDER, epochs=10, rate=8e-4, seed=4, bands=70_000, parts=(30, 31, 20, 21, 10, 11)),
)
"""Each round begins with the network of the one before."""
STACKS = (
    StackOptions(
        WIDER,
        epochs=24,
        rate=7e-4,
        seed=5,
        bands=40_000,
        parts=(30, 31, 20, 21, 10, 11, 12, 40, 40),
    ),
    StackOptions(
        WIDER,
        epochs=8,
        rate=4e-4,
        seed=6,
        bands=40_000,
        parts=(30, 31, 20, 21, 10, 11, 12, 40, 50, 50),
        near_px=2.5,
    ),
    StackOptions(WIDER, epochs=7, rate=5e-4, seed=7, bands=40_000, parts=(60, 61), near_px=2.5),
    StackOptions(
        WIDER,
        epochs=4,
        rate=3e-4,
        warm_up=300,
        seed=8,
        bands=36_000,
        parts=(62, 63, 62, 63, 60, 61),
        near_px=2.5,
    ),
)
"""Rounds of both networks; the first begins with the mean of the last two before. A part named
twice is met twice as often. Later a digit is said nearer to its middle: cuts may lie close by."""
BLENDED = {1: 2, 3: 3}
"""The shipped networks are the mean of these rounds of both, in these shares: of the writers met
last, and of those before."""
NARROWS = (
    NarrowOptions(parts=(70,)),
    NarrowOptions(epochs=12, batch=2700, rate=5e-4, warm_up=100, seed=11, parts=(70,)),
    NarrowOptions(epochs=51, batch=3200, warm_up=300, seed=31, parts=(70, 71)),
)
"""Rounds of those that see narrow windows, each of which begins with the networks before."""


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
@click.option(
    "--output",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of the networks.",
)
def main(mnist: Path, digits: Path, work: Path, output: Path) -> None:
    """Train the networks that are slid along lines, resuming where a run was stopped."""
    practice = training_practice(mnist, digits)
    trained = [new_network(ROUNDS[0])]
    for number, options in enumerate(ROUNDS):
        bands = _bands_of(practice, work, options)
        begun = widened(trained[-1], options.sizes, np.random.default_rng(options.seed))
        checkpoint = work / f"line-{number}.npz"
        trained.append(train(options, bands[HELD_BACK:], bands[:HELD_BACK], checkpoint, begun))
    begun = mean_of(trained[-2:])
    trained_both: list[StackedNetwork] = []
    for number, options in enumerate(STACKS):
        bands = _bands_of(practice, work, options)
        learned = bands[HELD_BACK:]
        if number:
            both = mean_of(trained_both[-1:])  # a copy, which the round changes
        else:
            both = stacked(begun, learned[:LOOKED_AT], options)
        checkpoint = work / f"stack-{number}.npz"
        trained_both.append(train_stack(options, learned, bands[:HELD_BACK], checkpoint, both))
    both = mean_of([trained_both[number] for number in BLENDED], list(BLENDED.values()))
    narrow = new_stack(NARROWS[0])
    for number, options in enumerate(NARROWS):
        bands = _bands_of(practice, work, options)
        checkpoint = work / f"narrow-{number}.npz"
        narrow = train_stack(options, bands[HELD_BACK:], bands[:HELD_BACK], checkpoint, narrow)
    for networks, files, made_by in (
        (both.networks, WIDE_FILES, [*ROUNDS, *STACKS]),
        (narrow.networks, NARROW_FILES, NARROWS),
    ):
        for network, name in zip(networks, files, strict=True):
            keep_network(network, made_by, "digitstring.line_recipe", output / name)


def _bands_of(practice: Practice, work: Path, options: LineOptions) -> list[Band]:
    """Return the lines to learn from, each part drawn once and kept in a file."""
    bands: list[Band] = []
    for part in options.parts:
        path = work / f"bands-{part}.npz"
        if not path.exists():
            keep_bands(path, draw_bands(practice, options.strings, SEED + part))
        bands += kept_bands(path)
    return bands


if __name__ == "__main__":
    main()
