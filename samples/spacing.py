"""How near two pieces of ink can come."""

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]

_INKED = 0.1
"""Ink above this counts, as in MNIST's normaliser."""
_FAR = 10**6


def trim(ink: Ink) -> Ink:
    """Cut ink (h, w) to the rows and columns that hold any above a tenth; (0, 0) if none do.

    >>> trim(np.eye(4, 6, k=2, dtype=np.float32)).shape
    (4, 4)
    """
    inked = ink > _INKED
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if rows.size == 0:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def free_columns(left: Ink, right: Ink, drop_px: int, reach_px: int) -> int:
    """Count the columns that `right` can slide under `left` once their boxes touch.

    left (h, w), right (k, m): ink; `right` begins `drop_px` rows below the top of `left`,
    above it if negative. Rows up to `reach_px` apart count as level, so that corners keep
    their distance too. Returns 0 where the two share no row.

    >>> stair = np.tri(3, dtype=np.float32)
    >>> free_columns(stair, np.ones((1, 2), np.float32), drop_px=0, reach_px=0)
    2
    """
    top = min(0, drop_px)
    rows = max(len(left), drop_px + len(right)) - top
    after, before = np.full(rows, _FAR), np.full(rows, _FAR)
    after[-top : len(left) - top] = _paper_before_ink(left[:, ::-1])
    before[drop_px - top : drop_px - top + len(right)] = _paper_before_ink(right)
    padded = np.pad(after, reach_px, constant_values=_FAR)
    level = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach_px + 1).min(axis=1)
    free = int((level + before).min())
    return free if free < _FAR else 0


def _paper_before_ink(ink: Ink) -> NDArray[np.int64]:
    inked = ink > _INKED
    return np.where(inked.any(axis=1), inked.argmax(axis=1), _FAR)
