"""What lies round digits, and strokes that only look like it."""

from __future__ import annotations

import numpy as np

from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.components import drop_surroundings, label_components
from digitstring.segmenter.ink import InkMap

OPTIONS = SegmenterOptions()
Box = tuple[int, int, int, int]


def kept(*boxes: Box, shape: tuple[int, int] = (80, 160)) -> list[Box]:
    """Return the boxes of the components that are kept of filled rectangles."""
    ink = np.zeros(shape, dtype=np.float32)
    for top, left, bottom, right in boxes:
        ink[top:bottom, left:right] = 1
    components = drop_surroundings(label_components(InkMap(ink, 0.3), OPTIONS), OPTIONS)
    return [tuple(box) for box in components.boxes.tolist()]


ONE = (20, 70, 60, 75)
OTHER_ONE = (20, 90, 60, 95)


def test_an_upright_stroke_that_ends_at_an_edge_is_a_digit() -> None:
    cut_off = (30, 50, 80, 55)
    assert kept(cut_off, ONE, OTHER_ONE) == [cut_off, ONE, OTHER_ONE]


def test_an_upright_stroke_at_an_edge_with_nothing_in_its_rows_is_a_margin() -> None:
    assert kept((66, 100, 80, 104), ONE, OTHER_ONE) == [ONE, OTHER_ONE]
    assert kept((66, 100, 80, 104)) == [(66, 100, 80, 104)]


def test_a_bar_along_an_edge_is_a_margin() -> None:
    assert kept((76, 40, 80, 70), ONE, OTHER_ONE) == [ONE, OTHER_ONE]


def test_a_box_round_a_digit_is_a_frame() -> None:
    frame = [(10, 55, 12, 105), (68, 55, 70, 105), (10, 55, 70, 57), (10, 103, 70, 105)]
    assert kept(*frame, ONE, OTHER_ONE) == [ONE, OTHER_ONE]


def test_joined_strokes_round_a_part_are_no_frame_where_they_run_along_two_sides_only() -> None:
    joined = [(20, 20, 60, 24), (56, 20, 60, 70), (44, 60, 60, 64)]
    part = (28, 38, 48, 43)
    assert kept(*joined, part, OTHER_ONE) == [(20, 20, 60, 70), part, OTHER_ONE]


def test_a_block_as_high_as_what_stands_beside_it_may_be_a_digit_filled_with_ink() -> None:
    filled, blot = (20, 100, 60, 128), (30, 100, 54, 128)
    assert kept(ONE, OTHER_ONE, filled) == [ONE, OTHER_ONE, filled]
    assert kept(ONE, OTHER_ONE, blot) == [ONE, OTHER_ONE]


def test_blocks_beside_each_other_stay_blocks() -> None:
    assert kept(ONE, (20, 117, 60, 137), (20, 139, 60, 159)) == [ONE]
