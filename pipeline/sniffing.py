"""Whether a file is an image, by its ending or by its first bytes."""

from __future__ import annotations

import io
from functools import cache
from pathlib import PurePosixPath

from PIL import Image

HEAD = 64
"""First bytes of a file that are looked at."""
HEIF_ENDINGS = frozenset({".heic", ".heif", ".hif"})
PDF_ENDINGS = frozenset({".pdf"})
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
NO_PICTURES = frozenset({"BUFR", "GRIB", "HDF5", "MPEG"})
"""Formats that Pillow names but can't decode."""
SIGNATURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"8BPS",
    b"%PDF-",
    b"qoif",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
)
"""First bytes that nothing but an image of that format has."""


def has_image_ending(name: str) -> bool:
    """Return whether a name ends as an image's does, in large or small letters.

    >>> has_image_ending("scans/IMG_1.JPG"), has_image_ending("notes.txt")
    (True, False)
    """
    return PurePosixPath(name).suffix.lower() in image_endings()


def has_image_head(head: bytes) -> bool:
    r"""Return whether the first `HEAD` bytes of a file are an image's.

    Where a format's signature is too short to tell, as the two letters of BMP are, what follows
    has to make sense too.

    >>> has_image_head(b"\x89PNG\r\n\x1a\n"), has_image_head(b"BMW are cars")
    (True, False)
    """
    if head.startswith(SIGNATURES) or is_heif(head) or is_webp(head):
        return True
    try:
        with Image.open(io.BytesIO(head), formats=_weakly_signed()):
            return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # Pillow's plugins raise nearly anything for what is not theirs
        return False


def is_pdf(head: bytes) -> bool:
    """Return whether a file with these first bytes is a PDF."""
    return head.startswith(b"%PDF-")


def is_heif(head: bytes) -> bool:
    """Return whether a file with these first bytes is HEIC or HEIF, as phones write it."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def is_tiff(head: bytes) -> bool:
    """Return whether a file with these first bytes is a TIFF, which may have several pages."""
    return head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"))


def is_webp(head: bytes) -> bool:
    """Return whether a file with these first bytes is a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


@cache
def image_endings() -> frozenset[str]:
    """Return the endings of what can be read, with those that need an extra."""
    endings = Image.registered_extensions()
    readable = Image.OPEN.keys() - NO_PICTURES
    known = {ending for ending, format_ in endings.items() if format_ in readable}
    return HEIF_ENDINGS | PDF_ENDINGS | known


@cache
def _weakly_signed() -> tuple[str, ...]:
    """Return Pillow's formats that look at the first bytes before they try to open a file."""
    Image.init()
    told = (format_ for format_, (_, accept) in Image.OPEN.items() if accept is not None)
    return tuple(sorted(set(told) - NO_PICTURES))
