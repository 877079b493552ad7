"""The article's way from an image to single-digit crops: one connected component, one digit."""

from __future__ import annotations

from dataclasses import dataclass

from digitstring.segmenter.arrays import Box, Ink, surrounding
from digitstring.segmenter.components import cut_out, drop_surroundings, label_components
from digitstring.segmenter.ink import find_ink
from digitstring.segmenter.lines import group_lines
from digitstring.segmenter.normalizer import normalize
from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.photo import Photo, Region, Source, load_photo


@dataclass(frozen=True, eq=False)
class Piece:
    """What may be one digit.

    Attributes
    ----------
    box
        In pixels of the original image.
    crop
        (28, 28) float32, 0 paper, 1 ink, as `normalize` makes it.
    """

    box: Box
    crop: Ink


@dataclass(frozen=True, eq=False)
class Line:
    """Pieces that stand beside each other, from left to right."""

    pieces: tuple[Piece, ...]

    @property
    def box(self) -> Box:
        """Round all pieces, in pixels of the original image."""
        return surrounding(piece.box for piece in self.pieces)


def segment(
    image: Source | Photo,
    *,
    region: Region | None = None,
    options: SegmenterOptions | None = None,
) -> tuple[Line, ...]:
    """Split an image of numbers into lines of single-digit pieces.

    Parameters
    ----------
    image
        Anything that `load_photo` reads, or what it returned.
    region
        The part to read, as in `load_photo`; only where `image` is not loaded yet.
    options
        Tunables; the defaults are meant for photos, scans and screens alike.

    Returns
    -------
    The lines in reading order; none where the image holds no ink.

    Raises
    ------
    ImageError, TypeError, ValueError
        As `load_photo`; ValueError also for a region of a photo that is loaded already.
    """
    options = options or SegmenterOptions()
    if isinstance(image, Photo) and region is not None:
        raise ValueError("a region is named where the photo is loaded: load_photo(image, region=…)")
    photo = image if isinstance(image, Photo) else load_photo(image, region=region)
    ink = find_ink(photo.pixels, options)
    components = drop_surroundings(label_components(ink, options), options)
    return tuple(
        Line(
            tuple(
                Piece(
                    photo.to_original(blob.box),
                    normalize(cut_out(ink, components.labels, blob, options)),
                )
                for blob in line
            )
        )
        for line in group_lines(components, options)
    )
