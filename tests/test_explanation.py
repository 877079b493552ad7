"""The pictures of how an image was read: which there are, and what they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import Judgement, Network, ReaderOptions, SegmenterOptions, load_photo
from digitstring.cli import command_line
from digitstring.decoded import DecodedLine
from digitstring.decoding import NO_DIGIT, Arcs, Step
from digitstring.explanation import explain
from digitstring.explanation_canvas import PICTURES, PictureOptions, titled
from digitstring.explanation_charts import ChartOptions, draw_crops, draw_lattice
from digitstring.explanation_lines import draw_cuts, draw_path
from digitstring.explanation_pages import draw_components, draw_ink
from digitstring.proposing import propose_lines
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter.lattice import Lattice
from digitstring.segmenter.views import View, first_views
from digitstring.sliding import SlidPieces

Colour = tuple[int, int, int]


def page_of(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Draw print, 40 pixels high, black on white with a wide margin."""
    ink = np.pad(draw_glyph(text, BUNDLED, 40), 30)
    return (255 * (1 - ink)).astype(np.uint8)


@pytest.fixture
def view() -> View:
    page = page_of("17")
    page[5:8, 5:8] = 0
    page[55:65, 5:15] = 225  # beside the ink, too pale to be some
    return next(first_views(load_photo(page), SegmenterOptions()))


@pytest.fixture
def lattice(view: View) -> Lattice:
    (lattice,) = propose_lines(view, SegmenterOptions())
    return lattice


@pytest.fixture
def line(lattice: Lattice) -> DecodedLine:
    """Return a line of a path's first piece read as 1, the next as no digit."""
    pieces = len(lattice.start)
    first = int(np.flatnonzero(lattice.start == 0)[0])
    second = int(np.flatnonzero(lattice.start == lattice.stop[first])[0])
    probs = np.full((pieces, 10), 0.1, dtype=np.float32)
    arcs = Arcs(
        len(lattice.seams.costs),
        lattice.start,
        lattice.stop,
        np.zeros((pieces, 10)),
        np.zeros(pieces),
    )
    whole = np.ones(pieces, dtype=np.float32)
    heard = SlidPieces(np.zeros((pieces, 10)), np.zeros(pieces), np.ones(pieces))
    path = [Step(first, 1), Step(second, NO_DIGIT)]
    return DecodedLine(lattice, Judgement(probs, whole), heard, arcs, path)


def has(picture: Image.Image, colour: Colour) -> bool:
    return bool((np.asarray(picture) == colour).all(axis=-1).any())


def run(*args: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command_line, [str(arg) for arg in args], input=stdin)


