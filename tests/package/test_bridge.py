"""The bridge's files: names and layouts by hand, what comes back, and what is refused.

That Keras and PyTorch predict the same from them: tests/witnesses/test_bridge_predictions.py.
"""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from backprop import (
    GRU,
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    DotProductAttention,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    LayerNorm,
    MaxPool2D,
    Residual,
    Sequential,
    SimpleRNN,
    bridge,
)

FRAMEWORKS = ["keras", "pytorch"]


def filled(layers, input_shape, seed=0, dtype="float64"):
    """Return a network in which no two numbers are alike."""
    model = Sequential(layers, dtype=dtype)
    model.build(input_shape)
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.5, 1.5, a.shape) for a in model.get_weights()])
    return model


def dense(seed=0, units=4, dtype="float64"):
    layers = [Dense(units, "relu"), BatchNorm(), Dense(2, use_bias=False)]
    return filled(layers, (3,), seed, dtype)


def images(seed=0):
    layers = [
        Conv2D(3, (2, 3), (2, 1), activation="tanh"),
        BatchNorm(),
        Conv2D(4, 2, padding="same", use_bias=False),
        MaxPool2D((2, 1)),
        Flatten(),
        Dropout(0.5),
        Activation("relu"),
        Dense(3, "softmax"),
    ]
    return filled(layers, (9, 5, 2), seed)


def sequences(seed=0):
    layers = [
        Embedding(7, 3),
        LayerNorm(),
        SimpleRNN(4, return_sequences=True),
        GRU(2, truncate=3),
        Dense(1),
    ]
    return filled(layers, (5,), seed)


def written(model, framework, folder):
    bridge.save(folder / "a.safetensors", model, framework)
    return load_file(folder / "a.safetensors")


# -- names and layouts -----------------------------------------------------------------------------


def test_an_activation_is_a_layer_of_its_own_in_pytorch(tmp_path):
    model = dense()
    assert sorted(written(model, "keras", tmp_path)) == [
        *("0.bias", "0.kernel", "1.beta", "1.gamma", "1.moving_mean", "1.moving_variance"),
        "2.kernel",
    ]
    assert sorted(written(model, "pytorch", tmp_path)) == [
        *("0.bias", "0.weight", "2.bias", "2.num_batches_tracked", "2.running_mean"),
        *("2.running_var", "2.weight", "3.weight"),
    ]
    model.layers[0].activation = "linear"
    assert "2.weight" in written(model, "pytorch", tmp_path)
    assert "3.weight" not in written(model, "pytorch", tmp_path)


@pytest.mark.parametrize("network", [dense, images, sequences])
def test_keras_layouts_are_ours(network, tmp_path):
    model = network()
    for array, name in zip(model.get_weights(), names_in_keras_order(network), strict=True):
        np.testing.assert_array_equal(written(model, "keras", tmp_path)[name], array)


def names_in_keras_order(network):
    norm = ["gamma", "beta", "moving_mean", "moving_variance"]
    recurrent = ["kernel", "recurrent_kernel", "bias"]
    by_layer = {
        dense: {0: ["kernel", "bias"], 1: norm, 2: ["kernel"]},
        images: {0: ["kernel", "bias"], 1: norm, 2: ["kernel"], 7: ["kernel", "bias"]},
        sequences: {
            0: ["embeddings"],
            1: norm[:2],
            2: recurrent,
            3: recurrent,
            4: ["kernel", "bias"],
        },
    }[network]
    return [f"{number}.{name}" for number, names in by_layer.items() for name in names]


