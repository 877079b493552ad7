"""The ways of seeing a photo's ink: as it is, level, without rules, darker, its gaps closed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from digitstring.samples import BUNDLED, Display, draw_glyph, draw_segments
from digitstring.segmenter import SegmenterOptions, load_photo
from digitstring.segmenter.matrices import combined
from digitstring.segmenter.views import (
    View,
    altered_views,
    direction,
    first_views,
    lines_in,
    quarter_turned,
    with_lines_joined,
)

Pixels = NDArray[np.uint8]
OPTIONS = SegmenterOptions()
NUMBERS = st.floats(-100, 100)
MATRICES = st.lists(NUMBERS, min_size=6, max_size=6).map(lambda each: np.reshape(each, (2, 3)))


def black_on_white(ink: NDArray[np.float32]) -> Pixels:
    return (255 * (1 - ink)).astype(np.uint8)


def string(text: str = "504192") -> Pixels:
    return black_on_white(np.pad(draw_glyph(text, BUNDLED, 60), 80))


def turned(pixels: Pixels, degrees: float) -> Pixels:
    """Turn clockwise, so that a line falls to the right."""
    picture = Image.fromarray(pixels)
    bilinear = Image.Resampling.BILINEAR
    return np.asarray(picture.rotate(-degrees, bilinear, expand=True, fillcolor=255))


def views(pixels: Pixels) -> list[View]:
    return list(first_views(load_photo(pixels), OPTIONS))


def altered(pixels: Pixels) -> dict[str, View]:
    (plain, *_) = views(pixels)
    return {view.name.split(", ")[-1]: view for view in altered_views(plain, OPTIONS)}


def middles_in_photo(view: View) -> NDArray[np.float64]:
    """Return the middles of a view's components, (n, 2), where they are in the photo."""
    top, left, bottom, right = view.components.boxes.T
    places = np.stack([(top + bottom) / 2, (left + right) / 2, np.ones(len(top))])
    found: NDArray[np.float64] = (view.matrix @ places).T
    order = np.lexsort(found.round().T)
    return np.asarray(found[order])


