"""Ink onto paper and through a camera.

A photo here is (h, w, 3) float32 in [0, 1] until `develop` makes it uint8. Every step takes a
photo and a generator, and gives a photo of the same size, so that boxes known on the page hold
in the photo; steps can be chained in any order.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Ink = NDArray[np.float32]
Photo = NDArray[np.float32]
Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def put_on_paper(ink: Ink, *, pen: Colour = BLACK, paper: Colour = WHITE) -> Photo:
    """Colour ink (h, w); a pen lighter than its paper gives light on dark."""
    ground, line = (np.array(colour, dtype=np.float32) / np.float32(255) for colour in (paper, pen))
    return ground + ink[..., np.newaxis] * (line - ground)


def dry_pen(ink: Ink, rng: np.random.Generator, *, dryness: float = 0.3) -> Ink:
    """Let the pen skip: ink (h, w) fades by up to `dryness` in streaks and patches."""
    patches = _cloud(ink.shape, rng, cell_px=max(ink.shape[0] / 8, 2))
    streaks = _cloud(ink.shape, rng, cell_px=1.5)
    return np.clip(ink * (1 - dryness * (patches + streaks) / 2), 0, 1).astype(np.float32)


def add_texture(
    photo: Photo, rng: np.random.Generator, *, strength: float = 0.03, grain_px: float = 3
) -> Photo:
    """Give the paper fibres: brightness wanders by `strength` over `grain_px` pixels."""
    shade = 1 + strength * (_cloud(photo.shape[:2], rng, cell_px=grain_px) - 0.5)
    return np.clip(_shade(photo, shade), 0, 1)


def dim_unevenly(photo: Photo, rng: np.random.Generator, *, depth: float = 0.3) -> Photo:
    """Light from one side and darker corners: at the darkest `depth` of the light is gone."""
    across, down = _directions(photo.shape)
    turn = rng.uniform(0, 2 * np.pi)
    slope = 0.5 + 0.5 * (np.cos(turn) * across + np.sin(turn) * down)
    corners = (across**2 + down**2) / 2
    mix = rng.uniform(0.3, 0.7)
    light = 1 - depth * np.clip(mix * slope + (1 - mix) * corners, 0, 1)
    return _shade(photo, light)


def cast_shadow(
    photo: Photo, rng: np.random.Generator, *, depth: float = 0.4, softness: float = 0.05
) -> Photo:
    """Lay the shadow of a hand or phone over part of the photo.

    softness: width of the shadow's edge as a share of half the photo.
    """
    across, down = _directions(photo.shape)
    turn, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5)
    side = np.cos(turn) * across + np.sin(turn) * down - place
    wave = 0.1 * np.sin(rng.uniform(2, 5) * (across - down))
    shade = np.clip((side + wave) / max(softness, 1e-3) + 0.5, 0, 1)
    return _shade(photo, 1 - depth * shade)


def print_rules(
    photo: Photo,
    rng: np.random.Generator,
    *,
    pitch_px: float = 40,
    colour: Colour = (150, 175, 215),
    squared: bool = False,
) -> Photo:
    """Print the rules of writing paper, or its squares, under the ink: darker wins."""
    rows, columns = photo.shape[0], photo.shape[1]
    ruled = np.zeros((rows, columns), dtype=np.float32)
    first = rng.uniform(0, pitch_px, 2)
    ruled[np.arange(first[0], rows, pitch_px).astype(int)] = 1
    if squared:
        ruled[:, np.arange(first[1], columns, pitch_px).astype(int)] = 1
    return np.minimum(photo, put_on_paper(ruled, pen=colour))


def blur(photo: Photo, rng: np.random.Generator, *, radius_px: float = 1) -> Photo:
    """Unfocus the photo by a Gaussian of standard deviation `radius_px`, without chance."""
    picture = Image.fromarray(develop(photo)).filter(ImageFilter.GaussianBlur(radius_px))
    return _undevelop(picture)


def add_noise(photo: Photo, rng: np.random.Generator, *, sigma: float = 0.02) -> Photo:
    """Add sensor noise of standard deviation `sigma`, half of it common to all colours."""
    common = rng.standard_normal(photo.shape[:2], dtype=np.float32)[..., np.newaxis]
    apart = rng.standard_normal(photo.shape, dtype=np.float32)
    return np.clip(photo + np.float32(sigma * np.sqrt(0.5)) * (common + apart), 0, 1)


def lower_resolution(photo: Photo, rng: np.random.Generator, *, factor: float = 2) -> Photo:
    """Lose detail as if taken from `factor` times as far; the size stays, without chance."""
    picture = Image.fromarray(develop(photo))
    small = (max(round(picture.width / factor), 1), max(round(picture.height / factor), 1))
    shrunk = picture.resize(small, Image.Resampling.BOX)
    return _undevelop(shrunk.resize(picture.size, Image.Resampling.BICUBIC))


def press_jpeg(photo: Photo, rng: np.random.Generator, *, quality: int = 60) -> Photo:
    """Save as JPEG in memory and load again, without chance."""
    buffer = BytesIO()
    Image.fromarray(develop(photo)).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as picture:
        return _undevelop(picture)


def develop(photo: Photo) -> NDArray[np.uint8]:
    """Round a photo to (h, w, 3) uint8."""
    return (np.clip(photo, 0, 1) * 255 + 0.5).astype(np.uint8)


def _undevelop(picture: Image.Image) -> Photo:
    return np.asarray(picture, dtype=np.float32) / np.float32(255)


def _shade(photo: Photo, light: NDArray[np.floating]) -> Photo:
    """Multiply each pixel by its light (h, w)."""
    shaded: Photo = photo * light[..., np.newaxis].astype(np.float32)
    return shaded


def _directions(shape: tuple[int, ...]) -> tuple[Ink, Ink]:
    """Columns (1, w) and rows (h, 1) of a photo as places from -1 to 1."""
    across = np.linspace(-1, 1, shape[1], dtype=np.float32).reshape(1, -1)
    down = np.linspace(-1, 1, shape[0], dtype=np.float32).reshape(-1, 1)
    return across, down


def _cloud(shape: tuple[int, ...], rng: np.random.Generator, *, cell_px: float) -> Ink:
    """Smooth noise (h, w) float32 in [0, 1] of spots about `cell_px` wide and others half that."""
    wide, fine = (_spots(shape, rng, cell_px / octave) for octave in (1, 2.3))
    return np.clip(0.6 * wide + 0.4 * fine, 0, 1)


def _spots(shape: tuple[int, ...], rng: np.random.Generator, cell_px: float) -> Ink:
    rows, columns = shape[:2]
    coarse = rng.random((int(rows / cell_px) + 2, int(columns / cell_px) + 2), dtype=np.float32)
    picture = Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.float32)
