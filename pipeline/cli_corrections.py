"""Corrections on the command line: the options that name them, and merging them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digitstring.corrections import Corrections
    from digitstring.locations import Place
    from digitstring.tally import Tally


def _place(ctx: click.Context, param: click.Parameter, place: str | None) -> Place | None:
    """Return the folder or the address of the images, or end with wrong use."""
    from digitstring.items import is_address

    if place is None or is_address(place):
        return place
    if not Path(place).is_dir():
        raise click.BadParameter(f"{place} is not a folder.")
    return Path(place)


images_option = click.option(
    "--images",
    "folder",
    callback=_place,
    metavar="FOLDER",
    help="Where the images are, or the address that was read. [looked for beside the results and "
    "here]",
)


def _corrections(
    ctx: click.Context, param: click.Parameter, path: Path | None
) -> Corrections | None:
    """Load what a person said, where a file is named."""
    if path is None:
        return None
    from digitstring.corrections_file import load_corrections

    return load_corrections(path)


corrections_option = click.option(
    "--corrections",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_corrections,
    metavar="FILE",
    help="Merge what `digitstring review` kept there; a PATH may then be an earlier .jsonl output.",
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
