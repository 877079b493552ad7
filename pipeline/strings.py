"""Strings of digits as on a scan, with the truth about every digit's box.

The benchmark draws them of digits and typefaces that nothing learns from; the recipe, with other
chances, of those it may learn from. No draw is rejected for being hard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitstring import samples
from digitstring.classifier import Digits
from digitstring.samples import Frame, Layout, Page, Placed, Typeface
from digitstring.samples.blots import BlotKind
from digitstring.samples.frames import Box, FrameKind

Ink = NDArray[np.float32]
Floats = NDArray[np.float64]
Cell = tuple[str, Box]
Writer = Callable[[str, np.random.Generator, float], Ink]
"""Draws one digit as ink (h, w), by its value and height in pixels."""
Scan = Callable[[Ink, float, np.random.Generator], NDArray[np.uint8]]
Kind = Literal[
    "apart",
    "touching",
    "printed",
    "boxes",
    "rules",
    "crowded",
    "overlapping",
    "joined",
    "amounts",
    "marks",
    "combs",
    "dotted",
    "display",
]
KINDS: tuple[Kind, ...] = get_args(Kind)[:5]
"""What the benchmark reads."""
MORE_KINDS: tuple[Kind, ...] = get_args(Kind)[5:]
"""What the recipe learns from besides."""

MARKS: Mapping[str, BlotKind] = {
    ",": "comma",
    ".": "dot",
    "-": "dash",
    "=": "equals",
    "/": "slash",
    "$": "currency",
    "A": "letter",
    "#": "scribble",
    "x": "cross",
}
"""Characters of a text that are no digits; one sign or letter stands for all of them."""
PATTERNS = (
    *("d.d", "d,d", "d.d,d", "d,d.d", "d-d", "d-d-d", "d/d/d", "d d"),
    *("$d", "$ d,d", "-d", "-d.d", "d.d-", "d,-", "d/-", "d-", "A d", "AA d", "d A", "AdA"),
    *("d--", "d.d--", "d#", "d.d,d#", "xd", "dx", "xd-x", "$d,d-", "#d"),
)
"""How marks stand between digits, d, of which there are one or more."""

_TAILS = ("", "", "", "", "-", ".-", ",-", "--", ".", ",", ".,", "=", ".=", ",=", "#", "-#")
"""What follows an amount."""
_ZEROS = 0.35
"""Share of the digits of a joined string that are made zeros."""
_ROUND = 0.7
"""Share of the amounts that end in zeros."""
_RULED = 0.25
"""Share of the amounts that stand on a rule."""
_SMALL_ZEROS = (0.55, 1.1)
"""Their height, as a share of the other digits';"""
_WIDE_ZEROS = (0.9, 1.7)
"""their width, as a share of what goes with that height."""
_COUNT = (3, 8)
_HEIGHT_PX = (20.0, 60.0)
_CROSSING = 1 / 3
"""Share of the strings whose digits cross what is printed round them."""
_CROSSING_FRAC, _CLEAR_FRAC = (-0.18, 0.05), (0.15, 0.4)
"""Room between the print and the outermost digit, as a share of the line's height."""
_OVERLAP_PX = (1, 4)
"""Of touching digits, where a digit is `_CROP_HEIGHT` high."""
_CROP_HEIGHT = 20
"""The longer side of MNIST's digits in their crops."""
_FINER = 3
"""A crop's pen and slant change on a raster this many times finer."""
_EDGE = 0.35
"""Ink that stays as it is while edges are sharpened; at a half, MNIST's thin strokes break."""


@dataclass(frozen=True, eq=False)
class DrawnString:
    """A scan (h, w) uint8, dark ink on light paper, and each line's digits, left to right.

    owners (h, w) int16: which digit most of a pixel's ink is of, as in `Page`.
    """

    pixels: NDArray[np.uint8]
    lines: tuple[tuple[Placed, ...], ...]
    owners: NDArray[np.int16]

    @property
    def text(self) -> str:
        """The digits, a line of the scan each line."""
        return "\n".join("".join(digit.value for digit in line) for line in self.lines)


