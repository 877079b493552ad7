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
        first, height = next(photos), 0.0
        if max(first.scale) > 1 and min(first.pixels.shape[:2]) >= options.glanced_side:
            glance = Look.of(first.halved(), options)
            height = digit_height(glance.plain, options)
            if height >= options.glance_px:
                return glance
        if 0 < 2 * height < options.large_px:
            return Look.of(next(photos, first), options)
        look = Look.of(first, options)
        if max(first.scale) > 1 and digit_height(look.plain, options) < options.large_px:
            for closer in photos:
                look = Look.of(closer, options)
        return look


def digit_height(view: View, options: SegmenterOptions) -> float:
    """Return the usual height of digits in the line where it is least, in pixels; 0 without any."""
    heights = [
        float(np.median([blob.box.height for blob in line])) for line in lines_in(view, options)
    ]
    return min(heights, default=0.0)
