"""Networks in a row: each window is answered by what is found in those round it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from digitstring.classifier import Network, StackedNetwork
from digitstring.classifier.stacked import NARROW, WIDE

LENGTHS = [9, 1, 20]
FOUND = (3, 2, 5)
both_kinds = pytest.mark.parametrize("offsets", [WIDE, NARROW])


def small(offsets: Sequence[Sequence[int]]) -> StackedNetwork:
    rng = np.random.default_rng(4)
    heard = [6, *(len(near) * k for near, k in zip(offsets, FOUND, strict=False))]
    networks = [
        Network((seen, 7, k), rng=rng, hidden="relu", output="linear", dtype=np.float64)
        for seen, k in zip(heard, (*FOUND[: len(offsets)], 4), strict=True)
    ]
    networks[-1].output = "softmax"
    for network in networks:
        for biases in network.biases:
            biases += rng.normal(0, 0.1, biases.shape)  # an empty window is nowhere at a kink
    return StackedNetwork(networks, offsets)


def drawn() -> np.ndarray:
    return np.random.default_rng(5).random((6, sum(LENGTHS)))


@both_kinds
def test_lines_are_answered_as_if_each_came_alone(offsets: Sequence[Sequence[int]]) -> None:
    network, x = small(offsets), drawn()
    together = np.split(network.feedforward(x, LENGTHS), np.cumsum(LENGTHS)[:-1], axis=1)
    parts = np.split(x, np.cumsum(LENGTHS)[:-1], axis=1)
    for answers, part, length in zip(together, parts, LENGTHS, strict=True):
        np.testing.assert_allclose(answers, network.feedforward(part, [length]))


def test_beyond_a_lines_ends_windows_are_empty() -> None:
    network, x = small(WIDE), drawn()[:, :9]
    longer = np.pad(x, ((0, 0), (12, 12)))
    np.testing.assert_allclose(
        network.feedforward(x, [9]), network.feedforward(longer, [33])[:, 12:-12]
    )


@both_kinds
def test_a_window_is_heard_as_far_as_the_offsets_reach_and_no_farther(
    offsets: Sequence[Sequence[int]],
) -> None:
    network, x = small(offsets), drawn()[:, :1].repeat(30, axis=1)
    before = network.feedforward(x, [30])
    x[:, 15] = 0
    changed = np.flatnonzero((network.feedforward(x, [30]) != before).any(axis=0))
    assert changed.tolist() == sorted({15 - sum(steps) for steps in product(*offsets)})


@both_kinds
def test_backpropagation_agrees_with_finite_differences(
    offsets: Sequence[Sequence[int]],
) -> None:
    network, x = small(offsets), drawn()
    chosen, y = np.array([0, 3, 9, 29]), np.eye(4)

    def cost(weights: list[np.ndarray], biases: list[np.ndarray]) -> float:
        answers = network.with_weights(weights, biases).feedforward(x, LENGTHS)
        return -float(np.log((answers[:, chosen] * y).sum(axis=0)).sum())

    nablas = network.backprop(x, LENGTHS, chosen, y)
    parameters = [*network.weights, *network.biases]
    layers = len(network.weights)
    for number, nabla in enumerate([*nablas.weights, *nablas.biases]):
        place = np.unravel_index(np.abs(nabla).argmax(), nabla.shape)
        sides = []
        for step in (1e-6, -1e-6):
            moved = [p.copy() for p in parameters]
            moved[number][place] += step
            sides.append(cost(moved[:layers], moved[layers:]))
        assert nabla[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4)


def test_a_network_that_hears_another_number_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="needs as many inputs, got 40"):
        StackedNetwork([small(WIDE).networks[0], Network((40, 4))], WIDE)


def test_windows_that_answer_with_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match='must be "linear"'):
        StackedNetwork([Network((6, 3), output="softmax"), small(WIDE).networks[1]], WIDE)


def test_each_network_but_the_first_needs_its_offsets() -> None:
    with pytest.raises(ValueError, match="longer"):
        StackedNetwork(small(WIDE).networks, [*WIDE, *WIDE])
