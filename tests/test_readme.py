"""The README's examples do what it says they do."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context

from digitstring import Reading, read

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console_examples() -> list[tuple[str, str]]:
    """Return the README's `digitstring read` commands, each with what it shows below it."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    shown = [part.partition("\n")[::2] for part in parts]
    return [(command, output) for command, output in shown if "read samples/" in command]


def test_the_readme_shows_reading_samples() -> None:
    assert len(console_examples()) >= 2


@pytest.mark.parametrize(("command", "output"), console_examples())
def test_a_command_of_the_readme_prints_what_it_shows(command: str, output: str) -> None:
    arguments = shlex.split(command)[1:]
    ran = subprocess.run(
        [sys.executable, "-m", "digitstring", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == output


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_python_of_the_readme_runs(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"digitstring": __import__("digitstring")}
    exec(code, names)
    assert {"reading", "judgement"} & names.keys()


def test_every_command_and_every_option_of_read_is_in_the_readme() -> None:
    from digitstring.cli import command_line, read_command

    options = [option for parameter in read_command.params for option in parameter.opts]
    for name in [
        *command_line.list_commands(Context(command_line)),
        *(option for option in options if option[:2] == "--"),
    ]:
        assert name in README


def test_the_samples_are_what_the_readme_calls_them() -> None:
    reading = read(ROOT / "samples" / "strip.png")
    assert isinstance(reading, Reading)
    assert f"`{reading.text}`" in README
