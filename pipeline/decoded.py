"""Lines and views of a photo once they are read, and how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np

from digitstring.classifier import Judgement, sigmoid
from digitstring.decoder_options import DecoderOptions
from digitstring.decoding import (
    LEAST,
    NO_DIGIT,
    Arcs,
    Floats,
    Step,
    logsumexp,
    piece_posteriors,
    text_of,
    text_probability,
)
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.matrices import inverse
from digitstring.segmenter.views import View
from digitstring.sliding import SlidPieces


@dataclass(frozen=True, eq=False)
class DecodedLine:
    """A line's lattice, what the networks said of its pieces, and the best path.

    Attributes
    ----------
    heard
        What the sliding networks said.
    path
        The steps from the line's left end to its right, pieces that are no digit among them.
    known
        The probability of the text among those that obey what was known of it, if anything was.
    """

    lattice: Lattice
    judgement: Judgement
    heard: SlidPieces
    arcs: Arcs
    path: list[Step]
    known: float | None = None

    @property
    def digits(self) -> list[Step]:
        """The steps that are digits."""
        return [step for step in self.path if step.value != NO_DIGIT]

    @property
    def text(self) -> str:
        """The digits' values, "" where there is none."""
        return text_of(self.path)

    @property
    def digit_ink(self) -> float:
        """The ink of the digits, in pixels of the image."""
        pieces = [step.piece for step in self.digits]
        return float(self.lattice.mass[pieces].sum()) * self.lattice.strip.zoom**2

    @cached_property
    def probability(self) -> float:
        """The probability of the text, among all texts of the lattice that obey."""
        return self.share if self.known is None else self.known

    @cached_property
    def share(self) -> float:
        """The text's share of the weight of all paths, whether they obey or not."""
        return text_probability(self.arcs, self.text)

    @property
    def heard_log(self) -> float:
        """The log probability that the sliding networks say the path's digits, and no others."""
        return sum(
            float(self.heard.none[piece] if value == NO_DIGIT else self.heard.digits[piece, value])
            for piece, value in self.path
        )

    @cached_property
    def posteriors(self) -> Floats:
        """The probability of each piece as each digit, and as none, (n, 11)."""
        return piece_posteriors(self.arcs)

    @cached_property
    def standing(self) -> list[Floats]:
        """Of each digit of the path: that 0 to 9 stand at about its place, (10,)."""
        return [_standing(self.lattice, self.posteriors, step) for step in self.digits]

    @property
    def confidences(self) -> list[float]:
        """Of each digit of the path: that it stands at about this place."""
        pairs = zip(self.standing, self.digits, strict=True)
        return [float(standing[step.value]) for standing, step in pairs]


def _standing(lattice: Lattice, posteriors: Floats, step: Step) -> Floats:
    """Return the probability of 0 to 9 at a step's place, (10,): cut there or nearly there."""
    left, right = lattice.boxes[:, 1], lattice.boxes[:, 3]
    own_left, own_right = left[step.piece], right[step.piece]
    shared = np.minimum(right, own_right) - np.maximum(left, own_left)
    same = 2 * shared > np.maximum(right, own_right) - np.minimum(left, own_left)
    sums: Floats = posteriors[same, :-1].sum(axis=0)
    return np.minimum(sums, 1)


