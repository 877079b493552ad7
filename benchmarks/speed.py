"""Time reading a 12-megapixel photo against Pillow's own decoding of it, in one run.

    OPENBLAS_NUM_THREADS=1 python benchmarks/speed.py [IMAGE...]

Without an image, the large sample is timed. Run it on a machine that does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from PIL import Image

import digitstring

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "large.jpg"
ROUNDS = 15


def milliseconds(work: Callable[[], object]) -> float:
    """Return the time of one call."""
    began = perf_counter()
    work()
    return 1000 * (perf_counter() - began)


def decode(path: Path) -> None:
    """Decode the whole image as Pillow does by itself."""
    with Image.open(path) as picture:
        picture.load()


def compare(path: Path) -> str:
    """Return a row of the table: the median times, taken in turn, and their ratio."""
    digitstring.read(path)
    pairs = [
        (milliseconds(lambda: decode(path)), milliseconds(lambda: digitstring.read(path)))
        for _ in range(ROUNDS)
    ]
    decoding, reading = (median(times) for times in zip(*pairs, strict=True))
    with Image.open(path) as picture:
        megapixels = picture.width * picture.height / 1e6
    ratio = reading / decoding
    return f"| {path.name} | {megapixels:.1f} | {decoding:.1f} | {reading:.1f} | {ratio:.2f} |"


@click.command()
@click.argument("images", nargs=-1, type=click.Path(exists=True, path_type=Path))
def main(images: tuple[Path, ...]) -> None:
    """Print a Markdown table of the times."""
    click.echo("| image | megapixels | decoding, ms | reading, ms | ratio |")
    click.echo("| --- | --- | --- | --- | --- |")
    for path in images or (SAMPLE,):
        click.echo(compare(path))


if __name__ == "__main__":
    main()
