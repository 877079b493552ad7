"""The front door: what `import digitstring` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import digitstring

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("", ".segmenter", ".classifier", ".samples")


def run_python(code: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd
    )
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


def test_reading_an_image_loads_nothing_that_only_batches_and_training_need() -> None:
    code = (
        "import sys; from digitstring.cli import command_line\n"
        "command_line(['read', 'samples/strip.png'], standalone_mode=False)"
    )
    told = f"try:\n    exec({code!r})\nexcept SystemExit:\n    print(*sys.modules)"
    first, loaded = run_python(f"import sys\n{told}", cwd=ROOT).splitlines()
    assert first == "504192"
    needless = {
        "batch",
        "cluster",
        "executors",
        "journal",
        "outputs",
        "progress",
        "recipe",
        "remote",
        "sources",
        "strings",
        "tables",
        "worker_process",
        "workers",
    }
    assert not {f"digitstring.{name}" for name in needless} & set(loaded.split())
    assert not {"multiprocessing.connection", "concurrent.futures.process"} & set(loaded.split())