def draw_string(
    kind: Kind,
    rng: np.random.Generator,
    digits: Digits | None,
    faces: Sequence[Typeface],
    *,
    text: str | None = None,
    scan: Scan | None = None,
) -> DrawnString:
    """Draw one string.

    Parameters
    ----------
    kind
        "apart": written digits with paper between them; "touching": the ink of each begins 1 to 4
        px before that of the last one ends, where a digit is 20 px high; "printed"; "boxes": one
        each or one for all; "rules", dotted or not, below: digits cross both in a third of the
        strings. "overlapping": as "touching", but measured between the nearest ink of the two;
        "crowded": some touch; "joined": many by a stroke, zeros above all; "amounts": most of them
        round ones, their zeros small, wide and in a chain; "marks": crowded, with `MARKS` between
        digits; "combs": boxes without lids; "display".
        From "boxes" on half are written, the others drawn by a hand or printed.
    digits
        What is written with, a crop of chance for each digit; None: strokes of one hand.
    faces
        What is printed with, one of chance for each string.
    text
        Digits, spaces and `MARKS`; left out: 3 to 8 digits, each as often as any other.
    scan
        Makes pixels (h, w) uint8 of ink (h, w), the digits' height and chance; left out: a scan.

    Raises
    ------
    ValueError
        If the kind is none of those, `faces` is empty where one is needed, or `digits` lacks
        a digit.
    """
    if kind not in _LAYOUTS:
        raise ValueError(f"kind must be one of {', '.join(_LAYOUTS)}, not {kind!r}")
    height_px = float(np.exp(rng.uniform(*np.log(_HEIGHT_PX))))
    layout = _LAYOUTS[kind](rng)
    write = _choose_writer(kind, rng, digits, faces)
    if kind == "amounts":
        write = _with_small_zeros(write, rng)

    def glyphs(char: str, rng: np.random.Generator) -> Ink:
        if char in MARKS:
            return samples.draw_blot(MARKS[char], rng, height_px)
        return write(char, rng, height_px)

    text = _random_text(kind, rng) if text is None else text
    page = samples.lay_out(text, glyphs, rng, replace(layout, frame=None))
    ink = np.maximum(page.ink, _print_frame(page, layout, kind, rng))
    if kind in ("joined", "amounts"):
        share = 0.6 if kind == "joined" else float(rng.uniform(0, 0.8))
        for line in page.lines:
            ink = samples.join_digits(ink, line, rng, share=share)
    return DrawnString((scan or scan_plain)(ink, height_px, rng), page.lines, page.owners)


def _random_text(kind: Kind, rng: np.random.Generator) -> str:
    if kind == "amounts":
        return _random_amount(rng)
    count = int(rng.integers(_COUNT[0], _COUNT[1] + 1))
    values = "".join(str(value) for value in rng.integers(0, 10, count))
    if kind == "joined":
        values = "".join("0" if rng.random() < _ZEROS else value for value in values)
    pattern = PATTERNS[rng.integers(len(PATTERNS))] if kind == "marks" else "d"
    inner = rng.choice(np.arange(1, count), pattern.count("d") - 1, replace=False)
    cuts = [0, *sorted(inner.tolist()), count]
    parts = iter(values[start:stop] for start, stop in pairwise(cuts))
    return "".join(next(parts) if char == "d" else char for char in pattern)


