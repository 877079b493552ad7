"""Reading by the lattice: every way to cut a line is judged, and the best path is its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from digitstring.alternatives import other_digits, rank_texts
from digitstring.chain import best_cut
from digitstring.classifier import Network
from digitstring.decoded import (
    DecodedLine,
    DecodedView,
    best_view,
    in_their_places,
    is_enough,
    trust,
)
from digitstring.decoder_options import NEVER, DecoderOptions
from digitstring.decoding import Arcs, Step, best_path, features, score
from digitstring.judging import judge_strips
from digitstring.proposing import strips_of
from digitstring.reading import DigitReading, LineReading
from digitstring.segmenter import Photo, SegmenterOptions
from digitstring.segmenter.arrays import surrounding
from digitstring.segmenter.strips import HEIGHT
from digitstring.segmenter.views import (
    View,
    altered_views,
    quarter_turned,
    strip_around,
    views_from,
    with_lines_joined,
)
from digitstring.separators import Separator, SeparatorOptions, find_marks, without_feet

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge

SEPARATORS = SeparatorOptions()


def decode_views(
    plain: View,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    turns: Sequence[int] = (0,),
    knowledge: Knowledge | None = None,
) -> list[DecodedView]:
    """Return the views of an image's plain one that were read until it was enough.

    Of several quarter turns, the one is told that is read best. Altered views are among them where
    no other is read surely.
    """
    views: Iterable[View] = views_from(plain, options)
    if len(turns) == 1:
        return _decode_until_sure(
            _turned(views, turns[0], options), network, options, decoder, knowledge
        )
    views = list(views)
    tried = [
        _decode_until_sure(_turned(views, turn, options), network, options, decoder, knowledge)
        for turn in turns
    ]
    return max(tried, key=lambda read: _trust_turned(read, decoder))


def _turned(views: Iterable[View], turn: int, options: SegmenterOptions) -> Iterator[View]:
    return (quarter_turned(view, turn, options) if turn else view for view in views)


def _trust_turned(read: Sequence[DecodedView], decoder: DecoderOptions) -> float:
    best = best_view(read, decoder)
    return trust(best, best.text, read, decoder) if best.text else 0.0


def _decode_until_sure(
    views: Iterable[View],
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    knowledge: Knowledge | None,
) -> list[DecodedView]:
    """Read one view after the other until one is read surely; if none is, altered ones too.

    Of altered ones of a page, only what is doubtful is read; the lines that are sure stay.
    """
    lines = 0 if knowledge is None or knowledge.lines is None else knowledge.lines
    read: list[DecodedView] = []
    for view in views:
        new = decode_joining(view, network, options, decoder, knowledge)
        read += new
        if any(is_enough(each, decoder, lines) for each in new):
            return read
    found = best_view(read, decoder)
    sure = [line for line in found.numbers if line.probability >= 1 - decoder.doubt]
    if len(sure) < decoder.page:
        sure = []  # it may be a part of a doubtful line
    for view in altered_views(found.view, options, settled_by(sure, found)):
        again = decode_view(view, network, options, decoder, knowledge)
        placed = in_their_places(found.view, found.lines, sure, again.lines)
        read.append(replace(again, lines=placed))
    return read


def decode_all(
    plain: View, network: Network, options: SegmenterOptions, decoder: DecoderOptions
) -> list[DecodedView]:
    """Return all views of an image's plain one, sure or not: the altered ones, two, come last."""
    read = [
        each
        for view in views_from(plain, options)
        for each in decode_joining(view, network, options, decoder)
    ]
    altered = altered_views(best_view(read, decoder).view, options)
    return read + [decode_view(view, network, options, decoder) for view in altered]


def settled_by(sure: Sequence[DecodedLine], found: DecodedView) -> list[int]:
    """Return the components that belong to sure lines of a view, and to no other line."""
    own = {number for line in sure for number in line.lattice.strip.numbers}
    others = (line for line in found.lines if line not in sure)
    return sorted(own.difference(*(line.lattice.strip.numbers for line in others)))


def decode_joining(
    view: View,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    knowledge: Knowledge | None = None,
) -> list[DecodedView]:
    """Read the lines of a view, and again with those as one that stand close beside each other."""
    read = decode_view(view, network, options, decoder, knowledge)
    joined = with_lines_joined(view, len(read.lines), options)
    return [read, *(decode_view(each, network, options, decoder, knowledge) for each in joined)]


def decode_view(
    view: View,
    network: Network,
    options: SegmenterOptions,
    decoder: DecoderOptions,
    knowledge: Knowledge | None = None,
) -> DecodedView:
    """Read the lines of a view; all their pieces are judged in one call.

    Leaning cuts are tried in the views that are looked at where no other is read surely: they
    double the pieces of touching digits. Where no line obeys what is known, nothing is settled.
    """
    strips = list(strips_of(view, options))

    def decoded(decoder: DecoderOptions) -> Iterator[DecodedLine]:
        for judged in judge_strips(strips, network, options, decoder, leaning=view.altered):
            arcs = score(features(*judged), decoder)
            yield DecodedLine(*judged, arcs, *find_path(arcs, knowledge))

    lines = list(decoded(decoder))
    if lines and all(line.known == 0 for line in lines):
        lines = list(decoded(replace(decoder, settled=NEVER)))
    return DecodedView(view, lines)


def find_path(arcs: Arcs, knowledge: Knowledge | None) -> tuple[list[Step], float | None]:
    """Return the best path that obeys, and its text's probability among all that do.

    Where none obeys, the path is empty and the probability 0; where nothing is known, None.
    """
    if knowledge is None or not knowledge.of_text:
        return best_path(arcs), None
    ranked = rank_texts(arcs, knowledge, 1)
    if not ranked.found:
        return [], 0.0
    return best_cut(arcs, ranked.found[0].text), ranked.texts[0].probability


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
