"""Lists of allowed numbers, up to a million, laid out so that all of one beginning stand together.

place  0 1 2      rows 0 to 2 begin with "1", rows 1 to 2 with "12",
row 0  1 0        and row 1 ends there
row 1  1 2
row 2  1 2 9
row 3  3
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitstring.automata import DIGITS, NOWHERE, Automaton, of_lengths

Codes = NDArray[np.uint8]
LONGEST = 99
BYTE_OF_ZERO = ord("0")
AT_ONCE = 1 << 16
"""So many rows pass an automaton at a time: they fit into a processor's cache."""


class Rows(NamedTuple):
    """The candidates from `first` up to `stop`: those of one beginning."""

    first: int
    stop: int


@dataclass(frozen=True, eq=False)
class Candidates:
    """Allowed numbers.

    Attributes
    ----------
    codes
        (longest + 1, n) uint8: a column a number, in the order of a dictionary; its digits plus
        one, and 0 after the last.
    """

    codes: Codes

    def __len__(self) -> int:
        return int(self.codes.shape[1])

    def accepts(self, text: str) -> bool:
        """Tell whether a text of digits is a candidate."""
        rows = self.all_rows
        for place, digit in enumerate(text[: len(self.codes) - 1]):
            bounds = self.split(rows, place)
            rows = Rows(bounds[int(digit)], bounds[int(digit) + 1])
        return len(text) < len(self.codes) and self.ends(rows, len(text))

    @property
    def all_rows(self) -> Rows:
        """The rows of the empty beginning."""
        return Rows(0, len(self))

    @cached_property
    def outline(self) -> Automaton:
        """The texts that are as long as some candidate."""
        counts = np.bincount(np.count_nonzero(self.codes, axis=0))
        return of_lengths(frozenset(np.flatnonzero(counts).tolist()))

    def split(self, rows: Rows, place: int) -> list[int]:
        """Return where, in rows that share a beginning of `place` digits, those of each digit are.

        Those with a 0 next are from the first of the 11 rows up to the second, and so on.
        """
        codes = self.codes[place, rows.first : rows.stop]
        bounds: list[int] = (rows.first + codes.searchsorted(_BOUNDS)).tolist()
        return bounds

    def ends(self, rows: Rows, place: int) -> bool:
        """Tell whether the beginning of `place` digits that rows share is itself a candidate."""
        return rows.first < rows.stop and bool(self.codes[place, rows.first] == 0)

    def obeying(self, automaton: Automaton) -> Candidates:
        """Return the candidates that an automaton accepts."""
        parts = range(0, len(self), AT_ONCE)
        kept = [_accepted(automaton, self.codes[:, part : part + AT_ONCE]) for part in parts]
        return Candidates(np.ascontiguousarray(self.codes[:, np.concatenate(kept)]))


_BOUNDS = np.arange(1, DIGITS + 2, dtype=np.uint8)


def _accepted(automaton: Automaton, codes: Codes) -> NDArray[np.bool_]:
    """Return which columns an automaton accepts, (n,) bool."""
    nowhere = len(automaton.ends)
    stay = np.append(np.arange(nowhere), nowhere)[:, None]
    moves = np.vstack([automaton.moves, np.full(DIGITS, NOWHERE)])
    table = np.hstack([stay, np.where(moves == NOWHERE, nowhere, moves)])
    state = np.full(codes.shape[1], automaton.start)
    for code in codes:
        state = table[state, code]
    accepted: NDArray[np.bool_] = np.append(automaton.ends, False)[state]
    return accepted


def load_candidates(file: str | os.PathLike[str]) -> Candidates:
    """Return the numbers of a text file, one a line.

    Raises
    ------
    ValueError
        If a line is no number of digits alone, or there is none.
    OSError
        If the file can't be read.
    """
    try:
        return list_candidates(Path(file).read_bytes().split())
    except ValueError as error:
        raise ValueError(f"{os.fspath(file)}: {error}") from None


def list_candidates(numbers: Iterable[str] | Iterable[bytes]) -> Candidates:
    """Return the candidates of a list, in any order; those that are given twice count once.

    Raises
    ------
    ValueError
        If one is not of 1 to 99 digits, or there is none.
    """
    given = [each.encode() if isinstance(each, str) else each for each in numbers]
    if not given:
        raise ValueError("there is no candidate: give at least one number")
    for each in given:
        if not (isinstance(each, bytes) and each.isdigit() and len(each) <= LONGEST):
            shown = each.decode(errors="replace") if isinstance(each, bytes) else each
            raise ValueError(f"candidate {shown!r:.120} is no text of 1 to {LONGEST} digits")
    longest = max(map(len, given))
    ordered = np.unique(np.array(given, dtype=f"S{longest + 1}"))
    digits = ordered.view(np.uint8).reshape(len(ordered), longest + 1).T
    codes = np.where(digits == 0, 0, digits - np.uint8(BYTE_OF_ZERO - 1)).astype(np.uint8)
    return Candidates(np.ascontiguousarray(codes))
