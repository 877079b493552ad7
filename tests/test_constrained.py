"""The likeliest texts of a lattice, against all its paths counted one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstring.automata import Automaton, both, lengths
from digitstring.candidates import list_candidates
from digitstring.chain import best_cut
from digitstring.checks import check_automaton
from digitstring.constrained import Alternatives, n_best
from digitstring.decoding import (
    NO_DIGIT,
    Arcs,
    Step,
    best_path,
    text_of,
    text_probability,
)
from digitstring.patterns import compile_pattern
from digitstring.text_search import SearchOptions

VALUES = (0, 1, 8)
EXACT = SearchOptions(faintest=0, tolerance=0, limit=100_000)
AUTOMATA = [
    lengths(1, 2),
    lengths(3, 3),
    compile_pattern("0*18?"),
    compile_pattern("(01|8)*"),
    check_automaton("luhn"),
    check_automaton("mod97"),
    both(check_automaton("luhn"), compile_pattern("8.*")),
]


def drawn_arcs(seed: int, nodes: int = 5, spread: float = 2.0) -> Arcs:
    """Draw a small lattice: pieces between near cuts, some twice, of three digits each."""
    rng = np.random.default_rng(seed)
    near = [(i, i + 1) for i in range(nodes - 1)]
    pairs = [(i, j) for i in range(nodes) for j in range(i + 1, min(nodes, i + 4))]
    picked = rng.choice(len(pairs), size=nodes)
    start, stop = np.array(near + [pairs[place] for place in picked], dtype=np.int64).T
    digits = np.full((len(start), 10), -1e30)
    digits[:, VALUES] = rng.normal(0, spread, (len(start), len(VALUES)))
    return Arcs(nodes, start, stop, digits, rng.normal(-1, spread, len(start)))


def all_paths(arcs: Arcs, node: int = 0) -> Iterator[tuple[list[Step], float]]:
    """Yield each path from a cut to the last, and its score."""
    if node == arcs.nodes - 1:
        yield [], 0.0
        return
    for piece in np.flatnonzero(arcs.start == node).tolist():
        labels = [(value, arcs.digits[piece, value]) for value in VALUES]
        rests = list(all_paths(arcs, int(arcs.stop[piece])))
        for (value, score), (path, rest) in product([*labels, (-1, arcs.skips[piece])], rests):
            yield [Step(piece, value), *path], score + rest


def all_texts(arcs: Arcs) -> dict[str, float]:
    """Return each text's share of all paths' weight, counted path by path."""
    weights: dict[str, float] = defaultdict(float)
    for path, score in all_paths(arcs):
        weights[text_of(path)] += exp(score)
    total = sum(weights.values())
    return {text: weight / total for text, weight in weights.items()}


def expect_best(
    got: Alternatives, arcs: Arcs, obeys: Callable[[str], bool], n: int, exactly: bool = True
) -> None:
    """Fail unless the texts found are the n likeliest that obey, and their shares are right."""
    obeying = {text: weight for text, weight in all_texts(arcs).items() if obeys(text)}
    total = sum(obeying.values())
    ordered = sorted(obeying.values(), reverse=True)[:n]
    assert got.proven
    assert [obeying[found.text] for found in got.found] == pytest.approx(ordered)
    assert len({found.text for found in got.found}) == len(ordered)
    assert got.obeying - got.slack <= total * (1 + 1e-9) <= got.obeying * (1 + 2e-9) + 1e-12
    if exactly:
        shares = [weight / total for weight in ordered]
        assert [found.probability for found in got.found] == pytest.approx(shares)


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_the_n_best_are_those_of_all_paths_counted(seed: int, n: int) -> None:
    arcs = drawn_arcs(seed)
    expect_best(n_best(arcs, n=n, options=EXACT), arcs, lambda _: True, n)


@given(st.integers(0, 10**6), st.sampled_from(AUTOMATA), st.integers(1, 6))
def test_the_n_best_that_obey_are_those_of_all_paths_counted(
    seed: int, automaton: Automaton, n: int
) -> None:
    arcs = drawn_arcs(seed)
    expect_best(n_best(arcs, automaton, n, options=EXACT), arcs, automaton.accepts, n)


@given(
    st.integers(0, 10**6),
    st.lists(st.text("0189", min_size=1, max_size=4), min_size=1, max_size=30),
    st.integers(1, 4),
)
def test_the_best_candidates_are_those_of_all_paths_counted(
    seed: int, numbers: list[str], n: int
) -> None:
    arcs, candidates = drawn_arcs(seed), list_candidates(numbers)
    got = n_best(arcs, candidates, n, options=EXACT)
    expect_best(got, arcs, candidates.accepts, n)
    assert got.slack == 0


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_the_best_that_pass_a_check_are_those_of_all_paths_counted(seed: int, n: int) -> None:
    def check(text: str) -> bool:
        return text.count("8") == 1

    arcs = drawn_arcs(seed)
    got = n_best(arcs, lengths(1, 3), n, check=check, options=EXACT)
    expect_best(got, arcs, lambda text: 1 <= len(text) <= 3 and check(text), n)
    obeying = {text: share for text, share in all_texts(arcs).items() if 1 <= len(text) <= 3}
    likelier = [text for text in obeying if obeying[text] > obeying[got.found[0].text]]
    assert got.depth == 1 + len(likelier)


@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.3]))
def test_what_is_left_out_is_bounded(seed: int, tolerance: float) -> None:
    arcs, candidates = drawn_arcs(seed), list_candidates(["0", "1", "10", "18", "188", "810"])
    options = SearchOptions(tolerance=tolerance)
    got = n_best(arcs, candidates, options=options)
    expect_best(got, arcs, candidates.accepts, 1, exactly=False)
    shares = {text: share for text, share in all_texts(arcs).items() if candidates.accepts(text)}
    true = max(shares.values()) / sum(shares.values())
    assert true * (1 - tolerance - 1e-9) <= got.found[0].probability <= true * (1 + 1e-9)


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_a_path_is_the_best_of_its_text(seed: int, n: int) -> None:
    arcs = drawn_arcs(seed)
    scores: dict[str, float] = {}
    for path, score in all_paths(arcs):
        scores[text_of(path)] = max(score, scores.get(text_of(path), -np.inf))
    for text, _ in n_best(arcs, n=n).found:
        path = best_cut(arcs, text)
        assert text_of(path) == text
        own = [
            arcs.skips[piece] if value == NO_DIGIT else arcs.digits[piece, value]
            for piece, value in path
        ]
        assert sum(own) == pytest.approx(scores[text])
        pieces = [piece for piece, _ in path]
        assert arcs.start[pieces].tolist() == [0, *arcs.stop[pieces][:-1].tolist()]
        assert arcs.stop[pieces[-1]] == arcs.nodes - 1


@given(st.integers(0, 10**6))
def test_probabilities_agree_with_those_of_one_text(seed: int) -> None:
    arcs = drawn_arcs(seed, nodes=12)
    for text, probability in n_best(arcs, n=5).found:
        assert probability == pytest.approx(text_probability(arcs, text))


def test_the_likeliest_text_may_be_cut_in_many_ways() -> None:
    """The best path reads 1; 8 has two paths of a little less, together more."""
    pieces = {"start": np.array([0, 0, 1, 0, 2]), "stop": np.array([3, 1, 3, 2, 3])}
    digits = np.full((5, 10), -50.0)
    digits[0, 1], digits[1, 8], digits[3, 8] = 0.0, -0.4, -0.4
    arcs = Arcs(4, **pieces, digits=digits, skips=np.array([-50.0, -50.0, 0.0, -50.0, 0.0]))
    assert text_of(best_path(arcs)) == "1"
    assert [found.text for found in n_best(arcs, n=2).found] == ["8", "1"]


def test_nothing_is_found_where_no_path_obeys() -> None:
    got = n_best(drawn_arcs(1), lengths(5, 9))
    assert got == Alternatives((), obeying=0.0, slack=0.0, proven=True, depth=0)
    assert n_best(drawn_arcs(1), check=lambda _: False, options=EXACT).found == ()


def test_a_search_ends_where_all_that_obeys_is_negligible() -> None:
    """ "11" alone is among the numbers; its second 1 weighs e**-60 of all that fits the outline."""
    digits = np.full((2, 10), -1e30)
    digits[:, 8], digits[0, 1], digits[1, 1] = 0.0, 0.0, -60.0
    arcs = Arcs(3, np.array([0, 1]), np.array([1, 2]), digits, np.full(2, -1e30))
    got = n_best(arcs, list_candidates(["11", "80", "08"]))
    assert got.slack <= 1e-12
    assert all(found.text == "11" for found in got.found)


def test_faint_texts_are_not_looked_for() -> None:
    arcs = drawn_arcs(3, spread=4)
    all_found = n_best(arcs, n=10_000, options=EXACT).found
    found = n_best(arcs, n=10_000, options=SearchOptions(faintest=0.01)).found
    assert len(found) < len(all_found)
    assert {each.text for each in all_found if each.probability >= 0.01} <= {
        each.text for each in found
    }


@given(st.integers(0, 10**6), st.sampled_from([lengths(6, 8), check_automaton("luhn")]))
def test_a_search_cut_short_still_ends_in_texts_that_obey(seed: int, automaton: Automaton) -> None:
    arcs = drawn_arcs(seed, nodes=14, spread=0.1)
    got = n_best(arcs, automaton, 3, options=SearchOptions(limit=1))
    assert not got.proven
    assert got.found
    for text, probability in got.found:
        assert automaton.accepts(text)
        assert probability * got.obeying == pytest.approx(text_probability(arcs, text))


def test_long_lines_keep_their_small_weights() -> None:
    """A hundred pieces, each 1 with all but e**-20: even "8" * 30 has its right share."""
    nodes = 31
    digits = np.full((nodes - 1, 10), -1e30)
    digits[:, 1], digits[:, 8] = 500.0, 480.0
    place = np.arange(nodes - 1)
    arcs = Arcs(nodes, place, place + 1, digits, np.full(nodes - 1, -1e30))
    got = n_best(arcs, compile_pattern("8+"))
    assert got.found[0].text == "8" * 30
    assert got.found[0].probability == pytest.approx(1)
    assert np.log(got.obeying) == pytest.approx(30 * -np.log1p(np.exp(20.0)))


def test_a_lattice_without_a_way_through_has_no_text() -> None:
    arcs = drawn_arcs(2)
    cut = (arcs.start < 2) & (arcs.stop > 2) | (arcs.start == 2)
    broken = Arcs(
        arcs.nodes, arcs.start[~cut], arcs.stop[~cut], arcs.digits[~cut], arcs.skips[~cut]
    )
    assert n_best(broken).found == ()


def test_dead_ends_count_nothing() -> None:
    arcs = drawn_arcs(5)
    last = arcs.nodes - 1
    start = np.append(arcs.start, [1, 2])
    stop = np.append(np.where(arcs.stop == last, last + 1, arcs.stop), [last, last])
    digits = np.vstack([arcs.digits, np.full((2, 10), 700.0)])
    dead = Arcs(arcs.nodes + 1, start, stop, digits, np.append(arcs.skips, [0.0, 0.0]))
    for one, other in zip(n_best(dead, n=5).found, n_best(arcs, n=5).found, strict=True):
        assert one.text == other.text
        assert best_cut(dead, one.text) == best_cut(arcs, one.text)
        assert one.probability == pytest.approx(other.probability)


def test_at_least_one_text_is_asked_for() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        n_best(drawn_arcs(1), n=0)