def test_pytorch_layout_of_dense_layers_and_norms(tmp_path):
    model = dense()
    arrays = written(model, "pytorch", tmp_path)
    first, norm, last = model.layers
    assert arrays["0.weight"].tolist() == [[first.W[i, j] for i in range(3)] for j in range(4)]
    assert arrays["3.weight"].tolist() == [[last.W[i, j] for i in range(4)] for j in range(2)]
    for name, ours in {
        "0.bias": first.b,
        "2.weight": norm.gamma,
        "2.bias": norm.beta,
        "2.running_mean": norm.moving_mean,
        "2.running_var": norm.moving_variance,
    }.items():
        np.testing.assert_array_equal(arrays[name], ours)
    count = arrays["2.num_batches_tracked"]
    assert count.shape == () and count.dtype == np.int64 and count == 0


def test_pytorch_layout_of_images(tmp_path):
    model = images()
    arrays = written(model, "pytorch", tmp_path)
    K, weight = model.layers[0].K, arrays["0.weight"]
    assert weight.shape == (3, 2, 2, 3)
    for a, b, c, o in np.ndindex(K.shape):
        assert weight[o, c, a, b] == K[a, b, c, o]
    # The last convolution's output, (2, 3, 4), flattened: ours by (H, W, C), theirs by (C, H, W).
    W, weight = model.layers[-1].W, arrays["8.weight"]
    assert model.layers[4].input_shape == (2, 3, 4) and weight.shape == (3, 24)
    for h, w, c in np.ndindex(2, 3, 4):
        np.testing.assert_array_equal(weight[:, (c * 2 + h) * 3 + w], W[(h * 3 + w) * 4 + c])


def test_pytorch_layout_of_sequences(tmp_path):
    model = sequences()
    arrays = written(model, "pytorch", tmp_path)
    rnn, gru = model.layers[2:4]
    np.testing.assert_array_equal(arrays["0.weight"], model.layers[0].E)
    np.testing.assert_array_equal(arrays["2.weight_ih_l0"], rnn.W.T)
    np.testing.assert_array_equal(arrays["2.weight_hh_l0"], rnn.U.T)
    np.testing.assert_array_equal(arrays["2.bias_ih_l0"] + arrays["2.bias_hh_l0"], rnn.b)
    order = [2, 3, 0, 1, 4, 5]  # r, z, c of two units each, for z, r, c
    np.testing.assert_array_equal(arrays["3.weight_ih_l0"], gru.W[:, order].T)
    np.testing.assert_array_equal(arrays["3.weight_hh_l0"], gru.U[:, order].T)
    np.testing.assert_array_equal(arrays["3.bias_ih_l0"], gru.b[0, order])
    np.testing.assert_array_equal(arrays["3.bias_hh_l0"], gru.b[1, order])


def test_two_biases_become_one(tmp_path):
    model = sequences()
    arrays = written(model, "pytorch", tmp_path)
    arrays["2.bias_hh_l0"] += 0.25
    save_file(arrays, tmp_path / "b.safetensors")
    before = model.layers[2].b.copy()
    bridge.load(tmp_path / "b.safetensors", model, "pytorch")
    np.testing.assert_allclose(model.layers[2].b, before + 0.25, rtol=1e-15)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("network", [dense, images, sequences])
def test_what_was_written_comes_back(network, framework, tmp_path):
    model, other = network(), network(seed=1)
    path = tmp_path / "a.safetensors"
    bridge.save(str(path), model, framework)
    before = model.get_weights()
    bridge.load(str(path), other, framework)
    for a, b, c in zip(other.get_weights(), model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(b, c)
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_float32_stays_float32(framework, tmp_path):
    arrays = written(dense(dtype="float32"), framework, tmp_path)
    assert {a.dtype.name for a in arrays.values()} - {"int64"} == {"float32"}
    bridge.load(tmp_path / "a.safetensors", dense(dtype="float32"), framework)


def test_a_network_that_is_not_built_is_built(tmp_path):
    arrays = written(Sequential([Dense(2, input_dim=3)]), "keras", tmp_path)
    assert arrays["0.kernel"].shape == (3, 2)
    with pytest.raises(RuntimeError, match="the shape of the input is not known"):
        written(Sequential([Dense(2)]), "keras", tmp_path)


def test_variables_of_keras_have_the_names_of_the_file():
    def layer(*names):
        return SimpleNamespace(weights=[SimpleNamespace(name=name) for name in names])

    model = SimpleNamespace(layers=[layer("kernel", "bias"), layer(), layer("gamma")])
    variables = bridge.keras_variables(model)
    assert list(variables) == ["0.kernel", "0.bias", "2.gamma"]
    assert variables["2.gamma"] is model.layers[2].weights[0]


# -- refusals --------------------------------------------------------------------------------------


def edited(change):
    """Return a function that changes the arrays of a file."""

    def spoil(path):
        arrays = load_file(path)
        change(arrays)
        save_file({name: np.array(a, order="C") for name, a in arrays.items()}, path)

    return spoil


def header_with(**changes):
    """Return a function that changes the header's entry of 0.bias, and nothing else."""

    def spoil(path):
        data = path.read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        header["0.bias"] |= changes
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])

    return spoil


