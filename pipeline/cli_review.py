"""The command ``review``: a person checks what a batch has read."""

from __future__ import annotations

import os
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_corrections import images_option
from digitstring.cli_options import in_a_folder, max_pixels_option, print_error

if TYPE_CHECKING:
    from digitstring.locations import Place
    from digitstring.reviewing import Review

MOST_ROWS = 500
"""Rows of a report, where nobody says how many."""


@click.command("review")
@click.argument(
    "results", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="RESULTS.jsonl"
)
@images_option
@click.option(
    "--corrections",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    metavar="FILE",
    help="Where what you say is kept. [RESULTS.corrections.csv]",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="[any free one]")
@click.option("--open/--no-open", "opens", default=True, help="Open a browser. [open]")
@click.option(
    "--html",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    metavar="REPORT.html",
    help="Write a page to read and to mail instead; for it alone no server is started.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=MOST_ROWS,
    show_default=True,
    help="Rows of that page, the most doubtful.",
)
@max_pixels_option
def review_command(
    results: Path,
    folder: Place | None,
    corrections: Path | None,
    port: int,
    opens: bool,
    report: Path | None,
    most: int,
    max_pixels: int,
) -> None:
    """Check the readings of a batch in a browser, the most doubtful first.

    RESULTS.jsonl is what `digitstring batch` wrote. Its address is printed, and is good on this
    machine alone, until Ctrl-C. What you say is kept at once; `digitstring batch --corrections`
    merges it.
    """
    from digitstring.corrections_file import CorrectionsFile
    from digitstring.locations import images_folder
    from digitstring.results import Results

    kept = corrections or results.with_suffix(".corrections.csv")
    with closing(Results(results)) as rows, closing(CorrectionsFile(kept)) as file:
        names = [entry.key[0] for entry in rows.entries]
        place = images_folder(results, names) if folder is None else folder
        print(f"images: {place}", file=sys.stderr)
        from digitstring.reviewing import Review

        review = Review(rows, place, file, max_pixels)
        if report is not None:
            _write(review, report, most)
        else:
            _serve(review, port, opens)


def _write(review: Review, report: Path, most: int) -> None:
    from dataclasses import replace

    from digitstring.review_report import PICTURES, write_report

    written = write_report(replace(review, options=PICTURES), report, most)
    print(f"{written.shown} of {written.total} readings written to {report}", file=sys.stderr)


def _serve(review: Review, port: int, opens: bool) -> None:
    """Serve the review until Ctrl-C, and say how it stands then."""
    from digitstring.extras import ExtraError, load_extra

    try:
        load_extra("uvicorn", "review", "a review in a browser")
        load_extra("starlette", "review", "a review in a browser")
    except ExtraError as error:
        print_error(f"{error}, or write a page with --html")
        sys.exit(1)
    from digitstring.review_server import HOST, listening, new_token, review_app, serve

    try:
        opened = listening(port)
    except OSError as error:
        raise click.BadParameter(f"{port}: {error.strerror}.", param_hint="--port") from error
    with opened:
        bound = opened.getsockname()[1]
        token = new_token()
        address = f"http://{HOST}:{bound}/{token}/"
        print(address, flush=True)
        if opens and _has_screen():
            import webbrowser

            webbrowser.open(address)
        with suppress(KeyboardInterrupt):
            serve(review_app(review, token, bound), opened)
    _tell(review)


def _tell(review: Review) -> None:
    from digitstring.reviewing import counts

    rows = review.queue()["rows"]
    said = counts(rows)
    left = len(rows) - sum(said.values())
    print(
        f"{said['accepted']} accepted, {said['corrected']} corrected, {left} left; "
        f"kept in {review.file.path}",
        file=sys.stderr,
    )


def _has_screen() -> bool:
    if sys.platform == "linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
