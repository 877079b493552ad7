"""How many threads the matrix products take."""

from __future__ import annotations

import os

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""What tells the libraries that numpy may be built with to take one, before they are loaded."""


def prefer_one_thread() -> None:
    """Have numpy, which is not loaded yet, take one thread, unless the environment says how many.

    To start more costs a process that reads a few images more than they bring.
    """
    if not os.environ.keys() & ONE_THREAD.keys():
        os.environ.update(ONE_THREAD)
