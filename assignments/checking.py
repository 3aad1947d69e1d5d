"""What tests are written with, for the grader and, copied into each student's folder, for students.

A test is a function of three arguments: ``s``, the student's functions; ``v``, the student's own
numbers; ``rng``, a generator whose seed is the test's name. It returns nothing or raises `Wrong`.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Mapping

import numpy as np

TOLD = (-2.0, -1.0, -0.5, 0.5, 2.0)


class Wrong(Exception):
    """An answer that is not the expected one.

    `expected` and `given` are shown for a public test. For a hidden one the student sees only
    `pattern`, which tells how the two differ and none of the test's numbers.
    """

    def __init__(self, expected: str, given: str, pattern: str) -> None:
        super().__init__(f"expected {expected}, given {given}")
        self.expected, self.given, self.pattern = expected, given, pattern


def test(question: int, points: float, idea: str) -> Callable:
    """Mark a function as a test of `question` that is worth `points`.

    `idea` ends the sentence “Check this: …” in the feedback, so it names what to think about and
    nothing that the question's text does not say.
    """

    def mark(function: Callable) -> Callable:
        function.question, function.points, function.idea = question, points, idea
        return function

    return mark


test.__test__ = False  # pytest would collect it


def generator_of(function: Callable) -> np.random.Generator:
    """The random numbers of a test: the same each time."""
    return np.random.default_rng(zlib.crc32(function.__name__.encode()))


# --- comparisons ----------------------------------------------------------------------------------


def near(given: object, expected: object, tolerance: float = 1e-9, name: str = "") -> None:
    """Require |given − expected| ≤ tolerance · max(1, max|expected|), and the same shape.

    Numbers, arrays, and lists, tuples and dicts of them; a list may stand for a tuple.
    """
    if isinstance(expected, Mapping):
        kind(given, dict, name)
        if set(given) != set(expected):
            keys = f"keys {_brief(list(given))}"
            raise Wrong(_named(name, f"keys {sorted(expected)}"), keys, _named(name, "other keys"))
        for key, value in expected.items():
            near(given[key], value, tolerance, f"{name}[{key!r}]")
    elif isinstance(expected, list | tuple):
        kind(given, (list, tuple), name)
        require(
            len(given) == len(expected), name, f"{len(expected)} values", f"{len(given)} values"
        )
        for position, (one, other) in enumerate(zip(given, expected, strict=True)):
            near(one, other, tolerance, f"{name}[{position}]")
    else:
        _near_array(given, np.asarray(expected), tolerance, name)


def _near_array(given: object, expected: np.ndarray, tolerance: float, name: str) -> None:
    array = numbers(given, name)
    shape(array, expected.shape, name)
    require(bool(np.isfinite(array).all()), name, "finite numbers", "NaN or infinity")
    array, scale = array.astype(float), max(1.0, float(np.abs(expected).max(initial=0.0)))
    wrong = np.abs(array - expected) > tolerance * scale
    if wrong.any():
        raise Wrong(
            _named(name, _brief(expected)), _brief(array), _named(name, _pattern(array, expected))
        )


def _pattern(given: np.ndarray, expected: np.ndarray) -> str:
    """How a wrong array differs: by a factor, by a transpose, or in how many entries."""
    product, norm = float(np.sum(given * expected)), float(np.sum(expected**2))
    factor = product / norm if norm else 0.0
    scale = max(float(np.abs(expected).max(initial=0.0)), 1e-300)
    if not given.any():
        return "yours is 0 everywhere"
    # Any factor of a single number would tell the number itself.
    told = (given.size > 1 and abs(factor - 1) > 1e-3) or np.isclose(factor, TOLD, rtol=1e-6).any()
    if told and factor and np.abs(given - factor * expected).max() <= 1e-6 * abs(factor) * scale:
        return f"yours is {factor:.4g} times the right value"
    square = given.ndim == 2 and given.shape[0] == given.shape[1]
    if square and np.abs(given.T - expected).max() <= 1e-6 * scale:
        return "yours is the transpose of the right value"
    difference = np.abs(given - expected)
    if difference.max() <= 1e-3 * scale:
        return "yours is near the right value, and not near enough"
    return f"{int((difference > 1e-6 * scale).sum())} of {expected.size} numbers differ"


def numbers(given: object, name: str = "") -> np.ndarray:
    """Require a real number or an array of them, and return it as an array."""
    if isinstance(given, np.ndarray | np.generic | float | int) and not isinstance(given, bool):
        array = np.asarray(given)
        if array.dtype.kind in "fiu":
            return array
    raise Wrong(
        _named(name, "a number or an array"), type(given).__name__, _named(name, "not a number")
    )


def shape(given: object, expected: tuple[int, ...], name: str = "") -> None:
    """Require an array of this shape; a number has the shape ()."""
    found = numbers(given, name).shape
    require(found == tuple(expected), name, f"shape {tuple(expected)}", f"shape {found}")


def kind(given: object, expected: type | tuple[type, ...], name: str = "") -> None:
    """Require a value of this type."""
    kinds = expected if isinstance(expected, tuple) else (expected,)
    words = " or ".join(each.__name__ for each in kinds)
    require(isinstance(given, kinds), name, words, type(given).__name__)


def same(given: object, expected: object, name: str = "") -> None:
    """Require an equal value of the same type: a word, a count, a truth value, a list of them."""
    equal = type(given) is type(expected) and given == expected
    if not equal:
        raise Wrong(_named(name, _brief(expected)), _brief(given), _named(name, "another value"))


def require(condition: bool, name: str, expected: str, given: str) -> None:
    """Require a condition; `expected` and `given` are words that are shown also when hidden.

    So nothing may stand in `given` that the student's code can choose freely.
    """
    if not condition:
        words = _named(name, f"expected {expected}, given {given}")
        raise Wrong(_named(name, expected), given, words)


def _named(name: str, text: str) -> str:
    return f"{name}: {text}" if name else text


def _brief(value: object) -> str:
    with np.printoptions(precision=8, threshold=20, edgeitems=3):
        text = str(value)
    return text if len(text) <= 300 else text[:300] + " …"


# --- derivatives by differences -------------------------------------------------------------------


def vjp(function: Callable, x: np.ndarray, cotangent: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The gradient of Σ cotangent · function(x) with respect to x, by central differences.

    dx_i = Σ cotangent · (f(x + h e_i) − f(x − h e_i)) / 2h, with an error of order h² (about 1e-10
    for functions of size 1): compare with a tolerance of 1e-7, and with nothing coarser.
    """
    x = np.asarray(x, float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[index] = h
        change = np.asarray(function(x + step), float) - np.asarray(function(x - step), float)
        gradient[index] = np.sum(cotangent * change) / (2 * h)
    return gradient


# --- running the public tests at home -------------------------------------------------------------


class Answers:
    """A student's functions at home. Arguments are copied, as they are when the grader calls."""

    def __init__(self, namespace: Mapping) -> None:
        self._namespace = namespace

    def __getattr__(self, name: str) -> Callable:
        if not callable(self._namespace.get(name)):
            raise Wrong(f"a function {name}", "none", f"there is no function {name}")
        return lambda *arguments: self._namespace[name](*copy.deepcopy(arguments))


def run(tests: list[Callable], namespace: Mapping, question: int | None = None) -> bool:
    """Run the public tests of one question, or of all, and print how each went."""
    chosen = [each for each in tests if question in (None, each.question)]
    if not chosen:
        print(f"There is no public test of question {question}.")
    passed = True
    for each in chosen:
        try:
            each(Answers(namespace), namespace.get("VARIANT", {}), generator_of(each))
        except Wrong as wrong:
            passed = False
            print(f"✗ question {each.question}: check this: {each.idea}")
            print(f"    expected {wrong.expected}\n    given    {wrong.given}")
        except NotImplementedError as error:
            passed = False
            print(f"· question {each.question}: not answered yet ({error})")
        except Exception as error:
            passed = False
            print(f"✗ question {each.question}: {type(error).__name__}: {error}")
        else:
            print(f"✓ question {each.question}: {each.idea}")
    if passed and chosen:
        print("All public tests pass. Hidden ones remain: they ask the same with other numbers.")
    return passed
