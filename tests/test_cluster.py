"""Many items on a Dask cluster: a real scheduler and two workers, on loopback."""

from __future__ import annotations

import json
import os
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

from digitstring import Network, read_many, save_network
from digitstring.cli import command_line
from digitstring.cluster import map_in_cluster
from digitstring.folder import read_items
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.workers import Lost, WorkerError

distributed = pytest.importorskip("distributed", reason="digitstring[cluster] is missing")

DIE = "__import__('os')._exit(9)"
HANG = "__import__('time').sleep(600)"
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
PARTS = ("distributed.cli.dask_scheduler", "distributed.cli.dask_worker")
START_S = 240
CLOSED = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a scheduler and two workers, and return the scheduler's address."""
    folder = tmp_path_factory.mktemp("cluster")
    told = folder / "scheduler.json"
    settings = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    where = ("--scheduler-file", str(told))
    workers = ("--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder))
    commands = [
        [sys.executable, "-m", PARTS[0], *LOOPBACK, "--port", "0", *where],
        [sys.executable, "-m", PARTS[1], *LOOPBACK, *workers, *where],
    ]
    with (folder / "log").open("wb") as log:
        running = [subprocess.Popen(c, stdout=log, stderr=log, env=settings) for c in commands]
        try:
            yield _address(told, running)
        finally:
            for process in reversed(running):
                process.terminate()
            for process in reversed(running):
                process.wait(60)


def _address(told: Path, running: list[subprocess.Popen[bytes]]) -> str:
    """Return the scheduler's address, once both workers are there."""
    while not (told.exists() and told.stat().st_size):
        assert all(process.poll() is None for process in running)
        with pytest.raises(subprocess.TimeoutExpired):
            running[0].wait(0.05)
    address = str(json.loads(told.read_text())["address"])
    with distributed.Client(address, set_as_default=False, timeout=START_S) as client:
        client.wait_for_workers(2, timeout=START_S)
    return address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of 70 images, one of two pages and one broken."""
    folder = tmp_path / "scans"
    folder.mkdir()
    pictures = [_drawn(text) for text in ("25", "420")]
    pictures[0].save(folder / "00.tif", save_all=True, append_images=pictures[1:])
    (folder / "01.png").write_text("no image")
    for number in range(2, 70):
        pictures[number % 2].save(folder / f"{number:02}.png")
    return folder


def _drawn(text: str) -> Image.Image:
    ink = np.pad(draw_glyph(text, BUNDLED, 30), 15)
    return Image.fromarray((255 * (1 - ink)).astype(np.uint8))


def run_batch(*args: object) -> Result:
    return CliRunner().invoke(command_line, ["batch", *map(str, args)])


def evaluated(cluster: str, *items: str, timeout: float | None = None) -> list[Any]:
    return list(map_in_cluster(eval, items, cluster, timeout=timeout))


def test_the_rows_are_those_of_one_machine_byte_for_byte(
    cluster: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    save_network(Network((784, 10), rng=np.random.default_rng(3)), Path("net.npz"))
    for output, option in (("one.jsonl", ("--workers", 1)), ("many.jsonl", ("--dask", cluster))):
        done = run_batch("scans", "--weights", "net.npz", "--output", output, *option)
        assert done.exit_code == 1
        assert "digitstring: scans/01.png: " in done.stderr
    assert Path("many.jsonl").read_bytes() == Path("one.jsonl").read_bytes()
    assert len(Path("many.jsonl").read_text().splitlines()) == 71


def test_a_batch_begun_here_is_gone_on_with_there(
    cluster: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "rows.jsonl"
    args = (folder, "--glob", "0*.png", "--output", output)
    with monkeypatch.context() as patch:
        patch.setattr("digitstring.batch.read_items", _interrupted)
        assert run_batch(*args, "--workers", 1).exit_code == 130
    assert run_batch(*args, "--resume", "--dask", cluster).exit_code == 1
    resumed = output.read_bytes()
    run_batch(*args, "--overwrite", "--workers", 1)
    assert output.read_bytes() == resumed


def _interrupted(*args: Any, **options: Any) -> Iterator[Any]:
    rows = read_items(*args, **options)
    yield next(rows)
    yield next(rows)
    raise KeyboardInterrupt


def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(cluster: str) -> None:
    items = [f"({number}, __import__('os').getpid())" for number in range(400)]
    results = iter(map_in_cluster(eval, items, cluster))
    first: list[Any] = [next(results) for _ in range(3)]
    os.kill(first[0][1], signal.SIGKILL)
    rest: list[Any] = list(results)
    assert [number for number, _ in [*first, *rest]] == list(range(400))
    assert {pid for _, pid in rest} - {first[0][1]}


def test_an_item_that_kills_its_workers_is_lost_alone(cluster: str) -> None:
    results = evaluated(cluster, *map(str, range(4)), DIE, *map(str, range(5, 30)))
    assert [r.item if isinstance(r, Lost) else r for r in results] == [
        *range(4),
        DIE,
        *range(5, 30),
    ]
    assert "died twice" in results[4].reason


def test_what_takes_too_long_is_given_up_and_the_rest_goes_on(cluster: str) -> None:
    results = evaluated(cluster, "1", HANG, "3", timeout=0.5)
    assert results == [1, Lost(HANG, "takes longer than 0.5 s; reduce it, or allow more time"), 3]


def test_the_functions_own_error_is_raised(cluster: str) -> None:
    with pytest.raises(FileNotFoundError):
        evaluated(cluster, "open('/nowhere')")


def test_the_executor_of_a_cluster_reads_many(cluster: str, folder: Path) -> None:
    images = sorted(folder.glob("0[2-5].png"))
    with distributed.Client(cluster, set_as_default=False) as client:
        rows = list(read_many(images, executor=client.get_executor(pure=False)))
    assert [(row.file, str(row.reading)) for row in rows] == [
        (str(image), text) for image, text in zip(images, ["25", "420", "25", "420"], strict=True)
    ]


def test_a_scheduler_that_is_not_there_is_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitstring.cluster.CONNECT_S", 0.2)
    done = run_batch(folder, "--output", tmp_path / "rows.csv", "--dask", CLOSED)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"digitstring: {CLOSED}: the cluster does not answer")
    assert [path.name for path in tmp_path.iterdir()] == ["scans"]  # and nothing to resume


def test_workers_with_another_version_are_refused(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitstring.cluster.version", lambda name: "0.0.1")
    with pytest.raises(WorkerError, match=r"and here is 0\.0\.1; install the same there"):
        evaluated(cluster, "1")


def test_a_missing_dask_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = run_batch(folder, "--output", tmp_path / "rows.csv", "--dask", CLOSED)
    assert done.exit_code == 2
    assert "pip install 'digitstring[cluster]'" in done.stderr
