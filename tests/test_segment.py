"""`segment`: ink, components, lines, crops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from digitstring import Line, SegmenterOptions, load_photo, read, segment
from digitstring.samples import BUNDLED, draw_glyph, render_string
from digitstring.segmenter.components import label_components
from digitstring.segmenter.ink import find_ink, otsu_threshold
from digitstring.segmenter.lines import group_lines

PAPER = 235


def page(text: str = "4207", height: int = 60, pad: int = 40, ink: int = 40) -> np.ndarray:
    """Draw a line of print, its digits well apart, (h, w) uint8."""
    glyphs = [draw_glyph(character, BUNDLED, height) for character in text]
    tall = max(glyph.shape[0] for glyph in glyphs)
    cells = [np.pad(g, ((tall - g.shape[0], 0), (height // 4, height // 4))) for g in glyphs]
    cover = np.pad(np.hstack(cells), pad)
    return (PAPER - (PAPER - ink) * cover).astype(np.uint8)


def counts(lines: tuple[Line, ...]) -> list[int]:
    return [len(line.pieces) for line in lines]


def test_a_line_of_digits_is_one_line_of_pieces_from_left_to_right() -> None:
    lines = segment(page("4207"))
    assert counts(lines) == [4]
    lefts = [piece.box.left for piece in lines[0].pieces]
    assert lefts == sorted(lefts)


def test_a_piece_has_its_ink_within_its_box() -> None:
    image = page("4207")
    for piece in segment(image)[0].pieces:
        top, left, bottom, right = piece.box
        inked = image[top:bottom, left:right] < PAPER - 20
        assert inked.any(axis=0).all()
        assert inked.any(axis=1).all()


def test_pale_pencil_beside_noise_is_ink() -> None:
    rng = np.random.default_rng(0)
    photo = page(ink=190) + rng.normal(0, 3, page().shape)
    assert counts(segment(np.clip(photo, 0, 255).astype(np.uint8))) == [4]


def test_the_edge_of_a_shadow_across_the_digits_is_no_ink() -> None:
    image = page("42075").astype(float)
    middle = image.shape[1] / 2
    image *= np.clip(1 - (np.arange(image.shape[1]) - middle) / 20, 0.5, 1)
    assert counts(segment(image.astype(np.uint8))) == [5]


def test_a_dark_desk_beside_the_paper_is_no_number() -> None:
    rng = np.random.default_rng(0)
    image = np.pad(page("4207"), ((60, 60), (90, 0)), constant_values=60).astype(float)
    desk = image == 60
    image[desk] += rng.normal(0, 3, desk.sum())
    image = gaussian_filter(image, 1)  # no lens draws the paper's edge sharper
    assert read(np.clip(image, 0, 255).astype(np.uint8)).text == "4207"


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (3, 3), (28, 28)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_even_image_of_any_size_has_no_lines(shape: tuple[int, int], value: int) -> None:
    assert segment(np.full(shape, value, dtype=np.uint8)) == ()


@given(st.integers(0, 10_000), st.floats(0, 40), st.integers(90, 250))
@settings(max_examples=25, deadline=None)
def test_noise_on_blank_paper_is_read_as_no_number(seed: int, level: float, paper: int) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.normal(paper, level, (150, 220))
    assert read(np.clip(noise, 0, 255).astype(np.uint8)).text == ""


@pytest.mark.parametrize("seed", range(5))
def test_even_noise_of_all_shades_is_read_as_no_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert read(rng.integers(0, 256, (200, 300), dtype=np.uint8)).text == ""


@pytest.mark.parametrize("kind", ["across", "down", "round"])
@pytest.mark.parametrize("ends", [(40, 240), (200, 230), (255, 0)])
def test_a_plain_gradient_is_read_as_no_number(kind: str, ends: tuple[int, int]) -> None:
    down, across = np.mgrid[0:1:200j, 0:1:300j]
    way = {"across": across, "down": down, "round": np.hypot(down - 0.5, across - 0.5)}[kind]
    image = ends[0] + (ends[1] - ends[0]) * way / way.max()
    assert read(image.astype(np.uint8)).text == ""


def test_boxes_in_a_region_are_those_of_the_whole_image() -> None:
    image = page("4207")
    whole = segment(image)[0].pieces[1].box
    part = segment(image, region=(whole.left - 8, 0, whole.right + 8, image.shape[0]))
    assert counts(part) == [1]
    assert np.abs(np.subtract(part[0].pieces[0].box, whole)).max() <= 1


def test_a_drawn_string_is_cut_into_its_digits() -> None:
    picture = render_string("504192", np.random.default_rng(3))
    assert counts(segment(picture.photo)) == [6]


def test_each_stage_can_be_run_alone() -> None:
    options = SegmenterOptions()
    ink = find_ink(page("42"), options)
    assert ink.mask.mean() == pytest.approx(np.mean(page("42") < 150), abs=0.02)
    components = label_components(ink, options)
    assert len(components.numbers) == 2
    assert [len(line) for line in group_lines(components, options)] == [2]


@given(st.floats(0.05, 0.4), st.floats(0.6, 0.95))
def test_otsus_threshold_parts_two_classes(low: float, high: float) -> None:
    values = np.array([low] * 70 + [high] * 30, dtype=np.float32)
    assert low <= otsu_threshold(values) <= high


def test_a_region_of_a_loaded_photo_is_the_callers_error() -> None:
    with pytest.raises(ValueError, match="where the photo is loaded"):
        segment(load_photo(page()), region=(0, 0, 10, 10))


def test_a_page_of_a_thousand_digits_keeps_its_lines() -> None:
    image = np.vstack([page("31415926535897932384" * 2, height=24, pad=6)] * 25)
    assert counts(segment(image)) == [40] * 25


@pytest.mark.parametrize("form", [(245, 150, 40), (240, 90, 90), (120, 190, 245)])
@pytest.mark.parametrize("pen", [(30, 30, 30), (30, 40, 120)], ids=["black", "blue"])
def test_the_coloured_boxes_of_a_form_are_no_ink_even_where_digits_touch_them(
    form: tuple[int, int, int], pen: tuple[int, int, int]
) -> None:
    cover = (PAPER - page("4207", ink=0).astype(float))[..., None] / PAPER
    photo = np.full((*cover.shape[:2], 3), 245.0)
    for piece in segment(page("4207", ink=0))[0].pieces:
        top, left, bottom, right = piece.box
        frame = photo[top - 3 : bottom + 3, left - 6 : right + 6]
        inside = frame[3:-3, 3:-3].copy()
        frame[:] = form
        frame[3:-3, 3:-3] = inside
    photo = photo * (1 - cover) + np.array(pen) * cover
    assert counts(segment(gaussian_filter(photo, (0.7, 0.7, 0)).astype(np.uint8))) == [4]
    assert read(gaussian_filter(photo, (0.7, 0.7, 0)).astype(np.uint8)).text == "4207"
