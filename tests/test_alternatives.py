"""What else a reading may be."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitstring import Box, DigitReading, Knowledge, LineReading, Reading, read, read_many
from digitstring.alternatives import (
    DEFAULTS,
    AlternativeOptions,
    combine,
    other_digits,
    others,
    rank_texts,
)
from digitstring.decoding import Arcs, best_path, text_of
from digitstring.reading import Alternative

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def lattice_of(*weights: dict[int, float]) -> Arcs:
    """Return a lattice of one piece after the other, each with the weights of some digits."""
    digits = np.full((len(weights), 10), -1e30)
    for piece, shares in enumerate(weights):
        for value, weight in shares.items():
            digits[piece, value] = np.log(weight)
    place = np.arange(len(weights))
    return Arcs(len(weights) + 1, place, place + 1, digits, np.full(len(weights), -1e30))


DOUBTFUL = lattice_of({1: 0.7, 7: 0.3}, {2: 0.9, 3: 0.1})


def test_the_next_best_texts_come_in_order_with_their_probabilities() -> None:
    assert [each.text for each in rank_texts(DOUBTFUL).texts] == ["12", "72", "13", "73"]
    shares = [each.probability for each in rank_texts(DOUBTFUL).texts]
    assert shares == pytest.approx([0.63, 0.27, 0.07, 0.03])


def test_alternatives_obey_what_is_known() -> None:
    texts = rank_texts(DOUBTFUL, Knowledge(pattern="[17]3")).texts
    assert [each.text for each in texts] == ["13", "73"]
    assert sum(each.probability for each in texts) == pytest.approx(1, abs=0.01)


def test_a_text_is_trusted_less_where_little_obeys() -> None:
    faint = lattice_of({1: 1.0, 7: 1e-4}, {2: 1.0})
    (text,) = rank_texts(faint, Knowledge(pattern="7.")).texts
    assert text.text == "72"
    assert text.probability == pytest.approx(0.5, abs=0.01)


def test_what_is_not_plausible_is_not_read() -> None:
    fainter = lattice_of({1: 1.0, 7: 1e-8}, {2: 1.0})
    assert rank_texts(fainter, Knowledge(pattern="7.")).found == ()


def test_a_long_line_is_not_searched_where_nothing_is_known() -> None:
    short = AlternativeOptions(longest=2)
    assert rank_texts(DOUBTFUL, options=short).found == ()
    assert rank_texts(DOUBTFUL, Knowledge(length=2), options=short).found != ()


def test_the_likeliest_text_of_a_longer_line_comes_first_though_less_is_searched() -> None:
    line = lattice_of(*[{digit % 10: 0.8, (digit + 3) % 10: 0.2} for digit in range(30)])
    few = rank_texts(line, options=replace(DEFAULTS, usual=10))
    assert few.found[0].text == text_of(best_path(line))
    shares = [each.probability for each in few.texts]
    assert shares == sorted(shares, reverse=True)


def test_knowing_only_the_lines_leaves_texts_free() -> None:
    assert rank_texts(DOUBTFUL, Knowledge(lines=1)) == rank_texts(DOUBTFUL)


def test_the_own_text_and_faint_ones_are_no_alternatives() -> None:
    texts = [Alternative("1", 0.6), Alternative("7", 0.3), Alternative("4", 1e-9)]
    assert others(texts, "1") == (texts[1],)


def test_the_texts_of_several_lines_are_combined_from_the_likeliest_on() -> None:
    lines = [
        [Alternative("1", 0.9), Alternative("7", 0.1)],
        [Alternative("2", 0.6), Alternative("3", 0.4)],
    ]
    combined = combine(lines)
    assert [each.text for each in combined] == ["1\n2", "1\n3", "7\n2", "7\n3"]
    assert [each.probability for each in combined] == pytest.approx([0.54, 0.36, 0.06, 0.04])


def test_texts_that_are_one_without_empty_lines_are_counted_together() -> None:
    line = [Alternative("1", 0.5), Alternative("", 0.5)]
    shares = {each.text: each.probability for each in combine([line, line])}
    assert shares == {"1\n1": 0.25, "1": 0.5, "": 0.25}


def test_many_lines_combine_without_trying_all() -> None:
    line = [Alternative("1", 0.9), Alternative("7", 0.1)]
    combined = combine([line] * 200)
    assert len(combined) == DEFAULTS.texts + 1
    assert combined[0].text == "\n".join("1" * 200)


def test_a_digit_has_the_other_digits_that_may_stand_there() -> None:
    standing = np.zeros(10)
    standing[[1, 4, 7]] = 0.5, 0.1, 0.3
    assert [each.text for each in other_digits(standing, 1)] == ["7", "4"]


@pytest.fixture(scope="module")
def strip() -> Reading:
    return read(SAMPLES / "strip.png")


def test_a_reading_has_alternatives_less_likely_than_its_text(strip: Reading) -> None:
    assert 0 < len(strip.alternatives) <= DEFAULTS.texts
    shares = [strip.confidence, *(each.probability for each in strip.alternatives)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert strip.text not in [each.text for each in strip.alternatives]


def test_the_alternatives_of_one_line_are_those_of_the_reading(strip: Reading) -> None:
    assert strip.lines[0].alternatives == strip.alternatives


def test_a_digits_alternatives_leave_room_for_its_own_value(strip: Reading) -> None:
    for digit in strip.lines[0].digits:
        values = [each.text for each in digit.alternatives]
        assert digit.value not in values
        assert digit.confidence + sum(each.probability for each in digit.alternatives) <= 1 + 1e-6


def test_the_likeliest_text_is_read_even_where_the_best_path_has_another() -> None:
    """1 has one path, 8 two of a little less each: together more."""
    pieces = {"start": np.array([0, 0, 1, 0, 2]), "stop": np.array([3, 1, 3, 2, 3])}
    digits = np.full((5, 10), -50.0)
    digits[0, 1], digits[1, 8], digits[3, 8] = 0.0, -0.4, -0.4
    arcs = Arcs(4, **pieces, digits=digits, skips=np.array([-50.0, -50.0, 0.0, -50.0, 0.0]))
    assert text_of(best_path(arcs)) == "1"
    assert rank_texts(arcs).texts[0].text == "8"


def test_alternatives_go_into_json_and_between_processes(strip: Reading) -> None:
    bare = replace(strip, photo=None)
    assert pickle.loads(pickle.dumps(bare)) == bare
    told = json.loads(json.dumps(strip.to_dict()))
    first = strip.alternatives[0]
    assert told["alternatives"][0] == {
        "text": first.text,
        "probability": round(first.probability, 6),
    }
    assert told["lines"][0]["alternatives"] == told["alternatives"]


def test_rows_of_many_images_have_alternatives(strip: Reading) -> None:
    (row,) = read_many([SAMPLES / "strip.png"])
    assert row.reading is not None
    assert row.reading.alternatives == strip.alternatives


def read_as(*confidences: float, confidence: float, asked: float) -> Reading:
    """Return a reading of 123..., its digits this sure, of which some confidence was asked."""
    box = Box(0, 0, 20, 10)
    digits = tuple(
        DigitReading(str(place), share, box, (0.1,) * 10)
        for place, share in enumerate(confidences, 1)
    )
    text = "".join(digit.value for digit in digits)
    line = LineReading(text, confidence, box, digits)
    return Reading(text, confidence, (line,), min_confidence=asked)


def test_a_reading_below_the_asked_confidence_shows_its_doubtful_digits() -> None:
    reading = read_as(0.99, 0.6, 0.98, confidence=0.59, asked=0.95)
    assert (reading.accepted, reading.marked, reading.text) == (False, "1?3", "123")
    assert reading.to_dict()["accepted"] is False


def test_a_reading_as_sure_as_asked_shows_all_digits() -> None:
    reading = read_as(0.99, 0.6, confidence=0.95, asked=0.95)
    assert (reading.accepted, reading.marked) == (True, "12")


def test_a_doubtful_reading_of_sure_digits_shows_the_least_sure_as_unknown() -> None:
    reading = read_as(0.97, 0.96, 0.97, confidence=0.9, asked=0.95)
    assert reading.marked == "1?3"


def test_only_the_doubtful_lines_of_a_reading_are_marked() -> None:
    sure, unsure = (
        read_as(0.99, 0.99, confidence=0.98, asked=0),
        read_as(0.3, 0.99, confidence=0.3, asked=0),
    )
    both = Reading("12\n12", 0.29, (*sure.lines, *unsure.lines), min_confidence=0.9)
    assert both.marked == "12\n?2"


def test_an_empty_reading_that_is_not_sure_enough_is_a_question_mark() -> None:
    blank = read(np.full((60, 200), 255, np.uint8), min_confidence=0.9)
    assert (blank.text, blank.accepted, blank.marked) == ("", False, "?")


def test_asking_for_confidence_changes_nothing_but_whether_it_is_accepted(strip: Reading) -> None:
    asked = read(SAMPLES / "strip.png", min_confidence=1.0)
    assert not asked.accepted
    assert replace(asked, min_confidence=0.0) == strip


@pytest.mark.parametrize("asked", [-0.1, 1.1])
def test_a_confidence_that_is_none_is_refused(asked: float) -> None:
    with pytest.raises(ValueError, match=f"got {asked}"):
        read(SAMPLES / "strip.png", min_confidence=asked)
