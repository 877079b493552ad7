"""The article's network: its gradients, its training, its activations."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstring.classifier import Epoch, Network, one_hot, sigmoid, sigmoid_prime, softmax
from digitstring.classifier.network import Hidden, Output

Matrix = NDArray[np.floating[Any]]
KINDS = list(product(get_args(Hidden), get_args(Output)))


def small_network(hidden: Hidden, output: Output, seed: int = 0) -> Network:
    sizes = (7, 5, 6, 11 if output == "softmax+whole" else 10)
    rng = np.random.default_rng(seed)
    network = Network(sizes, rng=rng, hidden=hidden, output=output, dtype=np.float64)
    for b in network.biases:
        b += 0.1 * rng.standard_normal(b.shape)
    return network


def samples_for(network: Network, count: int, seed: int = 0) -> tuple[Matrix, Matrix]:
    """Return inputs and wanted outputs; with a "whole" unit the last sample is no digit."""
    rng = np.random.default_rng(seed + 100)
    x = rng.random((network.sizes[0], count))
    y = one_hot(rng.integers(0, 10, count)).astype(np.float64)
    if network.output == "softmax+whole":
        y = np.vstack([y, np.ones(count)])
        y[:, -1] = 0
    return x, y


def cost(network: Network, x: Matrix, y: Matrix) -> float:
    """Return the summed cost whose gradient `backprop` is said to be."""
    a = network.feedforward(x)
    if network.output in ("sigmoid", "linear"):
        return float(0.5 * np.sum((a - y) ** 2))
    digits = -float(np.sum(y[:10] * np.log(a[:10])))
    if network.output == "softmax":
        return digits
    return digits - float(np.sum(y[10] * np.log(a[10]) + (1 - y[10]) * np.log1p(-a[10])))


def numerical_gradient(network: Network, parameters: Matrix, x: Matrix, y: Matrix) -> Matrix:
    """Return the cost's gradient by central differences of fourth order."""
    gradient = np.empty_like(parameters)
    step = 1e-3
    for index in np.ndindex(parameters.shape):
        kept = parameters[index]
        costs = []
        for offset in (-2, -1, 1, 2):
            parameters[index] = kept + offset * step
            costs.append(cost(network, x, y))
        parameters[index] = kept
        gradient[index] = (costs[0] - 8 * costs[1] + 8 * costs[2] - costs[3]) / (12 * step)
    return gradient


@pytest.mark.parametrize(("hidden", "output"), KINDS)
def test_gradients_equal_finite_differences(hidden: Hidden, output: Output) -> None:
    network = small_network(hidden, output)
    x, y = samples_for(network, 4)
    nabla_b, nabla_w = network.backprop(x, y)
    for exact, parameters in zip(nabla_b + nabla_w, network.biases + network.weights, strict=True):
        numerical = numerical_gradient(network, parameters, x, y)
        scale = np.abs(numerical).max()
        np.testing.assert_allclose(exact, numerical, rtol=1e-7, atol=1e-8 * scale)


def test_the_gradient_by_the_input_equals_finite_differences() -> None:
    network = small_network("relu", "softmax")
    x, y = samples_for(network, 4)
    *_, nabla_x = network.backprop_to_input(x, y)
    np.testing.assert_allclose(nabla_x, numerical_gradient(network, x, x, y), rtol=1e-6)


def article_backprop(network: Network, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix]]:
    """Return one sample's gradient as the book computes it, line by line."""

    def book_sigmoid(z: Matrix) -> Matrix:
        return 1.0 / (1.0 + np.exp(-z))

    def book_sigmoid_prime(z: Matrix) -> Matrix:
        return book_sigmoid(z) * (1 - book_sigmoid(z))

    nabla_b: list[Matrix] = [np.zeros(b.shape) for b in network.biases]
    nabla_w: list[Matrix] = [np.zeros(w.shape) for w in network.weights]
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(network.biases, network.weights, strict=True):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = book_sigmoid(z)
        activations.append(activation)
    delta = (activations[-1] - y) * book_sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].transpose())
    for layer in range(2, network.num_layers):
        delta = np.dot(network.weights[-layer + 1].transpose(), delta) * book_sigmoid_prime(
            zs[-layer]
        )
        nabla_b[-layer] = delta
        nabla_w[-layer] = np.dot(delta, activations[-layer - 1].transpose())
    return nabla_b, nabla_w


