"""Gradients in shards: equal to the whole batch's, however it is cut and whoever computes."""

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from backprop import (
    SGD,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Residual,
    Sequential,
)
from backprop.regularizers import L2
from backprop.sharded import add_up, shard_gradient, sharded_gradient, split

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(23, 6, 6, 1)), rng.random((23, 3))


def make(dtype="float64", *more):
    """A network with a penalty, a normalization of each row, and a fork."""
    network = Sequential(
        [
            Conv2D(2, 3, activation="tanh"),
            Flatten(),
            LayerNorm(),
            Residual([Dense(32, "tanh", kernel_regularizer=L2(0.1))]),
            *more,
            Dense(3),
        ],
        seed=1,
        dtype=dtype,
    )
    network.build((6, 6, 1))
    network.compile(SGD(0.1), "mse")
    return network


def whole(network, x, y):
    """The loss and the gradient of one step of training, with nothing cut."""
    loss = network.train_on_batch(x, y)
    return loss, network.gradients.copy()


@pytest.mark.parametrize("shards", [1, 2, 5, 23])
def test_the_gradient_is_that_of_the_whole_batch(shards):
    parameters = make().parameters + 0.1
    network = make()
    network.parameters = parameters
    loss, gradient = whole(network, X, Y)
    sharded_loss, sharded = sharded_gradient(make, parameters, split(X, Y, shards))
    assert sharded_loss == pytest.approx(loss, rel=1e-14, abs=0)
    np.testing.assert_allclose(sharded, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())
    assert np.abs(gradient).max() > 0.1


def test_shards_of_very_different_size_weigh_as_many_samples_as_they_have():
    shards = [(X[:1], Y[:1]), (X[1:21], Y[1:21]), (X[21:], Y[21:])]
    loss, gradient = whole(make(), X, Y)
    sharded_loss, sharded = sharded_gradient(make, make().parameters, shards)
    assert sharded_loss == pytest.approx(loss, rel=1e-14, abs=0)
    np.testing.assert_allclose(sharded, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())
    means = np.mean([shard_gradient(make, make().parameters, *s)[2] for s in shards], axis=0)
    assert np.abs(means - gradient).max() > 0.01 * np.abs(gradient).max()  # the test can tell


def test_float32_stays_float32():
    network = make("float32")
    loss, gradient = whole(network, X, Y)
    start = make("float32").parameters
    sharded_loss, sharded = sharded_gradient(lambda: make("float32"), start, split(X, Y, 4))
    assert sharded.dtype == np.float32
    assert sharded_loss == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(sharded, gradient, rtol=0, atol=1e-6 * np.abs(gradient).max())


def test_a_client_gives_the_same_bits_and_each_shard_is_submitted_once():
    start, shards = make().parameters, split(X, Y, 5)
    here = sharded_gradient(make, start, shards)
    with ThreadPoolExecutor(3) as pool:
        there = sharded_gradient(make, start, shards, pool)
    assert there[0] == here[0]
    np.testing.assert_array_equal(there[1], here[1])

    class Client:
        sizes = ()

        def submit(self, function, *arguments):
            self.sizes += (len(arguments[2]),)
            future = Future()
            future.set_result(function(*arguments))
            return future

    client = Client()
    sharded_gradient(make, start, shards, client)
    assert client.sizes == tuple(len(x) for x, _ in shards)


def test_the_order_in_which_workers_finish_does_not_matter():
    class Backwards:
        """Runs nothing until the last result is asked for, and then the last task first."""

        def __init__(self):
            self.tasks = []

        def submit(self, *task):
            self.tasks.append((future := Future(), task))
            if len(self.tasks) == 5:
                for other, (function, *arguments) in reversed(self.tasks):
                    other.set_result(function(*arguments))
            return future

    start, shards = make().parameters, split(X, Y, 5)
    expected = sharded_gradient(make, start, shards)[1]
    np.testing.assert_array_equal(sharded_gradient(make, start, shards, Backwards())[1], expected)


def test_nothing_given_is_changed():
    start, x, y = make().parameters.copy(), X.copy(), Y.copy()
    sharded_gradient(make, start, split(x, y, 3))
    for now, before in ((start, make().parameters), (x, X), (y, Y)):
        np.testing.assert_array_equal(now, before)
    results = [shard_gradient(make, start, *shard) for shard in split(X, Y, 3)]
    before = [gradient.copy() for _, _, gradient in results]
    add_up(results)
    for (_, _, gradient), kept in zip(results, before, strict=True):
        np.testing.assert_array_equal(gradient, kept)


def test_a_shard_is_a_step_of_training_and_needs_no_dx_of_the_data():
    calls = []

    class Probe(Layer):
        def _forward(self, x, training):
            calls.append(training)
            return x

        def _backward(self, dy, need_dx):
            calls.append(need_dx)
            return dy

    def with_probe():
        network = Sequential([Probe(), Dense(3)], seed=0)
        network.build((6,))
        network.compile("sgd", "mse")
        return network

    shard_gradient(with_probe, with_probe().parameters, X[:, 0, :, 0], Y)
    assert calls == [True, False]


def test_training_in_shards_ends_at_the_weights_of_fit():
    network, sharded = make(), make()
    network.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        for i in range(0, len(X), 8):
            shards = split(X[i : i + 8], Y[i : i + 8], 3)
            _, gradient = sharded_gradient(make, sharded.parameters, shards)
            sharded.optimizer.step(sharded.parameters, gradient)
    assert np.abs(network.parameters - make().parameters).max() > 0.01
    np.testing.assert_allclose(sharded.parameters, network.parameters, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layer", [BatchNorm, lambda: Dropout(0.5)])
@pytest.mark.parametrize("inside", [False, True])
def test_layers_that_depend_on_the_cut_are_refused_by_name(layer, inside):
    def with_layer():
        one = layer()
        return make("float64", Residual([one]) if inside else one)

    start = with_layer().parameters
    with pytest.raises(ValueError, match=r"depends on that sample alone, got (batchnorm|dropout)"):
        sharded_gradient(with_layer, start, split(X, Y, 2))


def test_bad_input_is_named():
    start = make().parameters
    with pytest.raises(ValueError, match="expected at least one shard, got none"):
        sharded_gradient(make, start, [])
    with pytest.raises(ValueError, match="expected x and y of the same length, got 23 and 22"):
        split(X, Y[1:], 2)
    for shards in (0, 24):
        with pytest.raises(
            ValueError, match=f"expected 1 to 23 shards of 23 samples, got {shards}"
        ):
            split(X, Y, shards)
    with pytest.raises(ValueError, match="parameters: expected shape"):
        sharded_gradient(make, start[1:], split(X, Y, 2))
    with pytest.raises(ValueError, match="expected y_true of the predictions' shape"):
        sharded_gradient(make, start, [(X[:3], Y[:2])])


def test_split_cuts_in_order_and_nearly_equally():
    parts = split(X, Y, 5)
    assert [len(x) for x, _ in parts] == [5, 5, 5, 4, 4]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in parts]), X)
    np.testing.assert_array_equal(np.concatenate([y for _, y in parts]), Y)


def test_importing_it_imports_no_dask():
    code = "import sys, backprop.sharded; sys.exit('dask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
