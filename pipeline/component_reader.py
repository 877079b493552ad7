"""Reading by connected components alone, one component one digit: the article's way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from digitstring.alternatives import other_digits
from digitstring.classifier import Judgement, Network, judge
from digitstring.reading import DigitReading, LineReading, Reading
from digitstring.segmenter import Box, Line, Photo, Piece, segment
from digitstring.segmenter.arrays import surrounding


@dataclass(frozen=True)
class ComponentOptions:
    """The numbers that turn judgements of components into text."""

    whole_min: float = 0.5
    """A piece less likely than this to be one whole digit is none: the even chance."""
    left_out_confidence: float = 0.3
    """What is left of a line's confidence for each piece left out of it that is about as high as
    its digits: it may be two digits that touch. Looked at."""
    left_out_height: float = 0.6
    """That high, in the lowest digit's heights."""
    empty_confidence: float = 0.5
    """That an image has no number when no ink was found: the even chance, for faint ink and no
    ink look the same."""


DEFAULTS = ComponentOptions()


def read_components(
    photo: Photo, network: Network, options: ComponentOptions = DEFAULTS
) -> Reading:
    """Read a photo's digits, each from a component of its own."""
    lines = segment(photo)
    judgement = judge([piece.crop for line in lines for piece in line.pieces], network)
    line_readings = tuple(decode_lines(lines, judgement, options))
    return Reading(
        text="\n".join(line.text for line in line_readings),
        confidence=(
            confidence_of_all(line_readings, lines, options)
            if line_readings
            else confidence_of_none(judgement, options)
        ),
        lines=line_readings,
        photo=photo,
    )


def decode_lines(
    lines: Sequence[Line], judgement: Judgement, options: ComponentOptions = DEFAULTS
) -> Iterator[LineReading]:
    """Yield the lines that hold a digit; `judgement` is of all pieces, line after line."""
    start = 0
    for line in lines:
        stop = start + len(line.pieces)
        digits = decode_digits(
            [piece.box for piece in line.pieces],
            Judgement(judgement.probs[start:stop], judgement.whole[start:stop]),
            options,
        )
        if digits:
            yield line_of(digits, doubt_left_out(line.pieces, digits, options))
        start = stop


def decode_digits(
    boxes: Sequence[Box], judgement: Judgement, options: ComponentOptions = DEFAULTS
) -> tuple[DigitReading, ...]:
    """Return the pieces that are whole digits, each as its likeliest digit."""
    return tuple(
        DigitReading(
            value=str(probs.argmax()),
            confidence=float(probs.max() * whole),
            box=box,
            probs=tuple(probs.tolist()),
            alternatives=other_digits(probs * whole, int(probs.argmax())),
        )
        for box, probs, whole in zip(boxes, judgement.probs, judgement.whole, strict=True)
        if whole >= options.whole_min
    )


def doubt_left_out(
    pieces: Iterable[Piece], digits: Sequence[DigitReading], options: ComponentOptions = DEFAULTS
) -> float:
    """Return the factor by which pieces that were not read lower the confidence in digits."""
    lowest = min(digit.box.height for digit in digits)
    read = {digit.box for digit in digits}
    left_out = [
        piece
        for piece in pieces
        if piece.box not in read and piece.box.height >= options.left_out_height * lowest
    ]
    return options.left_out_confidence ** len(left_out)


def line_of(digits: tuple[DigitReading, ...], factor: float = 1.0) -> LineReading:
    """Return the line that the digits, from left to right, make; its confidence by a factor."""
    return LineReading(
        text="".join(digit.value for digit in digits),
        confidence=factor * math.prod(digit.confidence for digit in digits),
        box=surrounding(digit.box for digit in digits),
        digits=digits,
    )


def confidence_of_all(
    readings: Sequence[LineReading], lines: Sequence[Line], options: ComponentOptions = DEFAULTS
) -> float:
    """Return the confidence of all lines read, lowered by lines of which nothing was read."""
    digits = [digit for reading in readings for digit in reading.digits]
    read = {digit.box for digit in digits}
    unread = [line for line in lines if not any(piece.box in read for piece in line.pieces)]
    doubt = doubt_left_out((piece for line in unread for piece in line.pieces), digits, options)
    return doubt * math.prod(reading.confidence for reading in readings)


def confidence_of_none(judgement: Judgement, options: ComponentOptions = DEFAULTS) -> float:
    """Return the probability that an image in which no piece passed as a digit has no number."""
    return options.empty_confidence * float(np.prod(1.0 - judgement.whole))
