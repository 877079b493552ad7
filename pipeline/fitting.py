"""The decoder's weights, fitted on drawn strings so that the right texts become likely.

The likelihood of a text among all texts of its lattice is a conditional random field's (J.
Lafferty, A. McCallum and F. Pereira, 2001); its gradient is what the pieces of the right paths
are known for, less what those of all paths are::

    python -m digitstring.fitting --mnist MNIST [--weights net.npz]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
import numpy as np
from scipy.optimize import minimize

from digitstring.classifier import Digits, Network, load_mnist, load_network
from digitstring.decoder_options import DEFAULTS, DecoderOptions, DigitWeights, SkipWeights, Weights
from digitstring.decoding import (
    IMPOSSIBLE,
    Arcs,
    Features,
    Floats,
    best_path,
    features,
    logsumexp,
    piece_posteriors,
    score,
    text_of,
    text_weights,
    values_of,
)
from digitstring.judging import judge_strips
from digitstring.material import draw_bitmaps
from digitstring.practice import Practice, on_all_cores
from digitstring.proposing import strips_of
from digitstring.samples import find_typefaces
from digitstring.segmenter import SegmenterOptions, load_photo
from digitstring.segmenter.views import first_views

T = TypeVar("T")

SEED = 77
"""Of the strings, which nothing else is trained or measured on."""
BITMAPS_SEED = 1
"""Of the widths that optdigits and semeion are given."""
PART = 50
"""Strings that are drawn from one seed."""
HOPELESS = -12.0
"""A string's log probability counts as at least this: its right cut is not in the lattice."""
PULL = 1e-3
"""Towards the weights that the fit begins with, for each square."""


@dataclass(frozen=True, eq=False)
class Example:
    """A lattice and its right text."""

    features: Features
    text: str


