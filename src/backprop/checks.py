"""Checks of what a caller passes in: each names what was expected and what was given."""

import math
import numbers

import numpy as np

__all__ = [
    "as_array",
    "check_count",
    "check_data",
    "check_dtype",
    "check_flag",
    "check_positive",
    "check_rate",
    "check_seed",
    "check_shape",
]


def check_count(value, name: str, least: int = 0) -> int:
    """Return a whole number of at least ``least``, or raise a TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return int(value)


def check_positive(value, name: str) -> int:
    """Return a whole number of at least 1, or raise a TypeError or ValueError."""
    return check_count(value, name, least=1)


def check_rate(value, name: str, high: float = math.inf, positive: bool = False) -> float:
    """Return a finite number of at least 0, or above it, and below ``high``.

    Raises
    ------
    TypeError, ValueError
        If it is no number, or another one.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not 0.0 <= value < high or (positive and value == 0.0):
        if high < math.inf:
            expected = f"0 {'<' if positive else '<='} {name.split()[-1]} < {high:g}"
        else:
            expected = f"a finite number {'above' if positive else 'of at least'} 0"
        raise ValueError(f"{name}: expected {expected}, got {value}")
    return float(value)


def check_flag(value, name: str) -> bool:
    """Return True or False, or raise a TypeError: "no" would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return bool(value)


def check_seed(seed) -> np.random.Generator:
    """Return the generator of a seed, or raise a TypeError or ValueError."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"seed: expected a whole number of at least 0, a numpy.random.Generator or None, "
            f"got {seed!r}"
        ) from None


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
    if dtype is None or result not in (np.float64, np.float32):
        raise ValueError(f"dtype: expected 'float64' or 'float32', got {dtype!r}")
    return result


def as_array(x, name: str) -> np.ndarray:
    """Return x as an array.

    Raises
    ------
    ValueError
        If its rows differ in length.
    TypeError
        If it is masked: an array would forget the mask, and compute with what it hides.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: expected an array without a mask, got a masked array; leave its masked "
            f"samples out, or fill them in with filled()"
        )
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{name}: expected rows of one length, got different lengths") from None


def check_data(x, name: str, dtype: np.dtype) -> np.ndarray:
    """Return data as an array of ``dtype`` with at least one row and only finite numbers.

    Raises
    ------
    TypeError
        If the data are not real numbers.
    ValueError
        If there is no row, or an element is NaN or infinite; the message says where.
    """
    x = as_array(x, name)
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
