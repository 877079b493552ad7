"""Measure the reader of single digits: its errors, its honesty, what it turns away, its time.

    python benchmarks/digits.py [--weights NET.npz]

Prints a Markdown table of what was measured beside what is wanted. The real data is looked for
in ``$DIGITSTRING_DATA``, by default ../shared/data beside the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import click
import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import Network, judge, load_network
from digitstring.digit_sets import DigitSet, load_bitmaps, load_boxed, load_mnist_test
from digitstring.evaluation import (
    MNIST_TURNED_AWAY,
    Evaluation,
    evaluate_set,
    expected_calibration_error,
    threshold_turning_away,
)
from digitstring.mixing import Glyphs, halves, in_a_row, with_part_of_neighbour
from digitstring.segmenter import normalize

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / os.environ.get("DIGITSTRING_DATA", "../shared/data")
SEED = 20_260
"""Of the generated crops; no training uses it."""
GENERATED = 4000
"""Canvases of each kind; of the halves, those a digit's shape are left out."""
EXCEPTED = {"division_slash", "subtraction_minus"}
"""Signs that are told from digits by size and place, not by shape."""
REPEATS = 500
CROPS = 12
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Figure:
    """Something measured beside the least or the most that is wanted of it, if anything."""

    what: str
    wanted: str
    measured: str
    holds: bool | None

    @property
    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        holds = "" if self.holds is None else ("yes" if self.holds else "**no**")
        return f"| {self.what} | {self.wanted} | {self.measured} | {holds} |"


def measure_errors(data: Path, network: Network) -> Iterator[Figure]:
    """Yield the error of each set of digits, and the calibration error of two together."""
    (usps,), (cvl,) = (load_bitmaps(data / "digits" / f"{n}_dev.npz") for n in ("usps", "cvl"))
    cheques = load_boxed(data / "cheques_dev")
    limits = {"MNIST test": 0.005, "usps_dev": 0.006, "cvl_dev": 0.04, "cheques_dev, boxes": 0.045}
    sets = (load_mnist_test(data / "mnist"), usps, cvl, cheques)
    found = [evaluate_set(digits, network) for digits in sets]
    for (name, limit), evaluation in zip(limits.items(), found, strict=True):
        error = evaluation.wrong / evaluation.total
        measured = f"{error:.2%} ({evaluation.wrong} of {evaluation.total})"
        yield Figure(f"error, {name}", f"at most {limit:.2%}", measured, error <= limit)
    calibration = calibration_together(found[1], found[2])
    yield Figure(
        "expected calibration error, usps_dev and cvl_dev together",
        "at most 0.01",
        f"{calibration:.4f}",
        calibration <= 0.01,
    )


def calibration_together(*evaluations: Evaluation) -> float:
    """Return the calibration error of several sets as one."""
    return expected_calibration_error(
        np.concatenate([evaluation.judgement.probs for evaluation in evaluations]),
        np.concatenate([evaluation.labels for evaluation in evaluations]),
    )


def measure_turned_away(data: Path, network: Network) -> Iterator[Figure]:
    """Yield which share of each kind of non-digit is turned away."""
    mnist = load_mnist_test(data / "mnist")
    whole = judge(mnist.crops, network).whole
    threshold = threshold_turning_away(MNIST_TURNED_AWAY, whole)
    yield Figure("`whole` below which 1 % of MNIST's test digits lie", "", f"{threshold:.4f}", None)
    for name, crops in no_digits(mnist, np.random.default_rng(SEED)):
        yield _turned_away(name, judge(crops, network).whole, threshold, wanted=True)
    for signs in load_bitmaps(data / "digits" / "symbols.npz"):
        whole = judge(signs.crops, network).whole
        yield _turned_away(signs.name, whole, threshold, wanted=signs.name not in EXCEPTED)


def _turned_away(
    name: str, whole: NDArray[np.float32], threshold: float, *, wanted: bool
) -> Figure:
    share = float(np.mean(whole < threshold))
    return Figure(
        f"turned away, {name}",
        "at least 97 %" if wanted else "",
        f"{share:.1%} (of {len(whole)})",
        share >= 0.97 if wanted else None,
    )


def no_digits(
    mnist: DigitSet, rng: np.random.Generator
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield crops (n, 28, 28) that are no digit, put together of digits as in the training.

    They are fitted by `normalize`, not by the training's distortion.
    """
    digits = Glyphs(mnist.crops, mnist.labels)
    wide = digits.where(digits.labels != 1)

    def drawn() -> Glyphs:
        return digits.draw(GENERATED, rng)

    kinds: dict[str, Callable[[], NDArray[np.float32]]] = {
        "pairs": lambda: in_a_row([drawn(), drawn()], rng, (-5, 2)),
        "halves": lambda: halves(drawn(), rng),
        "digit and half a neighbour": lambda: with_part_of_neighbour(
            drawn(), wide.draw(GENERATED, rng), rng, (0.4, 0.7)
        ),
    }
    for name, put_together in kinds.items():
        yield name, np.stack([normalize(canvas) for canvas in put_together()])


def milliseconds(network: Network) -> float:
    """Return the median time of a dozen crops through a warm network."""
    crops = np.random.default_rng(SEED).random((CROPS, 28, 28), dtype=np.float32)
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        judge(crops, network)
        times.append(perf_counter() - start)
    return 1000 * float(np.median(times))


def measure_times(weights: Path | None) -> Iterator[Figure]:
    """Yield the time on one thread, and on as many as the machine's BLAS takes by itself."""
    alone, free = _timed_apart(weights, ONE_THREAD), _timed_apart(weights, {})
    what = f"{CROPS} crops through the warm network"
    yield Figure(f"{what}, one thread", "at most 1.2 ms", f"{alone:.2f} ms", alone <= 1.2)
    yield Figure(
        f"{what}, default threads", "at most 1.2 times that", f"{free:.2f} ms", free <= 1.2 * alone
    )


def _timed_apart(weights: Path | None, settings: dict[str, str]) -> float:
    """Return `milliseconds` of a process of its own: threads are settled when numpy is loaded."""
    environment = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    command = [sys.executable, __file__, "--time-only"]
    command += [] if weights is None else ["--weights", str(weights)]
    told = subprocess.run(
        command, env=environment | settings, check=True, capture_output=True, text=True
    )
    return float(told.stdout)


@click.command()
@click.option("--weights", type=click.Path(exists=True, path_type=Path), help="Not the shipped.")
@click.option("--time-only", is_flag=True, help="Print the milliseconds of a dozen crops.")
def main(weights: Path | None, time_only: bool) -> None:
    """Measure the reader of single digits on the real data."""
    network = load_network(weights)
    if time_only:
        click.echo(milliseconds(network))
        return
    click.echo(f"| what (seed {SEED}) | wanted | measured | holds |\n| --- | --- | --- | --- |")
    for figures in (
        measure_errors(DATA, network),
        measure_turned_away(DATA, network),
        measure_times(weights),
    ):
        for figure in figures:
            click.echo(figure.row)


if __name__ == "__main__":
    main()
