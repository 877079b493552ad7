"""The pages of a file: one for most, several for a TIFF of scans or a PDF."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import cast

from PIL import Image, TiffImagePlugin

from digitstring.formats import Page, as_file, head_of, pdf_pages
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import Bytes, Encoded, Source, name_of
from digitstring.sniffing import is_pdf, is_tiff

MAX_PAGES = 10_000
"""A file with more is refused: a TIFF of a few bytes a page can claim millions."""


def pages_of(source: Source, *, only: int | None = None) -> Iterator[Page]:
    """Yield the pages of what holds an image; each is to be read before the next is asked for.

    Animations, thumbnails and phones' double pictures are one page: their first picture. With
    `only`, a file of several pages gives that one alone, none where it has not as many.

    Raises
    ------
    ImageError
        If a page can't be reached, has too many after it, or needs an extra that is missing.
    """
    file = as_file(source)
    head = b"" if file is None else head_of(file)
    if file is not None and is_pdf(head):
        yield from _limited(pdf_pages(file, only=only), file)
    elif file is not None and is_tiff(head) and _has_several(file):
        pages = _limited(_tiff_pages(file), file)
        yield from (page for page in pages if only in (None, page.number))
    else:
        yield Page(None, source if file is None else file)


def _limited(pages: Iterator[Page], file: Encoded) -> Iterator[Page]:
    for page in pages:
        if page.number is not None and page.number > MAX_PAGES:
            raise ImageError(f"{name_of(file)}: has more than {MAX_PAGES:,} pages; split it")
        yield page


def _has_several(file: Encoded) -> bool:
    """Return whether a TIFF has a second page; a damaged one has not."""
    try:
        with _opened_tiff(file) as tiff:
            tiff.seek(1)
            return True
    except Exception:  # a damaged file makes Pillow raise nearly anything
        return False
    finally:
        _rewind(file)


def _tiff_pages(file: Encoded) -> Iterator[Page]:
    number = 0
    with _opened_tiff(file) as tiff:
        while True:
            try:
                tiff.seek(number)
            except EOFError:
                return
            except Exception as error:
                raise ImageError(
                    f"{name_of(file)}: page {number + 1} is damaged ({error}); save it again"
                ) from error
            number += 1
            yield Page(number, tiff)


def _opened_tiff(file: Encoded) -> TiffImagePlugin.TiffImageFile:
    source = io.BytesIO(file) if isinstance(file, Bytes) else file
    return cast(TiffImagePlugin.TiffImageFile, Image.open(source, formats=["TIFF"]))


def _rewind(file: Encoded) -> None:
    if not isinstance(file, (str, os.PathLike, Bytes)):
        file.seek(0)
