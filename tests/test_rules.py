"""`erase_rules`: rules and frames go, the digits that cross them stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import label

from digitstring import SegmenterOptions
from digitstring.samples import (
    BUNDLED,
    Frame,
    Layout,
    draw_glyph,
    lay_out,
    render_string,
)
from digitstring.samples.layout import Glyphs
from digitstring.segmenter.ink import InkMap
from digitstring.segmenter.rules import erase_rules

OPTIONS = SegmenterOptions()
CELLS = Layout(pitch_frac=1.1)
CROSSED = -0.06
"""Room that lets a rule run through the digits' feet."""


def print_of(height: int) -> Glyphs:
    return lambda value, rng: draw_glyph(value, BUNDLED, height)


def drawn(text: str = "504192", layout: Layout = CELLS, height: int = 44) -> InkMap:
    """Draw a line of print."""
    ink = lay_out(text, print_of(height), np.random.default_rng(0), layout).ink
    return InkMap(ink, 0.4)


def ruled(ink: InkMap, row: int, *, thick: int = 2, tilt: float = 0, dots: int = 0) -> InkMap:
    """Draw a rule across the whole image; `dots` is the length of a dot and of a gap."""
    rows, columns = np.indices(ink.contrast.shape)
    rule = np.abs(rows - row - tilt * columns) < thick / 2
    if dots:
        rule &= columns // dots % 2 == 0
    return InkMap(np.maximum(ink.contrast, rule.astype(np.float32)), ink.threshold)


def feet(ink: InkMap) -> int:
    """The last row that has ink."""
    return int(np.flatnonzero(ink.mask.any(axis=1))[-1])


def count(ink: InkMap) -> int:
    """Components of more than a speck."""
    labels, _ = label(ink.mask, np.ones((3, 3)))
    return int(np.count_nonzero(np.bincount(labels.ravel())[1:] > 20))


def kept(digits: InkMap, found: InkMap) -> float:
    """Share of the digits' ink that is still there."""
    return float(np.mean(found.mask[digits.mask]))


def erased(ink: InkMap) -> InkMap:
    found = erase_rules(ink, OPTIONS)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(30))
def test_written_digits_without_rules_are_left_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = "".join(map(str, rng.integers(0, 10, 6)))
    photo = render_string(text, rng, height_px=40).photo
    ink = (1 - photo[..., 0] / 255).astype(np.float32)
    assert erase_rules(InkMap(ink, 0.4), OPTIONS) is None


@pytest.mark.parametrize("text", ["777777", "111111", "000000", "242424", "555555", "7", "1"])
def test_printed_bars_and_stems_are_no_rules(text: str) -> None:
    assert erase_rules(drawn(text), OPTIONS) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (30, 30)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_even_image_of_any_size_has_no_rules(shape: tuple[int, int], value: float) -> None:
    assert erase_rules(InkMap(np.full(shape, value, dtype=np.float32), 0.4), OPTIONS) is None


@pytest.mark.parametrize("kind", ["boxes", "comb", "field", "underline"])
@pytest.mark.parametrize("room", [0.25, 0.1])
@pytest.mark.parametrize("thick", [1.5, 3.0])
def test_a_frame_clear_of_the_digits_leaves_them_all(kind: str, room: float, thick: float) -> None:
    frame = Frame(kind, room_frac=room, thick_px=thick)  # type: ignore[arg-type]
    found = erased(drawn(layout=replace(CELLS, frame=frame)))
    assert count(found) == 6
    assert kept(drawn(), found) > 0.97


@pytest.mark.parametrize("kind", ["boxes", "field", "underline"])
def test_digits_that_cross_their_frame_come_apart(kind: str) -> None:
    frame = Frame(kind, room_frac=CROSSED)  # type: ignore[arg-type]
    framed = drawn(layout=replace(CELLS, frame=frame))
    assert count(framed) < 6
    found = erased(framed)
    assert count(found) >= 6
    assert kept(drawn(), found) > 0.9


@pytest.mark.parametrize("tilt", [-0.05, 0.0, 0.05])
def test_a_rule_through_the_feet_goes_and_the_strokes_across_it_stay(tilt: float) -> None:
    digits = drawn("4714")
    middle = tilt * digits.mask.shape[1] / 2
    crossed = ruled(digits, round(feet(digits) - 8 - middle), tilt=tilt)
    found = erased(crossed)
    assert count(crossed) == 1
    assert count(found) == 4
    assert kept(digits, found) > 0.95


def in_boxes(boxes: int, *, blots: dict[int, tuple[int, int]]) -> InkMap:
    """Draw a row of boxes 60 px high and 40 wide; blots cover rows of some of their walls."""
    ink = np.zeros((100, 40 * boxes + 40), dtype=np.float32)
    ink[[20, 21, 80, 81], 20 : 40 * boxes + 22] = 1
    for wall in range(boxes + 1):
        ink[20:82, 20 + 40 * wall : 22 + 40 * wall] = 1
    for wall, (top, bottom) in blots.items():
        ink[top:bottom, 14 + 40 * wall : 28 + 40 * wall] = 1
    for box in range(boxes):  # a digit in each, so that the boxes have content
        ink[40:65, 36 + 40 * box : 42 + 40 * box] = 1
    return InkMap(ink, 0.4)


@pytest.mark.parametrize("wall", [0, 1, 2, 4, 5])
def test_a_wall_that_digits_hide_goes_and_what_hides_it_stays(wall: int) -> None:
    found = erased(in_boxes(5, blots={wall: (14, 50)})).mask
    place = 20 + 40 * wall
    assert not found[52:78, place : place + 2].any()
    assert found[24:48, place - 4 : place + 6].all()


