"""The texts of a lattice in order of probability, each cut of a text counted.

Beginnings are followed in order of the probability that a text begins so and obeys. No text is
likelier than its beginnings, so the first whole text that is met is the likeliest of all
(A. Graves, "Supervised sequence labelling with recurrent neural networks", 2008: prefix search).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from digitstring.automata import ANY, Automaton
from digitstring.candidates import Candidates, Rows
from digitstring.chain import Chain
from digitstring.decoding import Floats

if TYPE_CHECKING:
    from digitstring.checks import Check


@dataclass(frozen=True)
class SearchOptions:
    """How long texts are looked for."""

    limit: int = 400
    """So many beginnings are followed at most, 5 to 15 ms; then the likeliest are ended."""
    together: int = 16
    """So many at a time at most, which costs little more than one: measured on cheques;"""
    nearly: float = 0.1
    """only those at least this likely, beside the likeliest."""
    tolerance: float = 0.01
    """Where the weight of what obeys has to be summed up text by text, it is known to this share:
    probabilities are told to two places."""
    rounds: int = 4
    """So often beginnings are followed before that is summed up anew."""
    faintest: float = 1e-6
    """A text after the first is looked for down to this share of what obeys."""
    negligible: float = 1e-3
    """Beginnings below this share of that are not followed, but counted as not met: most are."""


@dataclass(frozen=True, eq=False)
class Rules:
    """What texts obey: an automaton, candidates among its texts, and a check of whole texts."""

    automaton: Automaton = ANY
    candidates: Candidates | None = None
    check: Check | None = None

    @property
    def is_automaton(self) -> bool:
        """Whether the weight of all that obeys is known without looking at each text."""
        return self.candidates is None and self.check is None


class Text(NamedTuple):
    """A whole text, and its share of all paths' weight."""

    text: str
    weight: float


class Beginning(NamedTuple):
    """The beginning of a text; the likeliest comes first in a heap.

    Attributes
    ----------
    unlikeliness
        Minus the most that a text of this beginning may weigh.
    number
        Which beginning it is: earlier ones come first among equals.
    text, state, rows
        The digits so far, the automaton's state after them, and the candidates that begin so.
    stops
        (nodes,) the probability of beginning so and of the last digit stopping at each cut.
    """

    unlikeliness: float
    number: int
    text: str
    state: int
    rows: Rows
    stops: Floats


