"""Pictures of every mode and arrays of every depth, as 8 bits of gray or RGB."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitstring.segmenter.arrays import Pixels
from digitstring.segmenter.errors import ImageError


def in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return the picture as L or RGB, with alpha laid on white."""
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled(np.asarray(picture, dtype=np.float32)))
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.new("RGBA", rgba.size, "white")
        picture.alpha_composite(rgba)
    mode = "L" if picture.mode in ("1", "L") else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _scaled(deep: NDArray[np.float32]) -> Pixels:
    """Return values of any depth as 8 bits: white is 1, or what as many bits as needed can hold."""
    deep = deep - min(0.0, float(deep.min()))
    highest = float(deep.max())
    if not math.isfinite(highest):
        raise ValueError("its values are no finite numbers")
    white = 1 if highest <= 1 else 2 ** max(8, math.ceil(math.log2(highest + 1))) - 1
    return np.round(deep * (255 / white)).astype(np.uint8)


def picture_of(array: NDArray[Any]) -> Image.Image:
    """Return an array as a Pillow picture."""
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise ValueError(f"an image array is (h, w), (h, w, 3) or (h, w, 4), got {array.shape}")
    if array.size == 0:
        raise ImageError(f"the array: has no pixels, its shape is {array.shape}; check its source")
    if array.dtype == np.uint16:
        array = _scaled(array.astype(np.float32))
    elif array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        if not (array.min() >= 0 and array.max() <= 1):
            raise ValueError(
                f"a float image lies in [0, 1], got {array.min():.3g} to {array.max():.3g}"
            )
        array = np.round(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise ValueError(f"an image is uint8, uint16, bool or float in [0, 1], got {array.dtype}")
    return Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array)
