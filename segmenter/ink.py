"""Pixels to ink: the light flattened out, dark and light ink both found."""

from __future__ import annotations

import math
from collections.abc import Callable
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
    channel = _best_channel(pixels, options)
    level = channel(pixels)
    if _is_light_on_dark(level, options):
        level = 255 - level
    light = _light(level, options)
    contrast = _contrast(level, light, options.least_light)
    grain = 1 / max(1.0, float(np.median(light[::8, ::8])))  # of one step of 8 bits
    share = options.form_threshold if channel is _lightest else options.threshold_share
    return InkMap(contrast, _threshold(contrast, grain, share, options))


def otsu_threshold(values: NDArray[np.float32]) -> float:
    """Return the threshold that best parts values in [0, 1] into two classes (Otsu 1979).

    It is 1 where all values are alike.

    >>> 0.1 < otsu_threshold(np.array([0.0, 0.1, 0.1, 0.9], dtype=np.float32)) < 0.9
    True
    """
    counts = np.bincount((values.ravel() * 255).astype(np.uint8), minlength=256)
    centres = np.arange(256) / 255
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    apart = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
    spread = below * above * apart**2
    if spread.max() <= 0:
        return 1.0
    plateau = np.flatnonzero(spread >= spread.max() * (1 - 1e-9))
    return float((1 + plateau[len(plateau) // 2]) / 255)


def _parting(values: NDArray[np.float32], threshold: float) -> float:
    """Return the share of the values' variance that parting them at a threshold explains."""
    above = values > threshold
    share = float(np.mean(above))
    apart = float(values[above].mean()) - float(values[~above].mean())
    return share * (1 - share) * apart**2 / float(values.var())


def _best_channel(pixels: Pixels, options: SegmenterOptions) -> Callable[[Pixels], Level]:
    """Return the function that takes colours to the channel in which the ink stands out.

    That is luminance; the darkest channel where luminance loses the ink's colour; or the lightest
    where dark ink stands beside as much of a colour, for a form's boxes are pale in it.
    """
    if pixels.ndim == 2:
        return _luminance
    step = max(1, max(pixels.shape) // options.colour_side)
    seen = np.ascontiguousarray(pixels[::step, ::step])
    if np.mean(_lightest(seen) - _darkest(seen) > options.colour_levels) < options.least_colour:
        return _luminance
    thresholds, shares = [], []
    for channel in (_luminance, _darkest, _lightest):
        level = channel(seen)
        contrast = _contrast(level, _light(level, options))
        thresholds.append(otsu_threshold(contrast))
        shares.append(float(np.mean(contrast > thresholds[-1])))
    if thresholds[0] < options.colour_share * thresholds[1]:
        return _darkest
    has_dark_ink = thresholds[2] >= options.dark_share * thresholds[0]
    return _lightest if has_dark_ink and shares[2] <= options.form_share * shares[0] else _luminance


def _is_light_on_dark(level: Level, options: SegmenterOptions) -> bool:
    """Tell whether the ink is lighter than its paper.

    Ink is what covers less of the image; where either could be ink, where nearly all of the image
    is as its edge is, and in a small image cut close round a digit, paper has the edge.
    """
    small = _reduced(level, options.background_side)
    light = small > 255 * otsu_threshold(small.astype(np.float32) / np.float32(255))
    lit = float(np.mean(np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])))
    of_edge = float(np.mean(light)) if lit >= 0.5 else float(np.mean(~light))
    alone = small.shape == level.shape or of_edge >= options.all_paper
    if alone and max(lit, 1 - lit) >= options.clear_edge:
        return lit < 0.5
    as_dark, as_light = (_ink_share(seen, options) for seen in (small, 255 - small))
    if max(as_dark, as_light) > options.clear_polarity * min(as_dark, as_light):
        return 0 < as_light < as_dark
    return lit < 0.5


def _luminance(pixels: Pixels) -> Level:
    return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))


def _darkest(pixels: Pixels) -> Level:
    return np.minimum(np.minimum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])


def _lightest(pixels: Pixels) -> Level:
    return np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])


