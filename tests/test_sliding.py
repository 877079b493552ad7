"""What the sliding networks say of a strip, and of the pieces it is cut into."""

from __future__ import annotations

import numpy as np
import pytest

from digitstring.classifier import Network, StackedNetwork, load_line_networks
from digitstring.classifier.stacked import WIDE
from digitstring.decoding import Arcs, best_path, text_of
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.seams import Seams
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.sliding import LEAST, NONE, Slid, slid_pieces, slide
from tests.typeset import set_in_type

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def strip_of(text: str) -> Strip:
    return Strip(set_in_type(text, margin_frac=0).ink, 0.0, STILL)


def cut_at(columns: list[int], width: int) -> Lattice:
    """A lattice of every two upright cuts of an empty strip."""
    strip = Strip(np.zeros((HEIGHT, width), np.float32), 0.0, STILL)
    places = np.repeat(np.array(columns)[:, None], HEIGHT, axis=1)
    start, stop = np.triu_indices(len(columns), 1)
    seams = Seams(places, np.zeros(len(columns), np.float32))
    return Lattice(
        strip,
        seams,
        start,
        stop,
        np.zeros((len(start), 4), np.int64),
        np.zeros(len(start), np.float32),
    )


def saying(*said: tuple[int, int, float], windows: int) -> Slid:
    """A strip of which windows say a digit with a probability, and otherwise none."""
    probs = np.zeros((1, windows, 11))
    probs[:, :, NONE] = 1
    for window, digit, probability in said:
        probs[0, window, [digit, NONE]] = probability, 1 - probability
    return Slid(probs, np.arange(windows, dtype=np.float64) * 10)


def test_a_piece_is_a_digit_if_one_window_says_it_and_the_others_are_silent() -> None:
    slid = saying((1, 7, 0.9), (4, 3, 0.8), windows=6)
    lattice = cut_at([0, 30, 60], 60)
    heard = slid_pieces(slid, lattice)
    first, both, last = 0, 1, 2
    assert np.exp(heard.digits[first, 7]) == pytest.approx(0.9, rel=0.01)
    assert np.exp(heard.digits[last, 3]) == pytest.approx(0.8, rel=0.01)
    assert np.exp(heard.none[first]) == pytest.approx(0.1, rel=0.01)
    assert np.exp(heard.digits[both, 7]) == pytest.approx(0.9 * 0.2, rel=0.01)
    assert heard.one[both] == pytest.approx(0.9 * 0.2 + 0.8 * 0.1, rel=0.01)


def test_two_windows_that_say_one_digit_are_two_ways_to_say_it() -> None:
    slid = saying((1, 5, 0.5), (2, 5, 0.5), windows=4)
    heard = slid_pieces(slid, cut_at([0, 40], 40))
    assert np.exp(heard.digits[0, 5]) == pytest.approx(2 * 0.5 * 0.5, rel=0.01)


def test_of_two_stacks_the_mean_counts() -> None:
    one, other = saying((1, 7, 0.9), windows=4), saying((2, 7, 0.4), windows=4)
    lattice = cut_at([0, 40], 40)
    both = slid_pieces(Slid(np.concatenate([one.probs, other.probs]), one.middles), lattice)
    alone = [slid_pieces(each, lattice) for each in (one, other)]
    np.testing.assert_allclose(both.digits, (alone[0].digits + alone[1].digits) / 2)
    np.testing.assert_allclose(both.none, (alone[0].none + alone[1].none) / 2)
    assert both.one[0] == pytest.approx(0.65, rel=0.01)


def test_no_single_window_rules_a_digit_out() -> None:
    heard = slid_pieces(saying(windows=4), cut_at([0, 40], 40))
    assert np.all(np.isfinite(heard.digits))
    assert np.exp(heard.digits[0, 0]) == pytest.approx(4 * LEAST, rel=0.01)


def test_strips_are_answered_as_if_each_came_alone() -> None:
    strips = [strip_of("40"), strip_of("7153")]
    rng = np.random.default_rng(3)
    stacks = [
        StackedNetwork(
            [
                Network((32 * columns, 8, 2), rng=rng, hidden="relu", output="linear"),
                Network((2 * len(WIDE[0]), 11), rng=rng, output="softmax"),
            ],
            WIDE,
        )
        for columns in (32, 10)
    ]
    together = slide(strips, stacks)
    for strip, slid in zip(strips, together, strict=True):
        (alone,) = slide([strip], stacks)
        np.testing.assert_allclose(slid.probs, alone.probs, atol=1e-6)
        np.testing.assert_array_equal(slid.middles, alone.middles)
    assert slide([], stacks) == []


def said_along(slid: Slid) -> Arcs:
    """What a strip's windows say, as a lattice of windows."""
    logs = np.log(np.maximum(slid.probs, LEAST)).mean(axis=0)
    n = len(logs)
    return Arcs(n + 1, np.arange(n), np.arange(n) + 1, logs[:, :NONE], logs[:, NONE])


def test_the_shipped_networks_read_most_print_without_any_cut() -> None:
    texts = ["8", "40", "305", "5092", "63207", "94586", "2203", "786"]
    read = [text_of(best_path(said_along(slid))) for slid in slide([strip_of(t) for t in texts])]
    assert sum(text == got for text, got in zip(texts, read, strict=True)) >= 6


def test_pieces_of_two_digits_are_seldom_heard_to_be_one() -> None:
    strip = strip_of("5092")
    lattice = propose(strip, SegmenterOptions())
    (slid,) = slide([strip])
    one = slid_pieces(slid, lattice).one
    middles = [(box[1] + box[3]) / 2 for _, box in set_in_type("5092", margin_frac=0).lines[0]]
    left, right = lattice.boxes[:, 1, None], lattice.boxes[:, 3, None]
    held = ((left < middles) & (middles < right)).sum(axis=1)
    assert one[held == 1].mean() > 0.5
    assert one[held == 2].mean() < 0.5 * one[held == 1].mean()


def test_the_shipped_networks_are_loaded_once_and_read_only() -> None:
    stacks = load_line_networks()
    assert load_line_networks() is stacks
    assert [stack.networks[0].sizes[0] for stack in stacks] == [1024, 320]
    assert not any(weights.flags.writeable for stack in stacks for weights in stack.weights)
