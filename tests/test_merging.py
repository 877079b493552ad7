"""Corrections merged into the output of a batch."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from digitstring import Network, save_network
from digitstring.cli import command_line
from digitstring.corrections import correction_of
from digitstring.corrections_file import CorrectionsFile
from tests.full_disk import full_disk
from tests.reviewed import make_batch


@pytest.fixture
def results(tmp_path: Path) -> Path:
    results = make_batch(tmp_path)
    file = CorrectionsFile(results.with_suffix(".corrections.csv"))
    for name, page, label, read in (
        ("b.png", None, "25", "26"),
        ("a.png", None, "420", "420"),
        ("pages.tif", 2, "99998", "99999"),
        ("gone.png", None, "1", "2"),
    ):
        file.add(correction_of((name, page, None), label, read))
    file.close()
    return results


def batch(results: Path, *arguments: object) -> Result:
    corrections = ("--corrections", results.with_suffix(".corrections.csv"))
    told = [str(argument) for argument in ("batch", *arguments, *corrections)]
    return CliRunner().invoke(command_line, told)


def rows_of(text: str) -> dict[tuple[str, int | None], dict[str, Any]]:
    rows = map(json.loads, text.splitlines())
    return {(row["file"], row.get("page")): row for row in rows}


def test_an_earlier_output_is_corrected_without_reading_again(results: Path) -> None:
    before = rows_of(results.read_text())
    output = results.with_name("final.jsonl")
    done = batch(results, results, "--output", output)
    assert done.stderr == "3 of 4 checked readings merged; 1 images failed\n"
    assert done.exit_code == 1  # for one of them is broken, and nobody has said its number
    after = rows_of(output.read_text())
    assert [*after] == [*before]
    assert (after["b.png", None]["text"], after["b.png", None]["read"]) == ("25", "26")
    assert after["pages.tif", 2]["text"] == "99998"
    assert after["pages.tif", 1] == before["pages.tif", 1]
    assert after["a.png", None]["checked"] == "accepted"
    printed = batch(results, results, "--output", "-")
    assert printed.stdout == output.read_text()


def test_a_table_has_a_column_for_what_was_checked(results: Path) -> None:
    output = results.with_name("final.csv")
    assert batch(results, results, "--output", output).exit_code == 1
    with output.open(newline="", encoding="utf-8-sig") as file:
        rows = {(row["file"], row["page"]): row for row in csv.DictReader(file)}
    assert rows["b.png", ""]["text"] == rows["b.png", ""]["formatted"] == '="25"'
    assert [row["checked"] for row in rows.values()].count("corrected") == 2
    assert (rows["b.png", ""]["read"], rows["a.png", ""]["read"]) == ('="26"', "")
    assert rows["pages.tif", "1"]["checked"] == ""


def test_an_earlier_output_is_not_replaced_unasked_and_can_be_by_itself(results: Path) -> None:
    assert batch(results, results, "--output", results).exit_code == 2
    assert batch(results, results, "--output", results, "--overwrite").exit_code == 1
    assert rows_of(results.read_text())["b.png", None]["text"] == "25"


@pytest.mark.parametrize("output", ["final.jsonl", "-"])
def test_images_are_read_and_corrected_in_one_go(results: Path, output: str) -> None:
    net = results.with_name("net.npz")
    save_network(Network((784, 10), rng=np.random.default_rng(3)), net)
    path = output if output == "-" else results.with_name(output)
    scans = results.parent / "scans"
    done = batch(results, scans, "--output", path, "--workers", 1, "--weights", net)
    assert done.exit_code == 1  # for one of them is broken
    assert output == "-" or "3 of 4 checked readings merged" in done.stderr
    rows = rows_of(done.stdout if output == "-" else Path(path).read_text())
    assert rows["b.png", None]["text"] == "25"
    assert rows["b.png", None]["checked"] == "corrected"
    assert "checked" not in rows["pages.tif", 1]


def test_a_correction_gives_a_broken_image_its_number(results: Path) -> None:
    file = CorrectionsFile(results.with_suffix(".corrections.csv"))
    file.add(correction_of(("broken.png", None, None), "12", "", failed=True))
    file.close()
    done = batch(results, results, "--output", "-")
    rows = rows_of(done.stdout)
    assert done.exit_code == 0
    assert rows["broken.png", None]["text"] == "12"
    assert rows["broken.png", None]["accepted"] is True
    assert "error" not in rows["broken.png", None]


def test_a_folder_is_read_even_if_it_is_called_like_an_output(results: Path) -> None:
    folder = results.with_name("scans.jsonl")
    folder.mkdir()
    done = batch(results, folder, "--output", "-")
    assert done.exit_code == 0
    assert "0 images read" in done.stderr


@pytest.mark.parametrize("output", ["final.jsonl", "-"])
def test_a_full_disk_is_one_line_with_file_and_remedy(results: Path, output: str) -> None:
    before = results.read_bytes()
    with full_disk(300):
        path = results if output == "-" else results.with_name(output)
        command = [sys.executable, "-m", "digitstring", "batch", str(results), "--output"]
        command += ["-" if output == "-" else str(path)]
        command += ["--corrections", str(results.with_suffix(".corrections.csv"))]
        with results.with_name("printed").open("wb") as printed:
            done = subprocess.run(command, stdout=printed, stderr=subprocess.PIPE, text=True)
    name = "standard output" if output == "-" else str(path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"digitstring: {name}: can't be written (File too large); make ")
    assert done.stderr.count("\n") == 1
    assert results.read_bytes() == before
    assert not results.with_name("final.jsonl").exists()


def test_two_earlier_outputs_at_once_are_wrong_use(results: Path) -> None:
    done = batch(results, results, results, "--output", results.with_name("final.jsonl"))
    assert done.exit_code == 2
