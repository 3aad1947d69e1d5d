"""Checks of chapter 2's exercises, and of its pages on losses and XOR."""

from itertools import pairwise
from math import erf, sqrt

import numpy as np

from .checking import ask, call_text, compare, exercise, expect, require


@exercise("ex-2-1", "collapse")
def linear_layers(collapse):
    for seed, sizes in enumerate(((10, 2, 10, 3), (4, 5, 2, 1))):
        rng = np.random.default_rng(seed)
        layers = [(rng.normal(size=p), rng.normal(size=p[1])) for p in pairwise(sizes)]

        def network(x, layers=layers):
            for W, b in layers:
                x = x @ W + b
            return x

        # Where x is 0 the network is b, and a unit vector adds one row of W.
        b = network(np.zeros(sizes[0]))
        W = network(np.eye(sizes[0])) - b
        expect(collapse, tuple(array for layer in layers for array in layer), (W, b), ("W", "b"))


@exercise("ex-2-2", "three_steps")
def descent_by_hand(three_steps):
    require(len(three_steps) == 3, f"three_steps: expected 3 pairs, given {len(three_steps)}")
    w = 0.0
    for step, pair in enumerate(three_steps, 1):
        w -= 0.3 * 2 * (2 * w - 6)
        after = (w, (6 - 2 * w) ** 2 / 2)
        compare(tuple(pair), after, f"three_steps, after step {step}", ("w", "L"), atol=5e-7)


@exercise("ex-2-9", "w_dip", "b_dip")
def one_neuron(w, b):
    require(np.size(w) == 2, f"w_dip: expected two numbers, given {np.size(w)}")
    require(np.size(b) == 1, f"b_dip: expected one number, given {np.size(b)}")
    w, b = np.ravel(w).astype(float), float(np.ravel(b)[0])
    for point in ((0, 0), (0, 1), (1, 0), (1, 1)):
        z = float(w @ point) + b
        o = z * (1 + erf(z / sqrt(2))) / 2
        label = point[0] != point[1]
        side = "below" if label else "not below"
        require(
            (o < -0.1) == label,
            f"the point {point}, with label {int(label)}: expected an output {side} -0.1, "
            f"given {o:.4f} (at z = {z:.4g})",
        )


@exercise("ex-2-11", "best_constant")
def median(best_constant):
    rng = np.random.default_rng(0)
    drawn = [rng.exponential(size=n) for n in (5, 6, 51)]
    for targets in (np.array([0.0, 1.0, 2.0, 100.0]), np.array([-3.0]), *drawn):
        # The mean of |y - o| is piecewise linear in o, with corners at the targets: one is lowest.
        least = min(np.mean(np.abs(targets - corner)) for corner in targets)
        found = ask(best_constant, targets)
        require(np.ndim(found) == 0, f"best_constant: expected one number, given {found!r}")
        loss = np.mean(np.abs(targets - found))
        require(
            loss <= least + 2e-3 * np.ptp(targets) + 1e-12,
            f"{call_text(best_constant, (targets,))}: the mean of |y - o| is {loss:.4g} at your "
            f"{float(found):.4g}, and elsewhere {least:.4g}",
        )
