"""The fields of a form, on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digitstring.classifier import Network
    from digitstring.fields import Field
    from digitstring.rows import ReadForm


def _fields(
    ctx: click.Context, param: click.Parameter, path: Path | None
) -> tuple[Field, ...] | None:
    """Return the fields of the file that --fields names."""
    if path is None:
        return None
    from digitstring.fields import load_fields

    return load_fields(path)


fields_option = click.option(
    "--fields",
    type=click.Path(path_type=Path),
    callback=_fields,
    metavar="FILE.toml",
    help="Read the named regions of a form, each with what is known of its number.",
)


def form_reader(
    fields: tuple[Field, ...], min_confidence: float, network: Network | None, max_pixels: int
) -> ReadForm:
    """Return what reads the fields of an image; can be sent to another process."""
    from digitstring.fields import read_fields

    return partial(
        read_fields,
        fields=fields,
        min_confidence=min_confidence,
        network=network,
        max_pixels=max_pixels,
    )


def check_alone(others: Mapping[str, object]) -> None:
    """End with wrong use where --fields comes with an option that its file has a key for."""
    for option, given in others.items():
        if given:
            raise click.UsageError(f"--fields excludes {option}: its file says that of each field.")