@pytest.mark.parametrize("wall", [1, 2, 4])
def test_of_a_wall_within_a_row_that_digits_hide_the_other_boxes_tell(wall: int) -> None:
    boxes = in_boxes(5, blots={wall: (14, 50)})
    place = 20 + 40 * wall
    alone = erase_rules(boxes, replace(OPTIONS, least_walls=99))
    assert alone is not None
    assert alone.mask[52:78, place : place + 2].all()


def test_a_stem_that_reaches_from_side_to_side_within_a_box_is_no_wall() -> None:
    boxes = in_boxes(5, blots={}).contrast.copy()
    boxes[20:82, 118:120] = 1
    found = erased(InkMap(boxes, 0.4)).mask
    assert found[30:76, 118:120].all()
    assert not found[30:76, 100:102].any()


def test_the_round_of_a_digit_that_a_wall_hides_stays() -> None:
    boxes = in_boxes(5, blots={}).contrast.copy()
    boxes[[44, 45, 53, 54], 60:76] = 1  # two ends of a bow
    found = erased(InkMap(boxes, 0.4)).mask
    assert found[44:55, 60:62].all()
    assert not found[24:42, 60:62].any()
    assert not found[58:78, 60:62].any()


def test_two_digits_that_run_into_a_wall_are_not_joined_by_it() -> None:
    boxes = in_boxes(5, blots={}).contrast.copy()
    boxes[44:46, 120:142] = boxes[52:54, 140:158] = 1
    assert not erased(InkMap(boxes, 0.4)).mask[46:52, 140:142].any()


@pytest.mark.parametrize("height", [20, 60])
@pytest.mark.parametrize("hidden", [False, True])
def test_the_ends_of_a_frame_go_though_it_is_low_and_digits_hide_them(
    height: int, hidden: bool
) -> None:
    ink = np.zeros((100, 300), dtype=np.float32)
    ink[[30, 31, 30 + height, 31 + height], 20:282] = 1
    ink[30 : 32 + height, 20:22] = ink[30 : 32 + height, 280:282] = 1
    for left in range(40, 240, 30):
        ink[20:80, left : left + 5] = 1
    if hidden:
        ink[20:40, 14:29] = 1
    found = erased(InkMap(ink, 0.4)).mask
    assert not found[42 : 28 + height, 20:22].any()
    assert not found[34 : 28 + height, 280:282].any()
    assert found[20:80, 40].all()


def test_a_stroke_that_ends_short_of_the_lower_rule_is_no_end_of_a_frame() -> None:
    ink = np.zeros((100, 300), dtype=np.float32)
    ink[[20, 21, 80, 81], 20:282] = 1
    ink[20:66, 20:24] = 1
    for left in range(40, 240, 30):
        ink[30:75, left : left + 5] = 1
    assert erased(InkMap(ink, 0.4)).mask[26:64, 21:23].all()


def test_walls_on_rules_that_are_sides_of_no_box_are_looked_at_without_harm() -> None:
    page = np.zeros((400, 600), dtype=np.float32)
    for number, row in enumerate(range(40, 400, 60)):
        page[row : row + 2, 20:580] = 1
        if number % 2 == 0:
            page[row : row + 62, 200 + 50 * number : 202 + 50 * number] = 1
    assert not erased(InkMap(page, 0.4)).mask[40:42, 30:180].any()


@pytest.mark.parametrize("dots", [2, 4])
def test_dotted_and_dashed_rules_go(dots: int) -> None:
    digits = drawn()
    found = erased(ruled(digits, feet(digits) + 4, dots=dots))
    assert count(found) == 6
    assert feet(found) <= feet(digits) + 1


def test_a_rule_across_a_short_scan_goes_though_it_is_no_longer_than_two_digits() -> None:
    digits = drawn("10", Layout(gap_frac=(0.2, 0.2), margin_frac=0.15))
    width = digits.mask.shape[1]
    found = erased(ruled(digits, feet(digits) - 1))
    assert width < OPTIONS.rule_length * 44
    assert kept(digits, found) > 0.9
    assert not found.mask[feet(digits) - 2 : feet(digits) + 1, : width // 12].any()


def test_the_soft_edge_of_a_rule_goes_with_it() -> None:
    digits = drawn()
    row = feet(digits) + 6
    contrast = ruled(digits, row, thick=5).contrast.copy()
    contrast[[row - 2, row + 2]] = 0.3
    assert erased(InkMap(contrast, 0.4)).contrast[row - 2 : row + 3].max() == 0


def test_squared_paper_goes_and_the_digits_on_it_stay() -> None:
    digits = drawn("4714", height=80)
    squared = digits.contrast.copy()
    squared[5::37] = 1
    squared[:, 3::37] = 1
    found = erased(InkMap(squared, 0.4))
    assert kept(digits, found) > 0.9
    assert np.mean(found.mask[~digits.mask]) < 0.02


def test_a_turned_page_of_ruled_digits_loses_the_same_ink() -> None:
    digits = drawn("471400")
    crossed = ruled(digits, feet(digits) - 8)
    mirrored = InkMap(crossed.contrast[:, ::-1].copy(), 0.4)
    found, other = erased(crossed).mask, erased(mirrored).mask[:, ::-1]
    assert np.mean(found != other) < 0.002


def test_the_ink_given_is_not_changed() -> None:
    ink = ruled(drawn(), 70)
    before = ink.contrast.copy()
    erased(ink)
    assert np.array_equal(ink.contrast, before)
