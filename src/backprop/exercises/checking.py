"""What the checks share: a table of them, and comparisons whose messages help without telling."""

import numbers
from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["CHECKS", "CheckFailed", "ask", "check", "compare", "exercise", "expect", "require"]

CHECKS: dict[str, tuple[tuple[str, ...], Callable]] = {}
"""For each label: the names that the exercise asks for, and the function that checks them."""


class CheckFailed(AssertionError):
    """An answer that is not right; the message says what was expected, and where."""


def exercise(label: str, *names: str) -> Callable:
    """Register the decorated function as the check of an exercise.

    Parameters
    ----------
    label : str
        Of the exercise in the book.
    *names : str
        What the student defines; the function gets these objects in this order.
    """

    def register(function):
        CHECKS[label] = names, function
        return function

    return register


def check(label: str, namespace: Mapping) -> str:
    """Check the answer to an exercise.

    Parameters
    ----------
    label : str
        Of the exercise, such as "ex-3-10".
    namespace : dict
        Where the answer is: ``globals()``.

    Returns
    -------
    str
        A sentence that says it is right.

    Raises
    ------
    CheckFailed
        If a name is missing or an answer is wrong; the message says what was expected and given.
    ValueError
        If no exercise with this label has a check.
    """
    if label not in CHECKS:
        raise ValueError(f"expected one of {', '.join(sorted(CHECKS))}, got {label!r}")
    names, function = CHECKS[label]
    missing = [name for name in names if name not in namespace]
    if missing:
        require(False, f"{label}: define {' and '.join(f'`{n}`' for n in missing)} first")
    try:
        function(*(namespace[name] for name in names))
    except CheckFailed:
        raise
    except Exception as error:
        raise CheckFailed(f"{label}: {type(error).__name__}: {error}") from error
    answers = " and ".join(f"`{name}`" for name in names)
    return f"{label}: right. {answers} passed every test of this exercise."


def require(condition, message: str) -> None:
    """Raise a CheckFailed with the message, unless the condition holds."""
    if not condition:
        raise CheckFailed(message)


def expect(function: Callable, arguments: tuple, expected, parts=(), **tolerance) -> None:
    """Call the student's function, and compare with what is expected: see ``ask``, ``compare``."""
    value = ask(function, *arguments)
    compare(value, expected, call_text(function, arguments), parts, **tolerance)


def ask(function: Callable, *arguments):
    """Return the value of the student's function, which must leave its arguments as they are.

    Raises
    ------
    CheckFailed
        If it is no function, raises an error, or writes into an array or a list that it was given.
    """
    require(callable(function), f"expected a function or a class, given {show(function)}")
    given = [a.copy() if isinstance(a, np.ndarray | list) else a for a in arguments]
    call = call_text(function, arguments)
    try:
        value = function(*given)
    except Exception as error:
        raise CheckFailed(f"{call} raised {type(error).__name__}: {error}") from error
    for before, after in zip(arguments, given, strict=True):
        if isinstance(before, np.ndarray | list):
            same = np.array_equal(before, after)
            require(same, f"{call} changed what it was given, {show(before)}, into {show(after)}")
    return value


def compare(value, expected, where: str, parts=(), rtol: float = 1e-7, atol: float = 1e-9) -> None:
    """Compare a number, an array, or a tuple or dictionary of them with what is expected.

    Parameters
    ----------
    value, expected : number, array, tuple, list or dict
    where : str
        What was called on which input, for the message.
    parts : sequence of str
        Names of a tuple's elements, for the message.
    rtol, atol : float
        A number is right within atol + rtol |expected|.

    Raises
    ------
    CheckFailed
        Otherwise; it names the place where the two differ most.
    """
    if isinstance(expected, dict):
        right = isinstance(value, dict) and set(value) == set(expected)
        require(right, f"{where}: expected a dictionary of {sorted(expected)}, given {show(value)}")
        for key, one in expected.items():
            compare(value[key], one, f"{where}, {key!r}", rtol=rtol, atol=atol)
        return
    if isinstance(expected, tuple):
        right = isinstance(value, tuple | list) and len(value) == len(expected)
        names = f" ({', '.join(parts)})" if parts else ""
        require(right, f"{where}: expected {len(expected)} results{names}, given {show(value)}")
        for i, (mine, one) in enumerate(zip(value, expected, strict=True)):
            name = parts[i] if parts else f"result {i + 1}"
            compare(mine, one, f"{where}, {name}", rtol=rtol, atol=atol)
        return
    try:
        got = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise CheckFailed(f"{where}: expected {show(expected)}, given {show(value)}") from None
    expected = np.asarray(expected, dtype=float)
    require(
        got.shape == expected.shape,
        f"{where}: expected {shape_text(expected)}, given {shape_text(got)}",
    )
    right = np.isclose(got, expected, rtol=rtol, atol=atol)
    if not right.all():
        i = np.unravel_index(np.argmax(np.where(right, -1, badness(got, expected))), got.shape)
        place = f" at index {tuple(int(k) for k in i)}" if got.ndim else ""
        raise CheckFailed(f"{where}: expected {expected[i]:.6g}{place}, given {got[i]:.6g}")


def badness(got, expected):
    return np.nan_to_num(np.abs(got - expected), nan=np.inf)


def call_text(function, arguments) -> str:
    name = getattr(function, "__name__", "the function")
    return f"{name}({', '.join(show(a) for a in arguments)})"


def shape_text(array: np.ndarray) -> str:
    return f"an array of shape {array.shape}" if array.ndim else f"one number, {array:.6g}"


def show(value) -> str:
    """A value in a few words: small ones whole, large arrays by their shape."""
    if isinstance(value, np.ndarray):
        if value.size > 8:
            return f"an array of shape {value.shape}"
        return (
            "array(" + np.array2string(value, precision=4, separator=", ").replace("\n", "") + ")"
        )
    if isinstance(value, bool | str) or value is None:
        return repr(value)
    if isinstance(value, numbers.Real):
        return f"{value:.6g}"
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if isinstance(value, tuple | list) and len(value) <= 12:
        inside = ", ".join(show(one) for one in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    text = repr(value)
    return text if len(text) <= 60 and " at 0x" not in text else f"a {type(value).__name__}"
