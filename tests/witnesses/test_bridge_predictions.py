"""The bridge: Keras and PyTorch predict what we predict from the same file, and we what they do."""

import os
import subprocess
import sys

import bridge_networks
import numpy as np
import pytest
import torch
from bridge_networks import SHAPES, data, dense, drawn, images, pooled, sequences
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch
from torch import nn

import backprop
from backprop import bridge

BOUND = 1e-12


def ours(network, seed):
    model = backprop.Sequential(network(backprop))
    model.build(SHAPES[network])
    model.set_weights(drawn(model.get_weights(), seed))
    return model


def assert_same_predictions(one, other):
    assert one.dtype == other.dtype == np.float64
    np.testing.assert_allclose(one, other, rtol=0, atol=BOUND)


# -- Keras -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of a run of Keras on TensorFlow: see bridge_networks.py."""
    folder = tmp_path_factory.mktemp("bridge")
    for network in SHAPES:
        path = folder / f"ours-{network.__name__}.safetensors"
        bridge.save(path, ours(network, seed=0), "keras")
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0"}
    command = [sys.executable, bridge_networks.__file__, folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def keras_predictions(network, folder):
    return load_file(folder / f"predictions-{network.__name__}.safetensors")


@pytest.mark.parametrize("network", SHAPES)
def test_keras_predicts_what_we_predict(network, folder):
    predictions = keras_predictions(network, folder)
    assert np.abs(predictions["ours"] - predictions["theirs"]).max() > 1e-3
    assert_same_predictions(predictions["ours"], ours(network, seed=0).predict(data(network)))


@pytest.mark.parametrize("network", SHAPES)
def test_we_predict_what_keras_predicts(network, folder):
    model = ours(network, seed=2)
    bridge.load(folder / f"theirs-{network.__name__}.safetensors", model, "keras")
    assert_same_predictions(
        model.predict(data(network)), keras_predictions(network, folder)["theirs"]
    )


# -- PyTorch ---------------------------------------------------------------------------------------


class AllStates(nn.RNN):
    """An RNN that returns its states alone, as an nn.Sequential needs."""

    def forward(self, x):
        return super().forward(x)[0]


class LastState(nn.GRU):
    """The same for a GRU's last state."""

    def forward(self, x):
        return super().forward(x)[0][:, -1]


def in_pytorch(network, seed):
    model = nn.Sequential(*MODULES[network]()).double().eval()
    state = model.state_dict()
    for name, array in zip(state, drawn(state.values(), seed), strict=True):
        state[name] = torch.tensor(array, dtype=state[name].dtype)
    model.load_state_dict(state)
    return model


MODULES = {
    dense: lambda: [
        nn.Linear(4, 6),
        nn.ReLU(),
        nn.BatchNorm1d(6, eps=1e-3),
        nn.Dropout(0.3),
        nn.Linear(6, 5, bias=False),
        nn.Tanh(),
        nn.LayerNorm(5, eps=1e-3),
        nn.Linear(5, 3),
        nn.Softmax(dim=-1),
    ],
    images: lambda: [
        nn.Conv2d(2, 3, (2, 3)),
        nn.ReLU(),
        nn.BatchNorm2d(3, eps=1e-3),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.Tanh(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(48, 2),
    ],
    pooled: lambda: [
        nn.Conv2d(2, 3, 3, stride=2),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        nn.Linear(3, 2),
    ],
    sequences: lambda: [
        nn.Embedding(9, 4),
        AllStates(4, 5, batch_first=True),
        LastState(5, 3, batch_first=True),
        nn.Linear(3, 2),
        nn.Sigmoid(),
    ],
}


def predict(model, x):
    x = torch.tensor(x)
    with torch.no_grad():
        return model(x.permute(0, 3, 1, 2) if x.ndim == 4 else x).numpy()


@pytest.mark.parametrize("network", SHAPES)
def test_pytorch_predicts_what_we_predict(network, tmp_path):
    model, theirs, x = ours(network, seed=0), in_pytorch(network, seed=1), data(network)
    assert np.abs(predict(theirs, x) - model.predict(x)).max() > 1e-3
    bridge.save(tmp_path / "a.safetensors", model, "pytorch")
    theirs.load_state_dict(load_torch(tmp_path / "a.safetensors"), strict=True)
    assert_same_predictions(predict(theirs, x), model.predict(x))


@pytest.mark.parametrize("network", SHAPES)
def test_we_predict_what_pytorch_predicts(network, tmp_path):
    model, theirs, x = ours(network, seed=0), in_pytorch(network, seed=1), data(network)
    save_torch(theirs.state_dict(), tmp_path / "a.safetensors")
    bridge.load(tmp_path / "a.safetensors", model, "pytorch")
    assert_same_predictions(predict(theirs, x), model.predict(x))


def test_from_keras_to_pytorch_through_ours(folder, tmp_path):
    model, target = ours(images, seed=0), in_pytorch(images, seed=1)
    bridge.load(folder / "theirs-images.safetensors", model, "keras")
    bridge.save(tmp_path / "b.safetensors", model, "pytorch")
    target.load_state_dict(load_torch(tmp_path / "b.safetensors"))
    assert_same_predictions(
        predict(target, data(images)), keras_predictions(images, folder)["theirs"]
    )
