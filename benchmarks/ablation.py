"""Measure what each ingredient of the recipe brings, on shortened trainings of a small network.

    python benchmarks/ablation.py --mnist FOLDER --digits FOLDER --work FOLDER

All variants take the same number of steps on the same number of crops. Each is kept in the work
folder when it is done, and one that is there is not trained again; at the end a Markdown table
of all is printed. The cheques are looked for in ``$DIGITSTRING_DATA`` as by `digits.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from pathlib import Path

import click
import numpy as np
from digits import DATA, SEED, calibration_together, no_digits
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from digitstring.classifier import Network, deslant, load_network, save_network
from digitstring.digit_sets import NO_DIGIT, DigitSet, load_bitmaps, load_boxed, load_mnist_test
from digitstring.distortion import DistortionOptions, sample
from digitstring.epochs import OTHERS, SHARES, EpochOptions, as_floats, make_epoch, targets
from digitstring.evaluation import MNIST_TURNED_AWAY, evaluate_set, threshold_turning_away
from digitstring.material import Pool, load_pools
from digitstring.mixing import LEAST_WIDTH, column_extent
from digitstring.recipe import RecipeOptions, new_network, run_epoch
from digitstring.segmenter.normalizer import CENTRE
from digitstring.training import averaged, begin

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Epoch = tuple[Bytes, Floats]

CROPS = 60_000
"""Crops an epoch of every variant."""
SPARE = 1.08
"""So much more is drawn where halves are: those of a digit's shape are left out."""
TRAINING = RecipeOptions(
    sizes=(784, 500, 300, 11),
    epochs=12,
    batch=128,
    average_decay=0.997,
    crops=EpochOptions(deslanted=False),
)
SHIPPED = "shipped"
"""Names the shipped network among the teachers."""
PEN_PX = 2.2
"""Width that strokes are brought to, as `stroke_width` measures; MNIST has 2.1 on average."""
COMMON_WIDTH = 16
"""Columns that digits are stretched to."""
DOWN, ACROSS = np.mgrid[:28, :28].astype(np.float32) - CENTRE
"""How far each pixel lies from where crops have their centre of mass, (28, 28)."""


@dataclass(frozen=True)
class Variant:
    """A training of the ablation."""

    key: str
    """Names its files."""
    title: str
    crops: EpochOptions | None
    """What it learns from; None is MNIST's digits as they are."""
    prepare: Callable[[Floats], Floats] = np.asarray
    """What is done to crops (n, 28, 28) before the network sees them, here and when measured."""
    teachers: tuple[str, ...] = ()
    """Keys of earlier variants, or `SHIPPED`, whose mean answer is half of what is wanted."""
    seed: int = TRAINING.seed


def with_common_width(crops: Floats) -> Floats:
    """Stretch each crop to one width; narrow ones stay, a 1 is no block (Ciresan et al. 2012)."""
    left, right = column_extent(crops)
    width = right - left
    zoom = np.where(width >= LEAST_WIDTH, width / COMMON_WIDTH, 1).astype(np.float32)
    return read_at(crops, zoom[:, None, None] * ACROSS)


def read_at(crops: Floats, across: Floats) -> Floats:
    """Return crops with each pixel read from its row, as far across the centre (n, 28, 28)."""
    places = np.stack([np.broadcast_to(DOWN, across.shape), across], axis=1) + CENTRE
    return sample(crops, places.reshape(len(crops), 2, -1))


def with_common_pens(crops: Floats) -> Floats:
    """Bring each crop's strokes towards one width, by a pixel either side at most."""
    padded = np.pad(crops > 0.5, ((0, 0), (1, 1), (1, 1)))
    sides = sum((np.diff(padded, axis=axis).sum(axis=(1, 2)) for axis in (1, 2)), start=0)
    width = 2 * padded.sum(axis=(1, 2)) / np.maximum(1, sides)
    missing = np.clip((PEN_PX - width) / 2, -1, 1).astype(np.float32)[:, None, None]
    thicker = maximum_filter(crops, size=(1, 3, 3))
    thinner = minimum_filter(crops, size=(1, 3, 3))
    changed = np.where(missing > 0, thicker - crops, thinner - crops)
    common: Floats = crops + np.abs(missing) * changed
    return common


