"""Measure what corrections are worth: images of a folder, checked as its labels say.

    python benchmarks/tuning.py FOLDER [--images 199] [--seed 1 --seed 2 --seed 3]

Prints for each seed what `digitstring tune` does. The seed chooses what is held back too.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from digitstring import load_network, read
from digitstring.labels import Label, load_labels
from digitstring.told_pieces import Told
from digitstring.tuning import TuningOptions, tune


def told(folder: Path, label: Label) -> Told:
    """Return an image as somebody would have checked it."""
    path = folder / "images" / label.file
    return Told(path, None, label.text, was_wrong=read(path).text != label.text)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--images", "most", default=199, show_default=True, help="The first by name.")
@click.option("--seed", "seeds", type=int, multiple=True, default=(1, 2, 3), show_default=True)
def main(folder: Path, most: int, seeds: tuple[int, ...]) -> None:
    """Tune the shipped network on images of FOLDER whose label is one number."""
    labels = sorted(load_labels(folder), key=lambda label: label.file)
    numbers = [label for label in labels if label.text.isdigit()]
    images = [told(folder, label) for label in numbers[:most]]
    wrong = sum(image.was_wrong for image in images)
    print(f"{len(images)} images, {wrong} of them read wrong")
    for seed in seeds:
        began = perf_counter()
        tuned = tune(images, load_network(), options=TuningOptions(seed=seed))
        print(f"seed {seed}, {perf_counter() - began:.0f} s\n{tuned}", flush=True)


if __name__ == "__main__":
    main()
