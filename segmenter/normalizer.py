"""Pieces of ink to 28x28 crops, the way MNIST was made.

After Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998): the
digit is fitted into 20x20 pixels with its aspect kept, and placed in 28x28 with its centre of
mass in the middle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from digitstring.segmenter.arrays import Ink

SIDE = 28
"""Pixels of a crop's side."""
FITTED = 20
"""Pixels of the fitted digit's longer side."""
CENTRE = 14
"""Where the centre of mass goes, in pixel-index coordinates."""
PAPER = 0.1
"""Ink at or below this is paper."""
THIN_PX = 1.2
"""Thinner strokes, in pixels of the fitted digit, are thickened: they would fade into paper."""


def normalize(ink: Ink) -> Ink:
    """Fit a piece of ink into a crop as MNIST's digits are fitted.

    Parameters
    ----------
    ink
        (h, w) float32 in [0, 1], 1 = ink, any size.

    Returns
    -------
    (28, 28) float32 in [0, 1]; all 0 where the piece holds no ink.

    Raises
    ------
    ValueError
        If the piece is not 2-D or has no pixel.

    Examples
    --------
    >>> bar = np.ones((40, 10), dtype=np.float32)
    >>> crop = normalize(bar)
    >>> rows, columns = np.nonzero(crop)
    >>> int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    (20, 5)
    """
    if ink.ndim != 2 or ink.size == 0:
        raise ValueError(f"a piece of ink is (h, w) with a pixel or more, got shape {ink.shape}")
    ink = _trimmed(ink)
    if ink.size == 0:
        return np.zeros((SIDE, SIDE), dtype=np.float32)
    scale = FITTED / max(ink.shape)
    ink = _thickened(ink, scale)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    fitted = _resampling(ink.shape[0], height) @ ink @ _resampling(ink.shape[1], width).T
    crop = _centred(np.clip(fitted, 0, 1))
    return np.where(crop > PAPER, crop, np.float32(0))


def _trimmed(ink: Ink) -> Ink:
    """Return the ink's bounding box, which is empty where there is no ink."""
    mask = ink > PAPER
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _thickened(ink: Ink, scale: float) -> Ink:
    """Return the ink with strokes thinner than THIN_PX after scaling brought to that width."""
    missing = THIN_PX / scale - stroke_width(ink > 0.5)
    return maximum_filter(ink, size=1 + round(missing)) if missing > 1 else ink


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the mean width of the strokes in pixels: twice the area for each side that is paper.

    Exact for upright strokes; a slanted stroke has longer sides and reads up to 30 % thin.

    >>> round(stroke_width(np.ones((3, 300), dtype=bool)), 1)
    3.0
    """
    beside = int(np.count_nonzero(mask[:, 1:] != mask[:, :-1]))
    beside += int(np.count_nonzero(mask[:, 0])) + int(np.count_nonzero(mask[:, -1]))
    above = int(np.count_nonzero(mask[1:] != mask[:-1]))
    above += int(np.count_nonzero(mask[0])) + int(np.count_nonzero(mask[-1]))
    return 2 * int(np.count_nonzero(mask)) / max(1, beside + above)


def _resampling(n_in: int, n_out: int) -> NDArray[np.float32]:
    """Return the (n_out, n_in) matrix that resamples a row of pixels, its rows summing to 1.

    Shrinking weighs each pixel by the length it shares with the new one (area resampling);
    growing interpolates linearly between pixel centres.
    """
    edges = np.arange(n_out + 1) * (n_in / n_out)
    if n_out <= n_in:
        pixels = np.arange(n_in)
        shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
        weights = np.maximum(shared, 0)
    else:
        centres = np.clip((edges[1:] + edges[:-1]) / 2 - 0.5, 0, n_in - 1)
        weights = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(n_in)))
    resampling: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(
        np.float32
    )
    return resampling


def _centred(fitted: Ink) -> Ink:
    """Return the fitted digit in a crop, its centre of mass moved to the middle."""
    height, width = fitted.shape
    mass = max(float(fitted.sum()), 1e-9)
    down = float(fitted.sum(axis=1) @ np.arange(height)) / mass
    across = float(fitted.sum(axis=0) @ np.arange(width)) / mass
    top = min(max(0, int(np.floor(CENTRE - down + 0.5))), SIDE - height)
    left = min(max(0, int(np.floor(CENTRE - across + 0.5))), SIDE - width)
    crop = np.zeros((SIDE, SIDE), dtype=np.float32)
    crop[top : top + height, left : left + width] = fitted
    return crop
