"""`digitstring train` and `digitstring evaluate`, on a small folder of made digits."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray
from PIL import Image

from digitstring import (
    Judgement,
    Network,
    classify,
    judge,
    load_mnist,
    load_network,
    save_network,
)
from digitstring.cli import command_line


def run(*args: object) -> Result:
    return CliRunner().invoke(command_line, [str(arg) for arg in args])


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.tobytes())


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """Write digits as easy as can be: digit k is a bar of ink at its own place."""
    labels = np.tile(np.arange(10, dtype=np.uint8), 20)
    images = np.zeros((200, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 3 + 2 * label : 6 + 2 * label] = 255
    folder = tmp_path / "mnist"
    folder.mkdir()
    for split, n in (("train", 200), ("t10k", 50)):
        write_idx(folder / f"{split}-images-idx3-ubyte", images[:n])
        write_idx(folder / f"{split}-labels-idx1-ubyte", labels[:n])
    return folder


def train(mnist: Path, output: Path, *args: object) -> Result:
    small = ("--sizes", "784,20,10", "--epochs", "3", "--eta", "1.0", "--seed", "7")
    return run("train", "--mnist", mnist, *small, "--output", output, *args)


def test_training_prints_the_articles_line_after_each_epoch(mnist: Path, tmp_path: Path) -> None:
    done = train(mnist, tmp_path / "net.npz")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    assert all(line.endswith(" / 50") for line in lines)


def test_training_without_test_data_says_that_an_epoch_is_complete(
    mnist: Path, tmp_path: Path
) -> None:
    for path in mnist.glob("t10k*"):
        path.unlink()
    done = train(mnist, tmp_path / "net.npz", "--no-test")
    assert done.stdout == "Epoch 0 complete\nEpoch 1 complete\nEpoch 2 complete\n"


def test_the_last_line_is_true_of_the_saved_network(mnist: Path, tmp_path: Path) -> None:
    told = train(mnist, tmp_path / "net.npz").stdout.splitlines()[-1]
    test = load_mnist(mnist, "test")
    answers = classify(test.crops, load_network(tmp_path / "net.npz")).argmax(axis=1)
    assert told == f"Epoch 2: {(answers == test.labels).sum()} / 50"


def test_training_learns(mnist: Path, tmp_path: Path) -> None:
    done = train(
        mnist, tmp_path / "net.npz", "--hidden", "relu", "--output-layer", "softmax", "--eta", "0.2"
    )
    assert done.stdout.splitlines()[-1] == "Epoch 2: 50 / 50"


def test_the_same_seed_trains_the_same_file(mnist: Path, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        train(mnist, tmp_path / name)
    train(mnist, tmp_path / "c.npz", "--seed", "8")
    a, b, c = (load_network(tmp_path / f"{name}.npz").weights[0] for name in "abc")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_the_record_tells_how_the_network_was_made(mnist: Path, tmp_path: Path) -> None:
    train(mnist, tmp_path / "net.npz")
    record = load_network(tmp_path / "net.npz").record
    assert {name: record[name] for name in ("epochs", "batch", "eta", "seed")} == {
        "epochs": 3,
        "batch": 10,
        "eta": 1.0,
        "seed": 7,
    }
    assert str(record["made by"]).startswith("digitstring train ")


@pytest.mark.parametrize("sizes", ["784", "15,10", "784,15,9", "784,0,10", "a,b"])
def test_other_sizes_are_wrong_use(mnist: Path, tmp_path: Path, sizes: str) -> None:
    assert train(mnist, tmp_path / "net.npz", "--sizes", sizes).exit_code == 2


def test_an_output_in_a_missing_folder_is_refused_before_the_training(
    mnist: Path, tmp_path: Path
) -> None:
    done = train(mnist, tmp_path / "no" / "net.npz")
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_training_that_overflows_is_one_line_and_saves_nothing(
    mnist: Path, tmp_path: Path
) -> None:
    relu = ("--hidden", "relu", "--output-layer", "softmax")
    done = train(mnist, tmp_path / "net.npz", *relu, "--eta", "1e38")
    assert done.exit_code == 1
    assert "smaller eta" in done.stderr
    assert not (tmp_path / "net.npz").exists()


@pytest.mark.parametrize("command", [("train", "--output", "net.npz"), ("evaluate",)])
def test_without_mnist_the_error_says_where_to_get_it(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITSTRING_MNIST", str(tmp_path / "nowhere"))
    save_network(Network((784, 10)), tmp_path / "own.npz")
    weights = () if command[0] == "train" else ("--weights", tmp_path / "own.npz")
    done = run(*command, *weights)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "http" in line


def test_mnist_is_found_by_its_environment_variable(
    mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITSTRING_MNIST", str(mnist))
    save_network(Network((784, 10)), tmp_path / "net.npz")
    assert run("evaluate", "--weights", tmp_path / "net.npz").exit_code == 0


def test_the_files_are_fetched_from_the_address_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        "digitstring.classifier.download_mnist",
        lambda folder, *, address: asked.append((folder, address)),
    )
    address = ("--download", "--address", "http://mirror.example/")
    done = run("train", "--mnist", tmp_path, *address, "--output", tmp_path / "net.npz")
    assert asked == [(tmp_path, "http://mirror.example/")]
    assert "digitstring: " in done.stderr


@pytest.mark.parametrize("address", [("--address", "http://a/"), ("--download", "--address", "a")])
def test_a_wrong_address_is_wrong_use(
    mnist: Path, tmp_path: Path, address: tuple[str, ...]
) -> None:
    done = train(mnist, tmp_path / "net.npz", *address)
    assert done.exit_code == 2
    assert "--address" in done.stderr


def made_npz(path: Path, **extra: object) -> Path:
    bitmaps = np.zeros((6, 20, 16), np.uint8)
    bitmaps[:, 2:18, 6:9] = 255
    np.savez(path, x=bitmaps, y=np.array([1, 1, 1, 0, 0, 0]), **extra)  # type: ignore[arg-type]
    return path


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """Save a network that answers at random, whole digits or not."""
    rng = np.random.default_rng(0)
    save_network(Network((784, 11), rng=rng, output="softmax+whole"), tmp_path / "net.npz")
    return tmp_path / "net.npz"


def test_evaluate_counts_the_right_answers_and_the_errors(mnist: Path, net: Path) -> None:
    done = run("evaluate", "--mnist", mnist, "--weights", net, "--json")
    (told,) = json.loads(done.stdout)["sets"]
    test = load_mnist(mnist, "test")
    answers = classify(test.crops, load_network(net)).argmax(axis=1)
    assert told["name"] == "mnist"
    assert told["correct"] == (answers == test.labels).sum()
    assert told["total"] == np.sum(told["confusion"]) == 50
    assert told["errors"] == [int((answers[test.labels == k] != k).sum()) for k in range(10)]
    for label, answer in zip(test.labels, answers, strict=True):
        assert told["confusion"][label][answer] > 0


def test_evaluate_shows_the_network_and_the_confusion_matrix(mnist: Path, tmp_path: Path) -> None:
    train(mnist, tmp_path / "net.npz")
    done = run("evaluate", "--mnist", mnist, "--weights", tmp_path / "net.npz")
    assert (done.exit_code, done.stderr) == (0, "")
    for shown in ("784, 20, 10", "20 x 784", "seed: 7", "calibration", "answers (columns)"):
        assert shown in done.stdout


def test_evaluate_gives_several_sets_a_row_each_and_their_matrices_when_asked(
    mnist: Path, net: Path, tmp_path: Path
) -> None:
    sets = ("--mnist", mnist, made_npz(tmp_path / "bars.npz"), "--weights", net)
    short, long = run("evaluate", *sets), run("evaluate", *sets, "--confusion")
    rows = [line.split()[:2] for line in short.stdout.splitlines() if "%" in line]
    assert rows[-2:] == [["mnist", "50"], ["bars", "6"]]
    assert "answers (columns)" not in short.stdout
    assert long.stdout.count("answers (columns)") == 2


def test_evaluate_turns_away_where_one_in_a_hundred_of_mnist_is(
    mnist: Path, net: Path, tmp_path: Path
) -> None:
    signs = made_npz(tmp_path / "signs.npz", classes=np.array(["slash", "bar"]))
    done = run("evaluate", signs, "--mnist", mnist, "--weights", net, "--json")
    told = json.loads(done.stdout)
    whole = judge(load_mnist(mnist, "test").crops, load_network(net)).whole
    assert told["threshold"] == whole.min()
    assert [row["name"] for row in told["sets"]] == ["mnist", "slash", "bar"]
    assert [row["error"] for row in told["sets"][1:]] == [None, None]


def test_evaluate_takes_a_set_alone_without_mnist(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITSTRING_MNIST", str(tmp_path / "nowhere"))
    done = run("evaluate", made_npz(tmp_path / "bars.npz"), "--weights", net, "--json")
    assert done.exit_code == 0
    assert [row["name"] for row in json.loads(done.stdout)["sets"]] == ["bars"]


def test_evaluate_writes_the_sheet_that_is_asked_for(net: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    done = run("evaluate", made_npz(tmp_path / "bars.npz"), "--weights", net, "--sheet", sheet)
    assert (done.exit_code, done.stderr) == (0, "")
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"


def test_evaluate_refuses_a_sheet_in_a_missing_folder(net: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "no" / "sheet.png"
    done = run("evaluate", made_npz(tmp_path / "bars.npz"), "--weights", net, "--sheet", sheet)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{sheet.parent} is not a folder" in done.stderr


def test_evaluate_judges_each_set_once(
    mnist: Path, net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []

    def counted(crops: NDArray[np.float32], network: Network) -> Judgement:
        judged.append(len(crops))
        return judge(crops, network)

    monkeypatch.setattr("digitstring.evaluation.judge", counted)
    run("evaluate", made_npz(tmp_path / "bars.npz"), "--mnist", mnist, "--weights", net)
    assert judged == [50, 6]


def test_evaluate_tells_of_a_damaged_set_in_one_line(net: Path, tmp_path: Path) -> None:
    (tmp_path / "bars.npz").write_bytes(b"cut")
    done = run("evaluate", tmp_path / "bars.npz", "--weights", net)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "bars.npz" in line
