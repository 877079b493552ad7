"""MNIST: its IDX files, where they are looked for, and how they are fetched."""

from __future__ import annotations

import functools
import gzip
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstring.classifier import DataError, download_mnist, load_mnist, mnist_folder, one_hot

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def idx(array: NDArray[np.uint8]) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


def drawn_digits(count: int = 5) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 28, 28), np.uint8)
    images[0, 0, :2] = (0, 255)
    return images, np.arange(count, dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with five digits as gzipped IDX files."""
    images, labels = drawn_digits()
    (tmp_path / f"{IMAGES}.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / f"{LABELS}.gz").write_bytes(gzip.compress(idx(labels)))
    return tmp_path


def test_gzipped_files_load_as_crops_and_labels(folder: Path) -> None:
    images, labels = drawn_digits()
    digits = load_mnist(folder)
    assert len(digits) == 5
    assert digits.crops.dtype == np.float32
    assert digits.labels.dtype == np.int64
    np.testing.assert_allclose(digits.crops, images / 255, atol=1e-7)
    assert digits.labels.tolist() == labels.tolist()


def test_ink_is_one_and_paper_is_zero(folder: Path) -> None:
    digits = load_mnist(folder)
    assert digits.crops[0, 0, :2].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("separator", "ending"), [("-", ""), (".", ""), (".", ".gz")])
def test_plain_files_and_the_dotted_spelling_load_too(
    tmp_path: Path, separator: str, ending: str
) -> None:
    for stem, array, dimensions in zip(("images", "labels"), drawn_digits(), (3, 1), strict=True):
        data = gzip.compress(idx(array)) if ending else idx(array)
        (tmp_path / f"t10k-{stem}{separator}idx{dimensions}-ubyte{ending}").write_bytes(data)
    assert load_mnist(tmp_path, "test").labels.tolist() == [0, 1, 2, 3, 4]


GOOD = idx(drawn_digits()[0])
PACKED = gzip.compress(GOOD)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (GOOD[:-1], "announced"),
        (GOOD + b"\0", "announced"),
        (GOOD[:10], "ends within its header"),
        (b"", "starts with"),
        (b"GIF89a, a picture", "starts with 47 49 46 38"),
        (b"\0\0\x0d\x03" + GOOD[4:], "starts with 00 00 0d 03"),
        (idx(np.zeros(5, np.uint8)), "starts with 00 00 08 01"),
        (idx(np.zeros((5, 20, 30), np.uint8)), "20 x 30, not 28 x 28"),
        (PACKED[:-100], "gzip data is damaged"),
        (PACKED[:200] + b"\xff\xff\xff" + PACKED[203:], "gzip data is damaged"),
        (PACKED[:-8] + bytes(8), "gzip data is damaged"),
    ],
)
def test_a_cut_damaged_or_foreign_file_is_named_with_cause_and_remedy(
    folder: Path, data: bytes, cause: str
) -> None:
    path = folder / f"{IMAGES}.gz"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        load_mnist(folder)
    assert str(path) in str(caught.value)
    assert cause in str(caught.value)
    assert "fetch it again from https://" in str(caught.value)


def test_labels_for_another_number_of_images_are_refused(folder: Path) -> None:
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(idx(np.zeros(4, np.uint8))))
    with pytest.raises(DataError, match="4 labels for the 5 images"):
        load_mnist(folder)


def test_a_label_that_is_no_digit_is_refused(folder: Path) -> None:
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(idx(np.array([0, 9, 10, 1, 2], np.uint8))))
    with pytest.raises(DataError, match="label 2 is 10"):
        load_mnist(folder)


def test_a_missing_file_is_an_error_that_says_where_to_get_it(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_mnist(folder, "test")
    for part in (str(folder), "t10k-images", "DIGITSTRING_MNIST", "https://", "download_mnist"):
        assert part in str(caught.value)


def test_an_unknown_split_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="'valid'"):
        load_mnist(folder, "valid")  # type: ignore[arg-type]


def test_without_a_folder_the_environment_then_the_cache_is_searched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITSTRING_MNIST", str(folder))
    assert len(load_mnist()) == 5
    monkeypatch.setenv("DIGITSTRING_MNIST", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert mnist_folder() == Path("/somewhere/digitstring/mnist")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert mnist_folder() == Path("/home/somebody/.cache/digitstring/mnist")


def test_one_hot_refuses_what_is_no_digit() -> None:
    with pytest.raises(ValueError, match="got -1"):
        one_hot(np.array([3, -1]))


class Mirror:
    """A server on loopback, what it serves, and what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        requests = self.requests

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                requests.append(self.path)

        handler = functools.partial(Handler, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.checksums = {
            path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
            for path in sorted(folder.iterdir())
        }

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirror(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    served = Mirror(folder)
    yield served
    served.stop()


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "digitstring" / "mnist"


def fetch(mirror: Mirror, target: Path) -> Path:
    return download_mnist(target, address=mirror.address, checksums=mirror.checksums, timeout_s=10)


def test_fetched_files_load(mirror: Mirror, target: Path) -> None:
    assert fetch(mirror, target) == target
    assert load_mnist(target).labels.tolist() == [0, 1, 2, 3, 4]
    assert sorted(path.name for path in target.iterdir()) == sorted(mirror.checksums)


def test_files_that_are_there_are_not_fetched_again(mirror: Mirror, target: Path) -> None:
    fetch(mirror, target)
    mirror.requests.clear()
    fetch(mirror, target)
    assert mirror.requests == []


def test_a_damaged_file_that_is_there_is_fetched_again(mirror: Mirror, target: Path) -> None:
    fetch(mirror, target)
    (target / f"{LABELS}.gz").write_bytes(b"damaged")
    mirror.requests.clear()
    fetch(mirror, target)
    assert mirror.requests == [f"/{LABELS}.gz"]
    assert len(load_mnist(target)) == 5


@pytest.mark.parametrize(
    "damaged",
    [gzip.compress(b"other digits"), b"not gzip at all", PACKED[:-20], b""],
    ids=["another file", "no gzip", "cut short", "empty"],  # what is packed tells the time
)
def test_a_file_with_the_wrong_checksum_never_gets_its_name(
    mirror: Mirror, target: Path, damaged: bytes
) -> None:
    (mirror.folder / f"{IMAGES}.gz").write_bytes(damaged)
    with pytest.raises(DataError, match=rf"{IMAGES}\.gz.*wrong checksum.*another address"):
        fetch(mirror, target)
    assert not target.exists() or not list(target.iterdir())


def test_a_file_that_the_mirror_lacks_is_an_error_naming_it(mirror: Mirror, target: Path) -> None:
    (mirror.folder / f"{LABELS}.gz").unlink()
    with pytest.raises(DataError, match=rf"{LABELS}\.gz: .*404.*another address"):
        fetch(mirror, target)


def test_a_mirror_that_is_gone_is_an_error_naming_it(mirror: Mirror, target: Path) -> None:
    mirror.stop()
    with pytest.raises(DataError, match=rf"{mirror.address}.*could not be fetched"):
        fetch(mirror, target)


def test_a_mirror_that_is_silent_is_given_up(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DataError, match="timed out"):
            download_mnist(target, address=address, timeout_s=0.1)


def test_a_folder_that_cannot_be_made_is_an_error_naming_it(mirror: Mirror, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    with pytest.raises(DataError, match="file/mnist"):
        fetch(mirror, in_the_way / "mnist")


def test_only_http_addresses_are_taken(target: Path) -> None:
    with pytest.raises(ValueError, match="'file:///etc'"):
        download_mnist(target, address="file:///etc")


def test_mnist_has_its_counts_and_its_checksums(
    real_data: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = load_mnist(real_data / "mnist"), load_mnist(real_data / "mnist", "test")
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(train.labels).tolist() == counts
    assert np.bincount(test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]
    assert train.crops.mean() == pytest.approx(0.1307, abs=1e-4)
    target.mkdir(parents=True)
    for path in (real_data / "mnist").glob("*.gz"):
        (target / path.name).symlink_to(path)
    assert download_mnist(target, address="http://127.0.0.1:9/") == target
