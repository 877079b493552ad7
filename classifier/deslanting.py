"""Crops made upright, so that a network need not learn every slant of every digit."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STEEPEST = 1.0
"""Largest shear, columns for each row: 45 degrees."""

_SIDE = 28
_PLACES = np.arange(_SIDE, dtype=np.float32) - _SIDE // 2
_DOWN, _ACROSS = (axis.ravel() for axis in np.meshgrid(_PLACES, _PLACES, indexing="ij"))
_POWERS = np.stack([np.ones_like(_DOWN), _DOWN, _ACROSS, _DOWN**2, _DOWN * _ACROSS], axis=1)
_MARGIN = int(STEEPEST * _SIDE) + 1


def deslant(crops: Floats) -> Floats:
    """Shear each crop (n, 28, 28) upright by its moments; same shape, float32.

    After Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998): the
    shear takes away the ink's covariance of rows and columns.
    """
    ink = np.asarray(crops, dtype=np.float32).reshape(len(crops), _SIDE, _SIDE)
    slant, middle = _slants(ink)
    shift = slant[:, None] * (_PLACES - middle[:, None])
    whole = np.floor(shift)
    between = (shift - whole)[:, :, None]
    padded = np.zeros((len(ink), _SIDE, _SIDE + 2 * _MARGIN), dtype=np.float32)
    padded[:, :, _MARGIN:-_MARGIN] = ink
    windows = sliding_window_view(padded, _SIDE + 1, axis=2)
    start = np.clip(whole.astype(np.intp) + _MARGIN, 0, windows.shape[2] - 1)
    read = windows[np.arange(len(ink))[:, None], np.arange(_SIDE), start]
    upright: Floats = read[:, :, :-1] + between * (read[:, :, 1:] - read[:, :, :-1])
    return upright


def _slants(ink: Floats) -> tuple[Floats, Floats]:
    """Return each crop's slant, columns for each row, and its middle row from the crop's, (n,)."""
    mass, down, across, square, mixed = (ink.reshape(len(ink), _SIDE * _SIDE) @ _POWERS).T
    mass = np.maximum(mass, 1e-6)
    spread = square - down * down / mass
    covariance = mixed - down * across / mass
    slant = np.clip(covariance / np.maximum(spread, 1e-6), -STEEPEST, STEEPEST)
    return slant, down / mass
