"""Labelled crops to measure a network on: MNIST, npz files of digits, digits cut from photos."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier import DataError, load_mnist, mnist_folder
from digitstring.labels import load_labels
from digitstring.segmenter import Box, SegmenterOptions, load_photo, normalize
from digitstring.segmenter.arrays import Crops
from digitstring.segmenter.components import Blob, cut_out
from digitstring.segmenter.ink import find_ink
from digitstring.segmenter.normalizer import SIDE
from digitstring.segmenter.photo import Source

Labels = NDArray[np.int64]

NO_DIGIT = -1
"""The label of a crop that is not one digit."""
BOXES = "boxes_xywh_digit"
"""The column of labels.csv that holds an image's digits as JSON, ``[[x, y, w, h, digit], ...]``."""

_DAMAGED = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class DigitSet:
    """Crops of one origin and what they are.

    Attributes
    ----------
    name
        Of the file or folder; of the kind of sign where the crops are no digits.
    crops
        (n, 28, 28) float32 in [0, 1], 1 = ink.
    labels
        (n,) int64: the digit 0..9, or `NO_DIGIT`.
    """

    name: str
    crops: Crops
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


def load_sets(path: Path) -> tuple[DigitSet, ...]:
    """Load what a path names, telling by what is there how to read it.

    A file is taken as by `load_bitmaps`, a folder with labels.csv as by `load_boxed`, another
    folder as MNIST's.

    Raises
    ------
    DataError, ImageError
        If something is missing, damaged or foreign.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder; check the path")
    if path.is_file():
        return load_bitmaps(path)
    return (load_boxed(path) if (path / "labels.csv").is_file() else load_mnist_test(path),)


def load_mnist_test(folder: Path | None = None) -> DigitSet:
    """Load MNIST's test digits as they are; without a folder, from where MNIST is looked for."""
    digits = load_mnist(folder, "test")
    return DigitSet((folder or mnist_folder()).name, digits.crops, digits.labels)


def load_bitmaps(path: Path) -> tuple[DigitSet, ...]:
    """Load single digits of any size from an npz file, each fitted by `normalize`.

    Parameters
    ----------
    path
        Holds ``x (n, h, w)`` uint8, ink 255, and ``y (n,)``, 0..9. Where it holds ``classes``
        as well, ``y`` counts those, which are no digits, and each that has rows becomes a set of
        its own; where it holds ``split (n,)``, only the rows of "test" are taken.

    Raises
    ------
    DataError
        If the file is missing, damaged or holds something else.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            bitmaps, labels = _checked(file["x"], file["y"])
            kinds = [str(kind) for kind in file["classes"]] if "classes" in file else []
            if "split" in file:
                held_out = file["split"] == "test"
                bitmaps, labels = bitmaps[held_out], labels[held_out]
                if not len(labels):
                    raise ValueError("its split has no row of test")
    except _DAMAGED as error:
        raise DataError(
            f"{path}: no npz file of digits, or a damaged one ({error}); it holds x (n, h, w) "
            "uint8, ink 255, and y (n,)"
        ) from error
    last = len(kinds or range(10)) - 1
    if np.any((labels < 0) | (labels > last)):
        raise DataError(f"{path}: y holds other labels than 0..{last}; name them in classes")
    crops = _fitted(bitmaps)
    if kinds:
        return tuple(_no_digits(kinds[k], crops[labels == k]) for k in np.unique(labels))
    return (DigitSet(path.stem, crops, labels),)


def load_boxed(folder: Path) -> DigitSet:
    """Cut digits out of photos by their true boxes.

    Parameters
    ----------
    folder
        Holds images/ and labels.csv with the columns file and `BOXES`, in pixels of the upright
        image, and perhaps use: rows whose use is "no" are left out.

    Raises
    ------
    DataError
        If labels.csv is missing or damaged, or names no digit.
    ImageError
        If an image can't be read.
    """
    crops: list[Crops] = []
    labels: list[int] = []
    for file, boxes, digits in _boxed_rows(folder):
        crops.append(crop_boxes(folder / "images" / file, boxes))
        labels.extend(digits)
    if not labels:
        raise DataError(f"{folder / 'labels.csv'}: has no digit in its column {BOXES}")
    return DigitSet(folder.name, np.concatenate(crops), np.array(labels, dtype=np.int64))


def crop_boxes(image: Source, boxes: Sequence[Box]) -> Crops:
    """Return the ink of each box of an image as a crop, (n, 28, 28).

    The ink is found on the whole image, as `segment` finds it; all that a box holds of it stays,
    rules and parts of neighbours too. A box without ink gives an empty crop.
    """
    options = SegmenterOptions()
    photo = load_photo(image)
    ink = find_ink(photo.pixels, options)
    inked = ink.mask.astype(np.int32)
    crops = np.zeros((len(boxes), SIDE, SIDE), dtype=np.float32)
    for crop, box in zip(crops, boxes, strict=True):
        window = photo.from_original(box)
        if inked[window.top : window.bottom, window.left : window.right].any():
            crop[:] = normalize(cut_out(ink, inked, Blob((1,), window), options))
    return crops


def _checked(bitmaps: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[np.uint8], Labels]:
    """Return an npz file's x and y, raising ``ValueError`` where they are something else."""
    if bitmaps.ndim != 3 or bitmaps.dtype != np.uint8 or not bitmaps.size:
        raise ValueError(f"x is {bitmaps.dtype} {bitmaps.shape}")
    if labels.shape != bitmaps.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"y is {labels.dtype} {labels.shape} for {len(bitmaps)} bitmaps")
    return bitmaps, labels.astype(np.int64)


def _fitted(bitmaps: NDArray[np.uint8]) -> Crops:
    crops = np.empty((len(bitmaps), SIDE, SIDE), dtype=np.float32)
    for crop, bitmap in zip(crops, bitmaps, strict=True):
        crop[:] = normalize(bitmap.astype(np.float32) / 255)
    return crops


def _no_digits(name: str, crops: Crops) -> DigitSet:
    return DigitSet(name, crops, np.full(len(crops), NO_DIGIT, dtype=np.int64))


def _boxed_rows(folder: Path) -> list[tuple[str, list[Box], list[int]]]:
    """Return each image's name, the boxes of its digits and the digits."""
    rows = []
    for label in load_labels(folder, BOXES):
        try:
            rows.append((label.file, *_boxes(label.text)))
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(
                f"{folder / 'labels.csv'}: {label.file} has no boxes of digits ({error}); write "
                f"[[x, y, w, h, digit], ...] into its column {BOXES}"
            ) from error
    return rows


def _boxes(cell: str) -> tuple[list[Box], list[int]]:
    """Return the boxes and the digits that a cell of `BOXES` holds."""
    found = json.loads(cell)
    boxes = [Box(top, left, top + height, left + width) for left, top, width, height, _ in found]
    for box in boxes:
        if not all(map(math.isfinite, box)):
            raise ValueError(f"{box} is no box")
    return boxes, [_digit(box[4]) for box in found]


def _digit(value: Any) -> int:
    if value not in range(10):
        raise ValueError(f"{value!r} is no digit 0..9")
    return int(value)