class TextSearch:
    """A search under way: the beginnings that are open, and the whole texts that were met.

    Attributes
    ----------
    failed
        The weights of the texts met that did not pass the check.
    """

    def __init__(self, chain: Chain, rules: Rules, options: SearchOptions) -> None:
        automaton, candidates = rules.automaton, rules.candidates
        self.failed: list[float] = []
        self._chain, self._rules, self._options = chain, rules, options
        self._well = np.ascontiguousarray(chain.obeying(automaton).T)
        self._whole = float(self._well[automaton.start, 0])
        self._negligible = options.negligible * options.faintest * self._whole
        self._met: list[tuple[float, str]] = []
        self._met_weight = 0.0
        self._dropped = 0.0
        self._left = options.limit
        rows = Rows(0, 0) if candidates is None else candidates.all_rows
        stops = np.eye(1, chain.arcs.nodes)[0]
        first = Beginning(-self._whole, 0, "", automaton.start, rows, stops)
        self._open = [first] if self._whole > 0 else []
        self._numbers = count(1)

    @property
    def highest(self) -> float:
        """The most that a text not yet met may weigh."""
        return -self._open[0].unlikeliness if self._open else 0.0

    @property
    def slack(self) -> float:
        """What `obeying` may be too high by: the weight of the texts not yet met, at most."""
        if self._rules.is_automaton:
            return 0.0
        return self._dropped - sum(each.unlikeliness for each in self._open)

    @property
    def obeying(self) -> float:
        """The weight of all texts that obey."""
        return self._whole if self._rules.is_automaton else self._met_weight + self.slack

    def ranked(self) -> Iterator[Text]:
        """Yield the texts from the likeliest on; past the limit, the likeliest that are met."""
        while self._open and self._left > 0:
            while self._met and -self._met[0][0] >= self.highest:
                yield self._pop_text()
            if self._met_weight and self.highest < self._options.faintest * self.obeying:
                return
            self._follow_likeliest()
        self._end_likeliest()
        while self._met:
            yield self._pop_text()

    def weigh(self) -> None:
        """Meet more texts, until the weight of what obeys is known well enough."""
        tolerance = self._options.tolerance
        while self._open and self._left > 0 and self.slack > tolerance * self._met_weight:
            for _ in range(self._options.rounds):
                self._follow_likeliest()

    def _pop_text(self) -> Text:
        unlikeliness, text = heapq.heappop(self._met)
        return Text(text, -unlikeliness)

    def _follow_likeliest(self) -> None:
        if self._open:
            self._push(self._follow(self._take_likeliest()))

    def _take_likeliest(self) -> list[Beginning]:
        """Take the likeliest beginning out, and some that are nearly as likely."""
        least = self._options.nearly * self.highest
        taken = [heapq.heappop(self._open)]
        while len(taken) < self._options.together and self.highest > least:
            taken.append(heapq.heappop(self._open))
        return taken

    def _end_likeliest(self) -> None:
        """Follow the likeliest beginnings, then only the likeliest of theirs, to their ends."""
        together = self._options.together
        likeliest = self._take_likeliest() if self._open else []
        while likeliest:
            longer = sorted(self._follow(likeliest))
            likeliest = longer[:together]
            self._push(longer[together:])

    def _push(self, beginnings: Iterable[Beginning]) -> None:
        for beginning in beginnings:
            heapq.heappush(self._open, beginning)

    def _follow(self, beginnings: Sequence[Beginning]) -> list[Beginning]:
        """Meet the texts that end with some beginnings; return the beginnings a digit longer."""
        self._left -= len(beginnings)
        passed = self._chain.skip(np.stack([each.stops for each in beginnings]))
        for each, weight in zip(beginnings, passed[:, -1].tolist(), strict=True):
            if weight > 0 and self._may_end(each):
                self._meet(Text(each.text, weight))
        stops = self._chain.after_digit(passed)
        states = self._rules.automaton.moves[[each.state for each in beginnings]]
        most = np.einsum("mdn,mdn->md", stops, self._well[states])
        self._dropped += float(most[most <= self._negligible].sum())
        return list(self._longer(beginnings, states.tolist(), most, stops))

    def _may_end(self, beginning: Beginning) -> bool:
        candidates = self._rules.candidates
        return bool(self._rules.automaton.ends[beginning.state]) and (
            candidates is None or candidates.ends(beginning.rows, len(beginning.text))
        )

    def _meet(self, text: Text) -> None:
        if self._rules.check is None or self._rules.check(text.text):
            heapq.heappush(self._met, (-text.weight, text.text))
            self._met_weight += text.weight
        else:
            self.failed.append(text.weight)

    def _longer(
        self, beginnings: Sequence[Beginning], states: list[list[int]], most: Floats, stops: Floats
    ) -> Iterator[Beginning]:
        """Yield the beginnings that are a digit longer and that some text may have."""
        candidates = self._rules.candidates
        bounds = (
            [candidates.split(each.rows, len(each.text)) for each in beginnings]
            if candidates is not None
            else []
        )
        for at, digit in np.argwhere(most > self._negligible).tolist():
            rows = beginnings[at].rows
            if candidates is not None:
                rows = Rows(bounds[at][digit], bounds[at][digit + 1])
                if rows.first == rows.stop:
                    continue
            text, number = f"{beginnings[at].text}{digit}", next(self._numbers)
            weight = float(most[at, digit])
            yield Beginning(-weight, number, text, states[at][digit], rows, stops[at, digit])
