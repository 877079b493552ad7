"""The window that slides along a strip."""

from __future__ import annotations

import numpy as np
import pytest

from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.segmenter.windows import DIGIT, ROWS, STRIDE, windows_of

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def strip_with(box: tuple[int, int, int, int], shape: tuple[int, int], top: float) -> Strip:
    ink = np.zeros(shape, dtype=np.float32)
    ink[box[0] : box[2], box[1] : box[3]] = 1
    return Strip(ink, top, STILL)


@pytest.mark.parametrize("above", [0, 5, 40])
def test_a_usual_digit_fills_twenty_rows_in_the_middle_whatever_is_above_it(above: int) -> None:
    box = (above, 10, above + HEIGHT, 18)
    shown = windows_of(strip_with(box, (above + HEIGHT, 60), above))
    rows = np.flatnonzero(shown.band.max(axis=1) > 0.5)
    assert (rows[0], rows[-1] + 1) == ((ROWS - DIGIT) // 2, (ROWS + DIGIT) // 2)


@pytest.mark.parametrize("width", [32, 10])
def test_the_window_whose_middle_is_a_strokes_own_shows_it_in_the_middle(width: int) -> None:
    windows = windows_of(strip_with((0, 46, HEIGHT, 50), (HEIGHT, 90), 0))
    nearest = int(np.abs(windows.middles - 48).argmin())
    shown = windows.pixels(width)[nearest].reshape(ROWS, width)
    columns = np.flatnonzero(shown.max(axis=0) > 0)
    assert abs(columns.mean() - width / 2) <= STRIDE


def test_windows_reach_from_one_end_of_the_strip_to_the_other() -> None:
    windows = windows_of(strip_with((0, 0, HEIGHT, 80), (HEIGHT, 80), 0))
    assert windows.middles[0] == 0
    assert 80 - windows.middles[-1] < 2 * STRIDE * HEIGHT / DIGIT
    for columns in (10, 32):
        assert len(windows.pixels(columns)) == len(windows.middles)


def test_ink_keeps_its_darkness_and_what_is_far_above_the_line_is_left_out() -> None:
    strip = strip_with((0, 0, 10, 40), (10 + 2 * HEIGHT, 40), 10 + HEIGHT)
    assert windows_of(strip).band.max() == 0
    dark = strip_with((0, 4, HEIGHT, 36), (HEIGHT, 40), 0)
    assert windows_of(dark).band.max() == pytest.approx(1)
