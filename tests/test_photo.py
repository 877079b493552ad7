"""`load_photo`: whatever holds an image, to its upright 8-bit pixels."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitstring import Box, ImageError, load_photo
from digitstring.segmenter.photo import RegionError

GRAY = np.tile(np.linspace(40, 250, 12).astype(np.uint8), (8, 1))
GRAY[:3, :4] = 0
NOISE = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def level(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 2 else pixels.mean(axis=2)


def test_a_path_bytes_an_open_file_and_a_picture_give_the_same_pixels(tmp_path: Path) -> None:
    picture = Image.fromarray(GRAY)
    path = tmp_path / "a.png"
    path.write_bytes(encoded(picture))
    with path.open("rb") as file:
        sources: list[Any] = [path, str(path), path.read_bytes(), file, picture]
        for source in sources:
            np.testing.assert_array_equal(load_photo(source).pixels, GRAY)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "P", "I", "F"])
def test_every_mode_of_pillow_shows_the_same_page(mode: str) -> None:
    pixels = load_photo(Image.fromarray(GRAY).convert(mode)).pixels
    assert pixels.dtype == np.uint8
    assert np.abs(level(pixels) * (250 / level(pixels).max()) - GRAY).max() < 8


def test_black_and_white_pictures_are_read() -> None:
    picture = Image.fromarray(GRAY > 100)
    np.testing.assert_array_equal(load_photo(picture).pixels, 255 * (GRAY > 100))


def test_sixteen_bits_keep_their_shades() -> None:
    deep = (GRAY.astype(np.uint16) * 200) + 7
    pixels = load_photo(encoded(Image.fromarray(deep))).pixels
    assert np.corrcoef(pixels.ravel(), GRAY.ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    "array",
    [
        GRAY,
        np.stack([GRAY] * 3, axis=2),
        np.dstack([GRAY, GRAY, GRAY, np.full_like(GRAY, 255)]),
        GRAY.astype(np.uint16) * 257,
        (GRAY / 255).astype(np.float32),
        GRAY / 255,
        GRAY[..., None],
    ],
    ids=["gray", "RGB", "RGBA", "uint16", "float32", "float64", "one channel"],
)
def test_arrays_of_every_kind_show_the_same_page(array: np.ndarray) -> None:
    assert np.abs(level(load_photo(array).pixels).astype(int) - GRAY).max() <= 1


def test_a_boolean_array_is_white_where_it_is_true() -> None:
    np.testing.assert_array_equal(load_photo(GRAY > 100).pixels, 255 * (GRAY > 100))


def test_transparent_pixels_are_white_paper() -> None:
    rgba = np.zeros((4, 6, 4), dtype=np.uint8)
    rgba[1:3, 2:4, 3] = 255
    pixels = load_photo(rgba).pixels
    assert (pixels[1:3, 2:4] == 0).all()
    assert (pixels[0] == 255).all()


def test_a_transparent_palette_is_laid_on_white() -> None:
    picture = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
    picture.putpalette([0, 0, 0, 10, 20, 30])
    pixels = load_photo(encoded(picture, transparency=0)).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 1].tolist() == [10, 20, 30]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_upright_by_its_exif(orientation: int, kind: str) -> None:
    upright = np.full((60, 90), 255, dtype=np.uint8)
    upright[5:25, 10:20] = 0
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](upright)))
    photo = load_photo(encoded(stored.convert("RGB"), kind, exif=exif))
    assert photo.window == Box(0, 0, 60, 90)
    assert np.abs(level(photo.pixels) - upright).mean() < 12


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0"))


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "convert"),
        (b"12345\n", "convert"),
        (encoded(Image.fromarray(np.tile(GRAY, (9, 9))), "JPEG")[:400], "send it again"),
        (encoded(Image.fromarray(NOISE))[:500], "send it again"),
        (png_claiming(12_000, 14_900), "max_pixels"),
        (png_claiming(100_000, 100_000), "MAX_IMAGE_PIXELS"),
    ],
    ids=["empty", "text", "cut JPEG", "cut PNG", "large", "bomb"],
)
def test_a_file_that_cannot_be_read_is_named_with_a_remedy(
    content: bytes, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(content)
    limit = 170_000_000 if remedy == "max_pixels" else 178_956_970
    with pytest.raises(ImageError, match=remedy) as caught:
        load_photo(path, max_pixels=limit)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.png: there is no such file"):
        load_photo(tmp_path / "nowhere.png")
    with pytest.raises(ImageError, match="is a folder"):
        load_photo(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file: run as another user")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.fromarray(GRAY)))
    path.chmod(0)
    with pytest.raises(ImageError, match="permissions"):
        load_photo(path)


def test_an_image_above_the_limit_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ImageError, match="raise max_pixels"):
        load_photo(encoded(Image.fromarray(GRAY)), max_pixels=95)


def test_an_array_without_pixels_is_refused() -> None:
    with pytest.raises(ImageError, match="no pixels"):
        load_photo(np.zeros((0, 5), np.uint8))


@pytest.mark.parametrize(
    "array",
    [
        np.full((4, 4), 1.5),
        np.full((4, 4), -0.1),
        np.full((4, 4), np.nan),
        np.zeros((4, 4), np.int32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(16, np.uint8),
    ],
    ids=["above 1", "below 0", "not a number", "int32", "two channels", "one axis"],
)
def test_an_array_that_is_no_image_is_the_callers_error(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"image|got"):
        load_photo(array)


def test_a_region_is_read_in_pixels_or_in_fractions() -> None:
    page = np.arange(96, dtype=np.uint8).reshape(8, 12)
    by_pixels = load_photo(page, region=(3, 2, 9, 6))
    by_fractions = load_photo(page, region=(0.25, 0.25, 0.75, 0.75))
    np.testing.assert_array_equal(by_pixels.pixels, page[2:6, 3:9])
    np.testing.assert_array_equal(by_fractions.pixels, page[2:6, 3:9])
    assert by_pixels.to_original(Box(1, 2, 3, 4)) == Box(3, 5, 5, 7)


def test_a_region_is_clipped_at_the_images_edge() -> None:
    assert load_photo(GRAY, region=(6, 4, 900, 900)).pixels.shape == (4, 6)


@pytest.mark.parametrize("region", [(5, 5, 5, 9), (20, 0, 30, 8), (0.5, 0.5, 0.5, 1.0)])
def test_a_region_without_a_pixel_is_the_callers_error(region: tuple[float, ...]) -> None:
    with pytest.raises(RegionError, match="holds no pixel of the 12 x 8 image"):
        load_photo(GRAY, region=region)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_image_is_reduced_and_its_boxes_are_those_of_the_file(kind: str) -> None:
    page = np.full((2500, 4000), 255, dtype=np.uint8)
    page[800:1600, 2000:2400] = 0
    photo = load_photo(encoded(Image.fromarray(page), kind))
    assert photo.pixels.shape == (1250, 2000)
    rows, columns = np.nonzero(photo.pixels < 128)
    box = photo.to_original(Box(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1))
    assert np.abs(np.array(box) - (800, 2000, 1600, 2400)).max() <= 2


def test_a_small_region_of_a_large_image_is_not_reduced() -> None:
    page = Image.new("L", (4000, 2500), 255)
    assert load_photo(encoded(page, "JPEG"), region=(100, 100, 700, 400)).pixels.shape == (300, 600)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_an_array_of_any_depth_looks_like_the_picture_of_it(bits: int) -> None:
    deep = (GRAY.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    pixels = load_photo(deep).pixels
    np.testing.assert_array_equal(pixels, load_photo(Image.fromarray(deep)).pixels)
    assert np.abs(pixels.astype(int) - GRAY).max() <= 1


@pytest.mark.parametrize("shape", [(152, 12_800), (8000, 487)])
def test_a_long_strip_is_not_reduced_below_its_line(shape: tuple[int, int]) -> None:
    assert load_photo(Image.new("L", shape[::-1], 255)).pixels.shape == shape


def test_what_is_no_image_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="an image is a path"):
        load_photo(5)  # type: ignore[arg-type]


def test_a_bytearray_is_read_like_bytes() -> None:
    content = bytearray(encoded(Image.fromarray(GRAY)))
    np.testing.assert_array_equal(load_photo(content).pixels, GRAY)


def test_a_path_through_a_file_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(GRAY)))
    with pytest.raises(ImageError, match=r"can't be read \(Not a directory\)"):
        load_photo(tmp_path / "x.png" / "y.png")
