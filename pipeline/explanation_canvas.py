"""What all explaining pictures share: colours, letters, and a title over each."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitstring.segmenter.arrays import Ink

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class PictureOptions:
    """How explaining pictures look; colours of M. Okabe and K. Ito (2008), lengths in pixels."""

    longest_side: int = 1600
    """Larger pages are reduced to this, smaller ones enlarged towards it."""
    most_zoom: float = 12.0
    """But never by more than this: single pixels show at 4."""
    narrowest: int = 860
    """A picture leaves its title this width at least."""
    title_px: int = 20
    note_px: int = 15
    caption_px: int = 13
    value_px: int = 34
    """Height of the digits that were read."""
    margin_px: int = 12
    chosen: Colour = (213, 94, 0)
    """Vermilion: what is on the best path."""
    likely: Colour = (86, 180, 233)
    """Sky blue: pieces that may well be digits."""
    skipped: Colour = (150, 150, 150)
    """Gray: what is taken for no digit."""
    pale: Colour = (240, 190, 130)
    """Orange: contrast that is too low to be ink."""
    free: Colour = (0, 158, 115)
    """Green: a cut through paper alone;"""
    dear: Colour = (213, 94, 0)
    """vermilion: one through as much ink as a cut may go."""
    cycle: tuple[Colour, ...] = (
        (0, 114, 178),
        (213, 94, 0),
        (0, 158, 115),
        (204, 121, 167),
        (180, 140, 0),
        (86, 180, 233),
    )
    """Neighbours that have to be told apart."""


PICTURES = PictureOptions()


def letters(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font in a size."""
    return ImageFont.load_default(size_px)


def titled(
    picture: Image.Image, title: str, note: str, options: PictureOptions = PICTURES
) -> Image.Image:
    """Return the picture, RGB, with a title and a note on how to look at it above."""
    margin = options.margin_px
    width = max(picture.width + 2 * margin, options.narrowest)
    parts = []
    for text, size_px in ((title, options.title_px), (note, options.note_px)):
        letters_across = int((width - 2 * margin) / (0.54 * size_px))
        parts += [(line, size_px) for line in textwrap.wrap(text, letters_across)]
    top = 2 * margin + sum(round(1.35 * size_px) for _, size_px in parts)
    page = Image.new("RGB", (width, top + picture.height + margin), "white")
    page.paste(picture, (margin, top))
    draw = ImageDraw.Draw(page)
    y = margin
    for line, size_px in parts:
        draw.text((margin, y), line, fill="black", font=letters(size_px))
        y += round(1.35 * size_px)
    return page


def ink_picture(ink: Ink, zoom: float, colour: Colour = (0, 0, 0)) -> Image.Image:
    """Return ink (h, w) in a colour on white paper, RGB, enlarged so that its pixels show."""
    shades = 255 - np.clip(ink, 0, 1)[..., None] * (255 - np.array(colour))
    return scaled(Image.fromarray(np.round(shades).astype(np.uint8)), zoom)


def scaled(picture: Image.Image, zoom: float) -> Image.Image:
    """Return the picture reduced softly, or enlarged with its pixels' edges kept."""
    size = max(1, round(picture.width * zoom)), max(1, round(picture.height * zoom))
    how = Image.Resampling.NEAREST if zoom > 1 else Image.Resampling.BOX
    return picture.resize(size, how)


def between(low: Colour, high: Colour, share: float) -> Colour:
    """Return the colour that far from one to the other, 0 to 1.

    >>> between((0, 0, 0), (200, 100, 0), 0.5)
    (100, 50, 0)
    """
    red, green, blue = (
        round(a + (b - a) * min(1.0, max(0.0, share))) for a, b in zip(low, high, strict=True)
    )
    return red, green, blue
