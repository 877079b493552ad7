"""Which of what is known held, and why there is no number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitstring import Knowledge, read

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
STRIP, LINES = SAMPLES / "strip.png", SAMPLES / "lines.png"  # 504192; 12038, 4567, 901246


def test_a_reading_names_what_held() -> None:
    reading = read(STRIP, knowledge=Knowledge(length=6, pattern=r"50\d+"))
    assert (reading.text, reading.held, reading.reason) == ("504192", ("length", "pattern"), "")


def test_a_reading_of_which_nothing_is_known_says_nothing() -> None:
    reading = read(STRIP)
    assert (reading.held, reading.reason) == ((), "")


def test_where_no_plausible_path_obeys_the_text_is_empty_and_the_reason_said() -> None:
    reading = read(STRIP, knowledge=Knowledge(length=15, pattern=r"5\d*"))
    assert (reading.text, reading.held) == ("", ())
    assert reading.confidence <= 0.5
    assert "504192, breaks length" in reading.reason
    assert "pattern" not in reading.reason


def test_blank_paper_says_that_there_is_no_ink() -> None:
    blank = np.full((60, 200), 255, np.uint8)
    for knowledge in (None, Knowledge(length=5)):
        assert read(blank, knowledge=knowledge).reason == "no ink was found that may be digits"


def test_the_line_for_which_most_speaks_is_read_where_one_is_expected() -> None:
    reading = read(LINES, knowledge=Knowledge(lines=1))
    assert reading.text in {"12038", "4567", "901246"}
    assert reading.held == ("lines",)


def test_lines_that_are_kept_stay_in_their_order() -> None:
    reading = read(LINES, knowledge=Knowledge(lines=2))
    assert "12038\n4567\n901246".replace("\n", " ").split() != reading.text.split("\n")
    places = [line.box.top for line in reading.lines]
    assert len(places) == 2
    assert places == sorted(places)


def test_as_many_lines_as_expected_are_all_read() -> None:
    reading = read(LINES, knowledge=Knowledge(lines=3))
    assert reading.text == "12038\n4567\n901246"
    assert (reading.held, reading.reason) == (("lines",), "")


def test_fewer_lines_than_expected_are_read_and_said() -> None:
    reading = read(STRIP, knowledge=Knowledge(lines=3))
    assert (reading.text, reading.held) == ("504192", ())
    assert reading.reason == "of 3 lines expected only 1 were found"


def test_lines_and_their_length_go_together() -> None:
    reading = read(LINES, knowledge=Knowledge(length=4, lines=1))
    assert reading.text == "4567"
    assert reading.held == ("length", "lines")


def test_a_number_of_lines_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="lines must be at least 1, got 0"):
        Knowledge(lines=0)