def replaced_bytes(change):
    def spoil(path):
        path.write_bytes(change(path.read_bytes()))

    return spoil


DAMAGED = {
    "empty": replaced_bytes(lambda data: b""),
    "text": replaced_bytes(lambda data: b"weights of a network"),
    "truncated": replaced_bytes(lambda data: data[:-8]),
    "truncated header": replaced_bytes(lambda data: data[:40]),
    "longer": replaced_bytes(lambda data: data + b"12345678"),
    "size of the header": replaced_bytes(lambda data: b"\xff" * 8 + data[8:]),
    "no JSON": replaced_bytes(lambda data: data[:8] + b"[" + data[9:]),
    "places that overlap": header_with(data_offsets=[0, 8]),
    "shape of another size": header_with(shape=[5]),
    "unknown dtype": header_with(dtype="F65"),
    "dtype that NumPy lacks": header_with(dtype="BF16", shape=[16]),
}
MISMATCHED = {
    "missing": (edited(lambda a: a.pop("0.bias")), r"expected the arrays 0\.\w+, 0\.bias, .*, got"),
    "extra": (edited(lambda a: a.update({"9.bias": np.ones(2)})), r"got .*, 9\.bias$"),
    "renamed": (edited(lambda a: a.update({"0.b": a.pop("0.bias")})), r"got 0\.b, "),
    "shape": (
        edited(lambda a: a.update({"0.bias": a["0.bias"][:2]})),
        r"0\.bias: expected shape \(4,\), got \(2,\)",
    ),
    "shape of the same size": (
        edited(lambda a: a.update({"0.bias": a["0.bias"][None]})),
        r"0\.bias: expected shape \(4,\), got \(1, 4\)",
    ),
    "dtype": (
        edited(lambda a: a.update({"0.bias": a["0.bias"].astype("float32")})),
        r"0\.bias: expected dtype float64, got float32",
    ),
    "not a number": (
        edited(lambda a: a["0.bias"].__setitem__(1, np.nan)),
        r"0\.bias: expected finite numbers, got nan at index \(1,\)",
    ),
}


