"""Image files that are wrong in ten ways, to see what becomes of them among good ones."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

UNREADABLE = Path("/proc/sys/vm/compact_memory")
"""A file of Linux that is only for writing, even for root."""


def write_broken(folder: Path, kind: str, name: str, good: bytes) -> Path:
    """Write a file that is wrong in a way of `KINDS`, and return the one that a batch takes.

    Parameters
    ----------
    folder
        Where it goes.
    name
        What it is called, without the ending.
    good
        The bytes of a PNG.
    """
    return KINDS[kind](folder / name, good)


def _empty(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".png"), b"")


def _cut(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".png"), good[: len(good) // 2])


def _wrong_ending(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".jpg"), good)


def _text(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".png"), b"no image, but 12345\n")


def _folder(path: Path, good: bytes) -> Path:
    path.with_suffix(".png").mkdir()
    return _written(path.with_suffix(".png") / "inside.png", good)


def _forbidden(path: Path, good: bytes) -> Path:
    forbidden = path.with_suffix(".png")
    if UNREADABLE.exists():
        forbidden.symlink_to(UNREADABLE)
    else:
        _written(forbidden, good).chmod(0)
    return forbidden


def _bomb(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".png"), _png(200_000, 200_000, zlib.compress(bytes(9999))))


def _no_pixels(path: Path, good: bytes) -> Path:
    return _written(path.with_suffix(".png"), _png(0, 0, zlib.compress(b"")))


def _endless(path: Path, good: bytes) -> Path:
    """Write an animation that is shown for ever, and whose end is missing."""
    frames = [Image.new("L", (60, 40), shade) for shade in (0, 90, 180, 255)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], loop=0)
    return _written(path.with_suffix(".gif"), file.getvalue()[:-20])


def _deep(path: Path, good: bytes) -> Path:
    """Write a TIFF of 32 bits a pixel, in floating point, some of which are no numbers."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(good)) as picture:
        deep = picture.convert("F").point(lambda shade: shade * 1e30)
    deep.putpixel((0, 0), float("nan"))
    deep.save(file, "TIFF")
    return _written(path.with_suffix(".tif"), file.getvalue())


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _png(width: int, height: int, data: bytes) -> bytes:
    """Return a gray PNG that claims a size, whatever its data are."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


KINDS: dict[str, Callable[[Path, bytes], Path]] = {
    "empty": _empty,
    "cut": _cut,
    "wrong ending": _wrong_ending,
    "text": _text,
    "folder": _folder,
    "forbidden": _forbidden,
    "bomb": _bomb,
    "no pixels": _no_pixels,
    "endless": _endless,
    "deep": _deep,
}
"""The ways, each with what writes such a file."""
