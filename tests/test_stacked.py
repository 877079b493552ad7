"""Two networks in a row: each window is answered by what is found in those round it."""

from __future__ import annotations

import numpy as np
import pytest

from digitstring.classifier import Network, StackedNetwork
from digitstring.classifier.stacked import OFFSETS

LENGTHS = [9, 1, 20]


def small() -> StackedNetwork:
    rng = np.random.default_rng(4)
    windows = Network((6, 5, 3), rng=rng, hidden="relu", output="linear", dtype=np.float64)
    context = Network(
        (3 * len(OFFSETS), 7, 4), rng=rng, hidden="relu", output="softmax", dtype=np.float64
    )
    for biases in (*windows.biases, *context.biases):
        biases += rng.normal(0, 0.1, biases.shape)  # an empty window is nowhere at a kink
    return StackedNetwork(windows, context)


def drawn() -> np.ndarray:
    return np.random.default_rng(5).random((6, sum(LENGTHS)))


def test_lines_are_answered_as_if_each_came_alone() -> None:
    network, x = small(), drawn()
    together = np.split(network.feedforward(x, LENGTHS), np.cumsum(LENGTHS)[:-1], axis=1)
    parts = np.split(x, np.cumsum(LENGTHS)[:-1], axis=1)
    for answers, part, length in zip(together, parts, LENGTHS, strict=True):
        np.testing.assert_allclose(answers, network.feedforward(part, [length]))


def test_beyond_a_lines_ends_windows_are_empty() -> None:
    network, x = small(), drawn()[:, :9]
    longer = np.pad(x, ((0, 0), (12, 12)))
    np.testing.assert_allclose(
        network.feedforward(x, [9]), network.feedforward(longer, [33])[:, 12:-12]
    )


def test_a_window_is_heard_as_far_as_the_offsets_reach_and_no_farther() -> None:
    network, x = small(), drawn()[:, :1].repeat(30, axis=1)
    before = network.feedforward(x, [30])
    x[:, 15] = 0
    changed = np.flatnonzero((network.feedforward(x, [30]) != before).any(axis=0))
    assert changed.tolist() == sorted(15 - offset for offset in OFFSETS)


def test_backpropagation_agrees_with_finite_differences() -> None:
    network, x = small(), drawn()
    chosen, y = np.array([0, 3, 9, 29]), np.eye(4)

    def cost(weights: list[np.ndarray], biases: list[np.ndarray]) -> float:
        answers = network.with_weights(weights, biases).feedforward(x, LENGTHS)
        return -float(np.log((answers[:, chosen] * y).sum(axis=0)).sum())

    nablas = network.backprop(x, network.find(x), LENGTHS, chosen, y)
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


def test_a_context_of_another_number_of_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="needs as many inputs, got 40"):
        StackedNetwork(small().windows, Network((40, 4)))


def test_windows_that_answer_with_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match='must be "linear"'):
        StackedNetwork(Network((6, 3), output="softmax"), small().context)
