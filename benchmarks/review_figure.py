"""Draw the figure of the README that shows the review's page: Chromium's picture of it.

python benchmarks/review_figure.py benchmarks/figures/review.png
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIZE = {"width": 1100, "height": 700}
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


def main(output: Path) -> None:
    """Read the samples, review them, and take a picture of the second reading."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(SAMPLES, work / "samples")
        digitstring = [sys.executable, "-m", "digitstring"]
        subprocess.run([*digitstring, "batch", "samples", "--output", "results.jsonl"], cwd=work)
        review = [*digitstring, "review", "results.jsonl", "--no-open"]
        with subprocess.Popen(review, cwd=work, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                take_picture(server.stdout.readline().strip(), work / "page.png", work / "user")
            finally:
                server.terminate()
        picture = Image.open(work / "page.png").convert("RGB")
        picture.quantize(128, dither=Image.Dither.NONE).save(output, optimize=True)


def take_picture(address: str, path: Path, user: Path) -> None:
    """Save what the page looks like after one reading was passed over."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            user,
            executable_path=shutil.which("chromium"),
            args=ARGUMENTS,
            headless=True,
            viewport=SIZE,  # type: ignore[arg-type]
        )
        page = browser.new_page()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.keyboard.type("s")
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
