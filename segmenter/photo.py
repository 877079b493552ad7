"""From whatever holds an image to its upright 8-bit pixels."""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from digitstring.segmenter.arrays import Box, Pixels
from digitstring.segmenter.depths import in_eight_bits, picture_of
from digitstring.segmenter.errors import ImageError

Bytes = bytes | bytearray | memoryview
Encoded = str | os.PathLike[str] | Bytes | BinaryIO
Source = Encoded | Image.Image | NDArray[np.generic]
Region = tuple[float, float, float, float]

MAX_PIXELS = 178_956_970
"""Default limit on an image's size, where Pillow too sees a decompression bomb."""
WORKING_SIDE = 1600
"""An image is reduced by 2, 4 or 8 while its longer side stays at least this many pixels."""
FIRST_SIDE = 800
"""The same for a first look, which is enough where digits are large."""
WORKING_SHORTER_SIDE = 300
"""And its shorter side: a long strip may hold one line of digits."""
DRAFTED = ("JPEG", "MPO")
"""Formats that decode to a reduced size; the others are loaded first, as a TIFF turns itself."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns an image of this EXIF orientation upright."""


@dataclass(frozen=True, eq=False)
class Photo:
    """The part of an image that is read: decoded, upright, and not larger than needed.

    Attributes
    ----------
    pixels
        (h, w, 3) or (h, w) uint8.
    window
        The part of the upright image that `pixels` show, in the file's own pixels.
    """

    pixels: Pixels
    window: Box

    @property
    def scale(self) -> tuple[float, float]:
        """The file's own pixels for one of `pixels`: down and across."""
        h, w = self.pixels.shape[:2]
        return self.window.height / h, self.window.width / w

    def halved(self) -> Photo:
        """Return the photo at half the scale."""
        return Photo(np.asarray(Image.fromarray(self.pixels).reduce(2)), self.window)

    def to_original(self, box: Box) -> Box:
        """Return the box, given in `pixels`, in the file's own pixels."""
        (top, left, bottom, right), (down, across) = box, self.scale
        return Box(
            self.window.top + int(top * down),
            self.window.left + int(left * across),
            min(self.window.bottom, self.window.top + math.ceil(bottom * down)),
            min(self.window.right, self.window.left + math.ceil(right * across)),
        )

    def from_original(self, box: Box) -> Box:
        """Return the box, given in the file's own pixels, in `pixels`, cut off at their edges."""
        corners = np.array(box, dtype=np.float64).reshape(2, 2)
        nearest = np.rint((corners - self.window[:2]) / self.scale)
        return Box(*nearest.clip(0, self.pixels.shape[:2]).astype(int).ravel().tolist())


def load_photo(
    image: Source, *, region: Region | None = None, max_pixels: int = MAX_PIXELS
) -> Photo:
    """Decode an image, turn it upright by its EXIF orientation and lay it on white.

    Parameters
    ----------
    image
        A path, the bytes of a file, an open binary file, a Pillow image, or an array: gray
        (h, w), RGB or RGBA (h, w, 3 or 4); uint8, uint16, bool, or float in [0, 1].
    region
        (left, top, right, bottom) of the part to read, in pixels of the upright image; or, where
        one is a float and all lie in [0, 1], in fractions of its width and height.
    max_pixels
        A larger image is refused before it is decoded. Above 178,956,970 pixels Pillow's own
        limit, `PIL.Image.MAX_IMAGE_PIXELS`, has to be raised as well.

    Raises
    ------
    ImageError
        If the image can't be read, is empty or is larger than `max_pixels`.
    TypeError
        If the image is none of those.
    ValueError
        If an array has another shape, type or range, or the region holds no pixel.
    """
    source = picture_of(image) if isinstance(image, np.ndarray) else image
    with _decoding(image, source, max_pixels) as picture:
        if not _is_drafted(picture, source):
            picture.load()
        return _from_picture(picture, region, WORKING_SIDE)


def looks(
    image: Source, *, region: Region | None = None, max_pixels: int = MAX_PIXELS
) -> Generator[Photo, None, None]:
    """Yield an image reduced for a first look and, where it is large, as `load_photo` would.

    What can be decoded to a reduced size is decoded anew for the second look, and only then.
    Parameters and errors are those of `load_photo`.
    """
    source = picture_of(image) if isinstance(image, np.ndarray) else image
    with _decoding(image, source, max_pixels) as picture:
        drafted = _is_drafted(picture, source)
        if not drafted:
            picture.load()
        photo = _from_picture(picture, region, FIRST_SIDE)
        yield photo
        if _reduction(photo.window, FIRST_SIDE) == _reduction(photo.window, WORKING_SIDE):
            return
        if not drafted:
            yield _from_picture(picture, region, WORKING_SIDE)
            return
    yield load_photo(image, region=region, max_pixels=max_pixels)


