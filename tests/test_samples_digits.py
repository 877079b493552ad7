"""Single digits and other marks: drawn by hand, set in type, lit in segments."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstring.samples import (
    BLOT_KINDS,
    BUNDLED,
    FORMS,
    Display,
    Form,
    Hand,
    TypefaceError,
    draw_blot,
    draw_digit,
    draw_glyph,
    draw_segments,
    find_typefaces,
    missing_packages,
    random_display,
    random_hand,
    typefaces,
)
from digitstring.samples.blots import BlotKind
from digitstring.samples.forms import MAX_POINTS
from digitstring.samples.typefaces import Kind

Ink = NDArray[np.float32]
DIGITS = "0123456789"
ALL_FORMS = [
    pytest.param(form, id=f"{form.value} {form.name}") for f in FORMS.values() for form in f
]


def plain_hand() -> Hand:
    """A writer who draws every form just as the copybook has it."""
    return replace(
        random_hand(np.random.default_rng(0)),
        habits=np.zeros((10, MAX_POINTS, 2)),
        proportions=np.zeros((10, 4)),
        unsteadiness=0.0,
        pen_frac=0.06,
        contrast=0.0,
        pressure=0.0,
        taper=0.0,
        slant=0.0,
        tilt_deg=0.0,
        aspect=1.0,
        rounding=0.0,
    )


def copybook(form: Form, height_px: float = 50) -> Ink:
    return draw_digit(form.value, plain_hand(), np.random.default_rng(0), height_px, form=form)


def on_one_size(ink: Ink) -> NDArray[np.float64]:
    sheet = np.zeros((80, 80))
    sheet[: ink.shape[0], : ink.shape[1]] = ink
    return sheet


def pieces_of(ink: Ink) -> int:
    """How many unconnected pieces of ink there are, counted by filling one after the other."""
    rest = ink > 0.5
    count = 0
    while rest.any():
        piece = np.zeros_like(rest)
        piece[np.unravel_index(rest.argmax(), rest.shape)] = True
        size = 0
        while piece.sum() > size:
            size = piece.sum()
            wide = np.pad(piece, 1)
            near = [np.roll(wide, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            piece = np.any(near, axis=0)[1:-1, 1:-1] & rest
        rest &= ~piece
        count += 1
    return count


def test_every_digit_has_several_forms_with_names_of_their_own() -> None:
    assert "".join(FORMS) == DIGITS
    for forms in FORMS.values():
        assert len({form.name for form in forms}) == len(forms) >= 8


@pytest.mark.parametrize("form", ALL_FORMS)
def test_a_form_is_drawn_with_ink_from_0_to_1_and_nearly_fills_its_frame(form: Form) -> None:
    ink = copybook(form)
    assert ink.dtype == np.float32
    assert ink.min() >= 0
    assert ink.max() == 1
    assert 48 <= ink.shape[0] <= 58
    assert (ink.max(axis=1) > 0)[[1, -2]].all()
    assert (ink.max(axis=0) > 0)[[1, -2]].all()


@pytest.mark.parametrize("value", DIGITS)
def test_no_two_forms_of_a_digit_look_the_same(value: str) -> None:
    drawn = [on_one_size(copybook(form)) for form in FORMS[value]]
    for one, other in itertools.combinations(drawn, 2):
        assert np.abs(one - other).sum() > 10


def test_a_form_has_no_more_points_than_a_hand_has_habits_for() -> None:
    assert max(len(form.points) for forms in FORMS.values() for form in forms) <= MAX_POINTS


def test_the_flag_of_a_five_can_stand_apart() -> None:
    pieces = {form.name: pieces_of(copybook(form)) for form in FORMS["5"]}
    assert pieces["flag detached"] == 2
    assert pieces["one stroke"] == 1


def test_the_same_seed_draws_the_same_digits() -> None:
    def draw() -> list[Ink]:
        rng = np.random.default_rng(3)
        hand = random_hand(rng)
        return [draw_digit(value, hand, rng, 40) for value in DIGITS]

    for one, other in zip(draw(), draw(), strict=True):
        assert np.array_equal(one, other)


def test_digits_of_one_hand_look_alike_but_are_not_the_same() -> None:
    rng = np.random.default_rng(5)
    hands = [replace(random_hand(rng), loyalty=1.0, unsteadiness=0.01) for _ in range(8)]
    twins, strangers = [], []
    for hand, stranger in itertools.pairwise(hands):
        one, two = (on_one_size(draw_digit("8", hand, rng, 40)) for _ in range(2))
        twins.append(np.abs(one - two).sum())
        strangers.append(np.abs(one - on_one_size(draw_digit("8", stranger, rng, 40))).sum())
    assert min(twins) > 0
    assert np.mean(twins) < 0.7 * np.mean(strangers)


def test_a_wider_pen_leaves_more_ink() -> None:
    thin, thick = (
        draw_digit("3", replace(plain_hand(), pen_frac=width), np.random.default_rng(0), 50).sum()
        for width in (0.05, 0.15)
    )
    assert 2 < thick / thin < 4


def test_slant_leans_the_top_to_the_right() -> None:
    one = FORMS["1"][0]
    hand = replace(plain_hand(), slant=0.5)
    ink = draw_digit("1", hand, np.random.default_rng(0), 50, form=one)
    assert ink[5].argmax() > ink[-6].argmax() + 15


@pytest.mark.parametrize("value", ["a", "10", ""])
def test_what_is_no_digit_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="0 to 9"):
        draw_digit(value, plain_hand(), np.random.default_rng(0), 40)
    with pytest.raises(ValueError, match="0 to 9"):
        draw_segments(value, Display(), 40)


def test_a_height_too_small_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="height_px must be at least 4, not 2"):
        draw_digit("1", plain_hand(), np.random.default_rng(0), 2)


@pytest.mark.parametrize("value", DIGITS)
def test_segments_without_gaps_are_one_piece(value: str) -> None:
    for bevel in (0.0, 0.4):
        assert pieces_of(draw_segments(value, Display(gap_frac=0.0, bevel=bevel), 60)) == 1


def test_segments_with_gaps_are_as_many_pieces_as_are_lit() -> None:
    display = Display(gap_frac=0.04)
    assert [pieces_of(draw_segments(value, display, 90)) for value in "18"] == [2, 7]


def test_random_displays_differ_and_are_seeded() -> None:
    one, two = (random_display(np.random.default_rng(seed)) for seed in (1, 2))
    assert one != two
    assert one == random_display(np.random.default_rng(1))


@pytest.mark.parametrize("value", DIGITS)
def test_the_bundled_typeface_draws_every_digit_in_the_wanted_height(value: str) -> None:
    ink = draw_glyph(value, BUNDLED, 40)
    assert 37 <= ink.shape[0] <= 43
    assert ink.max() > 0.9


def test_a_character_that_a_typeface_lacks_is_empty() -> None:
    assert draw_glyph("\U0001f600", BUNDLED, 40).shape == (0, 0)
    assert draw_glyph(" ", BUNDLED, 40).size == 0


def test_installed_typefaces_draw_all_ten_digits_differently() -> None:
    for face in find_typefaces():
        drawn = {draw_glyph(value, face, 24).tobytes() for value in DIGITS}
        assert len(drawn) == 10, face


def test_no_typeface_serves_both_training_and_benchmarks() -> None:
    train, test = set(find_typefaces(split="train")), set(find_typefaces(split="test"))
    assert not train & test
    assert train | test == set(find_typefaces())


def test_missing_fonts_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "_installed", lambda: (("Lato-Bold.ttf", "/f/Lato-Bold.ttf"),))
    wanted: tuple[Kind] = ("print",)
    assert [face.name for face in find_typefaces(wanted, "test")] == ["Lato-Bold"]
    assert missing_packages(wanted, "test") == ("fonts-inconsolata",)
    with pytest.raises(TypefaceError, match="apt-get install fonts-inconsolata"):
        find_typefaces(wanted, "test", complete=True)


@pytest.mark.parametrize("kind", BLOT_KINDS)
def test_every_kind_of_blot_leaves_ink(kind: BlotKind) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        ink = draw_blot(kind, rng, 40)
        assert ink.dtype == np.float32
        assert 0.3 < ink.max() <= 1


def test_an_unknown_kind_of_blot_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'digit'"):
        draw_blot("digit", np.random.default_rng(0), 40)  # type: ignore[arg-type]
