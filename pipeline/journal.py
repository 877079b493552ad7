"""The rows of a batch as they come, safe on disk until the output is whole.

A journal is a file of lines, the first of them a JSON object that says what the batch was told
to do, each of the others a JSON list with the rows of one file. A line that is cut short, as a
crash may leave it, ends what counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from digitstring.sources import name_key
from digitstring.tables import RowDict

FORMAT = "digitstring batch"
SYNC_S = 2.0
"""Seconds between the writes that a power cut can't undo."""


class JournalError(Exception):
    """A journal can't be gone on with, or has been left by another run; says what to do."""


class Journal:
    """A journal that is open for more rows, and for no other process.

    Parameters
    ----------
    path
        Where it is; made if it isn't there.
    settings
        What decides the rows, by name.
    anew
        Whether to forget what the one that is there holds.

    Attributes
    ----------
    seen
        The files that have rows; see `sources.is_new`.

    Raises
    ------
    JournalError
        If the one that is there was made with other settings, or is in use.
    OSError
        If it can't be read or made.
    """

    def __init__(self, path: Path, settings: Mapping[str, str], *, anew: bool = False) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("a+b", buffering=0)
        self._synced = time.monotonic()
        self._syncing: Future[None] | None = None
        self._syncer = ThreadPoolExecutor(1)
        try:
            _lock(self._file, path)
            if anew:
                self._file.truncate(0)
            self.seen = self._take_up(settings)
            self._has_rows = bool(self.seen)
        except BaseException:
            self._file.close()
            raise

    def append(self, rows: Sequence[RowDict]) -> None:
        """Add the rows of one file; they outlive this process, and a power cut after `SYNC_S`.

        Raises
        ------
        JournalError
            If the disk is full. The rows before these stay.
        """
        with self._writing():
            _write_all(self._file, json.dumps(rows).encode() + b"\n")
            self._has_rows = True
            self._sync()

    def groups(self) -> Iterator[list[RowDict]]:
        """Yield the rows of each file, those of earlier runs first."""
        with self.path.open("rb") as lines:
            next(lines)
            yield from map(json.loads, lines)

    def close(self) -> None:
        """Close the file, whose rows are then safe from power cuts too; without any it goes."""
        with contextlib.closing(self._file), self._writing():
            self._syncer.shutdown()
            os.fsync(self._file.fileno())
        if not self._has_rows:
            self.path.unlink(missing_ok=True)

    def _sync(self) -> None:
        """Write what is due so that a power cut can't undo it, while more rows come.

        A disk that is busy may take many seconds for that, in which nothing would be read.
        """
        if self._syncing is not None and self._syncing.done():
            self._syncing.result()
            self._syncing, self._synced = None, time.monotonic()
        if self._syncing is None and time.monotonic() - self._synced > SYNC_S:
            self._syncing = self._syncer.submit(os.fsync, self._file.fileno())

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise JournalError(
                f"{self.path}: can't be written ({error.strerror}); make room and go on with "
                "--resume"
            ) from error

    def _take_up(self, settings: Mapping[str, str]) -> set[int]:
        """Return the keys of the files that have rows; drop a last line that was cut short."""
        header = {"journal": FORMAT, "settings": dict(settings)}
        seen = set()
        self._file.seek(0)
        whole = 0
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                told = _parsed(line)
                if told is None:
                    break
                if whole == 0:
                    _check_header(told, header, self.path)
                else:
                    seen.add(name_key(told[0]["file"]))
                whole += len(line)
        self._file.truncate(whole)
        if whole == 0:
            self._begin(header)
        return seen

    def _begin(self, header: RowDict) -> None:
        try:
            with self._writing():
                _write_all(self._file, json.dumps(header).encode() + b"\n")
        except JournalError:
            self.path.unlink()
            raise


def _parsed(line: bytes) -> Any:
    """Return the JSON of a whole line, or None."""
    with contextlib.suppress(ValueError):
        if line.endswith(b"\n"):
            return json.loads(line)
    return None


def _check_header(told: Any, header: RowDict, path: Path) -> None:
    if not isinstance(told, dict) or told.get("journal") != FORMAT:
        raise JournalError(f"{path}: is no journal of a batch; move it away")
    before, now = told["settings"], header["settings"]
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if changed:
        raise JournalError(
            f"{path}: was begun with another {' and '.join(changed)}; repeat what was asked for "
            "then, or start anew with --overwrite"
        )


def _write_all(file: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other processes off the file, where the system can."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise JournalError(f"{path}: another batch is writing it; wait for its end") from error
