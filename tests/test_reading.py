"""What a reading is: text, JSON, and the photo with its digits drawn on it."""

from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image

from digitstring import Box, DigitReading, LineReading, Photo, Reading
from digitstring.annotation import DEFAULTS, doubt_colour
from digitstring.separators import Separator

BLUE, VERMILION = DEFAULTS.sure, DEFAULTS.doubtful


def digit(value: str, box: Box, confidence: float = 0.9) -> DigitReading:
    probs = tuple(0.91 if str(k) == value else 0.01 for k in range(10))
    return DigitReading(value, confidence, box, probs)


def reading(
    size: tuple[int, int] = (100, 200), *, confidence: float = 0.9, reduced: int = 1
) -> Reading:
    digits = (
        digit("4", Box(40, 20, 80, 50), confidence),
        digit("2", Box(40, 70, 80, 95), confidence),
    )
    line = LineReading("42", confidence**2, Box(40, 20, 80, 95), digits)
    pixels = np.full((size[0] // reduced, size[1] // reduced), 255, np.uint8)
    return Reading("42", confidence**2, (line,), Photo(pixels, Box(0, 0, *size)))


def test_a_reading_is_its_text_as_a_string() -> None:
    assert str(reading()) == "42"


def test_a_reading_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        reading().text = "43"  # type: ignore[misc]


def test_readings_of_the_same_digits_are_equal_whatever_the_photo() -> None:
    assert reading((100, 200)) == reading((300, 200))
    assert "photo" not in repr(reading())


def test_to_dict_has_the_documented_form() -> None:
    told = reading(confidence=0.5).to_dict()
    assert list(told) == [
        *("text", "confidence", "accepted", "alternatives", "held", "reason", "lines"),
    ]
    assert (told["text"], told["confidence"]) == ("42", 0.25)
    (line,) = told["lines"]
    assert list(line) == [
        *("text", "confidence", "box", "digits"),
        *("formatted", "separators", "value", "alternatives"),
    ]
    assert line["box"] == [40, 20, 80, 95]
    assert (line["formatted"], line["separators"], line["value"]) == ("42", [], "42")
    first = line["digits"][0]
    assert list(first) == ["value", "confidence", "box", "probs", "alternatives"]
    assert (first["value"], first["box"], len(first["probs"])) == ("4", [40, 20, 80, 50], 10)


def test_a_line_shows_its_separators_and_its_value_beside_its_digits() -> None:
    comma = Separator(",", Box(70, 55, 90, 65), 1)
    line = replace(reading().lines[0], separators=(comma,))
    assert (line.text, line.formatted, line.value) == ("42", "4,2", Decimal("4.2"))
    told = line.to_dict()
    assert told["separators"] == [{"character": ",", "box": [70, 55, 90, 65], "place": 1}]
    assert (told["formatted"], told["value"]) == ("4,2", "4.2")


def test_a_line_that_is_no_number_has_no_value() -> None:
    slash = Separator("/", Box(40, 55, 80, 65), 1)
    line = replace(reading().lines[0], separators=(slash,))
    assert (line.formatted, line.value) == ("4/2", None)
    assert line.to_dict()["value"] is None


def test_to_dict_is_json_with_six_decimal_places() -> None:
    told = json.loads(json.dumps(reading(confidence=1 / 3).to_dict()))
    assert told["lines"][0]["digits"][0]["confidence"] == 0.333333


def test_the_annotated_photo_is_rgb_of_the_photos_size() -> None:
    picture = reading().annotated()
    assert (picture.mode, picture.size) == ("RGB", (200, 100))


def test_annotating_leaves_the_photo_as_it_was() -> None:
    told = reading()
    told.annotated()
    assert told.photo is not None
    assert (told.photo.pixels == 255).all()


@pytest.mark.parametrize(("confidence", "colour"), [(1.0, BLUE), (0.4, VERMILION)])
def test_sure_digits_are_framed_in_blue_and_doubtful_ones_in_vermilion(
    confidence: float, colour: tuple[int, int, int]
) -> None:
    picture = reading(confidence=confidence).annotated()
    left_of_the_first_box = (19, 60)
    assert picture.getpixel(left_of_the_first_box) == colour


def test_the_ink_within_a_frame_stays_visible() -> None:
    inside = np.asarray(reading().annotated())[40:80, 20:50]
    assert (inside == 255).all()


def test_a_digits_value_is_drawn_above_its_box() -> None:
    above = np.asarray(reading(confidence=1.0).annotated())[10:38, 20:50].reshape(-1, 3)
    colours = {tuple(pixel) for pixel in above.tolist()}
    assert {BLUE, (255, 255, 255)} <= colours


def test_boxes_are_drawn_in_place_on_a_photo_that_was_reduced() -> None:
    picture = reading(confidence=1.0, reduced=2).annotated()
    assert picture.size == (100, 50)
    assert picture.getpixel((9, 30)) == BLUE


def test_boxes_are_drawn_in_place_on_a_region_that_was_read_alone() -> None:
    part = Photo(np.full((60, 150), 255, np.uint8), Box(30, 10, 90, 160))
    picture = replace(reading(confidence=1.0), photo=part).annotated()
    assert picture.size == (150, 60)
    assert picture.getpixel((9, 30)) == BLUE


def test_a_digit_at_the_images_edge_is_labelled_within_the_image() -> None:
    at_the_edge = digit("7", Box(0, 0, 100, 30), 1.0)
    line = LineReading("7", 1.0, at_the_edge.box, (at_the_edge,))
    picture = replace(reading(), lines=(line,)).annotated()
    assert picture.getpixel((1, 1)) == BLUE


def test_doubt_has_colours_between_sure_and_doubtful() -> None:
    assert doubt_colour(0.8) not in (BLUE, VERMILION)


def test_a_reading_without_its_photo_says_how_to_get_the_picture() -> None:
    with pytest.raises(ValueError, match="holds no photo: read"):
        replace(reading(), photo=None).annotated()


def test_a_notebook_shows_the_annotated_photo() -> None:
    png = reading()._repr_png_()
    assert png is not None
    shown = Image.open(io.BytesIO(png))
    assert np.array_equal(np.asarray(shown), np.asarray(reading().annotated()))


def test_a_notebook_shows_no_picture_of_a_reading_without_its_photo() -> None:
    assert replace(reading(), photo=None)._repr_png_() is None
