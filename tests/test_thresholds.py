"""How sure a reading has to be: the bound, the choice, the file, and `digitstring calibrate`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import binom

from digitstring import DataError, Score, ScoredRow, find_threshold, load_threshold, save_threshold
from digitstring.cli import command_line
from digitstring.evaluation import calibration_distance
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.thresholds import (
    GRID,
    Point,
    error_reject_curve,
    fewest_images,
    last_passing,
    wrong_bound,
)


def score_of(confidences: list[float], right: list[bool]) -> Score:
    """Return a score of images read this surely, and rightly or not."""
    pairs = zip(confidences, right, strict=True)
    return Score(tuple(ScoredRow("a.png", "1", "1" if ok else "2", sure) for sure, ok in pairs))


@given(st.integers(1, 400), st.floats(0, 0.99), st.floats(0.5, 0.999))
def test_so_few_wrong_are_seldom_where_more_than_the_bound_are_wrong(
    answered: int, wrong_frac: float, certainty: float
) -> None:
    wrong = int(wrong_frac * answered)
    bound = wrong_bound(wrong, answered, certainty)
    assert wrong / answered < bound <= 1
    assert binom.cdf(wrong, answered, bound) == pytest.approx(1 - certainty, abs=1e-6)


def test_nothing_is_known_of_answers_that_are_none_or_all_wrong() -> None:
    assert wrong_bound(0, 0) == wrong_bound(5, 5) == 1.0


def test_the_fewest_images_are_just_enough() -> None:
    fewest = fewest_images(0.02, 0.9)
    assert wrong_bound(0, fewest, 0.9) <= 0.02 < wrong_bound(0, fewest - 1, 0.9)


def test_thresholds_are_tried_from_the_surest_down_to_all() -> None:
    assert list(GRID) == sorted(set(GRID), reverse=True)
    assert GRID[-1] == 0


def test_the_curve_counts_what_reaches_each_threshold() -> None:
    curve = error_reject_curve(score_of([0.95, 0.9, 0.5, 0.1], [True, False, True, False]))
    counts = {point.threshold: (point.answered, point.wrong) for point in curve}
    assert counts[0.95] == (1, 0)
    assert counts[0.9] == (2, 1)
    assert counts[0.5] == (3, 1)
    assert counts[0.0] == (4, 2)


def test_the_threshold_lets_through_what_is_right_and_stops_before_what_is_wrong() -> None:
    confidences = [0.97] * 400 + [0.6] * 100
    found = find_threshold(score_of(confidences, [True] * 400 + [False] * 100))
    assert found is not None
    assert (found.answered, found.wrong, found.images) == (400, 0, 500)
    assert 0.6 < found.threshold <= 0.97


def test_the_first_threshold_that_fails_ends_the_search() -> None:
    """Lower ones would pass by luck."""
    curve = [
        Point(0.9, 1000, 2, 0.006),
        Point(0.8, 1010, 9, 0.015),
        Point(0.7, 5000, 12, 0.004),
    ]
    assert last_passing(curve, 0.01, 0.95) == curve[0]


def test_thresholds_that_too_few_images_reach_are_passed_over() -> None:
    curve = [Point(0.99, 10, 0, wrong_bound(0, 10)), Point(0.9, 500, 0, wrong_bound(0, 500))]
    assert last_passing(curve, 0.01, 0.95) == curve[1]


def test_too_few_images_show_nothing() -> None:
    assert find_threshold(score_of([0.99] * 298, [True] * 298)) is None
    assert find_threshold(score_of([0.99] * 299, [True] * 299)) is not None


def test_the_threshold_lets_too_much_through_as_seldom_as_is_said() -> None:
    """A reader that is wrong the more often, the less sure it is: 20 % of sets may mislead."""
    rng = np.random.default_rng(8)
    misled = 0
    for _ in range(300):
        confidences = rng.beta(4, 1, 400)
        right = rng.random(400) < 1 - 0.3 * (1 - confidences)
        score = score_of(confidences.tolist(), right.tolist())
        found = find_threshold(score, wrong_share=0.05, certainty=0.8)
        if found is not None:
            reached = confidences[confidences >= found.threshold]
            misled += float(np.mean(0.3 * (1 - reached))) > 0.05
    assert misled <= 0.2 * 300 + 2 * np.sqrt(300 * 0.2 * 0.8)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_shares_out_of_range_are_refused(share: float) -> None:
    score = score_of([0.9], [True])
    with pytest.raises(ValueError, match=f"wrong_share must be between 0 and 1, got {share}"):
        find_threshold(score, wrong_share=share)
    with pytest.raises(ValueError, match=f"certainty must be between 0 and 1, got {share}"):
        find_threshold(score, certainty=share)


def test_a_saved_threshold_is_loaded_again(tmp_path: Path) -> None:
    found = find_threshold(score_of([0.97] * 400, [True] * 400))
    assert found is not None
    save_threshold(found, tmp_path / "t.json")
    assert load_threshold(tmp_path / "t.json") == found.threshold
    told = json.loads((tmp_path / "t.json").read_text())
    assert (told["wrong_share"], told["certainty"], told["images"]) == (0.01, 0.95, 400)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "names no threshold"),
        ("[1]", "names no threshold"),
        ("{}", "names no threshold"),
        ('{"threshold": "high"}', "must be a number, is 'high'"),
        ('{"threshold": true}', "must be a number, is True"),
        ('{"threshold": 95}', "must be from 0 to 1, is 95"),
    ],
)
def test_a_file_without_a_threshold_says_so(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "t.json"
    file.write_text(content)
    with pytest.raises(DataError, match=why) as raised:
        load_threshold(file)
    assert str(raised.value).startswith(str(file))


def test_confidences_that_are_true_have_no_distance() -> None:
    confidences = np.array([0.75] * 4 + [0.5] * 2)
    assert calibration_distance(confidences, np.array([1, 1, 1, 0, 1, 0], bool)) == 0


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Make a folder of three images, one of them labelled wrong."""
    (tmp_path / "images").mkdir()
    lines = ["file,label"]
    for text, label in (("42", "42"), ("253", "253"), ("71", "99")):
        ink = np.pad(draw_glyph(text, BUNDLED, 60), 40)
        Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(tmp_path / f"images/{text}.png")
        lines.append(f"{text}.png,{label}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return tmp_path


def run(*args: object) -> Result:
    return CliRunner().invoke(command_line, [str(each) for each in args])


def test_calibrate_names_a_threshold_and_saves_it_for_reading(labelled: Path) -> None:
    file = labelled / "t.json"
    done = run("calibrate", labelled, "--wrong", 0.9, "--certainty", 0.5, "--output", file)
    assert done.exit_code == 0, done.stderr
    assert "threshold 0: 3 of 3 images are answered, 1 of them wrong" in done.stdout
    image = labelled / "images" / "42.png"
    assert run("read", image, "--threshold-from", file).stdout == "42\n"


def test_calibrate_says_how_many_images_are_needed(labelled: Path) -> None:
    done = run("calibrate", labelled, "--output", labelled / "t.json")
    assert done.exit_code == 1
    assert "3 images are too few" in done.stderr
    assert "label 299 or more" in done.stderr
    assert not (labelled / "t.json").exists()


def test_calibrate_reads_with_what_is_known(labelled: Path) -> None:
    plain = run("calibrate", labelled, "--wrong", 0.9, "--certainty", 0.5)
    known = run("calibrate", labelled, "--wrong", 0.9, "--certainty", 0.5, "--candidates", "-")
    assert known.exit_code == 2
    numbers = labelled / "numbers.txt"
    numbers.write_text("42\n253\n99")
    known = run("calibrate", labelled, "--wrong", 0.9, "--certainty", 0.5, "--candidates", numbers)
    assert known.stdout != plain.stdout


def test_calibrate_draws_the_curve_and_the_reliability(labelled: Path) -> None:
    pytest.importorskip("matplotlib")
    file = labelled / "plot.png"
    done = run("calibrate", labelled, "--wrong", 0.9, "--certainty", 0.5, "--plot", file)
    assert done.exit_code == 0, done.stderr
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        assert picture.width > picture.height > 400


def test_a_plot_is_drawn_even_where_no_threshold_is_found(labelled: Path) -> None:
    pytest.importorskip("matplotlib")
    assert run("calibrate", labelled, "--plot", labelled / "plot.png").exit_code == 1
    assert (labelled / "plot.png").stat().st_size > 1000


def test_a_plot_without_matplotlib_says_how_to_get_it(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = run("calibrate", labelled, "--plot", labelled / "plot.png")
    assert done.exit_code == 2
    assert "pip install 'digitstring[plots]'" in done.stderr
