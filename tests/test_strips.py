"""Lines of ink taken out of the page: level, upright, all of one height."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import label, regionprops

from digitstring.samples import BUNDLED, Layout, Page, draw_glyph, lay_out
from digitstring.segmenter import Box, SegmenterOptions
from digitstring.segmenter.components import label_components
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.lines import group_lines
from digitstring.segmenter.normalizer import FITTED, THIN_PX
from digitstring.segmenter.strips import HEIGHT, Strip, strip_of
from tests import typeset

Ink = NDArray[np.float32]
OPTIONS = SegmenterOptions()


def set_in_type(text: str, height: int = 48, **layout: float) -> Page:
    return typeset.set_in_type(text, height=height, **layout)


def strips_of(ink: Ink) -> list[Strip]:
    found = InkMap(ink, 0.3)
    components = label_components(found, OPTIONS)
    lines = group_lines(components, OPTIONS)
    return [strip_of(found, components, line, OPTIONS) for line in lines]


def strip_alone(ink: Ink) -> Strip:
    (strip,) = strips_of(ink)
    return strip


def boxes_in(ink: Ink) -> list[Box]:
    """Return the boxes of what hangs together, from left to right."""
    regions = regionprops(label(ink > 0.5, connectivity=2))
    return sorted((Box(*region.bbox) for region in regions), key=lambda box: box.left)


def slant(ink: Ink, columns_a_row: float) -> Ink:
    """Shear ink to the right at its top."""
    rows, columns = ink.shape
    room = int(abs(columns_a_row) * rows) + 1
    wide = np.pad(ink, ((0, 0), (room, room)))
    data = (1, columns_a_row, -columns_a_row * rows / 2, 0, 1, 0)
    sheared = Image.fromarray(wide).transform(
        (columns + 2 * room, rows), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR
    )
    return np.asarray(sheared)


def bars(rows: int = 90, columns: int = 220, *, height: int = 60, count: int = 4) -> Ink:
    """Draw upright bars 6 pixels wide."""
    ink = np.zeros((rows, columns), np.float32)
    for number in range(count):
        ink[15 : 15 + height, 30 + 40 * number : 36 + 40 * number] = 1
    return ink


@pytest.mark.parametrize("height", [12, 20, 33, 64, 150])
def test_digits_of_any_size_come_out_equally_high(height: int) -> None:
    strip = strip_alone(set_in_type("4207", height).ink)
    rows = np.flatnonzero((strip.ink > 0.5).any(axis=1))
    assert rows[0] == pytest.approx(strip.top, abs=2)
    assert rows[-1] + 1 == pytest.approx(strip.top + HEIGHT, abs=2)
    assert strip.zoom == pytest.approx(height / HEIGHT, rel=0.1)


def test_no_digit_is_lost_or_added() -> None:
    page = set_in_type("504192")
    assert len(boxes_in(strip_alone(page.ink).ink)) == 6


@pytest.mark.parametrize("slope_deg", [-15.0, -6.0, 6.0, 15.0])
def test_a_line_that_climbs_or_falls_comes_out_level(slope_deg: float) -> None:
    page = set_in_type("80880888", slope_deg=slope_deg)
    found = boxes_in(strip_alone(page.ink).ink)
    drawn = [box for _, box in page.lines[0]]
    assert np.ptp([top for top, *_ in drawn]) > HEIGHT / 2
    assert len(found) == 8
    assert np.ptp([box.top for box in found]) <= 3
    assert np.ptp([box.bottom for box in found]) <= 3


def curved(page: Page, sagitta: float) -> tuple[Ink, list[Box]]:
    """Bend a page's line to a parabola, its middle so many rows higher than its ends."""
    room = int(abs(sagitta)) + 2
    ink = np.pad(page.ink, ((room, room), (0, 0)))
    along = np.linspace(-1, 1, ink.shape[1])
    fall = np.rint(sagitta * (along**2 - 0.5)).astype(int)
    bent = np.stack(
        [np.roll(column, down) for column, down in zip(ink.T, fall, strict=True)], axis=1
    )
    boxes = []
    for _, (top, left, bottom, right) in page.lines[0]:
        down = room + fall[left:right]
        boxes.append(Box(int(top + down.min()), left, int(bottom + down.max()), right))
    return bent, boxes


@pytest.mark.parametrize("sagitta", [-48.0, -30.0, 30.0, 48.0])
def test_a_curved_line_comes_out_level_and_maps_back(sagitta: float) -> None:
    bent, drawn = curved(set_in_type("8088088808"), sagitta)
    strip = strip_alone(bent)
    found = boxes_in(strip.ink)
    assert len(found) == 10
    assert np.ptp([box.top for box in drawn]) > HEIGHT / 2
    assert np.ptp([(box.top + box.bottom) / 2 for box in found]) <= 3
    assert found[0].top == pytest.approx(strip.top, abs=4)
    for own, before in zip(found, drawn, strict=True):
        assert strip.to_image(own) == pytest.approx(before, abs=3 + 2 * strip.zoom)


def test_a_straight_line_of_unsteady_digits_is_not_bent() -> None:
    page = lay_out(
        "8088088808",
        lambda char, _: draw_glyph(char, BUNDLED, 48),
        np.random.default_rng(3),
        Layout(gap_frac=(0.2, 0.2), baseline_jitter=0.1),
    )
    assert strip_alone(page.ink).rise is None


