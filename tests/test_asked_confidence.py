"""Confidence that is asked for, and strictness, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digitstring import read
from digitstring.tally import Tally

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
STRIP, BLANK = SAMPLES / "strip.png", SAMPLES / "blank.jpg"


def run(*args: object) -> Result:
    from digitstring.cli import command_line

    return CliRunner().invoke(command_line, [str(each) for each in args])


def test_a_reading_less_sure_than_asked_shows_a_question_mark() -> None:
    done = run("read", STRIP, "--min-confidence", 1)
    assert done.exit_code == 0
    assert len(done.stdout) == len("504192\n")
    assert "?" in done.stdout


def test_a_reading_as_sure_as_asked_shows_none() -> None:
    asked = f"{read(STRIP).confidence - 0.01:.3f}"
    assert run("read", STRIP, "--min-confidence", asked).stdout == "504192\n"


def test_json_keeps_the_whole_reading_and_says_whether_it_is_accepted() -> None:
    for asked, accepted in ((0.1, True), (1, False)):
        told = json.loads(run("read", "--json", STRIP, "--min-confidence", asked).stdout)
        assert (told["text"], told["accepted"]) == ("504192", accepted)


def test_a_threshold_comes_from_a_file_or_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"threshold": 1.0}')
    assert "?" in run("read", STRIP, "--threshold-from", file).stdout
    both = run("read", STRIP, "--threshold-from", file, "--min-confidence", 0.5)
    assert both.exit_code == 2
    assert "exclude each other" in both.stderr


def test_a_file_without_a_threshold_ends_the_command(tmp_path: Path) -> None:
    done = run("read", STRIP, "--threshold-from", tmp_path / "t.json")
    assert done.exit_code == 1
    assert "t.json: can't be read (No such file" in done.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((STRIP,), 0),
        ((STRIP, "--length", 6), 0),
        ((BLANK,), 1),
        ((STRIP, "--length", 15), 1),
        ((STRIP, "--lines", 2), 1),
        ((STRIP, "--min-confidence", 1), 1),
    ],
)
def test_strict_ends_with_1_where_a_number_is_missing_or_not_as_asked(
    options: tuple[object, ...], status: int
) -> None:
    assert run("read", *options).exit_code == 0
    assert run("read", *options, "--strict").exit_code == status


def test_what_no_plausible_path_obeys_is_said_on_stderr() -> None:
    done = run("read", STRIP, "--length", 15)
    assert done.stdout == "\n"
    assert done.stderr == (
        f"digitstring: {STRIP}: no plausible reading obeys; the likeliest otherwise, 504192, "
        "breaks length\n"
    )


def test_a_batch_says_which_rows_are_accepted(tmp_path: Path) -> None:
    output = tmp_path / "rows.jsonl"
    done = run("batch", STRIP, "--output", output, "--workers", 1, "--min-confidence", 1)
    assert done.exit_code == 0, done.stderr
    row = json.loads(output.read_text())
    assert (row["text"], row["accepted"], row["min_confidence"]) == ("504192", False, 1)
    assert "1 doubtful" in done.stderr


@pytest.mark.parametrize(("asked", "doubtful"), [({}, 2), ({"min_confidence": 0.7}, 1)])
def test_readings_below_what_is_asked_are_counted_as_doubtful(
    asked: dict[str, float], doubtful: int
) -> None:
    tally = Tally()
    tally.add([{"confidence": 0.8, "accepted": True, **asked}])
    tally.add([{"confidence": 0.6, "accepted": not asked, **asked}])
    assert tally.doubtful == doubtful


def test_a_form_is_one_image_with_its_fields() -> None:
    tally = Tally()
    tally.add([{"field": "a", "page": 1}, {"field": "b", "page": 1}, {"error": "", "page": 2}])
    assert (tally.files, tally.read, tally.fields, tally.failed) == (1, 1, 2, 1)
