"""Many images, one row each: what can't be read is a row too.

What only many images need is imported when there are many: `digitstring read` reads one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, TypedDict, Unpack

from digitstring.classifier import Network
from digitstring.items import Item, Selection, is_address
from digitstring.reader import ReaderOptions, Turn, read
from digitstring.rows import Job, ReadForm, read_item
from digitstring.rows import Row as Row
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import Region, Source

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge
    from digitstring.workers import Lost


class ReadOptions(TypedDict, total=False):
    """What `read` takes beside the image."""

    region: Region | None
    turn: Turn
    knowledge: Knowledge | None
    min_confidence: float
    network: Network | None
    max_pixels: int
    options: ReaderOptions


def read_row(file: str, source: Source, **options: Unpack[ReadOptions]) -> Row:
    """Read one image to a row named `file`; an `ImageError` becomes the row's error."""
    try:
        return Row(file, read(source, **options))
    except ImageError as error:
        return Row(file, error=str(error))


def read_form_rows(file: str, source: Source, read_form: ReadForm) -> tuple[Row, ...]:
    """Read the fields of a form to a row each; an `ImageError` becomes one row's error."""
    try:
        readings = read_form(source)
    except ImageError as error:
        return (Row(file, error=str(error)),)
    return tuple(Row(file, reading, field=name) for name, reading in readings.items())


def read_folder(
    folder: str | os.PathLike[str],
    *,
    recursive: bool = True,
    glob: str | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    timeout: float | None = None,
    **options: Unpack[ReadOptions],
) -> Iterator[Row]:
    """Yield a row for each image of a folder, or page of one, in sorted order, as it is ready.

    Files that are images neither by their ending nor by their first bytes are passed over. The
    readings do not hold their photos.

    Parameters
    ----------
    folder
        A path, or an address that fsspec knows.
    recursive
        Whether the folders within are walked too.
    glob
        Only files that match are read: "*.png".
    workers
        Read in this many processes; a file whose process dies twice is a row with an error. None
        reads in the calling one.
    executor
        Read in this one, of threads, processes or machines, instead. It has to have been made
        with what its workers need, and is left running.
    timeout
        Seconds after which a file is given up, for workers.
    options
        As `read` takes them.

    Raises
    ------
    ImageError
        If the folder can't be listed.
    """
    from digitstring.sources import find_items, listable

    path = os.fspath(folder)
    if not is_address(path):
        listable(path)
    found = find_items([path], Selection(recursive, glob), relative=True)
    job = Job(partial(read, **options))
    taken = (_reached(item, path) for item in found if item.taken)
    for rows in read_items(taken, job, workers=workers, executor=executor, timeout=timeout):
        yield from rows


def read_many(
    images: Iterable[Source],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    timeout: float | None = None,
    **options: Unpack[ReadOptions],
) -> Iterator[Row]:
    """Yield a row for each image, in the order of the images, as it is ready.

    A row is named by its image's path, or by its number from 1. Of a file of several pages the
    first is read. For the rest see `read_folder`; what goes to another process has to be
    picklable, which open files are not.
    """
    items = (Item(_name(image, number), image) for number, image in enumerate(images, 1))
    job = Job(partial(read, **options), every_page=False)
    for rows in read_items(items, job, workers=workers, executor=executor, timeout=timeout):
        yield from rows


def read_items(
    items: Iterable[Item],
    job: Job,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    cluster: str | None = None,
    timeout: float | None = None,
) -> Iterator[tuple[Row, ...]]:
    """Yield each item's rows, in the order of the items; see `read_folder`.

    `cluster` is the address of a Dask scheduler, which comes before `workers`.
    """
    work = partial(read_item, job=job)
    if executor is not None:
        from digitstring.executors import map_in_executor

        yield from map_in_executor(work, items, executor)
    elif cluster is not None:
        from digitstring.cluster import map_in_cluster, read_from

        there = partial(read_from, folder=os.getcwd(), job=job)  # noqa: PTH109 - a text, not a Path
        yield from map(_told_rows, map_in_cluster(there, items, cluster, timeout=timeout))
    elif workers is not None:
        from digitstring.workers import map_in_processes

        yield from map(_told_rows, map_in_processes(work, items, workers=workers, timeout=timeout))
    else:
        yield from map(work, items)


def _reached(item: Item, folder: str) -> Item:
    """Return an item of a folder; `ImageError` if it is the folder, which can't be reached."""
    if item.problem is not None and item.name == folder:
        raise ImageError(item.problem)
    return item


def _name(image: Source, number: int) -> str:
    return os.fspath(image) if isinstance(image, (str, os.PathLike)) else str(number)


def _told_rows(rows: tuple[Row, ...] | Lost[Item]) -> tuple[Row, ...]:
    """Return the rows of an item, or the one that says why it has none."""
    if isinstance(rows, tuple):
        return rows
    return (Row(rows.item.name, error=f"{rows.item.name}: {rows.reason}"),)
