"""What stands between digits: told by form and place, shown in the text, and made a number."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstring.segmenter import Box
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.separators import (
    Separator,
    SeparatorOptions,
    find_marks,
    format_text,
    name_mark,
    value_of,
)

OPTIONS = SeparatorOptions()
TOP = 8
SOMEWHERE = Box(0, 0, 1, 1)


def strip_of(ink: NDArray[np.float32], zoom: float = 1.0) -> Strip:
    return Strip(ink, float(TOP), np.array([[zoom, 0.0, 0.0], [0.0, zoom, 0.0]]))


def blank() -> NDArray[np.float32]:
    return np.zeros((HEIGHT + 3 * TOP, 120), np.float32)


def draw(ink: NDArray[np.float32], box: tuple[float, float, float, float]) -> None:
    """Fill a box given in digit heights from the line's top."""
    top, left, bottom, right = (round(side * HEIGHT) for side in box)
    ink[TOP + top : TOP + bottom, left:right] = 1


def stroke(ink: NDArray[np.float32], start: tuple[int, int], stop: tuple[int, int]) -> None:
    for share in np.linspace(0, 1, 200):
        row, column = (round(a + share * (b - a)) for a, b in zip(start, stop, strict=True))
        ink[row : row + 3, column : column + 3] = 1


def separators(characters: str, places: list[int]) -> list[Separator]:
    pairs = zip(characters, places, strict=True)
    return [Separator(character, SOMEWHERE, place) for character, place in pairs]


@pytest.mark.parametrize(
    ("form", "box", "rising", "character"),
    [
        ("a small square on the line", (0.85, 0, 1.0, 0.15), False, "."),
        ("a small square a little below it", (0.95, 0, 1.1, 0.15), False, "."),
        ("a small square at half height", (0.4, 0, 0.55, 0.15), False, None),
        ("a small square at the top", (0.0, 0, 0.15, 0.15), False, None),
        ("a speck on the line", (0.98, 0, 1.0, 0.02), False, None),
        ("a large square on the line", (0.55, 0, 1.0, 0.45), False, None),
        ("a short tail below the line", (0.85, 0, 1.25, 0.15), True, ","),
        ("a tail too long for a comma", (0.5, 0, 1.2, 0.15), True, None),
        ("a short tail at the top", (0.0, 0, 0.4, 0.15), True, None),
        ("a flat bar at half height", (0.45, 0, 0.55, 0.5), False, "-"),
        ("a flat bar at the foot", (0.95, 0, 1.05, 0.5), False, None),
        ("a flat bar at the top", (0.0, 0, 0.1, 0.5), False, None),
        ("a rule at half height", (0.45, 0, 0.55, 1.5), False, None),
        ("a high stroke that leans right", (0.0, 0, 1.0, 0.4), True, "/"),
        ("a high stroke that leans left", (0.0, 0, 1.0, 0.4), False, None),
        ("a high upright stroke", (0.0, 0, 1.0, 0.1), True, None),
    ],
)
def test_a_mark_is_named_by_its_form_and_place(
    form: str, box: tuple[float, float, float, float], rising: bool, character: str | None
) -> None:
    assert name_mark(box, rising, OPTIONS) == character, form


def test_marks_are_found_from_left_to_right_with_their_boxes() -> None:
    ink = blank()
    draw(ink, (0.45, 2.0, 0.55, 2.5))
    draw(ink, (0.85, 0.5, 1.0, 0.65))
    (dot, dash) = find_marks(strip_of(ink), ink, OPTIONS)
    assert [dot[0], dash[0]] == [".", "-"]
    assert dot[1] == Box(TOP + 27, 16, TOP + 32, 21)
    assert dot[2] == pytest.approx(18.5)
    assert dash[2] == pytest.approx(72)


def test_a_marks_box_is_in_the_pixels_of_the_image() -> None:
    ink = blank()
    draw(ink, (0.85, 0.5, 1.0, 0.65))
    ((_, box, column),) = find_marks(strip_of(ink, zoom=3.0), ink, OPTIONS)
    assert box == Box(3 * (TOP + 27), 48, 3 * (TOP + 32), 63)
    assert column == pytest.approx(18.5)


