"""The file labels.csv, which says what the images of a folder hold."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from digitstring.classifier import DataError


@dataclass(frozen=True)
class Label:
    """An image's name and what a column says of it, "" where the row ends before.

    In the column label that is the text of the image, its lines parted by a newline or a space.
    """

    file: str
    text: str


def load_labels(folder: str | os.PathLike[str], column: str = "label") -> tuple[Label, ...]:
    """Return the rows of the folder's labels.csv: its column file and the one that is named.

    Rows whose `use` is "no" are left out.

    Raises
    ------
    DataError
        If the file is missing, lacks a column, is damaged, or labels no image.
    """
    path = Path(folder) / "labels.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            labels = tuple(
                Label(row["file"], row[column] or "")
                for row in csv.DictReader(lines)
                if row.get("use") != "no"
            )
    except OSError as error:
        raise DataError(
            f"{path}: can't be read ({error.strerror}); name a folder with images/ and labels.csv"
        ) from error
    except KeyError as error:
        raise DataError(f"{path}: has no column {error}; name its columns file,{column}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: is damaged ({error}); save it as UTF-8 CSV") from error
    if not labels:
        raise DataError(f"{path}: labels no image; give it rows of file,{column}")
    return labels
