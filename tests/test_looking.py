"""How closely an image is looked at."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import SegmenterOptions, load_photo, read
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter import photo
from digitstring.segmenter.looking import Look, has_large_digits, look_at
from digitstring.segmenter.photo import Photo, looks

OPTIONS = SegmenterOptions()


def page(digit_px: int) -> Image.Image:
    """Print 4207 on a page of 2400 x 1800 pixels."""
    sheet = np.zeros((1800, 2400), np.float32)
    ink = draw_glyph("4207", BUNDLED, digit_px)
    sheet[300 : 300 + ink.shape[0], 400 : 400 + ink.shape[1]] = ink
    return Image.fromarray((235 - 200 * sheet).astype(np.uint8))


def encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def opened_files(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list to which every file is added that is opened from now on."""
    opened: list[object] = []
    plainly = photo._opened

    def opening(source: photo.Encoded | Image.Image) -> object:
        opened.append(source)
        return plainly(source)

    monkeypatch.setattr(photo, "_opened", opening)
    return opened


@pytest.mark.parametrize(("digit_px", "scale"), [(300, 4.0), (120, 2.0), (60, 1.0)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_page_is_seen_as_closely_as_its_digits_need(
    digit_px: int, scale: float, kind: str
) -> None:
    file = encoded(page(digit_px), kind)
    assert look_at(file, OPTIONS).photo.scale == (scale, scale)
    assert read(file).text == "4207"


def test_the_closer_look_is_the_photo_as_it_is_loaded() -> None:
    file = encoded(page(60), "JPEG")
    *_, closest = looks(file)
    np.testing.assert_array_equal(closest.pixels, load_photo(file).pixels)


def test_a_glance_is_taken_at_what_is_decoded_already(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    plainly = Look.of

    def looking(taken: Photo, options: SegmenterOptions) -> Look:
        seen.append(taken.scale[0])
        return plainly(taken, options)

    monkeypatch.setattr(Look, "of", looking)
    opened = opened_files(monkeypatch)
    look_at(encoded(page(120), "JPEG"), OPTIONS)
    assert seen == [4.0, 2.0]
    assert len(opened) == 1


def test_a_narrow_strip_is_not_glanced_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Photo, "halved", None)
    assert read(page(300).crop((350, 250, 1400, 800))).text == "4207"


def test_a_small_image_is_looked_at_once() -> None:
    assert len(list(looks(page(60).resize((600, 450))))) == 1


@pytest.mark.parametrize(("kind", "times"), [("PNG", 1), ("JPEG", 2)])
def test_only_what_can_be_decoded_to_a_smaller_size_is_decoded_twice(
    kind: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = opened_files(monkeypatch)
    assert len(list(looks(encoded(page(60), kind)))) == 2
    assert len(opened) == times


def test_an_open_file_is_looked_at_twice(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_bytes(encoded(page(60), "JPEG"))
    with path.open("rb") as file:
        assert read(file).text == "4207"


def test_boxes_are_those_of_the_file_at_every_scale() -> None:
    for digit_px in (300, 120, 60):
        top, left, *_ = read(page(digit_px)).lines[0].box
        assert top == pytest.approx(300, abs=8)
        assert left == pytest.approx(400, abs=8)


def test_a_page_without_digits_has_no_large_ones() -> None:
    blank = Photo(np.full((300, 400), 230, np.uint8), load_photo(page(60)).window)
    assert not has_large_digits(Look.of(blank, OPTIONS).plain, OPTIONS.large_px, OPTIONS)
