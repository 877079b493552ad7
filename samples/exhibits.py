"""What hangs in the gallery of sample images, and how each picture is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from digitstring.samples import paper
from digitstring.samples.forms import FORMS
from digitstring.samples.hands import random_hand
from digitstring.samples.layout import Glyphs, Layout
from digitstring.samples.pictures import handwriting
from digitstring.samples.segments import Display, draw_segments
from digitstring.samples.typefaces import BUNDLED, draw_glyph

Step = Callable[[paper.Photo, np.random.Generator], paper.Photo]
Writer = Callable[[np.random.Generator, float], Glyphs]
"""From a generator and the height of a digit in pixels to glyphs."""

APART = Layout(gap_frac=(0.2, 0.4), baseline_jitter=0.03, size_jitter=0.03)
PRINTED = Layout(gap_frac=(0.12, 0.12), baseline_jitter=0.0)
LIT = Layout(gap_frac=(0.25, 0.25), baseline_jitter=0.0)
WELL_APART = Layout(gap_frac=(0.5, 0.8), baseline_jitter=0.04, size_jitter=0.03)

BLUE, RED, GREEN, PENCIL = (28, 44, 140), (176, 28, 36), (12, 110, 56), (92, 92, 98)
CREAM, GREY, YELLOW, SLATE = (243, 238, 224), (214, 216, 218), (250, 232, 140), (38, 46, 44)


@dataclass(frozen=True)
class Exhibit:
    """One image: its file, what is written in it, by whom, on what, and how it is taken."""

    file: str
    text: str
    writer: Writer
    height_px: float = 60
    layout: Layout = APART
    pen: paper.Colour = (16, 16, 20)
    ground: paper.Colour = paper.WHITE
    steps: tuple[Step, ...] = ()
    jpeg_quality: int = 80
    sideways: bool = False
    """Stored turned a quarter to the left, with the EXIF orientation that turns it back."""


def by_hand(
    pen_frac: float, *, slant: float = 0.1, forms: Mapping[str, str] | None = None
) -> Writer:
    """Take a steady writer of chance with a given pen and slant, and favourite forms by name."""

    def write(rng: np.random.Generator, height_px: float) -> Glyphs:
        hand = random_hand(rng)
        favourites = tuple(
            next((form for form in FORMS[value] if form.name == (forms or {}).get(value)), usual)
            for value, usual in zip(FORMS, hand.favourites, strict=True)
        )
        steady = replace(hand, favourites=favourites, loyalty=1.0, unsteadiness=0.012)
        return handwriting(replace(steady, pen_frac=pen_frac, slant=slant), height_px)

    return write


def in_print(_: np.random.Generator, height_px: float) -> Glyphs:
    """Set digits in the typeface that Pillow brings."""
    return lambda value, _: draw_glyph(value, BUNDLED, height_px)


def in_segments(_: np.random.Generator, height_px: float) -> Glyphs:
    """Light seven-segment digits, each of one piece."""
    return lambda value, _: draw_segments(value, Display(gap_frac=0.0, bevel=0.4), height_px)


def extend_paper(
    photo: paper.Photo, _: np.random.Generator, *, rows: int, columns: int
) -> paper.Photo:
    """Continue the sheet to (rows, columns), the writing in its middle."""
    above, left = (rows - photo.shape[0]) // 2, (columns - photo.shape[1]) // 2
    below, right = rows - photo.shape[0] - above, columns - photo.shape[1] - left
    return np.pad(photo, ((above, below), (left, right), (0, 0)), mode="edge")


def lay_on_desk(photo: paper.Photo, rng: np.random.Generator, *, edge_px: int) -> paper.Photo:
    """Show `edge_px` of a dark wooden desk to the left of the sheet and below it."""
    rows, columns = photo.shape[:2]
    wood = np.array((0.30, 0.20, 0.13), dtype=np.float32)
    desk = np.broadcast_to(wood, (rows + edge_px, columns + edge_px, 3))
    desk = paper.add_texture(desk, rng, strength=0.4, grain_px=edge_px / 8)
    desk[:rows, edge_px:] = photo
    return desk


EUROPEAN = {"1": "long upstroke", "7": "crossed", "9": "hooked", "4": "open", "0": "closed"}
LOOPED = {"2": "looped", "3": "round", "8": "S-stroke", "9": "curved", "1": "upstroke"}
SCHOOL = {
    "0": "closed",
    "1": "plain",
    "2": "flat",
    "3": "round",
    "4": "open",
    "5": "one stroke",
    "6": "curved",
    "7": "plain",
    "8": "S-stroke",
    "9": "straight",
}

_grain = partial(paper.add_texture, strength=0.06, grain_px=4)
_noise = partial(paper.add_noise, sigma=0.015)
_focus = partial(paper.blur, radius_px=0.8)

EXHIBITS: tuple[Exhibit, ...] = (
    Exhibit("strip.png", "504192", by_hand(0.09, forms=SCHOOL), 72, WELL_APART),
    Exhibit("ballpoint.png", "31415926", by_hand(0.05), 56, pen=BLUE),
    Exhibit("felt_pen.png", "27035", by_hand(0.13), 64),
    Exhibit("marker.png", "4968", by_hand(0.15, slant=0.0, forms=SCHOOL), 90),
    Exhibit("european.png", "1971047", by_hand(0.07, forms=EUROPEAN), 64),
    Exhibit("looped.png", "2238912", by_hand(0.07, slant=0.2, forms=LOOPED), 64),
    Exhibit("slanted.png", "360915", by_hand(0.06, slant=0.4), 60),
    Exhibit("climbing.png", "58204", by_hand(0.08), 60, replace(WELL_APART, slope_deg=5)),
    Exhibit("pencil.png", "86420", by_hand(0.06), 58, pen=PENCIL, ground=CREAM),
    Exhibit("red_pen.png", "90210", by_hand(0.07), 60, pen=RED),
    Exhibit("green_pen.png", "48613", by_hand(0.08, forms=SCHOOL), 60, pen=GREEN, ground=CREAM),
    Exhibit(
        "note.jpg", "07531", by_hand(0.08), 70, pen=BLUE, ground=YELLOW, steps=(_grain, _noise)
    ),
    Exhibit("leading_zeros.png", "0030000", by_hand(0.08), 60),
    Exhibit("repeated.png", "1122334455", by_hand(0.07, forms=EUROPEAN), 52),
    Exhibit("lone_digit.png", "7", by_hand(0.09, forms=EUROPEAN), 80),
    Exhibit("lines.png", "12038\n4567\n901246", by_hand(0.07, forms=LOOPED), 56),
    Exhibit("print.png", "0123456789", in_print, 40, PRINTED),
    Exhibit("print_lines.png", "2024\n11\n30", in_print, 34, PRINTED),
    Exhibit(
        "segments.png", "180274", in_segments, 80, LIT, pen=(24, 30, 24), ground=(186, 198, 172)
    ),
    Exhibit(
        "light_on_dark.png",
        "65013",
        by_hand(0.09, forms=LOOPED),
        66,
        pen=(238, 240, 232),
        ground=SLATE,
    ),
    Exhibit(
        "shadow.jpg",
        "73926",
        by_hand(0.08, forms=LOOPED),
        80,
        ground=CREAM,
        steps=(
            partial(extend_paper, rows=320, columns=640),
            _grain,
            partial(paper.dim_unevenly, depth=0.35),
            partial(paper.cast_shadow, depth=0.4, softness=0.15),
            _focus,
            _noise,
        ),
    ),
    Exhibit(
        "sideways.jpg",
        "619845",
        by_hand(0.08),
        72,
        ground=GREY,
        steps=(_grain, _focus, _noise),
        sideways=True,
    ),
    Exhibit(
        "desk.jpg",
        "40718",
        by_hand(0.08, forms=SCHOOL),
        90,
        replace(WELL_APART, margin_frac=2),
        pen=BLUE,
        steps=(_grain, partial(lay_on_desk, edge_px=110), _focus, _noise),
    ),
    Exhibit(
        "large.jpg",
        "2905\n38146",
        by_hand(0.07, forms=SCHOOL),
        420,
        WELL_APART,
        ground=CREAM,
        steps=(
            partial(extend_paper, rows=3000, columns=4000),
            partial(paper.dim_unevenly, depth=0.45),
            partial(paper.blur, radius_px=2),
            partial(paper.add_noise, sigma=0.012),
        ),
        jpeg_quality=60,
    ),
    Exhibit(
        "small_scan.png",
        "15437",
        by_hand(0.1),
        24,
        replace(APART, margin_frac=0.25),
        ground=GREY,
        steps=(partial(extend_paper, rows=45, columns=150), partial(paper.blur, radius_px=0.5)),
    ),
    Exhibit(
        "blank.jpg",
        "",
        by_hand(0.1),
        ground=CREAM,
        steps=(
            partial(extend_paper, rows=300, columns=480),
            _grain,
            partial(paper.dim_unevenly, depth=0.2),
            _noise,
        ),
    ),
)
