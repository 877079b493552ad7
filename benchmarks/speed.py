"""Time reading against Pillow's own decoding, for images of all sizes, and what memory it takes.

    OPENBLAS_NUM_THREADS=1 python benchmarks/speed.py [--quick] [IMAGE...]

Pages are drawn, of 0.05 to 48 megapixels and 1 to 1000 digits, as JPEG, PNG and TIFF; or name
images of your own. Run it on a machine that does nothing else. Writes `figures/speed.png`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from unittest import mock

import click
import numpy as np
from PIL import Image

import digitstring
from digitstring import assembly, judging, lattice_reader, samples
from digitstring.samples.exhibits import SCHOOL, by_hand
from digitstring.segmenter import photo, views

FIGURES = Path(__file__).resolve().parent / "figures"
MEGAPIXELS = (0.05, 0.5, 3.0, 12.0, 48.0)
DIGITS = (1, 8, 100, 1000)
LEAST_PX = 20
"""Smaller digits are not drawn: a small page has no room for a thousand."""
MIDDLE = (12.0, 8)
"""The page that is drawn in every format, and read with every stage timed."""
ROUNDS, LEAST_ROUNDS = 15, 3
"""Fewer where one takes long: all of them at most `LONG_MS`."""
LONG_MS = 3000.0
COLD_ROUNDS = 7
STAGES: dict[str, Sequence[tuple[Any, str]]] = {
    "decoding": [(photo, "_from_picture")],
    "finding ink": [(views, "find_ink")],
    "components": [(views, "label_components"), (views, "drop_surroundings")],
    "rules": [(views, "erase_rules")],
    "lines": [(lattice_reader, "strips_of")],
    "cuts and pieces": [(judging, "propose")],
    "networks": [(judging, name) for name in ("slide", "settle", "judge_pieces")],
    "alternatives": [(assembly, "rank_texts")],
}
"""By name: the functions, where they are looked up, whose time it is."""
BARE = "import numpy, PIL.Image"
IMPORTS = "import digitstring, digitstring.reader, PIL.JpegImagePlugin, PIL.TiffImagePlugin"
PEAK = "import os; from batch import high_water; print(high_water(os.getpid()))"
DECODE = "import sys, PIL.Image; PIL.Image.open(sys.argv[1]).load(); "
READ = "import sys, digitstring; digitstring.read(sys.argv[1]); "


@dataclass(frozen=True)
class Timing:
    """Milliseconds of an image, medians: its decoding, its reading, and the stages of that."""

    path: Path
    megapixels: float
    digits: int
    decoding: float
    reading: float
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def row(self) -> str:
        """A row of the Markdown table."""
        ratio = self.reading / self.decoding
        return (
            f"| {self.path.name} | {self.megapixels:g} | {self.digits} | {self.decoding:.1f} | "
            f"{self.reading:.1f} | {ratio:.2f} |"
        )


def draw_page(megapixels: float, digits: int) -> Image.Image | None:
    """Draw a page 4:3 with digits in lines, none where it has no room for them."""
    rng = np.random.default_rng([int(100 * megapixels), digits])
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = round(width * 3 / 4)
    per_line = max(1, round((digits * 1.6) ** 0.5))
    digit_px = min(height / 6, 0.8 * width / per_line / 1.1, 0.5 * height / -(-digits // per_line))
    if digit_px < LEAST_PX:
        return None
    glyphs = by_hand(0.09, forms=SCHOOL)(np.random.default_rng(7), digit_px)
    text = "".join(map(str, rng.integers(0, 10, digits)))
    lines = [text[start : start + per_line] for start in range(0, digits, per_line)]
    ink = samples.lay_out(lines, glyphs, rng).ink[:height, :width]
    top, left = (height - ink.shape[0]) // 2, (width - ink.shape[1]) // 2
    ink = np.pad(ink, ((top, height - top - ink.shape[0]), (left, width - left - ink.shape[1])))
    shade = np.linspace(0.75, 1.0, width, dtype=np.float32)
    sheet = (235 * shade * (1 - ink) + 40 * ink).astype(np.float32)
    sheet += rng.normal(0, 2.5, sheet.shape).astype(np.float32)
    level = np.clip(sheet, 0, 255).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(level)] * 3)


def draw_pages(folder: Path, quick: bool) -> Iterator[tuple[Path, float, int]]:
    """Yield the pages' files with their megapixels and digits."""
    for megapixels in MEGAPIXELS[: 4 if quick else 5]:
        for digits in DIGITS[: 2 if quick else 4]:
            page = draw_page(megapixels, digits)
            if page is None:
                continue
            endings = ("jpg", "png", "tif") if (megapixels, digits) == MIDDLE else ("jpg",)
            for ending in endings:
                path = folder / f"{megapixels:g}mp-{digits}.{ending}"
                page.save(path, quality=90)
                yield path, megapixels, digits


def milliseconds(work: Callable[[], object]) -> float:
    """Return the time of one call."""
    began = perf_counter()
    work()
    return 1000 * (perf_counter() - began)


def decode(path: Path) -> None:
    """Decode the whole image as Pillow does by itself."""
    with Image.open(path) as picture:
        picture.load()


def measure(path: Path, megapixels: float, digits: int) -> Timing:
    """Return the median times of decoding and of reading, taken in turn."""
    digitstring.read(path)
    once = milliseconds(lambda: digitstring.read(path))
    rounds = max(LEAST_ROUNDS, min(ROUNDS, int(LONG_MS / once)))
    pairs = [
        (milliseconds(lambda: decode(path)), milliseconds(lambda: digitstring.read(path)))
        for _ in range(rounds)
    ]
    decoding, reading = (median(times) for times in zip(*pairs, strict=True))
    return Timing(path, megapixels, digits, decoding, reading, time_stages(path, rounds))


