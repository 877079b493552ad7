"""From the view that was chosen to the reading that is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digitstring.alternatives import Ranked, combine, others, rank_texts
from digitstring.chain import best_cut
from digitstring.decoded import DecodedLine, DecodedView
from digitstring.decoding import LEAST, best_path, text_of
from digitstring.lattice_reader import line_reading
from digitstring.reading import Alternative, LineReading, Reading
from digitstring.segmenter import Photo

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge


@dataclass(frozen=True, eq=False)
class Chosen:
    """The view that was chosen, its lines read as their likeliest texts.

    Attributes
    ----------
    found
        The view as it was found.
    view
        The same with the lines that obey alone, and those texts.
    texts
        What else each of these lines may be, its own text among it.
    """

    found: DecodedView
    view: DecodedView
    texts: list[Sequence[Alternative]]


def with_likeliest(best: DecodedView, knowledge: Knowledge | None) -> Chosen:
    """Read the lines of a view that obey as their likeliest texts."""
    obeying = [line for line in best.lines if line.known != 0]
    ranked = [rank_texts(line.arcs, knowledge) for line in obeying]
    lines = [likeliest(line, texts) for line, texts in zip(obeying, ranked, strict=True)]
    texts = [told_texts(line, own) for line, own in zip(lines, ranked, strict=True)]
    return Chosen(best, replace(best, lines=lines), texts)


def assemble(
    chosen: Chosen, photo: Photo, knowledge: Knowledge | None, confidence: float
) -> Reading:
    """Return what a view's lines are read as, with what else they may be."""
    view = chosen.view
    shares = line_confidences([line.probability for line in view.lines], confidence)
    lines = tuple(
        _told(line_reading(line, view.view, photo), own, sure, line.probability)
        for line, own, sure in zip(view.lines, chosen.texts, shares, strict=True)
        if line.text
    )
    share = _share_left(confidence, view.probability)
    return Reading(
        text=view.text,
        confidence=confidence,
        lines=lines,
        photo=photo,
        alternatives=others((_scaled(each, share) for each in combine(chosen.texts)), view.text),
        held=() if knowledge is None else knowledge.obeyed_by_all([line.text for line in lines]),
        reason=reason_of(chosen.found, len(lines), knowledge),
    )


def _share_left(confidence: float, probability: float) -> float:
    """Return what the alternatives' probabilities are multiplied by to go with a confidence.

    Where it is lower than the text's probability among all texts, all of them are as much less
    likely; where it is higher, they share what it leaves.
    """
    if confidence <= probability:
        return confidence / max(probability, LEAST)
    return (1 - confidence) / (1 - probability)


def likeliest(line: DecodedLine, ranked: Ranked) -> DecodedLine:
    """Return a line with the likeliest text, which may be another than the best path's.

    Many paths may read it, each a little less likely than the best.
    """
    if not ranked.found or ranked.found[0].text == line.text:
        return line
    return replace(line, path=best_cut(line.arcs, ranked.found[0].text))


def told_texts(line: DecodedLine, ranked: Ranked) -> Sequence[Alternative]:
    """Return a line's own text and the others, with their probabilities."""
    return ranked.texts or [Alternative(line.text, line.probability)]


def reason_of(best: DecodedView, count: int, knowledge: Knowledge | None) -> str:
    """Return why there is no number in a view of which so many lines are told, or what is amiss."""
    if not count:
        if not best.lines:
            return "no ink was found that may be digits"
        implausible = [line for line in best.lines if line.known == 0]
        if knowledge is None or not implausible:
            return "what was found is no digit"
        return _implausible(implausible, knowledge)
    if knowledge is not None and knowledge.lines not in (None, count):
        return f"of {knowledge.lines} lines expected only {count} were found"
    return ""


def _implausible(lines: Sequence[DecodedLine], knowledge: Knowledge) -> str:
    """Return the reason that no plausible path of some lines obeys."""
    free = [text_of(best_path(line.arcs)) for line in lines]
    read = ", ".join(text for text in free if text) or "nothing"
    broken = [name for name in knowledge.given if name not in knowledge.obeyed_by_all(free)]
    names = " and ".join(name for name in broken if name != "lines") or "what is known"
    return f"no plausible reading obeys; the likeliest otherwise, {read}, breaks {names}"


def line_confidences(probabilities: Sequence[float], confidence: float) -> list[float]:
    """Return lines' confidences whose product is the reading's, the less probable the lower.

    >>> [round(each, 3) for each in line_confidences([0.9, 0.81], 0.9**6)]
    [0.81, 0.656]
    """
    logs = [math.log(min(max(each, LEAST), 1 - LEAST)) for each in probabilities]
    power = math.log(max(confidence, LEAST)) / (sum(logs) or 1.0)
    return [math.exp(power * log) for log in logs]


def _told(
    line: LineReading, texts: Sequence[Alternative], confidence: float, probability: float
) -> LineReading:
    """Return a line with its confidence, and its alternatives in proportion to it."""
    share = _share_left(confidence, probability)
    alternatives = others((_scaled(each, share) for each in texts), line.text)
    return replace(line, confidence=confidence, alternatives=alternatives)


def _scaled(alternative: Alternative, share: float) -> Alternative:
    return alternative._replace(probability=share * alternative.probability)