def load_picture(image: Source, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode an image once and whole, so that `load_photo` can take several regions of it.

    Raises
    ------
    ImageError, TypeError, ValueError
        As `load_photo`.
    """
    source = picture_of(image) if isinstance(image, np.ndarray) else image
    with _decoding(image, source, max_pixels) as picture:
        picture.load()
        picture.getexif()  # which may have to look into the file
        return picture


@contextmanager
def _decoding(
    image: Source, source: Encoded | Image.Image, max_pixels: int
) -> Iterator[Image.Image]:
    """Open a picture for the time of a block; what is wrong with it is an `ImageError`."""
    name = name_of(image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes and of tags: what counts is checked here
            with _opened(source) as picture:
                _check_size(picture, name, max_pixels)
                yield picture
    except (ImageError, RegionError):
        raise
    except Exception as error:  # a damaged file makes Pillow's decoders raise nearly anything
        raise ImageError(f"{name}: {_cause(error)}") from error


def _is_drafted(picture: Image.Image, source: Encoded | Image.Image) -> bool:
    """Return whether a picture just opened can be decoded to a reduced size."""
    return picture is not source and picture.format in DRAFTED


class RegionError(ValueError):
    """A region that holds no pixel of the image."""


def _opened(source: Encoded | Image.Image) -> AbstractContextManager[Image.Image]:
    """Open a file's picture for the time of a block; a picture that is given stays open."""
    if isinstance(source, Image.Image):
        return nullcontext(source)
    return Image.open(io.BytesIO(source) if isinstance(source, Bytes) else source)


def name_of(image: Source) -> str:
    """Return what an image is called in messages; a TypeError if it is none."""
    if isinstance(image, np.ndarray):
        return "the array"
    if isinstance(image, Image.Image):
        return str(getattr(image, "filename", "")) or "the picture"
    if isinstance(image, Bytes):
        return "the bytes given"
    if isinstance(image, (str, os.PathLike)):
        return os.fspath(image)
    if not hasattr(image, "read"):
        raise TypeError(f"an image is a path, bytes, a file, a picture or an array, got {image!r}")
    return str(getattr(image, "name", "the open file"))


def _cause(error: Exception) -> str:
    """Return what went wrong and what to do, for an error of Image.open or a decoder."""
    match error:
        case FileNotFoundError():
            return "there is no such file; check the path"
        case IsADirectoryError():
            return "is a folder; name an image in it"
        case PermissionError():
            return "may not be read; check its permissions"
        case UnidentifiedImageError():
            return "is not an image that Pillow knows, or is empty; convert it to PNG or JPEG"
        case Image.DecompressionBombError():
            return "is too large for Pillow; reduce it, or raise PIL.Image.MAX_IMAGE_PIXELS"
        case MemoryError():
            return "is too large for this machine's memory; reduce it"
        case OSError(strerror=str() as reason):
            return f"can't be read ({reason}); check the path"
    return f"is damaged or cut short ({error}); save or send it again"


def _check_size(picture: Image.Image, name: str, max_pixels: int) -> None:
    width, height = picture.size
    if width * height == 0:
        raise ImageError(f"{name}: has no pixels; give an image of 1 x 1 or more")
    if width * height > max_pixels:
        raise ImageError(
            f"{name}: {width} x {height} pixels are more than the limit of {max_pixels:,}; "
            "reduce the image, or raise max_pixels if you trust its source"
        )


def _from_picture(picture: Image.Image, region: Region | None, side: int) -> Photo:
    """Return the region of a picture, its longer side at least `side` pixels if it ever was.

    The picture is loaded if its format can't be drafted.
    """
    width, height = picture.size
    turned = picture.format != "TIFF"  # which Pillow turns itself
    orientation = picture.getexif().get(ExifTags.Base.Orientation, 1) if turned else 1
    full = (width, height) if orientation in (5, 6, 7, 8) else (height, width)
    window = _window(region, full)
    factor = _reduction(window, side)
    picture.draft(None, (max(1, width // factor), max(1, height // factor)))
    upright = in_eight_bits(picture)
    if orientation in UPRIGHT:
        upright = upright.transpose(UPRIGHT[orientation])
    if window != Box(0, 0, *full):
        upright = upright.crop(_shrunk(window, upright.height / full[0], upright.width / full[1]))
    left = max(1, round(factor * max(upright.size) / max(window.height, window.width)))
    return Photo(np.asarray(upright.reduce(left) if left > 1 else upright), window)


def _shrunk(window: Box, down: float, across: float) -> tuple[int, int, int, int]:
    """Return a window (left, top, right, bottom) at a smaller scale, of a pixel or more."""
    left, top = round(window.left * across), round(window.top * down)
    right, bottom = round(window.right * across), round(window.bottom * down)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _window(region: Region | None, size: tuple[int, int]) -> Box:
    """Return the region's box within an image of this (height, width), or the whole image's."""
    height, width = size
    if region is None:
        return Box(0, 0, height, width)
    if len(region) == 4 and all(math.isfinite(edge) for edge in region):
        left, top, right, bottom = region
        in_fractions = any(isinstance(edge, (float, np.floating)) for edge in region)
        if in_fractions and all(0 <= edge <= 1 for edge in region):
            left, top, right, bottom = left * width, top * height, right * width, bottom * height
        first = max(0, round(top)), max(0, round(left))
        last = min(height, round(bottom)), min(width, round(right))
        box = Box(*first, *last)
        if box.height >= 1 and box.width >= 1:
            return box
    raise RegionError(
        f"region {region} holds no pixel of the {width} x {height} image: give "
        "(left, top, right, bottom) within it"
    )


def _reduction(window: Box, side: int) -> int:
    """Return the power of 2, at most 8, that leaves both sides as long as they have to be."""
    longer, shorter = max(window.height, window.width), min(window.height, window.width)
    factor = min(longer // side, shorter // WORKING_SHORTER_SIDE)
    return min(8, 1 << max(0, factor.bit_length() - 1))
