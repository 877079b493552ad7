"""`normalize` for written digits, thin pens and unusual shapes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitstring.samples import draw_digit, random_hand
from digitstring.segmenter import normalize

Ink = NDArray[np.float32]


def bar(height: int, width: int) -> Ink:
    return np.ones((height, width), np.float32)


def written(value: str, height_px: float) -> Ink:
    """Return a digit by a hand of chance; the same one at any height."""
    rng = np.random.default_rng(0)
    return draw_digit(value, random_hand(rng), rng, height_px)


def thin_seven(width_px: int) -> Ink:
    """Return a 7 of 200 by 120 pixels drawn with a thin pen."""
    sheet = Image.new("L", (120, 200))
    ImageDraw.Draw(sheet).line([(0, 1), (118, 1), (30, 198)], fill=255, width=width_px)
    return np.asarray(sheet, np.float32) / np.float32(255)


def extent(crop: Ink) -> tuple[int, int]:
    """Return height and width of the crop's ink."""
    rows, columns = np.nonzero(crop)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def difference_in_shape(a: Ink, b: Ink) -> float:
    """Return the mean difference of two crops that may lie a pixel apart."""
    shifts = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return min(float(np.abs(np.roll(a, shift, (0, 1)) - b).mean()) for shift in shifts)


@pytest.mark.parametrize("value", "0123456789")
def test_a_digit_written_larger_gives_nearly_the_same_crop(value: str) -> None:
    first, *others = (normalize(written(value, height_px)) for height_px in (60, 120, 180))
    for other in others:
        assert difference_in_shape(other, first) < 0.05


@pytest.mark.parametrize("value", "0123456789")
def test_normalizing_a_crop_again_changes_little(value: str) -> None:
    crop = normalize(written(value, 60))
    assert difference_in_shape(normalize(crop), crop) < 0.02


@pytest.mark.parametrize(
    ("shape", "fitted"),
    [((40, 20), (20, 10)), ((30, 60), (10, 20)), ((50, 50), (20, 20)), ((1, 1), (20, 20))],
)
def test_the_longer_side_is_20_pixels_and_the_aspect_is_kept(
    shape: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert extent(normalize(bar(*shape))) == fitted


@pytest.mark.parametrize("width_px", [1, 2, 4])
def test_a_thin_pen_stays_visible_along_its_whole_line(width_px: int) -> None:
    crop = normalize(thin_seven(width_px))
    assert (crop.max(axis=1) > 0.5).sum() == extent(crop)[0] == 20


@pytest.mark.parametrize("shape", [(300, 1), (1, 300), (5000, 2), (2, 5000), (20, 1), (29, 1)])
def test_a_long_thin_stroke_keeps_its_length(shape: tuple[int, int]) -> None:
    crop = normalize(bar(*shape))
    assert max(extent(crop)) == 20
    assert crop.max() > 0.5


def test_the_ink_given_stays_as_it_was() -> None:
    ink = np.pad(thin_seven(2), 3)
    before = ink.copy()
    normalize(ink)
    assert np.array_equal(ink, before)