def _random_amount(rng: np.random.Generator) -> str:
    """Return an amount of money as people write it, with or without marks.

    >>> _random_amount(np.random.default_rng(1))
    '95018,='
    """
    count = int(rng.integers(_COUNT[0], _COUNT[1]))
    zeros = int(rng.integers(1, min(count, 5))) if rng.random() < _ROUND else 0
    values = "".join(map(str, rng.integers(0, 10, count - zeros - 1)))
    digits = f"{rng.integers(1, 10)}{values}{'0' * zeros}"
    sign, mark, tail = (
        options[int(rng.integers(len(options)))]
        for options in (("", "", "", "$", "$ "), ("", "", ".", ".", ",", " "), _TAILS)
    )
    return f"{sign}{digits[:-3]}{mark if count > 3 else ''}{digits[-3:]}{tail}"


def _with_small_zeros(write: Writer, rng: np.random.Generator) -> Writer:
    """Write with zeros as in a round amount: smaller than other digits, and wider."""
    height, width = rng.uniform(*_SMALL_ZEROS), rng.uniform(*_WIDE_ZEROS)

    def write_amount(value: str, rng: np.random.Generator, height_px: float) -> Ink:
        ink = write(value, rng, height_px)
        if value != "0":
            return ink
        rows, columns = (max(4, round(side * height)) for side in ink.shape)
        size = max(4, round(columns * width)), rows
        resized = Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC)
        return np.clip(np.asarray(resized, dtype=np.float32), 0, 1)

    return write_amount


def _choose_writer(
    kind: Kind, rng: np.random.Generator, digits: Digits | None, faces: Sequence[Typeface]
) -> Writer:
    """Choose who draws the digits: one pen, hand, typeface or display for the whole string."""
    chance = 0.0 if kind in ("apart", "touching", "overlapping") else rng.random()
    if kind == "display":
        display = samples.random_display(rng)
        return lambda value, _, height_px: samples.draw_segments(value, display, height_px)
    if kind == "printed" or chance > 0.8:
        if not faces:
            raise ValueError("faces must hold at least one typeface")
        face = faces[int(rng.integers(len(faces)))]
        return lambda value, _, height_px: samples.draw_glyph(value, face, height_px)
    if digits is None or chance > 0.5:
        hand = samples.random_hand(rng)
        return lambda value, rng, height_px: samples.draw_digit(value, hand, rng, height_px)
    return _rewrite(digits, rng)


def _rewrite(digits: Digits, rng: np.random.Generator) -> Writer:
    """Write with crops of chance, with one slant, pen and sharpness for all."""
    slant = float(np.clip(rng.normal(0, 0.2), -0.45, 0.45))
    pen, sharpness = float(rng.uniform(-0.6, 1)), float(rng.random())

    def write(value: str, rng: np.random.Generator, height_px: float) -> Ink:
        places = np.flatnonzero(digits.labels == int(value))
        if not places.size:
            raise ValueError(f"digits holds no {value}")
        scale = height_px / _CROP_HEIGHT
        fine = _lean(_change_pen(digits.crops[rng.choice(places)], pen), slant)
        columns, rows = (round(side * scale / _FINER) for side in fine.size)
        gray = np.asarray(fine.resize((columns, rows), Image.Resampling.BICUBIC), np.float32) / 255
        contrast = 1 + sharpness * (scale - 1)
        return np.clip((gray - _EDGE) * contrast + _EDGE, 0, 1).astype(np.float32)

    return write


def _change_pen(crop: Ink, pen: float) -> Image.Image:
    """Enlarge a crop, its strokes up to 2/3 px thicker (pen 1) or thinner (-1)."""
    side = len(crop) * _FINER
    fine = Image.fromarray(np.uint8(crop * 255)).resize((side, side), Image.Resampling.BICUBIC)
    other = fine.filter(ImageFilter.MinFilter(3) if pen < 0 else ImageFilter.MaxFilter(3))
    return Image.blend(fine, other, abs(pen))


def _lean(picture: Image.Image, slant: float) -> Image.Image:
    """Shear by `slant` columns for each row upwards."""
    size = (picture.width + round(abs(slant) * picture.height), picture.height)
    shear = (1, slant, -max(slant, 0) * picture.height, 0, 1, 0)
    return picture.transform(size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)


