"""The review as one file to read and to mail: pictures within, no script, nothing to fetch."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from digitstring.classifier.replacement import replace_file
from digitstring.review_pictures import Picture, PictureOptions
from digitstring.reviewing import Review, counts, page_file

PICTURES = PictureOptions(longest_px=800, quality=75)
"""For the review of a report, whose pictures are smaller: it is mailed."""
FILTERS = ("all", "doubtful", "accepted", "corrected", "errors")
_SHOWN_PX = 340
"""Most pixels of a picture's height on the screen."""


@dataclass(frozen=True)
class Report:
    """What a report holds: how many of how many rows."""

    shown: int
    total: int


def write_report(review: Review, path: Path, most: int) -> Report:
    """Write the most doubtful rows of a review as one HTML file; see `PICTURES`.

    Raises
    ------
    OSError
        If it can't be written.
    """
    with replace_file(path) as file:
        for part in report_parts(review, most):
            file.write(part.encode("utf-8", "backslashreplace"))
    total = len(review.results.entries)
    return Report(min(most, total), total)


def report_parts(review: Review, most: int) -> Iterator[str]:
    """Yield the text of the report, row by row, so that its pictures are never held at once."""
    order = review.order()
    style = page_file("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    rows = review.queue()["rows"]
    said = counts(rows)
    doubtful = sum(row["doubtful"] for row in rows)
    shown = len(order[:most])
    of = f"the {shown} most doubtful of {len(order)}" if shown < len(order) else f"all {shown}"
    name = escape(review.results.path.name)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>{name}</h1>\n"
        f"<p>Readings: {of}, the most doubtful first; {doubtful} are doubtful, "
        f"{said['accepted']} were accepted, {said['corrected']} corrected.</p>\n"
    )
    yield from (
        f'<input type="radio" name="filter" id="{each}"{" checked" * (each == "all")}>'
        f'<label for="{each}">{each.capitalize()}</label>\n'
        for each in FILTERS
    )
    for number in order[:most]:
        yield _row(review, number)
    yield "</body>\n</html>\n"


def _row(review: Review, number: int) -> str:
    """Return a row as an article: its pictures, what was read, what was said."""
    told = review.details(number)
    kinds = [told["verdict"] or "open"]
    kinds += ["errors"] if told["error"] is not None else []
    kinds += ["doubtful"] if told["doubtful"] else []
    page = "" if told["page"] is None else f", page {told['page']}"
    field = "" if told["field"] is None else f", {escape(told['field'])}"
    parts = [
        f'<article class="{" ".join(kinds)}">',
        f"<h2>{escape(told['file'])}{page}{field}</h2>",
        *_drawings(review, number, told),
        f"<p>{_reading(told)}</p>",
        *_alternatives(told),
        *_problems(told),
        "</article>\n",
    ]
    return "\n".join(parts)


def _drawings(review: Review, number: int, told: dict[str, Any]) -> Iterator[str]:
    """Yield a row's picture: its number from near, or else the page."""
    picture = review.picture(number, "near") or review.picture(number, "whole")
    if picture is not None:
        yield _drawing(picture, told)


def _drawing(picture: Picture, told: dict[str, Any]) -> str:
    """Return a picture with the boxes of its digits, as SVG."""
    top, left, bottom, right = picture.box
    width, height = right - left, bottom - top
    shown_px = min(_SHOWN_PX, max(90, height))
    data = base64.b64encode(picture.data).decode()
    boxes = "".join(_rect(digit) for digit in told["digits"])
    return (
        f'<svg viewBox="{left} {top} {width} {height}" width="{shown_px * width / height:.0f}" '
        f'height="{shown_px}" role="img" aria-label="{escape(told["file"])}">'
        f'<image x="{left}" y="{top}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none" href="data:{picture.media_type};base64,{data}"/>{boxes}</svg>'
    )


def _rect(digit: dict[str, Any]) -> str:
    top, left, bottom, right = digit["box"]
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
        f'stroke="{digit["colour"]}"/>'
    )


def _reading(told: dict[str, Any]) -> str:
    """Return what was read, and what a person said of it."""
    read = escape(told["text"]) or "no number"
    sure = "" if told["confidence"] is None else f" {100 * told['confidence']:.1f} % sure"
    if told["error"] is not None:
        read = "not read"
    if told["verdict"] == "corrected":
        label = escape(told["label"]) or "no number"
        return f"<del>{read}</del>{sure} <ins>{label}</ins>"
    return f"<strong>{read}</strong>{sure}{' ✓ accepted' if told['verdict'] else ''}"


def _problems(told: dict[str, Any]) -> Iterator[str]:
    missing = None if told["problem"] is None else f"No picture: {told['problem']}"
    problem = missing if told["error"] is None else told["error"]
    if problem is not None:
        yield f'<p class="problem">{escape(problem)}</p>'


def _alternatives(told: dict[str, Any]) -> Iterator[str]:
    if told["alternatives"]:
        others = ", ".join(
            f"{escape(other['text']) or 'no number'} ({other['probability']:.0%})"
            for other in told["alternatives"]
        )
        yield f'<p class="others">or {others}</p>'
