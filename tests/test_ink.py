"""`find_ink`: pixels to ink, in any light, with any pen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstring.samples import BUNDLED, Layout, draw_glyph, lay_out
from digitstring.samples.paper import Colour, add_noise, add_texture, develop, put_on_paper
from digitstring.segmenter import SegmenterOptions, segment
from digitstring.segmenter.ink import InkMap, find_ink

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

PENS: dict[str, Colour] = {
    "black": (20, 20, 24),
    "red": (176, 28, 36),
    "blue": (28, 44, 140),
    "bright blue": (60, 120, 240),
    "green": (12, 110, 56),
    "orange": (250, 140, 0),
    "yellow marker": (255, 220, 40),
    "pale pencil": (205, 205, 205),
}


def cover() -> Floats:
    """Return the ink of a line of print well apart, (h, w), 1 where the pen went."""
    rng = np.random.default_rng(0)
    spaced = Layout(gap_frac=(0.4, 0.4), baseline_jitter=0.0)
    return lay_out("42075", lambda value, _: draw_glyph(value, BUNDLED, 60), rng, spaced).ink


def photo(pen: Colour = (20, 20, 24), paper: Colour = (244, 243, 238)) -> Floats:
    return put_on_paper(cover(), pen=pen, paper=paper)


def ink_of(pixels: Pixels) -> InkMap:
    return find_ink(pixels, SegmenterOptions())


def agreement(pixels: Pixels) -> float:
    """Return the share of what is ink, found or true, that is both (intersection over union)."""
    found, true = ink_of(pixels).mask, cover() > 0.5
    return float((found & true).sum() / (found | true).sum())


def count(pixels: Pixels) -> int:
    return sum(len(line.pieces) for line in segment(pixels))


def across(first: float, last: float) -> Floats:
    """Return light that changes evenly from the left of the photo to its right, (w, 1)."""
    return np.linspace(first, last, cover().shape[1], dtype=np.float32)[:, np.newaxis]


@pytest.mark.parametrize("pen", PENS)
def test_every_pen_on_white_paper_is_ink(pen: str) -> None:
    pixels = develop(photo(PENS[pen]))
    assert agreement(pixels) > 0.75
    assert count(pixels) == 5


@pytest.mark.parametrize("paper", [(250, 232, 140), (205, 195, 178), (160, 200, 230)])
def test_coloured_paper_is_no_ink(paper: Colour) -> None:
    assert agreement(develop(photo(paper=paper))) > 0.75


@pytest.mark.parametrize("pen", ["black", "red", "blue", "green"])
def test_ink_lies_in_the_same_places_where_light_and_dark_are_inverted(pen: str) -> None:
    pixels = develop(photo(PENS[pen]))
    assert np.mean(ink_of(pixels).mask != ink_of(255 - pixels).mask) < 0.02


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 90), st.integers(150, 255))
def test_dark_ink_and_light_ink_are_found_at_any_levels(dark: int, light: int) -> None:
    for pen, paper in ((dark, light), (light, dark)):
        assert agreement(develop(photo((pen,) * 3, (paper,) * 3))) > 0.75


@pytest.mark.parametrize(("first", "last"), [(1.0, 0.3), (0.4, 1.0), (1.0, 0.6)])
def test_light_that_falls_off_across_the_page_is_flattened(first: float, last: float) -> None:
    assert agreement(develop(photo() * across(first, last))) > 0.7


@pytest.mark.parametrize("depth", [0.3, 0.5, 0.6])
@pytest.mark.parametrize("place", [0.3, 0.5, 0.62])
def test_a_hard_shadow_edge_across_the_digits_is_no_ink(depth: float, place: float) -> None:
    edge = round(place * cover().shape[1])
    shaded = photo()
    shaded[:, edge:] *= 1 - depth
    assert count(develop(shaded)) == 5


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.05, 0.15])
def test_the_papers_fibres_are_no_ink(strength: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fibrous = add_texture(photo(), rng, strength=strength, grain_px=3)
    assert agreement(develop(add_noise(fibrous, rng, sigma=0.02))) > 0.7


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.02, 0.1, 0.3])
def test_fibres_alone_give_no_lines(strength: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    blank = put_on_paper(np.zeros((160, 240), np.float32), paper=(236, 229, 210))
    fibrous = add_texture(blank, rng, strength=strength, grain_px=rng.uniform(1.5, 12))
    assert segment(develop(fibrous)) == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.002, 0.15), st.integers(90, 250))
def test_sensor_noise_on_blank_paper_gives_no_lines(seed: int, sigma: float, level: int) -> None:
    rng = np.random.default_rng(seed)
    blank = put_on_paper(np.zeros((150, 220), np.float32), paper=(level, level, level))
    assert segment(develop(add_noise(blank, rng, sigma=sigma))) == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(120, 180), (120, 180, 3), (40, 300)]))
def test_uniform_noise_gives_no_lines(seed: int, shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    assert segment(noise) == ()


@pytest.mark.parametrize("kind", ["linear", "diagonal", "radial"])
@pytest.mark.parametrize("ends", [(0, 255), (255, 0), (120, 140), (250, 180)])
def test_a_plain_gradient_gives_no_lines(kind: str, ends: tuple[int, int]) -> None:
    down, along = np.mgrid[-1:1:160j, -1:1:240j]
    way = {"linear": along, "diagonal": along + down, "radial": np.hypot(along, down)}[kind]
    way = (way - way.min()) / np.ptp(way)
    assert segment((ends[0] + (ends[1] - ends[0]) * way).astype(np.uint8)) == ()


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)), st.sampled_from([0, 3]), st.integers(0, 999)
)
def test_contrast_lies_in_0_to_1_in_an_image_of_any_size(
    size: tuple[int, int], channels: int, seed: int
) -> None:
    shape = (*size, channels) if channels else size
    ink = ink_of(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))
    assert ink.contrast.shape == ink.mask.shape == size
    assert 0 <= ink.contrast.min() <= ink.contrast.max() <= 1
