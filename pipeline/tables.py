"""The rows of a batch as a file: JSON lines, CSV, Parquet or a spreadsheet, by its ending."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import PurePath
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from digitstring.extras import load_extra

RowDict = dict[str, Any]

COLUMNS = (
    *("file", "page", "field", "text", "formatted", "confidence", "accepted", "reason", "error"),
    *("checked", "read"),
)
"""Of a CSV file and of a spreadsheet; Parquet has `lines`, as JSON, too."""
LITERAL_LIMIT = 255
"""Characters of a text within a formula, in Excel."""
CELL_LIMIT = 32_767
"""Characters of a cell, in Excel."""
SHEET_LIMIT = 1_048_576
"""Rows of a sheet, in Excel."""
ROW_GROUP = 1000
"""Rows of a Parquet file that are held at once."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class TableError(Exception):
    """Rows don't fit into a table of that kind."""


def table_writer(path: PurePath) -> Callable[[Iterable[RowDict], IO[bytes]], None]:
    """Return what writes rows in the format of the path's ending, one after the other.

    Raises
    ------
    ExtraError
        If the format needs a package that is missing.
    TableError
        If there is no such format.
    """
    match path.suffix.lower():
        case ".jsonl":
            return write_json_lines
        case ".csv":
            return write_csv
        case ".parquet":
            load_extra("pyarrow.parquet", "parquet", "a .parquet file")
            return write_parquet
        case ".xlsx":
            load_extra("openpyxl", "xlsx", "an .xlsx file")
            return write_xlsx
    raise TableError(f"{path}: must end in .jsonl, .csv, .parquet or .xlsx")


def write_json_lines(rows: Iterable[RowDict], file: IO[bytes]) -> None:
    """Write a JSON object a line."""
    for row in rows:
        file.write(json.dumps(row).encode() + b"\n")


def write_csv(rows: Iterable[RowDict], file: IO[bytes]) -> None:
    """Write what spreadsheets open right: UTF-8 with its mark, texts as ``="00420"``.

    Without that, a spreadsheet would show 420, and 1.23457E+14 for fifteen digits.
    """
    file.write(codecs.BOM_UTF8)
    table = csv.writer(codecs.getwriter("utf-8")(file), lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_csv_cell(name, value) for name, value in _cells(row).items()])


def write_parquet(rows: Iterable[RowDict], file: IO[bytes]) -> None:
    """Write a Parquet file of `COLUMNS` and `lines`, which is JSON."""
    arrow = load_extra("pyarrow", "parquet", "a .parquet file")
    parquet = load_extra("pyarrow.parquet", "parquet", "a .parquet file")
    kinds = {
        "page": arrow.int32(),
        "confidence": arrow.float64(),
        "accepted": arrow.bool_(),
    }
    names = (*COLUMNS, "lines")
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in names])
    with parquet.ParquetWriter(file, schema) as table:
        for group in _grouped(rows, ROW_GROUP):
            cells = [{**_cells(row), "lines": _lines(row)} for row in group]
            table.write_table(arrow.Table.from_pylist(cells, schema))


def write_xlsx(rows: Iterable[RowDict], file: IO[bytes]) -> None:
    """Write a spreadsheet whose digits are text.

    Raises
    ------
    TableError
        If there are more rows than a sheet has.
    """
    openpyxl = load_extra("openpyxl", "xlsx", "an .xlsx file")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("digitstring")
    sheet.freeze_panes = "A2"
    with closing(sheet):
        sheet.append(COLUMNS)
        for number, row in enumerate(rows, 2):
            if number > SHEET_LIMIT:
                raise TableError(
                    f"a sheet has {SHEET_LIMIT:,} rows at most; write .csv or .parquet"
                )
            sheet.append([_sheet_cell(openpyxl, sheet, value) for value in _cells(row).values()])
    writer = load_extra("openpyxl.writer.excel", "xlsx", "an .xlsx file").ExcelWriter
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:  # which is closed on a full disk too
        writer(book, archive).save()


def _cells(row: RowDict) -> RowDict:
    """Return a row's cells by column, None where it has none."""
    lines = row.get("lines", ())
    formatted = "\n".join(line.get("formatted", line["text"]) for line in lines)
    cells = {**row, "formatted": formatted if "lines" in row else None}
    return {name: _encodable(cells.get(name)) for name in COLUMNS}


def _encodable(value: Any) -> Any:
    """Return a text with what UTF-8 can't hold, as in some file names, written out."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _lines(row: RowDict) -> str | None:
    return json.dumps(row["lines"]) if "lines" in row else None


def _csv_cell(name: str, value: Any) -> Any:
    r"""Return a cell as a spreadsheet takes it for what it is, and for no formula of its own.

    >>> _csv_cell("text", "00420"), _csv_cell("text", "12\n34"), _csv_cell("file", "=1.png")
    ('="00420"', '12\n34', '="=1.png"')
    """
    if not isinstance(value, str) or not value:
        return value
    like_a_formula = value[0] in "=+-@\t\r"
    if "\n" in value or len(value) > LITERAL_LIMIT:
        return f"'{value}" if like_a_formula else value
    if name in ("text", "formatted", "read") or like_a_formula:
        doubled = value.replace('"', '""')
        return f'="{doubled}"'
    return value


def _sheet_cell(openpyxl: Any, sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = openpyxl.cell.WriteOnlyCell(sheet, _CONTROLS.sub("\ufffd", value)[:CELL_LIMIT])
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _grouped(rows: Iterable[RowDict], size: int) -> Iterator[list[RowDict]]:
    remaining = iter(rows)
    while group := list(itertools.islice(remaining, size)):
        yield group
