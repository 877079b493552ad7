"""Digits distorted as hands, pens and cameras distort them, thousands at a time.

Affine and elastic distortion after P. Simard, D. Steinkraus and J. Platt, "Best practices for
convolutional neural networks applied to visual document analysis" (2003), and D. Ciresan et al.,
"Deep, big, simple neural nets for handwritten digit recognition" (2010). Afterwards each digit
is fitted into its crop again, as `digitstring.normalize` would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.segmenter.normalizer import CENTRE, FITTED, PAPER, SIDE

Floats = NDArray[np.float32]

GRID = 4
"""Pixels between the places where an elastic displacement is drawn."""


@dataclass(frozen=True)
class DistortionOptions:
    """How far digits are distorted; lengths in pixels of a crop of 28."""

    turn_deg: float = 12.0
    """Two standard deviations; Ciresan turns by up to 15, and 7.5 for 1 and 7."""
    slant: float = 0.3
    """Largest shear, columns for each row."""
    stretch: float = 0.2
    """Largest change of width and height (Ciresan: 0.15 to 0.2)."""
    elastic_px: float = 1.8
    """Root mean square of the elastic displacement's largest length."""
    elastic_sigma: float = 5.0
    """Of the Gaussian that smooths the displacement (Ciresan: 5 to 6)."""
    pen_share: float = 0.5
    """Share of the digits whose strokes are made thicker or thinner."""
    blur_share: float = 0.3
    """Share that is blurred, as low resolution and lenses do."""
    gap_share: float = 0.06
    """Share that misses a piece of a stroke."""
    level_share: float = 0.4
    """Share whose ink is cut off at another threshold."""
    noise_share: float = 0.25
    """Share with noise in the ink."""
    size_jitter: float = 0.05
    """Two standard deviations of the fitted size: what a badly found edge of the ink does."""
    shift_px: float = 0.8
    """Two standard deviations of the place in the crop."""


