"""Regular expressions over digits, as automata.

The states are what is left to match after some digits, the derivatives of the expression:
J. A. Brzozowski, "Derivatives of regular expressions" (1964).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from digitstring.automata import DIGITS, Automaton, explore

MOST_REPEATS = 99
"""The highest count in braces: no number is that long."""


@dataclass(frozen=True)
class OneOf:
    """One digit of some."""

    digits: frozenset[int]


@dataclass(frozen=True)
class Then:
    """One part after the other; of no parts: the empty text."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """Any of some choices; of none: no text at all."""

    choices: frozenset[Expression]


@dataclass(frozen=True)
class Times:
    """Something `least` to `most` times; None: any number of times."""

    body: Expression
    least: int
    most: int | None


Expression: TypeAlias = OneOf | Then | Either | Times
EMPTY = Then(())
NOTHING = Either(frozenset())
ANY_DIGIT = OneOf(frozenset(range(DIGITS)))


def compile_pattern(pattern: str) -> Automaton:
    r"""Return the texts that a regular expression matches from end to end.

    Digits, ``.``, ``\d``, ``[...]``, ``[^...]``, ``(...)``, ``(?:...)``, ``|``, ``*``, ``+``,
    ``?`` and ``{m,n}`` mean what they mean in `re`, among texts of digits alone.

    Raises
    ------
    ValueError
        If there is anything else in it, with the place.

    >>> compile_pattern(r"20[12]\d").accepts("2024")
    True
    """
    expression = _Parser(pattern).parse()
    try:
        return explore(
            expression,
            lambda left, digit: None if (after := _after(left, digit)) == NOTHING else after,
            _may_be_empty,
        )
    except ValueError as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from None


def _then(parts: Iterable[Expression]) -> Expression:
    flat: list[Expression] = []
    for part in parts:
        if part == NOTHING:
            return NOTHING
        flat.extend(part.parts if isinstance(part, Then) else (part,))
    return flat[0] if len(flat) == 1 else Then(tuple(flat))


def _either(choices: Iterable[Expression]) -> Expression:
    flat: set[Expression] = set()
    for choice in choices:
        flat |= choice.choices if isinstance(choice, Either) else {choice}
    return next(iter(flat)) if len(flat) == 1 else Either(frozenset(flat))


def _times(body: Expression, least: int, most: int | None) -> Expression:
    if most == 0:
        return EMPTY
    return body if least == most == 1 else Times(body, least, most)


def _may_be_empty(expression: Expression) -> bool:
    match expression:
        case OneOf():
            return False
        case Then(parts):
            return all(map(_may_be_empty, parts))
        case Either(choices):
            return any(map(_may_be_empty, choices))
        case Times(body, least, _):
            return least == 0 or _may_be_empty(body)


def _after(expression: Expression, digit: int) -> Expression:
    """Return what is left to match after a digit."""
    match expression:
        case OneOf(digits):
            return EMPTY if digit in digits else NOTHING
        case Either(choices):
            return _either(_after(choice, digit) for choice in choices)
        case Times(body, least, most):
            rest = _times(body, max(least - 1, 0), None if most is None else most - 1)
            return _then((_after(body, digit), rest))
        case Then(parts):
            return _either(_after_parts(parts, digit))


def _after_parts(parts: tuple[Expression, ...], digit: int) -> Iterable[Expression]:
    for place, part in enumerate(parts):
        yield _then((_after(part, digit), *parts[place + 1 :]))
        if not _may_be_empty(part):
            return


class _Parser:
    """A pattern and how far it was read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    def parse(self) -> Expression:
        expression = self.choices()
        if self.place < len(self.pattern):
            raise self.wrong("this ')' closes nothing")
        return expression

    def wrong(self, why: str, place: int | None = None) -> ValueError:
        at = self.place if place is None else place
        return ValueError(f"pattern {self.pattern!r}: {why} (at character {at + 1})")

    def next_is(self, text: str) -> bool:
        return self.pattern.startswith(text, self.place)

    def take(self, text: str) -> bool:
        found = self.next_is(text)
        self.place += len(text) if found else 0
        return found

    def choices(self) -> Expression:
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        return _either(found)

    def sequence(self) -> Expression:
        parts = []
        while self.place < len(self.pattern) and not (self.next_is("|") or self.next_is(")")):
            parts.append(self.repeated())
        return _then(parts)

    def repeated(self) -> Expression:
        body = self.atom()
        for sign, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(sign):
                return _times(body, least, most)
        if self.next_is("{"):
            return _times(body, *self.counts())
        return body

    def counts(self) -> tuple[int, int | None]:
        match = re.compile(r"\{(\d+)\}|\{(\d*),(\d*)\}", re.ASCII).match(self.pattern, self.place)
        if match is None:
            raise self.wrong("braces hold one count or two, as in {3} or {2,5}")
        exactly, least, most = match.groups()
        low = int(exactly or least or 0)
        high = int(exactly or most) if exactly or most else None
        if max(low, high or 0) > MOST_REPEATS:
            raise self.wrong(f"counts go up to {MOST_REPEATS}")
        if high is not None and high < low:
            raise self.wrong(f"at least {low} and at most {high} is never")
        self.place = match.end()
        return low, high

    def atom(self) -> Expression:
        if self.take("."):
            return ANY_DIGIT
        if self.take("("):
            return self.group()
        if self.take("["):
            return self.digit_class()
        return OneOf(self.digits_of_one())

    def group(self) -> Expression:
        opened = self.place - 1
        if self.next_is("?") and not self.take("?:"):
            raise self.wrong("of the groups with '?' only (?:...) is known")
        inside = self.choices()
        if not self.take(")"):
            raise self.wrong("this '(' is never closed", opened)
        return inside

    def digit_class(self) -> Expression:
        opened = self.place - 1
        turned = self.take("^")
        found: frozenset[int] = frozenset()
        while not (found and self.take("]")):
            if self.place == len(self.pattern):
                raise self.wrong("this '[' is never closed", opened)
            found |= self.digit_range()
        left = ANY_DIGIT.digits - found if turned else found
        return OneOf(left) if left else NOTHING

    def digit_range(self) -> frozenset[int]:
        began = self.place
        first = self.digits_of_one()
        if not self.take("-"):
            return first
        last = self.digits_of_one()
        if len(first) > 1 or len(last) > 1 or min(last) < min(first):
            raise self.wrong("a range goes from a digit to a higher one", began)
        return frozenset(range(min(first), min(last) + 1))

    def digits_of_one(self) -> frozenset[int]:
        if self.take(r"\d"):
            return ANY_DIGIT.digits
        sign = self.pattern[self.place : self.place + 1]
        if sign and sign in "0123456789":
            self.place += 1
            return frozenset([int(sign)])
        if sign and sign in "^$":
            raise self.wrong(f"{sign!r} is not needed: a pattern always matches the whole text")
        raise self.wrong(f"{sign!r} can't stand here: a digit can" if sign else "it ends too early")
