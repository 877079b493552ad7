"""The rows of a batch, read again, and where their images are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from digitstring.classifier import DataError
from digitstring.locations import file_within, image_at, images_folder
from digitstring.results import Results, load_rows

GOOD = '{"file": "a.png", "text": "", "confidence": 0.5, "lines": []}\n'


def test_a_row_is_found_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(GOOD + '{"file": "b.png", "page": 2, "error": "is empty"}\n')
    with closing(Results(path)) as results:
        assert [entry.key for entry in results.entries] == [
            ("a.png", None, None),
            ("b.png", 2, None),
        ]
        assert [entry.confidence for entry in results.entries] == [0.5, None]
        assert [results.row(1), results.row(0)] == [*load_rows(path)][::-1]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "text",
        "[]",
        '{"file": 1, "error": "x"}',
        '{"file": "a", "error": 1}',
        '{"file": "a", "page": "2", "error": "x"}',
        '{"file": "a", "field": 2, "error": "x"}',
        '{"file": "a", "text": "1", "lines": []}',
        '{"file": "a", "text": "1", "confidence": NaN, "lines": []}',
        '{"file": "a", "text": "1", "confidence": 1, "lines": [{"text": "1", "digits": [1]}]}',
        '{"file": "a", "text": "1", "confidence": 1, "lines": [{"text": "1", "digits": '
        '[{"value": "1", "confidence": 1, "box": [1, 2, "<", 4]}]}]}',
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"{GOOD}{line}\n")
    with pytest.raises(DataError, match="line 2 is no row"):
        Results(path)


def test_results_that_are_not_there_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        Results(tmp_path / "r.jsonl")
    with pytest.raises(DataError, match="No such file"):
        list(load_rows(tmp_path / "r.jsonl"))


def test_no_file_outside_the_folder_is_found(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    (scans / "within").mkdir(parents=True)
    for path in (tmp_path / "secret.png", scans / "within" / "a.png"):
        path.write_bytes(b"")
    (scans / "link.png").symlink_to(tmp_path / "secret.png")
    assert file_within(scans, "within/a.png") == scans / "within" / "a.png"
    assert file_within(scans, str(scans / "within" / "a.png")) is not None
    outside = ["../secret.png", "within/../../secret.png", str(tmp_path / "secret.png")]
    for name in [*outside, "link.png", "within", "", "a\0.png", "a" * 5000, "s3://bucket/a.png"]:
        assert file_within(scans, name) is None


@pytest.mark.parametrize(
    "name",
    [
        "file:///etc/passwd",
        "local:///etc/passwd",
        "simplecache::file:///etc/passwd",
        "https://scans.example/a.png::file:///etc/passwd",
        "zip://a.png::s3://scans/a.zip",
        "git:///srv/a.png",
    ],
)
def test_no_file_of_this_machine_is_found_by_an_address(tmp_path: Path, name: str) -> None:
    assert image_at(tmp_path, name) is None
    assert image_at("s3://scans/2024", name) is None


def test_below_an_address_are_the_images_that_were_read_there() -> None:
    below = [image_at("https://a.example/scans/", name) for name in ("a b.png", "in/b%20c.png")]
    assert below == ["https://a.example/scans/a b.png", "https://a.example/scans/in/b%20c.png"]
    for name in ("../a.png", "in/../../a.png", "%2e%2e/a.png", "/a.png"):
        assert image_at("https://a.example/scans/", name) is None
    inner = "file:///scans/in/a.png"
    assert image_at("file:///scans", inner) == inner
    assert image_at("file:///scans", "file:///other/a.png") is None


def test_images_at_addresses_of_their_own_are_looked_for_nowhere(tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    assert images_folder(results, ["https://a.example/a.png"]) == tmp_path


def test_the_images_are_looked_for_beside_the_results_here_and_one_folder_further_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("out", "here/scans", "here/other"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    results = tmp_path / "out" / "r.jsonl"
    names = ["a.png", "b.png"]
    with pytest.raises(DataError, match="--images"):
        images_folder(results, names)
    for path in ("other/a.png", "scans/a.png", "scans/b.png"):
        (tmp_path / "here" / path).write_bytes(b"")
    assert images_folder(results, names) == tmp_path / "here" / "scans"
    for name in names:
        (tmp_path / "out" / name).write_bytes(b"")
    assert images_folder(results, names) == tmp_path / "out"
