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

from digitstring.classifier import Network, load_network, sigmoid
from digitstring.decoded import log_agreed
from digitstring.decoder_options import DEFAULTS, TrustWeights, ViewWeights
from digitstring.decoding import Floats, logsumexp
from digitstring.fitting import PART, PULL, collect, lines_of, training_practice
from digitstring.lattice_reader import decode_views
from digitstring.practice import Practice
from digitstring.samples.numberless import SUBJECTS, draw_numberless
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.looking import look_at

SEED = 78
"""Of the strings, which nothing else is trained or measured on."""
NUMBERLESS = 8
"""A picture without a number for so many strings."""
ALL_VIEWS = replace(DEFAULTS, doubt=-1.0)


@dataclass(frozen=True, eq=False)
class Choice:
    """A string's k views: their texts, ``evidence (k, 8)``, ``signs (k, 4)``, ``right (k,)``."""

    texts: list[str]
    evidence: Floats
    signs: Floats
    right: NDArray[np.bool_]

    @property
    def matters(self) -> bool:
        """Whether it matters which view is chosen."""
        return bool(self.right.any() and not self.right.all())


def collect_part(practice: Practice, network: Network, part: int) -> list[Choice]:
    """Return the choices among the views of one seed's strings, and of pictures without one."""
    rng = np.random.default_rng([SEED, part])
    choices = [
        choice_of(string.pixels, string.text, network) for string in practice.draw_many(PART, rng)
    ]
    for _ in range(PART // NUMBERLESS):
        subject = SUBJECTS[rng.integers(len(SUBJECTS))]
        pixels = draw_numberless(subject, rng, tuple(practice.faces))
        choices.append(choice_of(pixels, "", network))
    return choices


def choice_of(pixels: NDArray[np.uint8], text: str, network: Network) -> Choice:
    """Read all views of a picture."""
    options = SegmenterOptions()
    views = decode_views(look_at(pixels, options).plain, network, options, ALL_VIEWS)
    texts = [view.text for view in views]
    return Choice(
        texts,
        np.stack([view.evidence for view in views]),
        np.stack([view.signs for view in views]),
        np.array([read == text for read in texts]),
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


def fit_trust(choices: Sequence[Choice], view: ViewWeights, start: TrustWeights) -> TrustWeights:
    """Return the weights that make honest how sure the chosen views' texts are."""
    signs, right = chosen_signs(choices, view)
    way = np.where(right, 1.0, -1.0)
    first = start.in_order

    def cost(weights: Floats) -> float:
        logs = np.logaddexp(0, -way * (signs @ weights))
        return float(np.mean(logs)) + PULL * float(((weights - first) ** 2).sum())

    return TrustWeights(*minimize(cost, first, method="BFGS").x.tolist())


def chosen_signs(choices: Sequence[Choice], view: ViewWeights) -> tuple[Floats, NDArray[np.bool_]]:
    """Return what `TrustWeights` weighs of the chosen views, (n, 5), and which are right, (n,).

    A view is chosen by its own score: what others say of its text, as in `best_view`, is not kept.

    Those that are read as nothing are left out.
    """
    signs, right = [], []
    for choice in choices:
        scores = choice.evidence @ view.in_order
        best = int(scores.argmax())
        if not choice.texts[best]:
            continue
        signs.append(
            np.append(choice.signs[best], log_agreed(choice.texts, scores, choice.texts[best]))
        )
        right.append(bool(choice.right[best]))
    return np.stack(signs), np.array(right)


def right_share(choices: Iterable[Choice], weights: ViewWeights) -> float:
    """Return the share of strings of which a right view is chosen."""
    chosen = [(choice, (choice.evidence @ weights.in_order).argmax()) for choice in choices]
    return float(np.mean([choice.right[best] for choice, best in chosen]))


def calibration_error(choices: Sequence[Choice], view: ViewWeights, trust: TrustWeights) -> float:
    """Return the expected calibration error of the chosen views' texts, 15 bins."""
    signs, right = chosen_signs(choices, view)
    sure = sigmoid(signs @ trust.in_order)
    bins = np.minimum((15 * sure).astype(int), 14)
    gaps = [abs(float(np.sum(sure[bins == b] - right[bins == b]))) for b in range(15)]
    return sum(gaps) / len(right)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--weights", type=click.Path(path_type=Path), help="A network other than shipped.")
@click.option("--count", default=2000, show_default=True, help="Strings; a quarter is held back.")
def main(mnist: Path, weights: Path | None, count: int) -> None:
    """Fit the weights and print them, and how they do before and after."""
    choices = collect(collect_part, training_practice(mnist), load_network(weights), count)
    cut = len(choices) * 3 // 4
    view = fit(choices[:cut], DEFAULTS.view)
    trust = fit_trust(choices[:cut], view, DEFAULTS.trust)
    for name, chosen, sure in (("before", DEFAULTS.view, DEFAULTS.trust), ("fitted", view, trust)):
        for part in (choices[:cut], choices[cut:]):
            share, error = right_share(part, chosen), calibration_error(part, chosen, sure)
            click.echo(f"{name}: {share:.3f} right, calibration error {error:.3f}")
    for line in lines_of(view, trust):
        click.echo(line)


if __name__ == "__main__":
    main()
