"""Sets of digit strings as automata: small tables that say, digit by digit, what may follow.

moves of "at least one 7, then nothing else":    7
                                          (0) ------> ((1)) --+
                                                        ^--7--+
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

DIGITS = 10
NOWHERE = -1
MOST_STATES = 5000
"""An automaton with more states would take longer than the reading; a guard, not a tuning."""


@dataclass(frozen=True, eq=False)
class Automaton:
    """A deterministic automaton over the digits: the set of the texts it accepts.

    Attributes
    ----------
    moves
        (states, 10) the state after each digit, or NOWHERE.
    ends
        (states,) bool: whether a text may end there. From each state such a one can be reached,
        unless the automaton accepts nothing.
    start
        The state before the first digit.
    """

    moves: NDArray[np.int64]
    ends: NDArray[np.bool_]
    start: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it accepts no text at all."""
        return not self.ends.any()

    def accepts(self, text: str) -> bool:
        """Tell whether a text of digits is in the set.

        >>> lengths(2, 3).accepts("07"), lengths(2, 3).accepts("7")
        (True, False)
        """
        state = self.start
        for digit in text:
            state = int(self.moves[state, int(digit)])
            if state == NOWHERE:
                return False
        return bool(self.ends[state])


State = TypeVar("State", bound=Hashable)


def explore(
    start: State, follow: Callable[[State, int], State | None], ends: Callable[[State], bool]
) -> Automaton:
    """Return the smallest automaton for a rule: what state follows, and where a text may end.

    Raises
    ------
    ValueError
        If there are too many states.
    """
    numbers = {start: 0}
    states = [start]
    moves: list[list[int]] = []
    while len(moves) < len(states):
        row = []
        for digit in range(DIGITS):
            state = follow(states[len(moves)], digit)
            if state is not None and state not in numbers:
                numbers[state] = len(states)
                states.append(state)
            row.append(NOWHERE if state is None else numbers[state])
        moves.append(row)
        if len(states) > MOST_STATES:
            raise ValueError(
                f"more than {MOST_STATES} states are needed: ask for something simpler"
            )
    return _smallest(Automaton(np.array(moves), np.array([ends(state) for state in states])))


def _smallest(automaton: Automaton) -> Automaton:
    """Return the automaton without hopeless states, and equal states as one.

    E. F. Moore, "Gedanken-experiments on sequential machines" (1956).
    """
    moves = _hopeful_moves(automaton)
    kinds, count = automaton.ends.astype(np.int64), 0
    while True:
        after = np.where(moves == NOWHERE, NOWHERE, kinds[moves])
        rows = np.concatenate([kinds[:, None], after], axis=1)
        unique, first, kinds = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        if len(unique) == count:
            break
        count = len(unique)
    moves = np.where(moves == NOWHERE, NOWHERE, kinds[moves])
    return Automaton(moves[first], automaton.ends[first], int(kinds[automaton.start]))


def _hopeful_moves(automaton: Automaton) -> NDArray[np.int64]:
    """Return the moves, those from which no end can be reached as NOWHERE."""
    moves = automaton.moves
    hopeful = np.append(automaton.ends, False)
    while True:
        more = hopeful.copy()
        more[:-1] |= hopeful[moves].any(axis=1)
        if np.array_equal(more, hopeful):
            return np.where(hopeful[moves], moves, NOWHERE)
        hopeful = more


def lengths(least: int, most: int) -> Automaton:
    """Return the texts of `least` to `most` digits."""
    return of_lengths(range(least, most + 1))


def of_lengths(allowed: range | frozenset[int]) -> Automaton:
    """Return the texts of some lengths."""
    longest = max(allowed, default=0)
    return explore(
        0,
        lambda length, _: length + 1 if length < longest else None,
        lambda length: length in allowed,
    )


def both(one: Automaton, other: Automaton) -> Automaton:
    """Return the texts that two automata accept.

    >>> both(lengths(1, 4), lengths(3, 9)).accepts("12345")
    False
    """

    def follow(pair: tuple[int, int], digit: int) -> tuple[int, int] | None:
        after = int(one.moves[pair[0], digit]), int(other.moves[pair[1], digit])
        return None if NOWHERE in after else after

    return explore(
        (one.start, other.start),
        follow,
        lambda pair: bool(one.ends[pair[0]] and other.ends[pair[1]]),
    )


ANY = Automaton(np.zeros((1, DIGITS), np.int64), np.ones(1, np.bool_))
"""All texts."""


def all_of(*automata: Automaton) -> Automaton:
    """Return the texts that each of some automata accepts; all texts where none is given."""
    return reduce(both, automata) if automata else ANY
