"""Honest probabilities: a trained network's answers scaled to how often they are right.

Temperature scaling after C. Guo et al., "On calibration of modern neural networks" (2017), for
the ten digits; Platt's scaling (1999) for "this is one whole digit". Both only scale and shift
the last layer's sums, so they are folded into its weights and cost nothing afterwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from digitstring.classifier import Network, deslant

Floats = NDArray[np.float32]


def calibrated(network: Network, crops: Floats, labels: NDArray[np.int64]) -> Network:
    """Return the network calibrated on crops (n, 28, 28) it has not learned; label -1 is no digit.

    The network answers with ten digits and "whole" (`output="softmax+whole"`).
    """
    seen = deslant(crops) if network.deslanted else crops
    sums = last_sums(network, seen.reshape(len(crops), -1).T)
    is_digit = labels >= 0
    temperature = fit_temperature(sums[:10, is_digit], labels[is_digit])
    scale, shift = fit_platt(sums[10], is_digit)
    scales = np.append(np.full(10, 1 / temperature), scale).astype(np.float32)[:, None]
    shifts = np.append(np.zeros(10), shift).astype(np.float32)[:, None]
    return network.with_weights(
        [*network.weights[:-1], network.weights[-1] * scales],
        [*network.biases[:-1], network.biases[-1] * scales + shifts],
    )


def last_sums(network: Network, x: Floats) -> Floats:
    """Return the last layer's weighted sums ``(out, n)``, before softmax, for ``x (in, n)``."""
    for w, b in zip(network.weights[:-1], network.biases[:-1], strict=True):
        x = np.maximum(w @ x + b, 0)
    sums: Floats = network.weights[-1] @ x + network.biases[-1]
    return sums


def fit_temperature(sums: Floats, labels: NDArray[np.int64]) -> float:
    """Return the temperature that makes the labels likeliest, for sums ``(10, n)``.

    >>> sums = np.zeros((10, 100), dtype=np.float32); sums[3] = 5.0
    >>> labels = np.full(100, 3); labels[:10] = 4
    >>> fit_temperature(sums, labels) > 1  # surer than right
    True
    """

    def cost(log_temperature: float) -> float:
        z = sums / np.exp(log_temperature)
        z = z - z.max(axis=0)
        return float(np.mean(np.log(np.exp(z).sum(axis=0)) - z[labels, np.arange(len(labels))]))

    return float(np.exp(minimize_scalar(cost, bounds=(-3, 3), method="bounded").x))


def fit_platt(sums: NDArray[np.float32], wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the scale and shift of sums ``(n,)`` that make the answers ``(n,)`` likeliest."""

    def cost(parameters: NDArray[np.float64]) -> float:
        z = parameters[0] * sums + parameters[1]
        return float(np.mean(np.logaddexp(0, np.where(wanted, -z, z))))

    scale, shift = minimize(cost, x0=[1.0, 0.0], method="Nelder-Mead").x
    return float(scale), float(shift)