def _apart(rng: np.random.Generator, **others: Any) -> Layout:
    least, loose = rng.uniform(0.1, 0.3), rng.uniform(0.0, 0.4)
    usual = Layout(
        gap_frac=(float(least), float(least + loose)),
        kerned=bool(rng.random() < 0.5),
        size_jitter=float(rng.uniform(0.0, 0.1)),
        baseline_jitter=float(rng.uniform(0.0, 0.08)),
        slope_deg=float(rng.normal(0, 1.5)),
        margin_frac=float(rng.uniform(0.3, 1.0)),
    )
    return replace(usual, **others)


def _touching(rng: np.random.Generator) -> Layout:
    least, most = (-overlap / _CROP_HEIGHT for overlap in _OVERLAP_PX)
    return _apart(rng, gap_frac=(most, least), kerned=False, slope_deg=0.0)


def _overlapping(rng: np.random.Generator) -> Layout:
    return replace(_touching(rng), kerned=True)


def _crowded(rng: np.random.Generator) -> Layout:
    nearest, farthest = -2 / _CROP_HEIGHT, float(rng.uniform(2, 6)) / _CROP_HEIGHT
    return _apart(rng, gap_frac=(nearest, farthest), kerned=True)


def _amounts(rng: np.random.Generator) -> Layout:
    layout = (_apart, _crowded, _touching, _overlapping)[int(rng.integers(4))](rng)
    size, baseline, margin = rng.uniform((0, 0, 0), (0.15, 0.12, 0.6)).tolist()
    frame = _random_frame(rng, "underline") if rng.random() < _RULED else None
    return replace(
        layout, size_jitter=size, baseline_jitter=baseline, margin_frac=margin, frame=frame
    )


def _set_in_type(rng: np.random.Generator) -> Layout:
    gap, slope = float(rng.uniform(0.1, 0.35)), float(rng.normal(0, 0.7))
    alike = {"kerned": False, "size_jitter": 0.0, "baseline_jitter": 0.0}
    return _apart(rng, gap_frac=(gap, gap), slope_deg=slope, **alike)


def _on_rules(rng: np.random.Generator) -> Layout:
    return _apart(rng, frame=_random_frame(rng, "underline"))


def _in_cells(rng: np.random.Generator, *kinds: FrameKind) -> Layout:
    """Put a digit into each cell of a form; digits that cross it are too wide for it as well."""
    frame = _random_frame(rng, *kinds)
    pitch = (
        rng.uniform(1.15, 1.5) if frame.room_frac > _CROSSING_FRAC[1] else rng.uniform(0.85, 1.1)
    )
    margin, slope = float(rng.uniform(1.0, 1.4)), float(rng.normal(0, 0.7))
    return _apart(rng, pitch_frac=float(pitch), margin_frac=margin, slope_deg=slope, frame=frame)


def _random_frame(rng: np.random.Generator, *kinds: FrameKind) -> Frame:
    """Choose a frame of 1 to 3 px that keeps clear of the digits, or crosses them in a third."""
    room = _CROSSING_FRAC if rng.random() < _CROSSING else _CLEAR_FRAC
    thick_px, strength = float(rng.uniform(1, 3)), float(rng.uniform(0.4, 1.0))
    kind = kinds[int(rng.integers(len(kinds)))]
    return Frame(kind, float(rng.uniform(*room)), thick_px, strength)


_LAYOUTS: Mapping[Kind, Callable[[np.random.Generator], Layout]] = {
    "apart": _apart,
    "touching": _touching,
    "printed": _set_in_type,
    "boxes": lambda rng: _in_cells(rng, "boxes", "boxes", "field"),
    "rules": _on_rules,
    "crowded": _crowded,
    "overlapping": _overlapping,
    "joined": _crowded,
    "amounts": _amounts,
    "marks": _crowded,
    "combs": lambda rng: _in_cells(rng, "comb"),
    "dotted": _on_rules,
    "display": _set_in_type,
}


