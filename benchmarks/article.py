"""Time the article's training, a mini-batch as one matrix against its sample-by-sample loops.

Both train 784-30-10 (quadratic cost, eta 3, float32) on the same generated digits, in one run and
in turn, and the fastest of the rounds counts. The loops see fewer samples and are scaled to an
epoch. A third column times the matrix products of an epoch alone: what no rearrangement of the
other steps can go below. Run it with::

    OPENBLAS_NUM_THREADS=1 python benchmarks/article.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from digitstring.classifier import Network, columns, one_hot

Matrix = NDArray[np.floating[Any]]
SIZES = (784, 30, 10)
ETA = 3.0
EPOCH = 60_000
INK_SHARE = 0.19  # of MNIST's pixels


class ArticleNetwork:
    """The article's network.py, its loops as printed, its arrays in float32."""

    def __init__(self, network: Network) -> None:
        self.weights = [w.copy() for w in network.weights]
        self.biases = [b.copy() for b in network.biases]

    def epoch(self, training_data: list[tuple[Matrix, Matrix]], mini_batch_size: int) -> None:
        """Go once through the samples ``(784, 1)`` and their wanted outputs ``(10, 1)``."""
        for k in range(0, len(training_data), mini_batch_size):
            self.update_mini_batch(training_data[k : k + mini_batch_size])

    def update_mini_batch(self, mini_batch: list[tuple[Matrix, Matrix]]) -> None:
        """Take one step of gradient descent."""
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        for x, y in mini_batch:
            delta_nabla_b, delta_nabla_w = self.backprop(x, y)
            nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b, strict=True)]
            nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w, strict=True)]
        rate = ETA / len(mini_batch)
        self.weights = [w - rate * nw for w, nw in zip(self.weights, nabla_w, strict=True)]
        self.biases = [b - rate * nb for b, nb in zip(self.biases, nabla_b, strict=True)]

    def backprop(self, x: Matrix, y: Matrix) -> tuple[list[Matrix], list[Matrix]]:
        """Return the cost's gradient for one sample."""
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        activation, activations, zs = x, [x], []
        for b, w in zip(self.biases, self.weights, strict=True):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = article_sigmoid(z)
            activations.append(activation)
        delta = (activations[-1] - y) * article_sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].T)
        for layer in range(2, len(self.weights) + 1):
            sp = article_sigmoid_prime(zs[-layer])
            delta = np.dot(self.weights[-layer + 1].T, delta) * sp
            nabla_b[-layer] = delta
            nabla_w[-layer] = np.dot(delta, activations[-layer - 1].T)
        return nabla_b, nabla_w


def article_sigmoid(z: Matrix) -> Matrix:
    """Return the sigmoid as the article computes it."""
    return 1.0 / (1.0 + np.exp(-z))


def article_sigmoid_prime(z: Matrix) -> Matrix:
    """Return the sigmoid's derivative as the article computes it."""
    return article_sigmoid(z) * (1 - article_sigmoid(z))


def generated_digits(count: int, rng: np.random.Generator) -> tuple[Matrix, Matrix]:
    """Return inputs ``(784, count)``, with as much ink as MNIST's, and outputs ``(10, count)``."""
    crops = rng.random((count, 28, 28), dtype=np.float32)
    crops *= rng.random(crops.shape, dtype=np.float32) < INK_SHARE
    return columns(crops), one_hot(rng.integers(0, 10, count))


def products(network: Network, x: Matrix, mini_batch_size: int) -> None:
    """Multiply the matrices that an epoch over ``x (784, n)`` multiplies, and nothing else."""
    w1, w2 = network.weights
    hidden = np.zeros((SIZES[1], mini_batch_size), np.float32)
    delta = np.zeros((SIZES[2], mini_batch_size), np.float32)
    for k in range(0, x.shape[1], mini_batch_size):
        batch = x[:, k : k + mini_batch_size]
        _ = w1 @ batch
        _ = w2 @ hidden
        _ = w2.T @ delta
        _ = delta @ hidden.T
        _ = hidden @ batch.T


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(
    mini_batch_size: int, *, rounds: int, loop_samples: int, seed: int
) -> tuple[float, float, float]:
    """Return seconds an epoch of the loops, of the matrices, and of the products alone."""
    rng = np.random.default_rng(seed)
    x, y = generated_digits(EPOCH, rng)
    network = Network(SIZES, rng=rng)
    article = ArticleNetwork(network)
    samples = [(x[:, [i]], y[:, [i]]) for i in range(loop_samples)]
    times = [
        (
            seconds(lambda: article.epoch(samples, mini_batch_size)) * EPOCH / loop_samples,
            seconds(lambda: list(network.SGD((x, y), 1, mini_batch_size, ETA))),
            seconds(lambda: products(network, x, mini_batch_size)),
        )
        for _ in range(rounds)
    ]
    loops, matrices, alone = (min(column) for column in zip(*times, strict=True))
    return loops, matrices, alone


def main() -> None:
    """Measure at the article's batch of 10 and at 100, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop-samples", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table = Table(title=f"784-30-10, float32, seconds an epoch of {EPOCH:,}")
    for heading in ("batch", "loops", "one matrix", "times faster", "products alone", "share"):
        table.add_column(heading, justify="right")
    for batch in (10, 100):
        loops, matrices, alone = measure(batch, **vars(options))
        cells = [f"{loops:.2f}", f"{matrices:.3f}", f"{loops / matrices:.1f}", f"{alone:.3f}"]
        table.add_row(str(batch), *cells, f"{alone / matrices:.0%}")
    console = Console()
    console.print(table)
    console.print(f"best of {options.rounds}; loops timed on {options.loop_samples:,} and scaled")


if __name__ == "__main__":
    main()
