"""MNIST's files from a public mirror, checked before they count as there."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from digitstring.classifier.errors import DataError
from digitstring.classifier.mnist import MNIST_ADDRESS, mnist_folder
from digitstring.classifier.replacement import replace_file

# SHA-256 of each file unpacked: mirrors pack the same digits into different gzip files.
MNIST_CHECKSUMS: Mapping[str, str] = MappingProxyType(
    {
        "train-images-idx3-ubyte.gz": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    }
)

_MOST_BYTES = 16 * 2**20  # of one packed file; the largest of MNIST's has 9.5 MiB


def download_mnist(
    folder: str | os.PathLike[str] | None = None,
    *,
    address: str = MNIST_ADDRESS,
    checksums: Mapping[str, str] = MNIST_CHECKSUMS,
    timeout_s: float = 60.0,
) -> Path:
    """Fetch MNIST's four files into a folder and return that folder.

    A file that is there already with the right checksum is not fetched again; a file whose
    checksum is wrong never gets its name.

    Parameters
    ----------
    folder
        Made where missing; without one, `mnist_folder`, where `load_mnist` looks.
    address
        Of the mirror, http or https: the folder that holds the files.
    checksums
        The files' names and the SHA-256 of their unpacked contents, in hexadecimal digits.
    timeout_s
        Longest silence of the mirror, seconds.

    Raises
    ------
    DataError
        Where the mirror cannot be reached, lacks a file or sends another one, or the folder
        cannot be written.
    """
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"address must begin with http:// or https://, got {address!r}")
    place = mnist_folder() if folder is None else Path(folder)
    for name, checksum in checksums.items():
        path = place / name
        if _has_checksum(path, checksum):
            continue
        source = f"{address.rstrip('/')}/{name}"
        data = _fetch(source, timeout_s)
        if _unpacked_sha256(data) != checksum:
            raise DataError(f"{source}: not MNIST's {name} (wrong checksum); try another address")
        _write(path, data)
    return place


def _has_checksum(path: Path, checksum: str) -> bool:
    try:
        return _unpacked_sha256(path.read_bytes()) == checksum
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; name another folder") from error


def _fetch(source: str, timeout_s: float) -> bytes:
    """Return what the mirror sends, without unpacking it."""
    from http.client import HTTPException
    from urllib.request import urlopen

    try:
        with urlopen(source, timeout=timeout_s) as response:
            data: bytes = response.read(_MOST_BYTES)
    except (OSError, HTTPException) as error:
        remedy = "see that the network is up and the address right, or try another address"
        raise DataError(f"{source}: it could not be fetched ({error}); {remedy}") from error
    return data


def _unpacked_sha256(data: bytes) -> str:
    """Return the checksum of gzipped data once unpacked, "" where it cannot be unpacked."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, EOFError, zlib.error):
        return ""


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(path) as file:
            file.write(data)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; name a folder that can be written") from error
