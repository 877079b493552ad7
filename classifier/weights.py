"""Networks as npz files, without pickle."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from digitstring.classifier.errors import ModelError
from digitstring.classifier.network import Hidden, Network, Output
from digitstring.classifier.replacement import replace_file
from digitstring.classifier.stacked import NARROW, WIDE, StackedNetwork

Record = Mapping[str, str | int | float]

SHIPPED = Path(__file__).parent
"""Where the shipped networks' files lie."""
WIDE_FILES = "line_weights.npz", "context_weights.npz"
"""Those of the two that are slid along lines and see wide windows;"""
NARROW_FILES = tuple(f"narrow_weights_{number}.npz" for number in range(len(NARROW) + 1))
"""and of those that see narrow ones. The first of each sees the windows."""
FORMAT = "digitstring network"
VERSION = 1

_STORED = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))
_BYTES = np.dtype(np.int8)
_MOST = 127
"""A row's largest weight as a byte."""
_REMEDY = "make it again with save_network or the train command, or leave it out"
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


def save_network(
    network: Network,
    path: str | os.PathLike[str],
    *,
    record: Record | None = None,
    dtype: DTypeLike | None = None,
) -> None:
    """Save a network, and the record of how it was made, as an npz file.

    Parameters
    ----------
    path
        Replaced whole: a save that fails leaves the file that was there.
    record
        How the weights were made, text and numbers by name; without one, ``network.record``.
    dtype
        Of the stored weights: float16, float32 or float64; or int8, a byte for each weight as a
        share of its row's largest; without one, the network's own.

    Raises
    ------
    ValueError
        Where a weight is not finite in that dtype, or the record is not a flat mapping of text
        and finite numbers.
    """
    stored = np.dtype(network.dtype if dtype is None else dtype)
    if stored not in (*_STORED, _BYTES):
        raise ValueError(f"dtype must be float16, float32, float64 or int8, got {stored}")
    about = _about(network, network.record if record is None else record)
    members: dict[str, Any] = {"about": np.array(about)}
    for layer, (w, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        if stored == _BYTES:
            scales = np.maximum(np.abs(w).max(axis=1, keepdims=True) / _MOST, np.float32(1e-30))
            members[f"scales_{layer}"] = _stored(scales, np.dtype(np.float32))
            members[f"weights_{layer}"] = np.rint(w / scales).astype(np.int8)
            members[f"biases_{layer}"] = _stored(b, np.dtype(np.float32))
        else:
            members[f"weights_{layer}"] = _stored(w, stored)
            members[f"biases_{layer}"] = _stored(b, stored)
    with replace_file(Path(path)) as file:
        np.savez(file, **members)


def load_network(path: str | os.PathLike[str] | None = None) -> Network:
    """Load a network that `save_network` wrote; without a path, the shipped one.

    Weights stored as float64 are loaded as float64, all others as float32. The shipped
    network is loaded once, shared by all callers, and its arrays are read-only.

    Raises ``ModelError`` for a missing, damaged or foreign file.
    """
    if path is None:
        return _shipped("weights.npz")
    try:
        with Path(path).open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("no npz archive, or one cut short")
            file.seek(0)
            with np.load(file, allow_pickle=False) as members:
                return _network(members)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file; {_REMEDY}") from error
    except _UNREADABLE as error:
        raise ModelError(f"{path}: not a network's file, or damaged: {error}; {_REMEDY}") from error


@cache
def load_line_networks() -> tuple[StackedNetwork, ...]:
    """Load the shipped networks that are slid along lines: once, shared, read-only.

    They take windows of 32 rows and 32 or 10 columns and answer with ten digits and "none".

    Raises ``ModelError`` for a damaged file.
    """
    kinds = ((WIDE_FILES, WIDE), (NARROW_FILES, NARROW))
    return tuple(
        StackedNetwork([_shipped(name) for name in files], offsets) for files, offsets in kinds
    )


def load_screener() -> Network:
    """Load the shipped network that tells at a glance what is no digit: once, shared, read-only.

    It takes crops of half the size, 14x14, and answers as the reader does.

    Raises ``ModelError`` for a damaged file.
    """
    return _shipped("screener_weights.npz")


@cache
def _shipped(name: str) -> Network:
    network = load_network(SHIPPED / name)
    for array in (*network.weights, *network.biases):
        array.flags.writeable = False
    return network


def _about(network: Network, record: Record) -> str:
    """Return all that the file says about its weights, as JSON."""
    for key, value in record.items():
        if not (isinstance(key, str) and isinstance(value, str | int | float)):
            raise ValueError(f"a record holds text and numbers by name, got {key!r}: {value!r}")
    about = {
        "format": FORMAT,
        "version": VERSION,
        "sizes": network.sizes,
        "hidden": network.hidden,
        "output": network.output,
        "deslanted": network.deslanted,
        "record": dict(record),
    }
    return json.dumps(about, allow_nan=False)


def _stored(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        stored = array.astype(dtype)
    if not np.isfinite(stored).all():
        raise ValueError(f"a weight is not finite in {dtype}: largest {np.abs(array).max()}")
    return stored


def _network(members: Mapping[str, NDArray[Any]]) -> Network:
    """Build the network from the file's members, raising ``ValueError`` where they are wrong."""
    about = json.loads(str(members["about"]))
    if about["format"] != FORMAT or about["version"] != VERSION:
        raise ValueError(f"{about['format']!r}, version {about['version']!r}, is unknown")
    if about["hidden"] not in get_args(Hidden) or about["output"] not in get_args(Output):
        raise ValueError(f"layers {about['hidden']!r}, {about['output']!r} are unknown")
    sizes = about["sizes"]
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes} name no layer")
    layers = range(len(sizes) - 1)
    network = Network.from_weights(
        [_weights(members, k, (sizes[k + 1], sizes[k])) for k in layers],
        [_loaded(members, f"biases_{k}", (sizes[k + 1], 1)) for k in layers],
        hidden=about["hidden"],
        output=about["output"],
        deslanted=bool(about.get("deslanted", False)),
    )
    network.record = dict(about["record"])
    return network


def _weights(
    members: Mapping[str, NDArray[Any]], layer: int, shape: tuple[int, int]
) -> NDArray[np.floating[Any]]:
    """Return a layer's weights, bytes made numbers by their rows' scales."""
    if f"scales_{layer}" not in members:
        return _loaded(members, f"weights_{layer}", shape)
    shares = members[f"weights_{layer}"]
    if shares.shape != shape or shares.dtype != _BYTES:
        raise ValueError(f"weights_{layer} is {shares.dtype} {shares.shape}, not int8 {shape}")
    scales = _loaded(members, f"scales_{layer}", (shape[0], 1))
    weights: NDArray[np.floating[Any]] = shares * scales
    return weights


def _loaded(
    members: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, int]
) -> NDArray[np.floating[Any]]:
    array = members[name]
    if array.shape != shape or array.dtype not in _STORED:
        raise ValueError(f"{name} is {array.dtype} {array.shape}, not floats of {shape}")
    array = array.astype(np.promote_types(array.dtype, np.float32), copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    return array
