"""A batch of good images and of broken ones of ten kinds."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitstring import Network, read_folder, save_network
from digitstring.samples import BUNDLED, draw_glyph
from digitstring.samples.broken import KINDS, write_broken

GOOD = 30
READABLE = {"wrong ending", "folder", "endless"}
REFUSED = {"empty", "cut", "text", "forbidden", "bomb", "no pixels"}


@pytest.fixture(scope="module")
def picture() -> bytes:
    ink = np.pad(draw_glyph("25", BUNDLED, 30), 15)
    file = io.BytesIO()
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_every_file_of_a_batch_has_one_row_whatever_is_wrong_with_it(
    tmp_path: Path, picture: bytes
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    taken = [folder / f"good{number:02}.png" for number in range(GOOD)]
    for path in taken:
        path.write_bytes(picture)
    for number, kind in enumerate([*KINDS, *KINDS]):
        taken.append(write_broken(folder, kind, f"{number:02}", picture))
    save_network(Network((784, 10), rng=np.random.default_rng(3)), tmp_path / "net.npz")
    told = ("batch", "scans", "--output", "rows.jsonl", "--weights", "net.npz", "--workers", "2")
    done = subprocess.run(
        [sys.executable, "-m", "digitstring", *told], cwd=tmp_path, capture_output=True, text=True
    )
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    names = Counter(path.relative_to(folder).as_posix() for path in taken)
    assert Counter(row["file"] for row in rows) == names
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("digitstring: ") == sum("error" in row for row in rows)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_broken_file_is_refused_with_a_reason_or_read(
    tmp_path: Path, picture: bytes, kind: str
) -> None:
    path = write_broken(tmp_path, kind, "scan", picture)
    network = Network((784, 10), rng=np.random.default_rng(3))
    (row,) = read_folder(tmp_path, network=network)
    assert row.file == path.relative_to(tmp_path).as_posix()
    if kind in READABLE:
        assert row.error is None
    if kind in REFUSED:
        assert str(row.error).startswith(f"{path}: ")
    assert "please report it" not in str(row.error)
