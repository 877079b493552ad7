"""The likeliest texts of a line, among all or among those that obey what is known of the number."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from digitstring.automata import ANY, Automaton
from digitstring.candidates import Candidates
from digitstring.chain import chain_of
from digitstring.decoding import Arcs
from digitstring.reading import Alternative
from digitstring.text_search import Rules, SearchOptions, TextSearch

if TYPE_CHECKING:
    from digitstring.checks import Check

DEFAULTS = SearchOptions()


@dataclass(frozen=True)
class TrustOptions:
    """When what is known of a number is believed to hold of a line."""

    wrong: float = 1e-4
    """The chance that it does not, of another form, say: a line that obeys only with this share
    of its paths' weight is worth half its confidence. On cheques, texts of the true length have
    more than 0.01, those of three digits less 1e-5 in the middle."""
    least: float = 1e-6
    """With less, no plausible path obeys."""


TRUST = TrustOptions()


@dataclass(frozen=True)
class Alternatives:
    """The likeliest texts that obey.

    Attributes
    ----------
    found
        From the likeliest on; none where no path obeys.
    obeying
        The share of all paths' weight that is on paths that obey; where there is slack, at most.
    slack
        What `obeying` may be too high by: 0 for an automaton; for candidates, or a check that is
        no automaton, the weight of the texts that were not looked at.
    proven
        Whether it is certain that no other text that obeys is likelier than one of these.
    depth
        Which of the likeliest texts the first is: those before it did not pass the check.
    """

    found: tuple[Alternative, ...]
    obeying: float
    slack: float
    proven: bool
    depth: int

    def trust(self, options: TrustOptions = TRUST) -> float:
        """Return the probability that what is known holds of the line; 0: it is not plausible."""
        if self.obeying < options.least:
            return 0.0
        return self.obeying / (self.obeying + options.wrong)


def n_best(
    arcs: Arcs,
    allowed: Automaton | Candidates | None = None,
    n: int = 1,
    *,
    check: Check | None = None,
    options: SearchOptions = DEFAULTS,
) -> Alternatives:
    """Return the n likeliest texts of a lattice that obey.

    Parameters
    ----------
    arcs
        The lattice.
    allowed
        The texts that obey; None: all.
    n
        How many; fewer are found where the others are fainter than `options.faintest`.
    check
        What a text has to pass besides.
    options
        How long to search.

    Raises
    ------
    ValueError
        If n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    search = TextSearch(chain_of(arcs), _rules(allowed, check), options)
    ranked = list(islice(search.ranked(), n))
    proven = not ranked or ranked[-1].weight >= search.highest
    search.weigh()
    obeying = search.obeying
    return Alternatives(
        tuple(Alternative(text, min(1.0, weight / obeying)) for text, weight in ranked),
        obeying=min(1.0, obeying),
        slack=search.slack,
        proven=proven,
        depth=1 + sum(weight > ranked[0].weight for weight in search.failed) if ranked else 0,
    )


def _rules(allowed: Automaton | Candidates | None, check: Check | None) -> Rules:
    if isinstance(allowed, Candidates):
        return Rules(allowed.outline, allowed, check)
    return Rules(ANY if allowed is None else allowed, check=check)
