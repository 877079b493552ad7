"""A network goes on learning from what people corrected, and is kept only if that made it better.

Some of the images are held back to tell whether it did. The others' crops are mixed with what the
shipped network learned from, as far as that can be drawn here: without it the network would
forget the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from digitstring.classifier import DataError, Network, judge
from digitstring.epochs import EpochOptions, as_floats, make_epoch
from digitstring.material import Pool, joined
from digitstring.reader import read_lattices
from digitstring.recipe import RecipeOptions, calibrated_on, run_epoch
from digitstring.segmenter import ImageError, SegmenterOptions
from digitstring.segmenter.looking import Look
from digitstring.told_pieces import Told, told_pool
from digitstring.training import averaged, begin
from digitstring.tuning_material import drawn_pools, tuning_material

SHARES: Mapping[str, int] = {"strokes": 12_000, "print": 3_000, "segments": 1_500}
MNIST_SHARE = 15_000
OTHERS: Mapping[str, int] = {
    "pairs": 2_000,
    "triples": 500,
    "neighbours": 2_000,
    "halves": 3_000,
    "symbols": 1_500,
    "blots": 1_500,
}
OTHER_SEED = 1000
"""Added to the seed for the digits that are drawn to measure with, and twice to calibrate with."""


@dataclass(frozen=True)
class TuningOptions:
    """How a network goes on learning."""

    held_share: float = 0.25
    """Share of the images, of the corrected and of the accepted ones, that is held back."""
    least_held: int = 5
    """Images held back without which nothing can be told."""
    epochs: int = 4
    batch: int = 256
    rate: float = 1e-4
    """Adam's first step: a tenth of the recipe's, so that little is forgotten."""
    repeats: int = 10
    """How often an epoch has each crop of the corrections, distorted anew;"""
    most_told: int = 10_000
    """but no more of them than this."""
    shares: Mapping[str, int] = field(default_factory=lambda: SHARES)
    """Digits of an epoch that are drawn."""
    mnist_share: int = MNIST_SHARE
    """Digits of an epoch that are MNIST's, where it is there."""
    others: Mapping[str, int] = field(default_factory=lambda: OTHERS)
    """Crops of an epoch that are no digit."""
    hands: int = 1000
    """Hands that digits are drawn with; a third as many draw those to measure with."""
    seed: int = 1


DEFAULTS = TuningOptions()


@dataclass(frozen=True)
class Standing:
    """How well a network does."""

    right: int
    held: int
    """Images held back that are read right, and all of them."""
    wrong: int
    drawn: int
    """Drawn crops that are told wrong, and all of them."""


@dataclass(frozen=True, eq=False)
class Tuned:
    """A network that went on learning, and how well it and the one before do."""

    network: Network
    before: Standing
    after: Standing

    def __str__(self) -> str:
        rows = (
            ("", "before", "after"),
            *(
                (f"{name:24}", f"{getattr(self.before, field)}", f"{getattr(self.after, field)}")
                for name, field in (
                    (f"read right of {self.after.held} held back", "right"),
                    (f"wrong of {self.after.drawn} drawn", "wrong"),
                )
            ),
        )
        return "\n".join(f"{name:28}{before:>8}{after:>8}" for name, before, after in rows)

    @property
    def is_better(self) -> bool:
        """Whether more of what was held back is read right, and no more drawn crops are wrong."""
        return self.after.right > self.before.right and self.after.wrong <= self.before.wrong


