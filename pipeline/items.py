"""What a batch is asked for, and one file of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from digitstring.segmenter.photo import Source


def is_address(path: str) -> bool:
    """Return whether a path is an fsspec address.

    >>> is_address("s3://scans/a.png"), is_address("scans/a.png")
    (True, False)
    """
    return "://" in path


class NamedBytes(io.BytesIO):
    """The bytes of a file that has a name, for messages."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name

    def __reduce__(self) -> tuple[type[NamedBytes], tuple[str, bytes]]:
        return NamedBytes, (self.name, self.getvalue())


class Item(NamedTuple):
    """One file that was found.

    Attributes
    ----------
    name
        What its rows are called.
    source
        What to read; an address where it has "://".
    taken
        Whether it is an image by its ending or by its first bytes; the others are passed over.
    problem
        Why it can't even be tried.
    """

    name: str
    source: Source
    taken: bool = True
    problem: str | None = None


@dataclass(frozen=True)
class Selection:
    """Which files of a folder count.

    Attributes
    ----------
    recursive
        Whether the folders within are walked too.
    glob
        Only files whose last parts match this pattern are taken: "*.png", "2024/*.jpg".
    excluded
        Files and folders that are left out and not counted, as absolute paths.
    """

    recursive: bool = True
    glob: str | None = None
    excluded: frozenset[str] = frozenset()

    def matches(self, name: str) -> bool:
        """Return whether a file of that name, relative to its folder, may be taken."""
        return self.glob is None or PurePosixPath(name).match(self.glob)
