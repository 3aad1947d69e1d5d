"""Derivatives by differences: slow, simple, and independent of backpropagation.

Central difference: f'(x) = (f(x + h) − f(x − h))/(2h) + O(h²). A larger h leaves more of the O(h²),
a smaller one more of the rounding error ε |f|/h; their sum is least near h = ε^(1/3).

Complex step: f'(x) = Im f(x + ih)/h + O(h²). Nothing is subtracted, so h may be 1e-30 and the
error is rounding alone; f must be analytic, and written in functions that take complex numbers.
Source: Squire and Trapp (1998), doi:10.1137/S003614459631241X.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .checks import as_array, check_rate

__all__ = ["Differences", "central_difference", "complex_step", "differences"]

_EPSILON = np.finfo(np.float64).eps


class Differences(NamedTuple):
    """The numeric gradient of a scalar function, and how far it can be trusted.

    Attributes
    ----------
    gradient : array
        Central differences, with the shape of the point.
    noise : array
        A bound of their rounding error, likewise.
    kink : array of bool
        Where the function has no derivative within the step: see ``differences``.
    """

    gradient: np.ndarray
    noise: np.ndarray
    kink: np.ndarray


def central_difference(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float | None = None
) -> np.ndarray:
    """Return ∂f/∂x by central differences, one element after the other.

    Parameters
    ----------
    f : function
        Takes an array like x and returns a number.
    x : array of float64, any shape
    h : float, optional
        The step; by default ε^(1/3) max(1, |xᵢ|) for each element.

    Raises
    ------
    ValueError
        If x is not float64, or h is not positive.
    """
    x = _float64(x).copy()
    return differences(lambda: f(x), x, h=h).gradient


def complex_step(f: Callable[[np.ndarray], complex], x: np.ndarray, h: float = 1e-30) -> np.ndarray:
    """Return ∂f/∂x by complex steps, for an analytic f.

    Parameters
    ----------
    f : function
        Takes a complex array like x and returns a number.
    x : array of float64, any shape
    h : float

    Raises
    ------
    ValueError
        If x is not float64, or h is not positive.
    """
    x = _float64(x).astype(complex)
    check_rate(h, "step h", positive=True)
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + 1j * h
        value = _number(f(x))
        if not np.iscomplexobj(value):
            raise TypeError(
                f"expected f to return a complex number for complex x, got {value!r}: it must be "
                f"written in functions that take complex numbers"
            )
        gradient[i] = np.imag(value) / h
        x[i] = kept
    return gradient


def differences(
    f: Callable[[], float], x: np.ndarray, h: float | None = None, magnitude: float = 0.0
) -> Differences:
    """Return central differences of f, which reads x; x is changed in place, and restored whatever
    happens.

    A kink is recognized by the slopes on both sides, (f(x+h) − f(x))/h and (f(x) − f(x−h))/h.
    Where f is smooth, they differ by h f''(x), which halves when h is halved. Where a kink lies
    within the step, the difference does not halve: it stays, or ends once the kink is outside. So
    an element is called a kink if its slopes differ by more than a thousandth of their size, and
    the difference fails to halve from h to h/2 or from h/2 to h/4.

    Parameters
    ----------
    f : function without arguments
    x : array of float64 that f reads
    h : float, optional
        As in ``central_difference``.
    magnitude : float
        The size of the terms that f adds, if larger than |f|: it bounds the rounding error.

    Raises
    ------
    ValueError
        If x is not float64, or h is not positive.
    TypeError
        If x is no array, or a masked one.
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(f"expected x to be the array that f reads, got {type(x).__name__}")
    _float64(x)
    if h is not None:
        check_rate(h, "step h", positive=True)
    gradient, noise, kink = np.empty(x.shape), np.empty(x.shape), np.zeros(x.shape, bool)
    center = _number(f())
    for i in np.ndindex(x.shape):
        step = _EPSILON ** (1 / 3) * max(1.0, abs(x[i])) if h is None else h
        right, left, noise[i] = _slopes(f, x, i, step, center, magnitude)
        gradient[i] = 0.5 * (right + left)
        if abs(right - left) > 1e-3 * (abs(right) + abs(left)) + 2 * noise[i]:
            gaps = [right - left]
            for part in (0.5, 0.25):
                right, left, part_noise = _slopes(f, x, i, part * step, center, magnitude)
                gaps.append(right - left)
                kink[i] |= abs(gaps[-1] - 0.5 * gaps[-2]) > 0.1 * abs(gaps[-2]) + 2 * part_noise
    return Differences(gradient, noise, kink)


def _slopes(f, x, i, h, center, magnitude):
    kept = x[i]
    try:
        x[i] = kept + h
        above, right_step = f(), x[i] - kept  # the step that was really made
        x[i] = kept - h
        below, left_step = f(), kept - x[i]
    finally:  # also after an error of f, or Ctrl-C
        x[i] = kept
    size = max(abs(above), abs(below), abs(center), magnitude)
    return (above - center) / right_step, (center - below) / left_step, 8 * _EPSILON * size / h


def _float64(x):
    x = as_array(x, "x")
    if x.dtype == np.float32:
        raise ValueError(
            "expected float64, got float32: with a step h the rounding error of a difference is "
            "about 1e-7/h in float32, larger than most mistakes; check in float64"
        )
    if x.dtype != np.float64:
        raise ValueError(f"expected float64, got {x.dtype}")
    return x


def _number(value):
    """Return the value of f, if it is one finite number."""
    if np.ndim(value) != 0:
        raise TypeError(f"expected f to return one number, got shape {np.shape(value)}")
    if not np.isfinite(value):
        raise ValueError(f"expected f to be finite, got {value}")
    return value
