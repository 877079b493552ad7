"""Many images, one row each: what can't be read is a row too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from digitstring.classifier import Network
from digitstring.reader import read
from digitstring.reading import Reading
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import MAX_PIXELS, Region


@dataclass(frozen=True)
class Row:
    """One image of many: its name, and its reading or why there is none.

    Exactly one of `reading` and `error` is None.
    """

    file: str
    reading: Reading | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return `file` and the fields of `Reading.to_dict`, or `file` and `error`.

        >>> Row("a.png", error="a.png: has no pixels").to_dict()
        {'file': 'a.png', 'error': 'a.png: has no pixels'}
        """
        if self.reading is None:
            return {"file": self.file, "error": self.error}
        return {"file": self.file, **self.reading.to_dict()}


@dataclass(frozen=True)
class Contents:
    """The files of a folder, sorted: those that are images by their ending, and the others."""

    images: tuple[Path, ...]
    others: tuple[Path, ...]


def read_row(
    file: str,
    source: str | os.PathLike[str] | BinaryIO,
    *,
    region: Region | None = None,
    network: Network | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Row:
    """Read one image to a row named `file`; an `ImageError` becomes the row's error."""
    try:
        return Row(file, read(source, region=region, network=network, max_pixels=max_pixels))
    except ImageError as error:
        return Row(file, error=str(error))


def read_folder(
    folder: str | os.PathLike[str],
    *,
    network: Network | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[Row]:
    """Yield a row for each image of the folder, in sorted order, as soon as it is read.

    Folders within the folder are not entered, files that are no images by their ending are
    passed over (see `list_folder`), and the readings do not hold their photos.

    Raises
    ------
    ImageError
        If the folder can't be listed.
    """
    for path in list_folder(folder).images:
        yield without_photo(read_row(path.name, path, network=network, max_pixels=max_pixels))


def without_photo(row: Row) -> Row:
    """Return the row with its photo let go, so that many rows fit into memory."""
    return row if row.reading is None else replace(row, reading=replace(row.reading, photo=None))


def list_folder(folder: str | os.PathLike[str]) -> Contents:
    """Return the folder's files, those with an ending that Pillow can read apart from the others.

    Raises
    ------
    ImageError
        If the folder can't be listed.
    """
    try:
        files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    except OSError as error:
        raise ImageError(
            f"{folder}: can't be listed ({error.strerror}); name a folder of images"
        ) from error
    endings = Image.registered_extensions()
    readable = {ending for ending, format_ in endings.items() if format_ in Image.OPEN}
    return Contents(
        images=tuple(path for path in files if path.suffix.lower() in readable),
        others=tuple(path for path in files if path.suffix.lower() not in readable),
    )
