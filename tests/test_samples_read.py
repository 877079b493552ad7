"""The sample images are read right by the shipped network."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from digitstring import read

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
with (SAMPLES / "labels.csv").open(newline="", encoding="utf-8") as file:
    LABELS = {row["file"]: row["label"] for row in csv.DictReader(file)}


def test_there_are_at_least_sixteen_samples_each_with_a_label() -> None:
    images = {path.name for path in SAMPLES.iterdir() if path.suffix in (".png", ".jpg")}
    assert len(images) >= 16
    assert images == LABELS.keys()


@pytest.mark.parametrize(("file", "label"), LABELS.items())
def test_a_sample_is_read_right(file: str, label: str) -> None:
    assert read(SAMPLES / file).text.split() == label.split()
