"""Files of several pages, and formats that need an extra."""

from __future__ import annotations

import io
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring.fields import Field, read_fields
from digitstring.items import Item
from digitstring.pages import pages_of
from digitstring.rows import Job, read_item
from digitstring.segmenter import ImageError

SHADES = (10, 120, 230)


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


@pytest.mark.parametrize(
    ("head", "module", "extra"),
    [(b"%PDF-1.7", "pypdfium2", "pdf"), (bytes(4) + b"ftypheic", "pillow_heif", "heic")],
)
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
