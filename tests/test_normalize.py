"""`normalize`: pieces of ink to 28x28 crops, as MNIST was made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from digitstring import classify, load_mnist, normalize
from digitstring.segmenter.normalizer import stroke_width


def ring(side: int, pen: int) -> np.ndarray:
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).ellipse((2, 2, side - 3, side - 3), outline=255, width=pen)
    return np.asarray(picture, dtype=np.float32) / 255


def test_mnists_own_digits_come_back_where_they_are(real_data: Path) -> None:
    digits = load_mnist(real_data / "mnist", "test")
    crops = np.stack([normalize(crop) for crop in digits.crops])
    moved = np.abs(crops - np.where(digits.crops > 0.1, digits.crops, 0)).max(axis=(1, 2)) > 0.01
    assert moved.sum() < 50
    changed = classify(crops).argmax(axis=1) != classify(digits.crops).argmax(axis=1)
    assert changed.sum() < 10


@pytest.mark.parametrize("scale", [2, 3, 5])
def test_the_size_of_a_piece_does_not_matter(scale: int) -> None:
    small = np.hstack([ring(40, 5), ring(60, 8)[10:50, :20]])
    large = np.kron(small, np.ones((scale, scale), dtype=np.float32))
    assert np.abs(normalize(small) - normalize(large)).mean() < 0.01


def test_a_piece_keeps_its_aspect_and_gets_twenty_pixels_of_length() -> None:
    crop = normalize(np.ones((60, 15), dtype=np.float32))
    rows, columns = np.nonzero(crop)
    assert [int(np.ptp(places)) + 1 for places in (rows, columns)] == [20, 5]


def test_the_centre_of_mass_goes_to_the_middle() -> None:
    piece = np.zeros((40, 40), dtype=np.float32)
    piece[:, 5:9] = 1
    piece[30:, :25] = 1
    crop = normalize(piece)
    places = np.arange(28)
    centre = np.array([crop.sum(axis=1) @ places, crop.sum(axis=0) @ places]) / crop.sum()
    assert np.abs(centre - 14).max() <= 0.5


def test_where_the_piece_lies_in_its_paper_does_not_matter() -> None:
    piece = ring(30, 4)
    np.testing.assert_array_equal(normalize(np.pad(piece, ((3, 17), (40, 2)))), normalize(piece))


def test_the_line_of_a_thin_pen_stays_visible() -> None:
    assert normalize(ring(300, 1)).max() > 0.5


def test_paper_stays_paper() -> None:
    assert not normalize(np.zeros((30, 20), dtype=np.float32)).any()
    assert not normalize(np.full((30, 20), 0.09, dtype=np.float32)).any()


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 1000))
def test_a_crop_of_anything_lies_between_paper_and_ink(height: int, width: int, seed: int) -> None:
    piece = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    crop = normalize(piece)
    assert crop.shape == (28, 28)
    assert crop.dtype == np.float32
    assert crop.min() >= 0
    assert crop.max() <= 1


@pytest.mark.parametrize("shape", [(28,), (0, 4), (2, 3, 4)])
def test_what_is_no_piece_is_the_callers_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="got shape"):
        normalize(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("width", [1, 2, 5, 9])
def test_the_width_of_an_upright_stroke_is_measured(width: int) -> None:
    mask = np.zeros((200, 40), dtype=bool)
    mask[10:190, 12 : 12 + width] = True
    assert stroke_width(mask) == pytest.approx(width, rel=0.06)
