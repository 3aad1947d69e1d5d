"""SymPy derives the gradients of chapter 4's network, in two ways that must agree.

The forward pass is a list of formulas, each with the symbols of the one before it::

    z1 = w11·x + b1,   a1 = g(z1),   z2 = w21·a1 + b2,   o = f(z2),   L = ½ (y − o)²

- The chain rule differentiates each formula on its own and multiplies along the path from L.
- Direct differentiation writes L out in full first, then differentiates the long expression once.

`derive` does both for every variable. The difference of the two, simplified, is 0: that is the
proof. `lambdify` turns the results into functions of numbers, the reference for `two_layer`.

ReLU is ``Piecewise((z, z > 0), (0, True))``. Its derivative comes out as 0 at z = 0, where there
is none: the same convention as in the rest of the package.

>>> d = derive(f="tanh", g="identity")
>>> d["w11"].path
(L, o, z2, z1, w11)
>>> d["w11"].factors
(o - y, 1 - tanh(z2)**2, w21, x)
>>> d["w11"].difference
0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import sympy as sp

from .checks import check_positive

__all__ = [
    "ChainRule",
    "Collapse",
    "Derivation",
    "MatrixForm",
    "collapse",
    "derive",
    "matrix_form",
]

w11, b1, w21, b2, x, y = INPUTS = sp.symbols("w11 b1 w21 b2 x y", real=True)
z1, a1, z2, o, L = sp.symbols("z1 a1 z2 o L", real=True)

ACTIVATIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + sp.exp(-z)),
    "tanh": sp.tanh,
    "relu": lambda z: sp.Piecewise((z, z > 0), (0, True)),
}

LOSSES: dict[str, Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    "half_squared_error": lambda y, o: (y - o) ** 2 / 2,
    "binary_crossentropy": lambda y, o: -(y * sp.log(o) + (1 - y) * sp.log(1 - o)),
}


@dataclass(frozen=True)
class ChainRule:
    """∂L/∂variable, derived twice.

    Attributes
    ----------
    path : tuple of Symbol
        The way from L back to the variable, such as (L, o, z2, w21).
    factors : tuple of Expr
        One derivative for each step of the path: ∂L/∂o, ∂o/∂z2, ∂z2/∂w21.
    product : Expr
        The product of the factors, with all intermediate symbols written out.
    direct : Expr
        The derivative of the written-out L.
    """

    path: tuple[sp.Symbol, ...]
    factors: tuple[sp.Expr, ...]
    product: sp.Expr
    direct: sp.Expr

    @property
    def variable(self) -> sp.Symbol:
        """What L is differentiated by."""
        return self.path[-1]

    @property
    def difference(self) -> sp.Expr:
        """Product minus direct derivative, simplified; 0 proves that they are equal."""
        return _simplify(self.product - self.direct)

    def latex(self) -> str:
        """Return ∂L/∂variable = the product of its factors, as TeX: names, then formulas."""

        def partial(outer: sp.Symbol, inner: sp.Symbol) -> str:
            return rf"\frac{{\partial {sp.latex(outer)}}}{{\partial {sp.latex(inner)}}}"

        names = r" \cdot ".join(partial(outer, inner) for outer, inner in pairwise(self.path))
        formulas = r" \cdot ".join(rf"\left({sp.latex(factor)}\right)" for factor in self.factors)
        return f"{partial(self.path[0], self.variable)} = {names} = {formulas}"


@dataclass(frozen=True)
class Derivation:
    """The forward formulas and, by name of the variable, the derivatives of L.

    ``derivation["w11"]`` is the `ChainRule` of w11. There is one for each parameter, for x, and
    for the intermediate z1, a1, z2 and o, written in that variable.
    """

    formulas: dict[sp.Symbol, sp.Expr]
    rules: dict[str, ChainRule]

    def __getitem__(self, name: str) -> ChainRule:
        if name not in self.rules:
            raise KeyError(f"no derivative by {name!r}; there is {', '.join(self.rules)}")
        return self.rules[name]

    @property
    def loss(self) -> sp.Expr:
        """L, written out in w11, b1, w21, b2, x and y."""
        return _write_out(L, self.formulas)

    def lambdify(self, name: str = "L") -> Callable:
        """Return a NumPy function of (w11, b1, w21, b2, x, y): L, or ∂L/∂name.

        Numbers or arrays, element by element.

        Raises
        ------
        KeyError
            If there is no such variable.
        ValueError
            If it is an intermediate one, for then its derivative is not written in the inputs.
        """
        expression = self.loss if name == "L" else self[name].direct
        if not expression.free_symbols <= set(INPUTS):
            raise ValueError(f"∂L/∂{name} is a function of {name}, not of the inputs alone")
        function = sp.lambdify(INPUTS, expression, "numpy")

        def evaluate(w11, b1, w21, b2, x, y):
            # NumPy's select, which ReLU becomes, needs arguments of one shape.
            result = function(*np.broadcast_arrays(w11, b1, w21, b2, x, y))
            return np.asarray(result)[()]  # a number, if the arguments are numbers

        return evaluate

    def common_subexpressions(self) -> tuple[list[tuple[sp.Symbol, sp.Expr]], list[sp.Expr]]:
        """Name what the four directly derived gradients have in common.

        Returns
        -------
        replacements : list of (Symbol, Expr)
            The shared subexpressions, in the order of computing them.
        gradients : list of Expr
            ∂L/∂w11, ∂L/∂b1, ∂L/∂w21, ∂L/∂b2, written with them.
        """
        gradients = [self[name].direct for name in ("w11", "b1", "w21", "b2")]
        # One sign and one order for equal parts, so that cse recognizes them.
        return sp.cse([sp.signsimp(sp.factor_terms(gradient)) for gradient in gradients])


def derive(f: str = "sigmoid", g: str = "identity", loss: str = "half_squared_error") -> Derivation:
    """Derive ∂L/∂v for every variable v, by the chain rule and directly.

    Parameters
    ----------
    f, g : {"identity", "sigmoid", "tanh", "relu"}
        Activation of the output and of the hidden unit. With g the identity there is no a1:
        z2 = w21·z1 + b2, as in the article.
    loss : {"half_squared_error", "binary_crossentropy"}

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    output, hidden = _look_up(ACTIVATIONS, f), _look_up(ACTIVATIONS, g)
    formulas = {z1: w11 * x + b1}
    if g != "identity":
        formulas[a1] = hidden(z1)
    formulas[z2] = w21 * list(formulas)[-1] + b2
    formulas[o] = output(z2)
    formulas[L] = _look_up(LOSSES, loss)(y, o)

    intermediate = [symbol for symbol in formulas if symbol is not L]
    variables = [w11, b1, w21, b2, x, *intermediate]
    return Derivation(formulas, {v.name: _chain_rule(v, formulas) for v in variables})