@dataclass(frozen=True, eq=False)
class DecodedView:
    """A view of a photo and its lines, from top to bottom."""

    view: View
    lines: list[DecodedLine]

    @property
    def numbers(self) -> list[DecodedLine]:
        """The lines that hold a number."""
        return [line for line in self.lines if line.text]

    @property
    def digit_count(self) -> int:
        """How many digits the lines hold."""
        return sum(len(line.digits) for line in self.lines)

    @property
    def doubt(self) -> float:
        """How far from sure the least sure line with digits is; 1 where there is none.

        Ink that is left unread may be digits too.
        """
        sure = min((line.probability for line in self.numbers), default=0.0)
        return 1 - sure * (1 - self.unread)

    @cached_property
    def evidence(self) -> Floats:
        """What `ViewWeights` weighs, (8,)."""
        confidences = [each for line in self.lines for each in line.confidences]
        logs = [math.log(max(line.share, LEAST)) for line in self.lines]
        signs = [sum(confidences), len(confidences), sum(logs), len(self.lines)]
        ink = [not confidences, self.view.altered, self.unread]
        return np.array([*signs, *ink, self.heard_log], dtype=float)

    @property
    def text(self) -> str:
        """The lines' texts, parted by newlines."""
        return "\n".join(line.text for line in self.numbers)

    @property
    def probability(self) -> float:
        """The probability of the texts, each in its own lattice."""
        return math.prod(line.probability for line in self.lines if line.known != 0)

    @property
    def signs(self) -> Floats:
        """What `TrustWeights` weighs of a view alone, (3,)."""
        heard_each = self.heard_log / max(1, self.digit_count)
        return np.array([1.0, _log_odds(self.probability), heard_each])

    @property
    def heard_log(self) -> float:
        """As each line's, of all lines."""
        return sum(line.heard_log for line in self.lines)

    def score(self, decoder: DecoderOptions) -> float:
        """Return how much speaks for the view."""
        return float(self.evidence @ decoder.view.in_order)

    def probability_of(self, text: str) -> float:
        """Return the probability of some lines' texts, parted by newlines, in as many lattices.

        What is below `LEAST` is not told exactly: an upper bound.
        """
        parts = text.split("\n")
        if len(parts) != len(self.numbers):
            return float(text == self.text)
        probability = 1.0
        for line, part in zip(self.numbers, parts, strict=True):
            own = part == line.text
            probability *= line.share if own else text_probability(line.arcs, part)
            if probability < LEAST:
                break
        return probability

    @cached_property
    def unread(self) -> float:
        """The share of the view's ink that is in no digit."""
        read = sum(line.digit_ink for line in self.lines)
        return 1 - min(1.0, read / max(1, int(np.count_nonzero(self.view.ink.mask))))


def trust(
    chosen: DecodedView, found: str, views: Sequence[DecodedView], decoder: DecoderOptions
) -> float:
    """Return the probability that the texts of a view are right.

    `found` is the text of the best view, as it was before its lines were cut or read again.
    """
    return float(sigmoid(signs_of(chosen, found, views, decoder) @ decoder.trust.in_order))


def signs_of(
    chosen: DecodedView, found: str, views: Sequence[DecodedView], decoder: DecoderOptions
) -> Floats:
    """Return what `TrustWeights` weighs, (6,)."""
    scores = np.array([view.score(decoder) for view in views])
    same = np.array([view.text == found for view in views])
    agreed = float(logsumexp(scores[same]) - logsumexp(scores))
    anywhere = float(np.mean([view.probability_of(chosen.text) for view in views]))
    return np.append(chosen.signs, [agreed, _log_odds(anywhere), chosen.digit_count == 1])


def _log_odds(probability: float) -> float:
    sure = min(max(probability, LEAST), 1 - LEAST)
    return math.log(sure / (1 - sure))


def best_view(views: Sequence[DecodedView], decoder: DecoderOptions) -> DecodedView:
    """Return the best view of those with the text for which most speaks in all views together.

    A view speaks for a text by its own score and the text's probability in its lattices.
    """
    scores = np.array([view.score(decoder) for view in views])
    texts = list(dict.fromkeys(view.text for view in views))
    if len(texts) > 1:
        probs = [[max(view.probability_of(text), LEAST) for view in views] for text in texts]
        text = texts[int(np.argmax([logsumexp(scores + np.log(each)) for each in probs]))]
        scores = np.where([view.text == text for view in views], scores, -np.inf)
    return views[int(scores.argmax())]


def is_enough(view: DecodedView, decoder: DecoderOptions, lines: int = 0) -> bool:
    """Return whether a view is read surely, and holds as many lines as are expected, if known."""
    return view.doubt <= decoder.doubt and len(view.numbers) >= lines


def in_their_places(
    view: View,
    lines: Sequence[DecodedLine],
    sure: Sequence[DecodedLine],
    again: Sequence[DecodedLine],
) -> list[DecodedLine]:
    """Return a view's lines, the others than the sure ones replaced by what is read again.

    Each takes the place of the line that it lies nearest to, or comes before or behind it where
    that one is sure.
    """
    if not lines:
        return list(again)
    back = inverse(view.matrix)

    def middle(line: DecodedLine) -> Floats:
        place: Floats = back @ np.append(line.lattice.strip.middle, 1)
        return place

    middles = np.stack([middle(line) for line in lines])
    placed = [(float(number), line) for number, line in enumerate(lines) if line in sure]
    for line in again:
        own = middle(line)
        nearest = int(np.hypot(*(middles - own).T).argmin())
        below = own[0] > middles[nearest, 0]
        placed.append((nearest + (0.5 if below else -0.5), line))
    return [line for _, line in sorted(placed, key=itemgetter(0))]
