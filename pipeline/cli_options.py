"""What the commands share: options, and how errors and progress are shown."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

    from digitstring.classifier import Network
    from digitstring.reader import Turn
    from digitstring.segmenter.photo import Region

Command = TypeVar("Command", bound=Callable[..., Any])

TABLE_WIDTH = 120
"""Most columns of a table where stdout is no terminal to ask."""


def _region(ctx: click.Context, param: click.Parameter, value: str | None) -> Region | None:
    """Return the four numbers LEFT,TOP,RIGHT,BOTTOM, or end with wrong use."""
    if value is None:
        return None
    number = float if "." in value else int
    try:
        left, top, right, bottom = (number(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not four numbers L,T,R,B.") from error
    if not (0 <= left < right and 0 <= top < bottom):
        raise click.BadParameter(f"{value!r} must go from left to right and from top to bottom.")
    if number is float and max(right, bottom) > 1:
        raise click.BadParameter(f"{value!r} has a dot, so all must be fractions up to 1.")
    return left, top, right, bottom


def _network(ctx: click.Context, param: click.Parameter, path: Path | None) -> Network | None:
    """Load the network that --weights names, and see that it judges crops of digits."""
    if path is None:
        return None
    import numpy as np

    from digitstring.classifier import ModelError, judge, load_network

    network = load_network(path)
    try:
        judge(np.zeros((0, 28, 28), np.float32), network)
    except ValueError as error:
        raise ModelError(f"{path}: {error}; name a network for single digits") from error
    return network


def _max_pixels(ctx: click.Context, param: click.Parameter, pixels: int | None) -> int:
    """Return the limit, and raise Pillow's own where it would come first."""
    from digitstring.formats import allow_pixels
    from digitstring.segmenter.photo import MAX_PIXELS

    if pixels is None:
        return MAX_PIXELS
    allow_pixels(pixels)
    return pixels


def _turn(ctx: click.Context, param: click.Parameter, turn: str) -> Turn:
    """Return the turn as `read` takes it."""
    turns: dict[str, Turn] = {"0": 0, "90": 90, "180": 180, "270": 270}
    return turns.get(turn, "auto")


def in_a_folder(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Return the path of a file to write, or end with wrong use where its folder is missing."""
    if path is not None and not path.absolute().parent.is_dir():
        raise click.BadParameter(f"{path.parent} is not a folder.")
    return path


def output_option(
    metavar: str, help_text: str, *, required: bool = True
) -> Callable[[Command], Command]:
    """Return the option of a command that writes one file, into a folder that is there."""
    return click.option(
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=in_a_folder,
        required=required,
        metavar=metavar,
        help=help_text,
    )


explain_option = click.option(
    "--explain",
    "explain_folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write PNGs of how each image was read into DIR: ink, components, cuts, lattice, path.",
)
turn_option = click.option(
    "--turn",
    type=click.Choice(["0", "90", "180", "270", "auto"]),
    default="0",
    show_default=True,
    callback=_turn,
    help="Degrees to turn the image counterclockwise first; auto: whichever is read best.",
)
region_option = click.option(
    "--region",
    callback=_region,
    metavar="L,T,R,B",
    help="Read this part only: pixels, or fractions where a number has a dot (0.5,0,1,0.2).",
)
weights_option = click.option(
    "--weights",
    "network",
    type=click.Path(path_type=Path),
    callback=_network,
    metavar="NET.npz",
    help="Use this network, as `digitstring train` saves it, instead of the shipped one.",
)
mnist_option = click.option(
    "--mnist",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Holds MNIST's IDX files. [$DIGITSTRING_MNIST, else ~/.cache/digitstring/mnist]",
)
max_pixels_option = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    callback=_max_pixels,
    help="Refuse larger images (178,956,970): a guard against decompression bombs.",
)


def world_errors() -> tuple[type[Exception], ...]:
    """Return the errors that are nobody's wrong use: unreadable files, damaged data, no room."""
    from digitstring.classifier import DataError, ModelError
    from digitstring.extras import ExtraError
    from digitstring.journal import JournalError
    from digitstring.segmenter import ImageError
    from digitstring.tables import TableError
    from digitstring.workers import WorkerError

    files = ImageError, ModelError, DataError, OSError
    return *files, ExtraError, JournalError, TableError, WorkerError


def print_error(error: object) -> None:
    """Print one line on stderr."""
    if isinstance(error, OSError) and error.filename is not None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "make room" if full else "check the path and its permissions"
        error = f"{error.filename}: {error.strerror}; {remedy}"
    print(f"digitstring: {one_line(error)}", file=sys.stderr)


def echo(text: str) -> None:
    """Print a line on stdout; where that can't be, the error says so."""
    try:
        click.echo(text)
    except BrokenPipeError:  # nobody wants more
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def one_line(thing: object) -> str:
    r"""Return the thing's text with line breaks, tabs and runs of blanks as one space.

    >>> one_line("12\n34")
    '12 34'
    """
    return " ".join(str(thing).split())


def progress_bar() -> Progress:
    """Return a progress bar on stderr, which shows only where that is a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    console.quiet = not console.is_terminal
    return Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=console.quiet,
        redirect_stdout=sys.stdout.isatty(),
    )


def print_table(table: Table) -> None:
    """Print the table on stdout."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(table)
