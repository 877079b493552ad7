"""Measure what a batch promises, as ratios taken in one run: overhead, workers, memory, survival.

    OPENBLAS_NUM_THREADS=1 python benchmarks/batch.py [--dask] [--only NAME]...

Takes about three minutes. Run it on a machine with two cores that do nothing else, and on Linux,
whose /proc tells the peak memory of each process.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from PIL import Image

import digitstring
from digitstring.batch import Batch, write_batch
from digitstring.extras import load_extra
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.samples.broken import KINDS, write_broken

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ("strip.png", "lines.png", "blank.jpg")
SMALL_FILES = 200
MANY_FILES = 20_000
KILLS = 10
SEED = 1


def sample_images(folder: Path, count: int) -> Path:
    """Fill a folder with copies of samples, and return it."""
    folder.mkdir(exist_ok=True)
    contents = [(ROOT / "samples" / name).read_bytes() for name in SAMPLES]
    for number in range(count):
        (folder / f"{number:05}{Path(SAMPLES[number % 3]).suffix}").write_bytes(
            contents[number % 3]
        )
    return folder


def small_pictures(folder: Path, count: int) -> Path:
    """Fill a folder with copies of one small picture, and return it."""
    folder.mkdir(exist_ok=True)
    ink = np.pad(draw_glyph("42", BUNDLED, 20), 10)
    first = folder / "00000.png"
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(first)
    for number in range(1, count):
        (folder / f"{number:05}.png").write_bytes(first.read_bytes())
    return folder


def small_network(folder: Path) -> Path:
    """Save a network that reads fast and wrong, and return its path."""
    path = folder / "net.npz"
    digitstring.save_network(digitstring.Network((784, 10), rng=np.random.default_rng(SEED)), path)
    return path


def command(*args: object) -> list[str]:
    """Return the command of a batch."""
    return [sys.executable, "-m", "digitstring", "batch", *map(str, args)]


def files_per_second(batch: Batch, output: Path) -> tuple[float, float]:
    """Return the rate from the start, and that from the first row to the last."""
    times = [time.perf_counter()]
    write_batch(
        batch, output, anew=True, report=lambda tally, rows: times.append(time.perf_counter())
    )
    count = len(times) - 1
    return count / (times[-1] - times[0]), (count - 1) / (times[-1] - times[1])


def speed(work: Path, cluster: bool) -> None:
    """Print the rate of a loop over `read`, of one worker, of two, and perhaps of a cluster."""
    folder = sample_images(work / "speed", 300)
    paths = sorted(folder.iterdir())
    digitstring.read(paths[0])
    began = time.perf_counter()
    for path in paths:
        digitstring.read(path)
    loop = len(paths) / (time.perf_counter() - began)
    click.echo(f"read in a loop             {loop:6.1f} files/s")
    one = Batch((str(folder),), workers=1)
    rates = {
        "one worker": files_per_second(one, work / "one.jsonl"),
        "two workers": files_per_second(replace(one, workers=2), work / "two.jsonl"),
    }
    if cluster:
        with local_cluster() as address:
            there = files_per_second(replace(one, cluster=address), work / "cluster.jsonl")
        rates["two workers of a cluster"] = there
        same = (work / "cluster.jsonl").read_bytes() == (work / "one.jsonl").read_bytes()
        click.echo(f"the cluster's rows are {'the same' if same else 'OTHERS'}")
    for name, (whole, steady) in rates.items():
        click.echo(f"{name:26} {steady:6.1f} files/s, {whole:6.1f} with the start")
    click.echo(
        f"one worker over the loop   {100 * (loop / rates['one worker'][1] - 1):6.1f} % (10)"
    )
    ratio = rates["two workers"][1] / rates["one worker"][1]
    click.echo(f"two workers over one       {ratio:6.2f} x (1.8)")
    if cluster:
        ratio = rates["two workers of a cluster"][1] / rates["two workers"][1]
        click.echo(f"a cluster over two workers {ratio:6.2f} x")


@contextmanager
def local_cluster() -> Iterator[str]:
    """Start a scheduler and two workers of one thread on loopback."""
    local: Any = load_extra("distributed", "cluster", "--dask").LocalCluster
    settings: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with local(host="127.0.0.1", **settings) as cluster:
        yield cluster.scheduler_address


def memory(work: Path, cluster: bool) -> None:
    """Print the peak memory of a batch of few files and of many, for each kind of process."""
    weights = small_network(work)
    peaks = {}
    for count in (SMALL_FILES, MANY_FILES):
        folder = small_pictures(work / f"memory{count}", count)
        output = work / f"memory{count}.jsonl"
        options = ("--weights", weights, "--workers", 2, "--output", output)
        peaks[count] = peak_memory(command(folder, *options))
        parent, workers = peaks[count]
        click.echo(f"{count:6} files: parent {parent:6.1f} MiB, largest worker {workers:6.1f} MiB")
    for name, few, many in zip(("parent", "worker"), *peaks.values(), strict=True):
        click.echo(f"{name}: {100 * (many / few - 1):+.1f} % (10)")


def peak_memory(told: list[str]) -> tuple[float, float]:
    """Run a command; return the peak of its process and the largest among those it starts, MiB."""
    peaks: dict[int, float] = {}
    with subprocess.Popen(told, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            for pid in family(running.pid):
                peaks[pid] = max(peaks.get(pid, 0.0), high_water(pid))
            time.sleep(0.1)
    own = peaks.pop(running.pid)
    return own, max(peaks.values())


def family(parent: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        children.setdefault(int(told[1]), []).append(int(stat.parent.name))
    found = [parent]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def high_water(pid: int) -> float:
    """Return the most memory that a process has held, in MiB, 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line[:6] == "VmHWM:"), 0.0)