def assert_refused(path, framework, message):
    model = dense(seed=1)
    before, file = model.get_weights(), path.read_bytes()
    with pytest.raises(ValueError, match=message):
        bridge.load(path, model, framework)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert path.read_bytes() == file


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("spoil", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_and_changes_nothing(spoil, framework, tmp_path):
    path = tmp_path / "a.safetensors"
    bridge.save(path, dense(), framework)
    spoil(path)
    assert_refused(path, framework, r"a\.safetensors: expected safetensors, got a damaged or other")


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(("spoil", "message"), MISMATCHED.values(), ids=MISMATCHED)
def test_a_mismatched_file_is_refused_and_changes_nothing(spoil, message, framework, tmp_path):
    path = tmp_path / "a.safetensors"
    bridge.save(path, dense(), framework)
    spoil(path)
    assert_refused(path, framework, message)


def test_a_file_of_another_network_or_framework_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    bridge.save(path, dense(units=5), "pytorch")
    assert_refused(path, "pytorch", r"0\.weight: expected shape \(4, 3\), got \(5, 3\)")
    assert_refused(path, "keras", r"expected the arrays 0\.kernel, .* got 0\.bias, 0\.weight, ")


class MyDense(Dense):
    pass


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: Residual([Dense(3)], name="here"), (3,), "got Residual 'here'"),
        (lambda: MyDense(3, name="here"), (3,), "got MyDense 'here'"),
        (
            lambda: Embedding(4, 3, mask_zero=True, name="here"),
            (5,),
            "expected no masks.*got Embedding 'here'",
        ),
        (lambda: GRU(4, masking=True, name="here"), (5, 2), "no masks.*got GRU 'here'"),
    ],
)
def test_a_layer_that_cannot_be_carried_is_refused_by_name(
    make, shape, message, framework, tmp_path
):
    model, path = filled([make()], shape), tmp_path / "a.safetensors"
    for call in (bridge.save, bridge.load):
        with pytest.raises(ValueError, match=message):
            call(path, model, framework)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: [Conv2D(1, 2, (1, 2), "same")], "strides of 1 where padding='same'.*got Conv2D"),
        (lambda: [Flatten(), LayerNorm()], "a Dense layer after the Flatten.*got LayerNorm"),
        (lambda: [Flatten()], "a Dense layer after the Flatten of images.*got Flatten"),
        (lambda: [Flatten(), Dropout(0.1)], "a Dense layer after the Flatten.*got Dropout"),
    ],
)
def test_images_that_only_keras_takes(make, message, tmp_path):
    model = filled(make(), (4, 3, 2))
    with pytest.raises(ValueError, match=message):
        written(model, "pytorch", tmp_path)
    written(model, "keras", tmp_path)


def test_a_flatten_of_sequences_or_a_second_dense_layer_needs_no_new_order(tmp_path):
    for shape in [(4, 2), (2, 3, 2, 2)]:
        model = filled([Flatten(), Dense(3), Dense(2)], shape)
        np.testing.assert_array_equal(
            written(model, "pytorch", tmp_path)["1.weight"], model.layers[1].W.T
        )
    model = filled([Flatten(), Dense(3), Dense(2)], (4, 2, 3))
    arrays = written(model, "pytorch", tmp_path)
    assert not np.array_equal(arrays["1.weight"], model.layers[1].W.T)
    np.testing.assert_array_equal(arrays["2.weight"], model.layers[2].W.T)


def test_wrong_calls(tmp_path):
    model = dense()
    for call in (bridge.save, bridge.load):
        with pytest.raises(ValueError, match=r"a name that ends in '.safetensors', got 'a.npz'"):
            call("a.npz", model, "keras")
        with pytest.raises(ValueError, match="expected 'keras' or 'pytorch', got 'torch'"):
            call(tmp_path / "a.safetensors", model, "torch")
        with pytest.raises(TypeError, match="expected a Sequential, got <"):
            call(tmp_path / "a.safetensors", DotProductAttention(), "keras")
    with pytest.raises(FileNotFoundError):
        bridge.load(tmp_path / "a.safetensors", model, "keras")
    assert list(tmp_path.iterdir()) == []


def test_images_of_one_value_per_channel_are_averaged_without_arrays(tmp_path):
    model = filled([Conv2D(2, 1), GlobalAveragePooling2D(), Dense(1)], (2, 2, 1))
    assert "2.weight" in written(model, "pytorch", tmp_path)


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    bridge.save(path, dense(), "pytorch")
    before = path.read_bytes()

    def interrupted(arrays, filename):
        filename.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("safetensors.numpy.save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bridge.save(path, dense(seed=1), "pytorch")
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_without_the_package_an_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match="pip install safetensors"):
        bridge.save(tmp_path / "a.safetensors", dense(), "keras")
