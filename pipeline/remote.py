"""Images at fsspec addresses: ``s3://``, ``https://``, ``memory://`` and what else it knows."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from digitstring.extras import ExtraError, load_extra
from digitstring.items import Item, NamedBytes, Selection
from digitstring.segmenter import ImageError
from digitstring.sniffing import HEAD, has_image_ending, has_image_head

EXTRAS = {"http": "remote", "https": "remote", "s3": "s3", "s3a": "s3"}
"""What brings the packages that fsspec needs for an address of this kind."""
CONNECT_S = 20
"""Seconds to wait for a web server."""
SILENCE_S = 60
"""Seconds that it may send nothing."""
OWN_MEMORY = "memory"
"""Files that only this process sees: fetched here, not by a worker."""


def find_remote(address: str, selection: Selection, *, relative: bool) -> Iterator[Item]:
    """Yield the files at an address, which is a folder's or a file's; see `sources.walk`.

    An ``https://`` address is a folder's where it ends with a slash. An address that can't be
    reached is an item with a problem.
    """
    try:
        system, path = _connect(address)
        with _reaching(address):
            is_folder = _is_folder(system, path, address)
        if not is_folder:
            yield Item(address, _source(system, path, address))
            return
    except ImageError as error:
        yield Item(address, address, problem=str(error))
        return
    full = system.unstrip_protocol(path).rstrip("/") + "/"
    yield from _walk(system, path, selection, "" if relative else full, "")


def fetch(address: str) -> NamedBytes:
    """Return the bytes at an address.

    Raises
    ------
    ImageError
        If they can't be had.
    """
    system, path = _connect(address)
    with _reaching(address):
        return NamedBytes(address, system.cat_file(path))


def is_there(address: str) -> bool:
    """Return whether there is a file at an address; `ImageError` if it can't be reached."""
    system, path = _connect(address)
    with _reaching(address):
        return bool(system.exists(path))


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


def can_be_written(address: str) -> bool:
    """Return whether files can be put at addresses of this kind; a web server takes none.

    >>> can_be_written("s3://scans/rows.csv"), can_be_written("https://scans.example/rows.csv")
    (True, False)
    """
    return not address.startswith(("http://", "https://"))


def _connect(address: str) -> tuple[Any, str]:
    """Return the file system of an address and the path in it; `ImageError` if there is none."""
    kind = address.partition("://")[0]
    try:
        fsspec = load_extra("fsspec", "remote", "an address")
        system, path = fsspec.core.url_to_fs(address, **_settings(kind))
    except ExtraError as error:
        raise ImageError(f"{address}: {error}") from error
    except ImportError as error:
        extra = EXTRAS.get(kind)
        remedy = f"pip install 'digitstring[{extra}]'" if extra else "install that"
        raise ImageError(f"{address}: a package is missing ({error}): {remedy}") from error
    except Exception as error:  # an unknown protocol, credentials, the network
        raise ImageError(f"{address}: {_unreached(error)}") from error
    return system, path


def _settings(kind: str) -> dict[str, Any]:
    """Return what makes a web server that has fallen silent an error; the others have their own."""
    if kind not in ("http", "https"):
        return {}
    limits = import_module("aiohttp").ClientTimeout(sock_connect=CONNECT_S, sock_read=SILENCE_S)
    return {"client_kwargs": {"timeout": limits}}


@contextmanager
def _reaching(address: str) -> Iterator[None]:
    """Raise `ImageError` where the block can't reach what it asks for."""
    try:
        yield
    except FileNotFoundError as error:
        raise ImageError(f"{address}: there is no such file; check the address") from error
    except Exception as error:  # each of fsspec's file systems has its own
        raise ImageError(f"{address}: {_unreached(error)}") from error


def _is_folder(system: Any, path: str, address: str) -> bool:
    if "http" in system.protocol:
        return address.endswith("/")
    return bool(system.isdir(path))


def _walk(system: Any, folder: str, selection: Selection, start: str, inner: str) -> Iterator[Item]:
    """Yield the files of a folder; one that can't be listed is an item with a problem."""
    address = system.unstrip_protocol(folder)
    try:
        with _reaching(address):
            entries = _entries(system, folder)
    except ImageError as error:
        yield Item(start + inner or address, address, problem=str(error))
        return
    for path, kind in entries:
        name = path.rsplit("/", 1)[-1]
        if kind == "directory":
            if selection.recursive:
                yield from _walk(system, f"{path}/", selection, start, f"{inner}{name}/")
        else:
            taken = selection.matches(inner + name) and _is_image(system, path)
            yield _found(system, path, start + inner + name, taken)


def _entries(system: Any, folder: str) -> list[tuple[str, str]]:
    """Return path and kind of what a folder holds, sorted.

    A web page that lists a folder links to its other orders and to the folder above, too.
    """
    above = folder.rstrip("/") + "/"
    listed = (
        (entry["name"].rstrip("/"), entry["type"]) for entry in system.ls(folder, detail=True)
    )
    return sorted(
        (path, kind)
        for path, kind in dict(listed).items()
        if path.startswith(above) and not ("http" in system.protocol and "?" in path)
    )


def _found(system: Any, path: str, name: str, taken: bool) -> Item:
    address = system.unstrip_protocol(path)
    if not taken:
        return Item(name, address, taken)
    try:
        with _reaching(address):
            return Item(name, _source(system, path, address))
    except ImageError as error:
        return Item(name, address, problem=str(error))


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
