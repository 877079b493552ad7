"""Cuts through a strip: the right one among them, and none that parts nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from digitstring.samples import Page
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.seams import Seams, find_seams, merge_seams
from digitstring.segmenter.strips import HEIGHT
from tests.typeset import set_in_type

Ink = NDArray[np.float32]
OPTIONS = SegmenterOptions()


def rings(apart: int) -> Ink:
    """Draw two rings of 32 pixels, one beside the other, their middles in columns 26 and more."""
    rows, columns = np.mgrid[:48, :110]
    drawn = np.zeros((48, 110), np.float32)
    for middle in (26, 26 + apart):
        away = np.abs(np.hypot(rows - 23.5, columns - middle) - 14)
        drawn = np.maximum(drawn, np.clip(2.5 - away, 0, 1).astype(np.float32))
    return drawn


def random_ink(seed: int) -> Ink:
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.random((40, 90)), rng.uniform(1, 4))
    noise = (noise - noise.min()) / np.ptp(noise)
    ink: Ink = np.clip(rng.uniform(1, 4) * (noise - rng.uniform(0.3, 0.7)), 0, 1).astype(np.float32)
    return ink


def ink_between(ink: Ink, one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    columns = np.arange(ink.shape[1])
    left, right = np.minimum(one, other)[:, None], np.maximum(one, other)[:, None]
    return float(ink[(columns >= left) & (columns < right)].sum())


def misplaced(page: Page, first: int, cut: NDArray[np.int64]) -> float:
    """Return the share of ink that a cut after a digit leaves on the wrong side."""
    after = np.arange(page.ink.shape[1]) >= cut[:, None]
    known = page.owners >= 0
    wrong = page.ink[known & (after != (page.owners > first))].sum()
    return float(wrong / page.ink.sum())


@pytest.mark.parametrize("apart", [32, 33, 34])
def test_rings_that_touch_may_be_cut_where_they_touch(apart: int) -> None:
    seams = find_seams(rings(apart), OPTIONS)
    off = np.abs(seams.columns[:, 8:40] - (26 + apart / 2)).max(axis=1)
    assert off.min() <= 2


@pytest.mark.parametrize("apart", [29, 30, 31])
def test_rings_that_share_a_stroke_may_be_cut_through_it(apart: int) -> None:
    seams = find_seams(rings(apart), OPTIONS)
    off = np.abs(seams.columns[:, 18:30] - (26 + apart / 2)).max(axis=1)
    assert off.min() <= 2


@pytest.mark.parametrize("text", ["42", "57", "71", "33", "24", "47", "79", "92"])
@pytest.mark.parametrize("gap_frac", [-0.05, 0.0])
def test_touching_digits_may_be_cut_with_hardly_any_ink_on_the_wrong_side(
    text: str, gap_frac: float
) -> None:
    page = set_in_type(text, gap_frac)
    seams = find_seams(page.ink, OPTIONS)
    assert min(misplaced(page, 0, cut) for cut in seams.columns) < 0.03


def test_each_of_many_touching_digits_may_be_cut_off() -> None:
    page = set_in_type("4742715", -0.03)
    seams = find_seams(page.ink, OPTIONS)
    for first in range(6):
        assert min(misplaced(page, first, cut) for cut in seams.columns) < 0.03


def test_digits_apart_are_cut_without_touching_ink() -> None:
    page = set_in_type("80", 0.2)
    free = find_seams(page.ink, OPTIONS)
    between = [
        misplaced(page, 0, cut)
        for cut, cost in zip(free.columns, free.costs, strict=True)
        if cost == 0
    ]
    assert min(between) == 0


def test_a_cut_goes_round_a_stroke_that_overhangs_the_next_digit() -> None:
    hook, block = np.zeros((2, 48, 90), np.float32)
    hook[8:12, 10:38] = hook[8:40, 10:15] = 1
    block[22:40, 31:60] = 1
    ink = hook + block
    seams = find_seams(ink, OPTIONS)
    columns = np.arange(90)
    parted = [
        not hook[columns >= cut[:, None]].any() and not block[columns < cut[:, None]].any()
        for cut in seams.columns
    ]
    assert any(parted)
    assert seams.costs[parted.index(True)] == 0


def leaning_strokes() -> NDArray[np.bool_]:
    """Return two strokes that lean, and where they touch, (3, h, w)."""
    aside = np.arange(90) - 0.4 * np.arange(40)[:, None]
    first, second = (np.abs(aside - side) <= 3 for side in (22, 30))
    between = (np.abs(aside - 26) <= 2) & (np.abs(np.arange(40)[:, None] - 19) < 3)
    return np.stack([first, second, between & ~first & ~second])


def as_ink(strokes: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(strokes.any(axis=0), dtype=np.float32)


def test_strokes_that_touch_and_lean_are_parted_by_leaning_cuts_alone() -> None:
    first, second, _ = strokes = leaning_strokes()
    ink = as_ink(strokes)

    def parted(cut: NDArray[np.int64]) -> bool:
        before = np.arange(90) < cut[:, None]
        return bool(first[before].sum() >= 0.95 * first.sum() and not second[before].any())

    assert any(map(parted, find_seams(ink, OPTIONS, leaning=True).columns))
    assert not any(map(parted, find_seams(ink, OPTIONS).columns))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_cut_costs_the_ink_it_goes_through(seed: int, leaning: bool) -> None:
    ink = random_ink(seed)
    seams = find_seams(ink, OPTIONS, leaning=leaning)
    beyond = np.pad(ink, ((0, 0), (0, 1)))
    crossed = beyond[np.arange(len(ink)), seams.columns].sum(axis=1)
    np.testing.assert_allclose(seams.costs[1:], crossed[1:], rtol=1e-5)
    assert seams.costs[0] == 0


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_cut_moves_by_one_column_a_row_besides_its_lean_and_stays_in_the_strip(
    seed: int, leaning: bool
) -> None:
    seams = find_seams(random_ink(seed), OPTIONS, leaning=leaning)
    assert np.abs(np.diff(seams.columns, axis=1)).max() <= 1 + leaning
    assert seams.columns.min() >= 0
    assert seams.columns.max() <= 90


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_cuts_go_from_left_to_right_with_the_strips_end_before_and_no_ink_after(
    seed: int, leaning: bool
) -> None:
    ink = random_ink(seed)
    seams = find_seams(ink, OPTIONS, leaning=leaning)
    middles = seams.columns.mean(axis=1)
    assert (np.diff(middles) >= 0).all()
    assert not seams.columns[0].any()
    end = np.full(len(ink), ink.shape[1])
    assert ink_between(ink, seams.columns[-1], end) <= OPTIONS.least_atom


@pytest.mark.parametrize("text", ["504192", "1111", "80"])
@pytest.mark.parametrize("gap_frac", [-0.05, 0.2])
def test_there_is_ink_between_every_two_neighbouring_cuts(text: str, gap_frac: float) -> None:
    ink = set_in_type(text, gap_frac).ink
    seams = find_seams(ink, OPTIONS)
    between = [ink_between(ink, one, other) for one, other in pairwise(seams.columns)]
    assert min(between) > OPTIONS.least_atom


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_no_cut_but_through_a_stroke_goes_through_more_ink_than_it_may(seed: int) -> None:
    seams = find_seams(random_ink(seed), OPTIONS)
    winding = np.ptp(seams.columns, axis=1) > 0
    assert seams.costs[winding].max(initial=0) <= OPTIONS.most_cut * HEIGHT


def test_a_blank_strip_has_one_cut() -> None:
    assert len(find_seams(np.zeros((40, 60), np.float32), OPTIONS).costs) == 1


def test_of_cuts_without_ink_between_the_cheapest_is_kept() -> None:
    ink = np.zeros((4, 20), np.float32)
    ink[:, 2:5] = ink[:, 15:18] = 1
    upright = np.array([[0], [8], [9], [10], [20]]).repeat(4, axis=1)
    costs = np.array([0, 2, 1, 3, 0], np.float32)
    merged = merge_seams(ink, Seams(upright, costs), OPTIONS)
    assert merged.columns[:, 0].tolist() == [0, 9, 20]


def test_a_slice_of_ink_thinner_than_an_atom_is_not_cut_off() -> None:
    ink = np.zeros((4, 20), np.float32)
    ink[:, 5:15] = 0.5
    upright = np.array([[0], [9], [10], [20]]).repeat(4, axis=1)
    merged = merge_seams(ink, Seams(upright, np.array([0, 2, 1, 0], np.float32)), OPTIONS)
    assert merged.columns[:, 0].tolist() == [0, 10, 20]


def test_cuts_are_taken_in_the_order_asked_for() -> None:
    seams = Seams(np.array([[1, 1], [2, 2], [3, 3]]), np.array([1, 2, 3], np.float32))
    taken = seams.take(np.array([2, 0]))
    assert taken.columns.tolist() == [[3, 3], [1, 1]]
    assert taken.costs.tolist() == [3, 1]


def test_leaning_cuts_stay_between_the_first_and_the_last() -> None:
    ink = as_ink(leaning_strokes())
    as_narrow = replace(OPTIONS, seam_band=OPTIONS.leaning_band)
    upright = find_seams(ink, as_narrow).columns
    leaning = find_seams(ink, OPTIONS, leaning=True).columns
    assert len(leaning) > len(upright)
    np.testing.assert_array_equal(leaning[[0, -1]], upright[[0, -1]])
