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
    """Glance at an image, and look more closely where digits are small.

    Parameters and errors are those of `load_photo`.
    """
    with closing(looks(image, region=region, max_pixels=max_pixels)) as photos:
        for number, photo in enumerate(photos):
            if number == 0 and min(photo.pixels.shape[:2]) >= options.glanced_side:
                glance = Look.of(photo.halved(), options)
                if has_large_digits(glance.plain, options.glance_px, options):
                    return glance
            look = Look.of(photo, options)
            if max(photo.scale) <= 1 or has_large_digits(look.plain, options.large_px, options):
                break
        return look


def has_large_digits(view: View, least_px: float, options: SegmenterOptions) -> bool:
    """Return whether the digits of every line are so high that no closer look is needed."""
    heights = [
        float(np.median([blob.box.height for blob in line])) for line in lines_in(view, options)
    ]
    return min(heights, default=0.0) >= least_px
