"""Costs: every formula equals what is counted while the layer runs."""

import numpy as np
import pytest
from test_layers import EXAMPLES, make

from backprop import (
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Residual,
    RMSprop,
    Sequential,
    activations,
    cost,
)
from backprop.cost import Operations, layer_cost, network_cost, update_operations
from backprop.layer import leaves

N = 5


class Tally:
    """Operations counted so far, and the arrays that count them.

    A matrix product is recognized as ``dot`` or ``np.matmul``. Where an entry of the left matrix of
    ``dot`` is exactly 1, as in the column beside x, it adds and does not multiply: that is an
    elementwise operation.
    """

    def __init__(self):
        self.multiply_adds = self.elementwise = 0
        tally = self

        class Counted(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
                if out is not None:
                    kwargs["out"] = tuple(np.asarray(array) for array in out)
                plain = [np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs]
                result = getattr(ufunc, method)(*plain, **kwargs)
                assert method in ("__call__", "reduce", "reduceat"), method
                if ufunc is np.matmul:
                    tally.multiply_adds += result.size * plain[0].shape[-1]
                    return out[0]
                tally.elementwise += np.size(result if method == "__call__" else plain[0])
                return tally.of(result) if out is None else out[0]

            def dot(self, other, out):
                ones = int(np.sum(np.asarray(self) == 1.0))
                tally.multiply_adds += (self.size - ones) * other.shape[1]
                tally.elementwise += ones * other.shape[1]
                np.dot(np.asarray(self), np.asarray(other), out=np.asarray(out))
                return out

        self.type = Counted

    def of(self, array):
        return np.asarray(array).view(self.type)

    def take(self):
        """Return the operations counted since the last call."""
        taken = Operations(self.multiply_adds, self.elementwise)
        self.multiply_adds = self.elementwise = 0
        return taken

    def random(self, out, dtype):
        """A generator's method: one operation for each number drawn."""
        self.elementwise += out.size
        out[...] = np.random.default_rng(0).random(out.shape)


def put(layer, name, array):
    """Replace an array of a layer, among its buffers too; setattr would write into a parameter."""
    object.__setattr__(layer, name, array)
    for buffers in layer._buffers.values():
        if name in buffers:
            buffers[name] = array


def unchecked(monkeypatch):
    """Leave the layers' own checks out: they would turn the counting arrays into plain ones."""
    monkeypatch.setattr(Layer, "check_x", lambda self, x: x)
    monkeypatch.setattr(Layer, "check_dy", lambda self, dy: dy)


def watch(layers, tally, monkeypatch):
    """Make the layers' arrays count; they must have run once, so that their buffers are there."""

    unchecked(monkeypatch)
    for layer in leaves(layers):
        same = {}  # one counting array for each array: z and y may be the same
        for name, array in vars(layer).items():
            if isinstance(array, np.ndarray):
                counting = same.setdefault(id(array), tally.of(array))
                put(layer, name, counting)
        if isinstance(layer, Dropout):
            layer._rng = tally


@pytest.mark.parametrize("name", EXAMPLES)
def test_operations_of_a_layer_are_those_counted_while_it_runs(name, monkeypatch):
    layer, x = make(name)
    dy = np.random.default_rng(1).normal(size=layer.forward(x, training=True).shape)
    layer.backward(dy)
    tally = Tally()
    watch([layer], tally, monkeypatch)
    layer.forward(tally.of(x), training=True)
    assert tally.take() == layer_cost(layer, N).forward
    layer.backward(tally.of(dy))
    assert tally.take() == layer_cost(layer, N).backward
    layer.backward(tally.of(dy), need_dx=False)
    assert tally.take() == layer_cost(layer, N, need_dx=False).backward


def test_operations_of_a_network_are_those_counted_while_it_runs(monkeypatch):
    network = Sequential(
        [
            Flatten(),
            Dense(7, "gelu"),
            BatchNorm(),
            Residual([Dense(7, "relu"), Dropout(0.2), Dense(7)]),
            Dense(3, "softmax"),
        ],
        seed=0,
    )
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(N, 2, 3)), rng.normal(size=(N, 3))
    network.forward(x, training=True)
    network.backward(dy, need_dx=False)
    tally = Tally()
    watch(network.layers, tally, monkeypatch)
    network.forward(tally.of(x), training=True)
    assert tally.take() == network_cost(network, N).forward
    network.backward(tally.of(dy), need_dx=False)
    assert tally.take() == network_cost(network, N).backward


class Number(float):
    """A number that counts its multiplications, as in chapter 1."""

    count = 0

    def __mul__(self, other):
        Number.count += 1
        return Number(float(self) * float(other))

    def __add__(self, other):
        return Number(float(self) + float(other))

    __rmul__, __radd__ = __mul__, __add__


