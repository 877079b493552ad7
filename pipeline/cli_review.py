"""The commands for people who check readings: ``review`` and ``tune``; ``--corrections``."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_options import (
    in_a_folder,
    max_pixels_option,
    mnist_option,
    output_option,
    print_error,
    progress_bar,
    weights_option,
)

if TYPE_CHECKING:
    from digitstring.classifier import Network
    from digitstring.corrections import Corrections
    from digitstring.locations import Place
    from digitstring.reviewing import Review
    from digitstring.tally import Tally

MOST_ROWS = 500
"""Rows of a report, where nobody says how many."""


def _corrections(
    ctx: click.Context, param: click.Parameter, path: Path | None
) -> Corrections | None:
    """Load what a person said, where a file is named."""
    if path is None:
        return None
    from digitstring.corrections import load_corrections

    return load_corrections(path)


def _place(ctx: click.Context, param: click.Parameter, place: str | None) -> Place | None:
    """Return the folder or the address of the images, or end with wrong use."""
    from digitstring.items import is_address

    if place is None or is_address(place):
        return place
    if not Path(place).is_dir():
        raise click.BadParameter(f"{place} is not a folder.")
    return Path(place)


corrections_option = click.option(
    "--corrections",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_corrections,
    metavar="FILE",
    help="Merge what `digitstring review` kept there; a PATH may then be an earlier .jsonl output.",
)
images_option = click.option(
    "--images",
    "folder",
    callback=_place,
    metavar="FOLDER",
    help="Where the images are, or the address that was read. [looked for beside the results and "
    "here]",
)


def merged(
    paths: tuple[str, ...], corrections: Corrections | None, output: Path | str
) -> Tally | None:
    """Merge corrections into earlier results, where that is what the paths are."""
    if corrections is None or not paths[0].endswith(".jsonl") or Path(paths[0]).is_dir():
        return None
    from digitstring.merging import merge_results

    if len(paths) > 1:
        raise click.UsageError("Corrections are merged into one earlier output: name it alone.")
    if isinstance(output, str) and output != "-":
        raise click.UsageError("Corrections are merged into a file here: name one for --output.")
    return merge_results(Path(paths[0]), corrections, Path(output))


def tell_merged(tally: Tally, corrections: Corrections | None) -> None:
    """Say on stderr how many of the corrections have found their rows, and what is left."""
    if corrections is not None:
        failed = f"; {tally.failed} images failed" if tally.failed else ""
        told = f"{tally.checked} of {len(corrections)} checked readings merged{failed}"
        print(told, file=sys.stderr)


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
    from digitstring.corrections import CorrectionsFile
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


@click.command("tune")
@click.argument(
    "corrections", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv"
)
@images_option
@mnist_option
@click.option("--epochs", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@weights_option
@output_option("NET.npz", "Where the network is saved, if it is better.")
def tune_command(
    corrections: Path,
    folder: Place | None,
    mnist: Path | None,
    epochs: int,
    seed: int,
    network: Network | None,
    output: Path,
) -> None:
    """Let the network go on learning from checked readings.

    FILE.csv is what `digitstring review` kept, with accepted readings among it. A quarter of the
    images is held back. The network is saved only if it reads more of these right than before,
    and tells no more drawn digits wrong; else nothing is saved and the exit status is 1.
    """
    from digitstring.classifier import ModelError, load_network, save_network
    from digitstring.corrections import load_corrections
    from digitstring.locations import images_folder
    from digitstring.told_pieces import told_images
    from digitstring.tuning import TuningOptions, record_of, tune

    base = load_network() if network is None else network
    if base.output != "softmax+whole":
        raise ModelError("only a network that tells whole digits can be tuned; see README.md")
    said = load_corrections(corrections)
    place = folder or images_folder(corrections, [key[0] for key in said])
    images = told_images(said, place)
    print(f"images: {len(images)} of {len(said)}, in {place}", file=sys.stderr)
    options = TuningOptions(epochs=epochs, seed=seed)
    with progress_bar() as progress:
        task = progress.add_task("Tuning", total=epochs)
        tuned = tune(images, base, mnist, options, lambda epoch: progress.advance(task))
    print(tuned)
    if not tuned.is_better:
        print_error(f"not better, so {output} is not written; check more readings")
        sys.exit(1)
    save_network(tuned.network, output, record=record_of(tuned, base, options))


def _has_screen() -> bool:
    if sys.platform == "linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
