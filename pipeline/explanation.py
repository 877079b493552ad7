"""Pictures of how an image was read: ink, components, cuts, all pieces, and the best path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from digitstring.classifier import Network, judge, load_network
from digitstring.decoded import DecodedLine, DecodedView, best_view
from digitstring.explanation_canvas import titled
from digitstring.explanation_charts import draw_crops, draw_lattice
from digitstring.explanation_lines import draw_cuts, draw_path
from digitstring.explanation_pages import draw_components, draw_ink
from digitstring.lattice_reader import decode_views
from digitstring.reader import DEFAULTS, ReaderOptions
from digitstring.segmenter import Photo, SegmenterOptions, load_photo, segment
from digitstring.segmenter.looking import Look, look_at
from digitstring.segmenter.photo import Source
from digitstring.segmenter.strips import HEIGHT
from digitstring.segmenter.views import plain_view

INK_NOTE = "Black was taken for ink; orange is darker than the paper, but too pale."
COMPONENTS_NOTE = (
    "Each component that may be a digit or a part of one has its own colour and number. "
    "Pale gray was dropped as a speck, a rule or a margin. Gray frames: lines; "
    "empty ones were read surely in the view before."
)
CUTS_NOTE = (
    "Every numbered way to cut the line: green goes through paper alone, vermilion through as "
    "much ink as a cut may."
)
LATTICE_NOTE = (
    "Every piece between two cuts, as the network sees it; a row for each number of atoms, as "
    "the ink between neighbouring cuts is called. Below each: its likeliest digit and that "
    "digit's probability; the probability that it is one whole digit; the scores as a digit / as "
    "none. The bluer, the likelier it is a digit of the line. Vermilion frames: digits of the best "
    "path; gray frames: what it leaves out."
)
PATH_NOTE = (
    "The digits of the best path with their confidences, blue where sure, vermilion where "
    "doubtful; gray ink is no digit. Marks are points, commas, dashes and slashes."
)
CROPS_NOTE = (
    "One component, one digit: what the network sees of each, its likeliest digit and that "
    "digit's probability, and the probability that it is one whole digit."
)

Named = tuple[str, Image.Image]


def explain(
    image: Source | Photo,
    folder: Path,
    stem: str,
    *,
    network: Network | None = None,
    turns: Sequence[int] = (0,),
    options: ReaderOptions = DEFAULTS,
) -> list[Path]:
    """Write pictures of how an image is read, and return their paths in order.

    Parameters
    ----------
    image
        Anything that `load_photo` reads, or what it returned.
    folder
        Where they go; it is made if it is missing. Pictures of the same name are replaced, others
        stay.
    stem
        What their names begin with: ``stem-view1-01-ink.png``, ``stem-view1-02-components.png``,
        and for each line ``stem-view1-line1-03-cuts.png``, ``-04-lattice`` and ``-05-path``. The
        view that was kept is called ``view1-kept``. A network that reads by components has ink,
        components and ``-03-crops``.
    network, turns, options
        As `read` and `read_lattices` take them.

    Raises
    ------
    OSError
        If the folder can't be written to; and as `read`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = load_network() if network is None else network
    if options.by_components or network.output != "softmax+whole":
        photo = image if isinstance(image, Photo) else load_photo(image)
        pictures = component_pictures(photo, network, options.segmenter)
    else:
        segmenter = options.segmenter
        look = Look.of(image, segmenter) if isinstance(image, Photo) else look_at(image, segmenter)
        views = decode_views(look.plain, network, segmenter, options.decoder, turns)
        pictures = view_pictures(views, options)
    written = []
    for name, picture in pictures:
        written.append(folder / f"{stem}-{name}.png")
        picture.save(written[-1], format="PNG")
    return written


def view_pictures(
    views: Sequence[DecodedView], options: ReaderOptions = DEFAULTS
) -> Iterator[Named]:
    """Yield the pictures of all views, each with its name; the best view is the one kept."""
    scores = [each.score(options.decoder) for each in views]
    best = best_view(views, options.decoder)
    kept = next(number for number, each in enumerate(views) if each is best)
    for number, (each, score) in enumerate(zip(views, scores, strict=True)):
        name = f"view{number + 1}" + ("-kept" if number == kept else "")
        read = " ".join(line.text for line in each.lines if line.text) or "nothing"
        title = (
            f"View {number + 1} of {len(views)} ({each.view.name}), "
            f"{'KEPT' if number == kept else 'not kept'}: reads {read}, evidence {score:.1f}"
        )
        yield f"{name}-01-ink", titled(draw_ink(each.view), f"Ink. {title}", INK_NOTE)
        page = draw_components(each.view, [line.lattice.strip for line in each.lines])
        yield f"{name}-02-components", titled(page, f"Components. {title}", COMPONENTS_NOTE)
        for place, line in enumerate(each.lines, 1):
            heading = f"View {number + 1} ({each.view.name}), line {place} of {len(each.lines)}"
            for picture, drawn in line_pictures(line, heading, options):
                yield f"{name}-line{place}-{picture}", drawn


def line_pictures(line: DecodedLine, heading: str, options: ReaderOptions) -> Iterator[Named]:
    """Yield a line's cuts, lattice and path."""
    lattice = line.lattice
    cuts = draw_cuts(lattice, options.segmenter.most_cut * HEIGHT)
    count = f"{len(lattice.seams.costs)} cuts"
    yield "03-cuts", titled(cuts, f"Cuts. {heading}: {count}", CUTS_NOTE)
    pieces = f"{len(lattice.start)} pieces, the best path reads {line.text or 'nothing'}"
    yield "04-lattice", titled(draw_lattice(line), f"Lattice. {heading}: {pieces}", LATTICE_NOTE)
    read = f"{line.text or 'nothing'}, probability {line.probability:.3f}"
    yield "05-path", titled(draw_path(line), f"Path. {heading}: {read}", PATH_NOTE)


def component_pictures(
    photo: Photo, network: Network, options: SegmenterOptions
) -> Iterator[Named]:
    """Yield ink, components and crops: what reading one component as one digit looks at."""
    view = plain_view(photo, options)
    lines = segment(photo, options=options)
    crops = [[piece.crop for piece in line.pieces] for line in lines]
    judgement = judge([crop for line in crops for crop in line], network)
    yield "01-ink", titled(draw_ink(view), "Ink", INK_NOTE)
    yield "02-components", titled(draw_components(view), "Components", COMPONENTS_NOTE)
    yield "03-crops", titled(draw_crops(crops, judgement), "Crops", CROPS_NOTE)
