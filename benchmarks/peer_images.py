"""The images that `peers.py` has every reader read: samples, drawn strings, photos and cheques."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
from digits import DATA
from PIL import Image
from strings import PRINT, draw_strings

from digitstring.classifier import DataError, load_mnist
from digitstring.labels import load_labels
from digitstring.samples import find_typefaces
from digitstring.samples.typefaces import TypefaceError
from digitstring.strings import KINDS

T = TypeVar("T")

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
STRIP = SAMPLES / "strip.png"
REAL = ("photos_dev", "cheques_dev")


@dataclass(frozen=True)
class Labelled:
    """An image's file and the text it holds."""

    path: Path
    text: str


Sets = dict[str, list[Labelled]]
"""Images by the name of their set."""


def evenly(items: Sequence[T], count: int) -> list[T]:
    """Return so many items, evenly spaced, or all where there are fewer.

    >>> evenly("abcdef", 3)
    ['a', 'c', 'e']
    """
    taken = min(count, len(items))
    return [items[number * len(items) // taken] for number in range(taken)]


def labelled(folder: Path, images: Path, count: int) -> list[Labelled]:
    """Return some of a folder's images with their labels."""
    return [Labelled(images / one.file, one.text) for one in evenly(load_labels(folder), count)]


def draw_sets(mnist: Path | None, folder: Path, count: int, seed: int) -> Sets:
    """Draw strings of each kind into a folder, the same that `strings.py` begins with."""
    digits, faces = load_mnist(mnist, "test"), find_typefaces(PRINT, "test", complete=True)
    sets: Sets = {}
    for kind in KINDS:
        sets[kind] = []
        for number, drawn in enumerate(draw_strings(kind, count, seed, digits, faces)):
            path = folder / f"{kind}{number:04}.png"
            Image.fromarray(drawn.pixels).save(path)
            sets[kind].append(Labelled(path, drawn.text))
    return sets


def gather_sets(mnist: Path | None, folder: Path, count: int, seed: int) -> Sets:
    """Return the sets of images that can be had; say of the others what they lack."""
    sources: list[Callable[[], Sets]] = [
        lambda: {"samples": labelled(SAMPLES, SAMPLES, count)},
        lambda: draw_sets(mnist, folder, count, seed),
        *(partial(real_set, name, count) for name in REAL),
    ]
    sets: Sets = {}
    for source in sources:
        try:
            sets |= source()
        except (DataError, TypefaceError) as error:
            click.echo(f"Left out: {error}", err=True)
    return sets


def real_set(name: str, count: int) -> Sets:
    """Return some of the images of a real set."""
    return {name: labelled(DATA / name, DATA / name / "images", count)}
