"""What is known of a number, on the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge

NAMES = ("length", "pattern", "candidates", "check", "lines")


def _length(
    ctx: click.Context, param: click.Parameter, length: str | None
) -> int | tuple[int, int] | None:
    """Return "5" or "4-6" as `Knowledge` takes it."""
    if length is None:
        return None
    least, dash, most = length.partition("-")
    if not least.isdigit() or (dash and not most.isdigit()):
        raise click.BadParameter(f"{length!r} is neither a number nor a range such as 4-6.")
    return (int(least), int(most)) if dash else int(least)


def with_knowledge(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say what is known, and call it with `knowledge`."""

    @click.option("--length", callback=_length, metavar="N|N-M", help="How many digits a line has.")
    @click.option("--pattern", help=r"A regular expression over digits: '20\d\d'.")
    @click.option(
        "--candidates",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The allowed numbers, one a line.",
    )
    @click.option("--check", metavar="NAME", help="Check digit: luhn, ean13, isbn13, mod97, ...")
    @click.option("--lines", type=click.IntRange(min=1), help="How many lines hold a number.")
    @wraps(command)
    def known(*args: Any, **options: Any) -> None:
        given = {name: options.pop(name) for name in NAMES}
        command(*args, knowledge=_knowledge(given), **options)

    return known


def _knowledge(given: dict[str, Any]) -> Knowledge | None:
    """Return what is known, None where nothing is, or end with wrong use."""
    if all(value is None for value in given.values()):
        return None
    from digitstring.constraints import Knowledge
    from digitstring.extras import ExtraError

    try:
        return Knowledge(**given)
    except (ValueError, ExtraError) as error:
        raise click.UsageError(str(error)) from error
