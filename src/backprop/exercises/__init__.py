"""Checks of the book's exercises: is the function that you wrote right?

    from backprop.exercises import check

    check("ex-3-10", globals())

An exercise that has a check says so in its last line, with its label and the names to define.
A check calls your functions on several inputs, which they must leave as they are, and compares
with a reference that was computed in another way than the book's solution: a formula, finite
differences, a slow loop, or the definition itself. There is one module for each chapter.
"""

# Each registers its checks.
from . import ch01, ch02, ch03, ch04, ch05, ch06, ch07, ch08, museum, witnesses  # noqa: F401
from .checking import CHECKS, CheckFailed, check

__all__ = ["CHECKS", "CheckFailed", "check"]
