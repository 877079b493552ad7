"""Have images read by one engine in a process of its own, and measure what that costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from batch import high_water
from peer_images import STRIP, Sets

READERS_FILE = Path(__file__).resolve().parent / "peer_readers.py"
COLD_STARTS = 5


@dataclass(frozen=True)
class Answer:
    """What an engine says of an image, and the milliseconds it took."""

    text: str
    confidence: float
    ms: float


@dataclass(frozen=True)
class Measured:
    """An engine's answers to each set, in order, and its costs.

    start_s: from starting the process to its first reading, median; strip_mib and peak_mib:
    the most memory held until the first image was read, and until all were.
    """

    answers: dict[str, list[Answer]]
    start_s: float
    strip_mib: float
    peak_mib: float


class Running:
    """A process that reads with one engine, from its start to the end of the block."""

    def __init__(self, name: str, threads: int) -> None:
        limits = dict.fromkeys(("OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS"), str(threads))
        limits["OMP_WAIT_POLICY"] = "passive"  # on a busy core Tesseract's threads wait for seconds
        self.process = subprocess.Popen(
            [sys.executable, str(READERS_FILE), name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | limits,
        )
        self.name = name

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *raised: object) -> None:
        self.process.communicate()

    def read(self, path: Path) -> Answer:
        """Have one image read."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise click.ClickException(
                f"{self.name} ended at {path}; see: "
                f"echo {path} | python benchmarks/peer_readers.py {self.name}"
            )
        return Answer(**json.loads(line))

    def peak_mib(self) -> float:
        """Return the most memory that it has held until now."""
        return high_water(self.process.pid)


def start_seconds(name: str, threads: int) -> float:
    """Return the time from starting an engine's process to its reading of a strip."""
    began = perf_counter()
    with Running(name, threads) as running:
        running.read(STRIP)
        return perf_counter() - began


def measure(name: str, sets: Sets, threads: int) -> Measured:
    """Start an engine several times, then have it read all images, one after the other."""
    starts = [start_seconds(name, threads) for _ in range(COLD_STARTS)]
    with Running(name, threads) as running:
        running.read(STRIP)
        strip_mib = running.peak_mib()
        answers = {key: [running.read(one.path) for one in images] for key, images in sets.items()}
        return Measured(answers, median(starts), strip_mib, running.peak_mib())
