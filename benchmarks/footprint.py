"""Sum what must be on disk for a package: itself, its models and all that it depends on."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class DebianPackage:
    """An installed package: whether every Debian has it, its size, the names it depends on."""

    required: bool
    kib: int
    needs: tuple[str, ...]


def with_all_needed(names: Iterable[str], needs: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Return the names, those that they need, those that these need, and so on; each once.

    >>> with_all_needed(["a"], {"a": ["b", "c"], "b": ["c"], "c": ["a"]}.__getitem__)
    ('a', 'b', 'c')
    """
    found = list(dict.fromkeys(names))
    for name in found:
        found.extend(other for other in dict.fromkeys(needs(name)) if other not in found)
    return tuple(found)


def python_mib(names: Iterable[str]) -> float:
    """Return the size of installed distributions with their dependencies, without Python's caches.

    Python itself is not counted.
    """
    return sum(map(_distribution_bytes, with_all_needed(names, _requirements))) / 2**20


def debian_mib(names: Iterable[str]) -> float:
    """Return the installed size of Debian's packages with their dependencies.

    What every Debian has, its required packages and their dependencies, is not counted.
    """
    installed = _installed_packages()

    def needs(name: str) -> list[str]:
        return [other for other in installed[name].needs if other in installed]

    base = with_all_needed((name for name, one in installed.items() if one.required), needs)
    counted = set(with_all_needed(names, needs)) - set(base)
    return sum(installed[name].kib for name in counted) / 1024


def _requirements(name: str) -> list[str]:
    wanted = map(Requirement, distribution(name).requires or ())
    return [
        canonicalize_name(one.name)
        for one in wanted
        if one.marker is None or one.marker.evaluate({"extra": ""})
    ]


def _distribution_bytes(name: str) -> int:
    """Sum a distribution's files; those of an editable one lie in its package's folders."""
    installed = distribution(name)
    paths = [Path(str(installed.locate_file(file))) for file in installed.files or ()]
    if "editable" in (installed.read_text("direct_url.json") or ""):
        spec = find_spec(name)
        folders = (spec.submodule_search_locations if spec else None) or ()
        paths = [path for folder in folders for path in Path(folder).rglob("*")]
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())


def _installed_packages() -> dict[str, DebianPackage]:
    told = "${Package}\t${Priority}\t${Installed-Size}\t${Pre-Depends}, ${Depends}\n"
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", told], check=True, capture_output=True, text=True
    )
    rows = (line.split("\t") for line in listed.stdout.splitlines())
    return {
        name: DebianPackage(priority == "required", int(kib or 0), _package_names(needs))
        for name, priority, kib, needs in rows
    }


def _package_names(needs: str) -> tuple[str, ...]:
    """Return the names of a Depends field; of those that may stand for each other, all.

    >>> _package_names("libc6 (>= 2.34), libgif7:any | libgif6, ")
    ('libc6', 'libgif7', 'libgif6')
    """
    return tuple(re.findall(r"[a-z0-9][a-z0-9+.-]+", re.sub(r"\(.*?\)|:\w+", "", needs)))
