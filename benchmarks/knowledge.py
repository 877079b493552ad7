"""Measure what knowing something of a number brings, and whether confidence can be relied on.

    OPENBLAS_NUM_THREADS=1 python benchmarks/knowledge.py --mnist FOLDER [--count 300] [--seed 17]

Prints a Markdown table of what was measured beside what is wanted. Every image is decoded once
and read without and with what is known in turn, and times are the processor's, so that they can be
compared. The cheques and
photos are looked for in ``$DIGITSTRING_DATA`` as by `digits.py`. ``--limit`` takes only so many
of each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import median
from time import process_time

import click
import numpy as np
from digits import DATA, Figure

from digitstring import Knowledge, Reading, Score, ScoredRow
from digitstring.candidates import list_candidates
from digitstring.checks import check_automaton
from digitstring.classifier import Digits, load_mnist, load_network
from digitstring.evaluation import calibration_distance
from digitstring.labels import Label, load_labels
from digitstring.reader import read_lattices
from digitstring.samples import Typeface, find_typefaces
from digitstring.samples.typefaces import Kind as FaceKind
from digitstring.scoring import digits_of
from digitstring.segmenter import Photo, SegmenterOptions, load_photo
from digitstring.segmenter.looking import Look
from digitstring.strings import KINDS, Kind, draw_string
from digitstring.thresholds import answers_of

PRINT: tuple[FaceKind, ...] = ("print",)
CANDIDATES = 10_000
MILLION = 1_000_000
TIMED = 40
"""Cheques that the million candidates are timed on."""


@dataclass(frozen=True)
class Answers:
    """An image's true digits, and what was read of it: by name of what was known, and how fast."""

    wanted: str
    got: dict[str, str]
    confidence: float
    seconds: dict[str, float]

    def is_right(self, known: str) -> bool:
        """Whether all digits are right, with that known."""
        return self.got[known] == self.wanted

    @property
    def scored(self) -> ScoredRow:
        """What was read where nothing was known."""
        return ScoredRow("", self.wanted, self.got["nothing"], self.confidence)


def read_knowing(
    photo: Photo, wanted: str, known: dict[str, Knowledge], weights: Path | None
) -> Answers:
    """Read a photo with nothing known, and with each thing that is."""
    network = load_network(weights)
    got, seconds, confidence = {}, {}, 0.0
    ways = [("nothing", None), *known.items()]
    for name, knowledge in ways if photo.pixels.shape[1] % 2 else ways[::-1]:  # the first is slower
        began = process_time()
        reading: Reading = read_lattices(
            Look.of(photo, SegmenterOptions()), network, knowledge=knowledge
        )
        seconds[name] = process_time() - began
        got[name] = digits_of(reading.text)
        if knowledge is None:
            confidence = reading.confidence
    return Answers(wanted, got, confidence, seconds)


def read_cheque(pair: tuple[int, Label], weights: Path | None) -> Answers:
    """Read a cheque, also with its true length and with candidates; the number is its chance."""
    number, label = pair
    wanted = digits_of(label.text)
    photo = load_photo(DATA / "cheques_dev" / "images" / label.file)
    candidates = list_candidates(draw_candidates(wanted, np.random.default_rng(number)))
    known = {
        "length": Knowledge(length=len(wanted)),
        "candidates": Knowledge(candidates=candidates),
        "pattern": Knowledge(pattern=r"[1-9]\d*"),
    }
    return read_knowing(photo, wanted, known, weights)


def read_photo(label: Label, weights: Path | None) -> Answers:
    """Read a photo with nothing known."""
    photo = load_photo(DATA / "photos_dev" / "images" / label.file)
    return read_knowing(photo, digits_of(label.text), {}, weights)


def read_string(
    number: int, kind: Kind, seed: int, mnist: Path | None, weights: Path | None
) -> Answers:
    """Draw a string of a kind and read it; touching ones also with their Luhn digit known."""
    rng = np.random.default_rng([seed, *kind.encode(), number])
    digits, faces = _material(mnist)
    text = with_luhn_digit(rng) if kind == "touching" else None
    drawn = draw_string(kind, rng, digits, faces, text=text)
    known = {"luhn": Knowledge(check="luhn")} if kind == "touching" else {}
    return read_knowing(load_photo(drawn.pixels), drawn.text, known, weights)


