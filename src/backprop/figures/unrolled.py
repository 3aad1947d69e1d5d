"""Draw a recurrence unrolled in time: forward passes in one color, gradients back in the other."""

from __future__ import annotations

from matplotlib.patches import FancyBboxPatch

from backprop.figures.style import GRADIENT, INK, VALUE, blank_axes

BOX = (0.95, 0.62)
STEP = 1.75  # from one day to the next


def unrolled(ax: object = None) -> tuple:
    """Draw three steps of hₜ = f(xₜ, hₜ₋₁; W, U), the loss of the last, and the gradients back.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = blank_axes(ax, 9.9, 2.9, 0.75)
    states = [(0.7 + STEP * i, 2.2) for i in range(4)]
    inputs = [(x, 0.6) for x, _ in states[1:]]
    output, loss = (0.7 + STEP * 4, 2.2), (0.7 + STEP * 4.85, 2.2)
    places = states + inputs + [output, loss]
    names = ["$h_0$", "$h_1$", "$h_2$", "$h_3$", "$x_1$", "$x_2$", "$x_3$", "$o$", "$L$"]
    for place, name in zip(places, names, strict=True):
        _box(ax, place, name)
    for i, x in enumerate(inputs):
        _arrow(ax, (x[0], x[1] + BOX[1] / 2), (x[0], states[0][1] - BOX[1] / 2), VALUE, "$W$")
        _along(ax, states[i], states[i + 1], "$U$", f"$dh_{i}$")
    _along(ax, states[3], output, "$w$", "$dh_3$")
    _along(ax, output, loss, "", "")
    return fig, ax


def _box(ax, place, name):
    x, y = place[0] - BOX[0] / 2, place[1] - BOX[1] / 2
    style = "round,pad=0,rounding_size=0.12"
    ax.add_patch(FancyBboxPatch((x, y), *BOX, boxstyle=style, fill=False, edgecolor=INK, lw=1.3))
    ax.text(*place, name, ha="center", va="center", size=11)


def _along(ax, start, end, weight, gradient):
    """Draw an arrow from box to box above their middle, and one back below it."""
    left, right = start[0] + BOX[0] / 2, end[0] - BOX[0] / 2
    _arrow(ax, (left, start[1] + 0.14), (right, start[1] + 0.14), VALUE, weight)
    _arrow(ax, (right, start[1] - 0.14), (left, start[1] - 0.14), GRADIENT, gradient)


def _arrow(ax, start, end, color, label):
    ax.annotate(
        "", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.6}
    )
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if start[0] == end[0]:
        ax.text(x + 0.1, y, label, color=color, va="center", size=10)
    else:
        above = end[0] > start[0]
        ax.text(
            x, y + (0.2 if above else -0.22), label, color=color, ha="center", va="center", size=10
        )
