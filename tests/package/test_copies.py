"""Copies and pickles: a copied view would be no view, and a copied network would learn nothing."""

import copy
import pickle

import numpy as np
import pytest
from test_layers import EXAMPLES, make
from test_losses import ALL, UNUSED, P, Y, name, targets_for

from backprop import Adam, BatchNorm, Dense, Dropout, Residual, Sequential
from backprop.layer import leaves


def pickled(something):
    return pickle.loads(pickle.dumps(something))


each_way = pytest.mark.parametrize("copied", [copy.deepcopy, pickled])


def trained():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    inside = Residual([Dense(4, "tanh"), Dropout(0.3), Dense(4)])
    network = Sequential([Dense(4, "gelu"), BatchNorm(), inside, Dense(2)], seed=1)
    network.compile(Adam(0.01), "mse")
    network.fit(x, y, batch_size=5, epochs=2, verbose=0)
    return network, x, y


@each_way
def test_a_copied_network_goes_on_as_the_original_does(copied):
    network, x, y = trained()
    other = copied(network)
    np.testing.assert_array_equal(other.predict(x), network.predict(x))
    losses = [net.fit(x, y, batch_size=5, epochs=3, verbose=0).history for net in (network, other)]
    assert losses[0] == losses[1]
    for a, b in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@each_way
def test_a_copied_network_is_made_of_views_and_shares_nothing(copied):
    network, x, y = trained()
    other, before = copied(network), network.get_weights()
    assert not np.shares_memory(network.parameters, other.parameters)
    for leaf in leaves(other.layers):
        for parameter in leaf.parameter_shapes():
            assert np.shares_memory(getattr(leaf, parameter), other.parameters)
            assert np.shares_memory(getattr(leaf, "d" + parameter), other.gradients)
    other.fit(x, y, epochs=1, verbose=0)
    for a, b in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@each_way
def test_a_network_can_be_copied_before_it_is_built(copied):
    x, y = np.ones((4, 3)), np.ones((4, 2))
    network = Sequential([Dense(2, "relu"), Dense(2)], seed=0)
    network.compile(Adam(), "mse")
    other = copied(network)
    network.fit(x, y, verbose=0)
    other.fit(x, y, verbose=0)
    for a, b in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@each_way
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_copied_layer_computes_the_same(copied, example):
    layer, x = make(example)
    dy = np.random.default_rng(1).normal(size=layer.forward(x).shape)
    other = copied(layer)
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        other.backward(dy)
    np.testing.assert_array_equal(other.forward(x), layer.forward(x))
    np.testing.assert_array_equal(other.backward(dy), layer.backward(dy))
    np.testing.assert_array_equal(other.gradients, layer.gradients)


@each_way
@pytest.mark.parametrize("loss", ALL, ids=name)
def test_a_copied_loss_computes_the_same(copied, loss):
    y = targets_for(loss, Y)
    loss.forward(y, P)
    other, unused = copied(loss), copy.deepcopy(UNUSED[ALL.index(loss)])
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        other.backward()
    assert other.forward(y[:2], P[:2]) == unused.forward(y[:2], P[:2])
    np.testing.assert_array_equal(other.backward(), unused.backward())


@each_way
def test_a_copy_knows_its_input_without_a_second_look(copied, monkeypatch):
    """A copied dtype is another object: a layer that asked for its own would check every batch."""
    network, x, y = trained()
    other, (x, y) = copied(network), copied((x, y))
    other.fit(x, y, batch_size=6, verbose=0)
    monkeypatch.setattr("backprop.layer.Layer.check_x", None)
    other.fit(x, y, batch_size=6, verbose=0)


def test_a_pickle_leaves_the_buffers_out():
    layer = Dense(10).build(10, seed=0)
    before = len(pickle.dumps(layer))
    layer.forward(np.ones((1000, 10)))
    assert len(pickle.dumps(layer)) < before + 100
