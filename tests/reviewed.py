"""A small batch for the tests of the review: its images, and the rows that came of them."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitstring.corrections_file import CorrectionsFile
from digitstring.results import Results
from digitstring.reviewing import Review
from digitstring.samples import BUNDLED, draw_glyph

NASTY = '<img src=x onerror=alert(1)>&amp;".png'
"""A name that a page must show and not obey."""


def draw(text: str, height: float = 40, margin: int = 20) -> Image.Image:
    """Set a text in type, black on white."""
    ink = np.pad(draw_glyph(text, BUNDLED, height), margin)
    return Image.fromarray((255 * (1 - ink)).astype(np.uint8))


def row_of(file: str, text: str, confidence: float, **more: Any) -> dict[str, Any]:
    """Return a row whose digits stand side by side, each 20 pixels wide."""
    digits = [
        {"value": value, "confidence": confidence, "box": [20, 20 + 20 * at, 60, 40 + 20 * at]}
        for at, value in enumerate(text)
    ]
    lines = [{"text": text, "confidence": confidence, "digits": digits}] if text else []
    return {"file": file, "text": text, "confidence": confidence, "lines": lines, **more}


def make_batch(folder: Path) -> Path:
    """Make scans/ with five images, and results.jsonl; return its path."""
    scans = folder / "scans"
    scans.mkdir()
    for name, text in (("a.png", "420"), ("b.png", "25"), (NASTY, "83")):
        draw(text).save(scans / name)
    draw("17").save(scans / "pages.tif", save_all=True, append_images=[draw("99999")])
    (scans / "broken.png").write_text("no image")
    (folder / "secret.png").write_bytes((scans / "a.png").read_bytes())
    others = [{"text": "420", "probability": 0.6}, {"text": "428", "probability": 0.3}]
    rows = [
        row_of("a.png", "420", 0.61, alternatives=others),
        row_of("b.png", "26", 0.55),
        {"file": "broken.png", "error": "broken.png: is not an image"},
        row_of(NASTY, "83", 0.8),
        row_of("pages.tif", "17", 0.99, page=1),
        row_of("pages.tif", "99999", 0.95, page=2),
    ]
    results = folder / "results.jsonl"
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return results


def open_review(results: Path, stack: ExitStack) -> Review:
    """Open the review of a batch for as long as the stack lasts."""
    rows = stack.enter_context(closing(Results(results)))
    file = stack.enter_context(closing(CorrectionsFile(results.with_suffix(".corrections.csv"))))
    return Review(rows, results.parent / "scans", file)
