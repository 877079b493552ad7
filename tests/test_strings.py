"""Drawn strings: what they hold, and that the truth about them is true."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import label

from digitstring.classifier import Digits
from digitstring.samples import BUNDLED, draw_digit, draw_glyph, random_hand
from digitstring.samples.spacing import trim
from digitstring.segmenter import normalize
from digitstring.strings import KINDS, MORE_KINDS, DrawnString, Kind, draw_string

FACES = (BUNDLED,)
ALL_KINDS = KINDS + MORE_KINDS


@pytest.fixture(scope="module")
def digits() -> Digits:
    """Two written digits of each value, in the form of MNIST's."""
    rng = np.random.default_rng(0)
    hand = replace(random_hand(rng), pen_frac=0.12)
    labels = np.repeat(np.arange(10), 2)
    crops = [normalize(draw_digit(str(value), hand, rng, 40)) for value in labels]
    return Digits(np.stack(crops), labels)


def draw(kind: Kind, seed: int, digits: Digits | None, text: str | None = None) -> DrawnString:
    return draw_string(kind, np.random.default_rng(seed), digits, FACES, text=text)


def draw_black(kind: Kind, seed: int, digits: Digits | None, text: str) -> DrawnString:
    """Draw black ink on white, without paper and scanner."""

    rng = np.random.default_rng(seed)
    return draw_string(kind, rng, digits, FACES, text=text, scan=lambda ink, *_: black(ink))


