"""What is known of a number: patterns, check digits, candidates, and all of them together."""

from __future__ import annotations

import re
import sys
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstring.automata import ANY, all_of, both, lengths
from digitstring.candidates import list_candidates, load_candidates
from digitstring.checks import SUMS, WeightedCheck, check_automaton
from digitstring.constraints import Knowledge
from digitstring.extras import ExtraError
from digitstring.patterns import compile_pattern

SHORT_TEXTS = ["".join(digits) for size in range(5) for digits in product("0127", repeat=size)]

texts = st.text("0123456789", max_size=7)
atoms = st.sampled_from(["0", "1", "7", ".", r"\d", "[12]", "[^0-6]", "[0-17]", r"[\d]", "(?:01)"])
counts = st.sampled_from(["", "*", "+", "?", "{2}", "{1,}", "{,2}", "{0,3}"])
patterns = st.recursive(
    st.builds("{}{}".format, atoms, counts),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{}|{}".format, inner, inner),
        st.builds("({}){}".format, inner, counts),
    ),
    max_leaves=5,
)


@given(patterns)
def test_a_pattern_accepts_what_pythons_re_matches(pattern: str) -> None:
    automaton = compile_pattern(pattern)
    for text in SHORT_TEXTS:
        assert automaton.accepts(text) == bool(re.fullmatch(pattern, text)), text


@pytest.mark.parametrize(
    ("pattern", "place", "why"),
    [
        ("12a", 3, "'a' can't stand here"),
        ("^12", 1, "not needed"),
        ("(12", 1, "never closed"),
        ("12)", 3, "closes nothing"),
        ("[12", 1, "never closed"),
        ("[3-1]", 2, "a higher one"),
        ("1{3,2}", 2, "at least 3 and at most 2"),
        ("1{x}", 2, "braces"),
        ("1{100}", 2, "up to 99"),
        ("*1", 1, "can't stand here"),
        ("1*?", 3, "can't stand here"),
        ("(?=1)", 2, "only (?:...)"),
        (r"\D", 1, "can't stand here"),
        ("[", 1, "never closed"),
        ("[1-", 4, "too early"),
        ("٣", 1, "can't stand here"),
    ],
)
def test_a_wrong_pattern_is_told_with_the_place(pattern: str, place: int, why: str) -> None:
    with pytest.raises(ValueError, match=rf"{re.escape(why)}.*\(at character {place}\)"):
        compile_pattern(pattern)


def test_a_pattern_of_too_many_states_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 5000 states"):
        compile_pattern(r"\d*1\d{13}")


def test_equal_states_are_one() -> None:
    assert len(compile_pattern(r"(1|2|1)(\d|3)").ends) == 3
    assert compile_pattern("1[^0-9]").is_empty


@given(patterns, patterns, texts)
def test_both_accepts_what_each_accepts(one: str, other: str, text: str) -> None:
    first, second = compile_pattern(one), compile_pattern(other)
    assert both(first, second).accepts(text) == (first.accepts(text) and second.accepts(text))


def test_nothing_given_is_all_texts() -> None:
    assert all_of() is ANY
    assert ANY.accepts("")
    assert ANY.accepts("0123456789")


def luhn(text: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in text[-2::-2]]
    return len(text) > 1 and (sum(map(int, text[::-2])) + sum(doubled)) % 10 == 0


@given(texts)
def test_luhn_accepts_what_its_sum_does_at_any_length(text: str) -> None:
    last = next(digit for digit in "0123456789" if luhn(f"0{text}{digit}"))
    assert check_automaton("luhn").accepts(f"0{text}{last}")
    assert check_automaton("luhn").accepts(text) == luhn(text)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("luhn", "79927398713"),
        ("ean8", "73513537"),
        ("ean13", "4006381333931"),
        ("upc", "036000291452"),
        ("isbn10", "0306406152"),
        ("isbn13", "9780306406157"),
        ("mod97", "3214282912345698765432161182"),
    ],
)
def test_a_check_finds_every_single_wrong_digit(name: str, valid: str) -> None:
    automaton = check_automaton(name)
    assert automaton.accepts(valid)
    for place, digit in product(range(len(valid)), "0123456789"):
        wrong = valid[:place] + digit + valid[place + 1 :]
        assert automaton.accepts(wrong) == (wrong == valid)


def test_checks_of_one_length_accept_no_other() -> None:
    assert not check_automaton("ean8").accepts("0073513537")
    assert not check_automaton("isbn13").accepts("4006381333931")


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=5),
    st.integers(2, 13),
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
)
def test_weights_from_the_left_fix_the_length(
    weights: list[int], modulus: int, digits: list[int]
) -> None:
    used = digits[: len(weights)]
    total = sum(weight * digit for weight, digit in zip(weights, used, strict=True)) % modulus
    text = "".join(map(str, used))
    assert WeightedCheck(tuple(weights), modulus, total).automaton().accepts(text)
    other = WeightedCheck(tuple(weights), modulus, (total + 1) % modulus).automaton()
    assert not other.accepts(text)
    assert not other.accepts(f"{text}0")


def test_weights_from_the_right_repeat() -> None:
    check = WeightedCheck((1, 3, 7), 10, from_right=True).automaton()
    assert check.accepts(f"{1}{0}{7}{0}{2}{1}") is ((1 + 6 + 0 + 7 + 0 + 7) % 10 == 0)
    for text in SHORT_TEXTS:
        weighed = sum(int(d) * (1, 3, 7)[i % 3] for i, d in enumerate(reversed(text)))
        assert check.accepts(text) == (len(text) > 1 and weighed % 10 == 0)