def _chain_rule(variable: sp.Symbol, formulas: dict[sp.Symbol, sp.Expr]) -> ChainRule:
    path = [variable]
    while path[0] is not L:
        path.insert(0, next(s for s, formula in formulas.items() if formula.has(path[0])))
    factors = tuple(sp.diff(formulas[outer], inner) for outer, inner in pairwise(path))
    return ChainRule(
        path=tuple(path),
        factors=factors,
        product=_write_out(sp.Mul(*factors), formulas, stop=variable),
        direct=sp.diff(_write_out(L, formulas, stop=variable), variable),
    )


def _write_out(
    expression: sp.Expr, formulas: dict[sp.Symbol, sp.Expr], stop: sp.Symbol | None = None
) -> sp.Expr:
    """Replace every symbol by its formula, from the last to the first, but not `stop`."""
    for symbol, formula in reversed(formulas.items()):
        if symbol is stop:
            break
        expression = expression.subs(symbol, formula)
    return expression


@dataclass(frozen=True)
class Collapse:
    """Two linear layers, the single layer that equals them, and the difference of the two."""

    two_layers: sp.Expr
    weight: sp.Expr
    bias: sp.Expr
    one_layer: sp.Expr
    difference: sp.Expr


def collapse(matrices: bool = False) -> Collapse:
    """Prove that two layers without an activation between them are one layer.

    Scalars: w21 (w11 x + b1) + b2 = w x + b with w = w21·w11 and b = w21·b1 + b2.

    Matrices: (X W1 + 1 b1) W2 + 1 b2 = X W + 1 b with W = W1 W2 and b = b1 W2 + b2, for any
    number of samples N, inputs n, hidden units h and outputs m. Rows are samples; the column 1
    of N ones repeats a bias in each row.
    """
    if matrices:
        N, n, h, m = sp.symbols("N n h m", integer=True, positive=True)
        X, W1, W2 = (
            sp.MatrixSymbol("X", N, n),
            sp.MatrixSymbol("W1", n, h),
            sp.MatrixSymbol("W2", h, m),
        )
        row1, row2 = sp.MatrixSymbol("b1", 1, h), sp.MatrixSymbol("b2", 1, m)
        ones = sp.OneMatrix(N, 1)
        two_layers = (X * W1 + ones * row1) * W2 + ones * row2
        weight, bias = W1 * W2, row1 * W2 + row2
        one_layer = X * weight + ones * bias
        difference = (two_layers.expand() - one_layer.expand()).doit()
    else:
        two_layers = w21 * (w11 * x + b1) + b2
        weight, bias = sp.Poly(two_layers, x).all_coeffs()
        one_layer = weight * x + bias
        difference = sp.expand(two_layers - one_layer)
    return Collapse(two_layers, weight, bias, one_layer, difference)


