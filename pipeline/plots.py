"""Pictures of how far confidence can be relied on; needs matplotlib."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from digitstring.annotation import DEFAULTS as COLOURS
from digitstring.extras import load_extra
from digitstring.scoring import Score
from digitstring.thresholds import CERTAINTY, Threshold, answers_of, error_reject_curve

BINS = 10
"""Of the reliability diagram, of equal width."""
SIZE_INCHES, DPI = (11.0, 4.8), 120
SURE, DOUBTFUL = ([part / 255 for part in colour] for colour in (COLOURS.sure, COLOURS.doubtful))


def plot_calibration(
    score: Score,
    file: str | os.PathLike[str],
    threshold: Threshold | None = None,
    certainty: float = CERTAINTY,
) -> None:
    """Draw the error-reject curve and the reliability diagram of labelled images as a PNG.

    Raises
    ------
    ExtraError
        If matplotlib is missing.
    """
    figure = load_extra("matplotlib.figure", "plots", "a plot").Figure(
        figsize=SIZE_INCHES, layout="constrained"
    )
    left, right = figure.subplots(1, 2)
    _draw_curve(left, score, threshold, certainty)
    _draw_reliability(right, score)
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})


def _draw_curve(axes: Any, score: Score, threshold: Threshold | None, certainty: float) -> None:
    """Draw the share of wrong answers over the share of images turned away."""
    images = len(score.rows)
    points = [point for point in error_reject_curve(score, certainty) if point.answered]
    rejected = [1 - point.answered / images for point in points]
    wrong = [point.wrong / point.answered for point in points]
    bounds = [point.bound for point in points]
    axes.step(rejected, wrong, where="post", color=SURE, label="measured")
    axes.plot(rejected, bounds, "--", color=DOUBTFUL, label=f"at most, {certainty:.0%} sure")
    if threshold is not None:
        axes.axhline(threshold.wrong_share, color="0.7", linewidth=1)
        axes.axvline(1 - threshold.answered / images, color="0.7", linewidth=1)
        axes.set_title(f"Threshold {threshold.threshold:g}")
    else:
        axes.set_title("No threshold is shown to be good enough")
    axes.set(xlabel="images turned away", ylabel="wrong among the answered", xlim=(0, 1))
    axes.set_ylim(0, max([*wrong, 0.05]) * 1.2)
    axes.legend(loc="upper right")


def _draw_reliability(axes: Any, score: Score) -> None:
    """Draw the share of right readings over their confidence, and how many there are of each."""
    confidences, right = answers_of(score)
    place = np.minimum((BINS * confidences).astype(int), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    some = counts > 0
    means = np.bincount(place, weights=confidences, minlength=BINS)[some] / counts[some]
    shares = np.bincount(place, weights=right, minlength=BINS)[some] / counts[some]
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    middles = (np.arange(BINS) + 0.5) / BINS
    axes.bar(middles, counts / counts.sum(), 0.9 / BINS, color="0.9", label="share of the images")
    axes.plot(means, shares, "o-", color=SURE, label="read right")
    axes.set(xlabel="confidence", ylabel="share", xlim=(0, 1), ylim=(0, 1), title="Reliability")
    axes.legend(loc="upper left")
