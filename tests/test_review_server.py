"""The review's server: what it shows, what it keeps, and whom it refuses."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image
from starlette.testclient import TestClient

from digitstring.corrections_file import load_corrections
from digitstring.review_server import HOST, MOST_BYTES, listening, new_token, review_app
from digitstring.reviewing import Review
from tests.reviewed import NASTY, make_batch, open_review, row_of
from tests.served import served

TOKEN = "the-token"
ORIGIN = f"http://{HOST}:8000"


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    with ExitStack() as stack:
        yield open_review(make_batch(tmp_path), stack)


@pytest.fixture
def client(review: Review) -> Iterator[TestClient]:
    app = review_app(review, TOKEN, 8000)
    with TestClient(app, base_url=f"{ORIGIN}/{TOKEN}/") as client:
        yield client


def say(client: TestClient, number: int, label: Any, **headers: str) -> Any:
    sent = {"Origin": ORIGIN, **headers}
    return client.post(f"rows/{number}", json={"label": label}, headers=sent)


def test_the_queue_begins_with_the_most_doubtful_and_ends_with_errors(client: TestClient) -> None:
    rows = client.get("queue").json()["rows"]
    assert [row["number"] for row in rows] == [1, 0, 3, 5, 4, 2]
    assert [row["verdict"] for row in rows] == [None] * 6


def test_a_row_tells_its_digits_and_its_alternatives(client: TestClient) -> None:
    told = client.get("rows/0").json()
    assert (told["file"], told["text"], told["confidence"]) == ("a.png", "420", 0.61)
    assert told["digits"][0]["box"] == [20, 20, 60, 40]
    assert told["alternatives"] == [{"text": "428", "probability": 0.3}]


def test_the_pictures_are_those_of_the_page(client: TestClient, review: Review) -> None:
    first, second = (client.get(f"pictures/{number}/whole") for number in (4, 5))
    sizes = [Image.open(io.BytesIO(each.content)).size for each in (first, second)]
    with Image.open(Path(review.folder, "pages.tif")) as pages:
        assert sizes[0] == pages.size
        pages.seek(1)
        assert sizes[1] == pages.size
    assert client.get("rows/5").json()["pictures"]["whole"] == [0, 0, *sizes[1][::-1]]


def test_a_large_page_is_sent_smaller_and_its_number_from_near(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (4000, 3000), "white").save(scans / "a.jpg", exif=exif)
    results = tmp_path / "results.jsonl"
    results.write_text(json.dumps(row_of("a.jpg", "420", 0.5)))
    with ExitStack() as stack:
        review = open_review(results, stack)
        whole, near = (review.picture(0, name) for name in ("whole", "near"))
    assert whole is not None
    assert whole.box == (0, 0, 4000, 3000)
    assert Image.open(io.BytesIO(whole.data)).size == (1200, 1600)
    assert near is not None
    assert near.box.top <= 0
    assert near.box.bottom >= 60 + 30
    assert near.box.right <= 200


def test_what_cannot_be_shown_says_why(client: TestClient) -> None:
    told = client.get("rows/2").json()
    assert "not an image" in told["problem"]
    assert told["error"] == "broken.png: is not an image"
    assert client.get("pictures/2/whole").status_code == 404


def test_what_is_said_is_on_the_disk_with_the_answer(client: TestClient, review: Review) -> None:
    answers = [say(client, *each).json()["verdict"] for each in ((0, "420"), (1, "25"), (2, "7 8"))]
    assert answers == ["accepted", "corrected", "corrected"]
    kept = load_corrections(review.file.path)
    assert {key[0]: said.label for key, said in kept.items()} == {
        "a.png": "420",
        "b.png": "25",
        "broken.png": "7\n8",
    }
    assert say(client, 1, None).json() == {"verdict": None}
    assert ("b.png", None, None) not in load_corrections(review.file.path)


def test_what_was_said_before_is_shown_again(client: TestClient, review: Review) -> None:
    say(client, 1, "25")
    with ExitStack() as stack:
        again = open_review(review.results.path, stack)
        assert next(row["verdict"] for row in again.queue()["rows"]) == "corrected"
        assert again.details(1)["label"] == "25"


def test_saying_the_same_again_adds_no_row(client: TestClient, review: Review) -> None:
    say(client, 1, "25")
    size = review.file.path.stat().st_size
    assert say(client, 1, " 25 ").json()["verdict"] == "corrected"
    assert review.file.path.stat().st_size == size


@pytest.mark.parametrize("label", ["1a", 17, ["1"], "9" * 2000, "1" * MOST_BYTES])
def test_what_is_no_number_is_refused_and_not_kept(
    client: TestClient, review: Review, label: Any
) -> None:
    assert say(client, 1, label).status_code == 400
    assert not review.file.path.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"text": "1"}'])
def test_what_is_no_message_is_refused(client: TestClient, body: bytes) -> None:
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    assert client.post("rows/1", content=body, headers=headers).status_code == 400


def test_a_row_or_a_page_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert say(client, 6, "1").status_code == 404
    for path in ("rows/6", "rows/-1", "rows/a", "pictures/6/whole", "pictures/0/other", "other"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/queue", "/wrong/", f"/{TOKEN[:-1]}/queue", "/%00/"])
def test_without_the_token_nothing_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"{ORIGIN}{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["../secret.png", "%2e%2e/secret.png", "pictures/..%2f..%2fsecret.png/whole", "a.png"]
)
def test_no_file_is_served_by_its_path(client: TestClient, path: str) -> None:
    assert client.get(f"{ORIGIN}/{TOKEN}/{path}").status_code == 404


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "scans/../../secret.png"])
def test_a_row_that_names_a_file_outside_the_batch_shows_nothing(tmp_path: Path, name: str) -> None:
    results = make_batch(tmp_path)
    results.write_text(json.dumps(row_of(name, "1", 0.5)))
    with ExitStack() as stack:
        review = open_review(results, stack)
        assert review.picture(0, "whole") is None
        assert "is not in" in review.details(0)["problem"]


def test_a_picture_at_an_address_is_fetched_from_there(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="digitstring[remote] is missing")
    results = make_batch(tmp_path)
    with served(tmp_path) as address, ExitStack() as stack:
        names = [f"{address}/scans/a.png", f"{address}/gone.png", "b.png"]
        results.write_text("".join(json.dumps(row_of(name, "1", 0.5)) + "\n" for name in names))
        own, gone, below = (
            replace(open_review(results, stack), folder=f"{address}/scans/").details(number)
            for number in range(3)
        )
    with Image.open(tmp_path / "scans" / "a.png") as page:
        assert own["pictures"]["whole"] == [0, 0, page.height, page.width]
    assert own["problem"] is below["problem"] is None
    assert gone["pictures"] == {}
    assert gone["problem"].endswith("gone.png: there is no such file; check the address")


def test_a_picture_that_could_not_be_had_is_tried_again(tmp_path: Path) -> None:
    memory = pytest.importorskip("fsspec").filesystem("memory")
    results = make_batch(tmp_path)
    results.write_text(json.dumps(row_of("memory://reviewed/a.png", "1", 0.5)))
    with ExitStack() as stack:
        review = open_review(results, stack)
        assert review.picture(0, "whole") is None
        memory.pipe("/reviewed/a.png", (tmp_path / "scans" / "a.png").read_bytes())
        assert review.picture(0, "whole") is not None


def test_what_is_doubtful_follows_what_was_asked_for(tmp_path: Path) -> None:
    results = make_batch(tmp_path)
    asked: list[dict[str, Any]] = [
        {},
        {"min_confidence": 0.7},
        {"min_confidence": 0.99},
        {"accepted": False},
    ]
    rows = [row_of("a.png", "1", 0.95 if "accepted" in more else 0.8, **more) for more in asked]
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with ExitStack() as stack:
        review = open_review(results, stack)
        doubtful = {row["number"]: row["doubtful"] for row in review.queue()["rows"]}
        assert doubtful == {0: True, 1: False, 2: True, 3: True}
        assert [review.details(n)["digits"][0]["doubtful"] for n in (0, 1, 2)] == [1, 0, 1]
        assert [row["number"] for row in review.queue()["rows"]] == [0, 2, 3, 1]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9", "evil.example:8000"])
def test_a_request_for_another_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("queue", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
def test_another_site_cannot_send(
    client: TestClient, review: Review, headers: dict[str, str]
) -> None:
    assert say(client, 1, "25", **headers).status_code == 403
    assert not review.file.path.exists()


@pytest.mark.parametrize("path", ["", "review.js", "review.css", "queue", "pictures/0/whole", "no"])
def test_every_answer_keeps_other_sites_out(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_the_page_asks_for_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("", "review.js", "review.css"):
        text = client.get(path).text
        assert "https://" not in text
        assert "innerHTML" not in text
        assert {"http://www.w3.org/2000/svg"} >= {
            word.strip("\"';,") for word in text.split() if "http://" in word
        }
    assert NASTY not in client.get("").text


def test_a_disk_that_is_full_is_told_to_the_page(
    client: TestClient, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(said: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(review.file, "add", full)
    answer = say(client, 1, "25")
    assert (answer.status_code, "No space" in answer.text) == (507, True)


def test_the_server_listens_on_the_loopback_address_alone() -> None:
    with listening(0) as opened:
        assert opened.getsockname()[0] == "127.0.0.1"
        with pytest.raises(OSError, match="in use"), socket.socket() as other:
            other.bind(opened.getsockname())


def test_no_two_tokens_are_alike() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) == 32


def start(results: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "digitstring", "review", str(results), "--no-open", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_the_command_and_says_how_it_stands(tmp_path: Path) -> None:
    server = start(make_batch(tmp_path))
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{address}queue", timeout=20) as answer:
        assert len(json.load(answer)["rows"]) == 6
    body = json.dumps({"label": "25"}).encode()
    origin = address.rsplit("/", 2)[0]
    headers = {"Content-Type": "application/json", "Origin": origin}
    sent = urllib.request.Request(f"{address}rows/1", body, headers)
    with direct.open(sent, timeout=20) as answer:
        assert json.load(answer) == {"verdict": "corrected"}
    server.send_signal(signal.SIGINT)
    out, told = server.communicate(timeout=20)
    assert (server.returncode, out) == (0, "")
    assert "0 accepted, 1 corrected, 5 left; kept in" in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_wrong_use(tmp_path: Path) -> None:
    with listening(0) as taken:
        server = start(make_batch(tmp_path), "--port", str(taken.getsockname()[1]))
        _, told = server.communicate(timeout=20)
    assert server.returncode == 2
    assert "in use" in told