def time_stages(path: Path, rounds: int) -> dict[str, float]:
    """Return the milliseconds of each stage of a reading, medians."""
    found = []
    for _ in range(rounds):
        with timed_stages() as spent:
            whole = milliseconds(lambda: digitstring.read(path))
        found.append({**spent, "all else": whole - sum(spent.values())})
    return {name: median(each.get(name, 0.0) for each in found) for name in [*STAGES, "all else"]}


@contextmanager
def timed_stages() -> Iterator[dict[str, float]]:
    """Have the milliseconds of each stage added up for the time of a block."""
    spent: dict[str, float] = defaultdict(float)

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def run(*given: Any, **named: Any) -> Any:
            began = perf_counter()
            found = work(*given, **named)
            found = list(found) if hasattr(found, "__next__") else found
            spent[name] += 1000 * (perf_counter() - began)
            return found

        return run

    with ExitStack() as patches:
        for name, functions in STAGES.items():
            for module, function in functions:
                work = timed(name, getattr(module, function))
                patches.enter_context(mock.patch.object(module, function, work))
        yield spent


def cold(path: Path) -> tuple[float, float]:
    """Return the seconds of a bare start of Python with numpy and Pillow, and of the command."""
    command: list[str | Path] = [Path(sys.executable).parent / "digitstring", "read", path]
    bare: list[str | Path] = [sys.executable, "-c", BARE]
    pairs = [(seconds(bare), seconds(command)) for _ in range(COLD_ROUNDS)]
    first, second = (median(times) for times in zip(*pairs, strict=True))
    return first, second


def seconds(command: Sequence[str | Path]) -> float:
    """Return the time of a whole process."""
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def peak_mib(code: str, *given: Path) -> float:
    """Return the most memory that a process of its own holds, in MiB."""
    told = subprocess.run(
        [sys.executable, "-c", code + PEAK, *map(str, given)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return float(told.stdout)


def print_memory(folder: Path) -> None:
    """Print the peak memory of reading large images, beside that of decoding them."""
    page = draw_page(48.0, 8)
    assert page is not None
    imports = peak_mib(f"{IMPORTS}; ")
    click.echo("\n| 48 megapixels | imports, MiB | decoding | reading | allowed |")
    click.echo("| --- | --- | --- | --- | --- |")
    for ending in ("jpg", "png", "tif"):
        path = folder / f"memory.{ending}"
        page.save(path)
        decoding, reading = peak_mib(DECODE, path), peak_mib(READ, path)
        allowed = imports + 250 if ending == "jpg" else 1.3 * decoding + 100
        click.echo(f"| {ending} | {imports:.0f} | {decoding:.0f} | {reading:.0f} | {allowed:.0f} |")


def plot(timings: Sequence[Timing], path: Path) -> None:
    """Draw how the time grows with pixels and with digits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    by_pixels, by_digits = figure.subplots(1, 2)
    drawn = [timing for timing in timings if timing.path.suffix == ".jpg"]
    for digits in sorted({timing.digits for timing in drawn}):
        own = [timing for timing in drawn if timing.digits == digits]
        by_pixels.loglog([t.megapixels for t in own], [t.reading for t in own], "o-", label=digits)
    same = [timing for timing in drawn if timing.digits == drawn[0].digits]
    decoding = [timing.decoding for timing in same]
    by_pixels.loglog([t.megapixels for t in same], decoding, "k--", label="decoding alone")
    by_pixels.set(xlabel="megapixels", ylabel="milliseconds")
    by_pixels.legend(title="digits")
    for megapixels in sorted({timing.megapixels for timing in drawn}):
        own = [timing for timing in drawn if timing.megapixels == megapixels]
        by_digits.loglog([t.digits for t in own], [t.reading for t in own], "o-", label=megapixels)
    by_digits.set(xlabel="digits", ylabel="milliseconds")
    by_digits.legend(title="megapixels")
    figure.savefig(path, dpi=100, metadata={"Software": None})


@click.command()
@click.argument("images", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--quick", is_flag=True, help="Neither the largest pages nor many digits.")
def main(images: tuple[Path, ...], quick: bool) -> None:
    """Print Markdown tables of the times, and of the memory."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        pages = [(path, 0.0, 0) for path in images] or draw_pages(folder, quick)
        click.echo("| image | megapixels | digits | decoding, ms | reading, ms | ratio |")
        click.echo("| --- | --- | --- | --- | --- | --- |")
        timings = []
        for page in pages:
            timings.append(measure(*page))
            click.echo(timings[-1].row)
        print_stages(timings)
        if not images:
            started, read = cold(folder / "0.05mp-1.jpg")
            click.echo(f"\nCold: numpy and Pillow {started:.3f} s, digitstring read {read:.3f} s")
            click.echo(f"ratio {read / started:.2f}")
            print_memory(folder)
            plot(timings, FIGURES / "speed.png")


def print_stages(timings: Sequence[Timing]) -> None:
    """Print the time of each stage."""
    names = [*STAGES, "all else"]
    click.echo(f"\n| image | {' | '.join(f'{name}, ms' for name in names)} |")
    click.echo(f"| --- {'| --- ' * len(names)}|")
    for timing in timings:
        told = " | ".join(f"{timing.stages[name]:.1f}" for name in names)
        click.echo(f"| {timing.path.name} | {told} |")


if __name__ == "__main__":
    main()
