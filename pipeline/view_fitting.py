"""The weights by which a view of the ink is chosen and trusted, fitted on drawn strings.

After the decoder's own weights are fitted::

    python -m digitstring.view_fitting --mnist MNIST [--weights net.npz]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from digitstring.assembly import with_likeliest
from digitstring.classifier import Network, load_network, sigmoid
from digitstring.decoded import best_view, signs_of
from digitstring.decoder_options import DEFAULTS, TrustWeights, ViewWeights
from digitstring.decoding import Floats, logsumexp
from digitstring.fitting import PART, PULL, collect, lines_of, training_practice
from digitstring.lattice_reader import decode_all, decode_views
from digitstring.practice import NUMBERLESS, Practice
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.looking import look_at

SEED = 78
"""Of the strings, which nothing else is trained or measured on."""
TRUST_PULL = 1e-4
"""As `PULL`, for trust, whose signs tell much the same: pulled harder, all stay where they were."""
EASIER = 0.3
"""Added to trust's constant, in log odds: what people read is easier than strings to practise
on."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A string's k views, and what is told of it.

    Attributes
    ----------
    evidence, right
        (k, 8) and (k,): of all views, whether the reader would have tried them or not.
    signs, told_right
        (6,) what `TrustWeights` weighs of the view that is told, and whether that one is right;
        None where nothing is read.
    """

    evidence: Floats
    right: NDArray[np.bool_]
    signs: Floats | None
    told_right: bool

    @property
    def matters(self) -> bool:
        """Whether it matters which view is chosen."""
        return bool(self.right.any() and not self.right.all())


def collect_part(practice: Practice, network: Network, part: int) -> list[Choice]:
    """Return the choices among the views of one seed's strings and as many numberless pictures."""
    rng = np.random.default_rng([SEED, part])
    choices = [
        choice_of(string.pixels, string.text, network) for string in practice.draw_many(PART, rng)
    ]
    choices += [
        choice_of(pixels, "", network) for pixels in practice.draw_none(NUMBERLESS * PART, rng)
    ]
    return choices


def choice_of(pixels: NDArray[np.uint8], text: str, network: Network) -> Choice:
    """Read all views of a picture."""
    options = SegmenterOptions()
    plain = look_at(pixels, options).plain
    views = decode_all(plain, network, options, DEFAULTS)
    tried = decode_views(plain, network, options, DEFAULTS)
    found = best_view(tried, DEFAULTS)
    told = with_likeliest(found, None).view
    return Choice(
        np.stack([view.evidence for view in views]),
        np.array([view.text == text for view in views]),
        signs_of(told, found.text, tried, DEFAULTS) if told.text else None,
        told.text == text,
    )


def fit(choices: Sequence[Choice], start: ViewWeights) -> ViewWeights:
    """Return the weights that make a right view likely to be chosen."""
    first = start.in_order
    open_ones = [choice for choice in choices if choice.matters]

    def cost(weights: Floats) -> float:
        logs = [
            logsumexp((choice.evidence @ weights)[choice.right])
            - logsumexp(choice.evidence @ weights)
            for choice in open_ones
        ]
        return -float(np.mean(logs)) + PULL * float(((weights - first) ** 2).sum())

    return ViewWeights(*minimize(cost, first, method="BFGS").x.tolist())


def fit_trust(choices: Sequence[Choice], start: TrustWeights) -> TrustWeights:
    """Return the weights that make honest how sure the texts are that are told."""
    signs, right = told_signs(choices)
    way = np.where(right, 1.0, -1.0)
    first = replace(start, always=start.always - EASIER).in_order

    def cost(weights: Floats) -> float:
        logs = np.logaddexp(0, -way * (signs @ weights))
        return float(np.mean(logs)) + TRUST_PULL * float(((weights - first) ** 2).sum())

    fitted = TrustWeights(*minimize(cost, first, method="BFGS").x.tolist())
    return replace(fitted, always=fitted.always + EASIER)


def told_signs(choices: Sequence[Choice]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return what `TrustWeights` weighs where a text is told, (n, 6), and if it is right, (n,)."""
    told = [(each.signs, each.told_right) for each in choices if each.signs is not None]
    signs, right = zip(*told, strict=True)
    return np.stack(signs), np.array(right)


def right_share(choices: Iterable[Choice], weights: ViewWeights) -> float:
    """Return the share of strings of which a right view is chosen."""
    chosen = [(choice, (choice.evidence @ weights.in_order).argmax()) for choice in choices]
    return float(np.mean([choice.right[best] for choice, best in chosen]))


def calibration_error(choices: Sequence[Choice], trust: TrustWeights) -> float:
    """Return the expected calibration error of the texts that are told, 15 bins."""
    signs, right = told_signs(choices)
    sure = sigmoid(signs @ trust.in_order)
    bins = np.minimum((15 * sure).astype(int), 14)
    gaps = [abs(float(np.sum(sure[bins == b] - right[bins == b]))) for b in range(15)]
    return sum(gaps) / len(right)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--weights", type=click.Path(path_type=Path), help="A network other than shipped.")
@click.option("--count", default=2000, show_default=True, help="Strings; a quarter is held back.")
def main(mnist: Path, weights: Path | None, count: int) -> None:
    """Fit the weights and print them, and how they do before and after.

    How they do is told of weights that are fitted without what is held back. Those of trust are
    fitted to what is told with the view's weights that are in use.
    """
    choices = collect(collect_part, training_practice(mnist), load_network(weights), count)
    cut = len(choices) * 3 // 4
    view = fit(choices[:cut], DEFAULTS.view)
    trust = fit_trust(choices[:cut], DEFAULTS.trust)
    for name, chosen, sure in (("before", DEFAULTS.view, DEFAULTS.trust), ("fitted", view, trust)):
        for part in (choices[:cut], choices[cut:]):
            share, error = right_share(part, chosen), calibration_error(part, sure)
            click.echo(f"{name}: {share:.3f} right, calibration error {error:.3f}")
    for line in lines_of(fit(choices, DEFAULTS.view), fit_trust(choices, DEFAULTS.trust)):
        click.echo(line)


if __name__ == "__main__":
    main()
