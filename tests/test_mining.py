"""What is told of the pieces of drawn strings, and which of them are kept to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstring import mining
from digitstring.classifier import Digits, Judgement, Network, classify
from digitstring.mining import (
    NO_DIGIT,
    UNTOLD,
    MiningOptions,
    boxed_part,
    hard,
    mine_part,
    own_boxes,
    owners_of,
    propose_all,
    tell,
)
from digitstring.practice import Practice
from digitstring.samples import BUNDLED, Layout, draw_blot, draw_glyph, lay_out
from digitstring.segmenter import normalize
from digitstring.segmenter.lattice import Lattice
from digitstring.strings import DrawnString, draw_string

OPTIONS = MiningOptions()
UNSURE = Network((784, 11), rng=np.random.default_rng(0), output="softmax+whole")


def draw(text: str, gap_frac: float = 0.2) -> DrawnString:
    """Set a string in type, black on white."""

    def glyphs(char: str, rng: np.random.Generator) -> NDArray[np.float32]:
        return draw_blot("currency", rng, 48) if char == "$" else draw_glyph(char, BUNDLED, 48)

    layout = Layout(gap_frac=(gap_frac, gap_frac), baseline_jitter=0)
    page = lay_out(text, glyphs, np.random.default_rng(0), layout)
    pixels = np.round(255 * (1 - page.ink)).astype(np.uint8)
    return DrawnString(pixels, page.lines, page.owners)


def lattice_of(string: DrawnString) -> Lattice:
    return next(propose_all(string))


def piece_between(lattice: Lattice, left: float, right: float) -> int:
    """Return the piece, upright at its sides, whose ends are nearest to columns of the image."""
    boxes = np.array([lattice.piece_box(piece) for piece in range(len(lattice.start))])
    off = np.abs(boxes[:, 1] - left) + np.abs(boxes[:, 3] - right)
    leans = np.abs(lattice.seams.columns[:, 0] - lattice.seams.columns[:, -1])
    piece = int((off + leans[lattice.start] + leans[lattice.stop]).argmin())
    assert off[piece] <= 6
    return piece


def sure_of(value: int) -> Network:
    """Return a network that takes everything for one whole digit of a value."""
    sums = np.zeros((11, 1), np.float32)
    sums[value] = sums[10] = 20
    return Network.from_weights(
        [np.zeros((11, 784), np.float32)], [sums], hidden="relu", output="softmax+whole"
    )


@pytest.mark.parametrize("gap_frac", [0.2, -0.02])
def test_the_piece_with_a_digits_ink_is_that_digit(gap_frac: float) -> None:
    string = draw("4742", gap_frac)
    lattice = lattice_of(string)
    told = tell(lattice, string, OPTIONS)
    for value, (_, left, _, right) in string.lines[0]:
        assert told[piece_between(lattice, left, right)] == int(value)


def test_half_a_digit_and_two_together_are_no_digit() -> None:
    string = draw("4712", gap_frac=0.1)
    lattice = lattice_of(string)
    told = tell(lattice, string, OPTIONS)
    (_, first), (_, second) = string.lines[0][1:3]
    assert told[piece_between(lattice, first[1], (first[1] + first[3]) / 2)] == NO_DIGIT
    assert told[piece_between(lattice, first[1], second[3])] == NO_DIGIT


def test_a_digit_with_a_1_beside_it_is_no_digit() -> None:
    string = draw("814", gap_frac=0.05)
    told = tell(lattice := lattice_of(string), string, OPTIONS)
    (_, first), (_, second) = string.lines[0][:2]
    assert told[piece_between(lattice, first[1], first[3])] == 8
    assert told[piece_between(lattice, first[1], second[3])] == NO_DIGIT


def test_a_digit_with_a_little_missing_is_told_neither_way() -> None:
    string = draw("4025")
    lattice = lattice_of(string)
    strict = MiningOptions(same=0.999, best=0.999, other=0.3)
    told = tell(lattice, string, strict)
    (_, (_, left, _, right)) = string.lines[0][1]
    assert told[piece_between(lattice, left, (left + 2 * right) / 3)] == UNTOLD


def test_what_is_no_digit_in_the_string_is_told_so() -> None:
    string = draw("$ 425")
    lattice = lattice_of(string)
    told = tell(lattice, string, OPTIONS)
    before_the_digits = string.lines[0][0].box[1]
    boxes = np.array([lattice.piece_box(piece) for piece in range(len(told))])
    outside = boxes[:, 3] <= before_the_digits - 4
    assert outside.any()
    assert (told[outside] == NO_DIGIT).all()


def test_only_the_values_of_the_string_are_told() -> None:
    string = draw("4725")
    told = tell(lattice_of(string), string, OPTIONS)
    assert set(told.tolist()) - {NO_DIGIT, UNTOLD} == {4, 7, 2, 5}


def test_each_pixel_of_a_strip_belongs_to_the_digit_drawn_there() -> None:
    string = draw("4725")
    strip = lattice_of(string).strip
    owners = owners_of(strip, string)
    dark = strip.ink > 0.5
    assert set(owners[dark].tolist()) == {0, 1, 2, 3}
    middles = [np.nonzero(dark & (owners == number))[1].mean() for number in range(4)]
    assert middles == sorted(middles)
    assert (owners[strip.ink == 0] == -1).mean() > 0.5


def told_of(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def some_lattice(n: int) -> Lattice:
    lattice = lattice_of(draw("4725"))
    assert len(lattice.start) >= n
    return Lattice(
        lattice.strip,
        lattice.seams,
        lattice.start[:n],
        lattice.stop[:n],
        lattice.boxes[:n],
        lattice.mass[:n],
    )


def test_every_digit_that_is_taken_for_another_is_kept_and_none_that_is_untold() -> None:
    told = told_of(4, 3, UNTOLD, 3, 4, UNTOLD)
    none_easy = MiningOptions(easy_digits=0)
    kept = hard(some_lattice(6), told, sure_of(4), np.random.default_rng(0), none_easy)
    assert kept.tolist() == [1, 3]


def test_a_share_of_the_digits_known_already_is_kept_too() -> None:
    told = np.full(60, 4)
    lattice, rng = some_lattice(60), np.random.default_rng(0)
    kept = hard(lattice, told, sure_of(4), rng, MiningOptions(easy_digits=0.4))
    assert 10 < len(kept) < 38


def test_of_what_is_no_digit_so_many_are_kept_at_most() -> None:
    told = np.full(60, NO_DIGIT)
    for most in (0, 5, 100):
        options = MiningOptions(most_others=most)
        kept = hard(some_lattice(60), told, UNSURE, np.random.default_rng(0), options)
        assert len(set(kept.tolist())) == len(kept) == min(most, 60)


def test_of_what_is_no_digit_the_hard_ones_are_kept_first(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.zeros(40, np.float32)
    whole[[7, 21, 33]] = 0.9
    answers = Judgement(np.full((40, 10), 0.1, np.float32), whole)
    monkeypatch.setattr(mining, "judge", lambda *_: answers)
    options = MiningOptions(most_others=3)
    told = np.full(40, NO_DIGIT)
    kept = hard(some_lattice(40), told, UNSURE, np.random.default_rng(0), options)
    assert sorted(kept.tolist()) == [7, 21, 33]


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Practice:
    monkeypatch.setattr(mining, "PART", 3)
    labels = np.arange(10)
    crops = np.stack([normalize(draw_glyph(str(value), BUNDLED, 40)) for value in labels])
    return Practice(Digits(crops, labels), (BUNDLED,))


def test_mined_crops_are_bytes_with_a_label_each_and_none_is_untold(practice: Practice) -> None:
    pool = mine_part(practice, UNSURE, [1, 0], OPTIONS)
    assert pool.crops.dtype == np.uint8
    assert pool.crops.shape == (len(pool.labels), 28, 28)
    assert set(pool.labels.tolist()) <= {NO_DIGIT, *range(10)}
    assert (pool.labels == NO_DIGIT).any()
    assert (pool.labels >= 0).any()


def test_the_same_seed_mines_the_same_crops(practice: Practice) -> None:
    one, again, other = (mine_part(practice, UNSURE, [1, part], OPTIONS) for part in (0, 0, 1))
    np.testing.assert_array_equal(one.crops, again.crops)
    np.testing.assert_array_equal(one.labels, again.labels)
    assert not np.array_equal(one.crops, other.crops)


def test_digits_cut_out_by_their_boxes_look_like_what_they_are_labelled(practice: Practice) -> None:
    pool = boxed_part(practice, [1, 0])
    assert pool.crops.shape == (len(pool.labels), 28, 28)
    assert set(pool.labels.tolist()) <= set(range(10))
    assert pool.crops.any(axis=(1, 2)).all()
    known = classify(pool.crops.astype(np.float32) / 255).argmax(axis=1) == pool.labels
    assert known.mean() > 0.7


def test_a_box_that_holds_much_of_a_neighbour_is_left_out() -> None:
    rng = np.random.default_rng(4)
    apart = draw_string("apart", rng, None, (), text="808")
    (first, *others), *_ = apart.lines
    top, left, bottom, right = first.box
    wide = first._replace(box=(top, left, bottom, right + 2 * (right - left)))
    stretched = replace(apart, lines=((wide, *others),))
    values = [[value for _, value in own_boxes(each, rng)] for each in (apart, stretched)]
    assert values == [[8, 0, 8], [0, 8]]
