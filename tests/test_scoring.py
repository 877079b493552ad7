"""How well labelled images are read: the measures, and `digitstring score`."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitstring import DataError, Score, ScoredRow, score_folder
from digitstring.cli import command_line
from digitstring.labels import Label, load_labels
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.scoring import edit_distance, lines_of

MakeFolder = Callable[..., Path]


def scored(label: str, text: str, confidence: float = 0.9) -> ScoredRow:
    return ScoredRow("a.png", label, text, confidence)


def run(*args: object) -> Result:
    return CliRunner().invoke(command_line, ["score", *map(str, args)])


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Return what makes a folder of images with these texts, labelled by `labels`."""

    def make(texts: dict[str, str], labels: str) -> Path:
        (tmp_path / "images").mkdir()
        for name, text in texts.items():
            ink = np.pad(draw_glyph(text, BUNDLED, 60), 40)
            Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(tmp_path / "images" / name)
        (tmp_path / "labels.csv").write_text(labels, encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("text", ["1234", "12-34", "12\n34", "1 2 3 4"])
def test_separators_and_line_breaks_are_ignored(text: str) -> None:
    assert scored("12 34", text).exact


@pytest.mark.parametrize("text", ["123", "12345", "1243", ""])
def test_a_missing_extra_or_wrong_digit_is_wrong(text: str) -> None:
    assert not scored("12 34", text).exact


def test_line_breaks_count_where_they_are_asked_for() -> None:
    assert scored("12 34", "12\n34").exact_lines
    assert not scored("12 34", "1234").exact_lines


def test_within_a_text_of_several_lines_spaces_part_no_lines() -> None:
    assert lines_of("1 2\n34") == ["12", "34"]


def test_a_blank_image_read_as_empty_is_exact() -> None:
    assert scored("", "").exact
    assert scored("", "").exact_lines


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("", "", 0), ("", "123", 3), ("30000", "3000", 1), ("1234", "1243", 2), ("12", "34", 2)],
)
def test_the_edit_distance_counts_the_fewest_edits(a: str, b: str, edits: int) -> None:
    assert edit_distance(a, b) == edits
    assert edit_distance(b, a) == edits


def test_the_character_error_rate_is_edits_for_each_digit_wanted() -> None:
    score = Score((scored("1234", "124"), scored("56", "56")))
    assert score.character_error_rate == pytest.approx(1 / 6)


def test_invented_digits_count_where_no_digit_is_wanted() -> None:
    assert Score((scored("", "12"), scored("", ""))).character_error_rate == 1.0


def test_the_surest_are_answered_until_too_many_are_wrong() -> None:
    rows = (scored("1", "1", 0.9), scored("2", "2", 0.8), scored("3", "4", 0.7))
    assert Score(rows).answered(0.01) == pytest.approx(2 / 3)
    assert Score(rows).answered(0.34) == 1.0


def test_a_sure_error_lets_nothing_through() -> None:
    rows = (scored("3", "4", 0.9), scored("1", "1", 0.8))
    assert Score(rows).answered(0.01) == 0.0


def test_images_of_one_confidence_are_answered_together() -> None:
    rows = (scored("1", "1", 0.9), scored("2", "2", 0.9), scored("3", "4", 0.9))
    assert Score(rows).answered(0.01) == 0.0


def test_rows_marked_not_to_be_used_are_left_out(make_folder: MakeFolder) -> None:
    folder = make_folder({}, "file,label,use\na.png,12,yes\nb.png,34,no\nc.png,56,\n")
    assert load_labels(folder) == (Label("a.png", "12"), Label("c.png", "56"))


def test_labels_saved_by_a_spreadsheet_are_read(make_folder: MakeFolder) -> None:
    folder = make_folder({}, "\ufefffile,label\r\na.png,012\r\n")
    assert load_labels(folder) == (Label("a.png", "012"),)