def test_a_level_string_on_plain_paper_is_seen_as_it_is_and_no_other_way() -> None:
    (view,) = views(string())
    assert view.name == "as it is"
    assert not view.altered
    assert len(view.components.numbers) == 6
    np.testing.assert_array_equal(view.matrix, [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize("degrees", [-45, -40, -20, 20, 40, 45])
def test_a_string_that_climbs_or_falls_is_seen_level_as_well(degrees: int) -> None:
    level, plain = views(turned(string(), degrees))
    assert direction(plain.components, OPTIONS) == pytest.approx(degrees, abs=4)
    assert abs(direction(level.components, OPTIONS)) < 4
    assert "level" in level.name
    boxes = level.components.boxes
    assert len(boxes) == 6
    assert np.ptp(boxes[:, 2]) < 15


def test_a_bar_at_an_edge_stays_out_of_a_string_seen_level() -> None:
    pixels = turned(string(), 30).copy()
    pixels[:6, 80:140] = 0
    level = next(view for view in views(pixels) if "level" in view.name)
    assert len(level.components.numbers) == 6
    assert level.ink.mask.any()


def test_a_string_that_climbs_a_little_is_left_as_it_is() -> None:
    assert len(views(turned(string(), 8))) == 1


@pytest.mark.parametrize("degrees", [-40, 25])
def test_what_is_seen_level_maps_back_to_where_it_stands(degrees: int) -> None:
    level, plain = views(turned(string("8008"), degrees))
    np.testing.assert_allclose(middles_in_photo(level), middles_in_photo(plain), atol=3)


def test_strings_that_stand_upright_or_two_digits_have_no_direction() -> None:
    for pixels in (turned(string(), 80), turned(string("42"), 40)):
        (view,) = views(pixels)
        assert direction(view.components, OPTIONS) == 0


def test_blank_paper_has_one_empty_view() -> None:
    (view,) = views(np.full((80, 120), 255, np.uint8))
    assert len(view.components.numbers) == 0
    assert direction(view.components, OPTIONS) == 0
    assert all(not len(each.components.numbers) for each in altered_views(view, OPTIONS))


def test_what_is_settled_stays_as_it_is_and_is_not_sought_again() -> None:
    (plain,) = views(string())
    settled = plain.components.numbers[:2].tolist()
    stays = np.isin(plain.components.labels, settled)
    for view in altered_views(plain, OPTIONS, settled):
        assert len(view.components.numbers) == 4
        assert not view.components.labels[stays].any()
        np.testing.assert_array_equal(view.ink.mask[stays], plain.ink.mask[stays])


def test_a_string_on_a_rule_is_seen_without_the_rule_as_well() -> None:
    pixels = string()
    foot = int(np.flatnonzero((pixels < 128).any(axis=1))[-1])
    pixels[foot + 3 : foot + 6, 20:-20] = 0
    without, plain = views(pixels)
    assert (without.name, plain.name) == ("without rules", "as it is")
    assert not without.altered
    assert not without.ink.mask[foot + 3 : foot + 6].any()
    assert without.ink.mask[foot - 30].any()


@pytest.mark.parametrize("edge", [0, 1, 2, 3])
def test_a_dark_edge_is_parted_from_the_digits_it_touches(edge: int) -> None:
    cut_close = black_on_white(np.pad(draw_glyph("4207", BUNDLED, 60), 40))
    turn = np.rot90(cut_close, edge)
    turn[:45] = 0
    (view, *_) = views(np.ascontiguousarray(np.rot90(turn, -edge)))
    ink = np.rot90(view.ink.contrast, edge)
    assert not ink[:40].any()
    assert ink[50:].any()


def test_closing_gaps_joins_the_segments_of_a_display() -> None:
    gapped = Display(gap_frac=0.03, slant=0)
    digits = [np.pad(draw_segments(value, gapped, 80), ((20, 20), (20, 20))) for value in "205"]
    pixels = black_on_white(np.concatenate(digits, axis=1))
    (plain, *_) = views(pixels)
    closed = altered(pixels)["gaps closed"]
    assert len(plain.components.numbers) > 6
    assert len(closed.components.numbers) == 3
    assert closed.altered


def test_a_darker_view_is_rid_of_what_is_pale() -> None:
    pixels = string("42")
    pale = pixels.copy()
    pale[np.roll(pixels < 128, 45, axis=0)] = 150
    pale[pixels < 128] = 0
    (plain, *_) = views(pale)
    darker = altered(pale)["darker"]
    background = np.roll(pixels < 128, 45, axis=0) & (pixels > 200)
    assert plain.ink.mask[background].mean() > 0.9
    assert darker.ink.mask[background].mean() < 0.1
    assert darker.ink.mask[pixels < 40].mean() > 0.95
    assert darker.altered


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_quarter_turned_view_maps_back_to_where_it_stands(turns: int) -> None:
    (plain,) = views(string("5041"))
    view = quarter_turned(plain, turns, OPTIONS)
    np.testing.assert_array_equal(view.ink.contrast, np.rot90(plain.ink.contrast, turns))
    np.testing.assert_allclose(middles_in_photo(view), middles_in_photo(plain), atol=0.5)


def test_a_photo_lying_on_its_side_is_upright_after_a_quarter_turn() -> None:
    upright = string("5041")
    (lying, *_) = views(np.ascontiguousarray(np.rot90(upright, -1)))
    again = quarter_turned(lying, 1, OPTIONS)
    (plain,) = views(upright)
    np.testing.assert_array_equal(again.components.boxes, plain.components.boxes)


@given(MATRICES, MATRICES, NUMBERS, NUMBERS)
def test_two_matrices_combined_do_what_they_do_one_after_the_other(
    outer: NDArray[np.float64], inner: NDArray[np.float64], row: float, column: float
) -> None:
    between = inner @ [row, column, 1]
    expected = outer @ [*between, 1]
    np.testing.assert_allclose(combined(outer, inner) @ [row, column, 1], expected, atol=1e-6)


def set_in_sizes(*parts: tuple[str, int, int, int]) -> View:
    """Set texts, each of a height in pixels with its top left at a row and a column."""
    ink = np.zeros((300, 700), np.float32)
    for text, height_px, top, left in parts:
        glyph = draw_glyph(text, BUNDLED, height_px)
        rows, columns = glyph.shape
        ink[top : top + rows, left : left + columns] = glyph
    return views(black_on_white(ink))[-1]


def test_a_tall_digit_and_the_small_ones_beside_it_are_tried_as_one_line() -> None:
    view = set_in_sizes(("4", 200, 40, 60), ("000", 80, 150, 220))
    assert [len(line) for line in lines_in(view, OPTIONS)] == [1, 3]
    (joined,) = with_lines_joined(view, 2, OPTIONS)
    assert [len(line) for line in lines_in(joined, OPTIONS)] == [4]


@pytest.mark.parametrize(
    "parts",
    [
        [("504", 60, 40, 60), ("192", 60, 160, 60)],  # below each other
        [("4", 200, 40, 60), ("000", 80, 150, 450)],  # far apart
        [("504", 60, 40, 60)],
    ],
)
def test_lines_that_do_not_stand_beside_each_other_are_not_joined(
    parts: list[tuple[str, int, int, int]],
) -> None:
    view = set_in_sizes(*parts)
    assert not list(with_lines_joined(view, len(lines_in(view, OPTIONS)), OPTIONS))


def test_an_altered_view_of_joined_lines_joins_them_too() -> None:
    view = set_in_sizes(("4", 200, 40, 60), ("000", 80, 150, 220))
    (joined,) = with_lines_joined(view, 2, OPTIONS)
    assert [each.joined for each in altered_views(joined, OPTIONS)] == [True, True]
