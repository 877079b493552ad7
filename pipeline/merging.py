"""Corrections merged into what a batch wrote, without reading an image again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from digitstring.classifier.replacement import replace_file
from digitstring.corrections import Corrections, RowDict, corrected
from digitstring.results import load_rows
from digitstring.tables import table_writer, write_json_lines


def merge_results(results: Path, corrections: Corrections, output: Path) -> int:
    """Write the rows of an earlier output in JSON lines again, as they were corrected.

    Parameters
    ----------
    output
        In the format of its ending; "-" prints JSON lines.

    Returns
    -------
    int
        How many rows a person has checked.

    Raises
    ------
    DataError
        If they are no such rows.
    OSError
        If a file can't be read or written.
    TableError
        If the output can't hold the rows.
    """
    checked = 0

    def rows() -> Iterator[RowDict]:
        nonlocal checked
        for row in load_rows(results):
            told = corrected(row, corrections)
            checked += "checked" in told
            yield told

    if str(output) == "-":
        write_json_lines(rows(), sys.stdout.buffer)
    else:
        write = table_writer(output)
        with replace_file(output) as file:
            write(rows(), file)
    return checked
