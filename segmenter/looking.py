"""How closely an image is looked at: no closer than its digits need."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np

from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.photo import MAX_PIXELS, Photo, Region, Source, looks
from digitstring.segmenter.views import View, lines_in, plain_view


@dataclass(frozen=True, eq=False)
class Look:
    """An image at the scale at which it is read, and its ink there as it is."""

    photo: Photo
    plain: View

    @classmethod
    def of(cls, photo: Photo, options: SegmenterOptions) -> Look:
        """Return a look at a photo that is loaded already, at its own scale."""
        return cls(photo, plain_view(photo, options))


def look_at(
    image: Source,
    options: SegmenterOptions,
    *,
    region: Region | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Look:
    """Look at an image, and look again more closely where digits are small.

    Parameters and errors are those of `load_photo`.
    """
    with closing(looks(image, region=region, max_pixels=max_pixels)) as photos:
        for photo in photos:
            look = Look.of(photo, options)
            if max(photo.scale) <= 1 or has_large_digits(look.plain, options):
                break
        return look


def has_large_digits(view: View, options: SegmenterOptions) -> bool:
    """Return whether the digits of every line are as high as a closer look would have them."""
    heights = [
        float(np.median([blob.box.height for blob in line])) for line in lines_in(view, options)
    ]
    return min(heights, default=0.0) >= options.large_px
