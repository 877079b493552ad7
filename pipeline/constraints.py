"""What is known of a number before it is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from digitstring.automata import Automaton, all_of, lengths
from digitstring.candidates import LONGEST, Candidates, list_candidates, load_candidates
from digitstring.checks import SUMS, Check, WeightedCheck, check_automaton, find_check
from digitstring.patterns import compile_pattern


@dataclass(frozen=True, eq=False)
class Knowledge:
    r"""What is known of a number: a text obeys where it obeys all that is given.

    Attributes
    ----------
    length
        How many digits, or the least and the most.
    pattern
        A regular expression over digits that matches the whole text; see `compile_pattern`.
    candidates
        The allowed numbers, or a text file with one a line.
    check
        A check digit's name ("luhn", "ean13", ... or one of python-stdnum's), the weights of one,
        or a function that tells whether a text of digits is valid.
    lines
        How many lines hold a number. The view of the image is preferred that has so many; where
        there are more, the lines are read for which most speaks.

    Raises
    ------
    ValueError
        If one of them is out of range or unknown, or no text can obey all of them.
    OSError
        If the file of candidates can't be read.
    ExtraError
        If the check is python-stdnum's, and that is missing.

    >>> Knowledge(length=(4, 5), pattern=r"20\d+").obeyed("1987")
    ('length',)
    """

    length: int | tuple[int, int] | None = None
    pattern: str | None = None
    candidates: Candidates | Sequence[str] | str | os.PathLike[str] | None = None
    check: str | WeightedCheck | Check | None = None
    lines: int | None = None

    def __post_init__(self) -> None:
        if self.lines is not None and self.lines < 1:
            raise ValueError(f"lines must be at least 1, got {self.lines}")
        if isinstance(self.allowed, Candidates):
            nothing = not len(self.allowed)
        else:
            nothing = self.allowed is not None and self.allowed.is_empty
        if nothing:
            given = ", ".join(f"{name} {getattr(self, name)!r:.60}" for name in self._tests)
            raise ValueError(f"no number can obey what is given: {given}")

    @cached_property
    def allowed(self) -> Automaton | Candidates | None:
        """The texts that obey all but `whole_check`; None: all texts."""
        parts = (self._length, self._pattern, self._check)
        automata = [part for part in parts if isinstance(part, Automaton)]
        if self._candidates is None:
            return all_of(*automata) if automata else None
        return self._candidates.obeying(all_of(*automata)) if automata else self._candidates

    @property
    def whole_check(self) -> Check | None:
        """The check, where it is no automaton and only tells of whole texts."""
        return None if isinstance(self._check, Automaton) else self._check

    def obeyed(self, text: str) -> tuple[str, ...]:
        """Return the names of what is given that a text of digits obeys."""
        return tuple(name for name, passes in self._tests.items() if passes(text))

    @property
    def given(self) -> tuple[str, ...]:
        """The names of what is given."""
        return (*self._tests, *(["lines"] if self.lines is not None else []))

    @property
    def of_text(self) -> bool:
        """Whether anything is known of a line's text."""
        return bool(self._tests)

    def obeyed_by_all(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the names of what is given that all lines' texts, at least one, obey.

        >>> Knowledge(length=2, lines=1).obeyed_by_all(["12", "34"])
        ('length',)
        """
        if not texts:
            return ()
        held = set.intersection(*(set(self.obeyed(text)) for text in texts))
        if self.lines == len(texts):
            held.add("lines")
        return tuple(name for name in self.given if name in held)

    @property
    def _tests(self) -> dict[str, Check]:
        known = {
            "length": self._length,
            "pattern": self._pattern,
            "candidates": self._candidates,
            "check": self._check,
        }
        return {
            name: part.accepts if isinstance(part, Automaton | Candidates) else part
            for name, part in known.items()
            if part is not None
        }

    @cached_property
    def _length(self) -> Automaton | None:
        if self.length is None:
            return None
        least, most = (self.length,) * 2 if isinstance(self.length, int) else self.length
        if not 1 <= least <= most <= LONGEST:
            raise ValueError(
                f"length must be a number or (least, most) within 1 and {LONGEST}, "
                f"got {self.length!r}"
            )
        return lengths(least, most)

    @cached_property
    def _pattern(self) -> Automaton | None:
        return None if self.pattern is None else compile_pattern(self.pattern)

    @cached_property
    def _candidates(self) -> Candidates | None:
        match self.candidates:
            case None | Candidates():
                return self.candidates
            case str() | os.PathLike():
                return load_candidates(self.candidates)
        return list_candidates(self.candidates)

    @cached_property
    def _check(self) -> Automaton | Check | None:
        match self.check:
            case str():
                return check_automaton(self.check) if self.check in SUMS else find_check(self.check)
            case WeightedCheck():
                return self.check.automaton()
        if self.check is not None and not callable(self.check):
            raise ValueError(f"check must be a name, weights or a function, got {self.check!r}")
        return self.check
