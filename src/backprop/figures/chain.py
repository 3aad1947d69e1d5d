"""Draw a chain of quantities: each a circle, its value above it and its gradient below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.patches import Circle

from backprop.figures.style import GRADIENT, INK, MUTED, VALUE, blank_axes, number

SCALE = 0.5  # inches to a unit
RADIUS = 0.33
COLUMN = 1.95  # from circle to circle
COLUMN_WIDE = 3.4  # the same between two circles that both have parameters below
BRANCH = 1.55  # from the chain down to its parameters
SIDE = 1.0  # from a circle's middle to the parameters below it

Quantity = tuple[str, object, object]
Parameter = tuple[str, object, object, str]


def draw_chain(
    quantities: Sequence[Quantity],
    factors: Sequence[str],
    *,
    parameters: Mapping[str, Sequence[Parameter]] | None = None,
    digits: int = 4,
    ax: object = None,
) -> tuple:
    """Draw quantities from left to right, an arrow from each to the next.

    Parameters
    ----------
    quantities : sequence of (name, value, gradient)
        The circles. Value and gradient are numbers, strings or None (nothing is written).
    factors : sequence of str
        The local derivative of each arrow, written under it in the color of gradients; one fewer
        than quantities.
    parameters : mapping of str to sequence of (name, value, gradient, factor), optional
        By the name of a quantity: at most two parameters that enter it from below, each with the
        local derivative of its arrow.
    digits : int
        Significant digits of the numbers.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    branches = parameters or {}
    low = 0.95 + (BRANCH if branches else 0.0)
    names = [name for name, _, _ in quantities]
    places = {names[0]: (1.4 if names[0] in branches else 0.6, low)}
    for start, end in pairwise(names):
        gap = COLUMN_WIDE if start in branches and end in branches else COLUMN
        places[end] = (places[start][0] + gap, low)
    right = places[names[-1]][0] + (1.4 if names[-1] in branches else 0.6)
    fig, ax = blank_axes(ax, right, low + 0.95, SCALE)
    for (start, _, _), (end, _, _), factor in zip(
        quantities, quantities[1:], factors, strict=False
    ):
        _draw_arrow(ax, places[start], places[end])
        middle = (places[start][0] + places[end][0]) / 2
        ax.text(middle, low - 0.12, factor, color=GRADIENT, ha="center", va="top", size=9)
    for quantity in quantities:
        _draw_quantity(ax, places[quantity[0]], quantity, digits)
    for name, entering in branches.items():
        x, y = places[name]
        for (*parameter, factor), side in zip(entering, (-1, 1), strict=False):
            place = (x + SIDE * side, y - BRANCH)
            # The arrow ends at the circle's flank: straight below stands its gradient.
            flank = (x + 0.92 * RADIUS * side, y - 0.4 * RADIUS)
            _draw_arrow(ax, place, flank, gap=0.0)
            _draw_quantity(ax, place, parameter, digits, side)
            align = "right" if side < 0 else "left"
            beside = (x + 0.72 * side, y - 0.64)
            ax.text(*beside, factor, color=GRADIENT, ha=align, va="center", size=9)
    return fig, ax


def _draw_quantity(
    ax: object, place: tuple, quantity: Quantity, digits: int, side: int = 0
) -> None:
    """Draw a circle with its numbers; `side` moves the value out of the way of an arrow above."""
    (x, y), (name, value, gradient) = place, quantity
    ax.add_patch(Circle(place, RADIUS, fill=False, edgecolor=INK, lw=1.3))
    ax.text(x, y, name, ha="center", va="center", size=10)
    if value is not None:
        text, x_text = number(value, digits), x + 0.02 * side
        align = {-1: "right", 0: "center", 1: "left"}[side]
        ax.text(x_text, y + RADIUS + 0.06, text, color=VALUE, ha=align, va="bottom", size=9)
    if gradient is not None:
        text, below = number(gradient, digits), y - RADIUS - 0.08
        ax.text(x, below, text, color=GRADIENT, ha="center", va="top", size=9)


def _draw_arrow(ax: object, start: tuple, end: tuple, gap: float = RADIUS) -> None:
    """Draw an arrow from a circle's border to `gap` before `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx**2 + dy**2) ** 0.5
    tail = (start[0] + RADIUS / length * dx, start[1] + RADIUS / length * dy)
    head = (end[0] - gap / length * dx, end[1] - gap / length * dy)
    arrow = {"arrowstyle": "-|>", "color": MUTED, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=head, xytext=tail, arrowprops=arrow)
