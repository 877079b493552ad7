"""Check digits: the sums that tell a mistyped number, as automata where they are sums."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module

from digitstring.automata import MOST_STATES, Automaton, both, explore, lengths
from digitstring.extras import load_extra
from digitstring.patterns import compile_pattern

Check = Callable[[str], bool]
"""Tells whether a text of digits is a valid number."""


@dataclass(frozen=True)
class WeightedCheck:
    """Digits times weights, summed up, leave a remainder modulo something.

    Attributes
    ----------
    weights
        One for each digit, so that the length is fixed; or, from the right, repeated for numbers
        of any length from two digits on.
    modulus, remainder
        What the sum is divided by, and what is left.
    from_right
        Whether the weights begin at the last digit, and repeat.
    cross_sum
        Whether products of two digits count as the sum of these.
    """

    weights: tuple[int, ...]
    modulus: int
    remainder: int = 0
    from_right: bool = False
    cross_sum: bool = False

    def __post_init__(self) -> None:
        if not self.weights:
            raise ValueError("a check needs at least one weight")
        if self.modulus < 2 or not 0 <= self.remainder < self.modulus:
            raise ValueError(
                f"the modulus must be at least 2 and the remainder less than it, "
                f"got {self.modulus} and {self.remainder}"
            )
        if self.from_right and self.modulus ** len(self.weights) > MOST_STATES:
            raise ValueError(
                f"{len(self.weights)} weights modulo {self.modulus} are too many to repeat from "
                f"the right: give one for each digit, from the left"
            )

    def automaton(self) -> Automaton:
        """Return the texts that pass."""
        return self._of_any_length() if self.from_right else self._of_one_length()

    def _share(self, weight: int, digit: int) -> int:
        product = weight * digit
        return sum(divmod(product, 10)) if self.cross_sum else product

    def _of_one_length(self) -> Automaton:
        """Return the automaton whose states are the place and the sum so far."""

        def follow(state: tuple[int, int], digit: int) -> tuple[int, int] | None:
            place, total = state
            if place == len(self.weights):
                return None
            return place + 1, (total + self._share(self.weights[place], digit)) % self.modulus

        return explore((0, 0), follow, lambda state: state == (len(self.weights), self.remainder))

    def _of_any_length(self) -> Automaton:
        """Return the automaton whose states are a sum for each weight the last digit may have."""
        period = len(self.weights)

        def follow(sums: tuple[int, ...], digit: int) -> tuple[int, ...]:
            return tuple(
                (sums[(place + 1) % period] + self._share(weight, digit)) % self.modulus
                for place, weight in enumerate(self.weights)
            )

        passing = explore((0,) * period, follow, lambda sums: sums[0] == self.remainder)
        return both(passing, compile_pattern(r"\d{2,}"))


def remainder_check(modulus: int, remainder: int, shortest: int) -> Automaton:
    """Return the numbers, of `shortest` digits or more, that leave a remainder."""
    passing = explore(
        0,
        lambda value, digit: (10 * value + digit) % modulus,
        lambda value: value == remainder,
    )
    return both(passing, compile_pattern(rf"\d{{{shortest},}}"))


def _ean(length: int) -> Automaton:
    return both(WeightedCheck((1, 3), 10, from_right=True).automaton(), lengths(length, length))


def _isbn13() -> Automaton:
    return both(_ean(13), compile_pattern(r"97[89]\d{10}"))


SUMS: dict[str, Callable[[], Automaton]] = {
    "ean13": partial(_ean, 13),
    "ean8": partial(_ean, 8),
    "isbn10": WeightedCheck(tuple(range(10, 0, -1)), 11).automaton,
    "isbn13": _isbn13,
    "luhn": WeightedCheck((1, 2), 10, from_right=True, cross_sum=True).automaton,
    "mod97": partial(remainder_check, 97, 1, shortest=3),
    "upc": partial(_ean, 12),
}
"""The checks known by name: "isbn10" without X, "mod97" as in an IBAN (ISO 7064) of digits."""


@cache
def check_automaton(name: str) -> Automaton:
    """Return one of `SUMS`, built once."""
    return SUMS[name]()


def find_check(name: str) -> Check:
    """Return python-stdnum's check of a name like "verhoeff" or "de.idnr".

    Raises
    ------
    ValueError
        If there is none of this name.
    ExtraError
        If python-stdnum is missing.
    """
    known = ", ".join(SUMS)
    if not re.fullmatch(r"[a-z]\w*(\.[a-z]\w*)*", name, re.ASCII):
        raise ValueError(f"check {name!r} is not a name: give one of {known}, or python-stdnum's")
    load_extra("stdnum", "checks", f"check {name!r}, none of {known},")
    try:
        check: Check = import_module(f"stdnum.{name}").is_valid
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"check {name!r} is none of {known}, nor one of python-stdnum") from None
    return check
