"""MNIST's digits from their IDX files (Y. LeCun, C. Cortes, C. Burges, 1998)."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from digitstring.classifier.digits import Digits
from digitstring.classifier.errors import DataError

Split = Literal["train", "test"]

MNIST_ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist/"

_STEMS = {"train": "train", "test": "t10k"}
_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTES = 0x08  # the IDX code of the only element type MNIST uses


def mnist_folder() -> Path:
    """Return where MNIST is looked for when no folder is named.

    That is ``$DIGITSTRING_MNIST`` where set, else ``digitstring/mnist`` in the user's cache,
    which is ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    if named := os.environ.get("DIGITSTRING_MNIST"):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "digitstring" / "mnist"


def load_mnist(folder: str | os.PathLike[str] | None = None, split: Split = "train") -> Digits:
    """Load one split of MNIST: 60,000 digits to train on, or 10,000 to test with.

    Parameters
    ----------
    folder
        Holds the IDX files, gzipped or plain, in either spelling
        (``train-images-idx3-ubyte.gz``, ``train-images.idx3-ubyte``); without one, `mnist_folder`.
    split
        "train" or "test" (the files that begin with t10k).

    Returns
    -------
    Digits
        ``crops (n, 28, 28)`` float32 in [0, 1], 1 = ink, and ``labels (n,)`` int64, 0..9.

    Raises
    ------
    DataError
        Where a file is missing, cut, damaged or not MNIST's, or the files do not belong together.
    """
    if split not in _STEMS:
        raise ValueError(f"split must be 'train' or 'test', got {split!r}")
    place = mnist_folder() if folder is None else Path(folder)
    images_path = _find(place, f"{_STEMS[split]}-images", 3)
    labels_path = _find(place, f"{_STEMS[split]}-labels", 1)
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    _check(images, images_path, labels, labels_path)
    crops = images.astype(np.float32)
    crops /= 255
    return Digits(crops, labels.astype(np.int64))


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or plain, with that many dimensions.

    The format: two zero bytes, the element type, the number of dimensions, each dimension as a
    big-endian 32-bit count, then the elements, last dimension fastest.

    Raises ``DataError`` for a missing, cut, damaged or foreign file.
    """
    data = _read(path)
    magic = bytes([0, 0, _UNSIGNED_BYTES, dimensions])
    if data[:4] != magic:
        raise _damaged(path, f"it starts with {data[:4].hex(' ')}, not {magic.hex(' ')}")
    header = 4 + 4 * dimensions
    if len(data) < header:
        raise _damaged(path, f"it ends within its header, after {len(data)} of {header} bytes")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    if len(data) != header + math.prod(shape):
        counts = " x ".join(map(str, shape))
        raise _damaged(path, f"{counts} elements are announced, {len(data) - header} are there")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _find(folder: Path, stem: str, dimensions: int) -> Path:
    """Return the first of the known spellings that is a file."""
    for separator in "-.":
        for ending in (".gz", ""):
            path = folder / f"{stem}{separator}idx{dimensions}-ubyte{ending}"
            if path.is_file():
                return path
    raise DataError(
        f"{folder}: {stem}-idx{dimensions}-ubyte[.gz] is not there; name the folder of MNIST's "
        f"files (DIGITSTRING_MNIST does it for good), or fetch them from {MNIST_ADDRESS} with "
        "digitstring.classifier.download_mnist()"
    )


def _read(path: Path) -> bytes:
    """Return the file's bytes, unpacked where they are gzipped."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data.startswith(_GZIP_MAGIC) else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, f"its gzip data is damaged ({error})") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; make the file readable") from error


def _check(
    images: NDArray[np.uint8], images_path: Path, labels: NDArray[np.uint8], labels_path: Path
) -> None:
    """Refuse images and labels that are not MNIST's or do not belong together."""
    if images.shape[1:] != (28, 28):
        height, width = images.shape[1:]
        raise _damaged(images_path, f"its images are {height} x {width}, not 28 x 28")
    if len(images) != len(labels):
        counts = f"{len(labels)} labels for the {len(images)} images of {images_path.name}"
        raise _damaged(labels_path, counts)
    if np.any(labels > 9):
        where = int(np.argmax(labels > 9))
        raise _damaged(labels_path, f"label {where} is {labels[where]}, not a digit 0..9")


def _damaged(path: Path, cause: str) -> DataError:
    remedy = f"fetch it again from {MNIST_ADDRESS}"
    return DataError(f"{path}: not MNIST's file, or a damaged one: {cause}; {remedy}")