def _print_frame(page: Page, layout: Layout, kind: Kind, rng: np.random.Generator) -> Ink:
    """Print the layout's frame on a sheet like the page's (h, w)."""
    sheet = np.zeros_like(page.ink)
    if layout.frame is None:
        return sheet
    for line in filter(None, page.lines):
        boxes = np.array([digit.box for digit in line], dtype=np.float64)
        place = _rules if layout.frame.kind == "underline" else _cells
        for cells in place(boxes, layout, sheet.shape[1], rng):
            np.maximum(sheet, samples.draw_frame(layout.frame, sheet.shape, cells), out=sheet)
    if kind == "dotted":
        every, share = rng.uniform((3, 0.3), (12, 0.7))
        sheet *= np.arange(sheet.shape[1]) % every < every * share
    return sheet


def _rules(
    boxes: Floats, layout: Layout, width: int, rng: np.random.Generator
) -> Iterator[list[Cell]]:
    """Yield what stands on each rule: one rule as long as the line, or those of a ruled sheet."""
    if rng.random() < 0.5:
        yield _level(boxes, boxes[[0, -1], [1, 3]], 0, layout)
        return
    pitch = rng.uniform(1.5, 2.2) * _unit(boxes)
    for drop in (-pitch, 0, pitch):
        yield _level(boxes + np.array([drop, 0, drop, 0]), np.array([0, width]), 0, layout)


def _cells(
    boxes: Floats, layout: Layout, width: int, rng: np.random.Generator
) -> Iterator[list[Cell]]:
    """Yield equal cells, one for each digit, less the room that the frame adds."""
    if layout.frame is None:
        return
    pitch = layout.pitch_frac * _unit(boxes)
    steps = pitch * np.arange(len(boxes))
    centres = steps + np.mean(boxes[:, [1, 3]].mean(axis=1) - steps)
    _, (top, _, bottom, _) = _level(boxes, centres, 0, layout)[0]
    room = 0 if layout.frame.kind == "field" else layout.frame.room_frac * (bottom - top)
    yield _level(boxes, centres, pitch - 2 * room, layout)


def _unit(boxes: Floats) -> float:
    return float(np.median(boxes[:, 2] - boxes[:, 0]))


def _level(boxes: Floats, centres: Floats, wide: float, layout: Layout) -> list[Cell]:
    """Return cells along the line's slope, from its highest head to its lowest foot."""
    climb = np.tan(np.radians(layout.slope_deg))
    rise = climb * boxes[:, [1, 3]].mean(axis=1)
    top, bottom = (boxes[:, 0] + rise).min(), (boxes[:, 2] + rise).max()
    return [
        (
            "",
            (
                round(top - climb * x),
                round(x - wide / 2),
                round(bottom - climb * x),
                round(x + wide / 2),
            ),
        )
        for x in centres.tolist()
    ]


def scan_plain(ink: Ink, height_px: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Lay ink (h, w) on light paper, from black to pale, and scan it: gray (h, w) uint8."""
    if rng.random() < 0.3:
        ink = samples.dry_pen(ink, rng, dryness=rng.uniform(0.05, 0.3))
    pen, ground = rng.integers((0, 205), (111, 256)).tolist()
    photo = samples.put_on_paper(ink, pen=(pen,) * 3, paper=(ground,) * 3)
    strength, grain_px = rng.uniform((0, 1.5), (0.05, 8))
    photo = samples.add_texture(photo, rng, strength=strength, grain_px=grain_px)
    photo = samples.blur(photo, rng, radius_px=rng.uniform(0, 0.02) * height_px)
    photo = samples.add_noise(photo, rng, sigma=rng.uniform(0.002, 0.025))
    if rng.random() < 0.4:
        photo = samples.press_jpeg(photo, rng, quality=int(rng.integers(60, 96)))
    return np.asarray(Image.fromarray(samples.develop(photo)).convert("L"))
