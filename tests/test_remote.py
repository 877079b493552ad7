"""Images at addresses, from a web server on the loopback address."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import ImageError, Network, read_folder, save_network
from digitstring.cli import command_line
from digitstring.items import Selection
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.sources import find_items
from tests.served import served

pytest.importorskip("aiohttp", reason="digitstring[remote] is missing")

CLOSED = "http://127.0.0.1:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of two images, one of them deeper, among other things."""
    folder = tmp_path / "scans"
    (folder / "inner").mkdir(parents=True)
    for name, text in (("a.png", "25"), ("inner/b c.png", "420")):
        ink = np.pad(draw_glyph(text, BUNDLED, 40), 20)
        Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("12345")
    return folder


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with served(folder.parent) as address:
        yield address


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.npz"
    save_network(Network((784, 10), rng=np.random.default_rng(3)), path)
    return path


def batch(*args: object) -> Result:
    return CliRunner().invoke(command_line, ["batch", *map(str, args), "--workers", "1"])


def rows_of(output: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.read_text().splitlines()]


def test_a_folder_that_a_web_server_lists_is_walked(address: str) -> None:
    items = list(find_items([f"{address}/scans/"], Selection(), relative=True))
    told = [(item.name, item.taken, item.problem) for item in items]
    assert told == [
        ("a.png", True, None),
        ("inner/b%20c.png", True, None),
        ("notes.txt", False, None),
    ]


def test_a_listing_that_links_upwards_and_to_itself_ends(folder: Path, address: str) -> None:
    (folder / "index.html").write_text(
        '<a href="?C=N;O=D">Name</a> <a href="/">Parent</a> <a href="/scans/">Here</a>'
        '<a href="a.png">a.png</a> <a href="http://127.0.0.1:1/other.png">Other</a>'
    )
    items = find_items([f"{address}/scans/"], Selection(), relative=True)
    assert [item.name for item in items] == ["a.png"]


def test_images_of_a_web_server_are_read(address: str, tmp_path: Path, net: Path) -> None:
    output = tmp_path / "rows.jsonl"
    done = batch(f"{address}/scans/", "--output", output, "--weights", net)
    assert (done.exit_code, done.stderr.count("\n")) == (0, 1), done.stderr
    assert [row["file"] for row in rows_of(output)] == ["a.png", "inner/b%20c.png"]


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("{address}/gone.png", "there is no such file; check the address"),
        ("{address}/gone/", "there is no such file; check the address"),
        (f"{CLOSED}/a.png", "can't be reached ("),
        (f"{CLOSED}/scans/", "can't be reached ("),
        ("gopher://x/a.png", "can't be reached ("),
    ],
)
def test_what_cannot_be_had_is_a_row_and_the_batch_goes_on(
    address: str, tmp_path: Path, net: Path, missing: str, why: str
) -> None:
    missing = missing.format(address=address)
    output = tmp_path / "rows.jsonl"
    done = batch(
        missing, f"{address}/scans/a.png", "--output", output, "--weights", net, "--timeout", 60
    )
    assert done.exit_code == 1
    failed, read = rows_of(output)
    assert failed["file"] == missing
    assert str(failed["error"]).startswith(f"{missing}: {why}")
    assert "error" not in read


@pytest.mark.parametrize(
    ("address", "module", "extra"),
    [
        ("https://127.0.0.1:1/a.png", "aiohttp", "remote"),
        ("s3://scans/2024", "s3fs", "s3"),
        ("s3://scans/2024", "fsspec", "remote"),
    ],
)
def test_a_missing_package_is_named_with_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, module: str, extra: str
) -> None:
    forget(monkeypatch, module)
    done = batch(address, "--output", tmp_path / "rows.jsonl")
    assert done.exit_code == 1
    error, _ = done.stderr.splitlines()
    assert error.startswith(f"digitstring: {address}: ")
    assert error.endswith(f"pip install 'digitstring[{extra}]'")


def test_an_output_at_an_address_without_its_package_is_one_line(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    forget(monkeypatch, "s3fs")
    done = batch(folder, "--output", "s3://scans/rows.jsonl")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "pip install 'digitstring[s3]'" in done.stderr


def test_an_output_that_a_web_server_would_have_to_take_is_wrong_use(folder: Path) -> None:
    done = batch(folder, "--output", "https://127.0.0.1:1/rows.jsonl")
    assert done.exit_code == 2
    assert "takes no files" in done.stderr


def test_a_folder_that_cannot_be_reached_is_an_image_error_in_python() -> None:
    with pytest.raises(ImageError, match=r"http://127\.0\.0\.1:1/scans/: can't be reached"):
        list(read_folder(f"{CLOSED}/scans/"))


def forget(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Let a package be missing, and what fsspec has made of it forgotten."""
    known = import_module("fsspec.registry")
    for kind in ("http", "https", "s3"):
        monkeypatch.delitem(known._registry, kind, raising=False)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.http", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
