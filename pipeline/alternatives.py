"""What else a reading may be: the next best texts of each line and of all lines together."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from digitstring.automata import DIGITS
from digitstring.constrained import n_best
from digitstring.reading import Alternative
from digitstring.text_search import SearchOptions

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge
    from digitstring.decoding import Arcs, Floats


SEARCH = SearchOptions(limit=200, faintest=1e-4, negligible=0.1)


@dataclass(frozen=True)
class AlternativeOptions:
    """How many alternatives there are, and when they are looked for."""

    texts: int = 5
    """So many of a line and of a reading at most: the truth is seldom further down."""
    faintest: float = 1e-4
    """Those less likely are left out: four digits tell little of them."""
    faintest_digit: float = 1e-3
    """The same of digits, of which there are many."""
    longest: int = 300
    """The cuts of a line, about 30 digits, up to which they are looked for."""
    usual: int = 80
    """In lines of more cuts the search follows fewer beginnings: each takes time with the square of
    the cuts."""
    search: SearchOptions = SEARCH
    """How long texts are looked for where nothing is known: 1 to 2 ms on cheques."""


DEFAULTS = AlternativeOptions()


@dataclass(frozen=True)
class Ranked:
    """The likeliest texts of a line.

    Attributes
    ----------
    found
        From the likeliest on; none where no path obeys, or where the line is too long.
    trust
        The probability that what is known holds of the line at all, 1 where nothing is known.
    """

    found: tuple[Alternative, ...]
    trust: float = 1.0

    @property
    def texts(self) -> tuple[Alternative, ...]:
        """The texts with their probabilities."""
        return tuple(Alternative(text, self.trust * share) for text, share in self.found)


def rank_texts(
    arcs: Arcs,
    knowledge: Knowledge | None = None,
    n: int | None = None,
    options: AlternativeOptions = DEFAULTS,
) -> Ranked:
    """Return the n likeliest texts of a line's lattice; None: one more than alternatives.

    Where something is known of them, they are looked for in lines of any length.
    """
    n = options.texts + 1 if n is None else n
    if knowledge is not None and knowledge.of_text:
        best = n_best(arcs, knowledge.allowed, n, check=knowledge.whole_check)
        return Ranked(best.found, best.trust()) if best.trust() else Ranked(())
    if arcs.nodes > options.longest:
        return Ranked(())
    share = min(1.0, (options.usual / arcs.nodes) ** 2)
    search = replace(
        options.search,
        limit=round(share * options.search.limit),
        together=max(n, round(share * options.search.together)),
    )
    return Ranked(n_best(arcs, n=n, options=search).found)


def others(
    texts: Iterable[Alternative], own: str, options: AlternativeOptions = DEFAULTS
) -> tuple[Alternative, ...]:
    """Return the likeliest of some texts but the own one.

    >>> others([Alternative("12", 0.9), Alternative("17", 0.1)], "12")
    (Alternative(text='17', probability=0.1),)
    """
    likely = (each for each in texts if each.text != own and each.probability >= options.faintest)
    ranked = sorted(likely, key=lambda each: -each.probability)
    return tuple(ranked[: options.texts])


def combine(
    lines: Sequence[Sequence[Alternative]], n: int = DEFAULTS.texts + 1
) -> tuple[Alternative, ...]:
    r"""Return the n likeliest texts of several lines, which are read one without another.

    A line whose text is "" is left out.

    >>> first = Alternative("12", 0.75), Alternative("17", 0.25)
    >>> combine([first, [Alternative("3", 0.5), Alternative("", 0.25)]], n=2)
    (Alternative(text='12\n3', probability=0.375), Alternative(text='12', probability=0.1875))
    """
    best: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    for line in lines:
        longer = (
            ((*before, each.text), probability * each.probability)
            for (before, probability), each in product(best, line)
        )
        best = heapq.nlargest(n, longer, key=lambda pair: pair[1])
    shares: dict[str, float] = {}
    for texts, share in best:
        text = "\n".join(filter(None, texts))
        shares[text] = shares.get(text, 0.0) + share
    return tuple(Alternative(*each) for each in shares.items())


def other_digits(
    standing: Floats, own: int, options: AlternativeOptions = DEFAULTS
) -> tuple[Alternative, ...]:
    """Return the digits that may stand at a place instead, by the probability (10,) of each.

    >>> other_digits(np.array([0, 0.75, 0, 0, 0, 0, 0, 0.25, 0, 0]), own=1)
    (Alternative(text='7', probability=0.25),)
    """
    ordered = np.argsort(-standing[:DIGITS], kind="stable").tolist()
    return tuple(
        Alternative(str(value), float(min(1.0, standing[value])))
        for value in ordered
        if value != own and standing[value] >= options.faintest_digit
    )
