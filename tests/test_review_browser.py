"""The review in a real browser: Chromium from the system's packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.reviewed import NASTY, make_batch, row_of

pytest.importorskip("playwright", reason="the browser is driven by playwright, which is not there")

from playwright.sync_api import Page, expect, sync_playwright

from digitstring.corrections_file import load_corrections

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
expect.set_options(timeout=20_000)
DESKTOP, PHONE = (1280, 800), (390, 780)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"
)


@dataclass
class Opened:
    """A review that is served, and a browser's page that shows it."""

    page: Page
    address: str
    results: Path
    complaints: list[str] = field(default_factory=list)

    @property
    def corrections(self) -> Path:
        return self.results.with_suffix(".corrections.csv")

    @property
    def labels(self) -> dict[str, str]:
        return {key[0]: said.label for key, said in load_corrections(self.corrections).items()}

    def resize(self, size: tuple[int, int]) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def expect_row(self, name: str) -> None:
        expect(self.page.locator("#about")).to_contain_text(name)

    def expect_saved(self) -> None:
        """Wait until nothing is on its way to the disk."""
        expect(self.page.locator("#left")).not_to_contain_text("saved")


@pytest.fixture(scope="module")
def browser_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("user"),
            executable_path=CHROMIUM,
            args=list(ARGUMENTS),
            headless=True,
        )
        context.set_default_timeout(20_000)
        yield context.new_page()
        context.close()


