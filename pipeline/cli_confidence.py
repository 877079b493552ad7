"""How sure a reading has to be, on the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click


def with_min_confidence(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say how sure to be, and call it with `min_confidence`."""

    @click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        metavar="P",
        help="Readings less sure are not accepted: their doubtful digits are shown as ?.",
    )
    @click.option(
        "--threshold-from",
        type=click.Path(path_type=Path),
        metavar="FILE.json",
        help="As --min-confidence, the threshold that `digitstring calibrate` wrote.",
    )
    @wraps(command)
    def asked(*args: Any, **options: Any) -> None:
        given, file = options.pop("min_confidence"), options.pop("threshold_from")
        command(*args, min_confidence=_min_confidence(given, file), **options)

    return asked


def _min_confidence(given: float | None, file: Path | None) -> float:
    """Return the least confidence, 0 where none is asked for."""
    if file is None:
        return given or 0.0
    if given is not None:
        raise click.UsageError("--min-confidence and --threshold-from exclude each other.")
    from digitstring.thresholds import load_threshold

    return load_threshold(file)
