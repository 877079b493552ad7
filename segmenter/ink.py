"""Pixels to ink: the light flattened out, dark and light ink both found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import grey_closing, uniform_filter

from digitstring.segmenter.arrays import Ink, Mask, Pixels
from digitstring.segmenter.options import SegmenterOptions

Level = NDArray[np.uint8]
"""(h, w) uint8, 0 dark, 255 light."""


@dataclass(frozen=True, eq=False)
class InkMap:
    """Where an image has ink.

    Attributes
    ----------
    contrast
        (h, w) float32 in [0, 1]: how much darker than the paper, as a share of its brightness.
    threshold
        The contrast above which a pixel is ink.
    """

    contrast: Ink
    threshold: float

    @cached_property
    def mask(self) -> Mask:
        """(h, w) bool: where there is ink."""
        return self.contrast > self.threshold


def find_ink(pixels: Pixels, options: SegmenterOptions) -> InkMap:
    """Return the ink of an image, (h, w) or (h, w, 3) uint8."""
    level = _level(pixels, options)
    contrast = _contrast(level, _light(level, options), options.least_light)
    return InkMap(contrast, _threshold(contrast, options))


def otsu_threshold(values: NDArray[np.float32]) -> float:
    """Return the threshold that best parts values in [0, 1] into two classes (Otsu 1979).

    It is 1 where all values are alike.

    >>> 0.1 < otsu_threshold(np.array([0.0, 0.1, 0.1, 0.9], dtype=np.float32)) < 0.9
    True
    """
    counts, edges = np.histogram(values, bins=256, range=(0, 1))
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    apart = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
    spread = below * above * apart**2
    if spread.max() <= 0:
        return 1.0
    plateau = np.flatnonzero(spread >= spread.max() * (1 - 1e-9))
    return float(edges[1 + plateau[len(plateau) // 2]])


def _level(pixels: Pixels, options: SegmenterOptions) -> Level:
    """Return the pixels as one channel in which the ink is dark on light paper."""
    if pixels.ndim == 2:
        level = pixels
    else:
        level = _luminance(pixels)
        strongest = pixels.min(axis=2)
        if _ink_contrast(level, options) < options.colour_share * _ink_contrast(strongest, options):
            level = strongest
    return 255 - level if _is_light_on_dark(level, options) else level


def _luminance(pixels: Pixels) -> Level:
    return np.asarray(Image.fromarray(pixels).convert("L"))


def _ink_contrast(level: Level, options: SegmenterOptions) -> float:
    """Return how far apart ink and paper are, judged on a small copy."""
    small = _small(level, options.polarity_side)
    return otsu_threshold(_contrast(small, _light(small, options)))


def _is_light_on_dark(level: Level, options: SegmenterOptions) -> bool:
    """Tell whether the ink is lighter than its paper: ink is what covers less of the image."""
    small = _small(level, options.polarity_side)
    contrasts = [_contrast(seen, _light(seen, options)) for seen in (small, 255 - small)]
    shares = [np.mean(contrast > otsu_threshold(contrast)) for contrast in contrasts]
    return bool(0 < shares[1] < shares[0])


def _small(level: Level, side: int) -> Level:
    """Return the image reduced so that its longer side is about as many pixels."""
    factor = max(level.shape) // side
    return np.asarray(Image.fromarray(level).reduce(factor)) if factor > 1 else level


def _contrast(level: Level, light: NDArray[np.float32], least_light: float = 0.0) -> Ink:
    """Return how much darker than the light on it each pixel is, as a share of the light.

    The light counts as at least a share of the page's own, so that dark surroundings stay pale.
    """
    least = max(1.0, least_light * float(np.percentile(light[::8, ::8], 90)))
    contrast: Ink = np.clip((light - level) / np.maximum(light, least), 0, 1)
    return contrast


def _light(level: Level, options: SegmenterOptions) -> NDArray[np.float32]:
    """Return the paper's brightness under the ink, (h, w) float32 in [0, 255].

    A grey closing wider than a stroke fills the ink with the paper round it and leaves the edge
    of a shadow where it is (J. Serra, *Image Analysis and Mathematical Morphology*, 1982).
    """
    small = _small(level, options.background_side).astype(np.float32)
    window = max(options.least_window_px, round(max(small.shape) * options.background_window))
    light = uniform_filter(grey_closing(small, size=(window, window)), size=window // 4)
    height, width = level.shape
    return np.asarray(Image.fromarray(light).resize((width, height), Image.Resampling.BILINEAR))


def _threshold(contrast: Ink, options: SegmenterOptions) -> float:
    """Return the contrast above which a pixel is ink.

    Well above the paper's noise, within a half of Otsu's threshold and all of it: a printed
    pattern is no noise to stay clear of. Where Otsu's threshold would make much of the page ink,
    there is nothing but noise, and only what is far above it counts.
    """
    step = max(1, int((contrast.size / options.statistics_pixels) ** 0.5))
    seen = contrast[::step, ::step]
    otsu = otsu_threshold(seen)
    noise = options.noise_sigmas * 1.4826 * float(np.median(np.abs(seen - np.median(seen))))
    if np.mean(seen > otsu) > options.most_ink:
        return max(otsu, noise, options.least_contrast)
    return max(min(max(options.threshold_share * otsu, noise), otsu), options.least_contrast)
