"""What holds an image and needs an extra to be opened: HEIC, as phones write it, and PDF.

The extras are imported when content of their kind comes, and not before.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NamedTuple, cast

from PIL import Image

from digitstring.extras import ExtraError, load_extra
from digitstring.items import NamedBytes
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import MAX_PIXELS, Bytes, Encoded, Source, name_of
from digitstring.sniffing import HEAD, is_heif, is_pdf

PDF_DPI = 200
PDF_LONGEST_PX = 5000
"""A page is drawn smaller where it would be longer than this at `PDF_DPI`."""
_PDFIUM = Lock()  # which is not safe between threads


class Page(NamedTuple):
    """One page to read; its number, from 1, where the file has several."""

    number: int | None
    source: Source


def openable(source: Source) -> Source:
    """Return what Pillow can open: the source as it is, or a PDF's first page, drawn.

    Raises
    ------
    ImageError
        If the page can't be drawn, or an extra is missing.
    """
    file = as_file(source)
    if file is None:
        return source
    head = head_of(file)
    if is_pdf(head):
        with closing(pdf_pages(file, only=1)) as pages:
            return next(pages).source
    if is_heif(head):
        _open_heif(file)
    return file


def allow_pixels(pixels: int) -> None:
    """Raise Pillow's own limit on an image's size in this process, where it would come first."""
    if pixels > MAX_PIXELS:
        Image.MAX_IMAGE_PIXELS = pixels


def as_file(source: Source) -> Encoded | None:
    """Return a source that holds a file; None for a picture or an array.

    What can be read once only, as a pipe, comes back as its bytes.
    """
    if isinstance(source, (str, os.PathLike, Bytes)):
        return source
    if isinstance(source, Image.Image) or not hasattr(source, "read"):
        return None
    file = cast(BinaryIO, source)
    try:
        file.seek(0)
    except (AttributeError, OSError):
        return NamedBytes(name_of(file), file.read())
    except ValueError:  # it is closed, which shows when it is read
        return None
    return file


def head_of(file: Encoded) -> bytes:
    """Return a file's first bytes, or none: whatever is wrong with it shows when it is read."""
    if isinstance(file, Bytes):
        return bytes(file[:HEAD])
    try:
        if isinstance(file, (str, os.PathLike)):
            with Path(file).open("rb") as opened:
                return opened.read(HEAD)
        head = file.read(HEAD)
        file.seek(0)
    except (OSError, ValueError):  # such as a NUL in a path
        return b""
    return head


def pdf_pages(file: Encoded, *, only: int | None = None) -> Generator[Page]:
    """Yield the pages of a PDF, drawn, with their number from 1 where it has several.

    With `only` there is that one alone, none where it has not as many.

    Raises
    ------
    ImageError
        If it can't be opened, or a page not drawn, or the extra is missing.
    """
    name = name_of(file)
    pdfium = _loaded("pypdfium2", "pdf", "a PDF", name)
    try:
        with _PDFIUM:
            document = pdfium.PdfDocument(bytes(file) if isinstance(file, Bytes) else file)
    except (pdfium.PdfiumError, OSError) as error:
        raise ImageError(f"{name}: is no PDF that opens ({error}); save it again") from error
    try:
        indices = range(len(document))
        if not indices:
            raise ImageError(f"{name}: has no pages; save it again")
        for index in indices if only is None else indices[only - 1 : only]:
            yield Page(index + 1 if len(indices) > 1 else None, _drawn(document, index, name))
    finally:
        with _PDFIUM:
            document.close()


def _drawn(document: Any, index: int, name: str) -> Image.Image:
    """Return a PDF's page as a picture of that file name."""
    try:
        with _PDFIUM, closing(document[index]) as page:
            longest_pt = max(*page.get_size(), 1)
            scale = min(PDF_DPI / 72, PDF_LONGEST_PX / longest_pt)
            picture = cast(Image.Image, page.render(scale=scale).to_pil())
    except Exception as error:  # of pdfium, or no memory
        raise ImageError(f"{name}: page {index + 1} can't be drawn ({error})") from error
    picture.filename = name  # type: ignore[attr-defined]  # as Pillow tells it of a file's picture
    return picture


def _open_heif(file: Encoded) -> None:
    """Teach Pillow to open HEIC and HEIF."""
    _loaded("pillow_heif", "heic", "a HEIC image", name_of(file)).register_heif_opener()


def _loaded(module: str, extra: str, purpose: str, name: str) -> Any:
    try:
        return load_extra(module, extra, purpose)
    except ExtraError as error:
        raise ImageError(f"{name}: {error}") from error
