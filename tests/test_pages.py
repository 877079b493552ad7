"""Files of several pages, and formats that need an extra."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import read, read_many
from digitstring.fields import Field, read_fields
from digitstring.items import Item
from digitstring.pages import pages_of
from digitstring.rows import Job, read_item
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.segmenter import ImageError
from digitstring.segmenter.photo import Source

SHADES = (10, 120, 230)

of_each_extra = pytest.mark.parametrize(
    ("head", "module", "extra"),
    [(b"%PDF-1.7", "pypdfium2", "pdf"), (bytes(4) + b"ftypheic", "pillow_heif", "heic")],
)


def pages(*shades: int) -> list[Image.Image]:
    return [Image.new("L", (40, 20 + shade), shade) for shade in shades]


def save(path: Path, *shades: int, **options: object) -> Path:
    first, *rest = pages(*shades)
    first.save(path, save_all=True, append_images=rest, **options)  # type: ignore[arg-type]
    return path


def seen(source: object) -> list[tuple[int | None, int]]:
    """Return each page's number and the shade of its middle."""
    told = []
    for page in pages_of(source):  # type: ignore[arg-type]
        assert isinstance(page.source, Image.Image)
        picture = np.asarray(page.source.convert("L"))
        told.append((page.number, int(picture[picture.shape[0] // 2, 20])))
    return told


def test_each_page_of_a_tiff_is_seen(tmp_path: Path) -> None:
    assert seen(save(tmp_path / "scans.tif", *SHADES)) == list(enumerate(SHADES, 1))


def test_each_page_of_an_open_tiff_is_seen(tmp_path: Path) -> None:
    content = io.BytesIO(save(tmp_path / "scans.tif", *SHADES).read_bytes())
    assert seen(content) == list(enumerate(SHADES, 1))


def test_each_page_of_a_pdf_is_seen(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    assert seen(save(tmp_path / "scans.pdf", *SHADES)) == list(enumerate(SHADES, 1))


@pytest.mark.parametrize("name", ["one.tif", "moving.gif", "one.png"])
def test_one_picture_and_an_animation_are_one_page(tmp_path: Path, name: str) -> None:
    shades = SHADES if name == "moving.gif" else SHADES[:1]
    path = save(tmp_path / name, *shades)
    assert [(page.number, page.source) for page in pages_of(path)] == [(None, path)]


def test_a_tiff_that_goes_in_circles_ends(tmp_path: Path) -> None:
    path = save(tmp_path / "loop.tif", *SHADES[:2])
    content = bytearray(path.read_bytes())
    first = int.from_bytes(content[4:8], "little")
    end = content.rindex(bytes(4))  # of the last directory: there is no next one
    content[end : end + 4] = first.to_bytes(4, "little")
    path.write_bytes(content)
    assert len(list(pages_of(path))) <= 2


def test_a_damaged_page_is_a_row_and_those_before_it_stay(tmp_path: Path) -> None:
    path = save(tmp_path / "scans.tif", *SHADES)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 300])
    rows = read_item(Item("scans.tif", str(path)), Job())
    assert rows[0].error is None
    assert str(path) in str(rows[-1].error)


def test_a_damaged_page_of_forms_keeps_its_number(tmp_path: Path) -> None:
    path = save(tmp_path / "scans.tif", *SHADES)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 300])
    whole = read_item(Item("scans.tif", str(path)), Job())
    fields = tuple(Field(name, (0.0, 0.0, 1.0, 1.0)) for name in "ab")
    forms = read_item(
        Item("scans.tif", str(path)), Job(read_form=partial(read_fields, fields=fields))
    )
    assert forms[-1] == whole[-1]
    assert [row.page for row in forms[:-1]] == [row.page for row in whole[:-1] for _ in fields]


def test_too_many_pages_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitstring.pages.MAX_PAGES", 2)
    with pytest.raises(ImageError, match="more than 2 pages"):
        seen(save(tmp_path / "scans.tif", *SHADES))


def test_a_heic_image_is_read(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(Image.new("RGB", (80, 60), "white")).save(tmp_path / "phone.heic")
    (row,) = read_item(Item("phone.heic", str(tmp_path / "phone.heic")), Job())
    assert row.error is None


def save_in_kind(folder: Path, kind: str) -> Path:
    """Save a number in a format that needs an extra."""
    ink = np.pad(draw_glyph("420", BUNDLED, 40), 20)
    picture = Image.fromarray((255 * (1 - ink)).astype(np.uint8)).convert("RGB")
    path = folder / f"scan.{kind}"
    if kind == "pdf":
        pytest.importorskip("pypdfium2")
        picture.save(path, save_all=True, append_images=[Image.new("RGB", (50, 50), "white")])
    else:
        pytest.importorskip("pillow_heif").from_pillow(picture).save(path)
    return path


@pytest.mark.parametrize("kind", ["pdf", "heic"])
def test_a_first_page_is_read_from_whatever_holds_it(tmp_path: Path, kind: str) -> None:
    path = save_in_kind(tmp_path, kind)
    content = path.read_bytes()
    with path.open("rb") as opened, ThreadPoolExecutor(2) as threads:
        sources: list[Source] = [path, str(path), content, bytearray(content), opened]
        assert [str(read(source)) for source in sources] == ["420"] * 5
        rows = [*read_many([path, content]), *read_many([path, content], executor=threads)]
    assert [str(row.reading) for row in rows] == ["420"] * 4
    field = Field("whole", (0.0, 0.0, 1.0, 1.0))
    assert str(read_fields(path, (field,))["whole"]) == "420"


@pytest.mark.parametrize("kind", ["pdf", "heic"])
def test_the_command_reads_it_and_no_other_image_loads_the_extra(tmp_path: Path, kind: str) -> None:
    path = save_in_kind(tmp_path, kind)
    module = {"pdf": "pypdfium2", "heic": "pillow_heif"}[kind]
    strip = Path(__file__).resolve().parents[1] / "samples" / "strip.png"
    code = (
        "import sys; from digitstring import read\n"
        "for path in sys.argv[2:]: print(read(path), sys.argv[1] in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, module, str(strip), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == ["504192 False", "420 True"]
    piped = subprocess.run(
        [sys.executable, "-m", "digitstring", "read", "-"],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert piped.stdout == b"420\n"


@of_each_extra
def test_reading_one_names_the_missing_extra_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "scan").write_bytes(head)
    with pytest.raises(ImageError) as told:
        read(tmp_path / "scan")
    assert str(told.value).startswith(f"{tmp_path / 'scan'}: ")
    assert str(told.value).endswith(f"pip install 'digitstring[{extra}]'")


def test_a_pdf_page_that_is_too_large_is_told_by_its_name(tmp_path: Path) -> None:
    path = save_in_kind(tmp_path, "pdf")
    with pytest.raises(ImageError, match=r"scan\.pdf: \d+ x \d+ pixels are more than"):
        read(path, max_pixels=10)
    first, _ = read_item(Item("scan.pdf", str(path)), Job(partial(read, max_pixels=10)))
    assert str(first.error).startswith(f"{path}: page 1 ")


@of_each_extra
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "scan").write_bytes(head)
    (row,) = read_item(Item("scan", str(tmp_path / "scan")), Job())
    assert f"pip install 'digitstring[{extra}]'" in str(row.error)


def test_a_pdf_that_is_none_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 and no more")
    (row,) = read_item(Item("scan.pdf", str(tmp_path / "scan.pdf")), Job())
    assert "is no PDF that opens" in str(row.error)