@pytest.mark.parametrize(("leans_right", "found"), [(True, ["/"]), (False, [])])
def test_a_slash_leans_to_the_right(leans_right: bool, found: list[str]) -> None:
    ink = blank()
    ends = (TOP, 34), (TOP + HEIGHT, 20)
    stroke(ink, *(ends if leans_right else ((TOP, 20), (TOP + HEIGHT, 34))))
    assert [mark[0] for mark in find_marks(strip_of(ink), ink, OPTIONS)] == found


def test_a_comma_is_told_from_a_dot_by_its_tail() -> None:
    ink = blank()
    draw(ink, (0.85, 0.5, 1.0, 0.65))
    stroke(ink, (TOP + 27, 60), (TOP + 37, 57))
    assert [mark[0] for mark in find_marks(strip_of(ink), ink, OPTIONS)] == [".", ","]


def test_what_is_left_of_a_digit_is_no_separator() -> None:
    ink = blank()
    draw(ink, (0.0, 0.2, 1.0, 0.9))
    draw(ink, (0.1, 1.4, 0.6, 1.6))
    assert find_marks(strip_of(ink), ink, OPTIONS) == []


def test_faint_ink_is_no_mark() -> None:
    ink = blank()
    draw(ink, (0.85, 0.5, 1.0, 0.65))
    assert find_marks(strip_of(ink), ink * np.float32(0.2), OPTIONS) == []


def test_blank_paper_has_no_marks() -> None:
    assert find_marks(strip_of(blank()), blank(), OPTIONS) == []


@pytest.mark.parametrize(
    ("text", "characters", "places", "formatted"),
    [
        ("1325400", ".,", [2, 5], "13.254,00"),
        ("3037", "-.", [0, 2], "-30.37"),
        ("470", ",-", [1, 3], "4,70-"),
        ("5", "--", [1, 1], "5--"),
        ("12052024", "//", [2, 4], "12/05/2024"),
        ("42", "", [], "42"),
        ("", "-", [0], "-"),
    ],
)
def test_separators_stand_where_they_were_between_the_digits(
    text: str, characters: str, places: list[int], formatted: str
) -> None:
    assert format_text(text, separators(characters, places)) == formatted


@given(st.text("0123456789", max_size=9), st.data())
def test_without_its_separators_a_formatted_text_is_the_digits(
    text: str, data: st.DataObject
) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    characters = data.draw(st.text(",.-/", min_size=len(places), max_size=len(places)))
    formatted = format_text(text, separators(characters, places))
    assert "".join(char for char in formatted if char.isdigit()) == text
    assert "".join(char for char in formatted if not char.isdigit()) == characters


@pytest.mark.parametrize(
    ("formatted", "value"),
    [
        ("504192", "504192"),
        ("0042", "42"),
        ("-7", "-7"),
        ("13.254,00", "13254.00"),
        ("13,254.00", "13254.00"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1,234,567.89", "1234567.89"),
        ("1.234.567,5", "1234567.5"),
        ("-30.37", "-30.37"),
        ("-1.234,5", "-1234.5"),
        ("4,7", "4.7"),
        ("0.234", "0.234"),
        ("0,5", "0.5"),
        ("1234.567", "1234.567"),
        ("1.2345", "1.2345"),
        ("12.50", "12.50"),
    ],
)
def test_a_formatted_number_has_its_value(formatted: str, value: str) -> None:
    assert value_of(formatted) == Decimal(value)
    assert str(value_of(formatted)) == value


@pytest.mark.parametrize("formatted", ["1.234", "12,345", "999.999", "-1.234"])
def test_three_digits_after_a_lone_mark_may_be_thousands_or_a_fraction(formatted: str) -> None:
    assert value_of(formatted) is None


@pytest.mark.parametrize(
    "formatted",
    [
        "",
        "-",
        "12/05",
        "1-2",
        "4.70-",
        "--5",
        ".5",
        "5.",
        "1..2",
        "1.23.456",
        "1.234.56",
        "1,23,456.7",
        "1.234,567.890",
        "1234.567.890",
    ],
)
def test_what_is_no_number_has_no_value(formatted: str) -> None:
    assert value_of(formatted) is None


def test_a_separator_is_told_as_json_values() -> None:
    told = Separator(",", Box(1, 2, 3, 4), 5).to_dict()
    assert told == {"character": ",", "box": [1, 2, 3, 4], "place": 5}
