"""Checks of chapter 5's exercises, and of its pages on checks, debugging, weights and splits."""

import numpy as np

from ..layers import Dense
from ..network import Sequential
from ..numeric import complex_step
from .checking import ask, call_text, compare, exercise, expect, require


@exercise("ex-5-5", "loss", "W2_new", "b2_new")
def match_keras(loss, W2_new, b2_new):
    x, y = np.cos(np.arange(24)).reshape(3, 8), np.array([[0.0], [1.0], [0.5]])
    W1, b1 = np.sin(np.arange(80)).reshape(8, 10), np.cos(np.arange(10)) / 10
    W2, b2 = np.cos(np.arange(10)).reshape(10, 1), 0.1
    a = np.maximum(x @ W1 + b1, 0.0)
    o = a @ W2 + b2
    do = 2 * (o - y) / 3  # the mean of squares of three samples
    compare(loss, np.mean((o - y) ** 2), "loss, before the step", atol=5e-7)
    for name, new, size, old, slope in (
        ("W2_new", W2_new, 10, W2, a.T @ do),
        ("b2_new", b2_new, 1, b2, do.sum()),
    ):
        require(np.size(new) == size, f"{name}: expected {size} numbers, given {np.size(new)}")
        after = np.ravel(old - 0.01 * slope)
        compare(np.ravel(new), after, f"{name}, after the step", rtol=0, atol=1e-8)


@exercise("ex-5-7", "kink")
def relu_kink(kink):
    def relu(z):
        return max(z, 0.0)

    def slope_2_then_5(z):
        return 2 * z if z < 1 else 5 * z - 3

    def smooth(z):
        return float(np.tanh(z))

    def parabola(z):
        return z * z

    h = 1e-5
    for f, z, expected in (
        *((relu, sign * z, True) for z in (0.0, 1e-6, h / 3, 8e-6) for sign in (1, -1)),
        *((relu, z, False) for z in (0.3, -0.3, 2.0)),
        *((abs, z, True) for z in (0.0, 3e-6, -3e-6)),
        *((slope_2_then_5, z, z == 1.0) for z in (1.0, 0.0, 2.0)),
        *((f, z, False) for f in (smooth, parabola) for z in (0.0, 1e-6, 0.3, -1.0)),
    ):
        found = bool(ask(kink, f, z))
        require(
            found == expected,
            f"{call_text(kink, (f, z))}: expected {expected}, given {found} "
            f"(the step is h = {h:g} to both sides)",
        )


@exercise("ex-5-9", "gelu_slope")
def gelu(gelu_slope):
    def tanh_form(z):
        return np.sum(0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))))

    for z in (np.linspace(-5, 5, 41), np.array([[-0.3, 0.0], [1.7, 3.0]])):
        expect(gelu_slope, (z,), complex_step(tanh_form, z))


@exercise("ex-5-15", "shuffled_split")
def split(shuffled_split):
    for rows, fraction, last in ((100, 0.2, 20), (10, 0.3, 3), (7, 0.5, 4)):
        x, y = np.arange(2.0 * rows).reshape(rows, 2), -np.arange(float(rows))[:, None]
        orders = []
        for seed in (0, 0, 1):
            value = ask(shuffled_split, x, y, fraction, np.random.default_rng(seed))
            where = f"shuffled_split, {rows} rows, fraction {fraction}"
            try:
                (x_first, y_first), (x_last, y_last) = value
            except (TypeError, ValueError):
                require(False, f"{where}: expected (x, y), (x, y): two parts, each a pair")
            sizes = len(x_first), len(x_last)
            half = rows * fraction % 1 == 0.5  # either rounding is as good
            require(
                sizes == (rows - last, last) or (half and abs(sizes[1] - last) == 1),
                f"{where}: expected {rows - last} and {last} rows, given {sizes[0]} and {sizes[1]}",
            )
            x_all, y_all = np.concatenate([x_first, x_last]), np.concatenate([y_first, y_last])
            pairs = x_all.shape == x.shape and np.array_equal(x_all[:, :1], -2 * y_all)
            require(pairs, f"{where}: expected each row of x to keep its own row of y")
            order = x_all[:, 0] / 2
            every = np.array_equal(np.sort(order), np.arange(rows))
            require(every, f"{where}: expected every row exactly once, given some twice or never")
            orders.append(order.tolist())
        require(orders[0] == orders[1], f"{where}: expected the same split from the same rng")
        require(orders[0] != orders[2], f"{where}: expected another split from another rng")


@exercise("ex-5-18", "leaky_variance")
def leaky(leaky_variance):
    z = np.random.default_rng(0).normal(size=1000)
    z = np.concatenate([z, -z])  # as many below 0 as above
    for alpha, n in ((0.2, 128), (0.0, 100), (1.0, 50), (0.01, 64)):
        passed = np.mean(np.where(z > 0, z, alpha * z) ** 2) / np.mean(z**2)
        expect(leaky_variance, (alpha, n), 1 / (n * passed))


@exercise("ex-5-22", "fall_ratio")
def check_two(fall_ratio):
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
        for scale, eta in ((1.0, 1e-6), (2.0, 1e-6), (0.5, 1e-6), (-1.0, 1e-6), (1.0, 1e-2)):
            network, other = (
                Sequential([Dense(4, "tanh", input_dim=3), Dense(2)], seed=seed) for _ in range(2)
            )
            network.compile(loss="mean_squared_error")
            other.compile(loss="mean_squared_error")
            before = other.evaluate(x, y, verbose=0)
            other.loss.forward(y, other.forward(x))
            other.backward(other.loss.backward())
            g = scale * other.gradients
            other.parameters[:] -= eta * g
            ratio = (before - other.evaluate(x, y, verbose=0)) / (eta * np.sum(g**2))
            value = ask(fall_ratio, network, x, y, scale, eta)
            where = f"fall_ratio, scale = {scale}, eta = {eta:g}"
            compare(value, ratio, where, rtol=1e-5, atol=1e-5)
