"""The sample images: ``python -m digitstring.samples.gallery FOLDER`` draws them anew.

Every image has a seed of its own, so one version of Pillow gives the same bytes every time.
FOLDER/labels.csv says what is in them: file,label, the lines of an image joined by a space.
"""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from digitstring.samples import paper
from digitstring.samples.exhibits import EXHIBITS, Exhibit
from digitstring.samples.layout import Page, lay_out

_SEED = 504192
_EXIF_ORIENTATION, _TURNED_LEFT = 0x0112, 6


def hang_gallery(folder: str | Path) -> tuple[Path, ...]:
    """Draw every sample image into `folder`, with labels.csv; returns the images' paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / exhibit.file for exhibit in EXHIBITS)
    for exhibit, path in zip(EXHIBITS, paths, strict=True):
        _save(paint(exhibit), exhibit, path)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("file", "label"))
        rows.writerows((exhibit.file, " ".join(exhibit.text.split())) for exhibit in EXHIBITS)
    return paths


def paint(exhibit: Exhibit) -> Image.Image:
    """Draw one exhibit, upright."""
    rng = np.random.default_rng(seed_of(exhibit))
    page = write(exhibit, rng)
    photo = paper.put_on_paper(page.ink, pen=exhibit.pen, paper=exhibit.ground)
    for step in exhibit.steps:
        photo = step(photo, rng)
    return Image.fromarray(paper.develop(photo))


def seed_of(exhibit: Exhibit) -> list[int]:
    """Give each exhibit chances of its own, so that a new one changes no other."""
    return [_SEED, *exhibit.file.encode()]


def write(exhibit: Exhibit, rng: np.random.Generator) -> Page:
    """Write the text of an exhibit, without its paper and light."""
    glyphs = exhibit.writer(rng, exhibit.height_px)
    return lay_out(exhibit.text, glyphs, rng, exhibit.layout)


def _save(picture: Image.Image, exhibit: Exhibit, path: Path) -> None:
    if path.suffix == ".png":
        picture.save(path, optimize=True)
        return
    exif = Image.Exif()
    if exhibit.sideways:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[_EXIF_ORIENTATION] = _TURNED_LEFT
    picture.save(path, quality=exhibit.jpeg_quality, exif=exif)


def main(arguments: Sequence[str]) -> int:
    """Draw the gallery into the one folder given; returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m digitstring.samples.gallery FOLDER", file=sys.stderr)
        return 2
    hang_gallery(arguments[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
