"""Where a batch writes, on the command line, and whether it may."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitstring.cli_options import in_a_folder

if TYPE_CHECKING:
    from digitstring.outputs import Output


def _output(ctx: click.Context, param: click.Parameter, output: str) -> Output:
    """Return the path or address of an output that can be written, or end with wrong use."""
    if output == "-":
        return output
    from digitstring.extras import ExtraError
    from digitstring.items import is_address
    from digitstring.tables import TableError, table_writer

    path = Path(output)
    if is_address(output):
        from digitstring.remote import can_be_written

        if not can_be_written(output):
            raise click.BadParameter(f"{output}: a web server takes no files; name one here.")
    else:
        in_a_folder(ctx, param, path)
        if path.exists() and not path.is_file():
            raise click.BadParameter(f"{output} is not a plain file.")
    try:
        table_writer(path)
    except (ExtraError, TableError) as error:
        raise click.BadParameter(str(error)) from error
    return output if is_address(output) else path.resolve()


batch_output_option = click.option(
    "--output",
    callback=_output,
    required=True,
    metavar="FILE",
    help="Where the rows go, a path or an address: .jsonl, .csv, .parquet or .xlsx; - prints "
    "JSON lines.",
)


def is_due(output: Output, resume: bool, overwrite: bool) -> bool:
    """Return whether there is something to do, or end with wrong use where rows would be lost."""
    from digitstring.outputs import is_there, journal_path

    if output == "-":
        if resume:
            raise click.UsageError("--resume needs a file to go on with, and --output is -.")
        return True
    if resume and is_there(output) and not (overwrite or journal_path(output).exists()):
        print(f"{output} is whole: nothing to go on with", file=sys.stderr)
        return False
    if journal_path(output).exists() and not (resume or overwrite):
        raise click.UsageError(
            f"{journal_path(output)} is of a batch that was stopped: --resume goes on with it, "
            "--overwrite starts anew."
        )
    if is_there(output) and not (resume or overwrite):
        raise click.UsageError(f"{output} is there already: --overwrite replaces it.")
    return True


def own_files(output: Output, annotate: Path | None) -> frozenset[str]:
    """Return the files and folders that a batch makes itself, and so has to leave out."""
    from digitstring.outputs import journal_path

    made = [Path(output), journal_path(output), *([annotate] if annotate else [])]
    return frozenset(str(path.absolute()) for path in made)
