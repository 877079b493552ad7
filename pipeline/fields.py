r"""Forms: a file that names regions of an image, and what is known of the number in each.

    [account]                        # the field's name
    region = [0.55, 0.1, 0.95, 0.2]  # left, top, right, bottom: fractions, or pixels if all whole
    length = 10                      # or [8, 10]
    check = "luhn"

    [amount]
    region = [0.55, 0.8, 0.95, 0.9]
    pattern = '\d+'
    lines = 1

Besides, `candidates` names a file, relative to this one; `turn` and `min_confidence` are as `read`
takes them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from PIL import Image

from digitstring.classifier import DataError
from digitstring.constraints import Knowledge
from digitstring.extras import ExtraError
from digitstring.formats import openable
from digitstring.reader import DEFAULTS, ReaderOptions, Turn, read
from digitstring.reading import Reading
from digitstring.segmenter.photo import MAX_PIXELS, Region, RegionError, Source, load_picture

if TYPE_CHECKING:
    from digitstring.classifier import Network
    from digitstring.folder import ReadOptions

FORMS = {
    "length": "a number or [least, most]",
    "pattern": "a text",
    "candidates": "the name of a file or a list of texts",
    "check": "a name",
    "lines": "a number",
}
KNOWN = tuple(FORMS)
KEYS = ("region", *KNOWN, "turn", "min_confidence")


@dataclass(frozen=True)
class Field:
    """A named region of an image.

    Attributes
    ----------
    name
        What its reading is called.
    region
        As `read` takes it.
    knowledge, turn
        What is known of its number, and how it is turned.
    min_confidence
        The least confidence of its reading; None: what is asked of all.
    """

    name: str
    region: Region
    knowledge: Knowledge | None = None
    turn: Turn = 0
    min_confidence: float | None = None

    @property
    def options(self) -> ReadOptions:
        """What `read` takes to read the field."""
        options: ReadOptions = {
            "region": self.region,
            "knowledge": self.knowledge,
            "turn": self.turn,
        }
        if self.min_confidence is not None:
            options["min_confidence"] = self.min_confidence
        return options


def read_fields(
    image: Source,
    fields: str | os.PathLike[str] | tuple[Field, ...],
    *,
    min_confidence: float = 0.0,
    network: Network | None = None,
    max_pixels: int = MAX_PIXELS,
    options: ReaderOptions = DEFAULTS,
) -> dict[str, Reading]:
    """Read the fields of a form, and return each one's reading by its name, in their order.

    The image is decoded once.

    Parameters
    ----------
    image, min_confidence, network, max_pixels, options
        As `read` takes them.
    fields
        As `load_fields` returns them, or the file that it loads.

    Raises
    ------
    DataError
        If the file of the fields is wrong.
    ValueError
        If a field's region holds no pixel of the image; and, for the rest, as `read` raises.
    """
    named = fields if isinstance(fields, tuple) else load_fields(fields)
    picture = load_picture(openable(image), max_pixels=max_pixels)
    shared = partial(
        read,
        min_confidence=min_confidence,
        network=network,
        max_pixels=max_pixels,
        options=options,
    )
    return {field.name: _read_field(picture, field, shared) for field in named}


def _read_field(picture: Image.Image, field: Field, shared: Callable[..., Reading]) -> Reading:
    try:
        return shared(picture, **field.options)
    except RegionError as error:
        raise RegionError(f"field {field.name}: {error}") from None


def load_fields(file: str | os.PathLike[str]) -> tuple[Field, ...]:
    """Return the fields that a TOML file names, in its order; see the module for its form.

    Raises
    ------
    DataError
        If the file can't be read, is no TOML, names no field, or a field has a wrong key or value.
    """
    path = Path(file)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror}); check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: is no TOML ({error}); write [NAME] and region = [...]") from error
    if not tables:
        raise DataError(f"{path}: names no field; write [NAME] and region = [...] for each")
    return tuple(_field(path, name, table) for name, table in tables.items())


def _field(path: Path, name: str, table: object) -> Field:
    """Return a field; whatever is wrong with it is told with the file's and its own name."""
    try:
        if not isinstance(table, dict):
            raise ValueError(f"is {table!r}; write [{name}] and its keys below")
        _check_keys(table)
        return Field(
            name,
            _region(table["region"]),
            _knowledge(path, table),
            _turn(table.get("turn", 0)),
            _min_confidence(table.get("min_confidence")),
        )
    except (ValueError, TypeError, ExtraError) as error:
        raise DataError(f"{path}: [{name}] {error}") from error
    except OSError as error:
        raise DataError(f"{path}: [{name}] {error.filename}: {error.strerror}") from error


def _check_keys(table: Mapping[str, object]) -> None:
    for key in table:
        if key not in KEYS:
            raise ValueError(f"has the unknown key {key}; known are {', '.join(KEYS)}")
    if "region" not in table:
        raise ValueError("has no region; give region = [left, top, right, bottom]")


def _region(value: object) -> Region:
    if not (
        isinstance(value, list)
        and len(value) == 4
        and all(type(edge) in (int, float) for edge in value)
    ):
        raise ValueError(f"region must be [left, top, right, bottom], is {value!r}")
    left, top, right, bottom = value
    if not (0 <= left < right and 0 <= top < bottom):
        raise ValueError(f"region must go from left to right and from top to bottom, is {value!r}")
    if any(isinstance(edge, float) for edge in value) and max(right, bottom) > 1:
        raise ValueError(f"region has a fraction, so all must be up to 1, is {value!r}")
    return left, top, right, bottom


def _knowledge(path: Path, table: Mapping[str, Any]) -> Knowledge | None:
    known = {key: table[key] for key in KNOWN if key in table}
    for key, value in known.items():
        if not _is_form_of(key, value):
            raise ValueError(f"{key} must be {FORMS[key]}, is {value!r}")
    if isinstance(known.get("length"), list):
        known["length"] = tuple(known["length"])
    if isinstance(known.get("candidates"), str):
        known["candidates"] = path.parent / known["candidates"]
    return Knowledge(**known) if known else None


def _is_form_of(key: str, value: object) -> bool:
    """Return whether a value has a form that its key takes."""
    match key, value:
        case "length" | "lines", bool():
            return False
        case "length", [int(), int()]:
            return True
        case "candidates", list():
            return all(isinstance(each, str) for each in value)
        case "length" | "lines", _:
            return isinstance(value, int)
    return isinstance(value, str)


def _turn(value: Any) -> Turn:
    if value not in get_args(Turn) or isinstance(value, bool):
        raise ValueError(f"turn must be 0, 90, 180, 270 or 'auto', is {value!r}")
    turn: Turn = value
    return turn


def _min_confidence(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"min_confidence must be from 0 to 1, is {value!r}")
    return float(value)