def test_another_column_may_hold_the_labels(make_folder: MakeFolder) -> None:
    folder = make_folder({}, "file,label,amount\na.png,12,34\nb.png,56\n")
    assert load_labels(folder, "amount") == (Label("a.png", "34"), Label("b.png", ""))


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ("name,label\na.png,1\n", "no column 'file'"),
        ("file,text\na.png,1\n", "no column 'label'"),
        ("file,label\n", "labels no image"),
        ("", "labels no image"),
    ],
)
def test_labels_of_another_kind_are_a_data_error(
    make_folder: MakeFolder, labels: str, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        load_labels(make_folder({}, labels))


def test_a_folder_without_labels_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv: can't be read"):
        load_labels(tmp_path)


def test_a_folder_is_scored_image_by_image(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.png": "4207", "b.png": "253"}, "file,label\nb.png,999\na.png,42 07\n")
    score = score_folder(folder)
    assert [(row.file, row.text, row.exact) for row in score.rows] == [
        ("b.png", "253", False),
        ("a.png", "4207", True),
    ]
    assert score.exact == 0.5


def test_what_cannot_be_read_counts_as_wrong_and_is_named(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.png": "42"}, "file,label\na.png,42\nmissing.png,1\n")
    (row,) = score_folder(folder).failed_rows
    assert (row.text, row.confidence, row.exact) == ("", 0.0, False)
    assert "missing.png" in str(row.error)


def test_the_command_prints_the_shares_and_the_wrong_ones(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.png": "42", "[b].png": "253"}, "file,label\na.png,42\n[b].png,999\n")
    done = run(folder)
    assert (done.exit_code, done.stderr) == (0, "")
    assert ["exact", "0.500"] in [line.split() for line in done.stdout.splitlines()]
    assert "answered, 0.01 wrong " in done.stdout
    (wrong,) = [line for line in done.stdout.splitlines() if "[b].png" in line]
    assert "999" in wrong
    assert "253" in wrong


def test_the_command_tells_the_same_as_json(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.png": "42", "b.png": "253"}, "file,label\na.png,42\nb.png,999\n")
    told = json.loads(run(folder, "--json", "--wrong", "0.5").stdout)
    assert told == json.loads(json.dumps(score_folder(folder).to_dict([0.5])))
    assert (told["images"], told["exact"], told["answered"]) == (2, 0.5, {"0.5": 1.0})
    assert [row["file"] for row in told["wrong"]] == ["b.png"]


def test_the_command_ends_with_status_1_where_an_image_could_not_be_read(
    make_folder: MakeFolder,
) -> None:
    done = run(make_folder({}, "file,label\nmissing.png,1\n"))
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert "(unreadable)" in done.stdout


def test_a_folder_without_labels_is_one_line_and_status_1(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="session")
def scorer(real_data: Path) -> ModuleType:
    """Load the independent scorer that lies beside the real data."""
    path = real_data.parent / "score" / "strings.py"
    if not path.is_file():
        pytest.skip(f"the independent scorer is not at {path}")
    spec = importlib.util.spec_from_file_location("strings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


texts = st.text(alphabet="0123 \n-", max_size=8)


@given(
    rows=st.lists(
        st.tuples(texts, texts, st.sampled_from([0.0, 0.5, 0.9])), min_size=1, max_size=8
    ),
    wrong_share=st.sampled_from([0.0, 0.01, 0.02, 0.5]),
)
def test_the_measures_are_those_of_the_independent_scorer(
    scorer: ModuleType, rows: list[tuple[str, str, float]], wrong_share: float
) -> None:
    ours = [scored(*row) for row in rows]
    theirs = [
        {"exact": scorer.digits(text) == scorer.digits(label), "confidence": confidence}
        for label, text, confidence in rows
    ]
    assert [row.exact for row in ours] == [row["exact"] for row in theirs]
    for row, (label, text, _) in zip(ours, rows, strict=True):
        assert row.exact_lines == (scorer.lines_of(text) == scorer.lines_of(label))
        assert row.distance == scorer.distance(scorer.digits(text), scorer.digits(label))
    assert Score(tuple(ours)).answered(wrong_share) == scorer.answered_at(theirs, wrong_share)


def test_the_independent_scorer_runs_on_batch_and_finds_the_same(
    scorer: ModuleType, make_folder: MakeFolder
) -> None:
    folder = make_folder(
        {"a.png": "4207", "b.png": "253"}, "file,label\na.png,4207\nb.png,999\nc.png,1\n"
    )
    command = f"{sys.executable} -m digitstring batch"
    done = subprocess.run(
        [sys.executable, str(scorer.__file__), str(folder), "--command", command],
        capture_output=True,
        text=True,
        check=True,
    )
    told = done.stdout.splitlines()[1].split()
    score = score_folder(folder)
    shares = (score.exact, score.exact_lines, score.character_error_rate)
    assert told[1:5] == ["3", *(f"{share:.3f}" for share in shares)]
    assert told[5:] == [f"{score.empty:.2f}", *(f"{score.answered(s):.3f}" for s in (0.01, 0.02))]
