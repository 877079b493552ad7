"""Corrections merged into what a batch wrote, without reading an image again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from digitstring.corrections import Corrections, corrected
from digitstring.outputs import print_rows, write_whole
from digitstring.results import load_rows
from digitstring.tables import RowDict, table_writer
from digitstring.tally import Tally


def merge_results(results: Path, corrections: Corrections, output: Path) -> Tally:
    """Write the rows of an earlier output in JSON lines again, as they were corrected.

    Parameters
    ----------
    output
        In the format of its ending; "-" prints JSON lines.

    Returns
    -------
    Tally
        Of the rows as they are now.

    Raises
    ------
    DataError
        If they are no such rows, or can't be read.
    TableError
        If the output can't be written, or can't hold the rows.
    """
    tally = Tally()

    def rows() -> Iterator[RowDict]:
        for row in load_rows(results):
            told = corrected(row, corrections)
            tally.add([told])
            yield told

    if str(output) == "-":
        print_rows(rows(), sys.stdout.buffer)
    else:
        remedy = f"make room and merge again; {results} is as it was"
        write_whole(output, table_writer(output), rows(), remedy)
    return tally
