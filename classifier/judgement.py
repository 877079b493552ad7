"""What a network says about crops: which digit each is, and whether it is one at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitstring.classifier.deslanting import deslant
from digitstring.classifier.digits import columns
from digitstring.classifier.network import Network
from digitstring.classifier.weights import load_network, load_screener

Probs = NDArray[np.float32]

_ROUNDING = 1e-3  # how far resampling may leave [0, 1]


@dataclass(frozen=True, eq=False)
class Judgement:
    """A network's answers for n crops.

    Attributes
    ----------
    probs
        ``(n, 10)`` float32: each row the probabilities of 0..9, given that the crop is exactly
        one whole digit; a row sums to 1.
    whole
        ``(n,)`` float32: the probability that the crop is exactly one whole digit; 1 for a
        network that does not answer this.
    """

    probs: Probs
    whole: NDArray[np.float32]

    def of(self, crops: slice | NDArray[np.integer]) -> Judgement:
        """Return the answers for some of the crops, by their numbers."""
        return Judgement(self.probs[crops], self.whole[crops])


def judge(crops: ArrayLike, network: Network | None = None) -> Judgement:
    """Judge crops ``(n, 28, 28)`` or ``(n, 784)`` in [0, 1], 1 = ink, in one forward pass.

    Without a network, the shipped one answers. An empty list is no crops. Raises ``ValueError``
    for crops of another shape or range, and for a network that does not take crops or does not
    answer with ten digits.

    >>> answers = judge(np.zeros((3, 28, 28)), Network((784, 10)))
    >>> answers.probs.shape, answers.whole
    ((3, 10), array([1., 1., 1.], dtype=float32))
    """
    pixels = _checked(np.asarray(crops))
    network = load_network() if network is None else network
    _check_layers(network, 784)
    return _answers(deslant(pixels) if network.deslanted else pixels, network)


def screen(crops: NDArray[np.float32], network: Network | None = None) -> Judgement:
    """Judge crops of half the size, ``(n, 14, 14)`` in [0, 1], 1 = ink, quickly and less well.

    Without a network, the shipped screener answers. Raises ``ValueError`` for a network that does
    not take such crops or does not answer with ten digits.
    """
    network = load_screener() if network is None else network
    _check_layers(network, 196)
    return _answers(crops, network)


def classify(crops: ArrayLike, network: Network | None = None) -> Probs:
    """Return the probabilities ``(n, 10)`` of the digits 0..9; see `judge`."""
    return judge(crops, network).probs


def _answers(crops: NDArray[Any], network: Network) -> Judgement:
    output = network.feedforward(columns(crops.astype(network.dtype, copy=False))).T
    whole = output[:, 10] if network.output == "softmax+whole" else np.ones(len(output))
    return Judgement(_as_probs(output[:, :10]), whole.astype(np.float32))


def _checked(crops: NDArray[Any]) -> NDArray[Any]:
    """Return the crops, refused where their shape or range is wrong."""
    if crops.shape == (0,):
        return crops.reshape(0, 784)
    if crops.shape == (28, 28):
        raise ValueError("crops must be (n, 28, 28), got one of (28, 28): pass crop[np.newaxis]")
    if crops.shape[1:] not in ((28, 28), (784,)):
        raise ValueError(f"crops must be (n, 28, 28) or (n, 784), got {crops.shape}")
    if crops.size:
        low, high = crops.min(), crops.max()
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
            raise ValueError(f"crops must lie in [0, 1], 1 = ink, got {low} to {high}")
    return crops


def _check_layers(network: Network, inputs: int) -> None:
    if network.output == "linear":
        raise ValueError("a network with output 'linear' answers with no probabilities")
    outputs = 11 if network.output == "softmax+whole" else 10
    if network.sizes[0] != inputs or network.sizes[-1] != outputs:
        raise ValueError(
            f"a network with output {network.output!r} must have {inputs} inputs and {outputs} "
            f"outputs to judge crops, got sizes {network.sizes}"
        )


def _as_probs(output: NDArray[np.floating[Any]]) -> Probs:
    """Return outputs ``(n, 10)`` with each row scaled to sum to 1; a row of zeros knows nothing."""
    total = output.sum(axis=1, keepdims=True, dtype=np.float64)
    return np.where(total > 0, output / np.where(total > 0, total, 1), 0.1).astype(np.float32)
