"""From a text to a photo of it in one call."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitstring.samples import paper
from digitstring.samples.hands import Hand, random_hand
from digitstring.samples.layout import Glyphs, Layout, Placed, lay_out
from digitstring.samples.strokes import draw_digit

PENS: tuple[paper.Colour, ...] = (
    (20, 20, 24),
    (25, 35, 120),
    (30, 60, 170),
    (60, 60, 64),
    (160, 25, 30),
    (15, 105, 50),
    (90, 30, 110),
)
PAPERS: tuple[paper.Colour, ...] = (
    (255, 255, 255),
    (244, 243, 238),
    (236, 229, 210),
    (222, 226, 230),
    (250, 236, 150),
    (205, 195, 178),
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo (h, w, 3) uint8 and the digits of each line with their boxes in it."""

    photo: NDArray[np.uint8]
    lines: tuple[tuple[Placed, ...], ...]

    @property
    def text(self) -> str:
        """The digits, a line of the photo each line."""
        return "\n".join("".join(digit.value for digit in line) for line in self.lines)


def handwriting(hand: Hand, height_px: float) -> Glyphs:
    """Digits by one hand as glyphs for `lay_out`."""
    return lambda value, rng: draw_digit(value, hand, rng, height_px)


def render_string(
    text: str,
    rng: np.random.Generator,
    *,
    hand: Hand | None = None,
    height_px: float = 60,
    layout: Layout | None = None,
) -> Picture:
    """Write `text` in dark ink on white paper; newlines part lines, spaces are gaps.

    hand: the writer, left out: a random one. Raises ValueError when a character is no digit.
    """
    page = lay_out(text, handwriting(hand or random_hand(rng), height_px), rng, layout)
    return Picture(paper.develop(paper.put_on_paper(page.ink, pen=PENS[0])), page.lines)


def photograph(ink: paper.Ink, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Take a photo (h, w, 3) uint8 of ink (h, w) with pen, paper, light and camera of chance.

    About one in eight is light on dark; each fault of light and camera is there now and then.
    """
    photo = _colour(ink, rng)
    if rng.random() < 0.5:
        photo = paper.add_texture(
            photo, rng, strength=rng.uniform(0.01, 0.12), grain_px=rng.uniform(1.5, 12)
        )
    photo = _light(photo, rng)
    return paper.develop(_camera(photo, rng))


def _colour(ink: paper.Ink, rng: np.random.Generator) -> paper.Photo:
    dark, light = PENS[rng.integers(len(PENS))], PAPERS[rng.integers(len(PAPERS))]
    if rng.random() < 0.3:
        ink = paper.dry_pen(ink, rng, dryness=rng.uniform(0.1, 0.6))
    if rng.random() < 0.12:
        dark, light = light, dark
    return paper.put_on_paper(ink, pen=dark, paper=light)


def _light(photo: paper.Photo, rng: np.random.Generator) -> paper.Photo:
    if rng.random() < 0.4:
        photo = paper.dim_unevenly(photo, rng, depth=rng.uniform(0.05, 0.6))
    if rng.random() < 0.25:
        photo = paper.cast_shadow(
            photo, rng, depth=rng.uniform(0.1, 0.5), softness=rng.uniform(0.02, 0.5)
        )
    return photo


def _camera(photo: paper.Photo, rng: np.random.Generator) -> paper.Photo:
    if rng.random() < 0.3:
        photo = paper.lower_resolution(photo, rng, factor=rng.uniform(1.0, 2.5))
    if rng.random() < 0.4:
        photo = paper.blur(photo, rng, radius_px=rng.uniform(0.3, 1.5))
    if rng.random() < 0.6:
        photo = paper.add_noise(photo, rng, sigma=rng.uniform(0.003, 0.05))
    if rng.random() < 0.5:
        photo = paper.press_jpeg(photo, rng, quality=int(rng.integers(25, 90)))
    return photo