def scaled(counts: Mapping[str, int], scale: float) -> dict[str, int]:
    """Return the counts scaled and rounded up."""
    return {name: ceil(count * scale) for name, count in counts.items()}


MIXED = SPARE * CROPS / (sum(SHARES.values()) + sum(OTHERS.values()))
RECIPE = EpochOptions(scaled(SHARES, MIXED), scaled(OTHERS, MIXED), deslanted=False)
REFUSE = replace(RECIPE, remnant_share=0, speck_share=0)
DIGITS = scaled(SHARES, CROPS / sum(SHARES.values()))
FORMS = replace(REFUSE, shares=DIGITS, others=scaled(OTHERS, 0))
DISTORT = replace(FORMS, shares={"mnist": CROPS})
BENT = DistortionOptions(pen_share=0, blur_share=0, gap_share=0, level_share=0, noise_share=0)
BEND = replace(DISTORT, distortion=BENT)
VARIANTS = (
    Variant("plain", "MNIST as it is", None),
    Variant("bent", "MNIST, affine and elastic distortion", BEND),
    Variant("distorted", "+ pens, gaps, blur, levels, noise", DISTORT),
    Variant("forms", "+ stroke forms, bitmaps, fonts, displays", FORMS),
    Variant("refusing", "+ what is no digit", REFUSE),
    Variant("recipe", "+ remnants, rules, specks = the recipe", RECIPE),
    Variant("again", "the recipe, another seed", RECIPE, seed=TRAINING.seed + 1),
    Variant("deslanted", "the recipe, deslanted", RECIPE, prepare=deslant),
    Variant("pens", "the recipe, one stroke width", RECIPE, prepare=with_common_pens),
    Variant("widths", "the recipe, one width of digits", RECIPE, prepare=with_common_width),
    Variant("taught", "the recipe, taught by the shipped network", RECIPE, teachers=(SHIPPED,)),
    Variant("committee", "the recipe, taught by two seeds", RECIPE, teachers=("recipe", "again")),
)


def make_crops(number: int, pools: Mapping[str, Pool], options: EpochOptions | None) -> Epoch:
    """Return an epoch's crops (CROPS, 784) and wanted outputs (CROPS, 11)."""
    if options is None:
        mnist = pools["mnist"]
        wanted = targets(mnist.labels, EpochOptions().smoothing)
        return mnist.crops.reshape(len(wanted), -1)[:CROPS], wanted[:CROPS]
    crops, wanted = make_epoch(number, pools, options)
    chosen = np.random.default_rng([options.seed, number]).permutation(len(crops))[:CROPS]
    return crops[chosen], wanted[chosen]


def train(variant: Variant, epochs: list[Epoch], teachers: list[Network]) -> Network:
    """Return the variant's network, trained on the epochs."""
    options = replace(TRAINING, seed=variant.seed)
    training = begin(new_network(options))
    for crops, wanted in epochs:
        wanted = taught(crops, wanted, teachers)
        run_epoch(training, prepared(crops, variant.prepare), wanted, options)
    return averaged(training)


