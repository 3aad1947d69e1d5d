"""Draw matrices as rectangles, so that one sees which shapes fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.patches import Rectangle

from backprop.figures.style import GRADIENT, INK, VALUE, blank_axes

SCALE = 0.46  # inches to a unit
SIZES = {"N": 2.2, "n_in": 1.5, "n_out": 0.9, "1": 0.32}
"""How long each dimension is drawn."""

Term = str | tuple[str, str, str, str]


def matrix_shapes(
    terms: Sequence[Term], *, sizes: Mapping[str, float] = SIZES, ax: object = None
) -> tuple:
    """Draw a formula of matrices: a rectangle for each, its shape along the sides.

    Parameters
    ----------
    terms : sequence
        From left to right. A string is an operator ("@", "+", "="). A tuple
        (name, rows, columns, color) is a matrix: rows and columns are keys of `sizes`.
    sizes : mapping of str to float
        How long each dimension is drawn, in units of 0.46 inch.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    tallest = _tallest(terms, sizes)
    fig, ax = blank_axes(ax, _width(terms, sizes), tallest + 1.2, SCALE)
    _draw_formula(ax, 0.0, 0.5 + tallest / 2, terms, sizes)
    return fig, ax


def _tallest(terms: Sequence[Term], sizes: Mapping[str, float]) -> float:
    """Return the height of a formula's tallest matrix."""
    return max(sizes[term[1]] for term in terms if not isinstance(term, str))


def _width(terms: Sequence[Term], sizes: Mapping[str, float]) -> float:
    """Return the width of a formula: operators, and matrices with room for their row count."""
    return sum(0.7 if isinstance(t, str) else sizes[t[2]] + 0.72 for t in terms)


def _draw_formula(
    ax: object, left: float, middle: float, terms: Sequence[Term], sizes: Mapping[str, float]
) -> None:
    """Draw the terms from `left` to the right, centered at the height `middle`."""
    for term in terms:
        if isinstance(term, str):
            ax.text(left + 0.35, middle, term, ha="center", va="center", size=13)
        else:
            _draw_matrix(ax, left, middle, term, sizes)
        left += _width([term], sizes)


def _draw_matrix(
    ax: object, left: float, middle: float, term: Term, sizes: Mapping[str, float]
) -> None:
    """Draw one rectangle: its name above, its rows at the left, its columns below."""
    name, rows, columns, color = term
    h, w = sizes[rows], sizes[columns]
    x = left + 0.6
    y = middle - h / 2
    ax.add_patch(Rectangle((x, y), w, h, facecolor=color, alpha=0.16, lw=0))
    ax.add_patch(Rectangle((x, y), w, h, fill=False, edgecolor=color, lw=1.3))
    ax.text(x + w / 2, y + h + 0.1, name, color=color, ha="center", va="bottom", size=12)
    ax.text(x - 0.1, middle, _dimension(rows), ha="right", va="center", size=9, color=INK)
    ax.text(x + w / 2, y - 0.1, _dimension(columns), ha="center", va="top", size=9, color=INK)


def _dimension(name: str) -> str:
    """Write a dimension's name as mathematics: n_in becomes n with the index in."""
    if name == "1" or name.startswith("$"):
        return name
    head, _, index = name.partition("_")
    return f"${head}_{{\\rm {index}}}$" if index else f"${head}$"


def layer_shapes(*, backward: bool = False) -> tuple:
    """Draw the matrices of a dense layer: y = x W + b, and with `backward` its three gradients.

    Forward: y = x @ W + b. Backward: dW = xᵀ @ dy, db = the column sums of dy, dx = dy @ Wᵀ. Rows
    are samples; forward values are blue, gradients orange; dW has W's shape.

    Returns
    -------
    fig, ax
    """
    x, w = ("x", "N", "n_in", VALUE), ("W", "n_in", "n_out", VALUE)
    b, y = ("b", "1", "n_out", VALUE), ("y", "N", "n_out", VALUE)
    forward = [y, "=", x, "@", w, "+", b]
    if not backward:
        return matrix_shapes(forward)
    dy, dx = ("dy", "N", "n_out", GRADIENT), ("dx", "N", "n_in", GRADIENT)
    dw, db = ("dW", "n_in", "n_out", GRADIENT), ("db", "1", "n_out", GRADIENT)
    x_t, w_t = ("xᵀ", "n_in", "N", VALUE), ("Wᵀ", "n_out", "n_in", VALUE)
    ones = ("1ᵀ", "1", "N", INK)  # the product with a row of ones is the sum over the samples
    formulas = [
        forward,
        [dx, "=", dy, "@", w_t],
        [dw, "=", x_t, "@", dy],
        [db, "=", ones, "@", dy],
    ]
    row = SIZES["N"] + 1.1
    height = len(formulas) * row
    fig, ax = blank_axes(None, max(_width(formula, SIZES) for formula in formulas), height, SCALE)
    for i, formula in enumerate(formulas):
        _draw_formula(ax, 0.0, height - (i + 0.5) * row, formula, SIZES)
    return fig, ax