@cache
def _material(mnist: Path | None) -> tuple[Digits, tuple[Typeface, ...]]:
    return load_mnist(mnist, "test"), find_typefaces(PRINT, "test", complete=True)


def with_luhn_digit(rng: np.random.Generator) -> str:
    """Draw a number of 3 to 8 digits of which the last makes Luhn's sum right."""
    first = "".join(map(str, rng.integers(0, 10, rng.integers(2, 8))))
    return next(f"{first}{d}" for d in range(10) if check_automaton("luhn").accepts(f"{first}{d}"))


def draw_candidates(wanted: str, rng: np.random.Generator, n: int = CANDIDATES) -> list[str]:
    """Return n numbers of one length, or all there are, the wanted one among them.

    Half are a digit away from it or have two neighbours swapped, as far as there are so many:
    of six digits there are 59.
    """
    length = len(wanted)
    if 10**length <= n:
        return [f"{number:0{length}}" for number in range(10**length)]
    near = sorted({*near_numbers(wanted)} - {wanted})
    rng.shuffle(near)
    numbers = {wanted, *near[: (n - 1) // 2]}
    while len(numbers) < n:
        numbers.add("".join(map(str, rng.integers(0, 10, length).tolist())))
    return sorted(numbers)


def near_numbers(wanted: str) -> Iterator[str]:
    """Yield the numbers with one digit changed, or two neighbours swapped."""
    for place, value in enumerate(wanted):
        yield from (f"{wanted[:place]}{other}{wanted[place + 1 :]}" for other in range(10))
        if place:
            yield f"{wanted[: place - 1]}{value}{wanted[place - 1]}{wanted[place + 1 :]}"


def time_of(answers: Iterable[Answers], known: str) -> float:
    """Return how many times longer it takes to read with something known."""
    times = [(each.seconds[known], each.seconds["nothing"]) for each in answers]
    return sum(with_it for with_it, _ in times) / sum(without for _, without in times)


def calibration_of(answers: Sequence[Answers]) -> float:
    """Return the expected calibration error where nothing was known."""
    return calibration_distance(*answers_of(score_of(answers)))


def score_of(answers: Iterable[Answers]) -> Score:
    """Return the answers where nothing was known, to be measured."""
    return Score(tuple(each.scored for each in answers))


def at_least(what: str, wanted: float, measured: float) -> Figure:
    """Return a figure that is to be high."""
    return Figure(what, f"at least {wanted:.2f}", f"{measured:.3f}", measured >= wanted)


def at_most(what: str, wanted: float, measured: float) -> Figure:
    """Return a figure that is to be low."""
    return Figure(what, f"at most {wanted:.2f}", f"{measured:.3f}", measured <= wanted)


def share_right(answers: Sequence[Answers], known: str) -> float:
    """Return the share that is read right, with that known."""
    return float(np.mean([each.is_right(known) for each in answers]))


def measure_cheques(cheques: Sequence[Answers]) -> Iterator[Figure]:
    """Yield what the length and candidates bring on cheques."""
    wrong_length = [each for each in cheques if len(each.got["nothing"]) != len(each.wanted)]
    wrong = 1 - share_right(cheques, "nothing")
    plain = Figure("cheques_dev, right", "", f"{1 - wrong:.3f}", None)
    length = share_right(cheques, "length")
    fewer = 1 - (1 - length) / wrong if wrong else 0.0
    mended = share_right(wrong_length, "length") if wrong_length else 0.0
    count = f"{len(wrong_length)} of {len(cheques)}"
    yield plain
    yield Figure("- with the true length", "", f"{length:.3f}", None)
    yield at_least(f"- of the wrong length ({count}), right with the true one", 0.5, mended)
    yield at_least("- or: errors fewer with the true length", 0.25, fewer)
    yield at_least("- right of 10,000 candidates", 0.93, share_right(cheques, "candidates"))
    for known in ("length", "candidates", "pattern"):
        yield at_most(f"- time with {known}, times that without", 1.3, time_of(cheques, known))


def measure_touching(strings: Sequence[Answers]) -> Iterator[Figure]:
    """Yield what Luhn's digit brings on touching digits."""
    plain, known = (share_right(strings, name) for name in ("nothing", "luhn"))
    yield Figure("touching, right", "", f"{plain:.3f}", None)
    yield Figure("- with a Luhn digit", "", f"{known:.3f}", None)
    fewer = 1 - (1 - known) / (1 - plain) if plain < 1 else 0.0
    yield at_least("- errors fewer", 0.6, fewer)
    yield at_most("- time with the check, times that without", 1.3, time_of(strings, "luhn"))


def measure_doubt(
    strings: Sequence[Answers], photos: Sequence[Answers], cheques: Sequence[Answers]
) -> Iterator[Figure]:
    """Yield how true confidences are, and how many images can be answered by them."""
    yield at_most("calibration error, drawn strings", 0.03, calibration_of(strings))
    real = calibration_of([*photos, *cheques])
    yield at_most("calibration error, photos_dev and cheques_dev", 0.06, real)
    yield at_least("photos_dev, answered with 2 % wrong", 0.65, score_of(photos).answered(0.02))
    yield at_least("cheques_dev, answered with 2 % wrong", 0.60, score_of(cheques).answered(0.02))


def time_a_million(labels: Sequence[Label], weights: Path | None) -> Figure:
    """Return how many milliseconds a million candidates cost, in the middle."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(10**3, 10**7, MILLION).astype(str).tolist()
    numbers += [digits_of(label.text) for label in labels[:TIMED]]
    known = {"million": Knowledge(candidates=list_candidates(numbers))}
    costs = []
    for label in labels[:TIMED]:
        photo = load_photo(DATA / "cheques_dev" / "images" / label.file)
        seconds = read_knowing(photo, "", known, weights).seconds
        costs.append(1000 * (seconds["million"] - seconds["nothing"]))
    cost = median(costs)
    what = "a million candidates, ms more, median"
    return Figure(what, "at most 20", f"{cost:.1f}", cost <= 20)


def _limited(folder: str, limit: int | None) -> list[Label]:
    return list(load_labels(DATA / folder))[:limit]


@click.command()
@click.option("--mnist", type=click.Path(exists=True, path_type=Path), help="Folder of its files.")
@click.option("--count", default=300, show_default=True, help="Strings of each kind.")
@click.option("--seed", default=17, show_default=True, help="No training uses 17.")
@click.option("--limit", type=int, help="Only so many cheques and photos.")
@click.option("--weights", type=click.Path(exists=True, path_type=Path), help="Not the shipped.")
@click.option("--workers", default=2, show_default=True, help="Processes that read.")
def main(
    mnist: Path | None,
    count: int,
    seed: int,
    limit: int | None,
    weights: Path | None,
    workers: int,
) -> None:
    """Print a Markdown table of what was measured."""
    cheque_labels, photo_labels = _limited("cheques_dev", limit), _limited("photos_dev", limit)
    with ProcessPoolExecutor(workers) as executor:

        def read_all(
            read: Callable[..., Answers], of: Iterable[object], **more: object
        ) -> list[Answers]:
            return list(executor.map(partial(read, weights=weights, **more), of, chunksize=8))

        cheques = read_all(read_cheque, enumerate(cheque_labels))
        photos = read_all(read_photo, photo_labels)
        strings = {
            kind: read_all(read_string, range(count), kind=kind, seed=seed, mnist=mnist)
            for kind in KINDS
        }
    drawn = [each for of_a_kind in strings.values() for each in of_a_kind]
    figures = [
        *measure_cheques(cheques),
        *measure_touching(strings["touching"]),
        *measure_doubt(drawn, photos, cheques),
        time_a_million(cheque_labels, weights),
    ]
    click.echo(f"{len(cheques)} cheques, {len(photos)} photos, {count} strings each, seed {seed}\n")
    click.echo("| what | wanted | measured | holds |\n| --- | --- | --- | --- |")
    for figure in figures:
        click.echo(figure.row)


if __name__ == "__main__":
    main()
