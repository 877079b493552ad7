"""The pictures that a person judges a reading by: the page, and its number from near."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from digitstring.formats import openable
from digitstring.pages import pages_of
from digitstring.rows import fetched
from digitstring.segmenter import Box, ImageError, Photo, load_photo
from digitstring.segmenter.arrays import surrounding


@dataclass(frozen=True)
class PictureOptions:
    """How pictures are sent."""

    longest_px: int = 1600
    """Longer sides are reduced to this; a screen shows no more."""
    margin_frac: float = 0.8
    """Room round the digits of a picture from near, in heights of the highest."""
    least_margin_px: int = 12
    """In pixels of the file."""
    near_frac: float = 0.5
    """A picture from near that would show more of the page than this is not made."""
    quality: int = 85
    """Of JPEG."""
    lossless_px: int = 150_000
    """Pictures of no more pixels are PNG: small ones are to be seen as they are."""


DEFAULTS = PictureOptions()


@dataclass(frozen=True)
class Picture:
    """An encoded picture.

    Attributes
    ----------
    data
        The file's bytes.
    media_type
        "image/png" or "image/jpeg".
    box
        What it shows, in the file's own upright pixels.
    """

    data: bytes
    media_type: str
    box: Box


@dataclass(frozen=True)
class Pictures:
    """A page, and its number from near where that shows more."""

    whole: Picture
    near: Picture | None


def load_page(place: Path | str, page: int | None, max_pixels: int) -> Photo:
    """Return a page of a file, or of what is at an address, upright and not larger than needed.

    Raises
    ------
    ImageError
        If it can't be read or is not there.
    """
    number = 1 if page is None else page
    source = fetched(place)
    for found in itertools.islice(pages_of(source, only=page), 1):
        if page is None or found.number == page:
            return load_photo(openable(found.source), max_pixels=max_pixels)
    raise ImageError(f"{place}: has no page {number}")


def draw_pictures(
    photo: Photo, boxes: Sequence[Box], options: PictureOptions = DEFAULTS
) -> Pictures:
    """Return the pictures of a page whose digits stand in boxes."""
    picture = Image.fromarray(photo.pixels)
    whole = _encoded(picture, photo.window, options)
    if not boxes:
        return Pictures(whole, None)
    margin = max(
        options.least_margin_px,
        round(options.margin_frac * max(box.height for box in boxes)),
    )
    top, left, bottom, right = surrounding(boxes)
    room = Box(top - margin, left - margin, bottom + margin, right + margin)
    inner = photo.from_original(room)
    area = inner.height * inner.width
    if not 0 < area <= options.near_frac * picture.width * picture.height:
        return Pictures(whole, None)
    cut = picture.crop((inner.left, inner.top, inner.right, inner.bottom))
    return Pictures(whole, _encoded(cut, photo.to_original(inner), options))


def _encoded(picture: Image.Image, box: Box, options: PictureOptions) -> Picture:
    picture = picture.copy()
    picture.thumbnail((options.longest_px, options.longest_px), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    if picture.width * picture.height <= options.lossless_px:
        picture.save(file, "PNG")
        return Picture(file.getvalue(), "image/png", box)
    picture.save(file, "JPEG", quality=options.quality)
    return Picture(file.getvalue(), "image/jpeg", box)
