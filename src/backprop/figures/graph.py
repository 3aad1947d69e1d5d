"""Draw a graph of `scalar.Value`s: forward values above each wire, gradients below it."""

from __future__ import annotations

from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from backprop.figures import layout
from backprop.figures.style import GRADIENT, INK, MUTED, VALUE, blank_axes, number
from backprop.scalar import Value, topological_order

# Lengths are in units of the drawing, of which one is SCALE inches.
SCALE = 0.66
RADIUS = 0.27  # of an operation's circle
BEND = 0.48  # the curved piece of wire, up to the next circle
LETTER = 0.115  # width of a digit
MARGIN = 0.62


def _symbol(operation: str) -> str:
    """Write an operation for its circle: "^2" as x², "neg" as a minus sign."""
    if operation.startswith("^"):
        return f"$x^{{{operation[1:] or 'y'}}}$".replace("-", "−")
    return {"neg": "−"}.get(operation, operation)


def draw_graph(
    output: Value, *, gradients: bool = True, digits: int = 4, ax: object = None
) -> tuple:
    """Draw the computational graph that ends in `output`.

    Operations are circles; inputs stand as names at the start of their wire. On the wire that
    leaves a node, its `data` stands above in blue and its `grad` below in orange. A wire that forks
    carries one value to several operations; its gradient is the sum of what they send back.

    Parameters
    ----------
    output : Value
        The last node.
    gradients : bool
        False draws the forward values only.
    digits : int
        Significant digits of the numbers.
    ax : matplotlib.axes.Axes, optional
        Axes to draw in; by default a new figure of the right size.

    Returns
    -------
    fig, ax
    """
    nodes = topological_order(output)
    layers, links = layout.layers_and_links(nodes)
    height = layout.rows(layers, links)
    low = min(height.values()) - MARGIN
    column = {item: c for c, layer in enumerate(layers) for item in layer}
    # The straight piece of each wire is as long as the longest number on one.
    texts = [number(n, digits) for node in nodes for n in (node.data, node.grad)[: 1 + gradients]]
    stub = 0.16 + LETTER * max(map(len, texts))
    step = 2 * RADIUS + stub + BEND
    # An item's place is where its circle has its center.
    place = {i: (0.35 + RADIUS + column[i] * step, height[i] - low) for i in height}
    width = 0.35 + 2 * RADIUS + (len(layers) - 1) * step + stub + 0.1
    fig, ax = blank_axes(ax, width, max(height.values()) - low + MARGIN, SCALE)

    for start, end in links:
        x0, y0 = place[start]
        tail = (x0 + RADIUS + stub, y0)
        if isinstance(end, tuple):
            _draw_bend(ax, tail, place[end])
            continue
        source = nodes[start if isinstance(start, int) else start[0]]
        uses = sum(parent is source for parent in nodes[end].parents)
        for bow in (0.0,) if uses == 1 else (0.2, -0.2):  # a + a uses a twice: two wires
            _draw_bend(ax, tail, place[end], bow)
            _draw_head(ax, place[end], bow)
    for item, (x, y) in place.items():
        ax.plot([x + RADIUS, x + RADIUS + stub], [y, y], color=MUTED, lw=1.0, zorder=1)
        if isinstance(item, tuple):  # a passing wire is straight through the layer
            ax.plot([x - RADIUS, x + RADIUS], [y, y], color=MUTED, lw=1.0, zorder=1)
        else:
            _draw_node(ax, nodes[item], x, y, stub, gradients, digits)
    return fig, ax


def _draw_bend(ax: object, tail: tuple, center: tuple, bow: float = 0.0) -> None:
    """Draw the curved wire from `tail` to the left edge of the circle at `center`.

    `bow` lifts the wire and its end, for the two wires of a value that is used twice.
    """
    (x0, y0), (x1, y1) = tail, center
    x1 = x1 - (RADIUS**2 - bow**2) ** 0.5
    middle = (x0 + x1) / 2
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    corners = [(x0, y0), (middle, y0 + 1.3 * bow), (middle, y1 + bow), (x1, y1 + bow)]
    ax.add_patch(PathPatch(Path(corners, codes), fill=False, edgecolor=MUTED, lw=1.0, zorder=1))


def _draw_head(ax: object, center: tuple, bow: float) -> None:
    """Draw the arrowhead where a wire enters the circle at `center`."""
    x, y = center[0] - (RADIUS**2 - bow**2) ** 0.5, center[1] + bow
    ax.fill([x, x - 0.13, x - 0.13], [y, y + 0.06, y - 0.06], color=MUTED, lw=0, zorder=1)


def _draw_node(
    ax: object, node: Value, x: float, y: float, stub: float, gradients: bool, digits: int
) -> None:
    """Draw an operation's circle or an input's name, and the numbers on the wire that leaves it."""
    label = node.label or ""
    if node.parents:
        ax.add_patch(Circle((x, y), RADIUS, fill=False, edgecolor=INK, lw=1.2))
        symbol = _symbol(node.operation)
        size = 13 if len(symbol) == 1 else 10 if symbol.startswith("$") else 8
        ax.text(x, y, symbol, ha="center", va="center_baseline", size=size)
        ax.text(x, y + RADIUS + 0.07, label, ha="center", va="bottom", size=10, style="italic")
    else:
        ax.text(x + RADIUS - 0.08, y, label, ha="right", va="center", size=11, style="italic")
    middle = x + RADIUS + stub / 2
    ax.text(middle, y + 0.06, number(node.data, digits), color=VALUE, ha="center", va="bottom")
    if gradients:
        ax.text(middle, y - 0.08, number(node.grad, digits), color=GRADIENT, ha="center", va="top")
