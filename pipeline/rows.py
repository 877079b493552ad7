"""What is made of each image of many: its rows, and its picture with the digits marked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from digitstring.classifier import ModelError
from digitstring.classifier.replacement import replace_file
from digitstring.formats import Page, allow_pixels, openable
from digitstring.items import Item, NamedBytes, is_address
from digitstring.pages import pages_of
from digitstring.reader import read
from digitstring.reading import Reading
from digitstring.segmenter import ImageError, load_photo
from digitstring.segmenter.photo import MAX_PIXELS, Source, name_of

ReadForm = Callable[[Source], dict[str, Reading]]
"""`read_fields` with all but the image."""


@dataclass(frozen=True)
class Row:
    """One image of many: its name, and its reading or why there is none.

    Exactly one of `reading` and `error` is None. `page` counts from 1 in a file of several
    pages and is None in any other; `field` is the name of a form's field.
    """

    file: str
    reading: Reading | None = None
    error: str | None = None
    page: int | None = None
    field: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return `file`, `page` and `field` where there are, and `Reading.to_dict` or `error`.

        Where a least confidence was asked for, it is there as `min_confidence`.

        >>> Row("a.png", error="a.png: has no pixels").to_dict()
        {'file': 'a.png', 'error': 'a.png: has no pixels'}
        """
        places = {"page": self.page, "field": self.field}
        named = {name: place for name, place in places.items() if place is not None}
        if self.reading is None:
            return {"file": self.file, **named, "error": self.error}
        asked = self.reading.min_confidence
        told = {"min_confidence": asked} if asked else {}
        return {"file": self.file, **named, **self.reading.to_dict(), **told}


@dataclass(frozen=True)
class Job:
    """What is done with each image of many; can be sent to another process.

    Attributes
    ----------
    read
        `read` with its options: ``partial(read, region=...)``.
    annotate
        A folder for the images with boxes and digits drawn on them, or None.
    every_page
        Whether a file of several pages has a row for each, or for the first alone.
    read_form
        `read_fields` with its options, if a row is wanted for each field instead.
    max_pixels
        The limit on an image's size that these have, to raise Pillow's own in each process.
    """

    read: Callable[[Source], Reading] = read
    annotate: Path | None = None
    every_page: bool = True
    read_form: ReadForm | None = None
    max_pixels: int = MAX_PIXELS


def read_item(item: Item, job: Job) -> tuple[Row, ...]:
    """Return a row for each page of a file; whatever is wrong with it is a row's error."""
    if item.problem is not None:
        return (Row(item.name, error=item.problem),)
    allow_pixels(job.max_pixels)
    rows: list[Row] = []
    try:
        source = fetched(item.source)
        for page in pages_of(source) if job.every_page else [Page(None, source)]:
            rows += _read_page(item, page, job)
    except ImageError as error:
        page_number = (rows[-1].page or 0) + 1 if rows else None
        rows.append(Row(item.name, error=str(error), page=page_number))
    return tuple(rows)


def without_photo(row: Row) -> Row:
    """Return the row with its photo let go, so that many rows fit into memory."""
    return row if row.reading is None else replace(row, reading=replace(row.reading, photo=None))


def annotated_path(folder: Path, row: Row) -> Path:
    """Return where a row's annotated image goes: within the folder, whatever the row's name.

    >>> annotated_path(Path("seen"), Row("../scans/a.tif", page=2)).as_posix()
    'seen/scans/a.tif.2.png'
    """
    parts = PurePosixPath(row.file.replace("://", "/")).parts
    inner = [part for part in parts if part not in ("/", "..")]
    page = "" if row.page is None else f".{row.page}"
    return folder.joinpath(*inner[:-1], f"{inner[-1]}{page}.png")


def _read_page(item: Item, page: Page, job: Job) -> list[Row]:
    """Return a page's row, or a row for each of its fields."""
    try:
        readings: dict[str | None, Reading] = {}
        if job.read_form is None:
            readings[None] = job.read(page.source)
        else:
            readings.update(job.read_form(page.source))
    except ModelError:
        raise
    except Exception as error:  # one image of thousands stops nothing, whatever is wrong with it
        return [Row(item.name, error=_told(error, item, page), page=page.number)]
    rows = [Row(item.name, each, page=page.number, field=name) for name, each in readings.items()]
    if job.annotate is not None:
        path = annotated_path(job.annotate, rows[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        save_picture(annotated(rows, page.source), path)
    return [without_photo(row) for row in rows]


def annotated(rows: Sequence[Row], source: Source) -> Image.Image:
    """Return an image with the readings of its rows drawn on it: its own one, or its fields'."""
    if rows[0].field is None:
        assert rows[0].reading is not None
        return rows[0].reading.annotated()
    from digitstring.form_annotation import annotate_form

    page = load_photo(openable(source), max_pixels=sys.maxsize)  # it was not too large to be read
    return annotate_form(page, {row.field or "": row.reading for row in rows if row.reading})


def _told(error: Exception, item: Item, page: Page) -> str:
    """Return an error's message, with the file's name and the page's number before it."""
    name = name_of(item.source) if isinstance(item.source, (str, NamedBytes)) else item.name
    message = str(error).removeprefix("the picture: ").removeprefix(f"{name}: ")
    if page.number is None and isinstance(error, ImageError) and message == str(error):
        return message
    if not isinstance(error, (ImageError, ValueError)):
        message = f"can't be read ({type(error).__name__}: {error}); please report it"
    return f"{name}: {message}" if page.number is None else f"{name}: page {page.number} {message}"


def save_picture(picture: Image.Image, path: Path) -> None:
    """Save a picture as PNG, whole or not at all; an `OSError` names the path."""
    try:
        with replace_file(path) as file:
            picture.save(file, format="PNG")
    except OSError as error:  # which would not say where
        raise OSError(error.errno, error.strerror, str(path)) from error


def fetched(source: Source) -> Source:
    """Return a source; of what is at an address, its bytes."""
    if isinstance(source, str) and is_address(source):
        from digitstring.remote import fetch

        return fetch(source)
    return source
