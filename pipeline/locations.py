"""Where a batch's images are when a person looks at them: in a folder, or at addresses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from digitstring.classifier import DataError
from digitstring.items import is_address

LOOKED_FOR = 100
"""Files of a batch that are looked for to find the folder they are in."""
SERVERS = frozenset(
    (
        *("http", "https", "ftp", "sftp", "smb", "hdfs", "webhdfs"),
        *("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "memory"),
    )
)
"""Kinds of addresses that lead to a server, and to no file of this machine."""

Place = Path | str
"""A folder, or the address of one."""


def images_folder(results: Path, names: Sequence[str]) -> Path:
    """Return the folder that a batch's files are in: beside its results, here, or one further in.

    Those at addresses of their own are in none.

    Raises
    ------
    DataError
        If they are in none of these.
    """
    starts = (results.absolute().parent, Path.cwd())
    within = (path for start in starts for path in sorted(start.iterdir()) if path.is_dir())
    looked_for = [name for name in names if not is_address(name)][:LOOKED_FOR]
    counts = {
        folder: sum(file_within(folder, name) is not None for name in looked_for)
        for folder in (*starts, *within)
    }
    best = max(counts, key=lambda folder: counts[folder])
    if not counts[best] and looked_for:
        raise DataError(
            f"{results}: its images, such as {looked_for[0]}, are neither beside it nor here; name "
            "the folder or address that was read with --images"
        )
    return best


def image_at(place: Place, name: str) -> Path | str | None:
    """Return where an image of a batch is, None where that is outside the batch.

    Parameters
    ----------
    place
        The folder that was read, or its address.
    name
        As its row names it: relative to the place, or the address of a server's file.

    >>> image_at("s3://scans/2024/", "a/b.png"), image_at("s3://scans/2024", "../b.png")
    ('s3://scans/2024/a/b.png', None)
    >>> image_at(Path(), "https://scans.example/a.png"), image_at(Path(), "file:///etc/passwd")
    ('https://scans.example/a.png', None)
    """
    if is_address(name):
        kind = name.partition("://")[0]
        return name if kind in SERVERS and "::" not in name else _below(place, name)
    return file_within(place, name) if isinstance(place, Path) else _below(place, name)


def _below(place: Place, name: str) -> str | None:
    """Return the address of a name below another address."""
    if isinstance(place, Path):
        return None
    start = place.rstrip("/") + "/"
    inner = name.removeprefix(start)
    leads_up = inner.startswith("/") or ".." in unquote(inner).split("/")
    outside = leads_up or is_address(inner) or "::" in inner
    return None if outside else start + inner


def file_within(folder: Path, name: str) -> Path | None:
    """Return the path of a file by its name in a batch, None where it isn't within the folder.

    >>> file_within(Path("/"), "no/such/file.png"), file_within(Path("/usr"), "../etc/passwd")
    (None, None)
    """
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):  # too long a name, or a NUL in it
        return None
    return path if inside else None
