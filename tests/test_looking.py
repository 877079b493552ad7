"""How closely an image is looked at."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import SegmenterOptions, load_photo, read
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter import looking, photo
from digitstring.segmenter.looking import Look, digit_height, look_at
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


def seen_scales(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list to which the scale of every look is added from now on."""
    seen = []
    plainly = Look.of

    def looked(taken: Photo, options: SegmenterOptions) -> Look:
        seen.append(taken.scale[0])
        return plainly(taken, options)

    monkeypatch.setattr(Look, "of", looked)
    return seen


@pytest.mark.parametrize(
    ("digit_px", "scales", "times"),
    [(300, [4.0], 1), (120, [4.0, 2.0], 1), (60, [4.0, 1.0], 2)],
)
def test_a_glance_tells_how_closely_to_look(
    digit_px: int, scales: list[float], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, opened = seen_scales(monkeypatch), opened_files(monkeypatch)
    look_at(encoded(page(digit_px), "JPEG"), OPTIONS)
    assert seen == scales
    assert len(opened) == times


def test_where_a_glance_shows_nothing_the_first_look_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = seen_scales(monkeypatch)
    look_at(Image.new("L", (2400, 1800), 230), OPTIONS)
    assert seen == [4.0, 2.0, 1.0]


def test_what_has_no_closer_look_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = Image.new("L", (2400, 1800), 230)
    first = next(looks(blank))
    monkeypatch.setattr(looking, "looks", lambda *_, **__: (each for each in [first]))
    seen = seen_scales(monkeypatch)
    look_at(blank, OPTIONS)
    assert seen == [4.0, 2.0]


def test_what_is_not_reduced_is_not_glanced_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = seen_scales(monkeypatch)
    look_at(page(300).resize((1200, 900)), OPTIONS)
    assert seen == [1.0]


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


def test_a_page_without_digits_has_none_of_any_height() -> None:
    blank = Photo(np.full((300, 400), 230, np.uint8), load_photo(page(60)).window)
    assert digit_height(Look.of(blank, OPTIONS).plain, OPTIONS) == 0
