"""The smallest network with a hidden layer, every number a scalar (chapter 4).

Forward::

    z1 = w11·x + b1       a1 = g(z1)
    z2 = w21·a1 + b2      o  = f(z2)
    L  = ½ (y − o)²

With g the identity, a1 = z1 and the two layers are one neuron in disguise: chapter 4 proves it,
then goes on to a hidden activation g. Backward multiplies the derivatives on the way from L::

    ∂L/∂w21 = ∂L/∂o · ∂o/∂z2 · ∂z2/∂w21
    ∂L/∂w11 = ∂L/∂o · ∂o/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂w11

Any number may also be a NumPy array. Then everything is computed element by element, one network
or one sample for each element, and nothing is summed. Numbers of another kind than float64 are made
float64: in an array of unsigned 8-bit numbers, 3 − 5 would be 254.

>>> p = Parameters(w11=0.5, b1=0.1, w21=-0.4, b2=0.2)
>>> before = loss(1.0, forward(p, 2.0).o)
>>> p = update(p, partials(p, 2.0, 1.0), learning_rate=0.5)
>>> bool(loss(1.0, forward(p, 2.0).o) < before)
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from .checks import as_array, check_rate

__all__ = ["Forward", "Parameters", "Partials", "forward", "loss", "partials", "update"]

Number = float | np.ndarray

# Name: the function of z, and its derivative, written with z and with the function's value a.
ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "identity": (lambda z: z, lambda z, a: 1.0),
    # 1/(1+e^(−z)) = e^(−log(e⁰+e^(−z))), a form that cannot overflow.
    "sigmoid": (lambda z: np.exp(-np.logaddexp(0.0, -z)), lambda z, a: a * (1 - a)),
    "tanh": (np.tanh, lambda z, a: 1 - a**2),
    # ReLU has no derivative at 0. We take 0 there, as everywhere in the package.
    "relu": (lambda z: np.maximum(z, 0.0), lambda z, a: (z > 0) * 1.0),
}


@dataclass(frozen=True)
class Parameters:
    """The four numbers that training changes."""

    w11: Number
    b1: Number
    w21: Number
    b2: Number

    def __post_init__(self) -> None:
        for field in fields(self):
            # The way in which a frozen dataclass sets its own attributes.
            object.__setattr__(self, field.name, _number(field.name, getattr(self, field.name)))


@dataclass(frozen=True)
class Forward:
    """Every number of the forward pass."""

    x: Number
    z1: Number
    a1: Number
    z2: Number
    o: Number


@dataclass(frozen=True)
class Partials:
    """Every derivative of the backward pass; ``dL_dw11`` is ∂L/∂w11.

    First the factors, one for each arrow of the graph; then their products.
    """

    dL_do: Number
    do_dz2: Number
    dz2_dw21: Number
    dz2_db2: Number
    dz2_da1: Number
    da1_dz1: Number
    dz1_dw11: Number
    dz1_db1: Number
    dz1_dx: Number

    dL_dz2: Number
    dL_dw21: Number
    dL_db2: Number
    dL_dz1: Number
    dL_dw11: Number
    dL_db1: Number
    dL_dx: Number


def forward(parameters: Parameters, x: Number, f: str = "sigmoid", g: str = "identity") -> Forward:
    """Compute z1, a1, z2 and o.

    Parameters
    ----------
    parameters : Parameters
    x : float or ndarray
        The input.
    f, g : {"identity", "sigmoid", "tanh", "relu"}
        Activation of the output and of the hidden unit.

    Raises
    ------
    ValueError
        If an activation is unknown, or `x` is NaN or infinite.
    TypeError
        If `x` is not a number.
    """
    _require(parameters, Parameters)
    x = _number("x", x)
    z1 = parameters.w11 * x + parameters.b1
    a1 = _activation(g)[0](z1)
    z2 = parameters.w21 * a1 + parameters.b2
    o = _activation(f)[0](z2)
    return Forward(x, z1, a1, z2, o)


def loss(y: Number, o: Number) -> Number:
    """Return L = ½ (y − o)², half the squared error."""
    y, o = _number("y", y), _number("o", o)
    return 0.5 * (y - o) ** 2


def partials(
    parameters: Parameters, x: Number, y: Number, f: str = "sigmoid", g: str = "identity"
) -> Partials:
    """Compute every partial derivative, by the chain rule.

    Parameters
    ----------
    parameters : Parameters
    x, y : float or ndarray
        The input and the target.
    f, g : {"identity", "sigmoid", "tanh", "relu"}
        Activation of the output and of the hidden unit.

    Raises
    ------
    ValueError
        If an activation is unknown, or `x` or `y` is NaN or infinite.
    TypeError
        If `x` or `y` is not a number.
    """
    y = _number("y", y)
    state = forward(parameters, x, f, g)

    # The factors: each formula of the forward pass, differentiated on its own.
    dL_do = state.o - y
    do_dz2 = _activation(f)[1](state.z2, state.o)
    dz2_dw21 = state.a1
    dz2_db2 = 1.0
    dz2_da1 = parameters.w21
    da1_dz1 = _activation(g)[1](state.z1, state.a1)
    dz1_dw11 = state.x
    dz1_db1 = 1.0
    dz1_dx = parameters.w11

    # The products, from L back to x. What two paths share is computed once.
    dL_dz2 = dL_do * do_dz2
    dL_dz1 = dL_dz2 * dz2_da1 * da1_dz1
    return Partials(
        dL_do=dL_do,
        do_dz2=do_dz2,
        dz2_dw21=dz2_dw21,
        dz2_db2=dz2_db2,
        dz2_da1=dz2_da1,
        da1_dz1=da1_dz1,
        dz1_dw11=dz1_dw11,
        dz1_db1=dz1_db1,
        dz1_dx=dz1_dx,
        dL_dz2=dL_dz2,
        dL_dw21=dL_dz2 * dz2_dw21,
        dL_db2=dL_dz2 * dz2_db2,
        dL_dz1=dL_dz1,
        dL_dw11=dL_dz1 * dz1_dw11,
        dL_db1=dL_dz1 * dz1_db1,
        dL_dx=dL_dz1 * dz1_dx,
    )


def update(parameters: Parameters, gradient: Partials, learning_rate: float) -> Parameters:
    """Return new parameters, w_new = w_old − η ∂L/∂w.

    The old ones stay as they are, so no gradient can be computed from a half-updated network.

    Raises
    ------
    ValueError
        If the learning rate η is not a positive, finite number.
    """
    _require(parameters, Parameters)
    _require(gradient, Partials)
    check_rate(learning_rate, "learning_rate", positive=True)
    return Parameters(
        w11=parameters.w11 - learning_rate * gradient.dL_dw11,
        b1=parameters.b1 - learning_rate * gradient.dL_db1,
        w21=parameters.w21 - learning_rate * gradient.dL_dw21,
        b2=parameters.b2 - learning_rate * gradient.dL_db2,
    )


def _activation(name: str) -> tuple[Callable, Callable]:
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}; expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def _number(name: str, value: Number) -> Number:
    """Return a finite real number or an array of them, as float64."""
    # A list is refused too: + and * would join and repeat it.
    kind = "" if isinstance(value, list | tuple) else as_array(value, name).dtype.kind
    if kind not in ("f", "i", "u", "b"):
        raise TypeError(
            f"{name} must be a real number or an array of them, got {type(value).__name__}"
        )
    if not np.all(np.isfinite(value)):
        raise ValueError(f"{name} must be finite, got {value}")
    if isinstance(value, np.ndarray):
        return value.astype(np.float64, copy=False)
    return value if isinstance(value, float) else float(value)


def _require(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}: {value!r}")
