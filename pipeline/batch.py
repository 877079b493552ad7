"""A batch: many images to one file that is there whole or not at all, and can be gone on with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from digitstring.classifier import Network, load_network
from digitstring.corrections import Corrections, corrected
from digitstring.folder import read_items
from digitstring.items import Item, Selection, is_address
from digitstring.journal import Journal, RowDict
from digitstring.rows import Job, Row
from digitstring.sources import find_items, is_new
from digitstring.tables import TableError, table_writer, write_json_lines

DOUBTFUL = 0.9
"""Readings below this confidence are counted as doubtful, where no other is asked for."""


@dataclass(frozen=True)
class Batch:
    """What is read, and how.

    Attributes
    ----------
    paths
        Folders, files and addresses; one folder alone names its files relative to itself.
    selection
        Which files of the folders count.
    job
        What is done with each.
    workers
        How many processes.
    cluster
        The address of a Dask scheduler, whose workers read instead; or None.
    timeout
        Seconds after which a file is given up, or None.
    corrections
        What a person said of some images; counts when the output is written.
    """

    paths: tuple[str, ...]
    selection: Selection = field(default_factory=Selection)
    job: Job = field(default_factory=Job)
    workers: int = 1
    timeout: float | None = None
    cluster: str | None = None
    corrections: Corrections = field(default_factory=dict)

    def items(self, listed: Iterable[str] = ()) -> Iterator[Item]:
        """Yield the files, those of `listed` in the place of the path "-"."""
        alone = len(self.paths) == 1 and (is_address(self.paths[0]) or Path(self.paths[0]).is_dir())
        given = (more for path in self.paths for more in (listed if path == "-" else (path,)))
        yield from find_items(given, self.selection, relative=alone)

    def read(self, items: Iterable[Item]) -> Iterator[tuple[Row, ...]]:
        """Yield each item's rows, in the order of the items."""
        return read_items(
            items, self.job, workers=self.workers, cluster=self.cluster, timeout=self.timeout
        )

    @property
    def sure(self) -> float:
        """The confidence below which readings are counted as doubtful."""
        asked: float = self._options.get("min_confidence", 0.0)
        return asked or DOUBTFUL

    @property
    def _options(self) -> dict[str, Any]:
        read = self.job.read_form or self.job.read
        return read.keywords if isinstance(read, partial) else {}

    @property
    def may_repeat(self) -> bool:
        """Whether a file may be named twice, as none is within one folder."""
        return len(self.paths) > 1 or "-" in self.paths

    def settings(self) -> dict[str, str]:
        """Return what decides the rows, by name, so that two batches can be told apart."""
        options = self._options
        described = {name: repr(value) for name, value in options.items() if name != "network"}
        return {
            "version": version("digitstring"),
            "paths": repr(self.paths),
            "recursive": repr(self.selection.recursive),
            "glob": repr(self.selection.glob),
            "network": _fingerprint(options.get("network") or load_network()),
            **described,
        }


@dataclass
class Tally:
    """How a batch stands; `resumed` of its files were read by an earlier run."""

    files: int = 0
    resumed: int = 0
    read: int = 0
    failed: int = 0
    doubtful: int = 0
    passed_over: int = 0
    checked: int = 0
    sure: float = DOUBTFUL
    """Readings below this confidence are doubtful."""

    def add(self, rows: Sequence[RowDict]) -> None:
        """Count the rows of one file."""
        self.files += 1
        for row in rows:
            self.failed += "error" in row
            self.read += "error" not in row
            self.doubtful += row.get("confidence", 1.0) < self.sure or not row.get("accepted", True)
            self.checked += "checked" in row


Report = Callable[[Tally, Sequence[Row]], None]


Output = Path | str
"""Where the rows go in the end: a file's path, or an address that fsspec knows."""


