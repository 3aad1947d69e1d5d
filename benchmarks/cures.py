"""Which cure helps a descent that is stuck? ``python -m benchmarks.cures`` writes ``cures.json``.

For the book's appendix, question 1. Networks of one kind are trained as a stack: every array has
one more axis in front, and ``@`` multiplies the matrices of each network. A cure's learning rate
is the one that solves the most of 20 networks (of several, the one with the least mean loss), with
other starts than those that are counted.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np

from backprop import SGD, Adam

RESULTS = Path(__file__).with_name("cures.json")
SOLVED = 0.1  # a loss below this
TUNING, TUNING_SEED, SEED = 20, 1, 2
RATES = {
    "SGD": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0),
    "Adam": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
}
METHODS = {"SGD": SGD, "Adam": Adam}
CURES = {
    "none": {},
    "five starts": {"starts": 5},
    "Adam": {"method": "Adam"},
    "batch norm": {"norm": True},
    "residual": {"skip": True},
    "residual + batch norm": {"skip": True, "norm": True},
}


def start(rng, stack, sizes, scale=1.0):
    """Return [W, b, W, b, ...] of a stack: Glorot's uniform weights times ``scale``, b = 0."""
    parameters = []
    for n_in, n_out in pairwise(sizes):
        limit = scale * np.sqrt(6 / (n_in + n_out))
        parameters.append(rng.uniform(-limit, limit, (stack, n_in, n_out)))
        parameters.append(np.zeros((stack, 1, n_out)))
    return parameters


def passes(parameters, x, y, f, skip=False, norm=False):
    """Return each network's cross-entropy, shape (stack,), and the gradients, as ``parameters``.

    A hidden layer is a = f(z) with z = h W + b, then h + a if ``skip`` (where the shapes agree).
    With ``norm``, z is normalized over the batch, without a scale and shift of its own.
    """
    h, kept = np.broadcast_to(x, (len(parameters[0]), *x.shape)), []
    pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
    for W, b in pairs[:-1]:
        z, s = h @ W + b, None
        if norm:
            z -= z.mean(axis=1, keepdims=True)
            s = np.sqrt((z * z).mean(axis=1, keepdims=True) + 1e-3)
            z /= s
        a = np.maximum(z, 0) if f == "relu" else np.tanh(z)
        kept.append((h, z, a, s))
        h = h + a if skip and a.shape == h.shape else a
    W, b = pairs[-1]
    o = h @ W + b
    loss = (np.logaddexp(0, o) - y * o).mean(axis=(1, 2))
    dz = (1 / (1 + np.exp(-o)) - y) / len(x)
    gradients, dh = [h.mT @ dz, dz.sum(axis=1, keepdims=True)], dz @ W.mT
    for (W, _), (h, z, a, s) in zip(pairs[-2::-1], kept[::-1], strict=True):
        dz = dh * ((z > 0) if f == "relu" else 1 - a * a)
        if norm:
            mean = dz.mean(axis=1, keepdims=True)
            dz = (dz - mean - z * (dz * z).mean(axis=1, keepdims=True)) / s
        gradients[:0] = [h.mT @ dz, dz.sum(axis=1, keepdims=True)]
        dh = dz @ W.mT + (dh if skip and a.shape == h.shape else 0)
    return loss, gradients


class Networks:
    """Stacks of networks on one data set."""

    def __init__(self, x, y, f, sizes, steps, scale=1.0):
        self.x, self.y, self.f, self.sizes, self.steps, self.scale = x, y, f, sizes, steps, scale

    def train(self, optimizer, seed, n, starts=1, factor=1, **kind):
        """Return the last losses of n networks; with ``starts``, each the best of as many."""
        rng = np.random.default_rng(seed)
        parameters = start(rng, n * starts, self.sizes, self.scale)
        flat = np.concatenate([p.ravel() for p in parameters])
        cuts = np.cumsum([p.size for p in parameters])[:-1]
        pieces = zip(np.split(flat, cuts), parameters, strict=True)
        views = [piece.reshape(p.shape) for piece, p in pieces]
        with np.errstate(all="ignore"):  # a rate that is too high may overflow
            for _ in range(factor * self.steps // starts):
                _, gradients = passes(views, self.x, self.y, self.f, **kind)
                optimizer.step(flat, np.concatenate([g.ravel() for g in gradients]))
            loss = passes(views, self.x, self.y, self.f, **kind)[0]
        return np.nan_to_num(loss, nan=np.inf).reshape(starts, n).min(axis=0)


class Wave:
    """One weight: o = sin(w x) is to be sin(8 x) on [−1, 1]; mean squared error."""

    x = np.linspace(-1, 1, 41)
    steps = 300

    def train(self, optimizer, seed, n, starts=1):
        """Return the last losses of n weights, started between 0 and 20."""
        w = np.random.default_rng(seed).uniform(0, 20, n * starts)
        for _ in range(self.steps // starts):
            angle = np.outer(w, self.x)
            error = np.sin(angle) - np.sin(8 * self.x)
            optimizer.step(w, np.mean(2 * error * np.cos(angle) * self.x, axis=1))
        error = np.sin(np.outer(w, self.x)) - np.sin(8 * self.x)
        return np.mean(error**2, axis=1).reshape(starts, n).min(axis=0)


def spirals():
    """Return two spirals of 32 points, (64, 2), and which of them a point is on, (64, 1)."""
    radius = np.linspace(0.15, 1, 32)
    angle = 1.5 * np.pi * radius
    arm = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return np.vstack([arm, -arm]), np.repeat([[0.0], [1.0]], 32, axis=0)


def problems():
    """Return (problem, number of networks, names of cures) by name."""
    xor = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    targets = np.array([[0.0], [1.0], [1.0], [0.0]])
    deep = (*spirals(), "tanh", [2, *[6] * 12, 1], 400)
    return {
        "wave": (Wave(), 400, ("none", "five starts", "Adam")),
        "XOR": (Networks(xor, targets, "relu", [2, 2, 1], 1500), 400, tuple(CURES)),
        "deep, small weights": (Networks(*deep, scale=0.4), 100, tuple(CURES)),
        "deep, Glorot's weights": (Networks(*deep), 100, tuple(CURES)),
    }


def measure(problem, n, method="SGD", **cure):
    """Return how many of n were solved, at which rate, and the median loss."""

    def score(rate):
        loss = problem.train(METHODS[method](rate), TUNING_SEED, TUNING, **cure)
        return (loss < SOLVED).sum(), -np.minimum(loss, 9.0).mean()

    rate = max(RATES[method], key=score)
    loss = problem.train(METHODS[method](rate), SEED, n, **cure)
    solved, median = int((loss < SOLVED).sum()), round(float(np.median(loss)), 4)
    return {"solved": solved, "n": n, "rate": rate, "median": median}


def main() -> None:
    results = {}
    for title, (problem, n, names) in problems().items():
        results[title] = {}
        for name in names:
            results[title][name] = row = measure(problem, n, **CURES[name])
            print(f"{title:24}{name:24}{row}", flush=True)
    deep = problems()["deep, small weights"][0]
    results["deep, small weights"]["none, 10 times the steps"] = row = measure(deep, 24, factor=10)
    print(row)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