def article_sums(network: Network, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix]]:
    """Return the book's gradients summed over the mini-batch, a sample at a time."""
    nabla_b: list[Matrix] = [np.zeros(b.shape) for b in network.biases]
    nabla_w: list[Matrix] = [np.zeros(w.shape) for w in network.weights]
    for i in range(x.shape[1]):
        delta_nabla_b, delta_nabla_w = article_backprop(network, x[:, [i]], y[:, [i]])
        nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b, strict=True)]
        nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w, strict=True)]
    return nabla_b, nabla_w


@pytest.fixture
def article_batch() -> tuple[Network, Matrix, Matrix]:
    network = Network((784, 30, 10), rng=np.random.default_rng(3), dtype=np.float64)
    rng = np.random.default_rng(4)
    x = rng.random((784, 10)) * (rng.random((784, 10)) < 0.19)
    return network, x, one_hot(rng.integers(0, 10, 10)).astype(np.float64)


def test_gradients_equal_the_articles_sample_by_sample_sums(
    article_batch: tuple[Network, Matrix, Matrix],
) -> None:
    network, x, y = article_batch
    for ours, theirs in zip(network.backprop(x, y), article_sums(network, x, y), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_a_step_equals_the_articles_step(article_batch: tuple[Network, Matrix, Matrix]) -> None:
    network, x, y = article_batch
    nabla_b, nabla_w = article_sums(network, x, y)
    weights = [w - (3.0 / 10) * nw for w, nw in zip(network.weights, nabla_w, strict=True)]
    biases = [b - (3.0 / 10) * nb for b, nb in zip(network.biases, nabla_b, strict=True)]
    network.update_mini_batch(x, y, 3.0)
    for ours, theirs in zip(network.weights + network.biases, weights + biases, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_samples_do_not_influence_each_other() -> None:
    network = small_network("relu", "softmax+whole")
    x, _ = samples_for(network, 6)
    together = network.feedforward(x)
    alone = np.hstack([network.feedforward(x[:, [i]]) for i in range(6)])
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_a_sample_without_a_digit_teaches_the_whole_unit_alone() -> None:
    network = small_network("relu", "softmax+whole")
    x, _ = samples_for(network, 1)
    nabla_b, nabla_w = network.backprop(x, np.zeros((11, 1)))
    assert not nabla_b[-1][:10].any()
    assert not nabla_w[-1][:10].any()
    assert nabla_b[-1][10] > 0


def learnable(count: int, rng: np.random.Generator) -> tuple[Matrix, NDArray[np.int64]]:
    """Return inputs ``(10, n)`` whose largest value stands in the label's row."""
    labels = rng.integers(0, 10, count)
    return rng.random((10, count)) * 0.5 + one_hot(labels), labels


@pytest.mark.parametrize(("hidden", "output"), KINDS)
def test_a_learnable_problem_is_learned(hidden: Hidden, output: Output) -> None:
    rng = np.random.default_rng(5)
    x, labels = learnable(600, rng)
    wanted = one_hot(labels)
    if output == "softmax+whole":
        wanted = np.vstack([wanted, np.ones(600, np.float32)])
    network = Network((10, 16, len(wanted)), rng=rng, hidden=hidden, output=output)
    eta = 3.0 if output == "sigmoid" and hidden == "sigmoid" else 0.3
    test_data = learnable(200, rng)
    epochs = list(network.SGD((x, wanted), 30, 10, eta, test_data))
    assert epochs[-1].correct is not None
    assert epochs[-1].correct >= 190


def test_training_yields_a_record_an_epoch_with_the_right_answers_counted() -> None:
    rng = np.random.default_rng(6)
    network = Network((10, 10), rng=rng)
    x, labels = learnable(50, rng)
    epochs = list(network.SGD((x, one_hot(labels)), 3, 10, 1.0, (x, labels)))
    assert [epoch.number for epoch in epochs] == [0, 1, 2]
    assert epochs[-1] == Epoch(2, network.evaluate((x, labels)), 50)


def test_training_without_test_data_yields_records_without_counts() -> None:
    network = Network((10, 10), rng=np.random.default_rng(7))
    x, labels = learnable(20, np.random.default_rng(7))
    assert list(network.SGD((x, one_hot(labels)), 2, 10, 1.0)) == [Epoch(0), Epoch(1)]


def test_evaluate_counts_the_columns_whose_top_output_is_the_label() -> None:
    network = Network.from_weights([np.eye(10)], [np.zeros((10, 1))])
    x = one_hot(np.array([3, 1, 4, 1]))
    assert network.evaluate((x, np.array([3, 1, 4, 5]))) == 3


def trained(seed: int) -> Network:
    x, labels = learnable(95, np.random.default_rng(8))
    network = Network((10, 6, 10), rng=np.random.default_rng(seed))
    for _ in network.SGD((x, one_hot(labels)), 2, 10, 1.0):
        pass
    return network


def test_the_same_seed_trains_the_same_network_bit_for_bit() -> None:
    first, second = trained(1), trained(1)
    for a, b in zip(first.weights + first.biases, second.weights + second.biases, strict=True):
        assert np.array_equal(a, b)


def test_another_seed_trains_another_network() -> None:
    assert not np.array_equal(trained(1).weights[0], trained(2).weights[0])


def test_every_sample_is_used_once_an_epoch_and_the_last_batch_may_be_short() -> None:
    seen: list[float] = []

    class Watched(Network):
        def update_mini_batch(self, x: Matrix, y: Matrix, eta: float) -> None:
            seen.extend(x[0])

    network = Watched((1, 10), rng=np.random.default_rng(9))
    x = np.arange(25.0)[np.newaxis]
    for _ in network.SGD((x, np.zeros((10, 25))), 1, 10, 1.0):
        pass
    assert sorted(seen) == list(range(25))
    assert seen != list(range(25))


def test_training_leaves_its_data_as_it_was() -> None:
    x, labels = learnable(30, np.random.default_rng(10))
    wanted = one_hot(labels)
    x_before, wanted_before = x.copy(), wanted.copy()
    for _ in Network((10, 10), dtype=np.float64).SGD((x, wanted), 1, 10, 3.0):
        pass
    assert np.array_equal(x, x_before)
    assert np.array_equal(wanted, wanted_before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_computation_keeps_the_networks_dtype(dtype: type[np.floating[Any]]) -> None:
    network = Network((10, 6, 10), dtype=dtype)
    x, labels = learnable(20, np.random.default_rng(11))
    for _ in network.SGD((x, one_hot(labels)), 1, 10, 1.0):
        pass
    nabla_b, nabla_w = network.backprop(x.astype(dtype), one_hot(labels).astype(dtype))
    arrays = [*network.weights, *network.biases, *nabla_b, *nabla_w]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_initial_weights_are_the_articles_and_hes() -> None:
    article = Network((2000, 50, 10), rng=np.random.default_rng(12))
    assert article.weights[0].std() == pytest.approx(1.0, rel=0.02)
    assert [b.shape for b in article.biases] == [(50, 1), (10, 1)]
    he = Network((2000, 50, 10), rng=np.random.default_rng(12), hidden="relu")
    assert he.weights[0].std() == pytest.approx((2 / 2000) ** 0.5, rel=0.02)
    assert not any(b.any() for b in he.biases)


@pytest.mark.parametrize("sizes", [(), (784,), (784, 0, 10), (-1, 10)])
def test_sizes_without_two_real_layers_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="sizes must"):
        Network(sizes)


def test_an_empty_mini_batch_is_refused() -> None:
    x, labels = learnable(10, np.random.default_rng(13))
    with pytest.raises(ValueError, match="got 0"):
        next(Network((10, 10)).SGD((x, one_hot(labels)), 1, 0, 1.0))


def test_the_sigmoid_is_silent_and_right_at_the_ends_of_the_floats() -> None:
    with np.errstate(all="raise", under="ignore"):
        assert sigmoid(np.array([-1e300, 0.0, 1e300])).tolist() == [0.0, 0.5, 1.0]
        assert sigmoid_prime(np.array([-1e300, 0.0, 1e300])).tolist() == [0.0, 0.25, 0.0]
        assert sigmoid(np.array([-3e38, 3e38], np.float32)).tolist() == [0.0, 1.0]


def test_the_sigmoid_keeps_its_relative_accuracy_far_below_zero() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-700.0])), np.exp(-700.0), rtol=1e-14)
    np.testing.assert_allclose(sigmoid_prime(np.array([-700.0, 700.0])), np.exp(-700.0), rtol=1e-14)


@given(st.floats(-300, 300))
def test_the_sigmoid_is_symmetric_about_a_half(z: float) -> None:
    above, below = sigmoid(np.array([z, -z]))
    assert above + below == pytest.approx(1.0, abs=1e-15)
    assert 0 < above <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10), st.floats(-1e6, 1e6))
def test_softmax_sums_to_one_and_ignores_a_common_shift(z: list[float], shift: float) -> None:
    column = np.array(z)[:, np.newaxis]
    assert softmax(column).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(softmax(column + shift), softmax(column), atol=1e-9)
