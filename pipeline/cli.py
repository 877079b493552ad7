"""The command line: what is asked for, handed to the package's functions.

Results go to stdout and nothing else does. Errors go to stderr, one line each. The exit status
is 0 where all was done, 1 where something could not be, 2 for wrong use.

Commands import what they need when they run, so that ``digitstring --version`` is quick.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitstring.cli_confidence import with_min_confidence
from digitstring.cli_fields import check_alone, fields_option, form_reader
from digitstring.cli_knowledge import with_knowledge
from digitstring.cli_options import (
    echo,
    explain_option,
    max_pixels_option,
    one_line,
    print_error,
    region_option,
    turn_option,
    weights_option,
    world_errors,
)
from digitstring.threads import prefer_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digitstring.classifier import Network
    from digitstring.constraints import Knowledge
    from digitstring.fields import Field
    from digitstring.folder import ReadOptions, Row
    from digitstring.reader import Turn
    from digitstring.reading import Reading
    from digitstring.rows import ReadForm
    from digitstring.segmenter.photo import Region, Source


OTHERS = {
    "batch": "digitstring.cli_batch",
    "calibrate": "digitstring.cli_calibration",
    "evaluate": "digitstring.cli_training",
    "review": "digitstring.cli_review",
    "score": "digitstring.cli_folders",
    "train": "digitstring.cli_training",
    "tune": "digitstring.cli_tuning",
}
"""Where the commands are that are imported when they are asked for, each ``NAME_command``."""


class CommandLine(click.Group):
    """The commands, with one place where the world's errors become one line on stderr."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted([*super().list_commands(ctx), *OTHERS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in OTHERS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(OTHERS[cmd_name]), f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the world ends it with exit status 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except Exception as error:
            if not isinstance(error, world_errors()):
                raise
            print_error(error)
            ctx.exit(1)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="digitstring")
def command_line() -> None:
    """Read digit strings from photos and scans."""


@command_line.command("read")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option(
    "--annotate",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Write the image with boxes, digits and doubt drawn on it; for one image only.",
)
@explain_option
@region_option
@turn_option
@weights_option
@max_pixels_option
@fields_option
@with_min_confidence
@with_knowledge
@click.option(
    "--strict",
    is_flag=True,
    help="End with exit status 1 where a number is missing, not accepted or not as is known.",
)
def read_command(
    images: tuple[str, ...],
    as_json: bool,
    annotate: Path | None,
    explain_folder: Path | None,
    region: Region | None,
    turn: Turn,
    network: Network | None,
    max_pixels: int,
    fields: tuple[Field, ...] | None,
    min_confidence: float,
    knowledge: Knowledge | None,
    strict: bool,
) -> None:
    """Print the number on each IMAGE; - reads the image from stdin.

    One image prints its lines. Several print a row each: the name, a tab, and the image's lines
    parted by spaces. The fields of a form print a row each too, with their names. An image
    without digits is read too: its text is empty.
    """
    if annotate is not None:
        _check_annotate(annotate, images)
    if fields is not None:
        alone = {"--explain": explain_folder, "--region": region}
        check_alone({**alone, "--turn": turn, "what is known of the number": knowledge})
    options: ReadOptions = {
        "region": region,
        "turn": turn,
        "knowledge": knowledge,
        "min_confidence": min_confidence,
        "network": network,
        "max_pixels": max_pixels,
    }
    form = None if fields is None else form_reader(fields, min_confidence, network, max_pixels)
    told = strict or knowledge is not None or fields is not None
    failed = False
    for name, stem in zip(images, _stems(images), strict=True):
        source = _source(name)
        rows = _read_one(name, source, options, form)
        for row in rows:
            amiss = _print_row(row, as_json, len(images) > 1, told)
            failed |= amiss and (strict or row.reading is None)
            if row.reading is not None and explain_folder is not None:
                _explain(row.reading, explain_folder, stem, turn, network)
        if annotate is not None and source is not None and rows[0].reading is not None:
            _annotate(rows, source, annotate)
    sys.exit(1 if failed else 0)


def _print_row(row: Row, as_json: bool, one_of_several: bool, told: bool) -> bool:
    """Print a row, and return whether anything is amiss; the reason is printed where `told`."""
    if row.reading is None:
        print_error(row.error)
        return True
    echo(_shown(row, as_json, one_of_several))
    if told and row.reading.reason:
        field = f"field {row.field}: " if row.field else ""
        print_error(f"{click.format_filename(row.file)}: {field}{row.reading.reason}")
    return not row.reading.text or bool(row.reading.reason) or not row.reading.accepted


def _check_annotate(annotate: Path, images: tuple[str, ...]) -> None:
    """End with wrong use where --annotate can't do what it is asked for."""
    if len(images) > 1:
        raise click.UsageError("--annotate takes one image only: leave the others out.")
    if annotate.suffix.lower() != ".png":
        raise click.UsageError(f"--annotate writes PNG: name a file ending in .png, not {annotate}")


def _stems(images: tuple[str, ...]) -> list[str]:
    """Return what each image's files are called: its stem, all numbered where two are alike.

    >>> _stems(("scans/a.png", "-")), _stems(("a.png", "b/a.png"))
    (['a', 'stdin'], ['1-a', '2-a'])
    """
    stems = ["stdin" if name == "-" else Path(name).stem for name in images]
    if len(set(stems)) == len(stems):
        return stems
    return [f"{number}-{stem}" for number, stem in enumerate(stems, 1)]


def _explain(
    reading: Reading, folder: Path, stem: str, turn: Turn, network: Network | None
) -> None:
    """Write the pictures of how an image was read."""
    from digitstring.explanation import explain
    from digitstring.reader import quarter_turns

    if reading.photo is not None:
        explain(reading.photo, folder, stem, network=network, turns=quarter_turns(turn))


def _annotate(rows: Sequence[Row], source: Source, file: Path) -> None:
    """Write an image with what was read drawn on it."""
    from digitstring.rows import annotated, save_picture

    save_picture(annotated(rows, source), file)


def _source(name: str) -> Source | None:
    """Return the image of that name; stdin is read once only, and closed where it is None."""
    if name != "-":
        return name
    from digitstring.formats import as_file

    return None if sys.stdin is None else as_file(sys.stdin.buffer)


def _read_one(
    name: str, source: Source | None, options: ReadOptions, form: ReadForm | None
) -> tuple[Row, ...]:
    """Read an image to a row, or to one a field; what is wrong is a row's error."""
    from digitstring.folder import Row, read_form_rows, read_row
    from digitstring.segmenter.photo import RegionError

    if source is None:
        return (Row(name, error="-: stdin is closed; send an image to it, or name a file"),)
    try:
        if form is None:
            return (read_row(name, source, **options),)
        return read_form_rows(name, source, form)
    except RegionError as error:
        return (Row(name, error=f"{name}: {error}"),)


def _shown(row: Row, as_json: bool, one_of_several: bool) -> str:
    if as_json:
        return json.dumps(row.to_dict())
    assert row.reading is not None
    places = [click.format_filename(row.file)] if one_of_several else []
    places += [row.field] if row.field is not None else []
    text = row.reading.marked
    return "\t".join(map(one_line, [*places, text])) if places else text


def main() -> None:
    """Run the command line; the entry point of the command ``digitstring``."""
    if sys.argv[1:2] == ["read"]:
        prefer_one_thread()
    command_line(prog_name="digitstring")