def collect(
    part: Callable[[Practice, Network, int], list[T]], practice: Practice, network: Network, n: int
) -> list[T]:
    """Return what a function finds in the parts of n drawn strings, on all cores."""
    parts = on_all_cores(partial(part, practice, network), range(-(-n // PART)))
    return [found for part_found in parts for found in part_found]


def collect_part(practice: Practice, network: Network, part: int) -> list[Example]:
    """Return the lattices of one seed's strings that fell into one line: in the likeliest view."""
    rng = np.random.default_rng([SEED, part])
    options = SegmenterOptions()
    examples = []
    for string in practice.draw_many(PART, rng):
        view = next(first_views(load_photo(string.pixels), options))
        lines = judge_strips(list(strips_of(view, options)), network, options, DEFAULTS)
        if len(lines) == 1:
            examples.append(Example(features(*lines[0]), string.text))
    return examples


def fit(examples: Sequence[Example], start: DecoderOptions = DEFAULTS) -> DecoderOptions:
    """Return the options with the weights that make the examples' texts likeliest."""
    first = weights_of(start)

    def cost(weights: Floats) -> tuple[float, Floats]:
        options = with_weights(start, weights)
        found = [log_probability(example, options) for example in examples]
        logs, slopes = zip(*found, strict=True)
        away = weights - first
        mean = float(np.mean(logs)) - PULL * float(away @ away)
        slope = np.mean(slopes, axis=0) - 2 * PULL * away
        return -mean, -slope

    found = minimize(cost, first, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return with_weights(start, found.x)


def log_probability(example: Example, options: DecoderOptions) -> tuple[float, Floats]:
    """Return the log probability of the right text and its slope by the weights."""
    known = example.features
    arcs = score(known, options)
    right, weight = text_posteriors(arcs, example.text)
    found = weight - arcs.total
    if found < HOPELESS:
        return HOPELESS, np.zeros(len(weights_of(options)))
    more = right - piece_posteriors(arcs)
    by_digit = more[:, :10].sum(axis=1)
    both = [(more[:, :10] * logs).sum() for logs in (known.logs, known.slid)]
    slope = [known.as_digit.T @ by_digit, both]
    return found, np.concatenate([*slope, known.as_none.T @ more[:, 10]])


def text_posteriors(arcs: Arcs, text: str) -> tuple[Floats, float]:
    """Return `piece_posteriors` among the paths of one text, (n, 11), and their log weight."""
    values = values_of(text)
    as_text, skips = arcs.digits[:, values], arcs.skips[:, None]
    before = text_weights(arcs, text)
    after = np.full_like(before, IMPOSSIBLE)
    after[-1, -1] = 0
    for node in reversed(range(arcs.nodes)):
        out = arcs.out_of[node]
        if out.size:
            goes = after[arcs.stop[out]]
            went = goes + skips[out]
            went[:, :-1] = np.logaddexp(went[:, :-1], goes[:, 1:] + as_text[out])
            after[node] = logsumexp(went, axis=0)
    weight = float(before[-1, -1])
    posteriors = np.zeros((len(arcs.start), 11))
    ends = before[arcs.start], after[arcs.stop]
    left_out = ends[0] + ends[1] + skips - weight
    posteriors[:, 10] = np.exp(np.minimum(left_out, 0)).sum(axis=1)
    taken = np.exp(np.minimum(ends[0][:, :-1] + ends[1][:, 1:] + as_text - weight, 0))
    for place, value in enumerate(values):
        posteriors[:, value] += taken[:, place]
    return posteriors, weight


def weights_of(options: DecoderOptions) -> Floats:
    """Return the options' weights in the order of the features."""
    return np.concatenate([options.digit.in_order, options.skip.in_order])


def with_weights(options: DecoderOptions, weights: Floats) -> DecoderOptions:
    """Return the options with other weights."""
    values = weights.tolist()
    cut = len(fields(DigitWeights))
    return replace(options, digit=DigitWeights(*values[:cut]), skip=SkipWeights(*values[cut:]))


def right_share(examples: Sequence[Example], options: DecoderOptions) -> float:
    """Return the share of examples that are read right."""
    read = (text_of(best_path(score(example.features, options))) for example in examples)
    pairs = zip(read, examples, strict=True)
    return float(np.mean([text == example.text for text, example in pairs]))


def lines_of(*groups: Weights) -> Iterator[str]:
    """Yield weights as they stand in the options."""
    for weights in groups:
        for each in fields(weights):
            yield f"{type(weights).__name__}.{each.name} = {getattr(weights, each.name):.3g}"


def training_practice(mnist: Path, digits: Path | None = None) -> Practice:
    """Return what strings to train on are drawn from.

    With the folder of optdigits and semeion, a fifth of the written digits are of their writers.
    """
    faces = find_typefaces(("print", "ocr", "hand"), "train", complete=True)
    written = load_mnist(mnist, "train")
    if digits is not None:
        others = draw_bitmaps(digits, np.random.default_rng(BITMAPS_SEED))
        written = Digits(
            np.concatenate([written.crops, others.crops / np.float32(255)]),
            np.concatenate([written.labels, others.labels]),
        )
    return Practice(written, faces)


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--weights", type=click.Path(path_type=Path), help="A network other than shipped.")
@click.option("--count", default=1500, show_default=True, help="Strings; a quarter is held back.")
def main(mnist: Path, weights: Path | None, count: int) -> None:
    """Fit the weights and print them, and how many strings are read right before and after."""
    examples = collect(collect_part, training_practice(mnist), load_network(weights), count)
    cut = len(examples) * 3 // 4
    fitted = fit(examples[:cut])
    for name, options in (("before", DEFAULTS), ("fitted", fitted)):
        shares = (right_share(part, options) for part in (examples[:cut], examples[cut:]))
        click.echo(f"{name}: {', '.join(f'{share:.3f}' for share in shares)}")
    for line in lines_of(fitted.digit, fitted.skip):
        click.echo(line)


if __name__ == "__main__":
    main()