def distort(canvases: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Distort each canvas (n, h, w) of ink in its own way and fit it: (n, 28, 28) in [0, 1]."""
    inked = warp(canvases, rng, options)
    inked = change_pens(inked, rng, options)
    inked = lose_pieces(inked, rng, options)
    crops = fit(blur(inked, rng, options), rng, options)
    return relevel(crops, rng, options)


def warp(canvases: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Move the ink of each canvas by an affine and an elastic displacement; same shape."""
    n, height, width = canvases.shape
    rows, columns = np.meshgrid(
        np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij"
    )
    turn = np.radians(rng.normal(0, options.turn_deg / 2, n))
    slant = rng.uniform(-1, 1, n) * options.slant
    down, across = np.exp(rng.uniform(-1, 1, (2, n)) * options.stretch)
    matrices = np.empty((n, 2, 2), dtype=np.float32)
    matrices[:, 0] = np.stack([down * np.cos(turn), -down * np.sin(turn)], axis=1)
    matrices[:, 1] = np.stack([across * (np.sin(turn) + slant), across * np.cos(turn)], axis=1)
    grid = np.stack([rows.ravel(), columns.ravel()]).astype(np.float32)
    source = matrices @ grid + elastic_fields(n, (height, width), rng, options)
    source[:, 0] += np.float32((height - 1) / 2)
    source[:, 1] += np.float32((width - 1) / 2)
    return sample(canvases, source)


def elastic_fields(
    n: int, shape: tuple[int, int], rng: np.random.Generator, options: DistortionOptions
) -> Floats:
    """Return n smooth random displacement fields, (n, 2, h * w) in pixels."""
    height, width = shape
    coarse = rng.standard_normal((n, 2, height // GRID, width // GRID), dtype=np.float32)
    fields = _spreading(height, options.elastic_sigma) @ coarse
    fields = fields @ _spreading(width, options.elastic_sigma).T
    strength = np.abs(rng.normal(0, options.elastic_px, (n, 1, 1, 1))).astype(np.float32)
    largest = np.abs(fields).max(axis=(1, 2, 3), keepdims=True)
    displacement: Floats = fields * (strength / largest)
    return displacement.reshape(n, 2, height * width)


def sample(images: Floats, places: Floats) -> Floats:
    """Return the images (n, h, w) read at places (n, 2, h * w), bilinearly, 0 outside."""
    n, height, width = images.shape
    padded = np.zeros((n, height + 2, width + 2), dtype=np.float32)
    padded[:, 1:-1, 1:-1] = images
    row = np.clip(places[:, 0] + 1, 0, height + 0.999)
    column = np.clip(places[:, 1] + 1, 0, width + 0.999)
    top, left = row.astype(np.int32), column.astype(np.int32)
    row -= top
    column -= left
    stride = width + 2
    start = (np.arange(n, dtype=np.int32) * ((height + 2) * stride))[:, None]
    at = start + top * stride + left
    ink = padded.ravel()
    upper = ink[at] * (1 - column) + ink[at + 1] * column
    at += stride
    lower = ink[at] * (1 - column) + ink[at + 1] * column
    read: Floats = upper * (1 - row) + lower * row
    return read.reshape(n, height, width)


def change_pens(inked: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Make the strokes of some thicker or thinner by up to a pixel either side."""
    inked = inked.copy()
    chosen = np.flatnonzero(rng.random(len(inked)) < options.pen_share)
    thicker, thinner = np.split(chosen, [len(chosen) // 2])
    strength = rng.random((len(chosen), 1, 1), dtype=np.float32)
    wide = _extreme(inked[thicker], np.maximum)
    inked[thicker] += strength[: len(thicker)] * (wide - inked[thicker])
    narrow = _extreme(inked[thinner], np.minimum)
    inked[thinner] += 0.7 * strength[len(thicker) :] * (narrow - inked[thinner])
    peak = inked[thinner].max(axis=(1, 2), keepdims=True)
    inked[thinner] /= np.maximum(peak, 0.3)
    return inked


def lose_pieces(inked: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Wipe a narrow band across some, where a pen skipped or a scan lost it."""
    inked = inked.copy()
    chosen = np.flatnonzero(rng.random(len(inked)) < options.gap_share)
    height, width = inked.shape[1:]
    angle = rng.uniform(0, np.pi, (len(chosen), 1, 1))
    offset = rng.normal(0, 4, (len(chosen), 1, 1))
    breadth = rng.uniform(0.6, 1.6, (len(chosen), 1, 1))
    rows = np.arange(height)[:, None] - height / 2
    columns = np.arange(width) - width / 2
    distance = np.abs(rows * np.cos(angle) + columns * np.sin(angle) - offset)
    inked[chosen] *= np.clip(distance - breadth + 0.5, 0, 1)
    return inked


def blur(inked: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Blur some by a lens or by a coarse raster."""
    inked = inked.copy()
    chosen = np.flatnonzero(rng.random(len(inked)) < options.blur_share)
    for part, sigma in zip(np.array_split(chosen, 4), (0.5, 0.7, 0.9, 1.2), strict=True):
        soft = _smoothing(inked.shape[1], sigma) @ inked[part] @ _smoothing(inked.shape[2], sigma)
        peak = soft.max(axis=(1, 2), keepdims=True)
        inked[part] = np.clip(soft / np.maximum(0.9 * peak, 0.3), 0, 1)
    return inked


def fit(inked: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Fit each (n, h, w) into 20 of 28 pixels with its centre of mass in the middle."""
    n = len(inked)
    extents = [_extent(np.any(inked > PAPER, axis=axis)) for axis in (2, 1)]
    longer = np.maximum(extents[0][1] - extents[0][0], extents[1][1] - extents[1][0])
    scale = FITTED / np.maximum(longer, 1) * np.exp(rng.normal(0, options.size_jitter / 2, n))
    mass = np.maximum(inked.sum(axis=(1, 2)), 1e-6)
    resamplings = []
    for axis, (start, stop) in zip((2, 1), extents, strict=True):
        profile = inked.sum(axis=axis)
        centre = profile @ (np.arange(profile.shape[1]) + 0.5) / mass
        shift = rng.normal(0, options.shift_px / 2, n)
        resamplings.append(_resamplings(profile.shape[1], centre + shift, scale, start, stop))
    down, across = resamplings
    crops = down @ inked @ across.transpose(0, 2, 1)
    return np.clip(crops, 0, 1)


def relevel(crops: Floats, rng: np.random.Generator, options: DistortionOptions) -> Floats:
    """Cut the ink of some off at other thresholds, add noise to some, and clear the paper."""
    n = len(crops)
    low = np.where(rng.random(n) < options.level_share, rng.uniform(0, 0.35, n), 0)
    high = np.where(rng.random(n) < options.level_share, rng.uniform(0.6, 1.1, n), 1)
    low, high = (level.astype(np.float32)[:, None, None] for level in (low, high))
    crops = np.clip((crops - low) / (high - low), 0, 1)
    noisy = np.flatnonzero(rng.random(n) < options.noise_share)
    spread = rng.uniform(0, 0.2, (len(noisy), 1, 1)).astype(np.float32)
    noise = spread * rng.standard_normal((len(noisy), *crops.shape[1:]), dtype=np.float32)
    crops[noisy] = np.clip(crops[noisy] + noise * (crops[noisy] > PAPER), 0, 1)
    return np.where(crops > PAPER, crops, np.float32(0))


def _smoothing(n: int, sigma: float) -> Floats:
    """Return the (n, n) matrix of a Gaussian blur along one axis."""
    place = np.arange(n)
    weights = np.exp(-0.5 * ((place[:, None] - place) / sigma) ** 2)
    smoothing: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return smoothing


def _spreading(n: int, sigma: float) -> Floats:
    """Return the (n, n // GRID) matrix that spreads a coarse row by a Gaussian."""
    centres = (np.arange(n // GRID) + 0.5) * GRID - 0.5
    distance = (np.arange(n)[:, None] - centres) / sigma
    spreading: Floats = np.exp(-0.5 * distance**2).astype(np.float32)
    return spreading


def _extreme(inked: Floats, choose: np.ufunc) -> Floats:
    """Return the largest or smallest of each pixel and its four neighbours."""
    out = inked.copy()
    choose(out[:, 1:], inked[:, :-1], out=out[:, 1:])
    choose(out[:, :-1], inked[:, 1:], out=out[:, :-1])
    choose(out[:, :, 1:], inked[:, :, :-1], out=out[:, :, 1:])
    choose(out[:, :, :-1], inked[:, :, 1:], out=out[:, :, :-1])
    return out


def _extent(occupied: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each row of (n, length) begins and ends to be True, half-open."""
    return occupied.argmax(axis=1), occupied.shape[1] - occupied[:, ::-1].argmax(axis=1)


def _resamplings(
    length: int,
    centre: NDArray[np.float64],
    scale: NDArray[np.float64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> Floats:
    """Return n matrices (n, 28, length) that scale about the centre and weigh pixels by area."""
    zoom = scale.astype(np.float32)[:, None]
    edges = (np.arange(SIDE + 1, dtype=np.float32) - CENTRE - 0.5) / zoom + centre.astype(
        np.float32
    )[:, None]
    pixels = np.arange(length, dtype=np.float32)
    inside = (pixels >= start[:, None]) & (pixels < stop[:, None])
    shared = np.minimum(edges[:, 1:, None], pixels + 1) - np.maximum(edges[:, :-1, None], pixels)
    matrices: Floats = np.maximum(shared, 0) * (zoom * inside)[:, None]
    return matrices
