"""Reading by the lattice: every way to cut a line is judged, and the best path is its text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitstring.alternatives import other_digits, rank_texts
from digitstring.classifier import Judgement, Network, judge, sigmoid
from digitstring.decoding import (
    LEAST,
    NO_DIGIT,
    Arcs,
    DecoderOptions,
    Floats,
    Step,
    best_path,
    features,
    logsumexp,
    piece_posteriors,
    score,
    text_of,
    text_probability,
)
from digitstring.proposing import propose_lines
from digitstring.reading import DigitReading, LineReading
from digitstring.segmenter import Photo, SegmenterOptions
from digitstring.segmenter.arrays import surrounding
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.normalizer import SIDE
from digitstring.segmenter.strips import HEIGHT
from digitstring.segmenter.views import (
    View,
    altered_views,
    first_views,
    quarter_turned,
    strip_around,
)
from digitstring.separators import Separator, SeparatorOptions, find_marks, without_feet
from digitstring.sliding import SlidPieces, slid_pieces, slide

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge

SEPARATORS = SeparatorOptions()


@dataclass(frozen=True, eq=False)
class DecodedLine:
    """A line's lattice, what the networks said of its pieces, and the best path.

    Attributes
    ----------
    heard
        What the sliding network said.
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
        """The log probability that the sliding network says the path's digits, and no others."""
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
    def doubt(self) -> float:
        """How far from sure the least sure line with digits is; 1 where there is none.

        Ink that is left unread may be digits too.
        """
        sure = min((line.probability for line in self.lines if line.text), default=0.0)
        return 1 - sure * (1 - self.unread)

    @property
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
        return "\n".join(line.text for line in self.lines if line.text)

    @property
    def probability(self) -> float:
        """The probability of the texts, each in its own lattice."""
        return math.prod(line.probability for line in self.lines if line.known != 0)

    @property
    def signs(self) -> Floats:
        """What `TrustWeights` weighs but the agreement of the views, (4,)."""
        sure = min(max(self.probability, LEAST), 1 - LEAST)
        odds = math.log(sure / (1 - sure))
        return np.array([1.0, odds, self.unread, self.heard_log])

    @property
    def heard_log(self) -> float:
        """As each line's, of all lines."""
        return sum(line.heard_log for line in self.lines)

    def score(self, decoder: DecoderOptions) -> float:
        """Return how much speaks for the view."""
        return float(self.evidence @ decoder.view.in_order)

    @property
    def unread(self) -> float:
        """The share of the view's ink that is in no digit."""
        read = sum(line.digit_ink for line in self.lines)
        return 1 - min(1.0, read / max(1, int(np.count_nonzero(self.view.ink.mask))))


def log_agreed(texts: Sequence[str], scores: Floats) -> float:
    """Return the log share of the views' weight that is on those read as the best one is."""
    same = np.array([text == texts[int(scores.argmax())] for text in texts])
    return float(logsumexp(scores[same]) - logsumexp(scores))


def trust(chosen: DecodedView, views: Sequence[DecodedView], decoder: DecoderOptions) -> float:
    """Return the probability that the texts of a view chosen among some are right."""
    scores = np.array([view.score(decoder) for view in views])
    agreed = log_agreed([view.text for view in views], scores)
    return float(sigmoid(np.append(chosen.signs, agreed) @ decoder.trust.in_order))


def best_view(views: Sequence[DecodedView], decoder: DecoderOptions) -> DecodedView:
    """Return the view for which most speaks."""
    return max(views, key=lambda view: view.score(decoder))


def decode_views(
    photo: Photo,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    turns: Sequence[int] = (0,),
    knowledge: Knowledge | None = None,
) -> list[DecodedView]:
    """Return the views of a photo, read, in the quarter turn in which it is likeliest read right.

    Altered views are among them where no other is read surely.
    """
    views = list(first_views(photo, options))
    tried = [_decode_turned(views, turn, network, options, decoder, knowledge) for turn in turns]
    return max(tried, key=lambda read: _trust_turned(read, decoder))


def _trust_turned(read: Sequence[DecodedView], decoder: DecoderOptions) -> float:
    best = best_view(read, decoder)
    return trust(best, read, decoder) if best.text else 0.0


