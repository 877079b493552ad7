"""Images at fsspec addresses: ``s3://``, ``https://``, ``memory://`` and what else it knows."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digitstring.extras import load_extra
from digitstring.items import Item, Selection
from digitstring.segmenter import ImageError
from digitstring.sniffing import HEAD, has_image_ending, has_image_head

OWN_MEMORY = "memory"
"""Files that only this process sees: fetched here, not by a worker."""


class NamedBytes(io.BytesIO):
    """The bytes of a file that has a name, for messages."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name

    def __reduce__(self) -> tuple[type[NamedBytes], tuple[str, bytes]]:
        return NamedBytes, (self.name, self.getvalue())


def find_remote(address: str, selection: Selection, *, relative: bool) -> Iterator[Item]:
    """Yield the files at an address, which is a folder's or a file's; see `sources.walk`.

    An ``https://`` address is a folder's where it ends with a slash.
    """
    system, path = _connect(address)
    try:
        if _is_folder(system, path, address):
            full = system.unstrip_protocol(path).rstrip("/") + "/"
            yield from _walk(system, path, selection, "" if relative else full, "")
        else:
            yield Item(address, _source(system, path, address))
    except (ImageError, GeneratorExit):
        raise
    except Exception as error:  # each of fsspec's file systems has its own
        raise ImageError(f"{address}: {_unreached(error)}") from error


def fetch(address: str) -> NamedBytes:
    """Return the bytes at an address.

    Raises
    ------
    ImageError
        If they can't be had.
    ExtraError
        If fsspec or what it needs for this kind of address is missing.
    """
    system, path = _connect(address)
    try:
        return NamedBytes(address, system.cat_file(path))
    except FileNotFoundError as error:
        raise ImageError(f"{address}: there is no such file; check the address") from error
    except Exception as error:  # each of fsspec's file systems has its own
        raise ImageError(f"{address}: {_unreached(error)}") from error


def is_there(address: str) -> bool:
    """Return whether there is a file at an address; `ImageError` if it can't be reached."""
    system, path = _connect(address)
    try:
        return bool(system.exists(path))
    except Exception as error:  # each of fsspec's file systems has its own
        raise ImageError(f"{address}: {_unreached(error)}") from error


def upload(file: Path, address: str) -> None:
    """Put a file to an address: beside it first, so that it is there whole or not at all.

    Raises
    ------
    OSError
        If it can't be put there.
    """
    system, path = _connect(address)
    folder, _, name = path.rpartition("/")
    part = f"{folder}/.{name}.part"
    try:
        system.put_file(str(file), part)
        system.mv(part, path)
    except Exception as error:  # each of fsspec's file systems has its own
        raise OSError(errno.EIO, str(error) or type(error).__name__, address) from error


def _connect(address: str) -> tuple[Any, str]:
    fsspec = load_extra("fsspec", "remote", f"an address such as {address}")
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise ImageError(f"{address}: {error}; install what fsspec needs for it") from error
    except Exception as error:  # an unknown protocol, credentials, the network
        raise ImageError(f"{address}: {_unreached(error)}") from error
    return system, path


def _is_folder(system: Any, path: str, address: str) -> bool:
    if "http" in system.protocol:
        return address.endswith("/")
    return bool(system.isdir(path))


def _walk(system: Any, folder: str, selection: Selection, start: str, inner: str) -> Iterator[Item]:
    entries = {entry["name"].rstrip("/"): entry for entry in system.ls(folder, detail=True)}
    entries.pop(folder.rstrip("/"), None)
    for path, entry in sorted(entries.items()):
        name = path.rsplit("/", 1)[-1]
        if entry["type"] == "directory":
            if selection.recursive:
                yield from _walk(system, path, selection, start, f"{inner}{name}/")
        else:
            taken = selection.matches(inner + name) and _is_image(system, path)
            source = _source(system, path, system.unstrip_protocol(path)) if taken else path
            yield Item(start + inner + name, source, taken)


def _source(system: Any, path: str, address: str) -> str | NamedBytes:
    if OWN_MEMORY in system.protocol and system.exists(path):
        return NamedBytes(address, system.cat_file(path))
    return address


def _is_image(system: Any, path: str) -> bool:
    if has_image_ending(path):
        return True
    try:
        return has_image_head(system.cat_file(path, start=0, end=HEAD))
    except Exception:  # by its name it is none, and its bytes can't be had
        return False


def _unreached(error: Exception) -> str:
    told = str(error) or type(error).__name__
    return f"can't be reached ({told}); check the address and the access to it"
