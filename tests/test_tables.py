"""The rows of a batch in each format."""

from __future__ import annotations

import csv
import gc
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from digitstring.extras import ExtraError
from digitstring.tables import COLUMNS, TableError, table_writer

LINE = {"text": "00420", "formatted": "004.20", "confidence": 0.75}
ROWS: list[dict[str, Any]] = [
    {"file": "a.png", "text": "00420", "confidence": 0.75, "lines": [LINE]},
    {"file": "b.tif", "page": 2, "text": "12\n34", "confidence": 0.5, "lines": [LINE, LINE]},
    {"file": "=c.png", "text": "", "confidence": 0.5, "lines": []},
    {"file": "d\udcff.png", "error": 'd.png: is "damaged", and cut'},
]


def written(ending: str, rows: list[dict[str, Any]] = ROWS) -> io.BytesIO:
    file = io.BytesIO()
    table_writer(Path(f"rows{ending}"))(rows, file)
    return io.BytesIO(file.getvalue())


def test_json_lines_hold_the_rows_as_they_are() -> None:
    assert [json.loads(line) for line in written(".jsonl")] == ROWS


def test_csv_keeps_leading_zeros_in_a_spreadsheet() -> None:
    text = written(".CSV").read().decode("utf-8-sig")
    first, second, third, last = csv.DictReader(io.StringIO(text, newline=""))
    assert tuple(first) == COLUMNS
    assert (first["text"], first["formatted"]) == ('="00420"', '="004.20"')
    assert (second["page"], second["text"]) == ("2", "12\n34")
    assert (third["file"], third["text"]) == ('="=c.png"', "")
    assert (last["file"], last["error"]) == ("d\\udcff.png", ROWS[-1]["error"])


def test_csv_says_that_it_is_utf_8() -> None:
    assert written(".csv").read(3) == b"\xef\xbb\xbf"


def test_parquet_has_typed_columns_and_the_lines_as_json() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.read_table(written(".parquet")).to_pylist()
    assert [row["text"] for row in rows] == ["00420", "12\n34", "", None]
    assert [row["page"] for row in rows] == [None, 2, None, None]
    assert json.loads(rows[0]["lines"]) == [LINE]
    assert rows[3]["error"] == ROWS[3]["error"]


def test_a_spreadsheets_digits_are_text() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    sheet = openpyxl.load_workbook(written(".xlsx")).active
    cells = [dict(zip(COLUMNS, row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [cell["text"].value for cell in cells] == ["00420", "12\n34", None, None]
    assert (cells[0]["text"].data_type, cells[0]["text"].number_format) == ("s", "@")
    assert (cells[2]["file"].value, cells[2]["file"].data_type) == ("=c.png", "s")


def test_a_spreadsheet_takes_file_names_with_control_characters() -> None:
    pytest.importorskip("openpyxl")
    written(".xlsx", [{"file": "a\x01.png", "error": "x" * 40_000}])


def test_rows_that_a_sheet_has_no_room_for_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("digitstring.tables.SHEET_LIMIT", 3)
    with pytest.raises(TableError, match=r"write \.csv or \.parquet"):
        written(".xlsx")


def test_an_empty_table_has_its_columns() -> None:
    assert written(".csv", []).read().decode("utf-8-sig").strip() == ",".join(COLUMNS)


def test_an_unknown_ending_is_an_error() -> None:
    with pytest.raises(TableError, match="must end in"):
        table_writer(Path("rows.doc"))


@pytest.mark.parametrize(("ending", "module"), [("parquet", "pyarrow"), ("xlsx", "openpyxl")])
def test_a_missing_extra_is_named(
    ending: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraError, match=rf"pip install 'digitstring\[{ending}\]'"):
        table_writer(Path(f"rows.{ending}"))


class Full(io.BytesIO):
    """A file on a disk that has room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_is_one_error_and_no_more_is_told_later(ending: str, share: float) -> None:
    pytest.importorskip({".parquet": "pyarrow", ".xlsx": "openpyxl"}.get(ending, "csv"))
    room = int(share * len(written(ending).getvalue()))
    with pytest.raises(OSError, match="No space left"), Full(room) as file:
        table_writer(Path(f"rows{ending}"))(ROWS, file)
    gc.collect()
