"""A strip seen through a window that slides along it, without any cut.

After O. Matan et al., "Multi-digit recognition using a space displacement neural network" (1992):
a network that is shown every window of a line reads it without being told where digits begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from digitstring.segmenter.arrays import Ink
from digitstring.segmenter.strips import HEIGHT, Strip

Pixel = TypeVar("Pixel", np.uint8, np.float32)

ROWS = 32
"""Of a window, whatever its width."""
DIGIT = 20
"""Rows of it that a usual digit fills, as in a crop; the others are above and below."""
STRIDE = 2
"""Columns from one window to the next: two narrow digits are never in the middle of one."""
MARGIN = 16
"""Columns of paper before and behind a line: half of the widest window."""

_ZOOM = HEIGHT / DIGIT
"""Pixels of a strip for one of a window."""
_ABOVE = (ROWS - DIGIT) / 2 * _ZOOM


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a strip, from left to right.

    Attributes
    ----------
    band
        (ROWS, w) float32, the strip's ink as high as a window, with `MARGIN` columns of paper on
        either side.
    """

    band: Ink

    def pixels(self, columns: int) -> Ink:
        """Return what each window of so many columns shows, (n, ROWS * columns) float32."""
        shown: Ink = windows_in(self.band[None], columns)[0]
        return shown

    @property
    def middles(self) -> NDArray[np.float64]:
        """(n,) the column of the strip in the middle of each window."""
        return middles_in(self.band.shape[1]) * _ZOOM


def middles_in(width: int) -> NDArray[np.float64]:
    """Return how far behind the margin the middles of a band's windows are, (n,) columns."""
    return np.arange(0.0, width - 2 * MARGIN + 1, STRIDE)


def windows_in(bands: NDArray[Pixel], columns: int) -> NDArray[Pixel]:
    """Return what windows along bands ``(m, ROWS, w)`` of one width show, (m, n, ROWS * columns).

    The first and the last have their middles where the margins end.
    """
    m, _, width = bands.shape
    reach = MARGIN - columns // 2
    inner = bands[:, :, reach : width - reach]
    shown = sliding_window_view(inner, columns, axis=2)[:, :, ::STRIDE]  # (m, ROWS, n, columns)
    return np.ascontiguousarray(shown.transpose(0, 2, 1, 3)).reshape(m, -1, ROWS * columns)


def windows_of(strip: Strip) -> Windows:
    """Return what a window that slides along a strip shows."""
    height, width = strip.ink.shape
    top = strip.top - _ABOVE
    above = max(0, int(np.ceil(-top)))
    below = max(0, int(np.ceil(top + ROWS * _ZOOM - height)))
    columns = int(np.ceil(width / _ZOOM))
    beside = int(np.ceil(columns * _ZOOM)) - width
    padded = np.pad(strip.ink, ((above, below), (0, beside)))
    box = (0.0, top + above, columns * _ZOOM, top + above + ROWS * _ZOOM)
    seen = Image.fromarray(padded).resize((columns, ROWS), Image.Resampling.BOX, box=box)
    return Windows(np.pad(np.asarray(seen), ((0, 0), (MARGIN, MARGIN))))
