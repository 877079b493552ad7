"""The confidence from which on readings may be let through, found on labelled images.

Images are answered where their confidence reaches a threshold. Of those that reach it some are
wrong; how many at most, in the long run, is bounded from those that were (C. Clopper and
E. Pearson, "The use of confidence or fiducial limits", 1934).

A threshold chosen on the images that it is then judged by looks better than it is, for of many
that were tried the luckiest is taken. Here the thresholds to try are fixed before anything is
read; they are tried from the surest down, and the first that fails ends it. So a threshold that
lets too much through is only taken where the first such one passes its test, which happens with
the chance that one test errs, however many are tried: fixed-sequence testing (P. Bauer, 1991; for
thresholds A. Angelopoulos et al., "Learn then test", 2021). Those reached by too few images to
pass even without an error are passed over, which hangs on the confidences alone and not on what
was right. The certainty is about images whose confidences spread as those that were labelled do.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import DataError
from digitstring.classifier.replacement import replace_file
from digitstring.scoring import Score

GRID = (
    *(0.9999, 0.9998, 0.9995, 0.999, 0.998, 0.997, 0.996, 0.995, 0.994, 0.993, 0.992, 0.991),
    *(round(0.99 - 0.005 * step, 3) for step in range(18)),
    *(round(0.9 - 0.02 * step, 2) for step in range(46)),
)
"""The thresholds that are tried, from the surest down to 0."""
WRONG, CERTAINTY = 0.01, 0.95


class Point(NamedTuple):
    """What a threshold lets through of the labelled images.

    Attributes
    ----------
    threshold
        The least confidence.
    answered, wrong
        How many images reach it, and how many of those were read wrong.
    bound
        The share of wrong answers that is not exceeded, with the certainty asked for.
    """

    threshold: float
    answered: int
    wrong: int
    bound: float


@dataclass(frozen=True)
class Threshold:
    """A threshold found on labelled images.

    Attributes
    ----------
    threshold
        The least confidence of an answer.
    wrong_share, certainty
        What was asked for: at most this share of wrong answers, this surely.
    images, answered, wrong
        How many images were labelled, how many of these reach it, and how many of those are wrong.
    """

    threshold: float
    wrong_share: float
    certainty: float
    images: int
    answered: int
    wrong: int


def wrong_bound(wrong: int, answered: int, certainty: float = CERTAINTY) -> float:
    """Return the share of wrong answers that is not exceeded, by Clopper and Pearson; 1 of none.

    >>> round(wrong_bound(0, 299), 4), round(wrong_bound(3, 300), 4)
    (0.01, 0.0256)
    """
    if wrong >= answered:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(certainty, wrong + 1, answered - wrong))


def fewest_images(wrong_share: float = WRONG, certainty: float = CERTAINTY) -> int:
    """Return how many images, all read right, are needed to be so sure.

    >>> fewest_images(0.01), fewest_images(0.05), fewest_images(0.0)
    (299, 59, 0)
    """
    if not 0 < wrong_share < 1:
        return 0
    return math.ceil(math.log(1 - certainty) / math.log(1 - wrong_share))


def error_reject_curve(score: Score, certainty: float = CERTAINTY) -> tuple[Point, ...]:
    """Return what each threshold of `GRID` lets through."""
    confidences, right = answers_of(score)
    points = []
    for threshold in GRID:
        reached = confidences >= threshold
        answered, wrong = int(reached.sum()), int((reached & ~right).sum())
        points.append(Point(threshold, answered, wrong, wrong_bound(wrong, answered, certainty)))
    return tuple(points)


def find_threshold(
    score: Score, wrong_share: float = WRONG, certainty: float = CERTAINTY
) -> Threshold | None:
    """Return the threshold that lets most through with at most a share of wrong answers.

    None where the labelled images do not show it of any.

    Raises
    ------
    ValueError
        If a share is not between 0 and 1.
    """
    for name, share in (("wrong_share", wrong_share), ("certainty", certainty)):
        if not 0 < share < 1:
            raise ValueError(f"{name} must be between 0 and 1, got {share}")
    last = last_passing(error_reject_curve(score, certainty), wrong_share, certainty)
    if last is None:
        return None
    return Threshold(
        last.threshold, wrong_share, certainty, len(score.rows), last.answered, last.wrong
    )


def last_passing(curve: Sequence[Point], wrong_share: float, certainty: float) -> Point | None:
    """Return the last point of a curve before the first that fails; see the module."""
    fewest = fewest_images(wrong_share, certainty)
    last = None
    for point in curve:
        if point.answered >= fewest:
            if point.bound > wrong_share:
                break
            last = point
    return last


def answers_of(score: Score) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each image's confidence and whether it was read right, (n,)."""
    confidences = np.array([row.confidence for row in score.rows], dtype=np.float64)
    return confidences, np.array([row.exact for row in score.rows], dtype=np.bool_)


def save_threshold(threshold: Threshold, file: str | os.PathLike[str]) -> None:
    """Write a threshold as JSON, whole or not at all."""
    with replace_file(Path(file)) as out:
        out.write(json.dumps(asdict(threshold), indent=2).encode() + b"\n")


def load_threshold(file: str | os.PathLike[str]) -> float:
    """Return the least confidence that `save_threshold` wrote.

    Raises
    ------
    DataError
        If the file can't be read, or names none.
    """
    name = os.fspath(file)
    try:
        threshold = json.loads(Path(file).read_bytes())["threshold"]
    except OSError as error:
        raise DataError(f"{name}: can't be read ({error.strerror}); check the path") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{name}: names no threshold; write it with digitstring calibrate --output"
        ) from error
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise DataError(f"{name}: the threshold must be a number, is {threshold!r}")
    if not 0 <= threshold <= 1:
        raise DataError(f"{name}: the threshold must be from 0 to 1, is {threshold}")
    return float(threshold)
