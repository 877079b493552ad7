"""From ink to components to lines: what is dropped, what is joined, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitstring.samples import BUNDLED, Layout, draw_glyph, lay_out
from digitstring.segmenter import Box, Line, SegmenterOptions, segment
from digitstring.segmenter.components import drop_surroundings, label_components
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.lines import group_lines

Mask = NDArray[np.bool_]


def sheet(*boxes: Box, shape: tuple[int, int] = (300, 500)) -> Mask:
    """Return a sheet with a block of ink in each box."""
    mask = np.zeros(shape, dtype=bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def bars(top: int, lefts: Iterable[int], height: int = 60) -> list[Box]:
    """Return upright bars 10 wide, like a row of ones."""
    return [Box(top, left, top + height, left + 10) for left in lefts]


def hollow(box: Box, pen: int = 4) -> Mask:
    """Return a sheet with a frame."""
    inner = Box(box.top + pen, box.left + pen, box.bottom - pen, box.right - pen)
    return sheet(box) & ~sheet(inner)


def boxes_of(mask: Mask) -> list[list[Box]]:
    """Return the boxes that the lines of this ink have."""
    options = SegmenterOptions()
    ink = InkMap(mask.astype(np.float32), 0.5)
    components = drop_surroundings(label_components(ink, options), options)
    return [[blob.box for blob in line] for line in group_lines(components, options)]


def written(text: str, layout: Layout | None = None) -> Image.Image:
    """Return lines of print 50 pixels high, black on white."""
    spaced = layout or Layout(gap_frac=(0.4, 0.4), baseline_jitter=0.0, margin_frac=1.0)
    rng = np.random.default_rng(0)
    page = lay_out(text, lambda value, _: draw_glyph(value, BUNDLED, 50), rng, spaced)
    return Image.fromarray((255 * (1 - page.ink)).astype(np.uint8))


def counts(lines: tuple[Line, ...]) -> list[int]:
    return [len(line.pieces) for line in lines]


# Order


@settings(max_examples=30, deadline=None)
@given(st.permutations([0, 1, 2, 3, 4]))
def test_digits_of_a_line_come_from_left_to_right(order: list[int]) -> None:
    ordered = bars(100, [50, 100, 150, 200, 250])
    assert boxes_of(sheet(*(ordered[place] for place in order))) == [ordered]


def test_lines_come_from_top_to_bottom() -> None:
    upper, middle, lower = bars(20, [60, 110]), bars(110, [30, 80, 130]), bars(200, [200, 250])
    assert boxes_of(sheet(*lower, *upper, *middle)) == [upper, middle, lower]


def test_lines_of_different_sizes_stay_apart() -> None:
    large, small = bars(20, [60, 130, 200], height=100), bars(160, [60, 90, 120], height=45)
    assert boxes_of(sheet(*large, *small)) == [large, small]


@pytest.mark.parametrize("step", [-6, 6])
def test_a_line_that_climbs_or_falls_stays_one_line(step: int) -> None:
    stairs = [
        Box(120 + number * step, left, 180 + number * step, left + 10)
        for number, left in enumerate(range(40, 440, 50))
    ]
    assert boxes_of(sheet(*stairs)) == [stairs]


@pytest.mark.parametrize("tilt_deg", [-5, -3, 3, 5])
def test_lines_of_print_tilted_by_up_to_5_degrees_stay_one_line_each(tilt_deg: int) -> None:
    picture = written("42075\n31415\n27182").rotate(tilt_deg, expand=True, fillcolor=255)
    assert counts(segment(picture)) == [5, 5, 5]


def test_tall_and_short_digits_stand_in_one_line() -> None:
    uneven = [Box(100, 50, 160, 60), Box(120, 100, 160, 110), Box(90, 150, 175, 160)]
    assert boxes_of(sheet(*uneven)) == [uneven]


# What is joined


def test_the_detached_flag_of_a_five_is_joined_to_it() -> None:
    flag, beside = Box(100, 104, 106, 134), bars(100, [160, 200])
    body = hollow(Box(110, 100, 160, 130), pen=6) & ~sheet(Box(116, 100, 150, 106))
    assert boxes_of(body | sheet(flag, *beside)) == [[Box(100, 100, 160, 134), *beside]]


def test_digits_beside_each_other_are_not_joined() -> None:
    close = bars(100, [100, 113, 126])
    assert boxes_of(sheet(*close)) == [close]


# What is dropped


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(5, 90), st.integers(5, 490)), max_size=30))
def test_pepper_beside_digits_is_dropped(places: list[tuple[int, int]]) -> None:
    digits = bars(150, [50, 100, 150])
    pepper = [Box(top, left, top + 3, left + 3) for top, left in places]
    assert boxes_of(sheet(*digits, *pepper)) == [digits]


def test_a_point_between_digits_is_no_piece() -> None:
    digits = bars(100, [50, 100, 150])
    point = Box(152, 125, 160, 133)
    assert boxes_of(sheet(*digits, point)) == [digits]


def test_a_frame_round_all_digits_is_dropped_and_the_digits_stay() -> None:
    digits = bars(100, [50, 100, 150])
    assert boxes_of(sheet(*digits) | hollow(Box(80, 25, 180, 190))) == [digits]


def test_a_box_round_each_digit_is_dropped_and_the_digits_stay() -> None:
    digits = bars(100, [60, 160, 260])
    mask = sheet(*digits)
    for digit in digits:
        mask |= hollow(Box(85, digit.left - 30, 175, digit.right + 30))
    assert boxes_of(mask) == [digits]


def test_a_comb_of_cells_is_dropped_and_the_digits_stay() -> None:
    digits = bars(100, [60, 120, 180])
    comb = hollow(Box(85, 35, 175, 215))
    comb[85:175, [95, 96, 155, 156]] = True
    assert boxes_of(sheet(*digits) | comb) == [digits]


def test_the_hole_of_a_zero_with_a_speck_in_it_is_no_frame() -> None:
    zero = Box(100, 100, 160, 140)
    mask = hollow(zero, pen=8) | sheet(Box(126, 116, 132, 122), *bars(100, [170, 210]))
    assert zero in boxes_of(mask)[0]


@pytest.mark.parametrize("top", [40, 190])
@pytest.mark.parametrize("length", [120, 300, 460])
def test_a_long_rule_over_or_under_the_digits_is_dropped(top: int, length: int) -> None:
    digits = bars(100, [50, 100, 150])
    assert boxes_of(sheet(*digits, Box(top, 20, top + 4, 20 + length))) == [digits]


def test_a_dash_between_digits_is_dropped() -> None:
    digits = bars(100, [50, 100, 200, 250])
    assert boxes_of(sheet(*digits, Box(128, 130, 136, 170))) == [digits]


def test_the_margin_along_an_edge_of_the_photo_is_dropped() -> None:
    digits = bars(100, [80, 130, 180])
    for margin in (Box(0, 0, 300, 12), Box(0, 488, 300, 500), Box(0, 0, 9, 500)):
        assert boxes_of(sheet(*digits, margin)) == [digits]


# Pieces in the photo


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_shifting_the_photo_shifts_the_boxes(down: int, across: int) -> None:
    still = np.asarray(written("4207"))
    moved = np.pad(still, ((down, 60 - down), (across, 60 - across)), constant_values=255)
    middle = np.pad(still, 30, constant_values=255)
    by = np.array([down - 30, across - 30] * 2)
    for piece, other in zip(segment(moved)[0].pieces, segment(middle)[0].pieces, strict=True):
        assert np.abs(np.subtract(piece.box, other.box) - by).max() <= 1


def test_inverting_the_photo_gives_the_same_crops() -> None:
    photo = np.asarray(written("42\n31"))
    pieces, inverted = (
        [piece for line in segment(seen) for piece in line.pieces] for seen in (photo, 255 - photo)
    )
    for piece, other in zip(pieces, inverted, strict=True):
        assert np.abs(np.subtract(piece.box, other.box)).max() <= 1
        assert np.abs(piece.crop - other.crop).mean() < 0.02


def test_crops_lie_between_paper_and_ink() -> None:
    for piece in segment(written("0123456789"))[0].pieces:
        assert piece.crop.shape == (28, 28)
        assert piece.crop.dtype == np.float32
        assert 0 <= piece.crop.min() < 0.1
        assert 0.9 < piece.crop.max() <= 1


@pytest.mark.parametrize("value", "0123456789")
@pytest.mark.parametrize("margin", [2, 6])
def test_a_lone_digit_that_fills_the_image_is_found(value: str, margin: int) -> None:
    glyph = np.pad(draw_glyph(value, BUNDLED, 80), margin)
    lines = segment((255 * (1 - glyph)).astype(np.uint8))
    assert counts(lines) == [1]
    assert lines[0].box.height >= 0.9 * (glyph.shape[0] - 2 * margin)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(1, 1), (1, 50), (50, 1), (2, 2), (3, 400), (7, 7)]),
    st.integers(0, 1000),
    st.booleans(),
)
def test_an_image_too_small_for_a_digit_has_no_lines(
    shape: tuple[int, int], seed: int, colour: bool
) -> None:
    size = (*shape, 3) if colour else shape
    image = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    assert all(piece.box.height >= 1 for line in segment(image) for piece in line.pieces)
    if min(shape) < SegmenterOptions().speck_px:
        assert segment(image) == ()


def test_two_columns_far_apart_are_read_line_by_line() -> None:
    picture = Image.new("L", (900, 200), 255)
    draw = ImageDraw.Draw(picture)
    for left in (40, 90, 740, 790):
        draw.rectangle((left, 70, left + 9, 129), fill=0)
    assert sum(counts(segment(picture))) == 4
