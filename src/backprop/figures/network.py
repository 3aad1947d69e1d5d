"""Draw a network of neurons in layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Circle

from backprop.figures.style import GRADIENT, INK, MUTED, VALUE, blank_axes, number

SCALE = 0.62  # inches to a unit
RADIUS = 0.36  # of a neuron
COLUMN = 3.4  # from layer to layer
ROW = 1.2  # from neuron to neuron
ROW_WRITTEN = 2.1  # the same where numbers stand between them


def draw_network(
    layer_sizes: Sequence[int],
    *,
    layer_names: Sequence[str] | None = None,
    neuron_labels: Sequence[Sequence[str]] | None = None,
    values: Sequence[Sequence[float]] | None = None,
    gradients: Sequence[Sequence[float]] | None = None,
    weights: Sequence[object] | None = None,
    weight_gradients: Sequence[object] | None = None,
    biases: Sequence[object] | None = None,
    digits: int = 3,
    max_neurons: int = 8,
    ax: object = None,
) -> tuple:
    """Draw neurons as circles, layer by layer from left to right, and every weight as a line.

    Forward values stand above a neuron or a line in blue, gradients below it in orange. With
    numbers as `weights`, a line is wider for a larger absolute weight, and
    dashed for a negative one.

    Parameters
    ----------
    layer_sizes : sequence of int
        Neurons in each layer, the inputs first, for example (2, 2, 1).
    layer_names : sequence of str, optional
        A line of text under each layer.
    neuron_labels : sequence (layers) of sequences (neurons) of str, optional
        Text inside each circle, for example [["$x_1$", "$x_2$"], ["$h_1$"]].
    values, gradients : sequence (layers) of sequences (neurons), optional
        Numbers (or strings) above and below each neuron. None for a layer leaves it empty.
    weights, weight_gradients : sequence of arrays (n_in, n_out), optional
        One array for each pair of neighboring layers; numbers or strings. They are written on the
        lines where there are at most 9 between two layers.
    biases : sequence of arrays (n_out,), optional
        One array for each layer but the first; written below the neuron.
    digits : int
        Significant digits of the numbers.
    max_neurons : int
        A larger layer is drawn as its first neurons, three dots, and its last one.
    ax : matplotlib.axes.Axes, optional
        Axes to draw in; by default a new figure of the right size.

    Returns
    -------
    fig, ax
    """
    shown = [_shown(size, max_neurons) for size in layer_sizes]
    tallest = max(len(s) for s in shown)
    written = any(t is not None for t in (values, gradients, biases))
    pitch = ROW_WRITTEN if written else ROW
    below = 0.15 + (0.4 if layer_names else 0) + (0.35 if gradients else 0) + (0.4 if biases else 0)
    height = (tallest - 1) * pitch + 2 * RADIUS + below + (0.45 if values else 0.15)
    fig, ax = blank_axes(ax, (len(layer_sizes) - 1) * COLUMN + 2.0, height, SCALE)
    middle = below + RADIUS + (tallest - 1) * pitch / 2

    def place(layer: int, row: int) -> tuple[float, float]:
        return 1.0 + layer * COLUMN, middle + ((len(shown[layer]) - 1) / 2 - row) * pitch

    for layer in range(len(layer_sizes) - 1):
        weight = None if weights is None else weights[layer]
        gradient = None if weight_gradients is None else weight_gradients[layer]
        few = len(shown[layer]) * len(shown[layer + 1]) <= 9
        for a, i in enumerate(shown[layer]):
            for b, j in enumerate(shown[layer + 1]):
                if i is None or j is None:
                    continue
                above = None if weight is None else weight[i][j]
                under = None if gradient is None or not few else gradient[i][j]
                ends = place(layer, a), place(layer + 1, b)
                # Lines cross near the middle: a sloping line has its label near one end.
                level = ends[0][1] == ends[1][1]
                share = 0.5 if level else 0.26 if len(shown[layer]) > 1 else 0.7
                _draw_weight(ax, *ends, above, under, share, digits, few)

    for layer, rows in enumerate(shown):
        for row, neuron in enumerate(rows):
            x, y = place(layer, row)
            if neuron is None:
                ax.text(x, y, "⋮", ha="center", va="center", size=16, color=MUTED)
                continue
            edge = MUTED if layer == 0 else INK
            ax.add_patch(Circle((x, y), RADIUS, fill=False, edgecolor=edge, lw=1.3, zorder=3))
            inside = _entry(neuron_labels, layer, neuron)
            if inside is not None:
                ax.text(x, y, inside, ha="center", va="center", size=10, zorder=4)
            above = _entry(values, layer, neuron)
            if above is not None:
                top = y + RADIUS + 0.05
                ax.text(x, top, number(above, digits), color=VALUE, ha="center", va="bottom")
            under = _entry(gradients, layer, neuron)
            if under is not None:
                bottom = y - RADIUS - 0.07
                ax.text(x, bottom, number(under, digits), color=GRADIENT, ha="center", va="top")
            bias = _entry(biases, layer - 1, neuron) if layer else None
            if bias is not None:
                _draw_bias(ax, x, y, number(bias, digits), arrow=under is None)
        if layer_names:
            ax.text(
                1.0 + layer * COLUMN, 0.05, layer_names[layer], ha="center", va="bottom", size=9
            )
    return fig, ax


def _shown(size: int, most: int) -> list[int | None]:
    """List the neurons to draw; None stands for the ones left out."""
    return list(range(size)) if size <= most else [*range(most - 2), None, size - 1]


def _entry(table: Sequence | None, layer: int, neuron: int) -> object:
    """Return `table[layer][neuron]`, or None where the table or its layer is None."""
    return None if table is None or table[layer] is None else table[layer][neuron]


def _draw_weight(
    ax: object,
    start: tuple[float, float],
    end: tuple[float, float],
    weight: object,
    gradient: object,
    share: float,
    digits: int,
    labeled: bool,
) -> None:
    """Draw one line from circle to circle, its weight above and its gradient below it."""
    start, end = np.array(start), np.array(end)
    direction = (end - start) / np.linalg.norm(end - start)
    tail, head = start + RADIUS * direction, end - RADIUS * direction
    numeric = weight is not None and not isinstance(weight, str)
    width = 0.6 + 1.6 * min(abs(float(weight)), 2.0) / 2.0 if numeric else 0.9 if labeled else 0.5
    dashes = "--" if numeric and float(weight) < 0 else "-"
    ax.plot(*zip(tail, head, strict=True), color=MUTED, lw=width, ls=dashes, zorder=1)
    if not labeled:
        return
    angle = np.degrees(np.arctan2(direction[1], direction[0]))
    normal = np.array([-direction[1], direction[0]])
    for text, color, side in ((weight, VALUE, 1), (gradient, GRADIENT, -1)):
        if text is not None:
            x, y = tail + share * (head - tail) + side * 0.16 * normal
            style = {"rotation": angle, "rotation_mode": "anchor", "ha": "center", "va": "center"}
            ax.text(x, y, number(text, digits), color=color, size=9, **style)


def _draw_bias(ax: object, x: float, y: float, bias: str, arrow: bool) -> None:
    """Write a bias below a neuron: with an arrow, or as "b = …" where a gradient stands between."""
    style = {"color": VALUE, "size": 9, "ha": "center", "va": "top"}
    if arrow:
        line = {"arrowstyle": "-|>", "color": MUTED, "lw": 0.9, "shrinkA": 1, "shrinkB": 0}
        ax.annotate(bias, (x, y - RADIUS), (x, y - RADIUS - 0.38), arrowprops=line, **style)
    else:
        ax.text(x, y - RADIUS - 0.36, f"b = {bias}", **style)
