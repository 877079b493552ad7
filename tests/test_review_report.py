"""The review as one file: what it holds, and that it can do no harm."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import sys
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from digitstring.cli import command_line
from digitstring.corrections import correction_of
from digitstring.corrections_file import CorrectionsFile
from tests.reviewed import NASTY, make_batch, open_review


class Seen(HTMLParser):
    """The tags of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return make_batch(tmp_path)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command_line, [str(argument) for argument in arguments])


def report_of(results: Path, *arguments: object) -> str:
    path = results.with_name("report.html")
    done = run("review", results, "--html", path, *arguments)
    assert (done.exit_code, done.stdout) == (0, "")
    return path.read_text(encoding="utf-8")


def test_every_row_is_in_it_the_most_doubtful_first(results: Path) -> None:
    seen = Seen(report_of(results))
    titles = re.findall(r"[ab]\.png|broken\.png|pages\.tif, page \d", seen.text)
    assert [*dict.fromkeys(titles)][:5] == [
        "b.png",
        "a.png",
        "pages.tif, page 2",
        "pages.tif, page 1",
        "broken.png",
    ]
    assert "all 6" in seen.text
    assert "428 (30%)" in seen.text


def test_it_can_be_cut_to_the_most_doubtful_and_says_so(results: Path) -> None:
    seen = Seen(report_of(results, "--most", 2))
    assert sum(tag == "article" for tag, _ in seen.tags) == 2
    assert "the 2 most doubtful of 6" in seen.text


def test_the_pictures_are_within(results: Path) -> None:
    seen = Seen(report_of(results))
    addresses = [attrs["href"] for tag, attrs in seen.tags if tag == "image"]
    assert len(addresses) >= 5
    for address in addresses:
        kind, _, data = str(address).partition(";base64,")
        assert kind in ("data:image/png", "data:image/jpeg")
        assert Image.open(io.BytesIO(base64.b64decode(data))).size > (1, 1)


def test_it_asks_for_nothing_and_runs_nothing(results: Path) -> None:
    page = report_of(results)
    seen = Seen(page)
    assert {tag for tag, _ in seen.tags} & {"script", "link", "iframe", "img", "form", "a"} == set()
    assert not any(name.startswith("on") for _, attrs in seen.tags for name in attrs)
    (policy,) = [attrs["content"] for tag, attrs in seen.tags if "http-equiv" in attrs]
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"


def test_a_name_is_shown_as_it_is(results: Path) -> None:
    page = report_of(results)
    assert NASTY not in page
    assert NASTY in Seen(page).text


def test_what_was_said_is_in_it(results: Path) -> None:
    file = CorrectionsFile(results.with_suffix(".corrections.csv"))
    file.add(correction_of(("b.png", None, None), "25", "26"))
    file.close()
    page = report_of(results)
    assert "<del>26</del>" in page
    assert "<ins>25</ins>" in page
    assert '<article class="corrected doubtful">' in page
    assert "1 corrected" in page


def test_a_report_alone_makes_no_corrections_file(results: Path) -> None:
    report_of(results)
    assert not results.with_suffix(".corrections.csv").exists()


def test_images_that_are_not_found_end_with_a_clear_error(results: Path, tmp_path: Path) -> None:
    (tmp_path / "scans").rename(tmp_path / "elsewhere.d")
    (tmp_path / "elsewhere.d").rename(tmp_path.parent / f"{tmp_path.name}-moved")
    done = run("review", results, "--html", tmp_path / "report.html")
    assert done.exit_code == 1
    assert "--images" in done.stderr
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    assert "<image" in report_of(results, "--images", moved)


def test_neither_a_report_nor_reading_loads_the_server(results: Path) -> None:
    report = results.with_name("report.html")
    shown = ["review", str(results), "--html", str(report)]
    for code in (
        f"from digitstring.cli import command_line as run; run({shown}, standalone_mode=False)",
        "import digitstring; digitstring.read",
    ):
        code += "; import sys; print({'starlette', 'uvicorn'} & {*sys.modules})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "set()\n"
    assert report.exists()


def test_without_the_extra_the_error_says_how_to_get_it(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = run("review", results, "--no-open")
    assert done.exit_code == 1
    assert "pip install 'digitstring[review]'" in done.stderr


def test_the_picture_of_a_row_is_drawn_once_for_all_who_ask(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        review = open_review(results, stack)
        first = review.picture(0, "whole")
        monkeypatch.setattr("digitstring.reviewing.load_page", None)
        assert review.picture(0, "whole") is first
