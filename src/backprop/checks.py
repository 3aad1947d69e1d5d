"""Checks of what a caller passes in: each names what was expected and what was given."""

import math
import numbers

import numpy as np

__all__ = ["check_data", "check_dtype", "check_positive", "check_rate", "check_shape"]


def check_positive(value, name: str) -> int:
    """Return a whole number of at least 1, or raise a TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")
    return int(value)


def check_rate(value, name: str, low: float = 0.0, high: float = math.inf) -> float:
    """Return a real number with low <= value < high, or raise a TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not low <= value < high:
        raise ValueError(f"{name}: expected {low} <= {name.split()[-1]} < {high}, got {value}")
    return float(value)


def check_shape(shape, name: str) -> tuple[int, ...]:
    """Return the shape of one sample as a tuple; an integer n stands for (n,)."""
    if isinstance(shape, numbers.Integral):
        shape = (shape,)
    if not isinstance(shape, tuple | list) or not shape:
        raise TypeError(f"{name}: expected a shape such as (8,), got {shape!r}")
    return tuple(check_positive(n, f"{name}: input shape") for n in shape)


def check_dtype(dtype) -> np.dtype:
    """Return float64 or float32 as a dtype, or raise a ValueError."""
    try:
        result = np.dtype(dtype)
    except TypeError:
        result = None
    if result not in (np.float64, np.float32):
        raise ValueError(f"dtype: expected 'float64' or 'float32', got {dtype!r}")
    return result


def check_data(x, name: str, dtype: np.dtype) -> np.ndarray:
    """Return data as an array of ``dtype`` with at least one row and only finite numbers.

    Raises
    ------
    TypeError
        If the data are not real numbers.
    ValueError
        If there is no row, or an element is NaN or infinite; the message says where.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected real numbers, got dtype {x.dtype}")
    if x.ndim == 0 or x.size == 0:
        raise ValueError(f"{name}: expected at least one row, got shape {x.shape}")
    x = x.astype(dtype, copy=False)
    finite = np.isfinite(x)
    if not finite.all():
        at = tuple(map(int, np.argwhere(~finite)[0]))
        raise ValueError(f"{name}: expected finite numbers, got {x[at]} at index {at}")
    return x
