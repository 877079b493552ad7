"""Where a batch's images are: folders, files and addresses, one item each."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from digitstring.items import Item, Selection, is_address
from digitstring.segmenter import ImageError
from digitstring.sniffing import HEAD, has_image_ending, has_image_head


def find_items(paths: Iterable[str], selection: Selection, *, relative: bool) -> Iterator[Item]:
    """Yield the files of folders, and single files, in the order of the paths, folders sorted.

    What can't be listed or reached is an item with a problem.

    Parameters
    ----------
    relative
        Whether names are relative to the folder they were found in, or begin with it.
    """
    for path in paths:
        if is_address(path):
            from digitstring.remote import find_remote

            yield from find_remote(path, selection, relative=relative)
        elif Path(path).is_dir():
            start = "" if relative else f"{Path(path).as_posix().rstrip('/')}/"
            yield from walk(path, selection, start)
        else:
            yield _named_file(path)


def walk(folder: str, selection: Selection, start: str = "", inner: str = "") -> Iterator[Item]:
    """Yield the files of a folder, sorted by name, those of the folders within in their place.

    A link to a folder is not followed, and what is no plain file is not opened: both are passed
    over. A folder that can't be listed is an item with a problem.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        yield Item(start + inner or folder, folder, problem=_unlisted(folder, error))
        return
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118 - a Path a file is slow and large
        if selection.excluded and os.path.abspath(path) in selection.excluded:  # noqa: PTH100
            continue
        if _is_folder(path):
            if selection.recursive:
                yield from walk(path, selection, start, f"{inner}{name}/")
        else:
            taken = selection.matches(inner + name) and is_image(path)
            yield Item(start + inner + name, path, taken)


def is_image(path: str) -> bool:
    """Return whether a plain file is an image by its ending, or else by its first bytes."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
        if not stat.S_ISREG(mode):
            return False
        return has_image_ending(path) or _sniff(path)
    except OSError:  # a dangling link, or no permission: by its name it is one, or not
        return has_image_ending(path)


def is_new(name: str, seen: set[int]) -> bool:
    """Return whether a name is not in the set, and put it there, in a fraction of its memory.

    >>> seen = set()
    >>> is_new("a.png", seen), is_new("a.png", seen)
    (True, False)
    """
    key = name_key(name)
    if key in seen:
        return False
    seen.add(key)
    return True


def name_key(name: str) -> int:
    """Return a number of 64 bits that stands for a name."""
    told = name.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "big")


def listable(folder: str) -> None:
    """Raise `ImageError` if the folder can't be listed."""
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise ImageError(_unlisted(folder, error)) from error


def _unlisted(folder: str, error: OSError) -> str:
    return f"{folder}: can't be listed ({error.strerror}); name a folder of images"


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _sniff(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123
        return has_image_head(file.read(HEAD))


def _named_file(path: str) -> Item:
    """Return a file that was asked for by name: taken, whatever it is."""
    item = Item(Path(path).as_posix(), path)
    if Path(path).exists() and not Path(path).is_file():
        return item._replace(problem=f"{path}: is no plain file; name an image or a folder")
    return item
