"""The command `digitstring` itself, and `digitstring read`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from click import Context
from click.testing import CliRunner, Result
from PIL import Image

from digitstring import Network, read, save_network
from digitstring.cli import command_line
from digitstring.samples import BUNDLED, draw_glyph
from tests.full_disk import full_disk

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def draw(path: Path, *lines: str) -> Path:
    """Draw lines of print, 60 pixels high, black on white, to an image file."""
    inks = [np.pad(draw_glyph(line, BUNDLED, 60), 40) for line in lines]
    width = max(ink.shape[1] for ink in inks)
    ink = np.concatenate([np.pad(i, ((0, 0), (0, width - i.shape[1]))) for i in inks])
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(path)
    return path


def run(*args: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command_line, [str(arg) for arg in args], input=stdin)


def run_for_real(*args: object, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "digitstring", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def cut_jpeg(path: Path) -> None:
    Image.effect_noise((200, 100), 50).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:700])


BROKEN: dict[str, Callable[[Path], object]] = {
    "a missing file": lambda path: None,
    "a text named .png": lambda path: path.write_text("12345"),
    "an empty file": lambda path: path.touch(),
    "a cut JPEG": cut_jpeg,
    "a folder": lambda path: path.mkdir(),
    "an image without pixels": lambda path: path.write_bytes(b"P5 0 0 255 "),
}


@pytest.fixture
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "broken.png"
    BROKEN[request.param](path)
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Save an untrained network: it takes every piece for a digit."""
    save_network(Network((784, 10), rng=np.random.default_rng(3)), tmp_path / "net.npz")
    return tmp_path / "net.npz"


def test_one_image_prints_its_text_and_nothing_else(tmp_path: Path) -> None:
    done = run("read", draw(tmp_path / "a.png", "4207"))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "4207\n", "")


def test_the_lines_of_one_image_stay_lines(tmp_path: Path) -> None:
    assert run("read", draw(tmp_path / "a.png", "42", "253")).stdout == "42\n253\n"


def test_several_images_print_a_row_each(tmp_path: Path) -> None:
    a, b = draw(tmp_path / "a.png", "4207"), draw(tmp_path / "b.png", "42", "253")
    assert run("read", a, b).stdout == f"{a}\t4207\n{b}\t42 253\n"


def test_json_is_one_object_a_line_and_what_the_reading_says(tmp_path: Path) -> None:
    a, b = draw(tmp_path / "a.png", "42"), draw(tmp_path / "b.png", "253")
    told = [json.loads(line) for line in run("read", "--json", a, b).stdout.splitlines()]
    assert told == [{"file": str(path), **read(path).to_dict()} for path in (a, b)]


def test_an_image_without_digits_is_read_and_empty(tmp_path: Path) -> None:
    Image.new("L", (200, 100), 255).save(tmp_path / "blank.png")
    done = run("read", tmp_path / "blank.png")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "\n", "")


def test_stdin_is_read_where_a_dash_is_named(tmp_path: Path) -> None:
    image = draw(tmp_path / "a.png", "4207").read_bytes()
    assert run("read", "-", stdin=image).stdout == "4207\n"
    assert run_for_real("read", "-", stdin=image).stdout.split() == [b"4207"]


def test_weights_of_ones_own_are_used(tmp_path: Path, weights: Path) -> None:
    from digitstring import load_network

    image = draw(tmp_path / "a.png", "12345678")
    own = read(image, network=load_network(weights)).text
    assert own != "12345678"
    assert run("read", image, "--weights", weights).stdout == f"{own}\n"


@pytest.mark.parametrize("region", ["0.0,0.5,1.0,1.0", "0,0.5,1,1", "0,140,150,280"])
def test_a_region_is_read_alone(tmp_path: Path, region: str) -> None:
    image = draw(tmp_path / "a.png", "42", "23")
    assert run("read", image, "--region", region).stdout == "23\n"


@pytest.mark.parametrize(
    ("region", "why"),
    [
        ("1,2,3", "not four numbers"),
        ("a,b,c,d", "not four numbers"),
        ("50,0,20,10", "from left to right"),
        ("0,10,20,10", "from top to bottom"),
        ("-5,0,20,10", "from left to right"),
        ("0.5,0,20,1", "fractions up to 1"),
        ("nan.0,0,1,1", "not four numbers"),
    ],
)
def test_a_wrong_region_is_wrong_use_and_says_why(tmp_path: Path, region: str, why: str) -> None:
    done = run("read", draw(tmp_path / "a.png", "42"), "--region", region)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--region" in done.stderr
    assert why in done.stderr


def test_an_image_that_ends_before_the_region_fails_alone(tmp_path: Path) -> None:
    small, image = tmp_path / "small.png", draw(tmp_path / "a.png", "42", "23")
    Image.new("L", (60, 60), 255).save(small)
    done = run("read", small, image, "--region", "0,140,150,280")
    assert (done.exit_code, done.stdout) == (1, f"{image}\t23\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"digitstring: {small}: region (0, 140, 150, 280) holds no pixel")


@pytest.mark.parametrize("broken", BROKEN, indirect=True)
def test_what_cannot_be_read_is_one_line_on_stderr_and_status_1(broken: Path) -> None:
    done = run("read", broken)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"digitstring: {broken}: ")
    assert "; " in line


