"""Activation functions: the value and the derivative side by side.

An activation maps a layer's weighted sum ``z`` to its output ``y = f(z)``. Backpropagation then
needs one thing from it: given ``dy = ∂L/∂y``, the gradient ``dz = ∂L/∂z``. For a function that acts
on each element alone this is ``dz = dy · f'(z)``; softmax mixes the elements of a row, so its rule
has one more term.

Most derivatives are shorter in terms of ``y`` than of ``z`` (``tanh' = 1 − y²``). Such a function
may overwrite ``z`` with ``y``; only GELU must keep ``z``, and says so by ``needs_z``. ``backward``
needs ``y``, and ``z`` where ``needs_z``, as ``forward`` left them.

Values are exact to a few units in the last place, however small they are: σ(−40) is 4.2e-18. A
derivative in terms of ``y`` is exact to a few units of rounding of 1: 1 − y is rounded where y is
near 1.
"""

import math

import numpy as np
from numpy import divide, exp, maximum, minimum, multiply, sign, subtract, tanh

from .checks import check_rate

__all__ = [
    "ACTIVATIONS",
    "GELU",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "get",
]

# NumPy converts a Python float on every call; a 0-d array of the right dtype it takes as it is.
_ZERO = {np.dtype(dtype): np.zeros((), dtype) for dtype in "fd"}
# 1 + e⁴⁰ is e⁴⁰ in both dtypes, so that σ(z) = 1 from there on.
_FORTY = {np.dtype(dtype): np.full((), 40.0, dtype) for dtype in "fd"}


class Linear:
    """f(z) = z and f'(z) = 1: the identity, Keras's ``"linear"``."""

    needs_z = False

    def forward(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Write ``f(z)`` into ``y``, an array of the same shape (or ``z`` itself)."""
        if y is not z:
            np.copyto(y, z)
        return y

    def backward(self, dy: np.ndarray, z: np.ndarray, y: np.ndarray, dz: np.ndarray) -> np.ndarray:
        """Return ``∂L/∂z``, written into ``dz``, given ``dy = ∂L/∂y`` and what forward computed."""
        return dy  # already ∂L/∂z: nothing to write


class Sigmoid:
    """f(z) = 1 / (1 + e⁻ᶻ) and f' = y (1 − y).

    Computed as ``eᶻ / (1 + eᶻ)``, which is exact for the smallest y; with z at most 40, where y has
    become 1, no power overflows.
    """

    needs_z = False

    def forward(self, z, y):
        minimum(z, _FORTY[z.dtype], out=y)
        exp(y, out=y)
        return divide(y, 1.0 + y, out=y)

    def backward(self, dy, z, y, dz):
        subtract(1.0, y, out=dz)  # 1 − y
        dz *= y  #                  y (1 − y)
        dz *= dy
        return dz


class Tanh:
    """f(z) = tanh z and f' = 1 − y²."""

    needs_z = False

    def forward(self, z, y):
        return tanh(z, out=y)

    def backward(self, dy, z, y, dz):
        multiply(y, y, out=dz)
        subtract(1.0, dz, out=dz)  # 1 − y²
        dz *= dy
        return dz


class ReLU:
    """f(z) = max(z, 0) and f' = 1 for z > 0, else 0.

    At z = 0 there is no derivative; 0 is taken there, as Keras, PyTorch and JAX do. As y ≥ 0, the
    sign of y is 1 where z > 0 and 0 elsewhere, which is f'.
    """

    needs_z = False

    def forward(self, z, y):
        return maximum(z, _ZERO[z.dtype], out=y)

    def backward(self, dy, z, y, dz):
        sign(y, out=dz)
        return multiply(dz, dy, out=dz)


class LeakyReLU:
    """f(z) = z for z > 0, else αz; f' = 1 for z > 0, else α.

    Parameters
    ----------
    negative_slope : float
        α, with 0 ≤ α < 1; 0.2 as in ``keras.activations.leaky_relu``.
    """

    needs_z = False

    def __init__(self, negative_slope: float = 0.2):
        self.negative_slope = check_rate(negative_slope, "LeakyReLU: negative_slope", high=1.0)

    def forward(self, z, y):
        # For α < 1 the larger of z and αz is f(z).
        return maximum(z, self.negative_slope * z, out=y)

    def backward(self, dy, z, y, dz):
        # y has the sign of z: 1, or one that is at most 0 and so at most α.
        sign(y, out=dz)
        maximum(dz, self.negative_slope, out=dz)
        return multiply(dz, dy, out=dz)


class GELU:
    """f(z) = z Φ(z), in its tanh form, and the derivative of that same form.

    f(z) = ½ z (1 + tanh u) with u = √(2/π) (z + 0.044715 z³). As ½ (1 + tanh u) is σ(2u), with
    s = σ(2u), which is exact for the smallest s, f(z) = z s and
    f'(z) = s + z s (1 − s) 2u' with 2u' = √(8/π) (1 + 3 · 0.044715 z²).

    Equal to ``keras.activations.gelu(z, approximate=True)``; it differs from the exact
    z Φ(z) by less than 5e-4. Source: Hendrycks and Gimpel, arXiv:1606.08415.
    """

    needs_z = True

    _c = math.sqrt(8.0 / math.pi)

    def _s(self, z, z2):
        # z times z², for NumPy's z**3 takes some seventy times as long.
        s = z * (0.044715 * self._c * z2 + self._c)  # 2u
        return Sigmoid().forward(s, s)

    def forward(self, z, y):
        return multiply(z, self._s(z, z * z), out=y)

    def backward(self, dy, z, y, dz):
        z2 = z * z
        s = self._s(z, z2)
        du = 3.0 * 0.044715 * self._c * z2 + self._c  # 2u'
        return multiply(dy, s * (1.0 + z * (1.0 - s) * du), out=dz)


class Softmax:
    """yᵢ = e^{zᵢ} / Σₖ e^{zₖ} over the last axis, and ∂yᵢ/∂zⱼ = yᵢ (δᵢⱼ − yⱼ).

    Every output depends on every input of its row, so
    dzⱼ = Σᵢ dyᵢ yᵢ (δᵢⱼ − yⱼ) = yⱼ (dyⱼ − Σᵢ dyᵢ yᵢ).
    The row's maximum is subtracted first: that changes no quotient, and no power overflows.
    """

    needs_z = False

    def forward(self, z, y):
        subtract(z, z.max(axis=-1, keepdims=True), out=y)
        exp(y, out=y)
        y /= y.sum(axis=-1, keepdims=True)
        return y

    def backward(self, dy, z, y, dz):
        subtract(dy, (dy * y).sum(axis=-1, keepdims=True), out=dz)
        dz *= y
        return dz


ACTIVATIONS = {
    "linear": Linear,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "gelu": GELU,
    "softmax": Softmax,
}


def get(activation):
    """Return an activation object for a name, ``None`` (linear), or an activation object.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If ``activation`` is neither a name, nor ``None``, nor an activation object.
    """
    if activation is None:
        return Linear()
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}; known: {', '.join(ACTIVATIONS)}")
        return ACTIVATIONS[activation]()
    if isinstance(activation, tuple(ACTIVATIONS.values())):
        return activation
    raise TypeError(
        f"expected an activation's name, None or an activation object, got {activation!r}"
    )
