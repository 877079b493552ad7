"""`load_photo` where files, pictures and regions are unusual or broken."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image

from digitstring.segmenter import Box, ImageError, Photo, load_photo
from digitstring.segmenter.photo import WORKING_SIDE, RegionError

Pixels = NDArray[np.uint8]

STORED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda upright: upright,
    3: lambda upright: upright[::-1, ::-1],
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].T,
}
"""How a camera that notes this EXIF orientation stores an upright gray image."""

SPOT = Box(80, 2000, 144, 2100)
LARGE = (620, 2 * WORKING_SIDE + 3)


def scene() -> Pixels:
    """Return a white page, 32 by 48, that looks different from each of its eight sides."""
    page = np.full((32, 48), 255, np.uint8)
    page[0:8, 0:24] = 0
    page[8:24, 0:8] = 0
    return page


def gray(photo: Photo) -> Pixels:
    pixels = photo.pixels
    return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))


def encoded(picture: Image.Image, kind: str, orientation: int = 1, **more: Any) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    picture.save(file, kind, exif=exif, **more)
    return file.getvalue()


def stored(upright: Pixels, kind: str, orientation: int) -> bytes:
    picture = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    return encoded(picture, kind, orientation)


def large(kind: str, orientation: int = 1) -> bytes:
    """Return a file of a large page with a black spot; upright it is LARGE."""
    page = np.full(LARGE, 255, np.uint8)
    page[SPOT.top : SPOT.bottom, SPOT.left : SPOT.right] = 0
    return stored(page, kind, orientation)


def spot_in(photo: Photo) -> Box:
    """Return the black spot's box in the original image's pixels."""
    rows, columns = np.nonzero(gray(photo) < 128)
    found = Box(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
    return photo.to_original(found)


# What is given stays as it was


def test_an_open_file_stays_open_and_is_read_from_its_start() -> None:
    file = io.BytesIO(encoded(Image.fromarray(scene()), "PNG"))
    for _ in range(2):
        assert np.array_equal(load_photo(file).pixels, scene())
    assert not file.closed


def test_an_opened_picture_keeps_its_size() -> None:
    wide = Image.new("L", (2 * WORKING_SIDE, 40), 255)
    opened = Image.open(io.BytesIO(encoded(wide, "JPEG", 6)))
    load_photo(opened)
    assert np.asarray(opened).shape == (40, 2 * WORKING_SIDE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("loaded_before", [False, True])
def test_an_opened_picture_is_turned_upright_once(kind: str, loaded_before: bool) -> None:
    with Image.open(io.BytesIO(stored(scene(), kind, 6))) as opened:
        if loaded_before:
            opened.load()
        for _ in range(2):
            assert np.abs(gray(load_photo(opened)).astype(int) - scene()).mean() < 4


# Unusual, but right


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 16_000)])
def test_a_long_thin_image_is_read_as_it_is(kind: str, shape: tuple[int, int]) -> None:
    photo = load_photo(encoded(Image.fromarray(np.zeros(shape, np.uint8)), kind))
    assert photo.window == Box(0, 0, *shape)
    assert photo.pixels.shape == shape


def test_a_cmyk_jpeg_is_not_read_as_its_negative() -> None:
    file = encoded(Image.fromarray(scene()).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(gray(load_photo(file)).astype(int) - scene()).mean() < 4


def test_256_levels_of_gray_in_16_bits_are_kept() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    deep = Image.fromarray(levels.astype(np.uint16) * 257)
    for source in (deep, encoded(deep, "PNG"), encoded(deep, "TIFF")):
        assert np.array_equal(load_photo(source).pixels, levels)


@pytest.mark.parametrize("orientation", [0, 9, 4711])
def test_an_orientation_that_exif_does_not_know_turns_nothing(orientation: int) -> None:
    file = encoded(Image.fromarray(scene()), "PNG", orientation)
    assert np.array_equal(load_photo(file).pixels, scene())


def test_damaged_exif_turns_nothing() -> None:
    file = io.BytesIO()
    Image.fromarray(scene()).save(file, "PNG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert np.array_equal(load_photo(file.getvalue()).pixels, scene())


# Broken


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP"])
def test_an_image_cut_short_is_an_image_error(kind: str, tmp_path: Path) -> None:
    file = encoded(Image.effect_noise((200, 200), 60), kind)
    path = tmp_path / "photo.png"
    path.write_bytes(file[: len(file) // 2])
    with pytest.raises(ImageError, match=r"photo\.png: .*; "):
        load_photo(path)


def test_an_opened_picture_that_is_cut_short_is_an_image_error() -> None:
    file = encoded(Image.effect_noise((200, 200), 60), "JPEG")
    with (
        Image.open(io.BytesIO(file[: len(file) // 2])) as opened,
        pytest.raises(ImageError, match="the picture: is damaged or cut short"),
    ):
        load_photo(opened)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_picture_of_values_that_are_no_numbers_is_an_image_error(wrong: float) -> None:
    levels = np.ones((5, 5), np.float32)
    levels[2, 2] = wrong
    with pytest.raises(ImageError, match=r"no finite numbers.*; "):
        load_photo(Image.fromarray(levels))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["PNG", "TIFF", "JPEG", "WEBP"]),
    st.floats(0, 1),
    st.binary(min_size=1, max_size=6),
    st.booleans(),
)
def test_a_damaged_file_is_read_or_is_an_image_error(
    kind: str, place: float, damage: bytes, cut_there: bool
) -> None:
    file = bytearray(encoded(Image.fromarray(scene()), kind, 6))
    at = int(place * len(file))
    file[at : None if cut_there else at + len(damage)] = damage
    with contextlib.suppress(ImageError):
        assert load_photo(bytes(file)).pixels.size > 0


# A region, and large images


def test_a_region_in_numpys_floats_is_in_fractions() -> None:
    left, top, right, bottom = np.array([0.25, 0.5, 0.75, 1.0], np.float32)
    photo = load_photo(scene(), region=(left, top, right, bottom))
    assert photo.window == Box(16, 12, 32, 36)


@pytest.mark.parametrize(
    "region", [(0.0, 0.0, float("nan"), 1.0), (0.0, 0.0, float("inf"), 9.0), (1, 2, 3)]
)
def test_a_region_that_is_no_rectangle_is_the_callers_error_for_files_too(
    region: Any, tmp_path: Path
) -> None:
    path = tmp_path / "scene.png"
    Image.fromarray(scene()).save(path)
    for image in (scene(), path):
        with pytest.raises(RegionError, match=r"48 x 32 .*\(left, top, right, bottom\)"):
            load_photo(image, region=region)


@given(st.tuples(*[st.integers(-5, 60)] * 4))
def test_a_region_gives_the_pixels_that_slicing_gives(region: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = region
    expected = scene()[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    try:
        assert np.array_equal(load_photo(scene(), region=region).pixels, expected)
    except RegionError:
        assert expected.size == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_region_is_of_the_upright_image(kind: str, orientation: int) -> None:
    photo = load_photo(stored(scene(), kind, orientation), region=(4, 0, 28, 20))
    assert photo.window == Box(0, 4, 20, 28)
    assert np.abs(gray(photo).astype(int) - scene()[0:20, 4:28]).mean() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", STORED)
def test_boxes_in_a_reduced_image_are_those_of_the_upright_file(
    kind: str, orientation: int
) -> None:
    photo = load_photo(large(kind, orientation))
    assert photo.window == Box(0, 0, *LARGE)
    assert WORKING_SIDE <= max(photo.pixels.shape) < LARGE[1]
    assert np.abs(np.subtract(spot_in(photo), SPOT)).max() <= 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_boxes_in_a_small_region_of_a_large_image_are_exact(kind: str, orientation: int) -> None:
    photo = load_photo(large(kind, orientation), region=(1950, 50, 2150, 200))
    assert photo.pixels.shape[:2] == (150, 200)
    assert spot_in(photo) == SPOT
