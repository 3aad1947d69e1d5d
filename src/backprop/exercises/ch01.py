"""Checks of chapter 1's exercises, and of the page on whether it is better."""

from math import comb

import numpy as np

from ..layers import Dense
from ..network import Sequential
from .checking import ask, compare, exercise, expect, require


@exercise("ex-01-drift", "repaired")
def drift(repaired):
    for seed, step in ((0, 1e-2), (1, 1e-3)):
        rng = np.random.default_rng(seed)
        network = Sequential([Dense(3, "tanh", input_dim=4), Dense(2, "softmax")], seed=seed)
        network.compile(loss="categorical_crossentropy")
        network.build()
        x, y = rng.normal(size=(5, 4)), np.eye(2)[rng.integers(0, 2, 5)]
        network.loss.forward(y, network.forward(x))
        network.backward(network.loss.backward())
        exact, start = network.gradients.copy(), network.parameters.copy()

        found = ask(repaired, network, x, y, step)
        moved = np.abs(network.parameters - start).max()
        require(
            moved < 1e-12,
            f"repaired, step={step}: expected the network's weights as they were before the call, "
            f"one of them is {moved:.2g} away",
        )
        where = f"repaired, a network of {start.size} weights, step={step}"
        compare(found, exact, where, atol=10 * step**2)


@exercise("ex-01-images", "enough")
def images(enough):
    def p_value(only_a, only_b):
        n = only_a + only_b
        return 2 * sum(comb(n, i) for i in range(only_a + 1)) / 2**n

    for pair in ((15, 26), (2, 5), (0, 1), (0, 7), (3, 5), (10, 12)):
        k = next(k for k in range(1, 1000) if p_value(k * pair[0], k * pair[1]) < 0.05)
        expect(enough, pair, k)


@exercise("ex-01-names", "W_four", "b_four")
def names(W, b):
    W, b = np.asarray(W, float), np.asarray(b, float)
    require(W.shape == (2, 4), f"W_four: expected the shape (2, 4), given {W.shape}")
    require(b.shape == (4,), f"b_four: expected the shape (4,), given {b.shape}")
    corners = ((0, 0), (0, 1), (1, 0), (1, 1))
    for own, corner in enumerate(corners):
        scores = np.array(corner) @ W + b
        others = np.delete(scores, own)
        require(
            scores[own] > others.max(),
            f"the point {corner}: expected its own class, number {own}, to have the largest score, "
            f"given the scores {np.round(scores, 3).tolist()}",
        )
