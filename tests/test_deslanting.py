"""Crops made upright: what is sheared back, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstring.classifier import Network, deslant, judge
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter import normalize

Crops = NDArray[np.float32]


def bar(slant: float) -> Crops:
    """Draw a bar 4 pixels wide through a crop's middle, `slant` columns to the right each row."""
    rows, columns = np.mgrid[:28, :28]
    away = np.abs(columns - 14 - slant * (rows - 14))
    drawn: Crops = np.clip(2.5 - away, 0, 1).astype(np.float32)
    drawn[np.abs(rows - 14) > 9] = 0
    return drawn


def covariance(crop: Crops) -> float:
    rows, columns = np.mgrid[:28, :28]
    mass = crop.sum()
    down, across = (crop * rows).sum() / mass, (crop * columns).sum() / mass
    return float((crop * (rows - down) * (columns - across)).sum() / mass)


def drawn_digits() -> Crops:
    return np.stack([normalize(draw_glyph(str(value), BUNDLED, 40)) for value in range(10)])


@pytest.mark.parametrize("slant", [-0.8, -0.3, 0.2, 0.6])
def test_a_slanted_bar_becomes_upright(slant: float) -> None:
    (upright,) = deslant(bar(slant)[np.newaxis])
    columns = np.flatnonzero(upright.max(axis=0) > 0.5)
    assert np.ptp(columns) + 1 <= 6
    assert abs(covariance(upright)) < 0.5


def test_a_bar_keeps_its_ink_and_its_middle() -> None:
    slanted = bar(0.4)
    (upright,) = deslant(slanted[np.newaxis])
    assert upright.sum() == pytest.approx(slanted.sum(), rel=0.01)
    places = np.arange(28)
    for axis in (0, 1):
        before, after = ((crop.sum(axis=axis) @ places) for crop in (slanted, upright))
        assert after == pytest.approx(before, rel=0.02)


def test_an_upright_bar_stays_as_it_is() -> None:
    upright = bar(0)[np.newaxis]
    np.testing.assert_allclose(deslant(upright), upright, atol=1e-5)


def test_no_bar_is_sheared_by_more_than_45_degrees() -> None:
    flat = bar(0).T[np.newaxis].copy()
    flat[0, 12, :10] = 1  # a moment of a lying bar that asks for any shear
    rows = np.flatnonzero(flat[0].any(axis=1))
    moved = deslant(flat)[0]
    for row in rows:
        before, after = (np.flatnonzero(crop[row] > 0.01) for crop in (flat[0], moved))
        assert abs(after[0] - before[0]) <= abs(row - 14) + 3


def test_blank_crops_stay_blank() -> None:
    assert not deslant(np.zeros((2, 28, 28), np.float32)).any()


def test_no_crops_are_no_crops() -> None:
    assert deslant(np.zeros((0, 28, 28), np.float32)).shape == (0, 28, 28)


def test_each_crop_is_made_upright_by_itself() -> None:
    crops = np.concatenate([drawn_digits(), bar(0.5)[np.newaxis], np.zeros((1, 28, 28))])
    together = deslant(crops.astype(np.float32))
    alone = np.concatenate([deslant(crop[np.newaxis].astype(np.float32)) for crop in crops])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_flat_crops_are_taken_too_and_the_argument_is_left_alone() -> None:
    crops = drawn_digits()
    before = crops.copy()
    np.testing.assert_array_equal(deslant(crops.reshape(10, 784)), deslant(crops))
    np.testing.assert_array_equal(crops, before)


@given(st.integers(0, 9), st.floats(-0.5, 0.5))
def test_a_sheared_digit_becomes_what_the_straight_one_becomes(value: int, slant: float) -> None:
    straight = drawn_digits()[value]
    rows = np.arange(28)
    sheared = np.stack(
        [
            np.interp(rows - slant * (row - 13.5), rows, straight[row], left=0, right=0)
            for row in range(28)
        ]
    ).astype(np.float32)
    one, other = deslant(np.stack([straight, sheared]))
    assert np.abs(one - other).mean() < 0.04


def test_upright_crops_stay_ink_between_none_and_full() -> None:
    noise = np.random.default_rng(0).random((20, 28, 28), dtype=np.float32)
    upright = deslant(noise)
    assert upright.dtype == np.float32
    assert upright.min() >= 0
    assert upright.max() <= 1 + 1e-6


def test_a_network_that_learned_upright_crops_is_shown_them_upright() -> None:
    plain = Network((784, 10), rng=np.random.default_rng(0))
    upright = Network((784, 10), rng=np.random.default_rng(0), deslanted=True)
    slanted = bar(0.6)[np.newaxis]
    shown = judge(slanted, upright).probs
    np.testing.assert_array_equal(shown, judge(deslant(slanted), plain).probs)
    assert not np.allclose(shown, judge(slanted, plain).probs)
