"""Weights in a file: they come back as they were, and a damaged file changes nothing."""

import numpy as np
import pytest

from backprop import BatchNorm, Dense, ModelCheckpoint, Residual, Sequential

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))


def network(seed=0, units=4):
    inside = Residual([Dense(units, "tanh"), Dense(units)])
    model = Sequential([Dense(units, input_dim=3), BatchNorm(), inside, Dense(2)], seed=seed)
    model.compile("adam", "mse")
    return model


def test_weights_come_back_as_they_were(tmp_path):
    model, path = network(), tmp_path / "weights.npz"
    model.fit(X, Y, epochs=2, verbose=0)
    model.save_weights(path)
    other = network(seed=1)
    other.load_weights(path)
    for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]


def damaged(path, model):
    path.write_bytes(path.read_bytes()[:-200])


def garbled(path, model):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def text(path, model):
    path.write_text("weights")


def empty(path, model):
    path.write_bytes(b"")


def pickled(path, model):
    arrays = dict(np.load(path))
    arrays["0.Dense.W"] = arrays["0.Dense.W"].astype(object)
    np.savez(path, **arrays)


def of_another_network(path, model):
    network(units=5).save_weights(path)


def of_fewer_layers(path, model):
    other = Sequential([Dense(4, input_dim=3)])
    other.save_weights(path)


def of_other_layers(path, model):
    """The same shapes, but no way around the two layers in the middle."""
    middle = [Dense(4, "tanh"), Dense(4)]
    Sequential([Dense(4, input_dim=3), BatchNorm(), *middle, Dense(2)]).save_weights(path)


def with_nan(path, model):
    arrays = dict(np.load(path))
    arrays["0.Dense.b"][0] = np.nan
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "spoil",
    [
        damaged,
        garbled,
        text,
        empty,
        pickled,
        of_another_network,
        of_fewer_layers,
        of_other_layers,
        with_nan,
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(spoil, tmp_path):
    model, path = network(), tmp_path / "weights.npz"
    network(seed=1).save_weights(path)
    spoil(path, model)
    model.build()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"expected"):
        model.load_weights(path)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    model, path = network(), tmp_path / "weights.npz"
    model.save_weights(path)
    before = path.read_bytes()

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.save_weights(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_names_and_missing_files(tmp_path):
    model = network()
    with pytest.raises(ValueError, match=r"a name that ends in '.npz', got 'model.weights.h5'"):
        model.save_weights("model.weights.h5")
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "none.npz")
    with pytest.raises(ValueError, match="expected save_weights_only=True"):
        ModelCheckpoint("a.npz", save_weights_only=False)


def test_a_checkpoint_keeps_the_best_or_all(tmp_path):
    model = network()
    every = ModelCheckpoint(tmp_path / "{epoch:02d}-{loss:.2f}.npz")
    best = ModelCheckpoint(tmp_path / "best.npz", monitor="loss", save_best_only=True, mode="max")
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[every, best]).history["loss"]
    files = sorted(p.name for p in tmp_path.iterdir())
    assert files == [*(f"{i:02d}-{v:.2f}.npz" for i, v in enumerate(history, 1)), "best.npz"]
    assert best.best == max(history)
    first = tmp_path / files[int(np.argmax(history))]
    for a, b in zip(np.load(first).values(), np.load(tmp_path / "best.npz").values(), strict=True):
        np.testing.assert_array_equal(a, b)