def save(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(page_of(text)).save(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_view_with_one_line_has_five_pictures_in_order(tmp_path: Path) -> None:
    written = explain(page_of("42"), tmp_path / "new" / "folder", "a")
    first = "a-view1-kept"
    assert [path.name for path in written][:5] == [
        f"{first}-01-ink.png",
        f"{first}-02-components.png",
        f"{first}-line1-03-cuts.png",
        f"{first}-line1-04-lattice.png",
        f"{first}-line1-05-path.png",
    ]
    for path in written:
        with Image.open(path) as picture:
            assert (picture.format, picture.mode) == ("PNG", "RGB")


def test_exactly_one_view_is_kept(tmp_path: Path) -> None:
    page = page_of("KW")  # no number is sure, so other views are tried
    inks = [path.name for path in explain(page, tmp_path, "a") if "ink" in path.name]
    assert len(inks) > 1
    assert sum("kept" in name for name in inks) == 1


def test_a_network_without_the_answer_whole_is_explained_by_its_components(tmp_path: Path) -> None:
    network = Network((784, 10), rng=np.random.default_rng(3))
    written = explain(page_of("42"), tmp_path, "a", network=network)
    assert [path.name for path in written] == [
        "a-01-ink.png",
        "a-02-components.png",
        "a-03-crops.png",
    ]


def test_reading_by_components_is_explained_so(tmp_path: Path) -> None:
    written = explain(page_of("42"), tmp_path, "a", options=ReaderOptions(by_components=True))
    assert written[-1].name == "a-03-crops.png"


@pytest.mark.parametrize("network", [None, Network((784, 10))], ids=["lattice", "components"])
def test_a_blank_page_has_its_pictures_too(tmp_path: Path, network: Network | None) -> None:
    blank = np.full((60, 90), 255, dtype=np.uint8)
    assert explain(blank, tmp_path, "a", network=network)


def test_ink_is_dark_and_what_is_too_pale_is_orange(view: View) -> None:
    picture = np.asarray(draw_ink(view), dtype=int)
    rows, columns = np.nonzero(view.ink.mask)
    zoom = picture.shape[0] // view.ink.contrast.shape[0]
    assert picture[zoom * rows, zoom * columns].max() <= 110
    red, _, blue = picture[zoom * 60, zoom * 10]
    assert red > blue + 10


def test_components_have_their_colours_and_a_dropped_one_is_gray(view: View) -> None:
    picture = draw_components(view)
    first, second = PICTURES.cycle[1], PICTURES.cycle[2]
    assert len(view.components.numbers) == 2
    assert has(picture, first)
    assert has(picture, second)
    assert has(picture, (205, 205, 205))


def test_the_frame_of_a_line_lies_round_its_digits(view: View, lattice: Lattice) -> None:
    bare, framed = (np.asarray(draw_components(view, strips)) for strips in ([], [lattice.strip]))
    rows, _ = np.nonzero((bare != framed).any(axis=-1))
    zoom = bare.shape[0] / view.ink.contrast.shape[0]
    top, bottom = view.components.boxes[:, 0].min(), view.components.boxes[:, 2].max()
    assert abs(rows.min() / zoom - top) < 3
    assert rows.max() / zoom > bottom - 3


def test_large_pages_are_reduced_and_small_ones_enlarged(view: View) -> None:
    width = view.ink.contrast.shape[1]
    reduced = draw_ink(view, PictureOptions(longest_side=50))
    enlarged = draw_ink(view, PictureOptions(longest_side=3 * width + 1))
    assert max(reduced.size) == 50
    assert enlarged.width == 3 * width


def test_free_cuts_are_green_and_dear_ones_vermilion(lattice: Lattice) -> None:
    assert (lattice.seams.costs == 0).any()
    dearest = float(lattice.seams.costs.max())
    assert dearest > 0
    picture = draw_cuts(lattice, dearest)
    assert has(picture, PICTURES.free)
    assert has(picture, PICTURES.dear)


def test_the_best_path_is_framed_in_the_lattice(line: DecodedLine) -> None:
    picture = draw_lattice(line)
    assert has(picture, PICTURES.chosen)
    assert has(picture, PICTURES.skipped)
    nothing = replace(line, path=[])
    assert not has(draw_lattice(nothing), PICTURES.chosen)


def test_a_wide_lattice_goes_on_below(line: DecodedLine) -> None:
    wide, high = (draw_lattice(line, ChartOptions(columns=columns)) for columns in (99, 2))
    assert high.width < wide.width
    assert high.height > wide.height


def test_the_path_colours_digits_and_leaves_other_ink_gray(line: DecodedLine) -> None:
    nothing = replace(line, path=[])
    coloured, gray = (np.asarray(draw_path(each), dtype=int) for each in (line, nothing))
    assert np.ptp(gray, axis=-1).max() == 0
    assert np.ptp(coloured, axis=-1).max() > 0


def test_crops_stand_in_rows_of_lines() -> None:
    crops = [[np.ones((28, 28), np.float32)] * 3, [np.ones((28, 28), np.float32)]]
    answers = Judgement(np.full((4, 10), 0.1, np.float32), np.ones(4, np.float32))
    charts = ChartOptions()
    picture = draw_crops(crops, answers)
    assert picture.size == (
        charts.left + 3 * charts.cell[0],
        charts.top + 2 * charts.cell[1],
    )


def test_a_long_title_is_broken_and_none_of_the_picture_is_lost() -> None:
    picture = Image.new("RGB", (900, 50), (1, 2, 3))
    short, long = (titled(picture, title, "note") for title in ("a", "many words " * 40))
    assert long.height > short.height
    for page in (short, long):
        assert np.count_nonzero((np.asarray(page) == (1, 2, 3)).all(axis=-1)) == 900 * 50


def test_the_command_writes_pictures_and_prints_the_same_text(tmp_path: Path) -> None:
    image, folder = save(tmp_path / "a.png", "42"), tmp_path / "out"
    done = run("read", image, "--explain", folder)
    assert (done.exit_code, done.stdout, done.stderr) == (0, run("read", image).stdout, "")
    assert names(folder)[0] == "a-view1-kept-01-ink.png"


def test_images_of_the_same_name_are_numbered(tmp_path: Path) -> None:
    image, other = save(tmp_path / "a.png", "4"), save(tmp_path / "b" / "a.png", "7")
    run("read", image, other, "--explain", tmp_path / "out")
    assert {name[:4] for name in names(tmp_path / "out")} == {"1-a-", "2-a-"}


def test_what_comes_from_stdin_is_named_so(tmp_path: Path) -> None:
    image = save(tmp_path / "a.png", "4").read_bytes()
    assert run("read", "-", "--explain", tmp_path / "out", stdin=image).exit_code == 0
    assert all(name.startswith("stdin-") for name in names(tmp_path / "out"))


def test_a_file_where_the_folder_should_be_is_wrong_use(tmp_path: Path) -> None:
    image = save(tmp_path / "a.png", "4")
    done = run("read", image, "--explain", image)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is a file" in done.stderr


def test_a_folder_that_cannot_be_made_is_one_line_and_status_1(tmp_path: Path) -> None:
    image = save(tmp_path / "a.png", "4")
    done = run("read", image, "--explain", image / "out")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert str(image / "out") in line
    assert "; " in line
