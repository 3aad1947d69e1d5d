"""Draw weight sharing: a convolution along a row of pixels, and a recurrence unrolled in time."""

from __future__ import annotations

from matplotlib.patches import Circle

from backprop.figures.style import AMBER, GREEN, INK, PURPLE, SKY, blank_axes

RADIUS = 0.34
STEP = 1.5  # from one circle to the next
RISE = 1.6  # from one row to the next
COLORS = {"k_1": GREEN, "k_2": PURPLE, "w": AMBER, "u": SKY}  # of a weight, wherever it stands


def shared_weights(ax: object = None) -> tuple:
    """Draw k₁, k₂ of a convolution and w, u of a recurrence, in every place where they are used.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = blank_axes(ax, 7.4, 6.6, 0.62)
    x = [(1.4 + STEP * i, 4.4) for i in range(4)]
    y = [(1.4 + STEP * (i + 0.5), 4.4 + RISE) for i in range(3)]
    for i, end in enumerate(y):
        _arrow(ax, x[i], end, "k_1", -1)
        _arrow(ax, x[i + 1], end, "k_2", 1)
    _row(ax, x, "x")
    _row(ax, y, "y")
    ax.text(0.1, 5.2, "in space", rotation=90, va="center", size=10)

    x = [(1.4 + STEP * (i + 0.5), 0.5) for i in range(3)]
    h = [(1.4 + STEP * (i - 0.5), 0.5 + RISE) for i in range(4)]
    for i, start in enumerate(x):
        _arrow(ax, start, h[i + 1], "w", 1)
        _arrow(ax, h[i], h[i + 1], "u", 0)
    _row(ax, x, "x")
    _row(ax, h, "h", first=0)
    ax.text(0.1, 1.3, "in time", rotation=90, va="center", size=10)
    return fig, ax


def _row(ax, places, letter, first=1):
    for i, place in enumerate(places, start=first):
        ax.add_patch(Circle(place, RADIUS, fill=False, edgecolor=INK, lw=1.3))
        ax.text(*place, f"${letter}_{i}$", ha="center", va="center", size=10)


def _arrow(ax, start, end, weight, side):
    color = COLORS[weight]
    arrow = {"arrowstyle": "-|>", "color": color, "shrinkA": 14, "shrinkB": 14, "lw": 1.6}
    ax.annotate("", xy=end, xytext=start, arrowprops=arrow)
    # Beside a rising arrow, in its upper part, where its neighbor is further away; else above.
    part = 0.62 if side else 0.5
    x, y = (a + part * (b - a) for a, b in zip(start, end, strict=True))
    place = (x + 0.26 * side, y + (0.0 if side else 0.24))
    ax.text(*place, f"${weight}$", color=color, ha="center", va="center", size=10)
