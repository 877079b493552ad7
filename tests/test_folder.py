"""`read_folder` and `read_many`: a row each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import ImageError, Network, read, read_folder
from digitstring.folder import read_many
from digitstring.items import Item
from digitstring.rows import Job, read_item
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter.photo import MAX_PIXELS, Source

NETWORK = Network((784, 10), rng=np.random.default_rng(3))


def drawn(text: str) -> Image.Image:
    ink = np.pad(draw_glyph(text, BUNDLED, 40), 20)
    return Image.fromarray((255 * (1 - ink)).astype(np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("b.png", "420"), ("a.PNG", "25"), ("c.jpg", "83")):
        drawn(text).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("12345")
    return tmp_path


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "threads":
        with ThreadPoolExecutor(2) as threads:
            yield threads
    else:
        with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as processes:
            yield processes


def test_the_rows_come_in_sorted_order_with_names_relative_to_the_folder(folder: Path) -> None:
    rows = [(row.file, str(row.reading)) for row in read_folder(folder)]
    assert rows == [("a.PNG", "25"), ("b.png", "420"), ("c.jpg", "83")]


def test_each_row_is_ready_before_the_next_image_is_opened(folder: Path) -> None:
    rows = read_folder(folder, network=NETWORK)
    next(rows)
    (folder / "b.png").write_bytes(b"")
    assert "is empty" in str(next(rows).error)


def test_what_cannot_be_read_is_a_row_with_its_error(folder: Path) -> None:
    (folder / "b.png").write_text("no image")
    row = list(read_folder(folder, network=NETWORK))[1]
    assert row.reading is None
    assert row.to_dict() == {"file": "b.png", "error": row.error}
    assert str(folder / "b.png") in str(row.error)


def test_the_rows_of_a_folder_hold_no_photos(folder: Path) -> None:
    for row in read_folder(folder, network=NETWORK):
        assert row.reading is not None
        assert row.reading.photo is None


def test_the_options_are_those_of_read(folder: Path) -> None:
    region = (0.0, 0.0, 0.5, 1.0)
    row = next(read_folder(folder, network=NETWORK, region=region))
    assert row.reading == read(folder / "a.PNG", network=NETWORK, region=region)


def test_a_region_outside_an_image_is_that_images_error(folder: Path) -> None:
    (row, *_) = read_folder(folder, network=NETWORK, region=(9000, 0, 9001, 1))
    assert str(row.error).startswith(f"{folder / 'a.PNG'}: region")


@pytest.mark.parametrize("name", ["missing", "notes.txt"])
def test_what_is_no_folder_is_an_image_error(folder: Path, name: str) -> None:
    with pytest.raises(ImageError, match="name a folder of images"):
        list(read_folder(folder / name))


def test_workers_give_the_same_rows(folder: Path) -> None:
    rows = list(read_folder(folder, network=NETWORK, workers=2))
    assert [(row.file, str(row.reading)) for row in rows] == [
        (row.file, str(row.reading)) for row in read_folder(folder, network=NETWORK)
    ]


def test_an_executor_gives_the_same_rows(folder: Path, executor: Executor) -> None:
    rows = list(read_folder(folder, network=NETWORK, executor=executor))
    assert [(row.file, str(row.reading)) for row in rows] == [
        (row.file, str(row.reading)) for row in read_folder(folder, network=NETWORK)
    ]


def test_many_images_of_any_kind_keep_their_order(folder: Path, executor: Executor) -> None:
    images: list[Source] = [
        folder / "b.png",
        drawn("25"),
        np.asarray(drawn("83")),
        folder / "gone.png",
    ]
    for rows in (
        read_many(images),
        read_many(images, executor=executor),
        read_many(images, workers=2),
    ):
        told = [(row.file, row.reading and row.reading.text) for row in rows]
        names = [str(folder / "b.png"), "2", "3", str(folder / "gone.png")]
        assert told == list(zip(names, ["420", "25", "83", None], strict=True))


def test_an_error_that_nobody_foresaw_is_a_row_too() -> None:
    def broken(source: object) -> object:
        raise ZeroDivisionError("division by zero")

    (row,) = read_item(Item("a.png", "/scans/a.png"), Job(broken))  # type: ignore[arg-type]
    assert row.error == (
        "/scans/a.png: can't be read (ZeroDivisionError: division by zero); please report it"
    )


def test_a_limit_above_pillows_own_holds_in_whichever_process_reads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    item = Item("b.png", str(folder / "b.png"))
    (refused,) = read_item(item, Job(partial(read, network=NETWORK)))
    assert "is too large for Pillow" in str(refused.error)
    most = MAX_PIXELS + 1
    job = Job(partial(read, network=NETWORK, max_pixels=most), max_pixels=most)
    (allowed,) = read_item(item, job)
    assert allowed.error is None
