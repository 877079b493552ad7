"""How well a network tells single digits, knows when it does, and turns away what is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Judgement, Network, judge
from digitstring.digit_sets import NO_DIGIT, DigitSet

CALIBRATION_BINS = 15
"""As in Guo et al. (2017)."""
MNIST_TURNED_AWAY = 0.01
"""Share of MNIST's test digits at which sets are compared by what else is turned away."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network said of labelled crops.

    Attributes
    ----------
    labels
        (n,) int64: the digit 0..9, or `NO_DIGIT`.
    judgement
        The network's answers, in the same order.
    """

    labels: NDArray[np.int64]
    judgement: Judgement

    @property
    def total(self) -> int:
        """How many crops there were."""
        return len(self.labels)

    @cached_property
    def is_digit(self) -> NDArray[np.bool_]:
        """(n,) bool: which crops are digits; the others count for `turned_away` alone."""
        found: NDArray[np.bool_] = self.labels != NO_DIGIT
        return found

    @cached_property
    def answers(self) -> NDArray[np.int64]:
        """(n,) int64: the digit of the highest probability."""
        answers: NDArray[np.int64] = self.judgement.probs.argmax(axis=1)
        return answers

    @cached_property
    def confidences(self) -> NDArray[np.float32]:
        """(n,) float32: the probability of the answers."""
        confidences: NDArray[np.float32] = self.judgement.probs.max(axis=1)
        return confidences

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(10, 10) int64: how often the digit of the row was answered by that of the column."""
        return count_answers(self.labels[self.is_digit], self.answers[self.is_digit])

    @property
    def correct(self) -> int:
        """How many digits were answered right."""
        return int(self.confusion.trace())

    @property
    def errors(self) -> tuple[int, ...]:
        """How many of each digit, 0 to 9, were answered wrong."""
        return tuple((self.confusion.sum(axis=1) - self.confusion.diagonal()).tolist())

    @property
    def wrong(self) -> int:
        """How many digits were answered wrong."""
        return sum(self.errors)

    @property
    def error(self) -> float | None:
        """Share of the digits that were answered wrong; None where there was no digit."""
        digits = int(self.confusion.sum())
        return self.wrong / digits if digits else None

    @property
    def calibration_error(self) -> float | None:
        """See `expected_calibration_error`; None where there was no digit."""
        if not self.is_digit.any():
            return None
        probs = self.judgement.probs[self.is_digit]
        return expected_calibration_error(probs, self.labels[self.is_digit])

    def turned_away(self, threshold: float) -> float:
        """Return the share of the crops whose probability to be one whole digit lies below."""
        return float(np.mean(self.judgement.whole < threshold))

    def to_dict(self, threshold: float) -> dict[str, Any]:
        """Return the counts and shares as JSON-ready values."""
        return {
            "total": self.total,
            "correct": self.correct,
            "wrong": self.wrong,
            "error": self.error,
            "calibration_error": self.calibration_error,
            "turned_away": self.turned_away(threshold),
            "errors": list(self.errors),
            "confusion": self.confusion.tolist(),
        }


def evaluate_set(digits: DigitSet, network: Network | None = None) -> Evaluation:
    """Judge a set's crops, by the shipped network where none is given."""
    return Evaluation(digits.labels, judge(digits.crops, network))


def count_answers(labels: NDArray[np.int64], answers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the (10, 10) confusion matrix of labels (n,) and answers (n,).

    >>> count_answers(np.array([1, 1, 7]), np.array([1, 7, 7]))[[1, 1, 7], [1, 7, 7]]
    array([1, 1, 1])
    """
    return np.bincount(10 * labels + answers, minlength=100).reshape(10, 10).astype(np.int64)


def expected_calibration_error(
    probs: NDArray[np.floating[Any]], labels: NDArray[np.int64], bins: int = CALIBRATION_BINS
) -> float:
    """Return how far the top probability is from the share of right answers, on average.

    The answers are put into bins of equal width by their top probability; each bin's distance
    between mean probability and share of right answers is weighted by its answers (Guo, Pleiss,
    Sun and Weinberger, "On calibration of modern neural networks", 2017).

    Parameters
    ----------
    probs
        (n, 10) in [0, 1], n at least 1.
    labels
        (n,), 0..9.
    bins
        How many; a probability on the edge of two falls into the lower.

    Examples
    --------
    Two answers of 0.8, one of them right:

    >>> probs = np.array([[0.8, 0.2], [0.8, 0.2]])
    >>> round(expected_calibration_error(probs, np.array([0, 1])), 3)
    0.3
    """
    confidence = probs.max(axis=1).astype(np.float64)
    return calibration_distance(confidence, probs.argmax(axis=1) == labels, bins)


def calibration_distance(
    confidences: NDArray[np.float64], right: NDArray[np.bool_], bins: int = CALIBRATION_BINS
) -> float:
    """Return the expected calibration error of answers (n,) by confidence and whether right.

    >>> round(calibration_distance(np.array([0.8, 0.8]), np.array([True, False])), 3)
    0.3
    """
    upper_edges = np.arange(1, bins) / bins
    distances = np.bincount(
        np.digitize(confidences, upper_edges, right=True), weights=confidences - right
    )
    return float(np.abs(distances).sum() / len(right))


def threshold_turning_away(share: float, whole: NDArray[np.floating[Any]]) -> float:
    """Return the highest threshold below which at most a share of ``whole (n,)`` lies.

    >>> threshold_turning_away(0.5, np.array([0.1, 0.2, 0.3, 0.4]))
    0.3
    """
    ranked = np.sort(whole)
    return float(ranked[min(int(share * len(ranked)), len(ranked) - 1)])