def tune(
    images: Sequence[Told],
    network: Network,
    mnist: Path | None = None,
    options: TuningOptions = DEFAULTS,
    report: Callable[[int], None] = lambda epoch: None,
) -> Tuned:
    """Let a network go on learning from images whose text people have told.

    Parameters
    ----------
    network
        It answers whether a crop is one whole digit; not changed.
    mnist
        The folder of MNIST's files, where it is there.
    report
        Called after each epoch with its number, from 1.

    Raises
    ------
    DataError
        If there are too few images, or their texts can't be found in them.
    """
    rng = np.random.default_rng(options.seed)
    held, learned = split(images, rng, options)
    told = told_pool(learned, network, rng)
    if told is None or not np.any(told.labels >= 0):
        raise DataError(
            f"none of the {len(learned)} texts to learn from could be found in its image; are "
            "these the images that were checked?"
        )
    pools = {**tuning_material(mnist, options.seed, options.hands), "mined": told}
    recipe = recipe_of(network, pools, options)
    learner = begin(copied(network))
    for number in range(options.epochs):
        run_epoch(learner, *make_epoch(number, pools, recipe.crops), recipe)
        report(number + 1)
    after = _calibrated(averaged(learner), pools, recipe, options)
    drawn = joined(*drawn_pools(options.seed + OTHER_SEED, options.hands // 3).values())
    return Tuned(after, standing(network, held, drawn), standing(after, held, drawn))


def split(
    images: Sequence[Told], rng: np.random.Generator, options: TuningOptions
) -> tuple[list[Told], list[Told]]:
    """Return the images that are held back and those to learn from, all pages of a file together.

    Raises
    ------
    DataError
        If there are too few.
    """
    wrong = {image.path for image in images if image.was_wrong}
    right = {image.path for image in images} - wrong
    held_paths: set[Path | str] = set()
    for paths in (sorted(wrong, key=str), sorted(right, key=str)):
        count = round(options.held_share * len(paths))
        held_paths |= {paths[place] for place in rng.permutation(len(paths))[:count]}
    held = [image for image in images if image.path in held_paths]
    if len(held) < options.least_held:
        raise DataError(
            f"{len(images)} checked images are too few to learn from and to hold some back; check "
            f"{round(options.least_held / options.held_share)} or more"
        )
    return held, [image for image in images if image.path not in held_paths]


def _calibrated(
    network: Network, pools: Mapping[str, Pool], recipe: RecipeOptions, options: TuningOptions
) -> Network:
    """Return the network calibrated on an epoch of its own, by hands it has not seen."""
    seed = options.seed + 2 * OTHER_SEED
    fresh = {**pools, **drawn_pools(seed, options.hands // 3)}
    return calibrated_on(fresh, network, replace(recipe.crops, seed=seed))


def standing(network: Network, held: Sequence[Told], drawn: Pool) -> Standing:
    """Measure a network."""
    right = sum(_reads(network, image) for image in held)
    return Standing(right, len(held), count_wrong(network, drawn), len(drawn.labels))


def count_wrong(network: Network, pool: Pool) -> int:
    """Return how many crops are taken for another digit, or wrongly for one or for none."""
    told = judge(as_floats(pool.crops), network)
    is_digit = pool.labels >= 0
    as_digit = told.whole >= 0.5
    same = told.probs.argmax(axis=1) == pool.labels
    return int(np.count_nonzero(~np.where(is_digit, as_digit & same, ~as_digit)))


def _reads(network: Network, image: Told) -> bool:
    try:
        look = Look.of(image.photo(), SegmenterOptions())
        return read_lattices(look, network).text == image.text
    except ImageError:
        return False


def recipe_of(network: Network, pools: Mapping[str, Pool], options: TuningOptions) -> RecipeOptions:
    """Return the settings of the training, in the recipe's words."""
    shares = {**options.shares, **({"mnist": options.mnist_share} if "mnist" in pools else {})}
    told = min(options.most_told, options.repeats * len(pools["mined"].labels))
    crops = EpochOptions(shares, options.others, mined=told, deslanted=network.deslanted)
    return RecipeOptions(
        network.sizes,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        warm_up=50,
        average_decay=0.99,
        crops=replace(crops, seed=options.seed),
        seed=options.seed,
    )


def copied(network: Network) -> Network:
    """Return a copy whose weights may be changed."""
    return network.with_weights(
        [w.copy() for w in network.weights], [b.copy() for b in network.biases]
    )


def record_of(tuned: Tuned, base: Network, options: TuningOptions) -> dict[str, str | int]:
    """Return how a tuned network was made, for its file."""
    right, held = tuned.after.right, tuned.after.held
    return {
        "made by": f"digitstring tune {version('digitstring')}",
        "from": str(base.record.get("made by", "unknown")),
        "epochs": options.epochs,
        "seed": options.seed,
        "held back, read right": f"{tuned.before.right} before, {right} of {held} after",
    }