def start(results: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the command as a user does; return it and the address it prints."""
    server = subprocess.Popen(
        [sys.executable, "-m", "digitstring", "review", str(results), "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


@pytest.fixture
def opened(browser_page: Page, tmp_path: Path) -> Iterator[Opened]:
    results = make_batch(tmp_path)
    server, address = start(results)
    assert address.startswith("http://127.0.0.1:")
    opened = Opened(browser_page, address, results)
    told: list[tuple[str, Any]] = [
        ("console", lambda message: opened.complaints.append(message.text)),
        ("pageerror", lambda error: opened.complaints.append(str(error))),
        ("dialog", lambda dialog: opened.complaints.append(dialog.message)),
    ]
    for event, note in told:
        browser_page.on(event, note)  # type: ignore[call-overload]
    opened.resize(DESKTOP)
    try:
        browser_page.goto(address)
        yield opened
        browser_page.goto("about:blank")
    finally:
        for event, note in told:
            browser_page.remove_listener(event, note)
        server.terminate()
        server.communicate(timeout=20)


def test_three_readings_are_corrected_by_keys_and_kept_over_a_reload(opened: Opened) -> None:
    keys = opened.page.keyboard
    expect(opened.page.locator("#left")).to_have_text("3 left")
    opened.expect_row("b.png")
    keys.type("25")
    keys.press("Enter")
    opened.expect_row("a.png")
    keys.press("A")
    keys.press("Enter")
    opened.expect_row(NASTY)
    keys.type("12 34")
    keys.press("Enter")
    expect(opened.page.locator("#left")).to_have_text("0 left")
    assert opened.labels == {"b.png": "25", "a.png": "428", NASTY: "12\n34"}
    opened.page.reload()
    expect(opened.page.locator("#left")).to_have_text("3 left")
    expect(opened.page.locator('[data-filter="corrected"] b')).to_have_text("3")
    keys.press("f")
    opened.expect_row("b.png")
    expect(opened.page.locator("#label")).to_have_value("25")
    assert opened.complaints == []


def test_the_field_has_the_focus_and_enter_alone_accepts(opened: Opened) -> None:
    field = opened.page.locator("#label")
    opened.expect_row("b.png")
    expect(field).to_be_focused()
    expect(field).to_have_value("26")
    expect(opened.page.locator("#save")).to_contain_text("Accept")
    opened.page.keyboard.press("Enter")
    opened.expect_row("a.png")
    expect(field).to_be_focused()
    opened.expect_saved()
    assert [said.verdict for said in load_corrections(opened.corrections).values()] == ["accepted"]


def test_the_next_pictures_are_there_before_they_are_asked_for(opened: Opened) -> None:
    opened.page.wait_for_load_state("networkidle")
    opened.page.route("**/pictures/**", lambda route: route.abort())
    opened.page.route("**/rows/*", lambda route: route.abort())
    try:
        for name in ("a.png", NASTY):
            opened.page.keyboard.press("s")
            opened.expect_row(name)
            image = opened.page.locator("#whole img")
            assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    finally:
        opened.page.unroute("**/pictures/**")
        opened.page.unroute("**/rows/*")


def test_the_keys_skip_go_back_undo_and_change_the_filter(opened: Opened) -> None:
    keys, left = opened.page.keyboard, opened.page.locator("#left")
    opened.expect_row("b.png")
    keys.press("s")
    opened.expect_row("a.png")
    keys.press("ArrowUp")
    opened.expect_row("b.png")
    keys.press("n")
    expect(opened.page.locator("#save")).to_contain_text("Correct")
    keys.press("Enter")
    opened.expect_row("a.png")
    expect(left).to_have_text("2 left")
    assert opened.labels == {"b.png": ""}
    keys.press("u")
    opened.expect_row("b.png")
    expect(left).to_have_text("3 left")
    assert opened.labels == {}
    keys.press("f")
    expect(left).to_have_text("6 left")
    for _ in range(2):
        keys.press("f")
    opened.expect_row("broken.png")
    expect(opened.page.locator("#problem")).to_contain_text("is not an image")


def test_letters_never_reach_the_field(opened: Opened) -> None:
    opened.expect_row("b.png")
    opened.page.keyboard.type("x1y2q3")
    expect(opened.page.locator("#label")).to_have_value("123")
    opened.page.locator("#label").fill("4,5x6")
    expect(opened.page.locator("#label")).to_have_value("4 5 6")


def test_a_correction_that_cannot_be_saved_comes_back(opened: Opened) -> None:
    opened.expect_row("b.png")
    opened.page.route("**/rows/1", lambda route: route.fulfill(status=507, body="No space left"))
    try:
        opened.page.keyboard.type("25")
        opened.page.keyboard.press("Enter")
        expect(opened.page.locator("#alarm")).to_have_text("Not saved: No space left")
        opened.expect_row("b.png")
        expect(opened.page.locator("#label")).to_have_value("25")
    finally:
        opened.page.unroute("**/rows/1")
    opened.page.keyboard.press("Enter")
    opened.expect_row("a.png")
    expect(opened.page.locator("#alarm")).to_be_hidden()
    opened.expect_saved()
    assert opened.labels == {"b.png": "25"}


def test_another_sites_page_can_neither_send_nor_see(opened: Opened) -> None:
    elsewhere = "http://elsewhere.example/"
    opened.page.route(elsewhere, lambda route: route.fulfill(body="<p>", content_type="text/html"))
    opened.page.goto(elsewhere)
    sent = opened.page.evaluate(
        """async (address) => {
          const body = JSON.stringify({label: "1"});
          const told = [];
          for (const [path, options] of [
            ["rows/0", {method: "POST", mode: "no-cors", body}],
            ["rows/0", {method: "POST", headers: {"Content-Type": "application/json"}, body}],
            ["queue", {}],
          ]) {
            try {
              const answer = await fetch(address + path, options);
              told.push(answer.type === "opaque" ? "opaque" : await answer.text());
            } catch { told.push("refused"); }
          }
          return told;
        }""",
        opened.address,
    )
    opened.page.unroute(elsewhere)
    assert set(sent) <= {"refused", "opaque"}
    assert not opened.corrections.exists()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_everything_fits_the_screen(opened: Opened, size: tuple[int, int]) -> None:
    opened.resize(size)
    expect(opened.page.locator("#whole img")).to_be_visible()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for name in ("#whole img", "#label", "#save", "#skip", "#undo"):
        box = opened.page.locator(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= size[1]


def test_boxes_stand_on_the_digits(opened: Opened) -> None:
    opened.expect_row("b.png")
    image = opened.page.locator("#whole img").bounding_box()
    rect = opened.page.locator("#whole rect").first.bounding_box()
    assert image is not None
    assert rect is not None
    scale = image["width"] / opened.page.evaluate(
        "document.querySelector('#whole img').naturalWidth"
    )
    assert rect["x"] - image["x"] == pytest.approx(20 * scale, abs=4)
    assert rect["y"] - image["y"] == pytest.approx(20 * scale, abs=4)
    assert rect["height"] == pytest.approx(40 * scale, abs=8)


def test_thousands_of_rows_are_filtered_and_stepped_through(
    browser_page: Page, tmp_path: Path
) -> None:
    results = make_batch(tmp_path)
    rows = [json.dumps(row_of("a.png", "420", (number % 1000) / 1000)) for number in range(5000)]
    results.write_text("\n".join(rows) + "\n")
    server, address = start(results)
    try:
        browser_page.goto(address)
        expect(browser_page.locator("#left")).to_have_text("4500 left")
        expect(browser_page.locator("#about")).to_contain_text("0.0 % sure")
        browser_page.goto("about:blank")
    finally:
        server.terminate()
        server.communicate(timeout=20)
