"""The pages of a file: one for most, several for a TIFF of scans or a PDF."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NamedTuple, cast

from PIL import Image, TiffImagePlugin

from digitstring.extras import ExtraError, load_extra
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import Source
from digitstring.sniffing import HEAD, is_heif, is_pdf, is_tiff

MAX_PAGES = 10_000
"""A file with more is refused: a TIFF of a few bytes a page can claim millions."""
PDF_DPI = 200
PDF_LONGEST_PX = 5000
"""A page is drawn smaller where it would be longer than this at `PDF_DPI`."""
_PDFIUM = Lock()  # which is not safe between threads

File = str | os.PathLike[str] | BinaryIO


class Page(NamedTuple):
    """One page to read; its number, from 1, where the file has several."""

    number: int | None
    source: Source


def pages_of(source: Source, *, only: int | None = None) -> Iterator[Page]:
    """Yield the pages of what holds an image; each is to be read before the next is asked for.

    Animations, thumbnails and phones' double pictures are one page: their first picture. With
    `only`, a file of several pages gives that one alone, none where it has not as many.

    Raises
    ------
    ImageError
        If a page can't be reached, has too many after it, or needs an extra that is missing.
    """
    file = _as_file(source)
    head = b"" if file is None else _head(file)
    if file is not None and is_pdf(head):
        yield from _limited(_pdf_pages(file, only), source)
    elif file is not None and is_tiff(head) and _has_several(file):
        pages = _limited(_tiff_pages(file), source)
        yield from (page for page in pages if only in (None, page.number))
    else:
        if is_heif(head):
            _open_heif(source)
        yield Page(None, source)


def _as_file(source: Source) -> File | None:
    if isinstance(source, (str, os.PathLike)) or hasattr(source, "seek"):
        return None if isinstance(source, Image.Image) else cast(File, source)
    return None


def _head(file: File) -> bytes:
    """Return a file's first bytes, or none: whatever is wrong with it shows when it is read."""
    try:
        if isinstance(file, (str, os.PathLike)):
            with Path(file).open("rb") as opened:
                return opened.read(HEAD)
        head = file.read(HEAD)
        file.seek(-len(head), os.SEEK_CUR)
        return head
    except OSError:
        return b""


def _limited(pages: Iterator[Page], source: Source) -> Iterator[Page]:
    for page in pages:
        if page.number is not None and page.number > MAX_PAGES:
            raise ImageError(f"{_name(source)}: has more than {MAX_PAGES:,} pages; split it")
        yield page


def _has_several(file: File) -> bool:
    """Return whether a TIFF has a second page; a damaged one has not."""
    try:
        with _opened_tiff(file) as tiff:
            tiff.seek(1)
            return True
    except Exception:  # a damaged file makes Pillow raise nearly anything
        return False
    finally:
        _rewind(file)


def _tiff_pages(file: File) -> Iterator[Page]:
    number = 0
    with _opened_tiff(file) as tiff:
        while True:
            try:
                tiff.seek(number)
            except EOFError:
                return
            except Exception as error:
                raise ImageError(
                    f"{_name(file)}: page {number + 1} is damaged ({error}); save it again"
                ) from error
            number += 1
            yield Page(number, tiff)


def _opened_tiff(file: File) -> TiffImagePlugin.TiffImageFile:
    return cast(TiffImagePlugin.TiffImageFile, Image.open(file, formats=["TIFF"]))


def _rewind(file: File) -> None:
    if not isinstance(file, (str, os.PathLike)):
        file.seek(0)


def _pdf_pages(file: File, only: int | None) -> Iterator[Page]:
    try:
        pdfium = load_extra("pypdfium2", "pdf", "a PDF")
    except ExtraError as error:
        raise ImageError(f"{_name(file)}: {error}") from error
    try:
        with _PDFIUM:
            document = pdfium.PdfDocument(file)
    except (pdfium.PdfiumError, OSError) as error:
        raise ImageError(f"{_name(file)}: is no PDF that opens ({error}); save it again") from error
    with closing(document):
        several = len(document) > 1
        indices = range(len(document))
        for index in indices if only is None else indices[only - 1 : only]:
            yield Page(index + 1 if several else None, _drawn(document, index, _name(file)))


def _drawn(document: Any, index: int, name: str) -> Image.Image:
    """Return a PDF's page as a picture."""
    try:
        with _PDFIUM, closing(document[index]) as page:
            longest_pt = max(*page.get_size(), 1)
            scale = min(PDF_DPI / 72, PDF_LONGEST_PX / longest_pt)
            return cast(Image.Image, page.render(scale=scale).to_pil())
    except Exception as error:  # of pdfium, or no memory
        raise ImageError(f"{name}: page {index + 1} can't be drawn ({error})") from error


def _open_heif(source: Source) -> None:
    """Teach Pillow to open HEIC and HEIF."""
    try:
        load_extra("pillow_heif", "heic", "a HEIC image").register_heif_opener()
    except ExtraError as error:
        raise ImageError(f"{_name(source)}: {error}") from error


def _name(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return str(getattr(source, "name", "the open file"))