def prepared(crops: Bytes, prepare: Callable[[Floats], Floats]) -> Bytes:
    """Return crops (n, 784) as a variant's network sees them."""
    parts = np.array_split(crops, max(1, len(crops) // 1000))
    inked = np.concatenate([prepare(as_floats(part).reshape(-1, 28, 28)) for part in parts])
    return np.round(inked.reshape(len(crops), -1) * 255).astype(np.uint8)


def taught(crops: Bytes, wanted: Floats, teachers: list[Network]) -> Floats:
    """Return the mean of what is wanted (n, 11) and of the teachers' answers.

    Of what is no digit a teacher says only that.
    """
    if not teachers:
        return wanted
    x = as_floats(crops).T
    answers = np.mean([teacher.feedforward(x) for teacher in teachers], axis=0).T
    answers[wanted[:, 10] == 0, :10] = 0
    mean: Floats = (wanted + answers) / 2
    return mean


def load_measured(mnist: Path, digits: Path, kept: Path) -> dict[str, DigitSet]:
    """Return the sets that variants are measured on by name, fitted once and kept in a file."""
    if not kept.exists():
        arrays: dict[str, NDArray[np.generic]] = {}
        for each in _measured(mnist, digits):
            arrays |= {f"{each.name}/crops": each.crops, f"{each.name}/labels": each.labels}
        np.savez(kept, allow_pickle=False, **arrays)
    with np.load(kept) as file:
        names = dict.fromkeys(key.partition("/")[0] for key in file.files)
        return {n: DigitSet(n, file[f"{n}/crops"], file[f"{n}/labels"]) for n in names}


def _measured(mnist: Path, digits: Path) -> Iterator[DigitSet]:
    test = load_mnist_test(mnist)
    yield replace(test, name="MNIST test")
    yield from load_bitmaps(digits / "usps_dev.npz")
    yield from load_bitmaps(digits / "cvl_dev.npz")
    yield load_boxed(DATA / "cheques_dev")
    for name, crops in no_digits(test, np.random.default_rng(SEED)):
        yield DigitSet(name, crops, np.full(len(crops), NO_DIGIT))


def measure(variant: Variant, network: Network, sets: Mapping[str, DigitSet]) -> dict[str, float]:
    """Return the shares answered wrong or turned away by name, as far as the variant has them."""
    found = {
        name: evaluate_set(replace(digits, crops=variant.prepare(digits.crops)), network)
        for name, digits in sets.items()
    }
    threshold = threshold_turning_away(MNIST_TURNED_AWAY, found["MNIST test"].judgement.whole)
    figures = {}
    for name, evaluation in found.items():
        if evaluation.error is not None:
            figures[f"{name}, wrong"] = evaluation.error
        elif variant.crops and any(variant.crops.others.values()):
            figures[f"{name}, turned away"] = evaluation.turned_away(threshold)
    calibration = calibration_together(found["usps_dev"], found["cvl_dev"])
    return figures | {"usps_dev and cvl_dev, calibration error": calibration}


def table(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield the lines of a Markdown table: a row a variant, by its title, a column a figure."""
    columns = max(figures.values(), key=len)
    yield f"| variant | {' | '.join(columns)} |"
    yield f"|{' --- |' * (1 + len(columns))}"
    for title, row in figures.items():
        cells = (f"{row[column]:.2%}" if column in row else "" for column in columns)
        yield f"| {title} | {' | '.join(cells)} |"


@click.command()
@click.option("--mnist", type=click.Path(path_type=Path), required=True, help="MNIST's files.")
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="Other digits.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Kept between runs.")
def main(mnist: Path, digits: Path, work: Path) -> None:
    """Train what is not yet trained and print what each variant reached."""
    work.mkdir(parents=True, exist_ok=True)
    pools = load_pools(mnist, digits, work / "drawn", TRAINING.seed)
    measured = load_measured(mnist, digits, work / "measured.npz")
    waiting = [variant for variant in VARIANTS if not (work / f"{variant.key}.json").exists()]
    for options, variants in groupby(waiting, key=lambda variant: variant.crops):
        epochs = [make_crops(number, pools, options) for number in range(TRAINING.epochs)]
        for variant in variants:
            paths = [None if key == SHIPPED else work / f"{key}.npz" for key in variant.teachers]
            network = train(variant, epochs, [load_network(path) for path in paths])
            save_network(network, work / f"{variant.key}.npz", record={"seed": variant.seed})
            figures = measure(variant, network, measured)
            (work / f"{variant.key}.json").write_text(json.dumps(figures))
            click.echo(f"Trained: {variant.title}", err=True)
    done = {v.title: json.loads((work / f"{v.key}.json").read_text()) for v in VARIANTS}
    for line in table(done):
        click.echo(line)


if __name__ == "__main__":
    main()
