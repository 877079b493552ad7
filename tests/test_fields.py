"""Forms: named regions with what is known of the number in each."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import ExifTags, Image, ImageChops

from digitstring import DataError, Field, ImageError, Knowledge, load_fields, read, read_fields
from digitstring.cli import command_line
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter.photo import load_picture

FORM = """
[number]
region = [0.0, 0.0, 1.0, 0.5]
length = [3, 4]

[year]
region = [0.0, 0.5, 1.0, 1.0]
pattern = '20\\d\\d'
lines = 1
"""


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Draw a form of two numbers, 4207 above 2026, and write its fields beside it."""
    rows = [
        np.pad(draw_glyph(text, BUNDLED, 60), ((40, 40), (40, 40))) for text in ("4207", "2026")
    ]
    width = max(row.shape[1] for row in rows)
    ink = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in rows])
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(tmp_path / "form.png")
    (tmp_path / "fields.toml").write_text(FORM)
    return tmp_path


def run(*args: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command_line, [str(each) for each in args], input=stdin)


def test_each_field_has_a_reading_by_its_name(form: Path) -> None:
    readings = read_fields(form / "form.png", form / "fields.toml")
    assert {name: reading.text for name, reading in readings.items()} == {
        "number": "4207",
        "year": "2026",
    }
    assert readings["number"].held == ("length",)
    assert readings["year"].held == ("pattern", "lines")


def test_a_field_is_read_as_its_region_alone_is(form: Path) -> None:
    (field, _) = load_fields(form / "fields.toml")
    alone = read(form / "form.png", region=field.region, knowledge=field.knowledge)
    assert read_fields(form / "form.png", (field,))["number"] == alone


def test_a_fields_boxes_are_those_of_the_whole_image(form: Path) -> None:
    readings = read_fields(form / "form.png", form / "fields.toml")
    assert readings["year"].lines[0].box.top > readings["number"].lines[0].box.bottom


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_is_decoded_once_and_turned_upright_for_each_field(
    form: Path, orientation: int
) -> None:
    turns = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    with Image.open(form / "form.png") as upright:
        lying = upright.transpose(turns[orientation]) if orientation != 1 else upright.copy()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    lying.save(form / "form.jpg", exif=exif, quality=95)
    readings = read_fields(form / "form.jpg", form / "fields.toml")
    assert [reading.text for reading in readings.values()] == ["4207", "2026"]


def test_a_picture_that_was_loaded_is_the_images_own(form: Path) -> None:
    picture = load_picture(form / "form.png")
    assert read(picture) == read(form / "form.png")


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path, form: Path) -> None:
    with pytest.raises(ImageError, match=re.escape(str(tmp_path / "nowhere.png"))):
        read_fields(tmp_path / "nowhere.png", form / "fields.toml")


def test_a_region_outside_the_image_names_its_field(form: Path) -> None:
    field = Field("far", (5000, 0, 6000, 10))
    with pytest.raises(ValueError, match="field far: region"):
        read_fields(form / "form.png", (field,))


def test_a_field_may_ask_for_its_own_confidence(form: Path) -> None:
    number, year = load_fields(form / "fields.toml")
    asked = replace(number, min_confidence=0.25)
    readings = read_fields(form / "form.png", (asked, year), min_confidence=1.0)
    assert [reading.min_confidence for reading in readings.values()] == [0.25, 1.0]


