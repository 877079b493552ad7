"""Where the sliding networks should say each digit: every way of saying them, by its probability.

Each digit is said in one window and all other windows say "none" (H. Sak et al., "Recurrent neural
aligner", 2017). As in connectionist temporal classification (A. Graves et al., 2006), the cost is
minus the log probability of the text, all ways of saying it summed; its gradient is what is said
less what should be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.sliding import NONE

Floats = NDArray[np.float64]

_LEAST = 1e-30


@dataclass(frozen=True, eq=False)
class Places:
    """Where the digits of n lines of t windows may be said.

    Attributes
    ----------
    values
        (n, k) the digits of each line, 0 beyond its last.
    allowed
        (n, t, k) bool: in which windows; nowhere beyond a line's last.
    """

    values: NDArray[np.int64]
    allowed: NDArray[np.bool_]


def aligned(probs: Floats, places: Places) -> Floats:
    """Return the probability that each window says each digit or none, given the texts.

    probs: (n, t, 11), what the network says; the result has that shape. A line whose digits can't
    all be said gets its own probabilities back: nothing is learned from it.
    """
    n, t, _ = probs.shape
    each = np.arange(n)[:, None]
    said = probs[each, :, places.values].transpose(0, 2, 1) * places.allowed  # (n, t, k)
    none = probs[:, :, NONE, None]
    before = _summed(said, none)
    count = places.allowed.any(axis=1).sum(axis=1)
    after = _summed_back(said, none, count)
    digits = before[:, :-1, :-1] * said * after[:, 1:, 1:]
    nothing = before[:, :-1] * none * after[:, 1:]
    total = digits.sum(axis=2) + nothing.sum(axis=2)  # of each window, in its own scale
    wanted = np.zeros_like(probs)
    for number in range(digits.shape[2]):
        np.add.at(wanted, (each, np.arange(t), places.values[:, number, None]), digits[..., number])
    wanted[..., NONE] += nothing.sum(axis=2)
    possible = (total > _LEAST).all(axis=1)[:, None, None]
    return np.where(possible, wanted / np.maximum(total, _LEAST)[..., None], probs)


def _summed(said: Floats, none: Floats) -> Floats:
    """Return the probability of having said so many digits before each window, (n, t + 1, k + 1).

    Scaled so that each window's sum to 1: what counts are shares.
    """
    n, t, k = said.shape
    before = np.zeros((n, t + 1, k + 1))
    before[:, 0, 0] = 1
    for window in range(t):
        here = before[:, window] * none[:, window]
        here[:, 1:] += before[:, window, :-1] * said[:, window]
        before[:, window + 1] = here / np.maximum(here.sum(axis=1, keepdims=True), _LEAST)
    return before


def _summed_back(said: Floats, none: Floats, count: NDArray[np.int64]) -> Floats:
    """Return the same from the end back: of saying the others from each window on."""
    n, t, k = said.shape
    after = np.zeros((n, t + 1, k + 1))
    after[np.arange(n), t, count] = 1
    for window in range(t - 1, -1, -1):
        here = after[:, window + 1] * none[:, window]
        here[:, :-1] += after[:, window + 1, 1:] * said[:, window]
        after[:, window] = here / np.maximum(here.sum(axis=1, keepdims=True), _LEAST)
    return after
