"""What stands alone and is read surely is not cut; all else is cut as ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

import digitstring
from digitstring import load_network
from digitstring.constraints import Knowledge
from digitstring.decoder_options import NEVER, DecoderOptions
from digitstring.decoding import best_path, features, score, text_of
from digitstring.judging import Judged, judge_strips
from digitstring.reader import ReaderOptions
from digitstring.segmenter import SegmenterOptions
from digitstring.segmenter.lattice import propose
from digitstring.segmenter.strips import Strip
from digitstring.settling import Settled, settle
from digitstring.sliding import slide
from tests.typeset import set_in_type

OPTIONS = SegmenterOptions()
DECODER = DecoderOptions()
UNSETTLED = replace(DECODER, settled=NEVER)
TOP = 16


def strip_of(text: str, gap_frac: float = 0.3) -> Strip:
    return Strip(set_in_type(text, gap_frac).ink, float(TOP), np.eye(3)[:2])


def settled_of(strip: Strip, decoder: DecoderOptions = DECODER) -> Settled:
    (found,) = settle([strip], slide([strip]), load_network(), OPTIONS, decoder)
    return found


def judged(strip: Strip, decoder: DecoderOptions = DECODER) -> Judged:
    (found,) = judge_strips([strip], load_network(), OPTIONS, decoder)
    return found


def read(known: Judged) -> str:
    return text_of(best_path(score(features(*known), DECODER)))


def test_plain_digits_that_stand_apart_are_not_cut() -> None:
    strip = strip_of("63207")
    settled = settled_of(strip)
    assert settled.sure.sum() >= 4
    boxes = settled.alone.boxes[settled.sure]
    columns = judged(strip).lattice.seams.columns
    for _, left, _, right in boxes.tolist():
        assert not ((columns > left) & (columns < right)).any()


def test_far_fewer_pieces_are_left_and_the_text_is_the_same() -> None:
    strip = strip_of("63207")
    found, full = judged(strip), judged(strip, UNSETTLED)
    assert len(found.lattice.start) < len(full.lattice.start) / 4
    assert read(found) == read(full) == "63207"


def test_touching_digits_are_cut_as_ever() -> None:
    strip = strip_of("63", gap_frac=-0.12)
    settled = settled_of(strip)
    assert len(settled.alone.start) == 1
    assert not settled.sure.any()
    found, full = judged(strip), propose(strip, OPTIONS)
    np.testing.assert_array_equal(found.lattice.boxes, full.boxes)
    np.testing.assert_array_equal(found.lattice.seams.columns, full.seams.columns)


def test_where_nothing_is_ever_settled_every_cut_is_there() -> None:
    strip = strip_of("42")
    assert not settled_of(strip, UNSETTLED).sure.any()
    full = propose(strip, OPTIONS)
    np.testing.assert_array_equal(judged(strip, UNSETTLED).lattice.boxes, full.boxes)


def test_what_was_said_of_settled_pieces_is_carried_to_their_places() -> None:
    strip = strip_of("63207")
    settled, known = settled_of(strip), judged(strip)
    pieces, said = settled.known_in(known.lattice)
    np.testing.assert_array_equal(known.judgement.probs[pieces], said.probs)
    np.testing.assert_array_equal(known.judgement.whole[pieces], said.whole)
    away = np.abs(known.lattice.boxes[pieces] - settled.alone.boxes[settled.sure])
    assert away.max() <= 2
    assert said.whole.min() >= DECODER.settled


def test_a_piece_the_lattice_does_not_hold_is_not_carried() -> None:
    strip = strip_of("63207")
    settled = settled_of(strip)
    lattice = judged(strip).lattice
    first = settled.alone.boxes[settled.sure][0]
    here = (lattice.boxes[:, 1] == first[1]) & (lattice.boxes[:, 3] == first[3])
    left = np.flatnonzero(~here)
    less = replace(
        lattice,
        start=lattice.start[left],
        stop=lattice.stop[left],
        boxes=lattice.boxes[left],
        mass=lattice.mass[left],
    )
    assert len(settled.known_in(less)[0]) == settled.sure.sum() - 1


def test_what_is_settled_gives_way_to_what_is_known() -> None:
    photo = Image.fromarray((255 * (1 - np.pad(strip_of("4207").ink, 20))).astype(np.uint8))
    longer = Knowledge(length=5)
    found = digitstring.read(photo, knowledge=longer)
    plainly = digitstring.read(photo, knowledge=longer, options=ReaderOptions(decoder=UNSETTLED))
    assert len(found.text) == 5
    assert found.text == plainly.text
    assert digitstring.read(photo).text == "4207"
