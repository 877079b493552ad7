"""The command ``score``: how well a labelled folder of images is read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_options import max_pixels_option, print_error, print_table, weights_option

if TYPE_CHECKING:
    from rich.table import Table

    from digitstring.classifier import Network
    from digitstring.scoring import Score, ScoredRow


@click.command("score")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--wrong",
    "wrong_shares",
    type=click.FloatRange(0, 1),
    multiple=True,
    help="A share of wrong answers to allow, such as 0.01; may be given again. [0.01, 0.02]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@weights_option
@max_pixels_option
def score_command(
    folder: Path,
    wrong_shares: tuple[float, ...],
    as_json: bool,
    network: Network | None,
    max_pixels: int,
) -> None:
    """Measure how well the labelled images of FOLDER are read.

    FOLDER holds images/ and labels.csv with the columns file and label, and perhaps use: rows
    whose use is no are left out. Line breaks and separators are ignored but where lines are
    named. The share answered is the largest that can be let through, surest first, with the
    allowed share of them wrong.
    """
    from digitstring.scoring import WRONG_SHARES, score_folder

    score = score_folder(folder, network=network, max_pixels=max_pixels)
    if as_json:
        click.echo(json.dumps(score.to_dict(wrong_shares or WRONG_SHARES)))
    else:
        _print_score(score, wrong_shares or WRONG_SHARES)
    for row in score.failed_rows:
        print_error(row.error)
    sys.exit(1 if score.failed_rows else 0)


def _print_score(score: Score, wrong_shares: tuple[float, ...]) -> None:
    measures = {
        "exact": score.exact,
        "exact, with the lines": score.exact_lines,
        "character error rate": score.character_error_rate,
        "empty": score.empty,
        **{f"answered, {share:g} wrong": score.answered(share) for share in wrong_shares},
    }
    click.echo(f"{'images':24}{len(score.rows)}")
    for name, measure in measures.items():
        click.echo(f"{name:24}{measure:.3f}")
    if score.wrong_rows:
        print_table(_wrong_table(score.wrong_rows))


def _wrong_table(rows: tuple[ScoredRow, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{len(rows)} wrong")
    for heading in ("file", "wanted", "read", "confidence"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        read = row.text.replace("\n", " ") or ("(unreadable)" if row.error else "(nothing)")
        cells = row.file, row.label, read, f"{row.confidence:.3f}"
        table.add_row(*(Text(cell) for cell in cells))
    return table
