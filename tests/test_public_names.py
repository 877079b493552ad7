"""The front door: what `import digitstring` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import digitstring

PACKAGES = ("", ".segmenter", ".classifier", ".samples")


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_every_public_name_is_there() -> None:
    for name in digitstring.__all__:
        assert getattr(digitstring, name) is not None


def test_the_public_names_are_sorted_and_named_once() -> None:
    assert digitstring.__all__ == sorted(set(digitstring.__all__))


def test_the_public_names_are_all_that_loads_lazily() -> None:
    assert {*digitstring._HOME_OF, "__version__"} == set(digitstring.__all__)


def test_the_public_names_are_listed_by_dir() -> None:
    assert set(digitstring.__all__) <= set(dir(digitstring))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        digitstring.reed  # noqa: B018


def test_the_version_is_the_installed_one() -> None:
    assert digitstring.__version__ == version("digitstring")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_is_that_of_a_module(package: str) -> None:
    module = __import__(f"digitstring{package}", fromlist=["__all__"])
    modules = {path.stem for path in Path(str(module.__file__)).parent.glob("*.py")}
    assert not modules & set(module.__all__)


def test_importing_the_package_loads_no_array_library() -> None:
    loaded = run_python("import sys, digitstring; print(*sys.modules)").split()
    assert not {"numpy", "skimage", "scipy", "PIL", "rich", "click"} & set(loaded)


def test_the_command_starts_without_array_libraries() -> None:
    loaded = run_python("import sys, digitstring.cli; print(*sys.modules)").split()
    assert not {"numpy", "skimage", "scipy", "PIL", "rich"} & set(loaded)
