"""The commands for networks: ``train`` and ``evaluate``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitstring.cli_options import (
    in_a_folder,
    mnist_option,
    output_option,
    print_table,
    progress_bar,
    weights_option,
)

if TYPE_CHECKING:
    from digitstring.classifier import Network
    from digitstring.digit_sets import DigitSet
    from digitstring.evaluation import Evaluation


def _sizes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """Return the units of each layer, or end with wrong use."""
    try:
        sizes = tuple(int(size) for size in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not whole numbers parted by commas.") from error
    if len(sizes) < 2 or min(sizes) < 1 or sizes[0] != 784 or sizes[-1] != 10:
        raise click.BadParameter(f"{value!r} must begin with 784 pixels and end with 10 digits.")
    return sizes


@click.command("train")
@mnist_option
@click.option(
    "--sizes",
    callback=_sizes,
    default="784,15,10",
    show_default=True,
    metavar="784,...,10",
    help="Units of each layer, input first.",
)
@click.option("--epochs", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), default=10, show_default=True)
@click.option(
    "--eta",
    type=click.FloatRange(min=0, min_open=True),
    default=3.0,
    show_default=True,
    help="The learning rate.",
)
@click.option(
    "--hidden",
    type=click.Choice(["sigmoid", "relu"]),
    default="sigmoid",
    show_default=True,
    help="Activation of the hidden layers.",
)
@click.option(
    "--output-layer",
    type=click.Choice(["sigmoid", "softmax"]),
    default="sigmoid",
    show_default=True,
    help="sigmoid has the quadratic cost, softmax cross-entropy.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--no-test", is_flag=True, help="Do not count right answers after each epoch.")
@click.option("--download", is_flag=True, help="Fetch MNIST's files first, where missing.")
@click.option("--address", help="Of the mirror that --download fetches from.")
@output_option("NET.npz", "Where the network is saved.")
def train_command(
    mnist: Path | None,
    no_test: bool,
    download: bool,
    address: str | None,
    output: Path,
    **settings: Any,
) -> None:
    """Train a network on MNIST by the article's stochastic gradient descent.

    The same seed and options give the same network on the same machine.
    """
    from digitstring.article import ArticleOptions, describe, new_network, train_epochs
    from digitstring.classifier import load_mnist, save_network

    if address is not None and not download:
        raise click.UsageError("--address is of use with --download only.")
    if download:
        _download(mnist, address)
    training, test = load_mnist(mnist, "train"), None if no_test else load_mnist(mnist, "test")
    options = ArticleOptions(**settings)
    network = new_network(options)
    with progress_bar() as progress:
        epochs = train_epochs(network, training, test, options)
        for epoch in progress.track(epochs, total=options.epochs, description="Training"):
            print(describe(epoch), flush=True)
    save_network(network, output)


@click.command("evaluate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[SET]...")
@mnist_option
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    metavar="FILE.png",
    help="Write a picture of the wrong and the most doubtful crops of each set.",
)
@click.option("--confusion", is_flag=True, help="Show the confusion matrix of several sets too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@weights_option
def evaluate_command(
    paths: tuple[Path, ...],
    mnist: Path | None,
    sheet: Path | None,
    confusion: bool,
    as_json: bool,
    network: Network | None,
) -> None:
    """Show a network and how well it tells the digits of each SET.

    A SET is an npz file of single digits (x, of any size, ink 255; y, 0 to 9; where the file has
    classes, y counts those, which are no digits), a folder with images/ and labels.csv whose
    column boxes_xywh_digit says where the digits are, or a folder of MNIST's files, whose test
    digits are taken. With --mnist, or without a SET, MNIST's test digits come first, and crops
    are turned away where 1 % of these are; else where `digitstring read` passes over them.
    """
    from digitstring.classifier import load_network
    from digitstring.component_reader import ComponentOptions
    from digitstring.digit_sets import load_mnist_test, load_sets
    from digitstring.evaluation import MNIST_TURNED_AWAY, evaluate_set, threshold_turning_away

    network = load_network() if network is None else network
    with_mnist = mnist is not None or not paths
    sets = [load_mnist_test(mnist)] if with_mnist else []
    sets += [digits for path in paths for digits in load_sets(path)]
    evaluated = [(digits, evaluate_set(digits, network)) for digits in sets]
    threshold = ComponentOptions().whole_min
    if with_mnist:
        threshold = threshold_turning_away(MNIST_TURNED_AWAY, evaluated[0][1].judgement.whole)
    if sheet is not None:
        _write_sheet(sheet, evaluated, threshold)
    if as_json:
        rows = [{"name": digits.name, **found.to_dict(threshold)} for digits, found in evaluated]
        click.echo(json.dumps({**_described(network), "threshold": threshold, "sets": rows}))
    else:
        _print_evaluated(network, evaluated, threshold, confusion or len(sets) == 1)


def _write_sheet(
    path: Path, evaluated: Sequence[tuple[DigitSet, Evaluation]], threshold: float
) -> None:
    from digitstring.classifier.replacement import replace_file
    from digitstring.sheets import draw_sheet

    with replace_file(path) as file:
        draw_sheet(evaluated, threshold).save(file, "PNG", optimize=True)


def _print_evaluated(
    network: Network,
    evaluated: Sequence[tuple[DigitSet, Evaluation]],
    threshold: float,
    confusion: bool,
) -> None:
    from digitstring.cli_tables import confusion_table, set_table

    for name, value in _described(network).items():
        click.echo(f"{name:8} {_shown(value)}")
    click.echo(f"turned away where `whole` lies below {threshold:.4f}")
    print_table(set_table(evaluated, threshold))
    for digits, evaluation in evaluated:
        if confusion and evaluation.error is not None:
            print_table(confusion_table(digits.name, evaluation))


def _download(mnist: Path | None, address: str | None) -> None:
    from digitstring.classifier import download_mnist
    from digitstring.classifier.mnist import MNIST_ADDRESS

    try:
        download_mnist(mnist, address=MNIST_ADDRESS if address is None else address)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--address") from error


def _described(network: Network) -> dict[str, Any]:
    """Return what a network is: its file's format, its layers and shapes, how it was made."""
    from digitstring.classifier.weights import VERSION

    return {
        "version": VERSION,
        "sizes": list(network.sizes),
        "hidden": network.hidden,
        "output": network.output,
        "weights": [list(w.shape) for w in network.weights],
        "record": dict(network.record),
    }


def _shown(value: Any) -> str:
    """Return a value of `_described` as one line of text."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(" x ".join(map(str, v)) if isinstance(v, list) else str(v) for v in value)
    return str(value)
