"""Regularizers: a penalty on a layer's weights, added to the loss, with its gradient.

Keras's names and formulas. Note that ``L2`` has no ½, so that its gradient is 2λW.
"""

import numpy as np

from .checks import check_rate
from .layer import leaves

__all__ = ["L1", "L1L2", "L2", "add_penalties", "get", "penalized", "sum_of_penalties"]


class L1L2:
    """P = λ₁ Σ|w| + λ₂ Σ w², and ∂P/∂w = λ₁ sign(w) + 2 λ₂ w (0 for |w| at w = 0).

    Parameters
    ----------
    l1, l2 : float
        λ₁, λ₂ ≥ 0.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = check_rate(l1, f"{type(self).__name__}: l1")
        self.l2 = check_rate(l2, f"{type(self).__name__}: l2")

    def __call__(self, w: np.ndarray) -> float:
        """Return P."""
        return float(self.l1 * np.abs(w).sum() + self.l2 * np.vdot(w, w))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Return ∂P/∂w, with the shape of w."""
        return self.l1 * np.sign(w) + 2.0 * self.l2 * w


class L1(L1L2):
    """P = λ Σ|w|: pulls every weight toward 0 by the same force.

    The minimum has many zeros; gradient descent steps over them, and ends with small weights.
    """

    def __init__(self, l1: float = 0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """P = λ Σ w²: pulls every weight toward 0 by a force proportional to it."""

    def __init__(self, l2: float = 0.01):
        super().__init__(l2=l2)


def penalized(layers) -> list[tuple]:
    """Return (regularizer, parameter, its gradient) for each parameter that has a penalty."""
    return [
        (regularizer, getattr(leaf, name), getattr(leaf, "d" + name))
        for leaf in leaves(layers)
        for name, regularizer in leaf.regularizers.items()
        if regularizer is not None
    ]


def sum_of_penalties(parts: list[tuple]) -> float:
    """Return the sum of the penalties of what ``penalized`` has found."""
    return sum(regularizer(w) for regularizer, w, _ in parts)


def add_penalties(parts: list[tuple]) -> float:
    """Add the penalties' gradients to those of the parameters, and return their sum."""
    for regularizer, w, dw in parts:
        dw += regularizer.gradient(w)
    return sum_of_penalties(parts)


l1, l2 = L1, L2  # Keras has both spellings

REGULARIZERS = {"l1": L1, "l2": L2}


def get(regularizer: "str | L1L2 | None") -> L1L2 | None:
    """Return a regularizer for a name, None, or a regularizer itself.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is something else.
    """
    if regularizer is None or isinstance(regularizer, L1L2):
        return regularizer
    if not isinstance(regularizer, str):
        raise TypeError(f"expected a regularizer's name or object, got {regularizer!r}")
    if regularizer not in REGULARIZERS:
        raise ValueError(f"unknown regularizer {regularizer!r}; known: {', '.join(REGULARIZERS)}")
    return REGULARIZERS[regularizer]()
