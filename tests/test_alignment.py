"""Where the sliding networks should say each digit, against every way written out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from digitstring.alignment import Places, aligned
from digitstring.classifier import softmax
from digitstring.sliding import NONE


def one_line(rng: np.random.Generator, windows: int, text: str, near: float) -> Places:
    """Places for a line whose digits stand evenly, each allowed near its own middle."""
    middles = (np.arange(len(text)) + 0.5) * windows / len(text)
    allowed = np.abs(np.arange(windows)[:, None] - middles) <= near
    return Places(np.array([[int(value) for value in text]]), allowed[None])


def by_every_way(probs: np.ndarray, places: Places) -> np.ndarray:
    """The probabilities that each window says each digit or none, summed way by way."""
    windows, values = len(probs), places.values[0]
    wanted, total = np.zeros_like(probs), 0.0
    for said in combinations(range(windows), len(values)):
        if not all(places.allowed[0, window, k] for k, window in enumerate(said)):
            continue
        outputs = np.full(windows, NONE)
        outputs[list(said)] = values
        weight = float(np.prod(probs[np.arange(windows), outputs]))
        wanted[np.arange(windows), outputs] += weight
        total += weight
    return wanted / total


@pytest.mark.parametrize(("text", "near"), [("7", 9), ("33", 9), ("305", 1.5), ("1234", 2)])
def test_every_way_of_saying_a_text_counts_by_its_probability(text: str, near: float) -> None:
    rng = np.random.default_rng(len(text))
    probs = rng.dirichlet(np.ones(11), size=(1, 8))
    places = one_line(rng, 8, text, near)
    np.testing.assert_allclose(aligned(probs, places)[0], by_every_way(probs[0], places))


def test_a_line_without_digits_is_to_say_none_everywhere() -> None:
    probs = np.random.default_rng(1).dirichlet(np.ones(11), size=(2, 5))
    places = Places(np.zeros((2, 3), dtype=np.int64), np.zeros((2, 5, 3), dtype=bool))
    wanted = aligned(probs, places)
    assert np.all(wanted[..., NONE] == 1)
    assert np.all(wanted[..., :NONE] == 0)


def test_lines_of_different_lengths_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(2)
    probs = rng.dirichlet(np.ones(11), size=(2, 6))
    short, long = one_line(rng, 6, "4", 9), one_line(rng, 6, "45", 9)
    both = Places(
        np.array([[4, 0], [4, 5]]),
        np.stack([np.pad(short.allowed[0], ((0, 0), (0, 1))), long.allowed[0]]),
    )
    found = aligned(probs, both)
    np.testing.assert_allclose(found[:1], aligned(probs[:1], short))
    np.testing.assert_allclose(found[1:], aligned(probs[1:], long))


def test_nothing_is_learned_from_more_digits_than_windows() -> None:
    probs = np.random.default_rng(3).dirichlet(np.ones(11), size=(1, 2))
    places = Places(np.array([[1, 2, 3]]), np.ones((1, 2, 3), dtype=bool))
    np.testing.assert_array_equal(aligned(probs, places), probs)


def test_what_is_said_less_what_is_wanted_is_the_slope_of_the_texts_log_probability() -> None:
    rng = np.random.default_rng(4)
    places, sums = one_line(rng, 7, "28", 9), rng.normal(size=(1, 7, 11))

    def log_probability(sums: np.ndarray) -> float:
        probs, total = softmax(sums[0].T).T, 0.0
        for said in combinations(range(7), 2):
            outputs = np.full(7, NONE)
            outputs[list(said)] = places.values[0]
            total += float(np.prod(probs[np.arange(7), outputs]))
        return float(np.log(total))

    probs = np.asarray(softmax(sums[0].T).T[None], dtype=np.float64)
    slope = aligned(probs, places) - probs
    for window, output in ((0, 2), (3, 8), (6, NONE), (5, 1)):
        higher, lower = sums.copy(), sums.copy()
        higher[0, window, output] += 1e-5
        lower[0, window, output] -= 1e-5
        numeric = (log_probability(higher) - log_probability(lower)) / 2e-5
        assert slope[0, window, output] == pytest.approx(numeric, abs=1e-6)
