"""Strings on pages, and pages photographed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstring import samples
from digitstring.samples import (
    BUNDLED,
    Frame,
    Layout,
    Page,
    add_noise,
    add_texture,
    blur,
    cast_shadow,
    develop,
    dim_unevenly,
    draw_glyph,
    dry_pen,
    handwriting,
    lay_out,
    lower_resolution,
    photograph,
    press_jpeg,
    print_rules,
    put_on_paper,
    random_frame,
    random_hand,
    random_layout,
    render_string,
)
from digitstring.samples.frames import FRAME_KINDS, FrameKind

Ink = NDArray[np.float32]
Photo = NDArray[np.float32]


def printed(value: str, _: np.random.Generator) -> Ink:
    return draw_glyph(value, BUNDLED, 40)


def block(value: str, _: np.random.Generator) -> Ink:
    """A digit that is a full rectangle 20 wide and 40 high."""
    return np.ones((40, 20), dtype=np.float32)


def wedge(value: str, _: np.random.Generator) -> Ink:
    """A triangle: 1 stands on its broad side, any other hangs from it, and 10 make a square."""
    foot = np.tri(40, dtype=np.float32)
    return foot if value == "1" else foot.T


def gaps(page: Page) -> list[int]:
    boxes = [digit.box for digit in page.lines[0]]
    return [after[1] - before[3] for before, after in itertools.pairwise(boxes)]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def page_by_hand(text: str, layout: Layout | None = None, seed: int = 7) -> Page:
    chance = np.random.default_rng(seed)
    return lay_out(text, handwriting(random_hand(chance), 40), chance, layout)


@settings(deadline=None, max_examples=25)
@given(st.text("0123456789", min_size=1, max_size=8), st.integers(0, 1000))
def test_each_box_is_filled_to_its_edges_by_its_digit(text: str, seed: int) -> None:
    page = page_by_hand(text, Layout(slope_deg=3), seed)
    assert page.text == text
    for _, (top, left, bottom, right) in page.lines[0]:
        inside = page.ink[top:bottom, left:right] > 0.1
        assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


def test_there_is_no_ink_outside_the_boxes() -> None:
    page = page_by_hand("504192")
    rest = page.ink.copy()
    for _, (top, left, bottom, right) in page.lines[0]:
        rest[top:bottom, left:right] = 0
    assert page.ink.max() == 1
    assert rest.max() == 0


def test_gaps_are_a_share_of_the_height() -> None:
    assert gaps(lay_out("1234", block, rng(), Layout(gap_frac=(0.25, 0.25)))) == [10, 10, 10]


def test_a_negative_gap_lets_digits_overlap() -> None:
    page = lay_out("12", block, rng(), Layout(gap_frac=(-0.25, -0.25), baseline_jitter=0))
    assert gaps(page) == [-10]
    assert page.ink.sum() == 40 * (20 + 20 - 10)


def test_kerned_digits_slide_under_each_other_till_their_ink_is_near() -> None:
    flat = Layout(gap_frac=(0.1, 0.1), baseline_jitter=0)
    kerned = Layout(gap_frac=(0.1, 0.1), baseline_jitter=0, kerned=True)
    assert gaps(lay_out("10", wedge, rng(), flat)) == [4]
    page = lay_out("10", wedge, rng(), kerned)
    assert -30 <= gaps(page)[0] <= -20
    assert page.ink.sum() == 2 * wedge("1", rng()).sum()


def test_cells_of_a_form_are_evenly_spaced() -> None:
    page = lay_out("111111", block, rng(), Layout(pitch_frac=1.0))
    middles = [(box[1] + box[3]) / 2 for _, box in page.lines[0]]
    assert np.diff(middles) == pytest.approx(40, abs=8)


def test_a_slope_lets_the_line_climb() -> None:
    page = lay_out("11111", block, rng(), Layout(slope_deg=10, baseline_jitter=0))
    feet = [box[2] for _, box in page.lines[0]]
    assert feet == sorted(feet, reverse=True)
    assert feet[0] - feet[-1] > 10


def test_lines_stand_below_each_other() -> None:
    page = page_by_hand("12\n345\n6")
    assert page.text == "12\n345\n6"
    for upper, lower in zip(page.lines[:-1], page.lines[1:], strict=True):
        assert max(box[2] for _, box in upper) < min(box[0] for _, box in lower)


def test_a_space_is_a_wider_gap_and_no_digit() -> None:
    page = lay_out("12 3", block, rng(), Layout(gap_frac=(0.1, 0.1)))
    assert page.text == "123"
    assert gaps(page) == [4, 28]


def test_a_comma_is_drawn_but_is_no_digit() -> None:
    with_comma, without = (lay_out(text, printed, rng()) for text in ("1,2", "12"))
    assert with_comma.text == without.text == "12"
    assert with_comma.ink.sum() > without.ink.sum()


def test_an_empty_text_is_an_empty_page() -> None:
    page = lay_out("", block, rng())
    assert page.text == ""
    assert page.ink.max() == 0


def test_no_lines_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        lay_out([], block, rng())


def test_digits_given_as_padded_crops_are_cut_to_their_ink() -> None:
    crop = np.zeros((28, 28), dtype=np.float32)
    crop[4:24, 10:14] = 1
    page = lay_out("1", lambda *_: crop, rng(), Layout(margin_frac=0))
    assert page.ink.shape == (20, 4)


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_a_frame_keeps_its_room_from_the_digits(kind: FrameKind) -> None:
    frame = Frame(kind, room_frac=0.2, thick_px=2)
    bare, framed = (
        lay_out("504", block, rng(), Layout(gap_frac=(0.6, 0.6), frame=chosen))
        for chosen in (None, frame)
    )
    assert framed.ink.sum() > bare.ink.sum()
    for _, (top, left, bottom, right) in framed.lines[0]:
        around = (slice(top - 5, bottom + 5), slice(left - 5, right + 5))
        assert np.array_equal(framed.ink[around], bare.ink[around])


def test_a_tight_frame_crosses_the_digits() -> None:
    frame = Frame("underline", room_frac=-0.2)
    layout = Layout(frame=frame, baseline_jitter=0)
    page = lay_out("11", lambda *_: np.eye(40, dtype=np.float32), rng(), layout)
    top, left, bottom, right = page.lines[0][0].box
    assert (page.ink[bottom - 12 : bottom - 5, left:right] > 0.5).all(axis=1).any()
    assert not (page.ink[top : bottom - 12, left:right] > 0.5).all(axis=1).any()


def test_random_layouts_and_frames_are_seeded_and_differ() -> None:
    for choose in (random_layout, random_frame):
        one, same, other = (choose(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert one == same != other


STEPS: dict[str, Callable[[Photo, np.random.Generator], Photo]] = {
    "texture": add_texture,
    "uneven light": dim_unevenly,
    "shadow": cast_shadow,
    "rules": print_rules,
    "squares": partial(print_rules, squared=True),
    "blur": blur,
    "noise": add_noise,
    "low resolution": lower_resolution,
    "jpeg": press_jpeg,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_changes_a_photo_but_neither_its_size_nor_its_input(step: str) -> None:
    photo = put_on_paper(page_by_hand("504192").ink, paper=(240, 240, 240))
    before = photo.copy()
    after = STEPS[step](photo, rng())
    assert np.array_equal(photo, before)
    assert after.shape == photo.shape
    assert after.dtype == np.float32
    assert after.min() >= 0
    assert after.max() <= 1
    assert not np.array_equal(after, photo)
    assert np.array_equal(after, STEPS[step](photo, rng()))


def test_a_shadow_and_uneven_light_only_take_light_away() -> None:
    white = np.ones((60, 90, 3), dtype=np.float32)
    for step in (dim_unevenly, cast_shadow):
        lit = step(white, rng(), depth=0.5)
        assert lit.min() >= 0.49
        assert lit.max() <= 1


def test_a_dry_pen_leaves_less_ink_and_stays_on_the_stroke() -> None:
    ink = page_by_hand("88").ink
    faded = dry_pen(ink, rng(), dryness=0.5)
    assert faded.sum() < ink.sum()
    assert (faded <= ink).all()
    assert faded[ink == 0].max() == 0


def test_a_light_pen_on_dark_paper_is_light_on_dark() -> None:
    ink = np.array([[0, 1]], dtype=np.float32)
    photo = develop(put_on_paper(ink, pen=(250, 240, 230), paper=(10, 20, 30)))
    assert photo.tolist() == [[[10, 20, 30], [250, 240, 230]]]


def test_a_photo_of_chance_is_seeded_and_has_the_size_of_the_page() -> None:
    ink = page_by_hand("504192").ink
    photos = [photograph(ink, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert photos[0].shape == (*ink.shape, 3)
    assert photos[0].dtype == np.uint8
    assert np.array_equal(photos[0], photos[1])
    assert not np.array_equal(photos[0], photos[2])


def test_a_string_is_rendered_in_one_call() -> None:
    picture = render_string("50\n4192", rng(), height_px=30)
    assert picture.text == "50\n4192"
    assert picture.photo.dtype == np.uint8
    for digit in picture.lines[1]:
        top, left, bottom, right = digit.box
        assert picture.photo[top:bottom, left:right].min() < 60
    assert picture.photo[:3].min() == 255


def test_the_public_names_are_there_and_sorted_constants_then_classes_then_functions() -> None:
    def rank(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    assert samples.__all__ == sorted(set(samples.__all__), key=rank)
    assert all(hasattr(samples, name) for name in samples.__all__)
