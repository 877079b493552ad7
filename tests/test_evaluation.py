"""Labelled crops are loaded, judged and measured, and the bad ones shown."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from digitstring import DataError, ImageError, Judgement, Network, normalize
from digitstring.digit_sets import NO_DIGIT, DigitSet, crop_boxes, load_sets
from digitstring.evaluation import (
    Evaluation,
    evaluate_set,
    expected_calibration_error,
    threshold_turning_away,
)
from digitstring.segmenter import Box, Photo
from digitstring.sheets import SheetOptions, draw_sheet, group_crops

BOX = Box(50, 40, 110, 64)


def answers(*tops: tuple[int, float], whole: tuple[float, ...] | None = None) -> Judgement:
    """Return a judgement of these top digits and probabilities, the rest spread evenly."""
    probs = np.array(
        [[p if k == digit else (1 - p) / 9 for k in range(10)] for digit, p in tops], np.float32
    )
    return Judgement(probs, np.array(whole or [1.0] * len(tops), np.float32))


def evaluation_of(labels: list[int], judgement: Judgement) -> Evaluation:
    return Evaluation(np.array(labels), judgement)


def blank_set(labels: list[int]) -> DigitSet:
    return DigitSet("blank", np.zeros((len(labels), 28, 28), np.float32), np.array(labels))


def write_npz(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def bars(n: int, height: int = 40, width: int = 30) -> NDArray[np.uint8]:
    """Return n bitmaps of an upright bar off the middle, ink 255."""
    bitmaps = np.zeros((n, height, width), np.uint8)
    bitmaps[:, 5:30, 4:9] = 255
    return bitmaps


def page(boxes: tuple[Box, ...]) -> Image.Image:
    """Return a light, slightly uneven page with a dark bar in the middle of each box."""
    pixels = np.random.default_rng(1).integers(222, 238, (200, 400), np.uint8)
    for top, left, bottom, right in boxes:
        pixels[top + 4 : bottom - 4, left + 8 : right - 8] = 40
    return Image.fromarray(pixels)


def write_boxed(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    (folder / "images").mkdir(parents=True)
    page((BOX,)).save(folder / "images" / "a.png")
    with (folder / "labels.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows([("file", "use", "boxes_xywh_digit"), *rows])
    return folder


def box_cell(*digits: int) -> str:
    return json.dumps([[BOX.left, BOX.top, BOX.width, BOX.height, digit] for digit in digits])


def test_errors_are_counted_by_digit_and_by_answer() -> None:
    found = evaluation_of([1, 1, 7], answers((1, 0.9), (7, 0.6), (7, 0.8)))
    assert (found.total, found.correct, found.wrong) == (3, 2, 1)
    assert found.error == pytest.approx(1 / 3)
    assert found.errors == (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert found.confusion[1, 7] == 1


def test_answers_as_sure_as_they_are_right_have_no_calibration_error() -> None:
    judgement = answers(*[(3, 0.75)] * 4)
    assert expected_calibration_error(judgement.probs, np.array([3, 3, 3, 8])) < 1e-6
    assert expected_calibration_error(judgement.probs, np.array([8, 8, 8, 8])) == pytest.approx(
        0.75
    )


def test_doubt_and_sureness_do_not_make_up_for_each_other() -> None:
    judgement = answers((3, 1.0), (3, 0.5))
    assert expected_calibration_error(judgement.probs, np.array([8, 3])) == pytest.approx(0.75)


def test_a_probability_on_the_edge_of_two_bins_falls_into_the_lower() -> None:
    judgement = answers((3, 0.5), (3, 0.4))
    merged = expected_calibration_error(judgement.probs, np.array([3, 8]), bins=2)
    assert merged == pytest.approx(abs(0.5 + 0.4 - 1) / 2, abs=1e-6)


def test_the_threshold_turns_away_the_share_that_is_asked_for() -> None:
    whole = np.random.default_rng(1).random(1000).astype(np.float32)
    assert np.mean(whole < threshold_turning_away(0.01, whole)) == pytest.approx(0.01)


def test_a_network_that_calls_all_whole_turns_nothing_away() -> None:
    whole = np.ones(50, np.float32)
    assert not np.any(whole < threshold_turning_away(0.01, whole))


def test_what_is_no_digit_counts_as_turned_away_alone() -> None:
    found = evaluation_of([NO_DIGIT, NO_DIGIT], answers((1, 0.9), (1, 0.9), whole=(0.2, 0.8)))
    assert found.turned_away(0.5) == 0.5
    assert (found.wrong, found.error, found.calibration_error) == (0, None, None)
    assert json.loads(json.dumps(found.to_dict(0.5)))["error"] is None


def test_bitmaps_of_any_size_are_fitted_as_mnist_is(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "mine.npz", x=bars(3), y=np.array([1, 1, 7], np.uint8))
    (digits,) = load_sets(path)
    assert (digits.name, digits.labels.tolist()) == ("mine", [1, 1, 7])
    assert np.array_equal(digits.crops[0], normalize(bars(1)[0].astype(np.float32) / 255))


def test_each_class_of_signs_is_a_set_of_its_own_and_its_test_rows_are_taken(
    tmp_path: Path,
) -> None:
    path = write_npz(
        tmp_path / "signs.npz",
        x=bars(4),
        y=np.array([0, 1, 1, 1]),
        classes=np.array(["plus", "slash"]),
        split=np.array(["test", "test", "train", "test"]),
    )
    sets = load_sets(path)
    assert [(signs.name, len(signs)) for signs in sets] == [("plus", 1), ("slash", 2)]
    assert all((signs.labels == NO_DIGIT).all() for signs in sets)


def test_a_class_without_test_rows_is_no_set(tmp_path: Path) -> None:
    path = write_npz(
        tmp_path / "signs.npz",
        x=bars(2),
        y=np.array([0, 1]),
        classes=np.array(["plus", "slash", "bar"]),
        split=np.array(["train", "test"]),
    )
    assert [signs.name for signs in load_sets(path)] == ["slash"]


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": bars(2)},
        {"x": bars(2), "y": np.array([1])},
        {"x": bars(2), "y": np.array([1, 10])},
        {"x": bars(2), "y": np.array([1, -1])},
        {"x": bars(2) / 255, "y": np.array([1, 1])},
        {"x": bars(2)[0], "y": np.array([1, 1])},
        {"x": bars(0), "y": np.zeros(0, int)},
        {"x": bars(2), "y": np.array([0, 1]), "classes": np.array(["plus"])},
        {"x": bars(2), "y": np.array([1, 1]), "split": np.array(["train", "val"])},
        {"x": bars(2), "y": np.array([1, 1]), "split": np.array(["test"])},
    ],
    ids=[
        "no-y",
        "short-y",
        "ten",
        "negative",
        "float-x",
        "flat-x",
        "empty",
        "unnamed-class",
        "no-test-row",
        "short-split",
    ],
)
def test_an_npz_file_of_something_else_is_refused(
    arrays: dict[str, NDArray[np.generic]], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"other\.npz"):
        load_sets(write_npz(tmp_path / "other.npz", **arrays))


def test_a_file_cut_short_or_foreign_is_refused(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "digits.npz", x=bars(2), y=np.array([1, 1]))
    for content in (path.read_bytes()[:200], b"", b"number,label\n"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"digits\.npz"):
            load_sets(path)


def test_a_missing_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such"):
        load_sets(tmp_path / "nothing")


def test_a_box_gives_the_crop_of_the_ink_in_it() -> None:
    crops = crop_boxes(page((BOX,)), [BOX])
    rows, columns = np.nonzero(crops[0] > 0.5)
    assert (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) == (20, 3)


def test_ink_outside_a_box_stays_out_of_its_crop() -> None:
    beside = Box(50, 66, 110, 90)
    alone, crowded = (crop_boxes(page(boxes), [BOX])[0] for boxes in ((BOX,), (BOX, beside)))
    assert np.allclose(alone, crowded, atol=0.05)


def test_a_box_without_ink_or_off_the_image_gives_an_empty_crop() -> None:
    crops = crop_boxes(page((BOX,)), [Box(150, 300, 180, 320), Box(300, 500, 310, 510)])
    assert crops.shape == (2, 28, 28)
    assert not crops.any()


def test_a_box_above_the_image_gives_an_empty_crop() -> None:
    assert not crop_boxes(page((BOX,)), [Box(-60, 40, -20, 64)]).any()


def test_a_box_that_reaches_past_the_edge_is_cut_off_there() -> None:
    reaching = Box(-5, -5, 110, 64)
    assert np.array_equal(*crop_boxes(page((BOX,)), [BOX, reaching]))


def test_boxes_of_a_photo_too_large_to_be_kept_whole_are_found() -> None:
    large = page((BOX,)).resize((4000, 2000), Image.Resampling.NEAREST)
    box = Box(*(10 * edge for edge in BOX))
    assert np.allclose(crop_boxes(large, [box]), crop_boxes(page((BOX,)), [BOX]), atol=0.15)


@given(st.integers(0, 99), st.integers(0, 149), st.integers(1, 9))
def test_a_photos_box_is_found_again_from_the_files_own_pixels(
    top: int, left: int, side: int
) -> None:
    photo = Photo(np.zeros((110, 160), np.uint8), Box(30, 10, 30 + 330, 10 + 400))
    box = Box(top, left, top + side, left + side)
    assert photo.from_original(photo.to_original(box)) == box


def test_a_labelled_folder_is_cut_by_its_boxes_but_for_rows_not_to_be_used(
    tmp_path: Path,
) -> None:
    rows = [("a.png", "yes", box_cell(1, 7)), ("missing.png", "no", box_cell(3))]
    (digits,) = load_sets(write_boxed(tmp_path / "slips", rows))
    assert (digits.name, digits.labels.tolist()) == ("slips", [1, 7])
    assert digits.crops.any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "[[1, 2, 3]]",
        "[[1, 2, 3, 4, 11]]",
        "12",
        "[]",
        "[[1, 2",
        '[["1", "2", "3", "4", 1]]',
        "[[NaN, 2, 3, 4, 1]]",
        "[[1, 2, Infinity, 4, 1]]",
        f"[[1, 2, 1{400 * '0'}, 4, 1]]",
    ],
)
def test_boxes_that_are_none_are_refused(cell: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv"):
        load_sets(write_boxed(tmp_path / "slips", [("a.png", "yes", cell)]))


def test_a_missing_image_of_a_labelled_folder_is_an_image_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"b\.png"):
        load_sets(write_boxed(tmp_path / "slips", [("b.png", "yes", box_cell(1))]))


def test_another_folder_is_taken_as_mnists(tmp_path: Path) -> None:
    images = bars(3, 28, 28)
    for name, array in (("images-idx3", images), ("labels-idx1", np.array([1, 2, 3], np.uint8))):
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (tmp_path / f"t10k-{name}-ubyte").write_bytes(header + array.tobytes())
    (digits,) = load_sets(tmp_path)
    assert np.array_equal(digits.crops, np.float32(images) / 255)


def test_a_set_is_judged_by_the_network_that_is_given() -> None:
    network = Network((784, 10), rng=np.random.default_rng(0))
    found = evaluate_set(blank_set([0, 1, 2]), network)
    assert (found.judgement.probs == found.judgement.probs[0]).all()
    assert found.correct == np.count_nonzero(found.answers == [0, 1, 2])


def test_the_sheet_shows_the_surest_mistakes_and_the_least_sure_right_answers_first() -> None:
    found = evaluation_of([1, 1, 1, 1], answers((7, 0.6), (7, 0.9), (1, 0.99), (1, 0.5)))
    wrong, right = group_crops(blank_set([1, 1, 1, 1]), found, 0.5, most=10)
    assert wrong.captions == ("1 > 7  0.90", "1 > 7  0.60")
    assert right.captions == ("1 > 1  0.50", "1 > 1  0.99")


def test_a_group_shows_no_more_than_its_most_and_says_of_how_many() -> None:
    found = evaluation_of([1] * 5, answers(*[(7, 0.9)] * 5))
    (wrong,) = group_crops(blank_set([1] * 5), found, 0.5, most=2)
    assert len(wrong.crops) == 2
    assert "(2 of 5)" in wrong.title


def test_of_what_is_no_digit_the_sheet_shows_what_was_not_turned_away() -> None:
    judgement = answers((1, 0.9), (7, 0.9), (3, 0.9), whole=(0.1, 0.7, 0.8))
    labels = [NO_DIGIT] * 3
    (group,) = group_crops(blank_set(labels), evaluation_of(labels, judgement), 0.5, most=10)
    assert group.captions == ("- > 3  0.80", "- > 7  0.70")


def test_each_crop_is_on_the_sheet_enlarged() -> None:
    inked = DigitSet("inked", np.ones((3, 28, 28), np.float32), np.array([1, 1, 1]))
    options = SheetOptions(across=2, enlarged=3)
    found = evaluation_of([1, 1, 1], answers(*[(7, 0.9)] * 3))
    sheet = np.asarray(draw_sheet([(inked, found)], 0.5, options))
    assert np.count_nonzero(sheet == 0) == pytest.approx(3 * 84 * 84, rel=0.05)


def test_a_sheet_without_a_crop_is_still_a_picture() -> None:
    assert draw_sheet([], 0.5).height == 1
