"""The journal of a batch: what survives what."""

from __future__ import annotations

import resource
import signal
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitstring.journal import Journal, JournalError
from digitstring.sources import is_new

SETTINGS = {"paths": "scans", "region": "None"}
GROUPS = [[{"file": f"{i}.png", "text": str(i)}] for i in range(5)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl.journal"


def begin(path: Path) -> None:
    with closing(Journal(path, SETTINGS)) as journal:
        for group in GROUPS:
            journal.append(group)


def test_rows_come_back_in_their_order(path: Path) -> None:
    begin(path)
    with closing(Journal(path, SETTINGS)) as journal:
        assert list(journal.groups()) == GROUPS


def test_files_with_rows_are_not_new(path: Path) -> None:
    begin(path)
    with closing(Journal(path, SETTINGS)) as journal:
        assert [is_new(name, journal.seen) for name in ("3.png", "7.png")] == [False, True]


def test_rows_are_on_disk_as_soon_as_they_are_there(path: Path) -> None:
    with closing(Journal(path, SETTINGS)) as journal:
        journal.append(GROUPS[0])
        assert b'"0.png"' in path.read_bytes()


@settings(max_examples=30)
@given(cut=st.integers(min_value=0, max_value=300))
def test_a_journal_that_was_cut_anywhere_is_taken_up(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "journal"
    begin(path)
    path.write_bytes(path.read_bytes()[:cut])
    with closing(Journal(path, SETTINGS)) as journal:
        kept = list(journal.groups())
        assert kept == GROUPS[: len(kept)]
        for group in GROUPS[len(kept) :]:
            journal.append(group)
        assert list(journal.groups()) == GROUPS


def test_rows_do_not_wait_for_a_disk_that_is_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = Event()

    def slow(descriptor: int) -> None:
        free.wait(60)

    with closing(Journal(path, SETTINGS)) as journal:
        with monkeypatch.context() as patch:
            patch.setattr("digitstring.journal.SYNC_S", -1.0)
            patch.setattr("os.fsync", slow)
            for group in GROUPS:
                journal.append(group)
            assert list(journal.groups()) == GROUPS
            assert not free.is_set()
        free.set()


def test_a_disk_that_fails_is_told_by_the_next_row(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Event()

    def failing(descriptor: int) -> None:
        tried.set()
        raise OSError(5, "Input/output error")

    with closing(Journal(path, SETTINGS)) as journal:
        with monkeypatch.context() as patch:
            patch.setattr("digitstring.journal.SYNC_S", -1.0)
            patch.setattr("os.fsync", failing)
            journal.append(GROUPS[0])
            assert tried.wait(60)
            assert isinstance(journal._syncing, Future)
            journal._syncing.exception(60)
            with pytest.raises(JournalError, match="Input/output error"):
                journal.append(GROUPS[1])
        assert list(journal.groups()) == GROUPS[:2]


def test_another_batchs_journal_is_refused_and_says_what_differs(path: Path) -> None:
    begin(path)
    with pytest.raises(JournalError, match="another region"):
        Journal(path, {**SETTINGS, "region": "(0, 0, 9, 9)"})


def test_another_file_of_that_name_is_left_alone(path: Path) -> None:
    path.write_text('{"mine": true}\n')
    with pytest.raises(JournalError, match="no journal"):
        Journal(path, SETTINGS)
    assert path.read_text() == '{"mine": true}\n'


def test_two_batches_do_not_write_one_journal(path: Path) -> None:
    with (
        closing(Journal(path, SETTINGS)),
        pytest.raises(JournalError, match="another batch"),
    ):
        Journal(path, SETTINGS)


def test_a_journal_begun_anew_forgets(path: Path) -> None:
    begin(path)
    with closing(Journal(path, {"paths": "others"}, anew=True)) as journal:
        assert list(journal.groups()) == []


def test_a_full_disk_is_an_error_that_loses_no_row_before_it(path: Path) -> None:
    begin(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with closing(Journal(path, SETTINGS)) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
        try:
            with pytest.raises(JournalError, match="make room and go on with --resume"):
                journal.append([{"file": "5.png", "text": "5" * 100}])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
    with closing(Journal(path, SETTINGS)) as journal:
        assert list(journal.groups()) == GROUPS
