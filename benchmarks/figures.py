"""Draw the README's pictures with the project's own code.

    python benchmarks/figures.py [--mnist FOLDER]

Writes `stages.png`, a sample on its way from photo to digits, and, where MNIST's files are at
hand, `hidden_units.png`, the weights of the article's 15 hidden units.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import digitstring
from digitstring.article import ArticleOptions, new_network, train_epochs
from digitstring.segmenter.components import drop_surroundings, label_components
from digitstring.segmenter.ink import find_ink

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "benchmarks" / "figures"
SAMPLE = ROOT / "samples" / "shadow.jpg"
MARGIN_PX = 40
"""Of the photo round its digits."""
WIDTH = 420
ENLARGED = 3
FONT = ImageFont.load_default(16)
COLOURS = np.array(
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233]],
    dtype=np.uint8,
)
"""Told apart by colour-blind eyes (Okabe and Ito, 2008)."""


def draw_stages(path: Path) -> Image.Image:
    """Return the picture photo -> ink -> components -> crops -> digits of an image."""
    options = digitstring.SegmenterOptions()
    top, left, bottom, right = digitstring.read(path).lines[0].box
    region = left - MARGIN_PX, max(0, top - MARGIN_PX), right + MARGIN_PX, bottom + MARGIN_PX
    photo = digitstring.load_photo(path, region=region)
    ink = find_ink(photo.pixels, options)
    components = drop_surroundings(label_components(ink, options), options)
    crops = [piece.crop for line in digitstring.segment(photo) for piece in line.pieces]
    return _stacked(
        [
            ("photo", Image.fromarray(photo.pixels).convert("RGB")),
            ("ink", Image.fromarray(np.uint8(255 * (1 - ink.contrast)))),
            ("components", Image.fromarray(_coloured(components.labels, components.numbers))),
            ("28x28 crops", _row_of(crops)),
            ("digits", digitstring.read(path, region=region).annotated()),
        ]
    )


def draw_hidden_units(mnist: Path) -> Image.Image:
    """Train the article's 784-15-10 by its own recipe and draw its hidden weights as pictures."""
    training = digitstring.load_mnist(mnist, "train")
    options = ArticleOptions()
    network = new_network(options)
    for _ in train_epochs(network, training, None, options):
        pass
    weights = network.weights[0].reshape(-1, 28, 28)
    strongest = np.abs(weights).max(axis=(1, 2), keepdims=True)
    return _row_of(list((1 + weights / strongest) / 2), across=5)


def _coloured(labels: NDArray[np.int32], numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the components in colours on white, the dropped ones in light gray."""
    colours = np.full((labels.max() + 1, 3), 220, dtype=np.uint8)
    colours[0] = 255
    colours[numbers] = COLOURS[np.arange(len(numbers)) % len(COLOURS)]
    return colours[labels]


def _row_of(crops: list[NDArray[np.floating]], across: int = 12) -> Image.Image:
    """Return crops beside each other, enlarged, dark for 1."""
    side = 28 * ENLARGED
    rows = -(-len(crops) // across)
    sheet = Image.new("L", (min(across, len(crops)) * (side + 6), rows * (side + 6)), "white")
    for number, crop in enumerate(crops):
        picture = Image.fromarray(np.uint8(255 * (1 - crop)))
        place = (number % across) * (side + 6), (number // across) * (side + 6)
        sheet.paste(picture.resize((side, side), Image.Resampling.NEAREST), place)
    return sheet


def _stacked(stages: list[tuple[str, Image.Image]]) -> Image.Image:
    """Return the pictures below each other, each with its name at its left."""
    left = 130
    pictures = [
        (name, picture.resize((WIDTH, round(picture.height * WIDTH / picture.width))))
        for name, picture in stages
    ]
    height = sum(picture.height + 12 for _, picture in pictures)
    sheet = Image.new("RGB", (left + WIDTH, height), "white")
    draw, top = ImageDraw.Draw(sheet), 0
    for name, picture in pictures:
        draw.text((4, top + picture.height // 2 - 10), name, fill="black", font=FONT)
        sheet.paste(picture, (left, top))
        top += picture.height + 12
    return sheet


@click.command()
@click.option("--mnist", type=click.Path(exists=True, path_type=Path), help="MNIST's files.")
def main(mnist: Path | None) -> None:
    """Draw the README's pictures."""
    FIGURES.mkdir(exist_ok=True)
    draw_stages(SAMPLE).save(FIGURES / "stages.png", optimize=True)
    if mnist is not None:
        draw_hidden_units(mnist).save(FIGURES / "hidden_units.png", optimize=True)


if __name__ == "__main__":
    main()
