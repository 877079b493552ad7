"""Matrices (2, 3) that take a place (row, column, 1) of one picture to its place in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.segmenter.arrays import Ink

Matrix = NDArray[np.float64]


def combined(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the matrix of two, the inner one first."""
    both: Matrix = outer[:, :2] @ inner
    both[:, 2] += outer[:, 2]
    return both


def inverse(matrix: Matrix) -> Matrix:
    """Return the matrix that goes back."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.concatenate([turn, -turn @ matrix[:, 2:]], axis=1)


def resampled(
    ink: Ink, matrix: Matrix, shape: tuple[int, int], rise: NDArray[np.int64] | None = None
) -> Ink:
    """Return a picture of a shape (h, w) whose places a matrix takes to those of the ink.

    With a rise (w,), the places of each column are taken so many rows below first.
    """
    if rise is not None:
        least, beyond = int(rise.min()), int(np.ptp(rise))
        shift = np.array([[1.0, 0.0, least], [0.0, 1.0, 0.0]])
        level = resampled(ink, combined(matrix, shift), (shape[0] + beyond, shape[1]))
        rows = np.arange(shape[0])[:, None] + rise - least
        return np.take_along_axis(level, rows, axis=0)
    data = matrix[::-1, [1, 0, 2]].ravel()  # as Pillow counts: columns before rows
    seen = Image.fromarray(ink).transform(
        shape[::-1], Image.Transform.AFFINE, tuple(data), Image.Resampling.BILINEAR
    )
    return np.asarray(seen)
