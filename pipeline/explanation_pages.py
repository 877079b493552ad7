"""Pictures of a whole page: its ink, and the components it falls into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitstring.explanation_canvas import PICTURES, PictureOptions, letters, scaled
from digitstring.segmenter.strips import HEIGHT, Strip
from digitstring.segmenter.views import View

CURVE_POINTS = 17
"""A curved line's frame is drawn through so many points above, and as many below."""


def draw_ink(view: View, options: PictureOptions = PICTURES) -> Image.Image:
    """Draw what is taken for ink in black, and what is too pale for it in orange, on white."""
    contrast = view.ink.contrast
    full = max(view.ink.threshold, float(np.percentile(contrast, 99.5)), 1e-6)
    depth = np.clip(contrast / full, 0, 1)[..., None]
    dark = 110 * (1 - depth)
    pale = 255 - depth / (view.ink.threshold / full) * (255 - np.array(options.pale))
    page = np.where(view.ink.mask[..., None], dark, pale)
    picture = Image.fromarray(np.round(np.clip(page, 0, 255)).astype(np.uint8))
    return scaled(picture, page_zoom(view, options))


def draw_components(
    view: View, strips: Sequence[Strip] = (), options: PictureOptions = PICTURES
) -> Image.Image:
    """Draw components in colours, boxed and numbered, dropped ones in gray, and lines' frames."""
    zoom = page_zoom(view, options)
    picture = scaled(Image.fromarray(_coloured(view, options)), zoom)
    draw = ImageDraw.Draw(picture)
    font = letters(options.caption_px)
    for number, strip in enumerate(strips, 1):
        corners = [tuple(corner) for corner in (_corners(view, strip) * zoom).tolist()]
        draw.polygon(corners, outline=options.skipped, width=2)
        draw.text(
            corners[len(corners) // 2], f"line {number}", fill="black", font=font, anchor="ra"
        )
    for number, (top, left, bottom, right) in enumerate(view.components.boxes * zoom, 1):
        colour = options.cycle[number % len(options.cycle)]
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour)
        place = (
            (left + 2, top - options.caption_px - 2) if top > options.caption_px else (left, top)
        )
        draw.text(place, str(number), fill=colour, font=font)
    return picture


def page_zoom(view: View, options: PictureOptions) -> float:
    """Return the picture's pixels for one of the ink's: whole where it is enlarged."""
    zoom = options.longest_side / max(view.ink.contrast.shape)
    return float(min(options.most_zoom, int(zoom))) if zoom > 1 else zoom


def _coloured(view: View, options: PictureOptions) -> NDArray[np.uint8]:
    """Return each component (h, w, 3) in a colour of its own, those that were dropped in gray."""
    labels = view.components.labels
    colours = np.full((labels.max() + 1, 3), 205, dtype=np.uint8)
    colours[0] = 255
    for number, own in enumerate(view.components.numbers, 1):
        colours[own] = options.cycle[number % len(options.cycle)]
    page: NDArray[np.uint8] = colours[labels]
    return page


def _corners(view: View, strip: Strip) -> NDArray[np.float64]:
    """Return where a strip's usual digits stand in a view's ink, (n, 2) columns and rows."""
    along = np.linspace(0, strip.ink.shape[1], 2 if strip.rise is None else CURVE_POINTS)
    rows = np.repeat([strip.top, strip.top + HEIGHT], len(along))
    in_photo = strip.places(rows, np.concatenate([along, along[::-1]]))
    in_view = np.linalg.solve(view.matrix[:, :2], in_photo - view.matrix[:, 2:])
    return in_view[::-1].T.astype(np.float64)