def journal_path(output: Output) -> Path:
    """Return where the rows of an output are kept until it is whole.

    That is beside it, or in the working folder for one at an address, where nothing can be added
    to a file.

    >>> journal_path(Path("scans/rows.csv")).as_posix(), journal_path("s3://scans/rows.csv").name
    ('scans/rows.csv.journal', 'rows.csv.journal')
    """
    if isinstance(output, Path):
        return output.with_name(f"{output.name}.journal")
    return Path.cwd() / f"{PurePosixPath(output).name}.journal"


def is_there(output: Output) -> bool:
    """Return whether an output is there already; `ImageError` if its address can't be reached."""
    if isinstance(output, Path):
        return output.exists()
    from digitstring import remote

    return remote.is_there(output)


def write_batch(
    batch: Batch,
    output: Output,
    *,
    listed: Iterable[str] = (),
    anew: bool = False,
    report: Report = lambda tally, rows: None,
) -> Tally:
    """Read a batch to a file, in the format of its ending.

    Rows go to a journal beside the output as they come. Whatever ends this before the output is
    whole, the next call goes on from there.

    Parameters
    ----------
    listed
        Paths in the place of the path "-".
    anew
        Forget the rows of an earlier, unfinished run.
    report
        Called with the tally after each file, and with its rows.

    Raises
    ------
    JournalError
        If the journal was begun by another batch, is in use or can't be written.
    TableError
        If the output can't hold the rows.
    """
    write = table_writer(PurePosixPath(output))
    tally = Tally(sure=batch.sure)
    with closing(Journal(journal_path(output), batch.settings(), anew=anew)) as journal:
        for rows in journal.groups():
            tally.add([corrected(row, batch.corrections) for row in rows])
        tally.resumed = tally.files
        seen = journal.seen if journal.seen or batch.may_repeat else None
        items = _new_items(batch.items(listed), seen, tally)
        for read in batch.read(items):
            told = [row.to_dict() for row in read]
            journal.append(told)
            tally.add([corrected(row, batch.corrections) for row in told])
            report(tally, read)
        kept = (row for rows in journal.groups() for row in rows)
        _write_whole(output, write, (corrected(row, batch.corrections) for row in kept))
    journal.path.unlink()
    return tally


def stream_batch(
    batch: Batch, file: IO[bytes], *, listed: Iterable[str] = (), report: Report
) -> Tally:
    """Read a batch to JSON lines that are written as they come, and kept nowhere."""
    tally = Tally(sure=batch.sure)
    items = _new_items(batch.items(listed), set() if batch.may_repeat else None, tally)
    for read in batch.read(items):
        told = [corrected(row.to_dict(), batch.corrections) for row in read]
        write_json_lines(told, file)
        file.flush()
        tally.add(told)
        report(tally, read)
    return tally


def _new_items(items: Iterable[Item], seen: set[int] | None, tally: Tally) -> Iterator[Item]:
    """Yield the taken items that are not seen yet; count what is passed over."""
    for item in items:
        if not item.taken:
            tally.passed_over += 1
        elif seen is None or is_new(item.name, seen):
            yield item


def _write_whole(
    output: Output,
    write: Callable[[Iterable[RowDict], IO[bytes]], None],
    rows: Iterable[RowDict],
) -> None:
    """Write the rows beside the journal, and let them replace the output then."""
    journal = journal_path(output)
    part = journal.with_name(f".{journal.stem}.part")
    try:
        with part.open("wb") as file:
            write(rows, file)
            file.flush()
            os.fsync(file.fileno())
        _replace(output, part)
    except OSError as error:
        raise TableError(
            f"{output}: can't be written ({error.strerror}); all rows are kept: make room and go "
            "on with --resume"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _replace(output: Output, part: Path) -> None:
    """Put the file in the place of the output, all at once."""
    if isinstance(output, Path):
        part.replace(output)
    else:
        from digitstring.remote import upload

        upload(part, output)


def _fingerprint(network: Network) -> str:
    digest = blake2b(digest_size=8)
    for array in (*network.weights, *network.biases):
        digest.update(array.tobytes())
    return digest.hexdigest()
