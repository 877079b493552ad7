"""The command ``tune``: the network goes on learning from checked readings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_corrections import images_option
from digitstring.cli_options import (
    mnist_option,
    output_option,
    print_error,
    progress_bar,
    weights_option,
)

if TYPE_CHECKING:
    from digitstring.classifier import Network
    from digitstring.locations import Place


@click.command("tune")
@click.argument(
    "corrections", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv"
)
@images_option
@mnist_option
@click.option("--epochs", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@weights_option
@output_option("NET.npz", "Where the network is saved, if it is better.")
def tune_command(
    corrections: Path,
    folder: Place | None,
    mnist: Path | None,
    epochs: int,
    seed: int,
    network: Network | None,
    output: Path,
) -> None:
    """Let the network go on learning from checked readings.

    FILE.csv is what `digitstring review` kept, with accepted readings among it. A quarter of the
    images is held back. The network is saved only if it reads more of these right than before,
    and tells no more drawn digits wrong; else nothing is saved and the exit status is 1.
    """
    from digitstring.classifier import ModelError, load_network, save_network
    from digitstring.corrections_file import load_corrections
    from digitstring.locations import images_folder
    from digitstring.told_pieces import told_images
    from digitstring.tuning import TuningOptions, record_of, tune

    base = load_network() if network is None else network
    if base.output != "softmax+whole":
        raise ModelError("only a network that tells whole digits can be tuned; see README.md")
    said = load_corrections(corrections)
    place = folder or images_folder(corrections, [key[0] for key in said])
    images = told_images(said, place)
    print(f"images: {len(images)} of {len(said)}, in {place}", file=sys.stderr)
    options = TuningOptions(epochs=epochs, seed=seed)
    with progress_bar() as progress:
        task = progress.add_task("Tuning", total=epochs)
        tuned = tune(images, base, mnist, options, lambda epoch: progress.advance(task))
    print(tuned)
    if not tuned.is_better:
        print_error(f"not better, so {output} is not written; check more readings")
        sys.exit(1)
    save_network(tuned.network, output, record=record_of(tuned, base, options))