@dataclass(frozen=True)
class MatrixForm:
    """A network of matrices of symbols, with its gradients by formula and element by element.

    Attributes
    ----------
    X, W1, b1, W2, b2, Y : Matrix
        Rows are samples; a bias is one row.
    loss : Expr
        L = 1/N · ½ Σ (Y − O)², summed over outputs and samples.
    backward : dict of Matrix
        The gradients by the matrix formulas of backpropagation (see `matrix_form`), under
        the names "W1", "b1", "W2", "b2" and "X".
    direct : dict of Matrix
        The same gradients: L differentiated by one element after the other.
    """

    X: sp.Matrix
    W1: sp.Matrix
    b1: sp.Matrix
    W2: sp.Matrix
    b2: sp.Matrix
    Y: sp.Matrix
    loss: sp.Expr
    backward: dict[str, sp.Matrix]
    direct: dict[str, sp.Matrix]

    @property
    def differences(self) -> dict[str, sp.Matrix]:
        """Formula minus element-wise derivative, simplified; all zero proves the formulas.

        About a second for small sizes; with ReLU in both layers, some seconds.
        """
        return {
            name: (self.backward[name] - self.direct[name]).applyfunc(_simplify)
            for name in self.direct
        }


def matrix_form(
    samples: int = 1,
    inputs: int = 2,
    hidden: int = 2,
    outputs: int = 1,
    f: str = "sigmoid",
    g: str = "tanh",
) -> MatrixForm:
    """Write chapter 4's network with matrices, and derive its gradients in two ways.

    Forward, rows are samples::

        Z1 = X W1 + b1,   A1 = g(Z1),   Z2 = A1 W2 + b2,   O = f(Z2)

    Backward, with ⊙ the product element by element::

        D2 = (O − Y) ⊙ f'(Z2) / N     dW2 = A1ᵀ D2     db2 = column sums of D2
        D1 = (D2 W2ᵀ) ⊙ g'(Z1)        dW1 = Xᵀ D1      db1 = column sums of D1     dX = D1 W1ᵀ

    Raises
    ------
    ValueError
        If an activation is unknown or a size is not positive.
    """
    sizes = {"samples": samples, "inputs": inputs, "hidden": hidden, "outputs": outputs}
    for name, size in sizes.items():
        check_positive(size, f"matrix_form: {name}")
    output, hidden_activation = _look_up(ACTIVATIONS, f), _look_up(ACTIVATIONS, g)

    X, Y = _matrix("x", samples, inputs), _matrix("y", samples, outputs)
    W1, row1 = _matrix("u", inputs, hidden), _matrix("b", 1, hidden)
    W2, row2 = _matrix("v", hidden, outputs), _matrix("c", 1, outputs)
    ones = sp.ones(samples, 1)

    Z1 = X * W1 + ones * row1
    A1 = Z1.applyfunc(hidden_activation)
    Z2 = A1 * W2 + ones * row2
    O = Z2.applyfunc(output)
    loss = sum((Y - O).applyfunc(lambda error: error**2)) / (2 * samples)

    D2 = (O - Y).multiply_elementwise(Z2.applyfunc(_derivative(output))) / samples
    D1 = (D2 * W2.T).multiply_elementwise(Z1.applyfunc(_derivative(hidden_activation)))
    backward = {
        "W1": X.T * D1,
        "b1": ones.T * D1,
        "W2": A1.T * D2,
        "b2": ones.T * D2,
        "X": D1 * W1.T,
    }
    variables = {"W1": W1, "b1": row1, "W2": W2, "b2": row2, "X": X}
    direct = {
        name: matrix.applyfunc(lambda v: sp.diff(loss, v)) for name, matrix in variables.items()
    }
    return MatrixForm(X, W1, row1, W2, row2, Y, loss, backward, direct)


def _simplify(difference: sp.Expr) -> sp.Expr:
    """Simplify on each piece of ReLU by itself: far faster than all pieces at once."""
    folded = sp.piecewise_fold(difference)
    if isinstance(folded, sp.Piecewise):
        return sp.Piecewise(
            *((sp.simplify(sp.expand(e)), condition) for e, condition in folded.args)
        )
    return sp.simplify(sp.expand(folded))


def _matrix(letter: str, rows: int, columns: int) -> sp.Matrix:
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{letter}_{i + 1}{j + 1}", real=True))


def _derivative(function: Callable[[sp.Expr], sp.Expr]) -> Callable[[sp.Expr], sp.Expr]:
    z = sp.Symbol("z", real=True)
    derivative = sp.diff(function(z), z)
    return lambda value: derivative.subs(z, value)


def _look_up(table: dict[str, Callable], name: str) -> Callable:
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown name {name!r}; expected one of {', '.join(table)}")
    return table[name]
