"""The weights by which paths, views and readings are scored, each with what it weighs.

Fitted on drawn strings: those of a path by ``python -m digitstring.fitting``, those of a view and
of trust by ``python -m digitstring.view_fitting``. But `DigitWeights.heard` and `slid` were chosen
by hand: see `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

NEVER = 2.0
"""A probability that is never reached."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """Weights by name, in the order of the features they weigh."""

    @property
    def in_order(self) -> Floats:
        """The weights, (n,)."""
        return np.array([getattr(self, each.name) for each in fields(self)])


@dataclass(frozen=True)
class DigitWeights(Weights):
    """What makes a piece likely to be a digit."""

    whole: float = 0.425
    """Of the log of its odds to be one whole digit."""
    each: float = -0.438
    """For each digit."""
    width: float = 0.295
    """For each digit height of width."""
    lower: float = -0.505
    """For each halving of the usual height."""
    higher: float = -2.95
    """For each doubling of it."""
    aside: float = -3.29
    """For each height that its middle is above or below the line's."""
    cut: float = 0.00807
    """For each pixel of ink cut through on either side."""
    heard: float = 0.85
    """Of the log probability that the sliding networks say one digit in the piece, whichever."""
    digit: float = 0.519
    """Of the log of the digit's probability."""
    slid: float = 0.53
    """Of the log probability that they say this one, given that they say one."""


@dataclass(frozen=True)
class SkipWeights(Weights):
    """What makes a piece likely to be no digit."""

    each: float = -2.1
    """For each piece left out."""
    whole: float = 0.208
    """Of the log of its odds to be none."""
    width: float = -1.03
    """For each digit height of width."""
    height: float = -1.8
    """For each digit height of its own."""
    mass: float = 0.00953
    """For each pixel of ink."""
    cut: float = -0.363
    """For each pixel of ink cut through on either side."""
    heard: float = 0.452
    """Of the log probability that the sliding networks say no digit in the piece."""


@dataclass(frozen=True)
class ViewWeights(Weights):
    """What speaks for a view of the ink."""

    sure: float = 2.91
    """Each digit's confidence."""
    each: float = -1.6
    """Each digit."""
    text: float = 0.503
    """The log of each line's probability."""
    line: float = -1.72
    """Each line."""
    empty: float = 1.39
    """That there is no digit."""
    altered: float = -0.159
    """That the ink is another than was found."""
    unread: float = -1.86
    """The share of the ink that is in no digit."""
    heard: float = 0.0716
    """The log probability that the sliding networks say the path's digits, and no others."""


@dataclass(frozen=True)
class TrustWeights(Weights):
    """What makes a reading likely to be right: a logistic regression's weights."""

    always: float = 1.45
    """For every reading."""
    text: float = 0.593
    """The log odds of the texts in their lattices."""
    heard_each: float = 1.81
    """For each digit, the log probability that the sliding networks say the path's digits, and no
    others: of letters and sketches they say little."""
    agreed: float = 0.917
    """The log of the share of the views tried that are read so, by what speaks for each."""
    anywhere: float = 0.206
    """The log odds of the texts in the views' lattices, by their mean probability."""
    alone: float = -1.89
    """That there is one digit only: of strokes that are no number, one is soonest taken for it."""


@dataclass(frozen=True)
class DecoderOptions:
    """The weights of a path's score, fitted by ``python -m digitstring.fitting``."""

    digit: DigitWeights = DigitWeights()
    skip: SkipWeights = SkipWeights()
    view: ViewWeights = ViewWeights()
    trust: TrustWeights = TrustWeights()
    settled: float = 0.98
    """What stands alone is not cut where the reader takes it for one whole digit with at least this
    probability,"""
    settled_heard: float = 0.7
    """and the sliding networks for the same digit with at least this."""
    least_heard: float = 1e-3
    """Pieces that the sliding networks take for one digit with less than this probability are not
    looked at: one in twelve; more of them, and photos lose digits."""
    least_seen: float = 4e-3
    """Pieces that are a digit of the line with less than this probability, as far as the screener
    tells, are not judged by the reader."""
    doubt: float = 0.3
    """Further views of the ink are tried where a line's text is this far from sure: drawn strings,
    cheques and photos are read as well as with all views."""
    page: int = 4
    """Where so many lines are sure, only the others are read again in further views."""


DEFAULTS = DecoderOptions()