def test_candidates_are_looked_for_beside_the_fields(form: Path) -> None:
    (form / "numbers.txt").write_text("4207\n4208\n")
    (form / "f.toml").write_text('[a]\nregion = [0, 0, 1.0, 0.5]\ncandidates = "numbers.txt"\n')
    (field,) = load_fields(form / "f.toml")
    assert isinstance(field.knowledge, Knowledge)
    assert field.knowledge.obeyed("4208") == ("candidates",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[a\n", "is no TOML"),
        ("", "names no field; write [NAME]"),
        ("a = 3", "[a] is 3; write [a]"),
        ("[a]\nlength = 3", "[a] has no region; give region = "),
        ("[a]\nregion = [0, 0, 1]", "[a] region must be [left, top, right, bottom]"),
        ("[a]\nregion = 'all'", "[a] region must be"),
        ("[a]\nregion = [9, 0, 3, 5]", "from left to right"),
        ("[a]\nregion = [0.5, 0, 3, 5]", "has a fraction"),
        ("[a]\nregion = [0, 0, 9, 9]\nlenght = 3", "unknown key lenght; known are region, length"),
        ("[a]\nregion = [0, 0, 9, 9]\nlength = 0", "[a] length must be"),
        (
            "[a]\nregion = [0, 0, 9, 9]\nlength = 'x'",
            "[a] length must be a number or [least, most], is 'x'",
        ),
        ("[a]\nregion = [0, 0, 9, 9]\nlength = [1, 2, 3]", "[a] length must be a number"),
        ("[a]\nregion = [0, 0, 9, 9]\nlines = 'x'", "[a] lines must be a number, is 'x'"),
        ("[a]\nregion = [0, 0, 9, 9]\npattern = '('", "[a] "),
        ("[a]\nregion = [0, 0, 9, 9]\npattern = 3", "[a] pattern must be a text, is 3"),
        ("[a]\nregion = [0, 0, 9, 9]\ncandidates = 'none.txt'", "No such file"),
        ("[a]\nregion = [0, 0, 9, 9]\ncandidates = 3", "[a] candidates must be the name of a file"),
        ("[a]\nregion = [0, 0, 9, 9]\ncheck = 'a b'", "[a] check 'a b'"),
        ("[a]\nregion = [0, 0, 9, 9]\nturn = 45", "[a] turn must be"),
        ("[a]\nregion = [0, 0, 9, 9]\nmin_confidence = 95", "[a] min_confidence must be"),
    ],
)
def test_wrong_fields_name_file_field_and_remedy(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "fields.toml"
    file.write_text(content)
    with pytest.raises(DataError, match=re.escape(why)) as raised:
        load_fields(file)
    assert str(raised.value).startswith(f"{file}: ")


def test_fields_that_are_missing_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.toml: can't be read \(No such file"):
        load_fields(tmp_path / "nowhere.toml")


def test_reading_a_form_prints_a_row_a_field(form: Path) -> None:
    done = run("read", form / "form.png", "--fields", form / "fields.toml")
    assert (done.exit_code, done.stdout) == (0, "number\t4207\nyear\t2026\n")


def test_reading_several_forms_names_file_and_field(form: Path) -> None:
    image = form / "form.png"
    done = run("read", image, image, "--fields", form / "fields.toml")
    assert done.stdout.splitlines() == [f"{image}\tnumber\t4207", f"{image}\tyear\t2026"] * 2


def test_the_json_of_a_field_is_its_reading_with_its_name(form: Path) -> None:
    done = run("read", "--json", form / "form.png", "--fields", form / "fields.toml")
    number, year = (json.loads(line) for line in done.stdout.splitlines())
    assert (number["field"], number["text"]) == ("number", "4207")
    assert (year["field"], year["text"]) == ("year", "2026")


def test_a_form_that_does_not_fit_says_so_and_fails_where_it_is_strict(form: Path) -> None:
    (form / "f.toml").write_text("[a]\nregion = [0, 0, 1.0, 0.5]\nlength = 20\n")
    done = run("read", form / "form.png", "--fields", form / "f.toml")
    assert (done.exit_code, done.stdout) == (0, "a\t\n")
    assert "field a: no plausible reading obeys" in done.stderr
    assert run("read", form / "form.png", "--fields", form / "f.toml", "--strict").exit_code == 1


@pytest.mark.parametrize(
    "option",
    [("--length", "4"), ("--region", "0,0,9,9"), ("--turn", "90"), ("--explain", "a")],
)
def test_fields_and_what_their_file_says_exclude_each_other(
    form: Path, option: tuple[str, str]
) -> None:
    done = run("read", form / "form.png", "--fields", form / "fields.toml", *option)
    assert done.exit_code == 2
    assert "--fields excludes" in done.stderr
    rows = run(
        *("batch", form, "--output", "-", "--fields", form / "fields.toml"),
        *("--length", "4"),
    )
    assert rows.exit_code == 2


@pytest.mark.parametrize("by_stdin", [False, True])
def test_a_form_is_drawn_with_its_fields_and_what_was_read(form: Path, by_stdin: bool) -> None:
    image = form / "form.png"
    told = ("read", "-" if by_stdin else image, "--fields", form / "fields.toml")
    content = image.read_bytes() if by_stdin else None
    done = run(*told, "--annotate", form / "seen.png", stdin=content)
    assert (done.exit_code, done.stdout) == (0, "number\t4207\nyear\t2026\n")
    with Image.open(image) as page, Image.open(form / "seen.png") as seen:
        assert seen.size == page.size
        changed = np.asarray(ImageChops.difference(page.convert("RGB"), seen)).max(axis=2) > 0
    readings = read_fields(image, form / "fields.toml")
    for reading in readings.values():
        assert reading.photo is not None
        top, left, bottom, right = reading.photo.window
        assert changed[top:bottom, left:right].any()  # its digits have boxes
    year = readings["year"].photo
    assert year is not None
    assert changed[year.window.top - 1, year.window.left : year.window.right].all()  # its frame


def test_a_batch_of_forms_has_a_picture_for_each_page(form: Path) -> None:
    with Image.open(form / "form.png") as page:
        page.save(form / "forms.tif", save_all=True, append_images=[page])
    done = run(
        *("batch", form / "forms.tif", "--output", form / "rows.jsonl", "--workers", 1),
        *("--fields", form / "fields.toml", "--annotate", form / "seen"),
    )
    assert done.exit_code == 0
    assert done.stderr.startswith("2 images with 4 fields read, 0 failed, ")
    seen = sorted((form / "seen").rglob("*.png"))
    assert [path.name for path in seen] == ["forms.tif.1.png", "forms.tif.2.png"]
    assert seen[0].read_bytes() == seen[1].read_bytes()


def test_a_wrong_file_of_fields_is_one_line_on_stderr(form: Path) -> None:
    (form / "f.toml").write_text("[a]\n")
    done = run("read", form / "form.png", "--fields", form / "f.toml")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "[a] has no region" in done.stderr


def test_a_batch_of_forms_has_a_row_for_each_field(form: Path) -> None:
    output = form / "rows.csv"
    done = run(
        *("batch", form / "form.png", "--output", output, "--workers", 1),
        *("--fields", form / "fields.toml"),
    )
    assert done.exit_code == 0, done.stderr
    heading, number, year = output.read_text(encoding="utf-8-sig").splitlines()
    assert heading.startswith("file,page,field,text,formatted,confidence,accepted,reason,error")
    assert ',number,"=""4207"""' in number
    assert ',year,"=""2026"""' in year


def test_a_batch_of_other_fields_is_another_batch(form: Path) -> None:
    from digitstring.batch import Batch
    from digitstring.cli_fields import form_reader
    from digitstring.rows import Job

    fields = load_fields(form / "fields.toml")
    batches = [
        Batch(("x",), job=Job(read_form=form_reader(some, 0.0, None, 100)))
        for some in (fields, fields[:1])
    ]
    assert batches[0].settings() != batches[1].settings()
