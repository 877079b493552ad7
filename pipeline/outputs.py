"""Where a batch's rows go in the end: a file, an address, or what a command prints."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from digitstring.tables import RowDict, TableError, write_json_lines

Output = Path | str
"""Where the rows go in the end: a file's path, or an address that fsspec knows."""


def journal_path(output: Output) -> Path:
    """Return where the rows of an output are kept until it is whole.

    That is beside it, or in the working folder for one at an address, where nothing can be added
    to a file.

    >>> journal_path(Path("scans/rows.csv")).as_posix(), journal_path("s3://scans/rows.csv").name
    ('scans/rows.csv.journal', 'rows.csv.journal')
    """
    if isinstance(output, Path):
        return output.with_name(f"{output.name}.journal")
    return Path.cwd() / f"{PurePosixPath(output).name}.journal"


def is_there(output: Output) -> bool:
    """Return whether an output is there already; `ImageError` if its address can't be reached."""
    if isinstance(output, Path):
        return output.exists()
    from digitstring import remote

    return remote.is_there(output)


def write_whole(
    output: Output,
    write: Callable[[Iterable[RowDict], IO[bytes]], None],
    rows: Iterable[RowDict],
    remedy: str,
) -> None:
    """Write rows to a file that takes the place of the output when it is whole.

    Raises
    ------
    TableError
        If it can't be written, as on a full disk: names the output, the cause and the remedy.
    """
    journal = journal_path(output)
    part = journal.with_name(f".{journal.stem}.part")
    try:
        with _writing(output, remedy):
            with part.open("wb") as file:
                write(rows, file)
                file.flush()
                os.fsync(file.fileno())
            _replace(output, part)
    finally:
        part.unlink(missing_ok=True)


def print_rows(rows: Iterable[RowDict], file: IO[bytes]) -> None:
    """Print rows as JSON lines at once.

    Raises
    ------
    TableError
        If they can't be written, as on a full disk.
    """
    with _writing("standard output", "make room, or name a file for --output"):
        write_json_lines(rows, file)
        file.flush()


@contextmanager
def _writing(output: Output, remedy: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # nobody wants more
        raise
    except OSError as error:
        told = error.strerror or error
        raise TableError(f"{output}: can't be written ({told}); {remedy}") from error


def _replace(output: Output, part: Path) -> None:
    """Put the file in the place of the output, all at once."""
    if isinstance(output, Path):
        part.replace(output)
    else:
        from digitstring.remote import upload

        upload(part, output)
