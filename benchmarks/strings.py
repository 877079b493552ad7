"""Measure the reader on generated strings of digits: MNIST's test digits and held-out typefaces.

    python benchmarks/strings.py --mnist FOLDER [--count 300] [--seed 7] [--errors DIR]

Prints a Markdown table, a row each kind, and what is read of the article's figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring import read
from digitstring.classifier import Digits, Network, load_mnist, load_network
from digitstring.samples import Typeface, find_typefaces
from digitstring.samples.typefaces import Kind as FaceKind
from digitstring.scoring import digits_of, edit_distance
from digitstring.strings import KINDS, MORE_KINDS, DrawnString, Ink, Kind, draw_string

WANTED = {"apart": 0.96, "touching": 0.85, "printed": 0.99, "boxes": 0.93, "rules": 0.93}
"""Least share of strings read exactly."""
PRINT: tuple[FaceKind, ...] = ("print",)
FIGURE = "504192"
FIGURE_GAPS_PX = (8, 6, 1, 8, 6)
"""Paper between the figure's digits, which are 20 px high."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A string, the digits read of it, and how long that took."""

    drawn: DrawnString
    got: str
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether all digits are right."""
        return self.got == self.drawn.text

    @property
    def distance(self) -> int:
        """Digits to insert, delete or replace."""
        return edit_distance(self.got, self.drawn.text)


def draw_strings(
    kind: Kind, count: int, seed: int, digits: Digits, faces: tuple[Typeface, ...]
) -> Iterator[DrawnString]:
    """Yield strings with chances of their own each, so that no one hangs on another."""
    for number in range(count):
        rng = np.random.default_rng([seed, *kind.encode(), number])
        yield draw_string(kind, rng, digits, faces)


def read_strings(strings: Iterable[DrawnString], network: Network) -> Iterator[Answer]:
    """Read strings one by one."""
    for drawn in strings:
        start = perf_counter()
        got = digits_of(read(drawn.pixels, network=network).text)
        yield Answer(drawn, got, perf_counter() - start)


def row_of(kind: Kind, answers: list[Answer]) -> str:
    """Return the row of a Markdown table."""
    exact = float(np.mean([answer.exact for answer in answers]))
    digits = sum(len(answer.drawn.text) for answer in answers)
    errors = sum(answer.distance for answer in answers) / digits
    milliseconds = 1000 * float(np.median([answer.seconds for answer in answers]))
    wanted = f"{WANTED[kind]:.2f}" if kind in WANTED else ""
    return f"| {kind} | {wanted} | {exact:.3f} | {errors:.4f} | {milliseconds:.1f} |"


def save_errors(kind: Kind, answers: list[Answer], folder: Path) -> None:
    """Write the strings read wrong to FOLDER/KIND/NUMBER_TRUTH_GOT.png."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    for number, answer in enumerate(answers):
        if not answer.exact:
            name = f"{number:03}_{answer.drawn.text}_{answer.got or 'nothing'}.png"
            Image.fromarray(answer.drawn.pixels).save(folder / kind / name)


def draw_figure(digits: Digits) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw the article's figure, each (h, w) gray: a strip, two nearly touching, and six boxes."""
    crops = [digits.crops[np.flatnonzero(digits.labels == int(value))[0]] for value in FIGURE]
    strip = [np.zeros((28, 8), np.float32)]
    for crop, gap_px in zip(crops, (*FIGURE_GAPS_PX, 8), strict=True):
        columns = np.flatnonzero(crop.any(axis=0))
        strip += [crop[:, columns[0] : columns[-1] + 1], np.zeros((28, gap_px), np.float32)]
    framed = [np.pad(np.pad(crop, 2), 1, constant_values=1) for crop in crops]
    boxes = [np.pad(box, 4) for box in framed]
    return _scan(np.hstack(strip)), _scan(np.hstack(boxes))


def _scan(ink: Ink) -> NDArray[np.uint8]:
    """Lay ink on white paper at twice its size."""
    paper = Image.fromarray(np.uint8(255 - 255 * np.pad(ink, 6)))
    return np.asarray(paper.resize((2 * paper.width, 2 * paper.height), Image.Resampling.BICUBIC))


@click.command()
@click.option("--mnist", type=click.Path(exists=True, path_type=Path), help="Folder of its files.")
@click.option("--count", default=300, show_default=True, help="Strings of each kind.")
@click.option("--seed", default=7, show_default=True, help="No training uses 7.")
@click.option("--kinds", multiple=True, type=click.Choice(KINDS + MORE_KINDS), default=KINDS)
@click.option("--errors", type=click.Path(path_type=Path), help="Write what is read wrong here.")
@click.option("--weights", type=click.Path(exists=True, path_type=Path), help="Not the shipped.")
def main(
    mnist: Path | None,
    count: int,
    seed: int,
    kinds: tuple[Kind, ...],
    errors: Path | None,
    weights: Path | None,
) -> None:
    """Read generated strings of digits and print how many are right."""
    network, digits = load_network(weights), load_mnist(mnist, "test")
    faces = find_typefaces(PRINT, "test", complete=True)
    strip, boxes = draw_figure(digits)
    figure = [digits_of(read(pixels, network=network).text) for pixels in (strip, boxes)]
    click.echo(f"| {count} each, seed {seed} | wanted | exact | CER | ms a string, median |")
    click.echo("| --- | --- | --- | --- | --- |")
    for kind in kinds:
        strings = draw_strings(kind, count, seed, digits, faces)
        answers = list(read_strings(strings, network))
        click.echo(row_of(kind, answers))
        if errors:
            save_errors(kind, answers, errors)
    click.echo(f"\nThe figure, {FIGURE}: as one strip {figure[0]}, as six boxes {figure[1]}")


if __name__ == "__main__":
    main()
