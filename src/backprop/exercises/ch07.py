"""Checks of the exercises of chapter 7 and its page on the textbook that need no framework."""

import numpy as np

from ..numeric import central_difference
from .checking import ask, compare, exercise, require, show


@exercise("ex-7-5", "factors")
def adding_on_purpose(factors):
    require(len(factors) == 2, f"factors: expected two numbers, given {show(factors)}")
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(10, 3))  # a gradient for each sample
    parts = rows[:6].mean(axis=0), rows[6:].mean(axis=0)
    added = factors[0] * parts[0] + factors[1] * parts[1]
    where = "ten gradients, the means of six and of four times your factors, added"
    compare(added, rows.mean(axis=0), where)


@exercise("ex-7-6", "grad")
def your_own_grad(grad):
    def article(v):
        a, b, c = v
        return (a * b + c) ** 2 + a

    def forked(v):
        a, b, _ = v  # c is not used: its derivative is 0
        u = a * b
        return u * u + u

    rng = np.random.default_rng(0)
    for f in (article, forked):
        gradient = ask(grad, f)
        for _ in range(2):
            point = rng.normal(size=3)
            slopes = central_difference(lambda p, f=f: f(p.tolist()), point)
            for call in ("first", "second"):
                found = ask(gradient, point.tolist())
                where = f"grad({f.__name__})({show(point.tolist())}), {call} call"
                compare(found, slopes, where, rtol=1e-5, atol=1e-7)


@exercise("ex-book-2", "rescaled")
def many_weights(rescaled):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        W, b, w = rng.normal(size=(2, 4)), rng.normal(size=4), rng.normal(size=(4, 1))
        alpha, x = rng.uniform(0.2, 5.0, 4), rng.normal(size=(20, 2))
        found = ask(rescaled, W, b, w, alpha)
        require(len(found) == 3, f"rescaled: expected W, b and w, given {len(found)} results")
        new_W, new_b, new_w = (np.asarray(array, float) for array in found)
        where = "rescaled, a network of 4 units"
        compare(new_W, np.stack([W[:, j] * alpha[j] for j in range(4)], axis=1), f"{where}, W")
        before = np.maximum(x @ W + b, 0) @ w
        after = np.maximum(x @ new_W + new_b, 0) @ np.reshape(new_w, (4, 1))
        compare(after, before, f"{where}, its outputs for 20 inputs")
