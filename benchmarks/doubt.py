"""Measure how often the reader is sure of a number where there is none.

    python benchmarks/doubt.py [--count 100] [--seed 11] [--errors DIR]

Prints a Markdown table, a row each subject: the share that is read as nothing or with a confidence
under 0.5, as is wanted of all, the share that is read as nothing, and the highest confidence.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click
import numpy as np
from PIL import Image

from digitstring import Reading, read
from digitstring.classifier import load_network
from digitstring.samples import find_typefaces
from digitstring.samples.numberless import SUBJECTS, Subject, draw_numberless
from digitstring.samples.typefaces import Kind

SURE = 0.5
PRINT: tuple[Kind, ...] = ("print",)


def read_drawn(
    number: int, subject: Subject, seed: int, weights: Path | None, errors: Path | None
) -> Reading:
    """Draw a picture by its number and read it; write it where a number is invented."""
    rng = np.random.default_rng([seed, SUBJECTS.index(subject), number])
    pixels = draw_numberless(subject, rng, find_typefaces(PRINT, "test", complete=True))
    reading = read(pixels, network=load_network(weights))
    if errors and is_invented(reading):
        name = f"{subject}_{number:03}_{reading.text.replace(chr(10), '-')[:40]}.png"
        Image.fromarray(pixels).save(errors / name)
    return Reading(reading.text, reading.confidence, ())


def is_invented(reading: Reading) -> bool:
    """Return whether the reader is sure of a number, though there is none."""
    return bool(reading.text) and reading.confidence >= SURE


def row_of(subject: Subject, readings: list[Reading]) -> str:
    """Return the row of a Markdown table."""
    doubted = np.mean([not is_invented(reading) for reading in readings])
    empty = np.mean([not reading.text for reading in readings])
    highest = max((reading.confidence for reading in readings if reading.text), default=0.0)
    return f"| {subject} | {doubted:.2f} | {empty:.2f} | {highest:.3f} |"


@click.command()
@click.option("--count", default=100, show_default=True, help="Pictures of each subject.")
@click.option("--seed", default=11, show_default=True, help="No training uses 11.")
@click.option("--subjects", multiple=True, type=click.Choice(SUBJECTS), default=SUBJECTS)
@click.option("--errors", type=click.Path(path_type=Path), help="Write invented numbers here.")
@click.option("--weights", type=click.Path(exists=True, path_type=Path), help="Not the shipped.")
@click.option("--workers", default=2, show_default=True, help="Processes that read.")
def main(
    count: int,
    seed: int,
    subjects: tuple[Subject, ...],
    errors: Path | None,
    weights: Path | None,
    workers: int,
) -> None:
    """Read pictures without a number and print how often one is invented."""
    if errors:
        errors.mkdir(parents=True, exist_ok=True)
    click.echo(f"| {count} each, seed {seed} | empty or under 0.5 | empty | highest confidence |")
    click.echo("| --- | --- | --- | --- |")
    with ProcessPoolExecutor(workers) as executor:
        for subject in subjects:
            work = partial(read_drawn, subject=subject, seed=seed, weights=weights, errors=errors)
            click.echo(row_of(subject, list(executor.map(work, range(count)))))


if __name__ == "__main__":
    main()
