"""A batch: many images to one file that is there whole or not at all, and can be gone on with."""

from __future__ import annotations

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
from digitstring.journal import Journal
from digitstring.outputs import Output, journal_path, print_rows, write_whole
from digitstring.rows import Job, Row
from digitstring.sources import find_items, is_new
from digitstring.tables import table_writer
from digitstring.tally import Tally

REMEDY = "all rows are kept: make room and go on with --resume"

Report = Callable[[Tally, Sequence[Row]], None]


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
    tally = Tally()
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
        write_whole(output, write, (corrected(row, batch.corrections) for row in kept), REMEDY)
    journal.path.unlink(missing_ok=True)
    return tally


def stream_batch(
    batch: Batch, file: IO[bytes], *, listed: Iterable[str] = (), report: Report
) -> Tally:
    """Read a batch to JSON lines that are written as they come, and kept nowhere."""
    tally = Tally()
    items = _new_items(batch.items(listed), set() if batch.may_repeat else None, tally)
    for read in batch.read(items):
        told = [corrected(row.to_dict(), batch.corrections) for row in read]
        print_rows(told, file)
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


def _fingerprint(network: Network) -> str:
    digest = blake2b(digest_size=8)
    for array in (*network.weights, *network.biases):
        digest.update(array.tobytes())
    return digest.hexdigest()
