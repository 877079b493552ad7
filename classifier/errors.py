"""What can be wrong with the world, as seen from the classifier.

::

    Exception
    ├── DataError     digit data: missing, damaged or foreign MNIST files, a failed download
    └── ModelError    a weights file: missing, damaged or foreign

Each message names the file, the cause and the remedy. Wrong arguments raise ``ValueError``.
"""

from __future__ import annotations


class DataError(Exception):
    """Digit data is missing, damaged, foreign, or could not be fetched."""


class ModelError(Exception):
    """A weights file is missing, damaged or foreign."""