def black(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (255 - np.round(255 * ink)).astype(np.uint8)


def inked(drawn: DrawnString) -> NDArray[np.bool_]:
    return (255 - drawn.pixels.astype(int)) > 255 * 0.1


def box_round(ink: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def pieces_of(drawn: DrawnString) -> int:
    return int(label(inked(drawn), connectivity=2).max())


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_string_is_dark_on_light_paper(kind: Kind, digits: Digits) -> None:
    for seed in range(4):
        drawn = draw(kind, seed, digits)
        assert drawn.pixels.dtype == np.uint8
        assert np.median(drawn.pixels) > 190
        assert drawn.pixels.min() < 160


def test_a_string_has_three_to_eight_digits_and_any() -> None:
    texts = [draw("printed", seed, None).text for seed in range(60)]
    assert {len(text) for text in texts} == {3, 4, 5, 6, 7, 8}
    assert set("".join(texts)) == set("0123456789")


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_same_seed_draws_the_same_pixels(kind: Kind, written: bool, digits: Digits) -> None:
    source = digits if written else None
    one, two, other = (draw(kind, seed, source) for seed in (3, 3, 4))
    assert np.array_equal(one.pixels, two.pixels)
    assert one.lines == two.lines
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize("kind", ["apart", "touching", "crowded", "printed", "display"])
def test_the_boxes_together_are_just_round_all_ink(kind: Kind, digits: Digits) -> None:
    for seed in range(6):
        drawn = draw_black(kind, seed, digits, "40718")
        boxes = np.array([digit.box for digit in drawn.lines[0]])
        around = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        assert box_round(inked(drawn)) == around


@pytest.mark.parametrize("text", ["25690", "1", "$ 4,70-"])
def test_each_box_is_just_round_its_own_digit(text: str) -> None:
    for seed in range(6):
        drawn = draw_black("printed", seed, None, text)
        for _, (top, left, bottom, right) in drawn.lines[0]:
            alone = np.zeros_like(inked(drawn))
            alone[:, left - 1 : right + 1] = inked(drawn)[:, left - 1 : right + 1]
            assert box_round(alone) == (top, left, bottom, right)


def test_the_boxes_hold_after_the_scan(digits: Digits) -> None:
    for seed in range(8):
        drawn = draw("apart", seed, digits)
        boxes = np.array([digit.box for digit in drawn.lines[0]])
        dark = drawn.pixels < (np.median(drawn.pixels) + drawn.pixels.min()) / 2
        found = np.array(box_round(dark))
        around = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
        assert np.abs(found - around).max() <= 3


def test_overlapping_digits_are_one_piece_of_ink_and_digits_apart_are_not(digits: Digits) -> None:
    for seed in range(20):
        assert pieces_of(draw_black("overlapping", seed, digits, "0008")) == 1
        assert pieces_of(draw_black("apart", seed, digits, "0008")) == 4


def test_touching_digits_share_one_to_four_columns_of_a_crop(digits: Digits) -> None:
    for seed in range(20):
        boxes = [digit.box for digit in draw_black("touching", seed, digits, "00000").lines[0]]
        height = np.median([bottom - top for top, _, bottom, _ in boxes])
        shared = np.array([a[3] - b[1] for a, b in pairwise(boxes)]) * 20 / height
        assert shared.min() > 0.4
        assert shared.max() < 4.6


def test_touching_digits_stay_digits(digits: Digits) -> None:
    for seed in range(20):
        boxes = [digit.box for digit in draw_black("touching", seed, digits, "00000").lines[0]]
        assert np.diff([left for _, left, _, _ in boxes]).min() > 0


def test_print_is_set_in_the_given_typeface() -> None:
    drawn = draw_black("printed", 1, None, "838")
    for value, (top, left, bottom, right) in drawn.lines[0]:
        glyphs = (trim(draw_glyph(value, BUNDLED, height)) for height in np.arange(18, 62, 0.5))
        printed = drawn.pixels[top:bottom, left:right]
        assert any(np.array_equal(printed, black(glyph)) for glyph in glyphs)


def test_print_needs_a_typeface(digits: Digits) -> None:
    with pytest.raises(ValueError, match="at least one typeface"):
        draw_string("printed", np.random.default_rng(0), digits, ())


@pytest.mark.parametrize("kind", ["boxes", "combs", "rules", "dotted"])
def test_what_is_printed_reaches_beyond_the_digits(kind: Kind, digits: Digits) -> None:
    for seed in range(10):
        drawn = draw_black(kind, seed, digits, "3803")
        outside = inked(drawn)
        for _, (top, left, bottom, right) in drawn.lines[0]:
            outside[top:bottom, left:right] = False
        assert outside.sum() > 10


def test_digits_cross_about_a_third_of_the_boxes(digits: Digits) -> None:
    zeros, box = 4, 1
    crossed = [
        pieces_of(draw_black("boxes", seed, digits, "0" * zeros)) < zeros + box
        for seed in range(60)
    ]
    assert 0.2 < np.mean(crossed) < 0.5


def test_marks_are_drawn_but_are_no_digits(digits: Digits) -> None:
    marked, bare = (draw_black("apart", 2, digits, text) for text in ("1-3,0/8", "1308"))
    assert marked.text == bare.text == "1308"
    assert pieces_of(marked) == pieces_of(bare) + 3


def test_most_amounts_end_in_zeros_and_none_begins_with_one() -> None:
    texts = [draw("amounts", seed, None).text for seed in range(80)]
    assert 0.5 < np.mean([text.endswith("0") for text in texts]) < 0.95
    assert not any(text.startswith("0") for text in texts)
    assert {len(text) for text in texts} == set(range(3, 8))


def test_the_zeros_of_an_amount_are_smaller_or_wider_than_other_digits() -> None:
    shapes = []
    for seed in range(40):
        (line,) = draw("amounts", seed, None, "8000").lines
        tall, *_, zero = [digit.box for digit in line]
        shapes.append([(zero[2] - zero[0]) / (tall[2] - tall[0]), zero[3] - zero[1]])
    heights = np.array(shapes)[:, 0]
    assert np.median(heights) < 0.95
    assert heights.min() < 0.7


def test_one_hand_draws_where_no_digits_are_given(digits: Digits) -> None:
    drawn, written = (draw_black("apart", 1, source, "2718") for source in (None, digits))
    assert drawn.text == written.text == "2718"
    assert not np.array_equal(drawn.pixels, written.pixels)


def test_a_value_that_is_not_among_the_digits_is_named(digits: Digits) -> None:
    others = digits.labels != 7
    few = Digits(digits.crops[others], digits.labels[others])
    with pytest.raises(ValueError, match="digits holds no 7"):
        draw("apart", 0, few, "1718")


def test_an_unknown_kind_is_refused(digits: Digits) -> None:
    with pytest.raises(ValueError, match="not 'sideways'"):
        draw_string("sideways", np.random.default_rng(0), digits, FACES)  # type: ignore[arg-type]
