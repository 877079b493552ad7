"""From an image to its number: the stages, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from digitstring.assembly import assemble, with_likeliest
from digitstring.classifier import Network, load_network
from digitstring.component_reader import ComponentOptions, read_components
from digitstring.decoded import best_view, trust
from digitstring.decoder_options import DecoderOptions
from digitstring.formats import openable
from digitstring.lattice_reader import decode_views
from digitstring.line_count import best_with_lines
from digitstring.reading import Reading
from digitstring.segmenter import SegmenterOptions, load_photo
from digitstring.segmenter.looking import Look, look_at
from digitstring.segmenter.photo import MAX_PIXELS, Region, Source

if TYPE_CHECKING:
    from digitstring.constraints import Knowledge


@dataclass(frozen=True)
class ReaderOptions:
    """How an image is read."""

    by_components: bool = False
    """One component, one digit: the article's way. A network without the answer "whole" always
    reads so."""
    components: ComponentOptions = field(default_factory=ComponentOptions)
    segmenter: SegmenterOptions = field(default_factory=SegmenterOptions)
    decoder: DecoderOptions = field(default_factory=DecoderOptions)
    empty_confidence: float = 0.5
    """What counts of the confidence that an image has no number: faint ink and none look alike."""


Turn = Literal[0, 90, 180, 270, "auto"]
DEFAULTS = ReaderOptions()


def read(
    image: Source,
    *,
    region: Region | None = None,
    turn: Turn = 0,
    knowledge: Knowledge | None = None,
    min_confidence: float = 0.0,
    network: Network | None = None,
    max_pixels: int = MAX_PIXELS,
    options: ReaderOptions = DEFAULTS,
) -> Reading:
    """Read the digit strings of an image.

    Parameters
    ----------
    image
        A path, the bytes of a file, an open binary file, a Pillow image, or an array: gray
        (h, w), RGB or RGBA; uint8, uint16, bool, or float in [0, 1]. Of an animation or a file
        of several pages the first one is read. HEIC and PDF need an extra.
    region
        (left, top, right, bottom) of the part to read, in pixels of the upright image; or, where
        one is a float and all lie in [0, 1], in fractions of its width and height.
    turn
        Degrees by which the image is turned counterclockwise before it is read, 0, 90, 180 or
        270; "auto": whichever of these is read best.
    knowledge
        What is known of each line's number; the best text that obeys is read, and a line where
        none plausibly does is left out.
    min_confidence
        A reading less sure than this is not `accepted`, and `marked` shows its doubtful digits
        as "?".
    network
        Read with this one instead of the shipped one.
    max_pixels
        A larger image is refused before it is decoded.
    options
        The numbers that turn the network's judgements into text and confidence.

    Raises
    ------
    ImageError
        If the image can't be read.
    ModelError
        If the shipped weights are damaged.
    TypeError
        If the image is none of those.
    ValueError
        If an array, the region or the least confidence is out of range, or the network does not
        judge crops.
    """
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence must be from 0 to 1, got {min_confidence}")
    if turn not in get_args(Turn):
        raise ValueError(f"turn must be 0, 90, 180, 270 or 'auto', got {turn!r}")
    network = load_network() if network is None else network
    source = openable(image)
    if options.by_components or network.output != "softmax+whole":
        if knowledge is not None:
            raise ValueError("knowledge needs a network that tells whole digits, and the lattice")
        photo = load_photo(source, region=region, max_pixels=max_pixels)
        reading = read_components(photo, network, options.components)
    else:
        look = look_at(source, options.segmenter, region=region, max_pixels=max_pixels)
        reading = read_lattices(look, network, options, quarter_turns(turn), knowledge)
    return replace(reading, min_confidence=min_confidence)


def quarter_turns(turn: Turn) -> Sequence[int]:
    """Return the quarter turns to try.

    >>> quarter_turns(270), list(quarter_turns("auto"))
    ((3,), [0, 1, 2, 3])
    """
    return range(4) if turn == "auto" else (turn // 90,)


def read_lattices(
    look: Look,
    network: Network,
    options: ReaderOptions = DEFAULTS,
    turns: Sequence[int] = (0,),
    knowledge: Knowledge | None = None,
) -> Reading:
    """Read an image's digits by the best paths through its lines' lattices."""
    decoder = options.decoder
    views = decode_views(look.plain, network, options.segmenter, decoder, turns, knowledge)
    lines = None if knowledge is None else knowledge.lines
    found = best_view(views, decoder)
    best = found if lines is None else best_with_lines(views, lines, decoder)
    chosen = with_likeliest(best, knowledge)
    if chosen.view.text:
        confidence = trust(chosen.view, found.text, views, decoder)
    else:
        confidence = options.empty_confidence * chosen.view.probability
    return assemble(chosen, look.photo, knowledge, confidence)
