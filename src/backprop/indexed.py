"""Formulas with indices: SymPy derives their backward pass and prints it as a program.

A formula is a pair (target, expression) and is read: for all values of all indices in it,
``target += expression``. A layer is a list of formulas. Dense, for one::

    z[n, j] += b[j]
    z[n, j] += x[n, i] W[i, j]

Backward takes the formulas from the last to the first. For each occurrence v of an array in an
expression, again for all values of the forward formula's indices::

    d_v += d_target · ∂expression/∂v

where d_v stands for ∂φ/∂v and φ = ⟨cotangent, output⟩. Only the last factor needs calculus, and
SymPy supplies it; the rest is chapter 3: the formulas in reverse, and sums over all paths.

>>> n, i, j = index("n", 2), index("i", 3), index("j", 4)
>>> x, W, b, z = array("x", 2, 3), array("W", 3, 4), array("b", 4), array("z", 2, 4)
>>> dense = derive([(z[n, j], b[j]), (z[n, j], x[n, i] * W[i, j])], inputs=[x, W, b], output=z)
>>> for formula in dense.backward:
...     print(formula)
d_W[i, j] += d_z[n, j]*x[n, i]
d_x[n, i] += W[i, j]*d_z[n, j]
d_b[j] += d_z[n, j]
>>> y, (dx, dW, db) = dense([np.ones((2, 3)), np.ones((3, 4)), np.ones(4)], np.ones((2, 4)))
>>> dx[0]
array([4., 4., 4.])

`backprop.machine_code` prints and compiles the same program as C.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import sympy as sp
from sympy.printing.c import reserved_words

from .checks import check_data, check_positive

__all__ = ["Formula", "Program", "array", "copies", "derive", "index", "largest"]


def array(name: str, *shape: int) -> sp.IndexedBase:
    """Return an array of real numbers to write formulas with. A number has the shape (1,).

    Raises
    ------
    ValueError
        If the name is not letters and digits, or is a word of Python or C, or no size is given.
    """
    if not shape:
        raise ValueError(f"array {name}: expected at least one size, got none; a number has size 1")
    sizes = [check_positive(size, f"array {name}: size") for size in shape]
    return sp.IndexedBase(_name(name), shape=sizes, real=True)


def index(name: str, size: int) -> sp.Idx:
    """Return an index that takes the values 0, 1, ..., size − 1."""
    return sp.Idx(_name(name), check_positive(size, f"index {name}: size"))


def _name(name):
    words = {*keyword.kwlist, *reserved_words, "math", "range"}
    if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", name) or name in words:
        raise ValueError(
            f"expected a name of letters and digits that is no word of Python or C, got {name!r}"
        )
    return name


def largest(*values: sp.Expr) -> sp.Piecewise:
    """Return the largest value; the derivative goes to the first one that is largest."""
    return sp.Piecewise(
        *((v, sp.And(*(v >= other for other in values if other != v))) for v in values[:-1]),
        (values[-1], True),
    )


class Formula(NamedTuple):
    """For all values of the indices: target += expression."""

    target: sp.Indexed
    expression: sp.Expr
    indices: tuple[sp.Idx, ...]

    def __str__(self):
        return f"{self.target} += {self.expression}"

    @property
    def reads(self) -> list[sp.Indexed]:
        """Every occurrence of an array in the expression, in the order of their names."""
        return sorted(self.expression.atoms(sp.Indexed), key=str)


@dataclass(frozen=True)
class Program:
    """Formulas, and those of their backward pass. Made by `derive`.

    Attributes
    ----------
    formulas, backward : tuple of Formula
        In the order of running them.
    inputs : tuple of IndexedBase
        The arrays that are given.
    by : tuple of IndexedBase
        The inputs by which φ is differentiated.
    output : IndexedBase
        The array that is the result.
    """

    formulas: tuple[Formula, ...]
    backward: tuple[Formula, ...]
    inputs: tuple[sp.IndexedBase, ...]
    by: tuple[sp.IndexedBase, ...]
    output: sp.IndexedBase

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array by name: inputs, then what starts as zeros."""
        written = [f.target.base for f in (*self.formulas, *self.backward)]
        bases = (*self.inputs, *written, *map(_gradient, (self.output, *self.by)))
        return {str(base): tuple(map(int, base.shape)) for base in bases}

    @property
    def text(self) -> str:
        """The program in Python: one nest of loops for each formula."""
        return "\n".join(
            [f"def gradients({', '.join(self.shapes)}):"]
            + [line for f in (*self.formulas, *self.backward) for line in _python_loops(f)]
        )

    @cached_property
    def _function(self):
        names = {}
        exec("import math\n" + self.text, names)
        return names["gradients"]

    def __call__(
        self, arrays: Sequence[np.ndarray], cotangent: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Run the program as Python; see `run`."""
        return self.run(self._function, arrays, cotangent)

    def run(
        self, function: Callable, arrays: Sequence[np.ndarray], cotangent: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the output, and the derivatives of ⟨cotangent, output⟩ by each array of `by`.

        Parameters
        ----------
        function : callable
            The program: it takes all arrays in the order of `shapes`, and adds to them.
        arrays : sequence of arrays
            One for each of `inputs`, of its shape.
        cotangent : array
            ∂φ/∂output, of the output's shape.

        Raises
        ------
        ValueError
            If the number of arrays or a shape is another, or a number is not finite.
        """
        cotangent_name = f"d_{self.output}"
        memory = {name: np.zeros(shape) for name, shape in self.shapes.items()}
        memory |= copies({str(base): self.shapes[str(base)] for base in self.inputs}, arrays)
        memory |= copies({cotangent_name: self.shapes[cotangent_name]}, [cotangent])
        function(*memory.values())
        return memory[str(self.output)], [memory[f"d_{base}"] for base in self.by]


def copies(
    shapes: dict[str, tuple[int, ...]], arrays: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return copies of the arrays, by name, in float64 and in C's order.

    Raises
    ------
    ValueError
        If the number of arrays or a shape is another, or a number is not finite.
    """
    if len(arrays) != len(shapes):
        raise ValueError(f"expected {len(shapes)} arrays ({', '.join(shapes)}), got {len(arrays)}")
    result = {}
    for (name, shape), values in zip(shapes.items(), arrays, strict=True):
        values = check_data(values, name, np.dtype(float))
        if values.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {values.shape}")
        result[name] = np.array(values, order="C")
    return result


def derive(
    formulas: Sequence[tuple[sp.Indexed, sp.Expr]],
    inputs: Sequence[sp.IndexedBase],
    output: sp.IndexedBase,
    by: Sequence[sp.IndexedBase] | None = None,
) -> Program:
    """Derive the backward pass of formulas (target, expression).

    An index of an array may be a sum, such as ``x[i + a]`` in a convolution. ReLU is
    ``symbolic.ACTIVATIONS["relu"]``, a maximum is `largest`, any other choice is a ``Piecewise``.

    Parameters
    ----------
    formulas : sequence of (Indexed, Expr)
        In the order of running them. What was read must not change afterwards.
    inputs : sequence of IndexedBase
        The arrays that are given.
    output : IndexedBase
        The array whose product with a cotangent is differentiated.
    by : sequence of IndexedBase, optional
        The inputs to differentiate by; all of them if not given.

    Raises
    ------
    ValueError
        If two names are alike, a target is no element of an array, an index leaves its array, an
        element is read before its array is written or changed after it was read, an input is
        written or the output is not, or an expression holds Max, Min, Abs or an unknown symbol.
    """
    program = [_formula(target, expression) for target, expression in formulas]
    by = inputs if by is None else by
    _check(program, inputs, output, by)

    active = set(by)  # what depends on the inputs to differentiate by
    for formula in program:
        if active & {v.base for v in formula.reads}:
            active.add(formula.target.base)

    backward = [
        Formula(_d(v), _d(f.target) * _derivative(f.expression, v), f.indices)
        for f in reversed(program)
        for v in f.reads
        if v.base in active
    ]
    return Program(tuple(program), tuple(backward), tuple(inputs), tuple(by), output)


def _gradient(base):
    """Return the array d_a of ∂φ/∂a."""
    return sp.IndexedBase(f"d_{base}", shape=base.shape, real=True)


def _d(v):
    """Return d_a[i] for a[i]."""
    return _gradient(v.base)[v.indices]


def _derivative(expression, v):
    """Return ∂expression/∂v; each occurrence of an array is a variable of its own."""
    s = sp.Dummy(real=True)
    return sp.diff(expression.xreplace({v: s}), s).xreplace({s: v})


def _formula(target, expression):
    """Return a formula with its indices: innermost the one that is last in most arrays.

    So the inner loop walks through memory in order.
    """
    if not isinstance(target, sp.Indexed):
        raise ValueError(f"expected a target such as z[n, j], got {target!r}")
    expression = sp.sympify(expression)
    arrays = [target, *expression.atoms(sp.Indexed)]
    last = [i for v in arrays for i in v.indices[-1].atoms(sp.Idx)]
    own = target.atoms(sp.Idx)
    indices = own | expression.atoms(sp.Idx)
    order = sorted(indices, key=lambda i: (last.count(i), i in own, str(i)))
    return Formula(target, expression, tuple(order))


def _python_loops(formula):
    depth = len(formula.indices)
    for level, i in enumerate(formula.indices, start=1):
        yield f"{'    ' * level}for {i} in range({i.upper + 1}):"
    target, expression = sp.pycode(formula.target), sp.pycode(formula.expression, strict=True)
    yield f"{'    ' * (depth + 1)}{target} += {expression}"


# -- what is refused -----------------------------------------------------------------------------


def _check(program, inputs, output, by):
    targets = {formula.target.base for formula in program}
    indices = {i for formula in program for i in formula.indices}
    for i in indices:
        if i.lower != 0 or not i.upper.is_Integer:
            raise ValueError(
                f"expected an index from 0 to a number, got {i}, {i.lower} to {i.upper}"
            )
    used = {v.base for formula in program for v in formula.reads}
    names = [str(a) for a in {*inputs, *targets, *used, *indices}]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"expected one array or index named {name}, got several")
    if output not in targets:
        raise ValueError(f"expected an output that a formula writes, got {output}")
    for base in by:
        if base not in inputs:
            raise ValueError(f"expected to differentiate by inputs, got {base}")

    written, read = set(inputs), []
    for formula in program:
        _check_expression(formula)
        for v in (formula.target, *formula.reads):
            _check_bounds(v, formula)
        for v in formula.reads:
            if v.base not in written:
                raise ValueError(f"{formula}: expected {v} to be given or written before, got none")
        read += formula.reads
        if formula.target.base in inputs:
            raise ValueError(f"{formula}: expected a new array as target, got an input")
        for v in read:
            if _may_meet(v, formula.target):
                raise ValueError(f"{formula}: expected a target that was not read before, got {v}")
        written.add(formula.target.base)


def _check_expression(formula):
    known = formula.expression.atoms(sp.Indexed, sp.Idx)
    rest = formula.expression.xreplace({v: sp.Dummy() for v in known}).atoms(sp.Symbol)
    unknown = [s for s in rest if not isinstance(s, sp.Dummy)]
    if unknown:
        raise ValueError(f"{formula}: expected arrays, indices and numbers, got {unknown}")
    if formula.expression.has(sp.Max, sp.Min, sp.Abs):
        raise ValueError(
            f"{formula}: expected `largest` or a Piecewise, which say what the derivative at the "
            f"kink is, got Max, Min or Abs"
        )


def _check_bounds(v, formula):
    for position, size in zip(v.indices, v.shape, strict=True):
        low, high = _span(position)
        if low < 0 or high >= size:
            raise ValueError(
                f"{formula}: expected an index {position} of {v.base} from 0 to {size - 1}, "
                f"got {low} to {high}"
            )


def _span(position):
    """Return the smallest and the largest value of an index such as 2 i + a."""
    position = sp.expand(position)
    factors = {i: position.coeff(i) for i in position.atoms(sp.Idx)}
    offset = position - sum(factor * i for i, factor in factors.items())
    if not all(number.is_Integer for number in (offset, *factors.values())):
        raise ValueError(f"expected an index that is a sum of indices, got {position}")
    ends = [factor * i.upper for i, factor in factors.items()]
    return offset + sum(min(0, end) for end in ends), offset + sum(max(0, end) for end in ends)


def _may_meet(a, b):
    """Return whether two occurrences may name the same element."""
    if a.base != b.base:
        return False
    spans = [(_span(p), _span(q)) for p, q in zip(a.indices, b.indices, strict=True)]
    return all(p[0] <= q[1] and q[0] <= p[1] for p, q in spans)