@pytest.mark.parametrize(
    ("weights", "modulus", "remainder", "why"),
    [((), 10, 0, "at least one weight"), ((1,), 1, 0, "modulus"), ((1,), 10, 10, "remainder")],
)
def test_impossible_weights_are_refused(
    weights: tuple[int, ...], modulus: int, remainder: int, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        WeightedCheck(weights, modulus, remainder)


def test_too_many_weights_from_the_right_are_refused() -> None:
    with pytest.raises(ValueError, match="too many to repeat"):
        WeightedCheck((1, 2, 3, 4), 11, from_right=True)


@given(st.lists(st.text("012", min_size=1, max_size=4), min_size=1))
def test_candidates_accept_themselves_and_nothing_else(numbers: list[str]) -> None:
    candidates = list_candidates(numbers)
    assert len(candidates) == len(set(numbers))
    for size in range(6):
        for digits in product("012", repeat=size):
            text = "".join(digits)
            assert candidates.accepts(text) == (text in numbers)


@given(st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1), patterns)
def test_candidates_obey_an_automaton_one_by_one(numbers: list[str], pattern: str) -> None:
    automaton = compile_pattern(pattern)
    left = list_candidates(numbers).obeying(automaton)
    assert len(left) == sum(automaton.accepts(number) for number in set(numbers))
    assert all(left.accepts(number) == automaton.accepts(number) for number in numbers)


def test_candidates_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("0042\r\n7\n\n0042\n")
    candidates = load_candidates(file)
    assert len(candidates) == 2
    assert candidates.accepts("0042")
    file.write_text("0042\n4 2,5\n")
    with pytest.raises(ValueError, match=r"numbers\.txt: candidate '2,5'"):
        load_candidates(file)


@pytest.mark.parametrize("wrong", [[], ["12a"], [""], ["1" * 100], ["٣"], [b"1\x00"]])
def test_candidates_that_are_no_numbers_are_refused(wrong: list[str]) -> None:
    with pytest.raises(ValueError, match="candidate"):
        list_candidates(wrong)


def test_knowledge_tells_what_a_text_obeys() -> None:
    known = Knowledge(
        length=(4, 6), pattern=r"7\d*", candidates=["7997", "0018", "18"], check="luhn"
    )
    assert known.given == ("length", "pattern", "candidates", "check")
    assert known.obeyed("0018") == ("length", "candidates", "check")
    assert known.obeyed("79") == ("pattern",)


def test_knowledge_of_everything_is_what_all_of_it_leaves() -> None:
    known = Knowledge(length=4, candidates=["0018", "0019", "018", "18"], check="luhn")
    assert known.allowed is not None
    assert [text for text in ("0018", "0019", "018", "18") if known.allowed.accepts(text)] == [
        "0018"
    ]


def test_no_knowledge_allows_all() -> None:
    assert Knowledge().allowed is None
    assert Knowledge().given == ()
    assert Knowledge().obeyed("12") == ()


@pytest.mark.parametrize("length", [0, -1, (3, 2), (0, 4), 100])
def test_an_impossible_length_is_refused(length: int | tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="length must be"):
        Knowledge(length=length)


def test_knowledge_that_no_number_obeys_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no number can obey.*length 4, pattern '7\+8'") as error:
        Knowledge(length=4, pattern="7+8", check="ean8")
    assert "check 'ean8'" in str(error.value)
    with pytest.raises(ValueError, match="no number can obey"):
        Knowledge(length=4, candidates=["123", "12345"])


def test_a_function_checks_whole_texts() -> None:
    known = Knowledge(length=3, check=lambda text: text == text[::-1])
    assert known.whole_check is not None
    assert known.obeyed("121") == ("length", "check")
    assert known.obeyed("122") == ("length",)


def test_a_check_that_is_a_sum_needs_no_whole_check() -> None:
    for name in SUMS:
        assert Knowledge(check=name).whole_check is None


def test_weights_are_a_check() -> None:
    known = Knowledge(check=WeightedCheck((3, 7, 1) * 3, 10))
    assert known.obeyed("111000025") == ("check",)
    assert known.obeyed("111000026") == ()


@pytest.fixture
def stdnum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for python-stdnum, with one check of its own."""
    damm = ModuleType("stdnum.damm")
    damm.is_valid = lambda text: text == "5724"  # type: ignore[attr-defined]
    package = ModuleType("stdnum")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "stdnum", package)
    monkeypatch.setitem(sys.modules, "stdnum.damm", damm)


@pytest.mark.usefixtures("stdnum")
def test_other_checks_are_python_stdnums() -> None:
    known = Knowledge(check="damm")
    assert known.allowed is None
    assert known.obeyed("5724") == ("check",)
    assert known.obeyed("5742") == ()
    with pytest.raises(ValueError, match=r"check 'dam' is none of ean13, .*nor one of"):
        Knowledge(check="dam")


def test_a_missing_python_stdnum_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stdnum", None)
    with pytest.raises(ExtraError, match=r"check 'damm'.*digitstring\[checks\]"):
        Knowledge(check="damm")


@pytest.mark.parametrize("check", ["", "../os", "os.path;", 5])
def test_a_check_that_is_none_is_refused(check: str) -> None:
    with pytest.raises(ValueError, match="check"):
        Knowledge(check=check)


def test_lengths_accept_their_range() -> None:
    assert [size for size in range(6) if lengths(2, 4).accepts("0" * size)] == [2, 3, 4]
