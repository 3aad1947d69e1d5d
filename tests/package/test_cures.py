"""benchmarks/cures.py: its stacks are the package's networks, and its results are those stored."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from backprop import SGD, Activation, BatchNorm, Dense, Residual, Sequential
from backprop.losses import BinaryCrossentropy

FILE = Path(__file__).parents[2] / "benchmarks" / "cures.py"
# By its path: the package `benchmarks` sets environment variables when it is imported.
spec = importlib.util.spec_from_file_location("cures", FILE)
cures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cures)


@pytest.mark.parametrize(
    ("f", "skip", "norm"),
    [("relu", False, False), ("tanh", True, False), ("tanh", False, True), ("relu", True, True)],
)
def test_a_network_of_a_stack_is_that_of_the_package(f, skip, norm):
    rng = np.random.default_rng(0)
    stack = cures.start(rng, 3, [2, 6, 6, 1])
    for b in stack[1::2]:
        b += rng.normal(size=b.shape)
    x, y = rng.normal(size=(5, 2)), np.array([[1.0], [0.0], [1.0], [1.0], [0.0]])
    loss, gradients = cures.passes(stack, x, y, f, skip=skip, norm=norm)

    def block(skip):
        layers = [Dense(6), *([BatchNorm()] if norm else []), Activation(f)]
        return [Residual(layers)] if skip else layers

    net = Sequential([*block(False), *block(skip), Dense(1)], seed=0)
    net.compile(SGD(1e-15), BinaryCrossentropy(from_logits=True))
    net.build((2,))
    inside = [layer for outer in net.layers for layer in (outer.layers or [outer])]
    dense = [layer for layer in inside if isinstance(layer, Dense)]
    for one in range(3):
        for layer, W, b in zip(dense, stack[::2], stack[1::2], strict=True):
            layer.W, layer.b = W[one], b[one, 0]
        assert net.train_on_batch(x, y) == pytest.approx(loss[one], rel=1e-12)
        for layer, dW, db in zip(dense, gradients[::2], gradients[1::2], strict=True):
            np.testing.assert_allclose(layer.dW, dW[one], rtol=1e-6, atol=1e-12)
            np.testing.assert_allclose(layer.db, db[one, 0], rtol=1e-6, atol=1e-12)


def test_the_stored_results_are_those_of_the_script():
    stored = json.loads(cures.RESULTS.read_text(encoding="utf-8"))
    for title, (_, n, names) in cures.problems().items():
        assert set(names) <= set(stored[title])
        assert {stored[title][name]["n"] for name in names} == {n}
    wave, n, names = cures.problems()["wave"]
    for name in names:
        row = cures.measure(wave, n, **cures.CURES[name])
        assert row["rate"] == stored["wave"][name]["rate"]
        assert abs(row["solved"] - stored["wave"][name]["solved"]) <= 1


def test_five_starts_are_the_best_of_five_shorter_runs():
    xor = cures.problems()["XOR"][0]
    together = xor.train(SGD(1.0), seed=5, n=3, starts=5)
    short = cures.Networks(xor.x, xor.y, xor.f, xor.sizes, xor.steps // 5)
    each = short.train(SGD(1.0), seed=5, n=15)
    np.testing.assert_allclose(together, each.reshape(5, 3).min(axis=0), rtol=1e-12)
