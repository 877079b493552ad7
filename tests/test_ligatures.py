"""Strokes from digit to digit."""

from __future__ import annotations

import numpy as np
from skimage.measure import label

from digitstring.samples import join_digits
from digitstring.samples.layout import Page
from tests.typeset import set_in_type


def set_apart(text: str, gap_frac: float = 0.2) -> Page:
    return set_in_type(text, gap_frac, height=40)


def pieces(ink: np.ndarray) -> int:
    return int(label(ink > 0.5, connectivity=2).max())


def test_joined_digits_are_one_piece_of_ink_and_keep_their_own() -> None:
    page = set_apart("0003")
    joined = join_digits(page.ink, page.lines[0], np.random.default_rng(1), share=1.0)
    assert (pieces(page.ink), pieces(joined)) == (4, 1)
    assert (joined >= page.ink).all()


def test_digits_far_apart_are_not_joined() -> None:
    page = set_apart("00", gap_frac=1.5)
    joined = join_digits(page.ink, page.lines[0], np.random.default_rng(1), share=1.0)
    np.testing.assert_array_equal(joined, page.ink)


def test_a_share_of_the_pairs_is_joined() -> None:
    page = set_apart("0" * 40)
    joined = join_digits(page.ink, page.lines[0], np.random.default_rng(2), share=0.5)
    assert 10 <= pieces(joined) <= 31
