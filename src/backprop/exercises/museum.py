"""Checks of the museum's exercises."""

import numpy as np

from ..gradient_check import check_gradients
from .checking import ask, compare, exercise, require


@exercise("ex-museum-2", "largest_step")
def line_search(largest_step):
    w = np.array([0.6, -0.8])
    for lam, K, c in ((2.0, 1, 1e-3), (2.0, 400, 1e-3), (0.5, 999, 1e-3), (3.0, 5, 0.1)):
        bound = ask(largest_step, K, lam, c)
        g = K * lam * w
        for t, expected in ((0.999 * bound, True), (1.001 * bound, False)):
            fall = lam / 2 * (w @ w - (w - t * g) @ (w - t * g))
            accepted = fall >= c * t * (g @ g)
            require(
                accepted == expected,
                f"largest_step(K={K}, lam={lam}, c={c}): given {bound:.6g}, but the step "
                f"{t:.6g} is {'accepted' if accepted else 'not accepted'}",
            )


@exercise("ex-museum-3", "Repaired")
def scale_and_shift(Repaired):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        gamma, beta = rng.normal(1.0, 0.3, 3), rng.normal(size=3)
        x = rng.normal(size=(5, 3))
        layer = ask(Repaired, gamma, beta)
        compare(layer.forward(x), gamma * x + beta, "Repaired, forward, x of shape (5, 3)")
        kept = [
            name
            for name, value in vars(layer).items()
            if np.shape(value) == x.shape and np.allclose(np.asarray(value, float), x)
        ]
        require(not kept, f"expected a layer that does not keep x, given one with {kept}")
        report = check_gradients(layer, x)
        require(report.passed, f"γ and β drawn at random, check_gradients says:\n{report}")
