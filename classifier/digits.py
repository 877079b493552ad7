"""Labelled digits, and the two forms in which `Network` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Crops = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Digits:
    """Digits and what they are: ``crops (n, 28, 28)`` in [0, 1], 1 = ink; ``labels (n,)``, 0..9."""

    crops: Crops
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


def columns(crops: NDArray[Any]) -> NDArray[Any]:
    """Return crops ``(n, ...)`` as a network's input, a sample a column: ``(pixels, n)``.

    >>> columns(np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]))
    array([[1, 5],
           [2, 6],
           [3, 7],
           [4, 8]])
    """
    return crops.reshape(len(crops), int(np.prod(crops.shape[1:]))).T


def one_hot(labels: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Return the wanted outputs ``(10, n)`` for the labels ``(n,)``: 1 in the label's row, else 0.

    Raises ``ValueError`` for a label outside 0..9.

    >>> one_hot(np.array([2, 0])).T
    array([[0., 0., 1., 0., 0., 0., 0., 0., 0., 0.],
           [1., 0., 0., 0., 0., 0., 0., 0., 0., 0.]], dtype=float32)
    """
    labels = np.asarray(labels)
    foreign = labels[(labels < 0) | (labels > 9)]
    if foreign.size:
        raise ValueError(f"labels must be digits 0..9, got {foreign[0]}")
    wanted = np.zeros((10, len(labels)), np.float32)
    wanted[labels, np.arange(len(labels))] = 1
    return wanted
