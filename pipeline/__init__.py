"""Reads digit strings from photos and scans.

``digitstring.read("photo.jpg").text`` is the number. The stages of `read` stand alone as well:
`load_photo`, `segment` (lines of pieces, each with its box and its 28x28 crop) and `judge` (what
the network says of crops). `read_folder` reads many images, `score_folder` measures on labelled
ones.

Names are loaded when they are first used, so that importing a part loads nothing of the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitstring.classifier import (
        DataError,
        Digits,
        Judgement,
        ModelError,
        Network,
        classify,
        judge,
        load_mnist,
        load_network,
        save_network,
    )
    from digitstring.constraints import Knowledge
    from digitstring.fields import Field, load_fields, read_fields
    from digitstring.folder import Row, read_folder, read_many
    from digitstring.reader import ReaderOptions, read
    from digitstring.reading import Alternative, DigitReading, LineReading, Reading
    from digitstring.scoring import Score, ScoredRow, score_folder
    from digitstring.segmenter import (
        Box,
        ImageError,
        Line,
        Photo,
        Piece,
        SegmenterOptions,
        load_photo,
        normalize,
        segment,
    )
    from digitstring.thresholds import Threshold, find_threshold, load_threshold, save_threshold

    __version__: str

_HOMES = {
    "classifier": (
        "DataError",
        "Digits",
        "Judgement",
        "ModelError",
        "Network",
        "classify",
        "judge",
        "load_mnist",
        "load_network",
        "save_network",
    ),
    "constraints": ("Knowledge",),
    "fields": ("Field", "load_fields", "read_fields"),
    "folder": ("Row", "read_folder", "read_many"),
    "reader": ("ReaderOptions", "read"),
    "reading": ("Alternative", "DigitReading", "LineReading", "Reading"),
    "scoring": ("Score", "ScoredRow", "score_folder"),
    "segmenter": (
        "Box",
        "ImageError",
        "Line",
        "Photo",
        "Piece",
        "SegmenterOptions",
        "load_photo",
        "normalize",
        "segment",
    ),
    "thresholds": ("Threshold", "find_threshold", "load_threshold", "save_threshold"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Alternative",
    "Box",
    "DataError",
    "DigitReading",
    "Digits",
    "Field",
    "ImageError",
    "Judgement",
    "Knowledge",
    "Line",
    "LineReading",
    "ModelError",
    "Network",
    "Photo",
    "Piece",
    "ReaderOptions",
    "Reading",
    "Row",
    "Score",
    "ScoredRow",
    "SegmenterOptions",
    "Threshold",
    "__version__",
    "classify",
    "find_threshold",
    "judge",
    "load_fields",
    "load_mnist",
    "load_network",
    "load_photo",
    "load_threshold",
    "normalize",
    "read",
    "read_fields",
    "read_folder",
    "read_many",
    "save_network",
    "save_threshold",
    "score_folder",
    "segment",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("digitstring")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
