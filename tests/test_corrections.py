"""What people say of readings: kept safely, and merged into rows."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstring.classifier import DataError
from digitstring.corrections import Correction, Corrections, corrected, correction_of
from digitstring.corrections_file import CorrectionsFile, load_corrections
from digitstring.labels import load_labels
from digitstring.scoring import lines_of

NAMES = st.text(min_size=1).filter(lambda name: "\0" not in name) | st.just("d\udcff.png")
TEXTS = st.lists(st.from_regex(r"[0-9]{1,9}", fullmatch=True), max_size=3).map("\n".join)
LINE: dict[str, Any] = {"text": "11", "confidence": 0.4, "box": [1, 2, 3, 4], "digits": [{}]}
ROW: dict[str, Any] = {"file": "a.png", "text": "11\n22", "confidence": 0.4}


def said(
    file: str = "a.png",
    label: str = "17",
    read: str = "11",
    page: int | None = None,
    field: str | None = None,
) -> Any:
    return correction_of((file, page, field), label, read)


def kept(path: Path, *corrections: Correction) -> Path:
    file = CorrectionsFile(path)
    for each in corrections:
        file.add(each)
    file.close()
    return path


@given(NAMES, TEXTS, TEXTS, st.none() | st.integers(1, 99), st.none() | NAMES)
def test_whatever_is_said_is_there_again(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    label: str,
    read: str,
    page: int | None,
    field: str | None,
) -> None:
    path = tmp_path_factory.mktemp("kept") / "c.csv"
    each = said(name, label, read, page, field)
    assert load_corrections(kept(path, each)) == {(name, page, field): each}


def test_the_last_word_counts_and_can_be_taken_back(tmp_path: Path) -> None:
    first, second = said(label="17"), said(label="77")
    path = kept(tmp_path / "c.csv", first, second)
    assert load_corrections(path) == {second.key: second}
    kept(path, Correction("a.png", None, None, "", "11", "withdrawn"))
    assert load_corrections(path) == {}


def test_the_rows_before_stay_as_they_are_on_the_disk(tmp_path: Path) -> None:
    path = kept(tmp_path / "c.csv", said())
    before = path.read_bytes()
    kept(path, said("b.png"))
    assert path.read_bytes().startswith(before)


def test_a_number_keeps_its_zeros_in_a_spreadsheet(tmp_path: Path) -> None:
    path = kept(tmp_path / "c.csv", said(label="00420"))
    assert '"=""00420"""' in path.read_text(encoding="utf-8-sig")


def test_the_file_can_be_used_as_labels(tmp_path: Path) -> None:
    kept(tmp_path / "labels.csv", said(label="12\n34"), said("b.png", "007"))
    told = [(label.file, lines_of(label.text)) for label in load_labels(tmp_path)]
    assert told == [("a.png", ["12", "34"]), ("b.png", ["007"])]


def test_a_file_that_was_cut_anywhere_keeps_its_whole_rows_and_goes_on(tmp_path: Path) -> None:
    path = kept(tmp_path / "c.csv", said(), said("b,.png", "00420"))
    whole = path.read_bytes()
    first = whole.index(b'"b,')
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept(path, said("c.png"))
        files = [key[0] for key in load_corrections(path)]
        assert files[-1] == "c.png"
        assert ("a.png" in files) == (cut >= first - 2)


@pytest.mark.parametrize("text", ["hello", "hello\n", "file,label\r\na.png,17\r\n", 'a,"b\n'])
def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(text.encode())
    with pytest.raises(DataError, match=r"notes\.txt"):
        CorrectionsFile(path)
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize(
    "row", ["a.png,x,,1,1,accepted", "a.png,,,1x,1,corrected", "a.png,,,1,1,no"]
)
def test_a_damaged_row_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"file,page,field,label,read,verdict\n{row}\na.png,,,1,1,accepted\n")
    with pytest.raises(DataError, match="row 2 is damaged"):
        load_corrections(path)


def test_a_full_disk_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.csv"
    file = CorrectionsFile(path)
    file.add(said())
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("digitstring.corrections_file.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            file.add(said("b.png"))
    assert path.read_bytes() == before
    assert [*file.standing] == [("a.png", None, None)]
    file.add(said("c.png"))
    file.close()
    assert [*load_corrections(path)] == [("a.png", None, None), ("c.png", None, None)]


@pytest.mark.parametrize("label", ["1a", "12,5", "-7", "١٢", "9" * 1001])
def test_a_label_of_anything_but_digits_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        said(label=label)


def test_the_same_text_is_accepted_and_another_one_is_a_correction() -> None:
    assert said(label=" 11  22 ", read="11\n22").verdict == "accepted"
    assert said(label="", read="").verdict == "accepted"
    assert said(label="", read="1").verdict == "corrected"
    assert correction_of(("a", None, None), "", "", failed=True).verdict == "corrected"


def test_a_corrected_row_has_the_right_text_and_tells_what_was_read() -> None:
    row = {**ROW, "lines": [LINE, {**LINE, "text": "22"}], "alternatives": [{}]}
    told = corrected(row, {("a.png", None, None): said(label="17\n22", read="11\n22")})
    assert (told["text"], told["read"], told["checked"]) == ("17\n22", "11\n22", "corrected")
    assert told["confidence"] == 1
    assert "alternatives" not in told
    changed, same = told["lines"]
    assert (changed["text"], changed["digits"], changed["box"]) == ("17", [], [1, 2, 3, 4])
    assert (changed["formatted"], changed["value"]) == ("17", "17")
    assert same == {**LINE, "text": "22", "confidence": 1.0}


def test_an_accepted_row_keeps_its_digits() -> None:
    row = {**ROW, "lines": [LINE, {**LINE, "text": "22"}]}
    row |= {"accepted": False, "reason": "doubtful", "held": []}
    told = corrected(row, {("a.png", None, None): said(label="11\n22", read="11\n22")})
    assert told["accepted"] is True
    assert not {"reason", "held"} & told.keys()
    assert [line["digits"] for line in told["lines"]] == [[{}], [{}]]
    assert (told["checked"], told["confidence"], "read" in told) == ("accepted", 1, False)


def test_a_row_with_an_error_becomes_a_reading() -> None:
    told = corrected(
        {"file": "a.png", "error": "is empty"}, {("a.png", None, None): said(label="17")}
    )
    assert told["text"] == "17"
    assert "error" not in told
    assert [line["text"] for line in told["lines"]] == ["17"]


def test_pages_of_a_file_are_told_apart() -> None:
    corrections: Corrections = {("a.png", 2, None): said(page=2)}
    assert corrected({**ROW, "page": 2}, corrections)["text"] == "17"
    assert corrected({**ROW, "page": 1}, corrections) == {**ROW, "page": 1}
    assert corrected(ROW, corrections) == ROW


def test_fields_of_a_form_are_told_apart() -> None:
    corrections: Corrections = {("a.png", None, "amount"): said(field="amount")}
    assert corrected({**ROW, "field": "amount"}, corrections)["text"] == "17"
    assert corrected({**ROW, "field": "date"}, corrections) == {**ROW, "field": "date"}