def broken(work: Path, cluster: bool) -> None:
    """Print how 2,000 files with 40 broken ones come out."""
    folder = small_pictures(work / "broken", 1960)
    good = (folder / "00000.png").read_bytes()
    taken = sorted(folder.iterdir())
    for number in range(40):
        kind = list(KINDS)[number % len(KINDS)]
        taken.append(write_broken(folder, kind, f"broken{number:02}", good))
    output = work / "broken.jsonl"
    options = ("--weights", small_network(work), "--output", output)
    done = subprocess.run(command(folder, *options), stderr=subprocess.PIPE, text=True, timeout=600)
    rows = Counter(json.loads(line)["file"] for line in output.read_text().splitlines())
    wanted = Counter(path.relative_to(folder).as_posix() for path in taken)
    click.echo(
        f"{len(taken)} files, {'one row each' if rows == wanted else 'ROWS ARE WRONG'}, "
        f"{done.stderr.count('Traceback')} tracebacks: {done.stderr.splitlines()[-1]}"
    )


def killed(work: Path, cluster: bool) -> None:
    """Print whether a batch that is killed ten times comes to the same end."""
    folder = small_pictures(work / "killed", 600)
    whole, output = work / "whole.jsonl", work / "killed.jsonl"
    options = ("--weights", small_network(work), "--workers", 2)
    began = time.monotonic()
    subprocess.run(
        command(folder, *options, "--output", whole), check=True, stderr=subprocess.DEVNULL
    )
    seconds = time.monotonic() - began
    rng = random.Random(SEED)
    stopped, ends = 0, set()
    while stopped < KILLS or not output.exists():
        told = command(folder, *options, "--output", output, "--resume")
        with subprocess.Popen(told, stderr=subprocess.DEVNULL) as running:
            try:
                running.wait(rng.uniform(0.1, 0.6) * seconds if stopped < KILLS else None)
            except subprocess.TimeoutExpired:
                os.kill(running.pid, signal.SIGKILL)
                stopped += 1
                continue
        ends.add(output.read_bytes())
        if stopped < KILLS:
            output.unlink()
    same = ends == {whole.read_bytes()}
    click.echo(
        f"killed {stopped} times, then gone on with: {'the same' if same else 'OTHER'} bytes"
    )


PARTS: dict[str, Callable[[Path, bool], None]] = {
    "speed": speed,
    "memory": memory,
    "broken": broken,
    "killed": killed,
}


@click.command()
@click.option("--dask", "cluster", is_flag=True, help="Also measure a cluster on this machine.")
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)), help="Only this part.")
def main(cluster: bool, only: tuple[str, ...]) -> None:
    """Print each measure, with what is wanted in brackets."""
    for name in only or PARTS:
        with TemporaryDirectory() as work:
            PARTS[name](Path(work), cluster)


if __name__ == "__main__":
    main()
