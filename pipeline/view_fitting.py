"""The weights by which a view of the ink is chosen, fitted on drawn strings.

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

from digitstring.classifier import Network, load_network
from digitstring.decoding import DEFAULTS, Floats, ViewWeights, logsumexp
from digitstring.fitting import PART, PULL, collect, lines_of, training_practice
from digitstring.lattice_reader import DecodedView, decode_views
from digitstring.practice import Practice
from digitstring.segmenter import SegmenterOptions, load_photo

SEED = 78
"""Of the strings, which nothing else is trained or measured on."""
ALL_VIEWS = replace(DEFAULTS, doubt=-1.0)


@dataclass(frozen=True, eq=False)
class Choice:
    """A string's views: ``evidence (k, 7)``, and which of them are read ``right (k,)``."""

    evidence: Floats
    right: NDArray[np.bool_]


def collect_part(practice: Practice, network: Network, part: int) -> list[Choice]:
    """Return the choices among the views of one seed's strings, where it matters."""
    strings = practice.draw_many(PART, np.random.default_rng([SEED, part]))
    choices = [choice_of(string.pixels, string.text, network) for string in strings]
    return [choice for choice in choices if choice.right.any() and not choice.right.all()]


def choice_of(pixels: NDArray[np.uint8], text: str, network: Network) -> Choice:
    """Read all views of a picture."""
    views = decode_views(load_photo(pixels), network, SegmenterOptions(), ALL_VIEWS)
    return Choice(
        np.stack([view.evidence for view in views]),
        np.array([text_in(view) == text for view in views]),
    )


def text_in(view: DecodedView) -> str:
    """Return a view's lines, parted by newlines."""
    return "\n".join(line.text for line in view.lines if line.text)


def fit(choices: Sequence[Choice], start: ViewWeights) -> ViewWeights:
    """Return the weights that make a right view likely to be chosen."""
    first = start.in_order

    def cost(weights: Floats) -> float:
        logs = [
            logsumexp((choice.evidence @ weights)[choice.right])
            - logsumexp(choice.evidence @ weights)
            for choice in choices
        ]
        return -float(np.mean(logs)) + PULL * float(((weights - first) ** 2).sum())

    return ViewWeights(*minimize(cost, first, method="BFGS").x.tolist())


def right_share(choices: Iterable[Choice], weights: ViewWeights) -> float:
    """Return the share of choices in which a right view is chosen."""
    chosen = [(choice, (choice.evidence @ weights.in_order).argmax()) for choice in choices]
    return float(np.mean([choice.right[best] for choice, best in chosen]))


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--weights", type=click.Path(path_type=Path), help="A network other than shipped.")
@click.option("--count", default=2000, show_default=True, help="Strings; a quarter is held back.")
def main(mnist: Path, weights: Path | None, count: int) -> None:
    """Fit the weights and print them, and how many choices are right before and after."""
    choices = collect(collect_part, training_practice(mnist), load_network(weights), count)
    cut = len(choices) * 3 // 4
    fitted = fit(choices[:cut], DEFAULTS.view)
    for name, view in (("before", DEFAULTS.view), ("fitted", fitted)):
        shares = (right_share(part, view) for part in (choices[:cut], choices[cut:]))
        click.echo(f"{name}: {', '.join(f'{share:.3f}' for share in shares)}")
    for line in lines_of(fitted):
        click.echo(line)


if __name__ == "__main__":
    main()
