"""The command ``batch``: many images to one file."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from digitstring.cli_confidence import with_min_confidence
from digitstring.cli_corrections import corrections_option, merged, tell_merged
from digitstring.cli_fields import check_alone, fields_option, form_reader
from digitstring.cli_knowledge import with_knowledge
from digitstring.cli_options import (
    max_pixels_option,
    print_error,
    region_option,
    turn_option,
    weights_option,
)
from digitstring.cli_outputs import batch_output_option, is_due, own_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digitstring.batch import Batch
    from digitstring.classifier import Network
    from digitstring.constraints import Knowledge
    from digitstring.corrections import Corrections
    from digitstring.fields import Field
    from digitstring.outputs import Output
    from digitstring.reader import Turn
    from digitstring.rows import Row
    from digitstring.segmenter.photo import Region
    from digitstring.tally import Tally

INTERRUPTED = 130
"""The exit status that shells know Ctrl-C by."""


def _paths(ctx: click.Context, param: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths, or end with wrong use where one is missing."""
    for path in paths:
        if path != "-" and "://" not in path and not os.path.lexists(path):
            raise click.BadParameter(f"there is no {click.format_filename(path)}.")
    return paths


def _dask(ctx: click.Context, param: click.Parameter, address: str | None) -> str | None:
    """Return the address of a scheduler, or end with wrong use where it can't be gone to."""
    if address is not None:
        from digitstring.extras import ExtraError, load_extra

        try:
            load_extra("distributed", "cluster", "--dask")
        except ExtraError as error:
            raise click.BadParameter(str(error)) from error
    return address


@click.command("batch")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", callback=_paths)
@batch_output_option
@click.option("--recursive/--no-recursive", default=True, help="Enter the folders within. [enter]")
@click.option("--glob", metavar="PATTERN", help='Only files of folders that match: "*.png".')
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="How many processes read. [the cores]",
)
@click.option(
    "--dask",
    "cluster",
    callback=_dask,
    metavar="ADDRESS",
    help="Read on the Dask cluster whose scheduler is there, with its workers: tcp://HOST:8786.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="Give a file up after this long.",
)
@click.option("--resume", is_flag=True, help="Go on with a batch that was stopped.")
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
@click.option(
    "--annotate",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each image there with boxes, digits and doubt drawn on it.",
)
@corrections_option
@region_option
@turn_option
@weights_option
@max_pixels_option
@fields_option
@with_min_confidence
@with_knowledge
def batch_command(
    paths: tuple[str, ...],
    output: Output,
    recursive: bool,
    glob: str | None,
    workers: int | None,
    cluster: str | None,
    timeout: float,
    resume: bool,
    overwrite: bool,
    annotate: Path | None,
    corrections: Corrections | None,
    region: Region | None,
    turn: Turn,
    network: Network | None,
    max_pixels: int,
    fields: tuple[Field, ...] | None,
    min_confidence: float,
    knowledge: Knowledge | None,
) -> None:
    """Read every image of each PATH, in sorted order, to a row each.

    A PATH is a folder, a file, an address (s3://, https://), or - for a list of them on stdin. A
    row has `file`, `text`, `confidence` and `lines`; or `file` and `error`; and `page` in a file
    of several. The fields of a form have a row each, with `field`. Files that are images neither
    by their ending nor by their first bytes are passed over. Rows are kept beside FILE until it
    is whole: --resume goes on with them.
    """
    from digitstring.batch import Batch
    from digitstring.items import Selection
    from digitstring.reader import read
    from digitstring.rows import Job

    if workers is not None and cluster is not None:
        raise click.UsageError("--dask excludes --workers: a cluster has its own.")
    if fields is not None:
        check_alone({"--region": region, "--turn": turn, "what is known of the number": knowledge})
    annotate = None if annotate is None else annotate.absolute()
    if not is_due(output, resume, overwrite):
        return
    if tally := merged(paths, corrections, output):
        _end(tally, corrections)
    reader = partial(
        read,
        region=region,
        turn=turn,
        knowledge=knowledge,
        min_confidence=min_confidence,
        network=network,
        max_pixels=max_pixels,
    )
    form = None if fields is None else form_reader(fields, min_confidence, network, max_pixels)
    selection = Selection(recursive, glob, own_files(output, annotate))
    job = Job(reader, annotate, read_form=form, max_pixels=max_pixels)
    batch = Batch(paths, selection, job, workers or _cores(), timeout, cluster, corrections or {})
    with _told_interrupt(resumable=output != "-"):
        _end(_run(batch, output, anew=overwrite and not resume), corrections)


def _end(tally: Tally, corrections: Corrections | None) -> NoReturn:
    """Say what was merged, and end with status 1 where an image has failed."""
    tell_merged(tally, corrections)
    sys.exit(1 if tally.failed else 0)


def _cores() -> int:
    """Return how many of the machine's cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(batch: Batch, output: Output, *, anew: bool) -> Tally:
    """Run the batch with its progress on stderr, and return how it ended."""
    from rich.console import Console

    from digitstring.batch import stream_batch, write_batch
    from digitstring.progress import shown_progress, summary

    console = Console(stderr=True)
    began = time.monotonic()
    with shown_progress(_total(batch), console) as show:

        def report(tally: Tally, rows: Sequence[Row]) -> None:
            for row in rows:
                if row.error is not None:
                    print_error(row.error)
            show(tally)

        if output == "-":
            tally = stream_batch(batch, sys.stdout.buffer, listed=_listed(), report=report)
        else:
            tally = write_batch(batch, output, listed=_listed(), anew=anew, report=report)
    print(summary(tally, time.monotonic() - began), file=sys.stderr)
    return tally


def _total(batch: Batch) -> int | None:
    """Return how many files will be read, where finding that out is quick."""
    from digitstring.items import is_address

    if any(path == "-" or is_address(path) for path in batch.paths):
        return None
    return sum(item.taken for item in batch.items())


def _listed() -> Iterator[str]:
    """Yield the lines of stdin."""
    if sys.stdin is not None:
        yield from (os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer if line.strip())


@contextmanager
def _told_interrupt(*, resumable: bool) -> Iterator[None]:
    """End the command with a line on stderr where Ctrl-C stops a batch."""
    try:
        yield
    except KeyboardInterrupt:
        print_error("interrupted" + ("; go on with --resume" if resumable else ""))
        sys.exit(INTERRUPTED)
