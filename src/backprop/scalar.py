"""A scalar computational graph: forward writes it down, backward reads it in reverse.

Every operation is one line of a table: how it computes its value y from its parents a, b, and
its local derivatives ∂y/∂a, ∂y/∂b. Backpropagation walks the graph from the output to the
leaves and applies the chain rule at every node u with parent p::

    ∂output/∂p  +=  ∂output/∂u · ∂u/∂p

The sum is there because p may have several children (a fork). The order is topological: a node
is visited only after all of its children, when its own gradient is complete.

>>> x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
>>> f = (x + y) * z
>>> f.backward()
>>> f.data, x.grad, y.grad, z.grad
(-12.0, -4.0, -4.0, 3.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

__all__ = ["Operation", "Value", "grad", "hessian", "topological_order"]


@dataclass(frozen=True)
class Operation:
    """A rule of differentiation: a value and its local derivatives, side by side.

    Attributes
    ----------
    symbol : str
        What a drawing of the graph writes into the node.
    value : callable
        ``value(a, ...)`` is y, computed from the parents' numbers.
    derivatives : callable
        ``derivatives(y, a, ...)`` is the tuple (∂y/∂a, ...). It is called with numbers by
        `Value.backward` and with Values by `grad`, so it is written with what takes both: operators
        and operations, such as EXP(a); math.exp(a) takes numbers only. It may return Values.
    """

    symbol: str
    value: Callable[..., float]
    derivatives: Callable[..., tuple[Any, ...]]

    def __call__(self, *parents: Value | float) -> Value:
        """Apply the operation: a new node of the graph."""
        nodes = tuple(_as_value(parent) for parent in parents)
        numbers = tuple(node.data for node in nodes)
        try:
            data = self.value(*numbers)
        except OverflowError:
            data = math.inf
        if not math.isfinite(data):
            raise OverflowError(f"{self._on(numbers)} is too large for a float")
        return Value._node(data, self, nodes)

    def _on(self, numbers: Sequence[float]) -> str:
        return f"{self.symbol} of {', '.join(f'{number:g}' for number in numbers)}"


def _divide(a: float, b: float) -> float:
    if b == 0:
        raise ZeroDivisionError(f"division by zero: {a:g} / {b:g}")
    return a / b


def _power(a: float, b: float) -> float:
    if a == 0 and b < 0:
        raise ZeroDivisionError(f"division by zero: {a:g} to the power {b:g}")
    if a < 0 and b != int(b):
        raise ValueError(f"{a:g} to the power {b:g} is not a real number")
    return a**b


def _power_of_values(a: float, b: float) -> float:
    if a <= 0:
        raise ValueError(f"a power whose exponent is a Value needs a positive base, got {a:g}")
    return a**b


def _log(x: float) -> float:
    if x <= 0:
        raise ValueError(f"log needs a positive number, got {x:g}")
    return math.log(x)


def _sigmoid(x: float) -> float:
    # Both forms are 1/(1+e^(−x)); each keeps the exponential at most 1, so none overflows.
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def constant_power(n: float) -> Operation:
    """Return the rule of xⁿ for a constant n; its derivative is n xⁿ⁻¹."""
    n = Value(n).data  # the same checks as for any other number
    return Operation(
        f"^{n:g}",
        lambda x: _power(x, n),
        # x⁰ is constant; without the case, 0⁰ would have the derivative 0 · 0⁻¹.
        lambda y, x: (n * x ** (n - 1) if n else 0.0,),
    )


# The rule table: y, then (∂y/∂a, ∂y/∂b). A derivative may use y where that is shorter.
ADD = Operation("+", lambda a, b: a + b, lambda y, a, b: (1.0, 1.0))
SUBTRACT = Operation("−", lambda a, b: a - b, lambda y, a, b: (1.0, -1.0))
MULTIPLY = Operation("×", lambda a, b: a * b, lambda y, a, b: (b, a))
DIVIDE = Operation("/", _divide, lambda y, a, b: (1 / b, -y / b))
POWER = Operation("^", _power_of_values, lambda y, a, b: (b * a ** (b - 1), y * LOG(a)))
MAXIMUM = Operation("max", max, lambda y, a, b: (float(a > b), 1.0 - (a > b)))
ABSOLUTE = Operation("abs", abs, lambda y, a: (float(a > 0) - (a < 0),))
NEGATE = Operation("neg", lambda a: -a, lambda y, a: (-1.0,))
EXP = Operation("exp", math.exp, lambda y, a: (y,))
LOG = Operation("log", _log, lambda y, a: (1 / a,))
SIN = Operation("sin", math.sin, lambda y, a: (COS(a),))
COS = Operation("cos", math.cos, lambda y, a: (-SIN(a),))
TANH = Operation("tanh", math.tanh, lambda y, a: (1 - y * y,))
SIGMOID = Operation("σ", _sigmoid, lambda y, a: (y * (1 - y),))
RELU = Operation("relu", lambda a: max(a, 0.0), lambda y, a: (float(a > 0),))


class Value:
    """A number that remembers how it was computed.

    Values are compared by their numbers with <, <=, > and >=. ``==`` is refused: it could mean the
    same number or the same node. Write ``a.data == b.data`` or ``a is b``. As a key of a dict or an
    element of a set, a Value is a node: another one of the same number is another key.

    Parameters
    ----------
    data : float
        A finite real number.
    label : str, optional
        A name for drawings and messages.

    Attributes
    ----------
    data : float
        The value. After changing a leaf's data (an update), compute the output anew.
    grad : float
        ∂output/∂self, written by ``output.backward()``.
    label : str
    parents : tuple of Value
        What it was computed from; empty for a leaf.

    Raises
    ------
    TypeError
        If `data` is not a real number.
    ValueError
        If `data` is NaN or infinite.
    """

    __slots__ = ("_operation", "data", "grad", "label", "parents")

    # Without this, NumPy's numbers and arrays would take over the operators.
    __array_ufunc__ = None

    def __init__(self, data: float, label: str = "") -> None:
        if not isinstance(data, Real):
            raise TypeError(f"a Value holds a real number, got {type(data).__name__}: {data!r}")
        if not math.isfinite(data):
            raise ValueError(f"a Value holds a finite number, got {data}")
        self.data = float(data)
        self.grad = 0.0
        self.label = label
        self.parents: tuple[Value, ...] = ()
        self._operation: Operation | None = None

    @classmethod
    def _node(cls, data: float, rule: Operation, parents: tuple[Value, ...]) -> Value:
        node = cls(data)
        node._operation, node.parents = rule, parents
        return node

    @property
    def operation(self) -> str:
        """Symbol of the operation that computed it; empty for a leaf."""
        return self._operation.symbol if self._operation else ""

    def __repr__(self) -> str:
        parts = [f"{self.data:.6g}", f"grad={self.grad:.6g}"]
        if self.label:
            parts.append(f"label={self.label!r}")
        if self.operation:
            parts.append(f"operation={self.operation!r}")
        return f"Value({', '.join(parts)})"

    def __add__(self, other: Value | float) -> Value:
        return ADD(self, other)

    def __radd__(self, other: float) -> Value:
        return ADD(other, self)

    def __sub__(self, other: Value | float) -> Value:
        return SUBTRACT(self, other)

    def __rsub__(self, other: float) -> Value:
        return SUBTRACT(other, self)

    def __mul__(self, other: Value | float) -> Value:
        return MULTIPLY(self, other)

    def __rmul__(self, other: float) -> Value:
        return MULTIPLY(other, self)

    def __truediv__(self, other: Value | float) -> Value:
        return DIVIDE(self, other)

    def __rtruediv__(self, other: float) -> Value:
        return DIVIDE(other, self)

    def __pow__(self, exponent: Value | float) -> Value:
        # A constant exponent takes any base (x² at x = −3); a Value needs log(base).
        if isinstance(exponent, Value):
            return POWER(self, exponent)
        return constant_power(exponent)(self)

    def __rpow__(self, base: float) -> Value:
        return POWER(base, self)

    def __gt__(self, other: Value | float) -> bool:
        return self.data > _as_value(other).data

    def __lt__(self, other: Value | float) -> bool:
        return self.data < _as_value(other).data

    def __ge__(self, other: Value | float) -> bool:
        return self.data >= _as_value(other).data

    def __le__(self, other: Value | float) -> bool:
        return self.data <= _as_value(other).data

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Value | Real):
            raise TypeError(
                "a Value is not compared by ==, which could mean the same number or the same node; "
                "write a.data == b.data, or a is b"
            )
        return NotImplemented

    __hash__ = object.__hash__

    def __neg__(self) -> Value:
        return NEGATE(self)

    def __abs__(self) -> Value:
        """Return |self|; the derivative at 0 is taken as 0."""
        return ABSOLUTE(self)

    def exp(self) -> Value:
        """Return e^self."""
        return EXP(self)

    def log(self) -> Value:
        """Return the natural logarithm; self must be positive."""
        return LOG(self)

    def sin(self) -> Value:
        """Return the sine."""
        return SIN(self)

    def cos(self) -> Value:
        """Return the cosine."""
        return COS(self)

    def tanh(self) -> Value:
        """Return the hyperbolic tangent."""
        return TANH(self)

    def sigmoid(self) -> Value:
        """Return σ(self) = 1 / (1 + e^(−self))."""
        return SIGMOID(self)

    def relu(self) -> Value:
        """Return max(self, 0); the derivative at 0 is taken as 0."""
        return RELU(self)

    def maximum(self, other: Value | float) -> Value:
        """Return the larger one; at a tie the gradient goes to `other`, so that
        ``x.maximum(0)`` is ``x.relu()``.
        """
        return MAXIMUM(self, other)

    def local_derivatives(self) -> tuple[float, ...]:
        """Return ∂self/∂parent for every parent, as numbers.

        Raises
        ------
        ValueError
            If one of them does not exist (the square root at 0).
        """
        if self._operation is None:
            return ()
        numbers = [parent.data for parent in self.parents]
        try:
            local = tuple(
                d.data if isinstance(d, Value) else d
                for d in self._operation.derivatives(self.data, *numbers)
            )
        except ArithmeticError:  # a division by 0 in the formula of the derivative
            local = (math.inf,)
        if not all(map(math.isfinite, local)):
            raise ValueError(f"{self._operation._on(numbers)} has no finite derivative there")
        return local

    def backward(self) -> None:
        """Write ∂self/∂node into the `grad` of every node that self depends on.

        What was in `grad` is overwritten: running backward twice gives the same gradients.
        """
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, local in zip(node.parents, node.local_derivatives(), strict=True):
                parent.grad += node.grad * local


def topological_order(output: Value) -> list[Value]:
    """List every node that `output` depends on, parents before children, `output` last.

    A depth-first search with a stack of its own: a graph of 100,000 nodes in a row would exceed
    Python's recursion limit.
    """
    _require_value(output)
    order: list[Value] = []
    seen: set[Value] = set()
    stack = [(output, False)]
    while stack:
        node, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def grad(output: Value, inputs: Sequence[Value]) -> list[Value]:
    """Return ∂output/∂input for each input, as Values.

    The backward pass is `Value.backward`'s, written in Values instead of numbers. So the
    gradient is a graph itself and can be differentiated again. No `grad` attribute is changed.
    An input that `output` does not depend on has the derivative 0.

    Raises
    ------
    TypeError
        If the derivatives of an operation take numbers only.

    >>> x = Value(3.0)
    >>> (first,) = grad(x**3, [x])
    >>> (second,) = grad(first, [x])
    >>> first.data, second.data
    (27.0, 18.0)
    """
    if isinstance(inputs, Value):
        raise TypeError(f"expected a list of Values to differentiate by, got one: {inputs!r}")
    for value in inputs:
        _require_value(value)
    order = topological_order(output)
    gradients = {output: Value(1.0)}
    for node in reversed(order):
        if node._operation is None:
            continue
        rule = node._operation
        try:
            local_derivatives = rule.derivatives(node, *node.parents)
        except TypeError as error:
            raise TypeError(
                f"grad calls the derivatives of {rule.symbol!r} with Values, so that they are a "
                f"graph too, and got: {error}. Write them with +, −, ×, / and ** and with Value's "
                f"own functions, such as scalar.EXP(x) where math.exp(x) takes numbers only"
            ) from error
        for parent, local in zip(node.parents, local_derivatives, strict=True):
            share = gradients[node] * local
            gradients[parent] = gradients[parent] + share if parent in gradients else share
    return [gradients.get(value, Value(0.0)) for value in inputs]


def hessian(output: Value, inputs: Sequence[Value]) -> list[list[float]]:
    """Return the matrix of second derivatives ∂²output/∂inputᵢ∂inputⱼ, as numbers.

    One backward pass for the gradient, then one through each of its components.
    """
    return [[second.data for second in grad(first, inputs)] for first in grad(output, inputs)]


def _as_value(number: Value | float) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _require_value(value: Value) -> None:
    if not isinstance(value, Value):
        raise TypeError(f"expected a Value, got {type(value).__name__}: {value!r}")
