"""A strip seen through a window that slides along it, without any cut.

After O. Matan et al., "Multi-digit recognition using a space displacement neural network" (1992):
a network that is shown every window of a line reads it without being told where digits begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from digitstring.segmenter.arrays import Ink
from digitstring.segmenter.strips import HEIGHT, Strip

SIDE = 32
"""Rows and columns of a window."""
DIGIT = 20
"""Rows of it that a usual digit fills, as in a crop; the others are above and below."""
STRIDE = 2
"""Columns from one window to the next: two narrow digits are never in the middle of one."""

_ZOOM = HEIGHT / DIGIT
"""Pixels of a strip for one of a window."""
_ABOVE = (SIDE - DIGIT) / 2 * _ZOOM


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a strip, from left to right.

    Attributes
    ----------
    band
        (SIDE, w) float32, the strip's ink as high as a window, with half a window of paper on
        either side.
    """

    band: Ink

    @property
    def pixels(self) -> Ink:
        """(n, SIDE * SIDE) float32, what each window shows."""
        shown = sliding_window_view(self.band, SIDE, axis=1)[:, ::STRIDE]
        return np.ascontiguousarray(shown.transpose(1, 0, 2)).reshape(-1, SIDE * SIDE)

    @property
    def middles(self) -> NDArray[np.float64]:
        """(n,) the column of the strip in the middle of each window."""
        return np.arange(0, self.band.shape[1] - SIDE + 1, STRIDE) * _ZOOM


def windows_of(strip: Strip) -> Windows:
    """Return what a window that slides along a strip shows."""
    height, width = strip.ink.shape
    top = strip.top - _ABOVE
    above = max(0, int(np.ceil(-top)))
    below = max(0, int(np.ceil(top + SIDE * _ZOOM - height)))
    columns = int(np.ceil(width / _ZOOM))
    beside = int(np.ceil(columns * _ZOOM)) - width
    padded = np.pad(strip.ink, ((above, below), (0, beside)))
    box = (0.0, top + above, columns * _ZOOM, top + above + SIDE * _ZOOM)
    seen = Image.fromarray(padded).resize((columns, SIDE), Image.Resampling.BOX, box=box)
    # half a window on either side, and one more so that the last window is whole
    return Windows(np.pad(np.asarray(seen), ((0, 0), (SIDE // 2, SIDE // 2))))
