"""What the tests share: where the real data is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("the same every time", derandomize=True, deadline=None)
settings.load_profile("the same every time")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real digits and photos named by DIGITSTRING_DATA."""
    folder = ROOT / os.environ.get("DIGITSTRING_DATA", "../shared/data")
    if not folder.is_dir():
        pytest.skip(f"the real data is not at {folder}: set DIGITSTRING_DATA to its folder")
    return folder
