"""`digitstring batch`: many images to one file."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import Network, read_folder, save_network
from digitstring.cli import command_line
from digitstring.folder import read_items
from digitstring.samples import BUNDLED, draw_glyph
from tests.full_disk import full_disk


def draw(path: Path, text: str) -> Path:
    ink = np.pad(draw_glyph(text, BUNDLED, 40), 20)
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(path)
    return path


def rows_of(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.read_text().splitlines()]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a small network, which reads fast and wrong."""
    path = tmp_path_factory.mktemp("weights") / "net.npz"
    save_network(Network((784, 10), rng=np.random.default_rng(3)), path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of four images, one of them in capitals, one deeper, among other things."""
    folder = tmp_path / "scans"
    (folder / "inner.png").mkdir(parents=True)
    for name, text in (("b.png", "420"), ("a.PNG", "25"), ("c.jpg", "83"), ("inner.png/d", "99")):
        draw(folder / "drawn.png", text).rename(folder / name)
    (folder / "notes.txt").write_text("12345")
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


class Command:
    """The command with a small network and one worker, unless told otherwise."""

    def __init__(self, weights: Path) -> None:
        self.options = ["--weights", str(weights), "--workers", "1"]

    def __call__(self, *args: object, stdin: str = "") -> Result:
        told = ["batch", *self.options, *map(str, args)]
        return CliRunner().invoke(command_line, told, input=stdin)

    def start(self, *args: object) -> subprocess.Popen[str]:
        told = ["batch", *self.options, *map(str, args)]
        return subprocess.Popen(
            [sys.executable, "-m", "digitstring", *told], stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def batch(weights: Path) -> Command:
    return Command(weights)


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let batches be interrupted once two files have been read."""

    def stopped(*args: Any, **options: Any) -> Iterator[Any]:
        rows = read_items(*args, **options)
        yield next(rows)
        yield next(rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("digitstring.batch.read_items", stopped)
        yield patch


def test_there_is_a_row_for_each_image_in_sorted_order(
    batch: Command, folder: Path, output: Path
) -> None:
    done = batch(folder, "--output", output)
    assert (done.exit_code, done.stdout) == (0, "")
    assert [row["file"] for row in rows_of(output)] == ["a.PNG", "b.png", "c.jpg", "inner.png/d"]


def test_the_rows_are_those_of_read_folder(
    batch: Command, folder: Path, output: Path, weights: Path
) -> None:
    from digitstring import load_network

    batch(folder, "--output", output)
    rows = read_folder(folder, network=load_network(weights), workers=1)
    assert rows_of(output) == [row.to_dict() for row in rows]


def test_the_shipped_network_reads_what_is_there(folder: Path, output: Path) -> None:
    told = ["batch", str(folder), "--output", str(output), "--workers", "1"]
    assert CliRunner().invoke(command_line, told).exit_code == 0
    assert [row["text"] for row in rows_of(output)] == ["25", "420", "83", "99"]


def test_the_bytes_do_not_depend_on_the_workers(batch: Command, folder: Path, output: Path) -> None:
    batch(folder, "--output", output)
    other = output.with_name("other.jsonl")
    batch(folder, "--output", other, "--workers", 3)
    assert other.read_bytes() == output.read_bytes()


def test_the_end_tells_what_was_read_and_what_was_passed_over(
    batch: Command, folder: Path, output: Path
) -> None:
    done = batch(folder, "--output", output)
    (summary,) = done.stderr.splitlines()
    assert summary.startswith("4 images read, 0 failed, ")
    assert "1 other files passed over" in summary


def test_what_failed_is_named_and_ends_with_status_1(
    batch: Command, folder: Path, output: Path
) -> None:
    (folder / "b.png").write_text("no image")
    done = batch(folder, "--output", output)
    assert done.exit_code == 1
    error, summary = done.stderr.splitlines()
    assert error.startswith(f"digitstring: {folder / 'b.png'}: ")
    assert summary.startswith("3 images read, 1 failed")
    assert sorted(rows_of(output)[1]) == ["error", "file"]


def test_the_options_choose_among_the_files(batch: Command, folder: Path, output: Path) -> None:
    batch(folder, "--output", output, "--glob", "*.png", "--no-recursive")
    assert [row["file"] for row in rows_of(output)] == ["b.png"]


def test_a_region_is_read_in_each_image(batch: Command, folder: Path, output: Path) -> None:
    assert batch(folder, "--output", output, "--region", "0.0,0.0,1.0,0.05").exit_code == 0
    assert [row["lines"] for row in rows_of(output)] == [[], [], [], []]


def test_several_paths_name_their_files_in_full(batch: Command, folder: Path, output: Path) -> None:
    batch(folder / "inner.png", folder / "b.png", folder / "b.png", "--output", output)
    names = [row["file"] for row in rows_of(output)]
    assert names == [f"{folder}/inner.png/d", f"{folder}/b.png"]


def test_a_list_on_stdin_is_read_and_what_is_missing_is_a_row(
    batch: Command, folder: Path, output: Path
) -> None:
    done = batch("-", "--output", output, stdin=f"{folder}/b.png\n\n{folder}/gone.png\n")
    assert done.exit_code == 1
    assert [row["file"] for row in rows_of(output)] == [f"{folder}/b.png", f"{folder}/gone.png"]
    assert "no such file" in rows_of(output)[1]["error"]


def test_an_address_is_read(batch: Command, folder: Path, output: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe("/batch/b.png", (folder / "b.png").read_bytes())
    assert batch("memory://batch", "--output", output).exit_code == 0
    assert batch(folder, "--glob", "b.png", "--output", output, "--overwrite").exit_code == 0
    assert batch("memory://batch", "--output", output.with_name("o.jsonl")).exit_code == 0
    assert rows_of(output) == rows_of(output.with_name("o.jsonl"))


def test_an_output_at_an_address_is_there_when_it_is_whole(
    batch: Command, folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = pytest.importorskip("fsspec").filesystem("memory")
    monkeypatch.chdir(output.parent)
    address = "memory://outputs/rows.jsonl"
    assert batch(folder, "--output", address).exit_code == 0
    assert batch(folder, "--output", output).exit_code == 0
    assert memory.cat_file("/outputs/rows.jsonl") == output.read_bytes()
    assert memory.ls("/outputs", detail=False) == ["/outputs/rows.jsonl"]
    assert sorted(path.name for path in output.parent.iterdir()) == ["results.jsonl", "scans"]
    done = batch(folder, "--output", address)
    assert (done.exit_code, "--overwrite replaces it" in done.stderr) == (2, True)


def test_rows_for_an_address_that_cannot_be_written_are_kept(
    batch: Command, folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = pytest.importorskip("fsspec").filesystem("memory")
    monkeypatch.chdir(output.parent)
    address = "memory://refused/rows.jsonl"

    def refused(*args: object) -> None:
        raise RuntimeError("quota is used up")

    with monkeypatch.context() as patch:
        patch.setattr(type(memory), "put_file", refused)
        done = batch(folder, "--output", address)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "quota is used up" in line
    assert "all rows are kept: make room and go on with --resume" in line
    assert len(Path("rows.jsonl.journal").read_text().splitlines()) == 5
    assert batch(folder, "--output", address, "--resume").exit_code == 0
    assert len(memory.cat_file("/refused/rows.jsonl").splitlines()) == 4


def test_the_output_can_be_printed(batch: Command, folder: Path, output: Path) -> None:
    batch(folder, "--output", output)
    assert batch(folder, "--output", "-").stdout == output.read_text()


def test_each_page_has_a_row(batch: Command, folder: Path, output: Path) -> None:
    pages = [Image.open(folder / name) for name in ("a.PNG", "b.png")]
    pages[0].save(folder / "scans.tif", save_all=True, append_images=pages[1:])
    assert batch(folder / "scans.tif", "--output", output).exit_code == 0
    assert [row["page"] for row in rows_of(output)] == [1, 2]


def test_annotated_images_are_not_read_again(batch: Command, folder: Path, output: Path) -> None:
    seen = folder / "seen"
    for _ in range(2):
        batch(folder, "--output", output, "--annotate", seen, "--overwrite")
    made = sorted(
        path.relative_to(seen).as_posix() for path in seen.rglob("*.png") if path.is_file()
    )
    assert made == ["a.PNG.png", "b.png.png", "c.jpg.png", "inner.png/d.png"]
    assert len(rows_of(output)) == 4


def test_a_file_that_takes_too_long_is_a_row(batch: Command, folder: Path, output: Path) -> None:
    done = batch(folder, "--output", output, "--timeout", "0.0001")
    assert done.exit_code == 1
    assert len(rows_of(output)) == 4
    assert any("takes longer than" in row.get("error", "") for row in rows_of(output))


def test_an_output_that_is_there_is_kept_unless_it_may_be_replaced(
    batch: Command, folder: Path, output: Path
) -> None:
    output.write_text("older\n")
    done = batch(folder, "--output", output)
    assert (done.exit_code, output.read_text()) == (2, "older\n")
    assert "--overwrite" in done.stderr
    assert batch(folder, "--output", output, "--overwrite").exit_code == 0
    assert len(rows_of(output)) == 4


@pytest.mark.usefixtures("stopping")
def test_an_interrupted_batch_ends_with_status_130_and_keeps_its_rows(
    batch: Command, folder: Path, output: Path
) -> None:
    done = batch(folder, "--output", output)
    assert done.exit_code == 130
    assert done.stderr == "digitstring: interrupted; go on with --resume\n"
    assert sorted(path.name for path in output.parent.iterdir()) == [
        "results.jsonl.journal",
        "scans",
    ]


@pytest.mark.parametrize("ending", [".jsonl", ".csv"])
def test_a_resumed_batch_gives_what_an_unbroken_one_gives(
    batch: Command, folder: Path, output: Path, stopping: pytest.MonkeyPatch, ending: str
) -> None:
    output = output.with_suffix(ending)
    (folder / "a.PNG").write_text("no image")
    assert batch(folder, "--output", output).exit_code == 130
    stopping.undo()
    resumed = batch(folder, "--output", output, "--resume")
    assert resumed.exit_code == 1
    assert "3 images read, 1 failed" in resumed.stderr
    whole = output.with_name(f"whole{ending}")
    batch(folder, "--output", whole)
    assert output.read_bytes() == whole.read_bytes()
    assert not output.with_name(f"{output.name}.journal").exists()


def test_files_that_come_while_a_batch_rests_are_read_too(
    batch: Command, folder: Path, output: Path, stopping: pytest.MonkeyPatch
) -> None:
    batch(folder, "--output", output)
    stopping.undo()
    draw(folder / "0.png", "7")
    assert batch(folder, "--output", output, "--resume").exit_code == 0
    names = [row["file"] for row in rows_of(output)]
    assert names == ["a.PNG", "b.png", "0.png", "c.jpg", "inner.png/d"]


def test_a_stopped_batch_is_neither_forgotten_nor_gone_on_with_unasked(
    batch: Command, folder: Path, output: Path, stopping: pytest.MonkeyPatch
) -> None:
    batch(folder, "--output", output)
    stopping.undo()
    done = batch(folder, "--output", output)
    assert done.exit_code == 2
    assert "--resume goes on with it" in done.stderr
    other = batch(folder, "--output", output, "--resume", "--region", "0,0,9,9")
    assert other.exit_code == 1
    assert "begun with another region" in other.stderr
    assert batch(folder, "--output", output, "--overwrite").exit_code == 0
    assert len(rows_of(output)) == 4


def test_a_whole_output_needs_no_resuming(batch: Command, folder: Path, output: Path) -> None:
    batch(folder, "--output", output)
    before = output.stat()
    done = batch(folder, "--output", output, "--resume")
    assert (done.exit_code, output.stat()) == (0, before)
    assert "nothing to go on with" in done.stderr


def test_a_batch_that_was_killed_goes_on_to_the_same_end(
    batch: Command, tmp_path: Path, output: Path
) -> None:
    picture = draw(tmp_path / "drawn.png", "420").read_bytes()
    for number in range(40):
        (tmp_path / f"{number}.png").write_bytes(picture)
    journal = output.with_name("results.jsonl.journal")
    args = (tmp_path, "--glob", "*.png", "--output", output)
    with batch.start(*args) as running:
        while not (journal.exists() and b'"11.png"' in journal.read_bytes()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.01)
                break
        running.kill()
    assert running.returncode == -signal.SIGKILL
    assert batch(*args, "--resume").exit_code == 0
    whole = output.with_name("whole.jsonl")
    batch(tmp_path, "--glob", "*.png", "--output", whole)
    assert output.read_bytes() == whole.read_bytes()


def test_a_full_disk_is_one_line_and_loses_no_row(
    batch: Command, folder: Path, output: Path
) -> None:
    with full_disk(1500):
        done = batch(folder, "--output", output)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "make room and go on with --resume" in line
    assert batch(folder, "--output", output, "--resume").exit_code == 0
    assert len(rows_of(output)) == 4


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ".xlsx"])
def test_no_row_is_lost_where_the_whole_output_finds_no_room(
    batch: Command, folder: Path, output: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = output.with_suffix(ending)
    pytest.importorskip({".parquet": "pyarrow", ".xlsx": "openpyxl"}.get(ending, "csv"))

    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        done = batch(folder, "--output", output)
    assert done.exit_code == 1
    assert done.stderr == (
        f"digitstring: {output}: can't be written (No space left on device); all rows are kept: "
        "make room and go on with --resume\n"
    )
    assert sorted(path.name for path in output.parent.iterdir()) == [
        f"results{ending}.journal",
        "scans",
    ]
    assert batch(folder, "--output", output, "--resume").exit_code == 0
    assert output.exists()


def test_a_batch_that_has_read_nothing_leaves_no_journal(
    batch: Command, folder: Path, output: Path
) -> None:
    with full_disk(100):
        assert batch(folder, "--output", output).exit_code == 1
    assert [path.name for path in output.parent.iterdir()] == ["scans"]
    assert batch(folder, "--output", output).exit_code == 0


def test_what_cannot_be_printed_is_one_line(batch: Command, folder: Path, output: Path) -> None:
    with full_disk(300), output.open("wb") as printed:
        told = [sys.executable, "-m", "digitstring", "batch", str(folder), "--output", "-"]
        done = subprocess.run(
            [*told, *batch.options], stdout=printed, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == (
        "digitstring: standard output: can't be written (File too large); make room, or name a "
        "file for --output\n"
    )


def test_a_cluster_excludes_processes_here(batch: Command, folder: Path, output: Path) -> None:
    pytest.importorskip("distributed", reason="digitstring[cluster] is missing")
    done = batch(folder, "--output", output, "--workers", 2, "--dask", "tcp://127.0.0.1:1")
    assert (done.exit_code, output.exists()) == (2, False)
    assert "--dask excludes --workers" in done.stderr


def test_an_empty_folder_gives_an_empty_file(batch: Command, tmp_path: Path, output: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert batch(tmp_path / "empty", "--output", output).exit_code == 0
    assert output.read_text() == ""


@pytest.mark.parametrize(
    "args",
    [
        ("scans",),
        ("scans", "--output", "/dev/null"),
        ("scans", "--output", "results.doc"),
        ("scans", "--output", "no/results.jsonl"),
        ("missing", "--output", "results.jsonl"),
        ("scans", "--output", "-", "--resume"),
        ("scans", "--output", "results.jsonl", "--workers", "0"),
        ("--output", "results.jsonl"),
    ],
)
def test_wrong_use_ends_with_status_2_and_writes_nothing(
    batch: Command, folder: Path, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert batch(*args).exit_code == 2
    assert [path.name for path in Path.cwd().iterdir()] == ["scans"]
