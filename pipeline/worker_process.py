"""What a worker process does, and how one is started with one BLAS thread.

Imports nothing large: a process has to say how many threads it wants before it loads numpy.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pickle import PicklingError
from threading import Thread
from typing import Any

from digitstring.threads import ONE_THREAD

PRELOADED = "digitstring.rows"
"""Imported once, by the process that the workers are forked from where that can be done."""


def start_process(function: Any) -> tuple[BaseProcess, Connection]:
    """Start a process that serves `function`, and return it with the way to it.

    It says None when it has started. It then takes lists of items, and answers each item with a
    tuple of the result, or with the error that the function raised.
    """
    here, there = multiprocessing.Pipe()
    process = _context().Process(target=serve, args=(there,), daemon=True)  # type: ignore[attr-defined]
    with _one_thread():
        process.start()
    there.close()
    with suppress(BrokenPipeError, ConnectionResetError):  # its end shows when it is listened to
        here.send(function)
    return process, here


def serve(pipe: Connection) -> None:
    """Answer items until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    os.environ.update(ONE_THREAD)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            function = pipe.recv()
            pipe.send(None)
            while True:
                for item in pipe.recv():
                    pipe.send(_answer(function, item))
        except (ImportError, AttributeError, TypeError, PicklingError) as error:
            pipe.send(error)  # what was sent is not known here, or what came out can't be sent


def _end_with_parent() -> None:
    """End this process when its parent is gone, whatever it is at: nobody waits for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(function: Any, item: Any) -> tuple[Any] | Exception:
    try:
        return (function(item),)
    except Exception as error:
        return error


@cache
def _context() -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that are started in the block inherit `ONE_THREAD`."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