def _ink_share(level: Level, options: SegmenterOptions) -> float:
    """Return the share of the image that would be ink.

    The light is estimated through a wide window on paper that goes on past the image's edge.
    Taken for ink, all paper between and beside the strokes shows; the rest of it does not.
    """
    block = max(1, max(level.shape) // options.polarity_side)
    lightest = _lightest_of_blocks(level, block)
    window = max(3, round(min(lightest.shape) * options.polarity_window))
    beyond = np.pad(lightest, window, mode="edge")
    light = grey_closing(beyond, size=(window, window))[window:-window, window:-window]
    height, width = level.shape
    under = light.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]
    contrast = _contrast(level, under.astype(np.float32))
    return float(np.mean(contrast > otsu_threshold(contrast)))


def _lightest_of_blocks(level: Level, side: int) -> Level:
    """Return the lightest pixel of each block of so many rows and columns."""
    rows, columns = (np.arange(0, length, side) for length in level.shape)
    return np.maximum.reduceat(np.maximum.reduceat(level, rows, axis=0), columns, axis=1)


def _reduced(pixels: Pixels, side: int) -> Pixels:
    """Return the image reduced so that its longer side is about as many pixels."""
    factor = max(pixels.shape) // side
    return np.asarray(Image.fromarray(pixels).reduce(factor)) if factor > 1 else pixels


def _contrast(level: Level, light: NDArray[np.float32], least_light: float = 0.0) -> Ink:
    """Return how much darker than the light on it each pixel is, as a share of the light.

    The light counts as at least a share of the page's own, so that dark surroundings stay pale.
    """
    least = max(1.0, least_light * float(np.percentile(light[::8, ::8], 90)))
    contrast: Ink = light - level
    contrast /= np.maximum(light, least)
    return np.clip(contrast, 0, 1, out=contrast)


def _light(level: Level, options: SegmenterOptions) -> NDArray[np.float32]:
    """Return the paper's brightness under the ink, (h, w) float32 in [0, 255].

    A grey closing wider than a stroke fills the ink with the paper round it and leaves the edge
    of a shadow where it is (J. Serra, *Image Analysis and Mathematical Morphology*, 1982).
    """
    small = _reduced(level, options.background_side).astype(np.float32)
    window = round(max(small.shape) * options.background_window)
    if small.shape == level.shape:  # a small image may be one digit, its strokes wide in it
        window = max(window, round(min(small.shape) * options.small_window))
    closed = grey_closing(small, size=(max(3, window), max(3, window)))
    light = np.minimum(closed, uniform_filter(closed, size=max(1, window // 4)))
    height, width = level.shape
    return np.asarray(Image.fromarray(light).resize((width, height), Image.Resampling.BILINEAR))


def _threshold(contrast: Ink, grain: float, share: float, options: SegmenterOptions) -> float:
    """Return the contrast above which a pixel is ink; noise is at least the grain.

    Well above the paper's noise, within a share of Otsu's threshold and all of it: a printed
    pattern is no noise to stay clear of. Where Otsu's threshold would make much of the page ink,
    or scattered pixels, there is nothing but noise, and only what is far above it counts.
    """
    ratio = max(1.0, contrast.size / options.statistics_pixels) ** 0.5
    step, wider = int(ratio), math.ceil(ratio)
    seen, sparse = contrast[::step, ::step], contrast[::wider, ::wider]  # medians need no more
    otsu = otsu_threshold(seen)
    paper = float(np.median(sparse))
    sigma = max(grain, 1.4826 * float(np.median(np.abs(sparse - paper))))
    noise = paper + options.noise_sigmas * sigma
    if _togetherness(contrast > otsu, step) < options.least_together:
        spread = float(np.percentile(seen, 84)) - paper  # of noise, also if clipped at white
        return max(otsu, noise, paper + options.noise_sigmas * spread, options.least_contrast)
    covered = np.mean(seen > otsu)
    close_crop = (
        covered <= options.most_ink_close
        and otsu >= options.clear_ink
        and _parting(seen, otsu) >= options.clear_parting
    )
    if covered > options.most_ink and not close_crop:
        return max(otsu, noise, options.least_contrast)
    return max(min(max(share * otsu, noise), otsu), options.least_contrast)


def _togetherness(mask: Mask, step: int) -> float:
    """Return how often the pixel beside one of ink, and the one below, is ink too.

    Each `step`-th row and column is looked at. Pixels that are ink by chance have their share of
    the image, strokes a half and more.
    """
    beside, below = mask[::step], mask[:, ::step]
    pairs = int(np.count_nonzero(beside[:, 1:] & beside[:, :-1]))
    pairs += int(np.count_nonzero(below[1:] & below[:-1]))
    return pairs / max(1, int(np.count_nonzero(beside)) + int(np.count_nonzero(below)))
