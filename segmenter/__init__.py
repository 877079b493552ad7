"""From an image to single-digit crops, by connected-component labelling."""

from digitstring.segmenter.arrays import Box
from digitstring.segmenter.errors import ImageError
from digitstring.segmenter.normalizer import normalize
from digitstring.segmenter.options import SegmenterOptions
from digitstring.segmenter.photo import Photo, load_photo
from digitstring.segmenter.segmentation import Line, Piece, segment

__all__ = [
    "Box",
    "ImageError",
    "Line",
    "Photo",
    "Piece",
    "SegmenterOptions",
    "load_photo",
    "normalize",
    "segment",
]
