"""`read_folder` and `digitstring batch`: every image of a folder, a row each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import ImageError, Network, read, read_folder, save_network
from digitstring.cli import command_line
from digitstring.folder import list_folder
from digitstring.samples import BUNDLED, draw_glyph


def draw(path: Path, text: str) -> Path:
    ink = np.pad(draw_glyph(text, BUNDLED, 60), 40)
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(path)
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(command_line, ["batch", *map(str, args)])


def rows_of(output: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of three images, one of them in capitals, among other things."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, text in (("b.png", "4207"), ("a.PNG", "253"), ("c.jpg", "83")):
        draw(folder / name, text)
    (folder / "notes.txt").write_text("12345")
    (folder / "inner.png").mkdir()
    draw(folder / "inner.png" / "d.png", "99")
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


def test_the_rows_come_in_sorted_order_with_names_relative_to_the_folder(folder: Path) -> None:
    rows = list(read_folder(folder))
    assert [(row.file, str(row.reading)) for row in rows] == [
        ("a.PNG", "253"),
        ("b.png", "4207"),
        ("c.jpg", "83"),
    ]


def test_each_row_is_ready_before_the_next_image_is_opened(folder: Path) -> None:
    rows = read_folder(folder)
    next(rows)
    (folder / "b.png").unlink()
    assert "no such file" in str(next(rows).error)


def test_what_cannot_be_read_is_a_row_with_its_error(folder: Path) -> None:
    (folder / "b.png").write_text("no image")
    row = list(read_folder(folder))[1]
    assert row.reading is None
    assert row.to_dict() == {"file": "b.png", "error": row.error}
    assert str(folder / "b.png") in str(row.error)


def test_the_rows_of_a_folder_hold_no_photos(folder: Path) -> None:
    for row in read_folder(folder):
        assert row.reading is not None
        assert row.reading.photo is None


def test_a_network_of_ones_own_reads_the_folder(folder: Path) -> None:
    network = Network((784, 10), rng=np.random.default_rng(3))
    row = next(read_folder(folder, network=network))
    assert row.reading == read(folder / "a.PNG", network=network)


def test_a_folder_is_listed_by_the_endings_that_pillow_reads(folder: Path) -> None:
    contents = list_folder(folder)
    assert [path.name for path in contents.images] == ["a.PNG", "b.png", "c.jpg"]
    assert [path.name for path in contents.others] == ["notes.txt"]


@pytest.mark.parametrize("name", ["missing", "scans/notes.txt"])
def test_what_is_no_folder_is_an_image_error(folder: Path, name: str) -> None:
    with pytest.raises(ImageError, match="name a folder of images"):
        list(read_folder(folder.parent / name))


def test_batch_writes_one_json_object_a_line(folder: Path, output: Path) -> None:
    done = run(folder, "--output", output)
    assert (done.exit_code, done.stdout) == (0, "")
    assert rows_of(output) == [row.to_dict() for row in read_folder(folder)]


def test_batch_counts_what_it_read_and_what_it_passed_over(folder: Path, output: Path) -> None:
    done = run(folder, "--output", output)
    assert done.stderr == "3 images read, 0 failed, 1 other files passed over\n"


def test_batch_names_what_failed_and_ends_with_status_1(folder: Path, output: Path) -> None:
    (folder / "b.png").write_text("no image")
    done = run(folder, "--output", output)
    assert done.exit_code == 1
    error, summary = done.stderr.splitlines()
    assert error.startswith(f"digitstring: {folder / 'b.png'}: ")
    assert summary.startswith("2 images read, 1 failed")
    assert [sorted(row)[:2] for row in rows_of(output)][1] == ["error", "file"]


def test_batch_of_an_empty_folder_writes_no_row(tmp_path: Path, output: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--output", output).exit_code == 0
    assert output.read_text() == ""


def test_batch_replaces_an_older_output_whole(folder: Path, output: Path) -> None:
    output.write_text("older\n" * 100)
    assert run(folder, "--output", output).exit_code == 0
    assert len(rows_of(output)) == 3


def test_a_batch_that_breaks_leaves_the_older_output_alone(
    folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    output.write_text("older\n")
    monkeypatch.setattr("digitstring.folder.read", fail)
    assert run(folder, "--output", output).exit_code != 0
    assert output.read_text() == "older\n"
    assert sorted(path.name for path in output.parent.iterdir()) == ["results.jsonl", "scans"]


def test_batch_with_a_network_of_ones_own(folder: Path, output: Path, tmp_path: Path) -> None:
    network = Network((784, 10), rng=np.random.default_rng(3))
    save_network(network, tmp_path / "net.npz")
    assert run(folder, "--output", output, "--weights", tmp_path / "net.npz").exit_code == 0
    assert rows_of(output) == [row.to_dict() for row in read_folder(folder, network=network)]


@pytest.mark.parametrize("args", [(), ("--output", "/dev/null")])
def test_batch_wants_a_plain_file_for_its_output(folder: Path, args: tuple[str, ...]) -> None:
    assert run(folder, *args).exit_code == 2


def test_batch_of_a_missing_folder_is_wrong_use(tmp_path: Path, output: Path) -> None:
    assert run(tmp_path / "missing", "--output", output).exit_code == 2
    assert not output.exists()


def test_an_output_in_a_missing_folder_is_wrong_use_and_names_it(
    folder: Path, tmp_path: Path
) -> None:
    done = run(folder, "--output", tmp_path / "no" / "results.jsonl")
    assert done.exit_code == 2
    assert "'--output'" in done.stderr
    assert f"{tmp_path / 'no'} is not a folder" in done.stderr