@pytest.mark.parametrize("sizes", [(64, 32, 10), (3, 1, 4, 2), (5, 5)])
@pytest.mark.parametrize("n", [1, 4])
def test_multiply_adds_are_the_multiplications_of_single_numbers(sizes, n, monkeypatch):
    """Every number of the package's own Dense layers is one that counts."""
    network = Sequential([Dense(size) for size in sizes[1:]], seed=0)
    x, dy = np.ones((n, sizes[0])), np.ones((n, sizes[-1]))
    network.forward(x)
    network.backward(dy, need_dx=False)
    expected = network_cost(network, n)
    numbers = np.vectorize(Number, otypes=[object])
    unchecked(monkeypatch)
    for layer in network.layers:
        own = {name: numbers(getattr(layer, name)) for name in ("_Wb", "_dWb", "z", "dz", "dx")}
        x1 = numbers(layer.x1)
        own |= {"x1": x1, "_x": x1[:, :-1], "_x1T": x1.T, "y": own["z"], "_WT": own["_Wb"][:-1].T}
        for name, array in (own | {"dtype": np.dtype(object)}).items():
            put(layer, name, array)

    sums = n * sum(sizes[1:])  # + b and db are products with ones, but sums to anyone who counts
    Number.count = 0
    network.forward(numbers(x))
    assert Number.count == expected.forward.multiply_adds + sums
    Number.count = 0
    network.backward(numbers(dy), need_dx=False)
    assert Number.count == expected.backward.multiply_adds + sums


@pytest.mark.parametrize("hidden", [1, 2, 4, 8, 16, 32, 64])
def test_counts_of_chapter_1(hidden):
    """64 pixels, one hidden layer, 10 probabilities: 74 multiply-adds a unit, and 84 backward."""
    network = Sequential([Dense(hidden, "tanh", input_dim=64), Dense(10, "softmax")])
    network.build()
    total = network_cost(network, 1)
    assert (total.forward.multiply_adds, total.backward.multiply_adds) == (74 * hidden, 84 * hidden)


@pytest.mark.parametrize(
    "optimizer",
    [SGD(), SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True), RMSprop(), Adam(), AdamW()],
    ids=["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
)
def test_operations_of_an_update_are_those_counted_while_it_runs(optimizer):
    layer = Residual([Dense(4, "tanh"), BatchNorm()]).build(4, seed=0)
    tally = Tally()
    w, g = tally.of(layer.parameters), tally.of(np.ones_like(layer.gradients))
    optimizer.step(w, g)
    tally.take()
    optimizer.step(w, g)
    counted = tally.take()
    assert counted == Operations(0, update_operations(optimizer) * layer.parameters.size)
    assert counted.elementwise == layer_cost(layer, N, optimizer=optimizer).update


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kept_bytes_are_those_that_forward_writes(name, dtype, monkeypatch):
    """An array is NaN at first, unless it is made of ones or zeros; what differs after forward,
    forward wrote. Dense's column of ones stays, and so do the zeros around a convolution's images.
    """
    layer, x = make(name, dtype=dtype)
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float: np.full(shape, np.nan, dtype))
    for leaf in leaves([layer]):
        leaf._take_up(N)
    before = {id(array): array.copy() for array in held(layer)}
    layer.forward(x, training=True)
    written = sum(
        array.itemsize * np.sum(~np.isnan(array) & (array != before[id(array)]))
        for array in held(layer)
    )
    assert written == layer_cost(layer, N).kept


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bytes_of_buffers_are_those_of_the_arrays_held(name, dtype):
    layer, x = make(name, dtype=dtype)
    layer.backward(np.ones_like(layer.forward(x, training=True)))
    assert sum(array.nbytes for array in held(layer)) == layer_cost(layer, N).buffers


def held(layer):
    """The arrays that a layer holds for its batch: no parameters, no averages, no input."""
    found = {}
    for leaf in leaves([layer]):
        lasting = {"x", "dy", *leaf.state}
        for name, array in vars(leaf).items():
            if isinstance(array, np.ndarray) and name not in lasting:
                whole = array if array.base is None else array.base  # of a view
                found[id(whole)] = whole
        for vector in (leaf.parameters, leaf.gradients):
            found.pop(id(vector if vector.base is None else vector.base), None)
    return list(found.values())


def test_a_cost_sums_over_layers():
    network = Sequential([Dense(4, "relu", input_dim=3), Dense(2)])
    network.build()
    total, adam = network_cost(network, 10), network_cost(network, 10, Adam())
    assert total.forward == Operations(10 * (12 + 8), 10 * (4 + 2) + 10 * 4)
    assert total.backward == Operations(10 * (12 + 2 * 8), 10 * (4 + 2) + 10 * 2 * 4)
    assert (total.update, adam.update) == (2 * 26, 12 * 26)
    assert total.kept == 8 * 10 * ((3 + 4) + (4 + 2))


def test_every_layer_and_every_activation_has_a_count():
    assert set(cost.LAYERS) == {type(make(name)[0]) for name in EXAMPLES}
    assert set(cost.ACTIVATIONS) == set(activations.ACTIVATIONS.values())


class Mine(Dense):
    """A reader's own layer, which may do more than Dense."""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layer_cost(Dense(2), 1), RuntimeError, "dense is not built yet"),
        (lambda: layer_cost(Mine(2).build(3), 1), TypeError, "expected one of Dense, .* got <Mine"),
        (lambda: layer_cost("dense", 1), TypeError, "expected a layer"),
        (lambda: layer_cost(Dense(2).build(3), 0), ValueError, "n: expected at least 1, got 0"),
        (lambda: layer_cost(Dense(2).build(3), 2.5), TypeError, "expected a whole number"),
        (lambda: update_operations(SGD(clipvalue=1.0)), ValueError, "does not clip"),
        (lambda: update_operations(Adam(global_clipnorm=1.0)), ValueError, "does not clip"),
        (lambda: update_operations("muon"), ValueError, "each parameter alone, got Muon"),
        (lambda: update_operations("newton"), ValueError, "unknown optimizer"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