@pytest.mark.parametrize("broken", ["an empty file"], indirect=True)
def test_the_other_images_are_read_all_the_same(tmp_path: Path, broken: Path) -> None:
    image = draw(tmp_path / "a.png", "4207")
    done = run("read", broken, image)
    assert (done.exit_code, done.stdout) == (1, f"{image}\t4207\n")


@pytest.mark.parametrize("broken", BROKEN, indirect=True)
def test_a_real_run_shows_no_traceback(broken: Path) -> None:
    done = run_for_real("read", broken)
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.splitlines()) == 1


def test_broken_stdin_is_one_line_too() -> None:
    done = run_for_real("read", "-", stdin=b"no image")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_closed_stdin_is_one_line_too() -> None:
    command = f"exec {sys.executable} -m digitstring read - <&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.splitlines()
    assert b"stdin is closed" in line


@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_damaged_weights_are_one_line_and_status_1(tmp_path: Path, content: bytes | None) -> None:
    weights = tmp_path / "net.npz"
    if content is not None:
        weights.write_bytes(content)
    done = run("read", draw(tmp_path / "a.png", "42"), "--weights", weights)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert str(weights) in line


def test_weights_for_something_else_than_digits_are_refused(tmp_path: Path) -> None:
    save_network(Network((4, 2)), tmp_path / "xor.npz")
    done = run("read", draw(tmp_path / "a.png", "42"), "--weights", tmp_path / "xor.npz")
    assert done.exit_code == 1
    assert "784 inputs" in done.stderr


def test_an_image_over_the_limit_is_refused(tmp_path: Path) -> None:
    done = run("read", draw(tmp_path / "a.png", "42"), "--max-pixels", "100")
    assert done.exit_code == 1
    assert "limit of 100" in done.stderr


def test_annotate_writes_the_annotated_photo(tmp_path: Path) -> None:
    image, drawn = draw(tmp_path / "a.png", "42"), tmp_path / "drawn.png"
    assert run("read", image, "--annotate", drawn).exit_code == 0
    with Image.open(drawn) as picture:
        assert np.array_equal(np.asarray(picture), np.asarray(read(image).annotated()))


def test_annotate_takes_one_image_only(tmp_path: Path) -> None:
    image = draw(tmp_path / "a.png", "42")
    done = run("read", image, image, "--annotate", tmp_path / "drawn.png")
    assert done.exit_code == 2
    assert "one image only" in done.stderr


def test_annotate_writes_png_only(tmp_path: Path) -> None:
    done = run("read", draw(tmp_path / "a.png", "42"), "--annotate", tmp_path / "drawn.jpg")
    assert done.exit_code == 2
    assert ".png" in done.stderr


def test_annotating_to_a_missing_folder_is_one_line_and_status_1(tmp_path: Path) -> None:
    done = run("read", draw(tmp_path / "a.png", "42"), "--annotate", tmp_path / "no" / "drawn.png")
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("args", [("read",), ("reed",), ("read", "--no-such-option", "a.png")])
def test_wrong_use_has_status_2_and_prints_nothing(args: tuple[str, ...]) -> None:
    done = run(*args)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    image = draw(tmp_path / "a.png", "42")
    command = [sys.executable, "-m", "digitstring", "read", *[str(image)] * 5]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_version_is_shown() -> None:
    done = run_for_real("--version")
    assert done.stdout.decode().strip() == f"digitstring, version {version('digitstring')}"


def test_every_command_has_help() -> None:
    context = Context(command_line)
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        assert command
        done = run(name, "--help")
        assert done.exit_code == 0
        assert command.help


def test_what_is_known_of_the_number_is_obeyed_on_the_command_line() -> None:
    ran = CliRunner().invoke(
        command_line, ["read", "--pattern", "50419[37]", str(SAMPLES / "strip.png")]
    )
    assert ran.output == "504197\n"


@pytest.mark.parametrize("length", ["five", "4-", "-3"])
def test_a_length_that_is_none_is_wrong_use(length: str) -> None:
    ran = CliRunner().invoke(command_line, ["read", "--length", length, str(SAMPLES / "strip.png")])
    assert ran.exit_code == 2
    assert "neither a number nor a range" in ran.output


def test_what_cannot_be_printed_or_saved_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    read = [sys.executable, "-m", "digitstring", "read", str(SAMPLES / "strip.png")]
    seen = tmp_path / "seen.png"
    for command, name in ((read, "standard output"), ([*read, "--annotate", str(seen)], str(seen))):
        with full_disk(300 if command is not read else 0), (tmp_path / "out").open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert done.stderr.startswith(f"digitstring: {name}: File too large; make room")