def _decode_turned(
    upright: Sequence[View],
    turn: int,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    knowledge: Knowledge | None,
) -> list[DecodedView]:
    """Return views read in one quarter turn, and altered ones where none is read surely."""
    views = [quarter_turned(view, turn, options) if turn else view for view in upright]
    read = [decode_view(view, network, options, decoder, knowledge) for view in views]
    if min(each.doubt for each in read) > decoder.doubt:
        altered = altered_views(best_view(read, decoder).view, options)
        read += [decode_view(view, network, options, decoder, knowledge) for view in altered]
    return read


def decode_view(
    view: View,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    knowledge: Knowledge | None = None,
) -> DecodedView:
    """Read the lines of a view; all their pieces are judged in one call."""
    lattices = list(propose_lines(view, options))
    slid = slide([lattice.strip for lattice in lattices])
    heard = [slid_pieces(*pair) for pair in zip(slid, lattices, strict=True)]
    likely = [np.flatnonzero(pieces.one >= decoder.least_heard) for pieces in heard]
    lines = []
    judged = judge_pieces(lattices, likely, network)
    for lattice, pieces, judgement in zip(lattices, heard, judged, strict=True):
        arcs = score(features(lattice, judgement, pieces), decoder)
        path, known = find_path(arcs, knowledge)
        lines.append(DecodedLine(lattice, judgement, pieces, arcs, path, known))
    return DecodedView(view, lines)


def judge_pieces(
    lattices: Sequence[Lattice], chosen: Sequence[NDArray[np.int64]], network: Network
) -> Iterator[Judgement]:
    """Yield what a network says of lattices' pieces; those not chosen count as no digit.

    All that are chosen are judged in one call.
    """
    crops = [lattice.crops_of(pieces) for lattice, pieces in zip(lattices, chosen, strict=True)]
    answers = judge(np.concatenate([np.zeros((0, SIDE, SIDE), np.float32), *crops]), network)
    stop = 0
    for lattice, pieces in zip(lattices, chosen, strict=True):
        start, stop = stop, stop + len(pieces)
        n = len(lattice.start)
        probs, whole = np.full((n, 10), 0.1, np.float32), np.zeros(n, np.float32)
        probs[pieces], whole[pieces] = answers.probs[start:stop], answers.whole[start:stop]
        yield Judgement(probs, whole)


def find_path(arcs: Arcs, knowledge: Knowledge | None) -> tuple[list[Step], float | None]:
    """Return the best path that obeys, and its text's probability among all that do.

    Where none obeys, the path is empty and the probability 0; where nothing is known, None.
    """
    if knowledge is None or not knowledge.of_text:
        return best_path(arcs), None
    ranked = rank_texts(arcs, knowledge, 1)
    return (ranked.found[0].path, ranked.texts[0].probability) if ranked.found else ([], 0.0)


def line_reading(line: DecodedLine, view: View, photo: Photo) -> LineReading:
    """Return a decoded line as it is told to the user, its boxes in the original image."""
    digits = tuple(
        DigitReading(
            value=str(step.value),
            confidence=confidence,
            box=photo.to_original(line.lattice.piece_box(step.piece)),
            probs=tuple(line.judgement.probs[step.piece].tolist()),
            alternatives=other_digits(standing, step.value),
        )
        for step, confidence, standing in zip(
            line.digits, line.confidences, line.standing, strict=True
        )
    )
    return LineReading(
        text=line.text,
        confidence=line.probability,
        box=surrounding(digit.box for digit in digits),
        digits=digits,
        separators=separators_of(line, view, photo),
    )


def separators_of(
    line: DecodedLine, view: View, photo: Photo, options: SeparatorOptions = SEPARATORS
) -> tuple[Separator, ...]:
    """Return the separators in what a line's path leaves out, specks among it."""
    lattice = line.lattice
    pieces = [step.piece for step in line.digits]
    around = strip_around(view, lattice.strip, options.around)
    taken = without_feet(lattice.strip.ink > lattice.ink_without(pieces), lattice.strip, options)
    ink = np.where(np.pad(taken, round(options.around * HEIGHT)), np.float32(0), around.ink)
    middles = lattice.boxes[pieces][:, [1, 3]].mean(axis=1) + options.around * HEIGHT
    return tuple(
        Separator(character, photo.to_original(box), int(np.sum(middles < column)))
        for character, box, column in find_marks(around, ink, options)
    )
