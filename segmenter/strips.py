"""A line of ink taken out of the page: level, upright, and as high as every other line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter

from digitstring.segmenter.arrays import Box, Ink, inked_places, surrounding
from digitstring.segmenter.components import Blob, Components, usual
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.matrices import combined, resampled
from digitstring.segmenter.normalizer import FITTED, THIN_PX, stroke_width
from digitstring.segmenter.options import SegmenterOptions

HEIGHT = 32
"""Pixels of a usual digit's height in a strip: well above the 20 it is fitted into."""

_STEEPEST = 0.5
"""Rows a column by which a line climbs or falls at most; what is steeper is turned level first."""
_FULL = 0.7
"""Digits at least this high, in usual heights, tell where the line is."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A line of ink, its digits about `HEIGHT` pixels high.

    Attributes
    ----------
    ink
        (h, w) float32, 0 paper, 1 ink.
    top
        The row where usual digits begin; they end at ``top + HEIGHT``.
    matrix
        (2, 3): (row, column, 1) of the strip to (row, column) of the image the ink was found in.
    numbers
        Those of the components whose ink it is.
    rise
        (w,) int: of a curved line, the rows by which each column of the strip is moved down before
        the matrix takes it to the image.
    """

    ink: Ink
    top: float
    matrix: NDArray[np.float64]
    numbers: Sequence[int] = ()
    rise: NDArray[np.int64] | None = None

    @property
    def middle(self) -> NDArray[np.float64]:
        """(2,): the row and column of its middle in the image."""
        return self.places(*(np.array(side / 2) for side in self.ink.shape))

    @property
    def zoom(self) -> float:
        """Pixels of the image for one of the strip."""
        return float(np.hypot(*self.matrix[:, 0]))

    def places(
        self, rows: NDArray[np.floating], columns: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return the rows and columns of places of the strip in the image, (2, ...)."""
        if self.rise is not None:
            rows = rows + self.rise[np.clip(columns.astype(np.intp), 0, len(self.rise) - 1)]
        places: NDArray[np.float64] = np.tensordot(
            self.matrix, np.stack([rows, columns, np.ones_like(rows)]), axes=1
        )
        return places

    def to_image(self, box: tuple[float, float, float, float]) -> Box:
        """Return the box round a box (top, left, bottom, right) of the strip, in the image."""
        top, left, bottom, right = box
        return self._round(np.array([top, top, bottom, bottom]), np.array([left, right] * 2))

    def to_image_points(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Box:
        """Return the box round pixels of the strip, in the image."""
        return self._round(rows + 0.5, columns + 0.5)

    def _round(self, rows: NDArray[np.floating], columns: NDArray[np.floating]) -> Box:
        down, across = self.places(rows, columns)
        return Box(
            int(np.floor(down.min())),
            int(np.floor(across.min())),
            int(np.ceil(down.max())),
            int(np.ceil(across.max())),
        )


class _Outline:
    """Where the digits of a line stand: (n,) each, from left to right, in pixels of the image."""

    def __init__(self, line: Sequence[Blob], options: SegmenterOptions) -> None:
        boxes = np.array(sorted((blob.box for blob in line), key=lambda box: box.left + box.right))
        self.tops, self.lefts, self.bottoms, self.rights = boxes.T
        self.across = (self.lefts + self.rights) / 2
        self.down = (self.tops + self.bottoms) / 2
        self.height = usual(self.bottoms - self.tops)
        """The height that digits with half of all height do not reach."""
        self.full = self.bottoms - self.tops >= _FULL * self.height
        """Which digits are not small."""
        self.middle = float(self.across[self.full].mean())
        """The column where the line climbs or falls by its slope."""
        self.slope, self.bow = self._fall(options)
        """Rows by which the line falls in a column, at its middle if it is curved, and half of what
        that grows by from column to column, 0 where it is straight."""

    def _slope(self) -> float:
        """Return the median slope from digit to digit (P. Sen, 1968), 0 for fewer than three."""
        first, second = np.triu_indices(len(self.across), 1)
        apart = self.across[second] - self.across[first]
        far = apart > 0
        if len(self.across) < 3 or not far.any():
            return 0.0
        slopes = (self.down[second] - self.down[first])[far] / apart[far]
        return float(np.clip(np.median(slopes), -_STEEPEST, _STEEPEST))

    def _fall(self, options: SegmenterOptions) -> tuple[float, float]:
        """Return the slope and no bow; or those of a parabola that fits the digits much better."""
        usual_slope = self._slope()
        along, down = (self.across - self.middle)[self.full], self.down[self.full]
        if len(np.unique(along)) < options.least_bowed:
            return usual_slope, 0.0
        bow, slope, level = np.polyfit(along, down, 2)
        straight = down - usual_slope * along
        bowed = down - np.polyval((bow, slope, level), along)
        sagitta = abs(bow) * (np.ptp(along) / 2) ** 2
        is_curved = (
            sagitta >= options.least_bow * self.height
            and abs(slope) <= _STEEPEST
            and bowed.std() <= options.bowed_share * straight.std()
        )
        return (float(slope), float(bow)) if is_curved else (usual_slope, 0.0)

    def level_at(self, across: float) -> float:
        """Return the row of the straight line's middle in a column, by the digits not small."""
        straight = self.down - self.bow * (self.across - self.middle) ** 2
        return float(np.median((straight - self.slope * (self.across - across))[self.full]))


def strip_of(
    ink: InkMap, components: Components, line: Sequence[Blob], options: SegmenterOptions
) -> Strip:
    """Take a line out of the image's ink, with the small components that stand in its band."""
    outline = _Outline(line, options)
    chosen = _members(components, line, outline, options)
    own = (Box(*map(int, box)) for box in components.boxes[chosen])
    box = surrounding([*own, *(blob.box for blob in line)])
    numbers = components.numbers[chosen]
    cut = _cut_out(ink, components, numbers, box, options)
    strip = _straightened(cut, box, outline, _slant(cut, options))
    return replace(strip, numbers=numbers.tolist())


def _members(
    components: Components, line: Sequence[Blob], outline: _Outline, options: SegmenterOptions
) -> NDArray[np.bool_]:
    """Return which components are a line's own, or small and stand in its band, (n,)."""
    own: NDArray[np.bool_] = np.isin(
        components.numbers, [number for blob in line for number in blob.numbers]
    )
    top, left, bottom, right = components.boxes.T
    across, down = (left + right) / 2, (top + bottom) / 2
    heads = np.interp(across, outline.across, outline.tops)
    feet = np.interp(across, outline.across, outline.bottoms)
    reach = options.band_reach * outline.height
    within = (down >= heads - reach / 2) & (down <= feet + reach)
    within &= right >= outline.lefts.min() - outline.height
    within &= left <= outline.rights.max() + outline.height
    small: NDArray[np.bool_] = components.heights < options.least_height * outline.height
    chosen: NDArray[np.bool_] = own | (within & small)
    return chosen


def _cut_out(
    ink: InkMap,
    components: Components,
    numbers: NDArray[np.int64],
    box: Box,
    options: SegmenterOptions,
) -> Ink:
    """Return the soft ink of some components in a box; the rest is paper."""
    window = np.s_[box.top : box.bottom, box.left : box.right]
    labels = components.labels[window]
    chosen = np.zeros(1 + max(int(labels.max()), int(numbers.max())), dtype=bool)
    chosen[numbers] = True
    own = chosen[labels]
    contrast = ink.contrast[window]
    full = np.percentile(contrast[own], options.full_ink_percentile)
    return np.where(own, np.clip(contrast / full, 0, 1), 0).astype(np.float32)


def _slant(cut: Ink, options: SegmenterOptions) -> float:
    """Return the digits' common slant, columns a row: where upright strokes fill fewest columns.

    That is where the squares of the columns' ink add up to most.
    """
    rows, columns = inked_places(cut > 0)
    weights = cut[rows, columns]
    rows = rows - cut.shape[0] / 2
    slants = np.linspace(-options.most_slant, options.most_slant, options.slants)
    sharpness = []
    for slant in slants:
        places = columns - slant * rows
        filled = np.bincount((places - places.min()).astype(np.intp), weights=weights)
        sharpness.append(float((filled**2).sum()))
    return float(slants[int(np.argmax(sharpness))])


def _straightened(cut: Ink, box: Box, outline: _Outline, slant: float) -> Strip:
    """Return the ink level, upright and scaled to `HEIGHT`."""
    zoom, slope = outline.height / HEIGHT, outline.slope
    rise = abs(slope) * box.width / 2
    lean = abs(slant) * box.height / 2
    rows = max(1, math.ceil((box.height + 2 * rise) / zoom))
    columns = max(1, math.ceil((box.width + 2 * lean) / zoom))
    middle = box.width / 2 + lean  # of the strip's columns, in pixels of the image
    down = [zoom, slope * zoom, -rise - slope * middle]
    across = [slant * zoom, zoom, -lean - slant * (box.height / 2 + rise)]
    matrix = np.array([down, across])
    level = outline.level_at(box.left + box.width / 2) - box.top
    top = (level - outline.height / 2 + rise) / zoom
    bowed = None
    if outline.bow:
        aside = matrix[1] @ _row_of_places(top + HEIGHT / 2, columns) + box.left - outline.middle
        bowed = np.rint(outline.bow * aside**2 / zoom).astype(np.int64)
    step = max(1, int(zoom / 2))
    thick = Image.fromarray(_thickened(cut, zoom))
    seen = np.asarray(thick.reduce(step) if step > 1 else thick)
    ink = resampled(seen, matrix / step, (rows, columns), bowed)
    corner = [[0.0, 0.0, box.top], [0.0, 0.0, box.left]]
    strip = Strip(ink, top, matrix + corner, rise=bowed)
    return strip if bowed is None else _trimmed(strip)


def _row_of_places(row: float, columns: int) -> NDArray[np.float64]:
    """Return the places (3, columns) of a row, as a matrix takes them."""
    return np.stack([np.full(columns, row), np.arange(columns) + 0.5, np.ones(columns)])


def _trimmed(strip: Strip) -> Strip:
    """Return a strip without the rows above and below all ink."""
    inked = np.flatnonzero(strip.ink.any(axis=1))
    if not inked.size:
        return strip
    first, last = int(inked[0]), int(inked[-1])
    shift = np.array([[1.0, 0.0, first], [0.0, 1.0, 0.0]])
    return replace(
        strip,
        ink=strip.ink[first : last + 1],
        top=strip.top - first,
        matrix=combined(strip.matrix, shift),
    )


def _thickened(ink: Ink, zoom: float) -> Ink:
    """Return the ink with strokes brought to the least width that a crop shows."""
    missing = THIN_PX * HEIGHT / FITTED * zoom - stroke_width(ink > 0.5)
    return maximum_filter(ink, size=1 + round(missing)) if missing > 1 else ink
