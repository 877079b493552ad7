"""Networks as files."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitstring.classifier import ModelError, Network, load_network, save_network
from digitstring.classifier import weights as weights_module
from digitstring.classifier.network import Hidden, Output

RECORD: dict[str, str | int | float] = {"data": "MNIST", "seed": 1, "eta": 3.0}
KINDS = list(product(get_args(Hidden), get_args(Output)))


def some_network(hidden: Hidden = "sigmoid", output: Output = "sigmoid") -> Network:
    rng = np.random.default_rng(0)
    network = Network((6, 5, 4), rng=rng, hidden=hidden, output=output)
    network.record = RECORD
    return network


def parameters(network: Network) -> list[Any]:
    return [*network.weights, *network.biases]


def same(first: Network, second: Network) -> bool:
    arrays = zip(parameters(first), parameters(second), strict=True)
    return first.sizes == second.sizes and all(np.array_equal(a, b) for a, b in arrays)


@pytest.mark.parametrize(("hidden", "output"), KINDS)
def test_a_saved_network_loads_as_it_was(tmp_path: Path, hidden: Hidden, output: Output) -> None:
    network = some_network(hidden, output)
    save_network(network, tmp_path / "net.npz")
    loaded = load_network(tmp_path / "net.npz")
    assert same(network, loaded)
    assert (loaded.hidden, loaded.output, loaded.record) == (hidden, output, RECORD)
    assert loaded.num_layers == 3


@pytest.mark.parametrize("deslanted", [True, False])
def test_whether_it_sees_crops_upright_is_kept_with_a_network(
    tmp_path: Path, deslanted: bool
) -> None:
    save_network(Network((6, 4), deslanted=deslanted), tmp_path / "net.npz")
    assert load_network(tmp_path / "net.npz").deslanted is deslanted


def test_a_file_that_does_not_say_so_holds_a_network_that_sees_crops_as_they_are(
    tmp_path: Path,
) -> None:
    save_network(Network((6, 4), deslanted=True), tmp_path / "net.npz")
    edit_about(tmp_path / "net.npz", '"deslanted": true, ', "")
    assert not load_network(tmp_path / "net.npz").deslanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(0, 2**32 - 1))
def test_save_then_load_gives_the_same_output(tmp_path: Path, sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = Network(sizes, rng=rng, hidden="relu", output="softmax")
    save_network(network, tmp_path / "net.npz")
    x = rng.random((sizes[0], 3), dtype=np.float32)
    loaded = load_network(tmp_path / "net.npz")
    assert np.array_equal(loaded.feedforward(x), network.feedforward(x))


@pytest.mark.parametrize(
    ("stored", "loaded"), [("float16", "float32"), ("float32", "float32"), ("float64", "float64")]
)
def test_the_stored_precision_is_the_callers_choice(
    tmp_path: Path, stored: str, loaded: str
) -> None:
    network = some_network()
    save_network(network, tmp_path / "net.npz", dtype=stored)
    again = load_network(tmp_path / "net.npz")
    assert {array.dtype.name for array in parameters(again)} == {loaded}
    for a, b in zip(parameters(network), parameters(again), strict=True):
        assert np.array_equal(a.astype(stored).astype(loaded), b)


def test_as_bytes_each_weight_is_near_to_what_it_was_as_a_share_of_its_rows_largest(
    tmp_path: Path,
) -> None:
    network = some_network()
    network.weights[0][2] = 0  # a unit without any input
    save_network(network, tmp_path / "net.npz", dtype=np.int8)
    again = load_network(tmp_path / "net.npz")
    for a, b in zip(network.weights, again.weights, strict=True):
        assert b.dtype == np.float32
        largest = np.abs(a).max(axis=1, keepdims=True)
        assert np.all(np.abs(a - b) <= largest / 127 / 2 * 1.001)
    for a, b in zip(network.biases, again.biases, strict=True):
        np.testing.assert_array_equal(a, b)


def test_as_bytes_a_weight_takes_a_byte(tmp_path: Path) -> None:
    save_network(Network((784, 100, 10)), tmp_path / "net.npz", dtype=np.int8)
    assert (tmp_path / "net.npz").stat().st_size < 79_400 + 4_000


def test_half_precision_takes_two_bytes_a_weight(tmp_path: Path) -> None:
    save_network(Network((784, 100, 10)), tmp_path / "net.npz", dtype=np.float16)
    assert (tmp_path / "net.npz").stat().st_size < 2 * 79_510 + 2_500


def test_a_record_given_with_the_call_is_saved_in_place_of_the_networks_own(
    tmp_path: Path,
) -> None:
    save_network(some_network(), tmp_path / "net.npz", record={"epochs": 30})
    assert load_network(tmp_path / "net.npz").record == {"epochs": 30}


@pytest.mark.parametrize("value", [[1, 2], None, float("nan")])
def test_a_record_of_anything_but_text_and_numbers_is_refused(
    tmp_path: Path, value: object
) -> None:
    with pytest.raises(ValueError, match=r"record|JSON"):
        save_network(some_network(), tmp_path / "net.npz", record={"x": value})  # type: ignore[dict-item]
    assert not list(tmp_path.iterdir())


def test_weights_too_large_for_half_precision_are_refused(tmp_path: Path) -> None:
    network = some_network()
    network.weights[0][0, 0] = 1e6
    with pytest.raises(ValueError, match="not finite in float16"):
        save_network(network, tmp_path / "net.npz", dtype=np.float16)


def test_a_precision_that_is_no_float_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got int16"):
        save_network(some_network(), tmp_path / "net.npz", dtype=np.int16)


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    save_network(some_network(), path)
    before = path.read_bytes()
    broken = some_network()
    broken.weights[1][0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        save_network(broken, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save_network(some_network(), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_path_without_the_npz_ending_is_kept_as_given(tmp_path: Path) -> None:
    save_network(some_network(), tmp_path / "weights")
    assert same(load_network(str(tmp_path / "weights")), some_network())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def flip_a_weight(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(some_network().weights[0].tobytes())] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("weights: none\n")


def another_npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, crops=np.zeros((2, 28, 28)))


def one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def pickled(path: Path) -> None:
    rewrite(path, about=np.array({"format": "digitstring network"}, dtype=object))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def rewrite(path: Path, **changes: Any) -> None:
    with np.load(path) as members:
        kept = dict(members)
    with path.open("wb") as file:
        np.savez(file, **{k: v for k, v in (kept | changes).items() if v is not None})


def edit_about(path: Path, old: str, new: str) -> None:
    with np.load(path) as members:
        about = str(members["about"])
    assert old in about
    rewrite(path, about=np.array(about.replace(old, new)))


def setting(**changes: Any) -> Callable[[Path], None]:
    return lambda path: rewrite(path, **changes)


def saying(old: str, new: str) -> Callable[[Path], None]:
    return lambda path: edit_about(path, old, new)


@pytest.mark.parametrize(
    ("cause", "damage"),
    [
        ("no such file", Path.unlink),
        ("Is a directory", folder),
        ("cut short", cut),
        ("cut short", cut_short),
        ("cut short", empty),
        ("no npz archive", text),
        ("no npz archive", one_array),
        ("Bad CRC-32", flip_a_weight),
        ("about", another_npz),
        ("Object arrays", pickled),
        ("version 2", saying('"version": 1', '"version": 2')),
        ("'digitstring nothing'", saying("network", "nothing")),
        ("'tanh'", saying('"hidden": "sigmoid"', '"hidden": "tanh"')),
        ("'identity'", saying('"output": "sigmoid"', '"output": "identity"')),
        ("[6] name no layer", saying("[6, 5, 4]", "[6]")),
        ("damaged", saying("[6, 5, 4]", "6")),
        ("damaged", saying('"record": {', '"record": 3, "x": {')),
        ("damaged", setting(about=np.array("no JSON"))),
        ("weights_1", setting(weights_1=None)),
        ("weights_0 is float32 (5, 7)", setting(weights_0=np.zeros((5, 7), np.float32))),
        ("biases_1 is float32 (4,)", setting(biases_1=np.zeros(4, np.float32))),
        ("weights_0 is int64", setting(weights_0=np.zeros((5, 6), np.int64))),
        ("weights_1 holds", setting(weights_1=np.full((4, 5), np.nan, np.float32))),
        ("biases_0 holds", setting(biases_0=np.full((5, 1), np.inf, np.float16))),
    ],
)
def test_a_damaged_or_foreign_file_is_named_with_cause_and_remedy(
    tmp_path: Path, cause: str, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "net.npz"
    save_network(some_network(), path)
    damage(path)
    with pytest.raises(ModelError) as caught:
        load_network(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert cause in message
    assert "save_network" in message


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300
)
@given(st.data())
def test_a_file_with_any_one_byte_changed_loads_the_same_or_is_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "net.npz"
    save_network(some_network(), path)
    content = bytearray(path.read_bytes())
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        loaded = load_network(path)
    except ModelError:
        return
    assert same(loaded, some_network())


def test_bytes_of_another_shape_are_refused(tmp_path: Path) -> None:
    save_network(some_network(), tmp_path / "net.npz", dtype=np.int8)
    setting(weights_0=np.zeros((5, 7), np.int8))(tmp_path / "net.npz")
    with pytest.raises(ModelError, match=r"weights_0 is int8 \(5, 7\)"):
        load_network(tmp_path / "net.npz")


def test_a_large_network_loads_in_moments(tmp_path: Path) -> None:
    network = Network((784, 1024, 1024, 11), hidden="relu", output="softmax+whole")
    save_network(network, tmp_path / "net.npz", dtype=np.float16)
    times = []
    for _ in range(5):
        start = perf_counter()
        load_network(tmp_path / "net.npz")
        times.append(perf_counter() - start)
    assert min(times) < 0.05


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ship a small network for one test."""
    save_network(some_network(), tmp_path / "weights.npz")
    monkeypatch.setattr(weights_module, "SHIPPED", tmp_path)
    weights_module._shipped.cache_clear()
    yield tmp_path / "weights.npz"
    weights_module._shipped.cache_clear()


def test_the_shipped_network_is_loaded_once(shipped: Path) -> None:
    assert load_network() is load_network()
    assert same(load_network(), some_network())


def test_the_shipped_network_cannot_be_trained_by_accident(shipped: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_network().update_mini_batch(
            np.zeros((6, 1), np.float32), np.zeros((4, 1), np.float32), 3.0
        )


def test_missing_shipped_weights_are_an_error(shipped: Path) -> None:
    shipped.unlink()
    with pytest.raises(ModelError, match=r"weights\.npz: no such file"):
        load_network()
