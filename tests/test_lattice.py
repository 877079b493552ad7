"""The pieces of a strip: the digits among them, fitted as `normalize` fits them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from digitstring.samples import Page
from digitstring.segmenter import Box, SegmenterOptions, normalize
from digitstring.segmenter.lattice import Lattice, propose
from digitstring.segmenter.strips import HEIGHT, Strip
from tests.typeset import set_in_type

Ink = NDArray[np.float32]
OPTIONS = SegmenterOptions()
TOP = 16


def lattice_of(ink: Ink, zoom: float = 1.0) -> Lattice:
    matrix = np.array([[zoom, 0.0, 0.0], [0.0, zoom, 0.0]])
    return propose(Strip(ink, float(TOP), matrix), OPTIONS)


def random_lattice(seed: int) -> Lattice:
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.random((40, 120)), rng.uniform(1, 4))
    noise = (noise - noise.min()) / np.ptp(noise)
    ink = np.clip(rng.uniform(2, 6) * (noise - rng.uniform(0.4, 0.8)), 0, 1)
    return lattice_of(ink.astype(np.float32))


def own_ink(page: Page, number: int) -> Ink:
    return np.where(page.owners == number, page.ink, np.float32(0))


def piece_with_box(lattice: Lattice, box: tuple[int, ...]) -> int:
    (pieces,) = np.nonzero((np.abs(lattice.boxes - box) <= 1).all(axis=1))
    assert pieces.size, f"no piece has the box {box}"
    return int(pieces[0])


def difference(crop: Ink, other: Ink) -> float:
    """Return the mean difference of two crops; one may stand a pixel aside, as roundings go."""
    steps = (-1, 0, 1)
    return min(
        float(np.abs(np.roll(crop, (down, across), (0, 1)) - other).mean())
        for down in steps
        for across in steps
    )


@pytest.mark.parametrize("text", ["504192", "3867", "1110"])
def test_a_digits_piece_has_the_crop_that_normalize_gives_of_its_ink(text: str) -> None:
    page = set_in_type(text)
    lattice = lattice_of(page.ink)
    for number, (_, box) in enumerate(page.lines[0]):
        crop = lattice.crops[piece_with_box(lattice, box)]
        assert difference(crop, normalize(own_ink(page, number))) < 0.025


@pytest.mark.parametrize("text", ["42", "57", "71", "33"])
def test_touching_digits_have_pieces_like_their_own_crops(text: str) -> None:
    page = set_in_type(text, gap_frac=-0.03)
    lattice = lattice_of(page.ink)
    for number in range(2):
        wanted = normalize(own_ink(page, number))
        assert min(difference(crop, wanted) for crop in lattice.crops) < 0.04


def test_a_broken_digit_has_a_piece_that_joins_its_parts() -> None:
    page = set_in_type("404")
    broken = page.ink.copy()
    top, left, bottom, right = page.lines[0][1].box
    broken[(top + bottom) // 2 - 2 : (top + bottom) // 2 + 2, left:right] = 0
    lattice = lattice_of(broken)
    piece = piece_with_box(lattice, (top, left, bottom, right))
    wanted = normalize(broken[top:bottom, left:right])
    assert difference(lattice.crops[piece], wanted) < 0.03


def test_a_pieces_mass_is_its_ink() -> None:
    page = set_in_type("504192")
    lattice = lattice_of(page.ink)
    for number, (_, box) in enumerate(page.lines[0]):
        piece = piece_with_box(lattice, box)
        assert lattice.mass[piece] == pytest.approx(own_ink(page, number).sum(), rel=0.01)


def test_pieces_of_a_wide_blot_are_as_wide_as_a_digit_or_uncut() -> None:
    ink = np.zeros((64, 300), np.float32)
    ink[TOP : TOP + HEIGHT, 20:280] = 1
    lattice = lattice_of(ink)
    single = lattice.stop - lattice.start == 1
    widths = lattice.boxes[:, 3] - lattice.boxes[:, 1]
    assert (widths[~single] <= OPTIONS.widest * HEIGHT).all()
    assert widths[single].max() >= 130


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_piece_is_made_of_a_dozen_atoms_at_most(seed: int) -> None:
    lattice = random_lattice(seed)
    atoms = lattice.stop - lattice.start
    assert ((atoms >= 1) & (atoms <= OPTIONS.most_atoms)).all()


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_pieces_lead_from_one_end_of_the_strip_to_the_other(seed: int) -> None:
    lattice = random_lattice(seed)
    reached = {0}
    for stop in range(1, len(lattice.seams.costs)):
        if reached & set(lattice.start[lattice.stop == stop].tolist()):
            reached.add(stop)
    assert len(lattice.seams.costs) - 1 in reached


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_crops_are_ink_fitted_into_twenty_pixels_in_the_middle_of_the_crop(seed: int) -> None:
    lattice = random_lattice(seed)
    crops = lattice.crops
    assert crops.dtype == np.float32
    assert crops.shape == (len(lattice.start), 28, 28)
    assert crops.min() >= 0
    assert crops.max() <= 1
    for axis in (1, 2):
        inked = crops.max(axis=axis, initial=0) > 0
        extents = 28 - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1)
        assert extents[inked.max(axis=1)].max() <= 20


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_boxes_are_tight_round_the_pieces_ink(seed: int) -> None:
    lattice = random_lattice(seed)
    for piece in range(0, len(lattice.start), 7):
        rows, columns = np.nonzero((lattice.strip.ink - lattice.ink_without([piece])) > 0.1)
        tight = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        assert tuple(lattice.boxes[piece]) == tight


def test_without_its_digits_a_strip_keeps_what_stands_between() -> None:
    page = set_in_type("42")
    ink = np.pad(page.ink, ((0, 0), (0, 40)))
    ink[44:48, -30:-25] = 1
    lattice = lattice_of(ink)
    pieces = [piece_with_box(lattice, box) for _, box in page.lines[0]]
    left = lattice.ink_without(pieces)
    assert left.sum() == pytest.approx(20, abs=0.5)
    assert left[44:48, -30:-25].all()
    np.testing.assert_array_equal(lattice.ink_without([]), ink)


def test_a_pieces_box_in_the_image_is_as_large_as_the_image() -> None:
    page = set_in_type("42")
    lattice = lattice_of(page.ink, zoom=3.0)
    for _, box in page.lines[0]:
        found = lattice.piece_box(piece_with_box(lattice, box))
        assert found == pytest.approx([3 * side for side in box], abs=3)
        assert isinstance(found, Box)


@pytest.mark.parametrize("ink", [0.0, 0.05])
def test_paper_has_no_pieces(ink: float) -> None:
    lattice = lattice_of(np.full((40, 60), ink, np.float32))
    assert lattice.crops.shape == (0, 28, 28)
    assert lattice.boxes.shape == (0, 4)
