"""Checks of the exercises of chapter 8 and its pages."""

import numpy as np

from ..layers import Dense
from ..network import Sequential
from ..optimizers import SGD
from .checking import ask, call_text, compare, exercise, expect, require, show


@exercise("ex-8-2", "best_rate")
def two_curvatures(best_rate):
    for mu, lam in ((1.0, 100.0), (1.0, 9.0), (0.5, 2.0), (3.0, 3.5)):

        def worst(eta, mu=mu, lam=lam):
            return max(abs(1 - eta * mu), abs(1 - eta * lam))

        low, high = 0.0, 2 / mu
        for _ in range(200):  # worst falls, then rises: the lowest point is in the better part
            one, two = low + (high - low) / 3, high - (high - low) / 3
            low, high = (low, two) if worst(one) < worst(two) else (one, high)
        expect(best_rate, (mu, lam), (low, worst(low)), ("rate", "factor"), rtol=1e-6)


@exercise("ex-8-3", "starts_needed")
def several_starts(starts_needed):
    for share, probability in ((0.3, 0.99), (0.5, 0.75), (0.5, 0.76), (0.9, 0.5), (0.01, 0.95)):
        starts, missed = 0, 1.0
        while missed > 1 - probability + 1e-12:
            starts, missed = starts + 1, missed * (1 - share)
        expect(starts_needed, (share, probability), starts)


@exercise("ex-reg-2", "shrink")
def proximal(shrink):
    for seed, threshold in enumerate((0.5, 0.005, 1.0)):
        u = np.random.default_rng(seed).normal(size=(6, 1))
        u[0], u[1] = 0.0, -threshold
        # w is 0, or a zero of the derivative on one side: the candidate with the lowest value
        candidates = np.stack([0 * u, u - threshold, u + threshold])
        values = (candidates - u) ** 2 / 2 + threshold * np.abs(candidates)
        best = np.take_along_axis(candidates, values.argmin(axis=0)[None], axis=0)[0]
        expect(shrink, (u, threshold), best)
        zeros = ask(shrink, u, threshold)[np.abs(u) < threshold]
        require(not zeros.any(), f"shrink: expected exact zeros for |u| < {threshold}")


@exercise("ex-reg-3", "MaxNorm")
def max_norm(MaxNorm):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), 5 * rng.normal(size=(4, 6))

    def after_one_step(callbacks):
        network = Sequential([Dense(6, input_dim=3)], seed=0)
        network.compile(SGD(0.1), "mean_squared_error")
        network.fit(x, y, epochs=1, batch_size=4, verbose=0, callbacks=callbacks)
        return network.layers[0].W.copy()

    free = after_one_step([])
    lengths = np.linalg.norm(free, axis=0)
    for c in (0.5 * lengths.min(), np.median(lengths), 2 * lengths.max()):
        limited = np.stack([w * min(1.0, c / np.sqrt(w @ w)) for w in free.T], axis=1)
        where = f"MaxNorm({c:.4f}), the weights after one step (columns of length {show(lengths)})"
        compare(after_one_step([ask(MaxNorm, c)]), limited, where)


@exercise("ex-me-3", "masked")
def mask(masked):
    for seed, (n, d, v, size) in enumerate(((1, 2, 2, 4), (20, 3, 2, 8), (32, 4, 4, 16))):
        rng = np.random.default_rng(seed)
        Q, K = rng.normal(size=(2, n, d))
        V, dy = rng.normal(size=(2, n, v))
        S = np.where(np.tri(n, dtype=bool), Q @ K.T / np.sqrt(d), -np.inf)
        A = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
        dA = dy @ V.T
        dS = A * (dA - (A * dA).sum(axis=1, keepdims=True)) / np.sqrt(d)
        right = A @ V, dS @ K, A.T @ dy, dS.T @ Q
        found = ask(masked, Q, K, V, dy, size)
        where = f"masked, {n} positions in blocks of {size}"
        require(len(found) == 2, f"{where}: expected (y, dQ, dV, dK), visited")
        compare(found[0], right, where, ("y", "dQ", "dV", "dK"))
        blocks = -(-n // size)
        most = size * size * blocks * (blocks + 1) // 2
        require(
            n * (n + 1) // 2 <= found[1] <= most,
            f"{where}: expected to visit from {n * (n + 1) // 2} to {most} elements, given "
            f"{found[1]}",
        )


@exercise("ex-adv-1", "steepest_in_length", "steepest_in_sum")
def measures_of_size(steepest_in_length, steepest_in_sum):
    for seed, eps in enumerate((0.15, 1.0, 2.0)):
        g = np.random.default_rng(seed).normal(size=6)
        for function, size, largest in (
            (steepest_in_length, lambda d: np.sqrt(d @ d), np.sqrt(g @ g)),
            (steepest_in_sum, lambda d: np.abs(d).sum(), np.abs(g).max()),
        ):
            delta = np.asarray(ask(function, g, eps), float)
            call = call_text(function, (g, eps))
            require(delta.shape == g.shape, f"{call}: expected 6 numbers, given {show(delta)}")
            limit = f"{call}: expected a size of at most {eps}, given {size(delta):.6g}"
            require(size(delta) <= eps + 1e-9, limit)
            compare(g @ delta, eps * largest, f"{call}: by how much the loss rises, g · δ")


@exercise("ex-by-4", "solve_rows")
def without_a_matrix(solve_rows):
    for seed, (rows, units) in enumerate(((1, 3), (5, 4), (20, 8))):
        rng = np.random.default_rng(seed)
        W = rng.normal(size=(units, units))
        W *= 0.6 / np.linalg.norm(W, 2)
        g, d = rng.normal(size=(rows, units)), rng.uniform(0.1, 1.0, (rows, units))
        right = [np.linalg.solve(np.eye(units) - W * d[n], g[n]) for n in range(rows)]
        expect(solve_rows, (g, d, W), right, atol=1e-7)