@pytest.mark.parametrize("lean", [-0.5, -0.2, 0.3, 0.6])
def test_slanted_digits_come_out_upright(lean: float) -> None:
    slanted = slant(bars(), lean)
    for before, after in zip(boxes_in(slanted), boxes_in(strip_alone(slanted).ink), strict=True):
        assert before.width > 6 + 60 * abs(lean) / 2
        assert after.width <= 3.2 + HEIGHT * 0.1


def test_upright_digits_are_not_leant_over() -> None:
    strip = strip_alone(bars())
    assert abs(strip.matrix[1, 0]) < 1e-9
    assert {box.width for box in boxes_in(strip.ink)} <= {3, 4}


@pytest.mark.parametrize("height", [16, 40, 120])
def test_a_box_maps_back_to_where_it_was_drawn(height: int) -> None:
    page = set_in_type("4207", height)
    strip = strip_alone(page.ink)
    for found, (_, drawn) in zip(boxes_in(strip.ink), page.lines[0], strict=True):
        assert strip.to_image(found) == pytest.approx(drawn, abs=1 + 1.5 * strip.zoom)


@pytest.mark.parametrize(("slope_deg", "lean"), [(0.0, 0.3), (10.0, 0.0), (-10.0, -0.3)])
def test_points_of_leaning_digits_map_back_tightly(slope_deg: float, lean: float) -> None:
    drawn = slant(set_in_type("2357", slope_deg=slope_deg).ink, lean)
    strip = strip_alone(drawn)
    numbered = label(strip.ink > 0.5, connectivity=2)
    found = [strip.to_image_points(*np.nonzero(numbered == n)) for n in range(1, 5)]
    for box, truth in zip(sorted(found, key=lambda box: box.left), boxes_in(drawn), strict=True):
        assert box == pytest.approx(truth, abs=3)


@settings(max_examples=20)
@given(st.integers(0, 40), st.integers(0, 40))
def test_shifting_the_image_shifts_the_boxes_and_nothing_else(down: int, across: int) -> None:
    ink = set_in_type("42").ink
    here, there = strip_alone(ink), strip_alone(np.pad(ink, ((down, 3), (across, 5))))
    np.testing.assert_array_equal(here.ink, there.ink)
    box, moved = (strip.to_image((0, 0, HEIGHT, HEIGHT)) for strip in (here, there))
    assert moved == (box.top + down, box.left + across, box.bottom + down, box.right + across)


def test_a_comma_between_the_digits_belongs_to_the_line() -> None:
    page = set_in_type("42 07")
    ink = page.ink.copy()
    (_, left), (_, right) = (page.lines[0][place] for place in (1, 2))
    column = (left[3] + right[1]) // 2
    ink[left[2] - 10 : left[2] + 10, column - 3 : column + 3] = 1
    assert len(boxes_in(strip_alone(ink).ink)) == 5


@pytest.mark.parametrize("rows_off", [-40, 60])
def test_a_point_far_above_or_below_does_not(rows_off: int) -> None:
    page = set_in_type("42 07")
    ink = np.pad(page.ink, 80)
    foot = page.lines[0][1].box[2] + 80
    head = page.lines[0][1].box[0] + 80
    row = foot + rows_off if rows_off > 0 else head + rows_off
    ink[row : row + 8, 150:158] = 1
    assert len(boxes_in(strip_alone(ink).ink)) == 4


def test_each_line_holds_its_own_digits_alone() -> None:
    page = set_in_type("42\n2357\n901")
    assert [len(boxes_in(strip.ink)) for strip in strips_of(page.ink)] == [2, 4, 3]


def test_a_small_first_digit_does_not_set_the_height() -> None:
    ink = bars(count=5, columns=260)
    ink[15:45, 30:36] = 0
    strip = strip_alone(ink)
    heights = [box.height for box in boxes_in(strip.ink)]
    assert heights[1:] == pytest.approx([HEIGHT] * 4, abs=1)
    assert heights[0] == pytest.approx(HEIGHT / 2, abs=1)
    assert strip.top == pytest.approx(boxes_in(strip.ink)[1].top, abs=1)


def test_strokes_that_fade_where_the_line_shrinks_are_thickened() -> None:
    thin = np.zeros((260, 300), np.float32)
    thin[20:240, [40, 120, 200, 280]] = 1
    middle = strip_alone(thin).ink[HEIGHT // 2]
    assert np.count_nonzero(middle > 0) >= 4 * THIN_PX * HEIGHT / FITTED


def test_the_ink_stays_soft_and_between_none_and_full() -> None:
    page = set_in_type("4207", 40)
    strip = strip_alone(page.ink * np.float32(0.6))
    assert strip.ink.dtype == np.float32
    assert strip.ink.min() >= 0
    assert strip.ink.max() <= 1
    assert strip.ink.max() > 0.95
    assert ((strip.ink > 0.1) & (strip.ink < 0.9)).any()


def test_the_digits_stay_in_order() -> None:
    strip = strip_alone(set_in_type("1234567", slope_deg=12).ink)
    found = [strip.to_image(box) for box in boxes_in(strip.ink)]
    assert all(one.left < other.left for one, other in pairwise(found))
