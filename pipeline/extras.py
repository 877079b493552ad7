"""Packages that only some people need."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class ExtraError(Exception):
    """A package is missing; the message says what for and how to get it."""


def load_extra(module: str, extra: str, purpose: str) -> ModuleType:
    """Import a module that comes with one of digitstring's extras.

    >>> load_extra("json", "none", "JSON").__name__
    'json'

    Raises
    ------
    ExtraError
        If it isn't installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ExtraError(
            f"{purpose} needs the package {error.name or module}: "
            f"pip install 'digitstring[{extra}]'"
        ) from error
