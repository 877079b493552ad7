"""`read` and its stages: from an image to a reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import (
    Box,
    ImageError,
    Judgement,
    Line,
    Network,
    Piece,
    component_reader,
    judge,
    judging,
    lattice_reader,
    load_network,
    load_photo,
    read,
    segment,
    settling,
)
from digitstring.classifier import screen
from digitstring.component_reader import (
    ComponentOptions,
    confidence_of_all,
    confidence_of_none,
    decode_digits,
    doubt_left_out,
    line_of,
)
from digitstring.constraints import Knowledge
from digitstring.decoded import DecodedLine
from digitstring.decoder_options import DEFAULTS, NEVER
from digitstring.reader import ReaderOptions, Turn
from digitstring.samples import BUNDLED, Layout, draw_glyph, lay_out
from digitstring.segmenter.views import first_views
from tests.typeset import set_in_type

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LEAST_HEARD = DEFAULTS.least_heard
BOXES = [Box(0, 0, 20, 10), Box(2, 15, 25, 30)]


def photo_of(*lines: str) -> Image.Image:
    """Draw lines of print, 60 pixels high, black on white."""
    inks = [np.pad(draw_glyph(line, BUNDLED, 60), 40) for line in lines]
    width = max(ink.shape[1] for ink in inks)
    ink = np.concatenate([np.pad(i, ((0, 0), (0, width - i.shape[1]))) for i in inks])
    return Image.fromarray((255 * (1 - ink)).astype(np.uint8))


def touching(*lines: str) -> Image.Image:
    """Draw lines of print in which the digits touch each other."""
    pages = [set_in_type(text, -0.1, height=60) for text in lines]
    width = max(page.ink.shape[1] for page in pages)
    inks = [np.pad(page.ink, ((0, 40), (0, width - page.ink.shape[1]))) for page in pages]
    return Image.fromarray((255 * (1 - np.concatenate(inks))).astype(np.uint8))


def judgement(values: list[int], whole: list[float]) -> Judgement:
    probs = np.full((len(values), 10), 0.02, np.float32)
    probs[np.arange(len(values)), values] = 0.82
    return Judgement(probs, np.array(whole, np.float32))


@pytest.fixture
def network() -> Network:
    """Return an untrained network without the answer "whole": every component is a digit."""
    return Network((784, 10), rng=np.random.default_rng(0))


def test_read_gives_the_number_on_the_image() -> None:
    assert read(photo_of("4207")).text == "4207"


def test_read_gives_several_lines_from_top_to_bottom() -> None:
    assert read(photo_of("42", "2357")).text == "42\n2357"


def test_read_gives_each_digit_its_place_from_left_to_right() -> None:
    photo = photo_of("423")
    digits = read(photo).lines[0].digits
    assert [d.box.left for d in digits] == sorted(d.box.left for d in digits)
    ink = np.asarray(photo) < 128
    for d in digits:
        assert ink[d.box.top : d.box.bottom, d.box.left : d.box.right].any()


def test_a_digits_probabilities_sum_to_one() -> None:
    for d in read(photo_of("42")).lines[0].digits:
        assert sum(d.probs) == pytest.approx(1, abs=1e-5)
        assert d.value == str(np.argmax(d.probs))


def test_read_uses_the_network_it_is_given(network: Network) -> None:
    photo = photo_of("123456")
    crops = np.stack([piece.crop for piece in segment(photo)[0].pieces])
    answers = network.feedforward(crops.reshape(len(crops), 784).T).argmax(axis=0)
    assert read(photo, network=network).text == "".join(map(str, answers))


def test_all_pieces_of_an_image_are_judged_in_one_call(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counting_judge(crops: np.ndarray, network: Network | None = None) -> Judgement:
        calls.append(len(crops))
        return judgement([1] * len(crops), [1.0] * len(crops))

    monkeypatch.setattr(component_reader, "judge", counting_judge)
    assert read(photo_of("42", "253"), network=network).text == "11\n111"
    assert calls == [5]


def decode(photo: Image.Image) -> list[DecodedLine]:
    """Return the lines of the only view of a photo."""
    options = ReaderOptions()
    (view,) = first_views(load_photo(photo), options.segmenter)
    return lattice_reader.decode_view(
        view, load_network(), options.segmenter, options.decoder
    ).lines


def test_all_lattices_of_a_view_are_judged_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, list[int]] = {"alone": [], "screen": [], "judge": []}

    def counting(name: str, answer: Callable[..., Judgement]) -> Callable[..., Judgement]:
        def counted(crops: np.ndarray, network: Network | None = None) -> Judgement:
            calls[name].append(len(crops))
            return answer(crops, network)

        return counted

    monkeypatch.setattr(settling, "judge", counting("alone", judge))
    monkeypatch.setattr(judging, "screen", counting("screen", screen))
    monkeypatch.setattr(judging, "judge", counting("judge", judge))
    lines = decode(touching("42", "253"))
    likely = sum(np.count_nonzero(line.heard.one >= LEAST_HEARD) for line in lines)
    judged = sum(np.count_nonzero(line.judgement.whole) for line in lines)
    assert len(lines) == 2
    assert calls["alone"] == [2]
    assert calls["screen"] == [likely]
    assert calls["judge"] == [judged]


def test_pieces_that_are_surely_no_digit_are_not_judged_and_count_as_none() -> None:
    (line,) = decode(touching("42"))
    unlikely = line.heard.one < LEAST_HEARD
    assert unlikely.any()
    assert not line.judgement.whole[unlikely].any()
    judged = line.judgement.whole > 0
    assert 2 <= np.count_nonzero(judged) < np.count_nonzero(~unlikely) / 2


def test_what_the_screener_leaves_out_changes_no_text() -> None:
    options = ReaderOptions()
    every = replace(options.decoder, settled=NEVER, least_heard=0.0, least_seen=0.0)
    photo = photo_of("42", "253")
    assert (
        read(photo, options=replace(options, decoder=every)).text == read(photo).text == "42\n253"
    )


def test_the_articles_way_reads_the_shipped_network_by_components() -> None:
    reading = read(photo_of("4207"), options=ReaderOptions(by_components=True))
    pieces = segment(photo_of("4207"))[0].pieces
    assert [digit.box for digit in reading.lines[0].digits] == [piece.box for piece in pieces]
    assert reading.text == "4207"


def test_by_components_blank_paper_has_no_number_either() -> None:
    blank = Image.new("L", (300, 200), 255)
    reading = read(blank, options=ReaderOptions(by_components=True))
    assert (reading.text, reading.confidence) == ("", 0.5)


@pytest.mark.parametrize(("turn", "degrees"), [(90, 90), (180, 180), (270, 270)])
def test_a_photo_lying_on_its_side_is_read_once_it_is_turned(turn: Turn, degrees: int) -> None:
    lying = photo_of("4207").rotate(-degrees, expand=True)
    assert read(lying, turn=turn).text == "4207"


@pytest.mark.parametrize("turned", [90, 270])
def test_the_turn_that_reads_best_is_found(turned: int) -> None:
    lying = photo_of("42073").rotate(turned, expand=True)
    assert read(lying, turn="auto").text == "42073"


def test_boxes_of_a_turned_photo_are_in_the_photo_as_it_came() -> None:
    lying = photo_of("4207").rotate(-90, expand=True)
    ink = np.asarray(lying) < 128
    digits = read(lying, turn=90).lines[0].digits
    for digit in digits:
        top, left, bottom, right = digit.box
        assert ink[top:bottom, left:right].mean() > 0.15
    assert [digit.box.top for digit in digits] == sorted(digit.box.top for digit in digits)


@pytest.mark.parametrize("turn", [45, -90, "left", None])
def test_any_other_turn_is_the_callers_error(turn: object) -> None:
    with pytest.raises(ValueError, match=f"'auto', got {turn!r}"):
        read(photo_of("42"), turn=turn)  # type: ignore[arg-type]


def test_one_lines_confidence_is_the_readings() -> None:
    reading = read(photo_of("4207"))
    (line,) = reading.lines
    assert 0 < line.confidence <= 1
    assert reading.confidence == pytest.approx(line.confidence)
    assert all(0 < digit.confidence <= 1 for digit in line.digits)


@pytest.mark.parametrize("text", ["33", "71", "79"])
def test_touching_digits_are_read_apart(text: str) -> None:
    layout = Layout(gap_frac=(-0.06, -0.06), baseline_jitter=0)
    page = lay_out(text, lambda v, _: draw_glyph(v, BUNDLED, 60), np.random.default_rng(0), layout)
    photo = Image.fromarray((255 * (1 - page.ink)).astype(np.uint8))
    assert len(segment(photo)[0].pieces) == 1
    assert read(photo).text == text


@pytest.mark.parametrize(("text", "value"), [("12.50", "12.50"), ("13.254,07", "13254.07")])
def test_a_printed_amount_is_shown_with_its_separators_and_is_a_number(
    text: str, value: str
) -> None:
    (line,) = read(photo_of(text)).lines
    assert line.text == "".join(char for char in text if char.isdigit())
    assert line.formatted == text
    assert line.value == Decimal(value)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_photo_on_its_side_is_read_when_turned_and_when_turns_are_tried(turn: Turn) -> None:
    upright = photo_of("24957")
    turned = upright.rotate(-int(turn), expand=True)
    assert read(turned, turn=turn).text == "24957"
    found = read(turned, turn="auto")
    assert found.text == "24957"
    (first, *_), (then, *_) = (each.lines[0].digits for each in (read(upright), found))
    assert (then.box.height, then.box.width)[:: 1 if turn == 180 else -1] == pytest.approx(
        (first.box.height, first.box.width), abs=2
    )


@pytest.mark.parametrize("angle", [-40, 25, 45])
def test_a_slanting_line_is_read(angle: int) -> None:
    photo = photo_of("3570428").rotate(angle, expand=True, fillcolor=255)
    assert read(photo).text == "3570428"


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (Knowledge(length=6), "504192"),
        (Knowledge(pattern="50419[37]"), "504197"),
        (Knowledge(candidates=["504182", "123456"]), "504182"),
        (Knowledge(length=30), ""),
    ],
)
def test_the_best_text_that_obeys_what_is_known_is_read(known: Knowledge, text: str) -> None:
    assert read(SAMPLES / "strip.png", knowledge=known).text == text


def test_a_length_makes_a_reading_of_another_length_give_way() -> None:
    assert len(read(SAMPLES / "strip.png", knowledge=Knowledge(length=5)).text) == 5


def test_knowledge_without_the_lattice_is_refused(network: Network) -> None:
    options = ReaderOptions(by_components=True)
    with pytest.raises(ValueError, match="knowledge needs"):
        read(photo_of("1"), knowledge=Knowledge(length=1), options=options)


def test_another_turn_is_refused() -> None:
    with pytest.raises(ValueError, match="turn must be 0, 90, 180, 270 or 'auto', got 45"):
        read(photo_of("1"), turn=45)  # type: ignore[arg-type]


def test_reading_twice_gives_the_same(network: Network) -> None:
    photo = photo_of("90125")
    assert read(photo, network=network) == read(photo, network=network)


def test_blank_paper_has_no_number() -> None:
    reading = read(Image.new("L", (300, 200), 255))
    assert (reading.text, reading.lines) == ("", ())
    assert reading.confidence == 0.5


def test_a_region_is_read_alone_with_boxes_in_the_whole_image(network: Network) -> None:
    photo = photo_of("42", "23")
    whole = read(photo, network=network)
    lower = read(photo, region=(0.0, 0.5, 1.0, 1.0), network=network)
    assert lower.text == whole.lines[1].text
    assert lower.lines[0].box.top >= photo.height // 2


def test_a_region_outside_the_image_is_the_callers_error(network: Network) -> None:
    with pytest.raises(ValueError, match="region"):
        read(photo_of("42"), region=(9000, 0, 9100, 50), network=network)


def test_an_image_over_the_limit_is_refused(network: Network) -> None:
    with pytest.raises(ImageError, match="limit of 1,000"):
        read(photo_of("42"), network=network, max_pixels=1000)


def test_a_missing_file_is_an_image_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.png: .*no such file"):
        read(tmp_path / "nowhere.png")


def test_the_reading_holds_the_photo_for_its_picture(network: Network) -> None:
    photo = photo_of("42")
    assert read(photo, network=network).annotated().size == photo.size


def test_a_digits_confidence_is_that_it_is_whole_and_this_one() -> None:
    (digit,) = decode_digits(BOXES[:1], judgement([7], [0.5]))
    assert (digit.value, digit.box) == ("7", BOXES[0])
    assert digit.confidence == pytest.approx(0.82 * 0.5)


def test_pieces_that_are_hardly_whole_digits_are_dropped() -> None:
    digits = decode_digits(BOXES, judgement([1, 2], [0.49, 0.51]))
    assert [digit.value for digit in digits] == ["2"]


def test_how_whole_a_digit_must_be_is_an_option() -> None:
    assert not decode_digits(BOXES, judgement([1, 2], [0.6, 0.6]), ComponentOptions(whole_min=0.7))


def test_a_line_multiplies_its_digits_confidences_and_surrounds_their_boxes() -> None:
    line = line_of(decode_digits(BOXES, judgement([1, 2], [1.0, 0.5])))
    assert (line.text, line.box) == ("12", Box(0, 0, 25, 30))
    assert line.confidence == pytest.approx(0.82 * 0.82 * 0.5)


def test_an_empty_reading_is_the_less_sure_the_more_its_pieces_looked_like_digits() -> None:
    sure, unsure = (confidence_of_none(judgement([1], [whole])) for whole in (0.01, 0.49))
    assert unsure < sure < 0.5


def test_a_piece_as_high_as_the_digits_that_was_not_read_lowers_the_confidence() -> None:
    digits = decode_digits(BOXES, judgement([4, 2], [1.0, 1.0]))
    crop = np.zeros((28, 28), np.float32)
    tall, low = Piece(Box(0, 40, 22, 60), crop), Piece(Box(18, 40, 22, 60), crop)
    read_pieces = [Piece(box, crop) for box in BOXES]
    assert doubt_left_out([*read_pieces, low], digits) == 1
    assert doubt_left_out([*read_pieces, tall], digits) == ComponentOptions().left_out_confidence
    line = line_of(digits)
    beside = [Line(tuple(read_pieces)), Line((tall,))]
    assert confidence_of_all([line], beside) < confidence_of_all([line], beside[:1])
