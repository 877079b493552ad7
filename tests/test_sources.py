"""Which files a batch takes: folders, files, endings, first bytes, addresses."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from PIL import Image

from digitstring.items import Item, Selection
from digitstring.sniffing import has_image_ending, has_image_head
from digitstring.sources import find_items


def found(*paths: object, relative: bool = True, **selection: object) -> list[Item]:
    chosen = Selection(**selection)  # type: ignore[arg-type]
    return list(find_items(map(str, paths), chosen, relative=relative))


def taken(*paths: object, relative: bool = True, **selection: object) -> list[str]:
    return [item.name for item in found(*paths, relative=relative, **selection) if item.taken]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "inner.png/c.png", "inner.png/deeper/d.tif", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("hello")
    return tmp_path


def test_folders_are_walked_whatever_their_name_in_sorted_order(folder: Path) -> None:
    assert taken(folder) == ["a.JPG", "b.png", "inner.png/c.png", "inner.png/deeper/d.tif"]


def test_folders_within_are_left_out_if_asked(folder: Path) -> None:
    assert taken(folder, recursive=False) == ["a.JPG", "b.png"]


def test_a_pattern_matches_the_last_parts_of_the_name(folder: Path) -> None:
    assert taken(folder, glob="*.png") == ["b.png", "inner.png/c.png"]
    assert taken(folder, glob="deeper/*") == ["inner.png/deeper/d.tif"]


def test_what_is_passed_over_is_told(folder: Path) -> None:
    assert [item.name for item in found(folder) if not item.taken] == ["notes.txt"]


def test_names_begin_with_the_folder_unless_it_is_the_only_one(folder: Path) -> None:
    names = taken(folder / "inner.png", folder / "b.png", relative=False)
    parts = ("inner.png/c.png", "inner.png/deeper/d.tif", "b.png")
    assert names == [(folder / part).as_posix() for part in parts]


def test_an_image_without_an_ending_is_taken_by_its_first_bytes(folder: Path) -> None:
    for format_ in ("PNG", "BMP", "PPM", "WEBP"):
        Image.new("L", (3, 3)).save(folder / f"scan_{format_}", format=format_)
    names = [name for name in taken(folder, recursive=False) if name.startswith("scan")]
    assert names == ["scan_BMP", "scan_PNG", "scan_PPM", "scan_WEBP"]


@pytest.mark.parametrize("text", ["BMW are cars", "P5 of page 3", "", "#!/bin/sh", "II. Act two"])
def test_text_is_no_image(text: str) -> None:
    assert not has_image_head(text.encode())


@pytest.mark.parametrize("name", ["a.heic", "a.PDF", "a.Png", "x/a.tiff", "a.webp"])
def test_endings_of_images_are_known_in_any_case(name: str) -> None:
    assert has_image_ending(name)


@pytest.mark.parametrize("name", ["a.txt", "a.mpg", "png", "a.png.txt"])
def test_other_endings_are_not(name: str) -> None:
    assert not has_image_ending(name)


def test_a_dangling_link_with_an_images_name_is_taken(folder: Path) -> None:
    (folder / "gone.png").symlink_to(folder / "nowhere")
    assert "gone.png" in taken(folder)


def test_a_link_to_a_folder_is_not_followed(folder: Path) -> None:
    (folder / "inner.png" / "loop").symlink_to(folder)
    assert len(taken(folder)) == 4


def test_what_is_no_plain_file_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe.png")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.png")
        assert not {"pipe.png", "door.png"} & set(taken(folder))
    assert "no plain file" in str(found(folder / "pipe.png")[0].problem)


def test_a_folder_that_cannot_be_listed_is_an_item_with_a_problem(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = os.scandir

    def forbidding(path: str) -> object:
        if str(path).endswith("deeper"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", forbidding)
    problems = [item for item in found(folder) if item.problem]
    assert [item.name for item in problems] == ["inner.png/deeper/"]
    assert "can't be listed (Permission denied)" in str(problems[0].problem)


def test_a_file_that_is_named_is_taken_whatever_it_is(folder: Path) -> None:
    assert [item.taken for item in found(folder / "notes.txt", folder / "missing")] == [True, True]


def test_own_files_are_left_out_and_not_counted(folder: Path) -> None:
    excluded = frozenset({str(folder / "inner.png"), str(folder / "notes.txt")})
    assert [item.name for item in found(folder, excluded=excluded)] == ["a.JPG", "b.png"]


def test_a_folder_at_an_address_is_walked_like_any_other() -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for name in ("b.png", "inner/c.png", "notes.txt"):
        memory.pipe(f"/walked/{name}", b"hello")
    assert taken("memory://walked") == ["b.png", "inner/c.png"]
    assert taken("memory://walked", recursive=False) == ["b.png"]
    assert taken("memory://walked/b.png", relative=False) == ["memory://walked/b.png"]


def test_an_address_of_an_unknown_kind_is_an_item_with_a_problem() -> None:
    pytest.importorskip("fsspec")
    (item,) = found("gopher://x/a.png")
    assert item.name == "gopher://x/a.png"
    assert str(item.problem).startswith("gopher://x/a.png: can't be reached (")
