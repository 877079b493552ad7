"""The sample images that are shipped."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from digitstring import samples
from digitstring.samples import exhibits, gallery
from digitstring.samples.exhibits import EXHIBITS, Exhibit

FOLDER = Path(samples.__file__).parent
EXACT = [exhibit for exhibit in EXHIBITS if exhibit.file.endswith(".png")]


def labels() -> dict[str, str]:
    with (FOLDER / "labels.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["label"] for row in csv.DictReader(file)}


def exhibit(file: str) -> Exhibit:
    return next(exhibit for exhibit in EXHIBITS if exhibit.file == file)


def test_the_labels_name_every_image_in_the_folder_and_no_other() -> None:
    images = {path.name for path in FOLDER.iterdir() if path.suffix in (".png", ".jpg")}
    assert set(labels()) == images
    assert len(images) >= 18


def test_the_labels_are_what_the_exhibits_say() -> None:
    assert labels() == {exhibit.file: exhibit.text.replace("\n", " ") for exhibit in EXHIBITS}


def test_the_images_are_small_to_ship() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.[pj][np]g")}
    assert sum(sizes.values()) < 2_000_000
    assert sizes["large.jpg"] < 900_000


@pytest.mark.parametrize("exhibit", EXACT, ids=lambda exhibit: str(exhibit.file))
def test_an_image_is_what_its_exhibit_draws(exhibit: Exhibit) -> None:
    drawn = np.asarray(gallery.paint(exhibit), dtype=np.float32)
    with Image.open(FOLDER / exhibit.file) as picture:
        shipped = np.asarray(picture.convert("RGB"), dtype=np.float32)
    assert shipped.shape == drawn.shape
    assert np.abs(shipped - drawn).mean() < 1


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: str(exhibit.file))
def test_the_digits_of_an_exhibit_are_apart(exhibit: Exhibit) -> None:
    page = gallery.write(exhibit, np.random.default_rng(gallery.seed_of(exhibit)))
    assert page.text.split() == exhibit.text.split()
    for line in page.lines:
        for (_, before), (_, after) in itertools.pairwise(line):
            assert after[1] - before[3] >= 3


def test_the_sideways_photo_is_upright_once_its_exif_is_obeyed() -> None:
    upright = gallery.paint(exhibit("sideways.jpg"))
    with Image.open(FOLDER / "sideways.jpg") as picture:
        assert picture.size == upright.size[::-1]
        turned = ImageOps.exif_transpose(picture)
    difference = np.asarray(turned, dtype=np.float32) - np.asarray(upright, dtype=np.float32)
    assert np.abs(difference).mean() < 6


def test_the_large_photo_has_twelve_megapixels() -> None:
    with Image.open(FOLDER / "large.jpg") as picture:
        assert picture.size == (4000, 3000)


def test_the_blank_paper_is_blank() -> None:
    with Image.open(FOLDER / "blank.jpg") as picture:
        light = np.asarray(picture.convert("L"))
    assert light.min() > 120
    assert labels()["blank.jpg"] == ""


def test_hanging_the_gallery_twice_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = (exhibit("strip.png"), exhibit("note.jpg"), exhibit("sideways.jpg"))
    monkeypatch.setattr(gallery, "EXHIBITS", few)
    first, second = (gallery.hang_gallery(tmp_path / name) for name in "ab")
    assert [path.name for path in first] == [exhibit.file for exhibit in few]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert (tmp_path / "a" / "labels.csv").read_text().splitlines() == [
        "file,label",
        "strip.png,504192",
        "note.jpg,07531",
        "sideways.jpg,619845",
    ]


def test_the_command_asks_for_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert gallery.main([]) == 2
    assert "FOLDER" in capsys.readouterr().err


def test_favourite_forms_of_the_exhibits_exist() -> None:
    for wanted in (exhibits.EUROPEAN, exhibits.LOOPED, exhibits.SCHOOL):
        for value, name in wanted.items():
            assert name in {form.name for form in samples.FORMS[value]}
