"""The article's training: a network learns MNIST by stochastic gradient descent.

After M. Nielsen, *Neural Networks and Deep Learning* (2015), chapter 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np

from digitstring.classifier import Digits, Epoch, ModelError, Network, columns, one_hot


@dataclass(frozen=True)
class ArticleOptions:
    """The settings of a training; the defaults are the article's."""

    sizes: tuple[int, ...] = (784, 15, 10)
    """Units of each layer, input first."""
    epochs: int = 30
    batch: int = 10
    """Digits a step."""
    eta: float = 3.0
    """The learning rate."""
    hidden: Literal["sigmoid", "relu"] = "sigmoid"
    output_layer: Literal["sigmoid", "softmax"] = "sigmoid"
    """Sigmoid has the quadratic cost, softmax cross-entropy."""
    seed: int = 1


def new_network(options: ArticleOptions) -> Network:
    """Return the untrained network, with the record of how it is going to be made."""
    network = Network(
        options.sizes,
        rng=np.random.default_rng(options.seed),
        hidden=options.hidden,
        output=options.output_layer,
    )
    network.record = {
        "made by": f"digitstring train {version('digitstring')}",
        "epochs": options.epochs,
        "batch": options.batch,
        "eta": options.eta,
        "seed": options.seed,
    }
    return network


def train_epochs(
    network: Network, training: Digits, test: Digits | None, options: ArticleOptions
) -> Iterator[Epoch]:
    """Train the network, yielding a record after each epoch; the last is added to its own.

    Raises
    ------
    ModelError
        If the weights outgrow their type, as they do with too high a learning rate.
    """
    epochs = network.SGD(
        (columns(training.crops), one_hot(training.labels)),
        options.epochs,
        options.batch,
        options.eta,
        test_data=None if test is None else (columns(test.crops), test.labels),
    )
    network.record = {**network.record, "training digits": len(training)}
    for epoch in epochs:
        if not all(np.isfinite(w).all() for w in network.weights):
            raise ModelError(f"epoch {epoch.number}: the weights overflowed; try a smaller eta")
        if epoch.correct is not None and epoch.total is not None:
            network.record = {**network.record, "test accuracy": epoch.correct / epoch.total}
        yield epoch


def describe(epoch: Epoch) -> str:
    """Return the article's line for an epoch.

    >>> describe(Epoch(3, 9120, 10000)), describe(Epoch(3))
    ('Epoch 3: 9120 / 10000', 'Epoch 3 complete')
    """
    if epoch.correct is None:
        return f"Epoch {epoch.number} complete"
    return f"Epoch {epoch.number}: {epoch.correct} / {epoch.total}"
