"""Paths through a lattice, against all paths counted one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitstring.classifier import Judgement
from digitstring.decoder_options import DecoderOptions, DigitWeights, SkipWeights
from digitstring.decoding import (
    NO_DIGIT,
    Arcs,
    Step,
    best_path,
    features,
    logsumexp,
    piece_posteriors,
    score,
    text_of,
    text_probability,
)
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.sliding import SlidPieces

VALUES = [*range(10), NO_DIGIT]
SEEDS = st.integers(0, 2**32 - 1)
EACH = settings(max_examples=30)
"""Every path of every lattice is followed, some thousands."""


def some_arcs(seed: int, nodes: int = 4, dropped: int = 1) -> Arcs:
    """Return a small lattice of random scores, now and then without one of its longer pieces."""
    rng = np.random.default_rng(seed)
    pairs = list(combinations(range(nodes), 2))
    longer = [pair for pair in pairs if pair[1] - pair[0] > 1]
    for number in rng.permutation(len(longer))[: rng.integers(0, dropped + 1)]:
        pairs.remove(longer[number])
    start, stop = np.array(pairs)[rng.permutation(len(pairs))].T
    spread = rng.choice([0.1, 1.0, 10.0])
    digits = rng.normal(0, spread, (len(start), 10))
    return Arcs(nodes, start, stop, digits, rng.normal(0, spread, len(start)))


def routes(arcs: Arcs, node: int = 0) -> Iterator[list[int]]:
    """Yield the pieces of every way from a cut to the last."""
    if node == arcs.nodes - 1:
        yield []
    for piece in np.flatnonzero(arcs.start == node).tolist():
        for rest in routes(arcs, int(arcs.stop[piece])):
            yield [piece, *rest]


def every_path(arcs: Arcs) -> Iterator[tuple[list[Step], float]]:
    """Yield every path and its score."""
    scores = np.concatenate([arcs.digits, arcs.skips[:, None]], axis=1)
    for pieces in routes(arcs):
        for values in product(VALUES, repeat=len(pieces)):
            path = [Step(*step) for step in zip(pieces, values, strict=True)]
            yield path, float(sum(scores[step.piece, step.value] for step in path))


def weights_of_texts(arcs: Arcs) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for path, points in every_path(arcs):
        weights[text_of(path)] += np.exp(points)
    return weights


def bars(*columns: int, height: int = HEIGHT) -> Lattice:
    """Return the lattice of bars 6 pixels wide that stand on the line."""
    ink = np.zeros((HEIGHT + 8, 100), np.float32)
    for column in columns:
        ink[4 + HEIGHT - height : 4 + HEIGHT, column : column + 6] = 1
    return propose(Strip(ink, 4.0, np.eye(3)[:2]), SegmenterOptions())


def silent(lattice: Lattice) -> SlidPieces:
    """Let the sliding networks say nothing for or against any piece: one digit, and whichever."""
    n = len(lattice.start)
    return SlidPieces(np.full((n, 10), np.log(0.1)), np.zeros(n), np.ones(n))


def answers(lattice: Lattice, value: int = 1, whole: float = 0.9) -> Judgement:
    n = len(lattice.start)
    probs = np.full((n, 10), 0.02, np.float32)
    probs[:, value] = 0.82
    return Judgement(probs, np.full(n, whole, np.float32))


@EACH
@given(SEEDS)
def test_the_best_path_is_the_best_of_all_paths(seed: int) -> None:
    arcs = some_arcs(seed)
    best, _ = max(every_path(arcs), key=lambda path: path[1])
    assert best_path(arcs) == best


@EACH
@given(SEEDS)
def test_a_texts_probability_is_its_paths_share_of_all_weight(seed: int) -> None:
    arcs = some_arcs(seed)
    weights = weights_of_texts(arcs)
    total = sum(weights.values())
    for text in ("", text_of(best_path(arcs)), *list(weights)[:: len(weights) // 7]):
        assert text_probability(arcs, text) == pytest.approx(weights[text] / total, abs=1e-9)


def test_the_probabilities_of_all_texts_sum_to_one() -> None:
    arcs = some_arcs(3, nodes=3)
    texts = weights_of_texts(arcs)
    assert len(texts) == 111
    assert sum(text_probability(arcs, text) for text in texts) == pytest.approx(1)


def test_a_text_longer_than_any_path_is_impossible() -> None:
    assert text_probability(some_arcs(0), "12345") == 0


@EACH
@given(SEEDS)
def test_a_pieces_probability_is_the_share_of_the_paths_it_is_on(seed: int) -> None:
    arcs = some_arcs(seed)
    counted = np.zeros((len(arcs.start), 11))
    for path, points in every_path(arcs):
        for step in path:
            counted[step.piece, step.value] += np.exp(points)
    counted /= np.exp(arcs.total)
    np.testing.assert_allclose(piece_posteriors(arcs), counted, atol=1e-9)


@EACH
@given(SEEDS)
def test_exactly_one_piece_leads_out_of_the_first_cut(seed: int) -> None:
    arcs = some_arcs(seed, nodes=7, dropped=9)
    posteriors = piece_posteriors(arcs)
    assert posteriors[arcs.start == 0].sum() == pytest.approx(1)
    assert posteriors[arcs.stop == 6].sum() == pytest.approx(1)


@EACH
@given(SEEDS)
def test_the_weight_of_all_paths_is_that_of_each_added_up(seed: int) -> None:
    arcs = some_arcs(seed)
    added = np.log(sum(np.exp(points) for _, points in every_path(arcs)))
    assert arcs.total == pytest.approx(added)


@pytest.mark.parametrize("shift", [-5000.0, 5000.0])
def test_scores_of_any_size_neither_overflow_nor_vanish(shift: float) -> None:
    arcs = some_arcs(1, nodes=2)
    far = Arcs(arcs.nodes, arcs.start, arcs.stop, arcs.digits + shift, arcs.skips + shift)
    assert best_path(far) == best_path(arcs)
    np.testing.assert_allclose(piece_posteriors(far), piece_posteriors(arcs), rtol=1e-6)
    assert text_probability(far, "4") == pytest.approx(text_probability(arcs, "4"))


def test_the_log_of_a_sum_is_taken_along_an_axis_or_of_all() -> None:
    values = np.log(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_allclose(np.exp(logsumexp(values, axis=0)), [4, 6])
    np.testing.assert_allclose(np.exp(logsumexp(values, axis=1)), [3, 7])
    assert logsumexp(values + 1000) == pytest.approx(1000 + np.log(10))


def test_pieces_that_are_no_digit_are_not_in_the_text() -> None:
    assert text_of([Step(0, 4), Step(1, NO_DIGIT), Step(2, 0)]) == "40"
    assert text_of([]) == ""


def test_the_weights_stand_in_the_order_of_the_features() -> None:
    lattice = bars(20)
    one_by_one = Judgement(np.eye(10, dtype=np.float32)[[3]], np.array([0.5], np.float32))
    known = features(lattice, one_by_one, silent(lattice))
    digit, skip = DecoderOptions().digit, DecoderOptions().skip
    arcs = score(known, DecoderOptions())
    width, ink = 6 / HEIGHT, 6 * HEIGHT
    told = digit.each + digit.width * width + digit.slid * np.log(0.1)
    assert arcs.digits[0, 3] == pytest.approx(told)
    told = skip.each + skip.width * width + skip.height + skip.mass * ink
    assert arcs.skips[0] == pytest.approx(told)


@pytest.mark.parametrize(
    ("bar", "halvings"), [(HEIGHT, 0.0), (HEIGHT // 2, 1.0), (HEIGHT // 4, 2.0)]
)
def test_a_low_piece_counts_its_halvings_and_how_far_it_is_off_the_lines_middle(
    bar: int, halvings: float
) -> None:
    lattice = bars(20, height=bar)
    known = features(lattice, answers(lattice), silent(lattice))
    _, _, _, lower, higher, aside, *_ = known.as_digit[0]
    assert (lower, higher) == (halvings, 0)
    assert aside == pytest.approx((HEIGHT - bar) / 2 / HEIGHT)


def test_a_piece_higher_than_the_line_counts_its_doublings() -> None:
    lattice = bars(20)
    top, left, bottom, right = lattice.boxes.T
    twice_as_high = np.stack([top, left, 2 * bottom - top, right], axis=1)
    stretched = replace(lattice, boxes=twice_as_high)
    assert features(stretched, answers(stretched), silent(stretched)).as_digit[0, 4] == 1


def test_the_surer_the_network_the_more_speaks_for_a_digit_and_against_none() -> None:
    lattice = bars(20)
    sure, unsure = (
        score(features(lattice, answers(lattice, whole=whole), silent(lattice)), DecoderOptions())
        for whole in (0.99, 0.3)
    )
    assert sure.digits[0, 1] > unsure.digits[0, 1]
    assert sure.skips[0] < unsure.skips[0]
    assert sure.digits[0].argmax() == 1


@pytest.mark.parametrize("certainty", [0.0, 1.0])
def test_no_answer_of_the_network_rules_a_path_out(certainty: float) -> None:
    lattice = bars(20)
    sharp = Judgement(np.eye(10, dtype=np.float32)[[1]], np.array([certainty], np.float32))
    arcs = score(features(lattice, sharp, silent(lattice)), DecoderOptions())
    assert np.isfinite(arcs.digits).all()
    assert np.isfinite(arcs.skips).all()


def test_what_the_sliding_network_says_speaks_for_a_digit_or_for_none() -> None:
    lattice, said = bars(20), silent(bars(20))
    said.digits[:], said.none[:] = np.log(0.01), -3
    said.digits[:, 7] = np.log(0.3)
    options = DecoderOptions(DigitWeights(heard=0.5, slid=2.0), SkipWeights(heard=0.5))
    quiet = score(features(lattice, answers(lattice), silent(lattice)), options)
    heard = score(features(lattice, answers(lattice), said), options)
    one, seven = np.log(0.3 + 9 * 0.01), np.log(0.3 / (0.3 + 9 * 0.01))
    assert heard.digits[0, 7] - quiet.digits[0, 7] == pytest.approx(
        0.5 * one + 2 * (seven - np.log(0.1))
    )
    assert heard.skips[0] - quiet.skips[0] == pytest.approx(-1.5)


def test_two_bars_apart_are_read_as_two_digits() -> None:
    lattice = bars(20, 50)
    own = np.array([box[3] - box[1] == 6 for box in lattice.boxes])
    whole = np.where(own, 0.95, 0.01).astype(np.float32)
    judged = Judgement(answers(lattice, value=1).probs, whole)
    ones = np.where(own, 0.09, 0.001)[:, None] * np.ones(10)
    heard = SlidPieces(np.log(ones), np.full(len(own), -3.0), ones.sum(axis=1))
    path = best_path(score(features(lattice, judged, heard), DecoderOptions()))
    assert text_of(path) == "11"


def test_weights_of_ones_own_are_used() -> None:
    lattice = bars(20, 50)
    judged = answers(lattice)
    never = DecoderOptions(digit=DigitWeights(each=-1000.0))
    always = DecoderOptions(skip=SkipWeights(each=-1000.0))
    assert text_of(best_path(score(features(lattice, judged, silent(lattice)), never))) == ""
    assert text_of(best_path(score(features(lattice, judged, silent(lattice)), always))) != ""
