"""Draw a graph of `scalar.Value`s: forward values above each wire, gradients below it."""

from __future__ import annotations

from collections import Counter

from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path

from backprop.figures import layout
from backprop.figures.style import GRADIENT, INK, MUTED, VALUE, blank_axes, number
from backprop.scalar import Value, topological_order

# Lengths are in units of the drawing, of which one is SCALE inches.
SCALE = 0.6
RADIUS = 0.26  # of an operation's circle
BEND = 0.4  # the curved piece of wire, up to the next circle
LETTER = 0.122  # width of a digit
MARGIN = 0.66


def _symbol(operation: str) -> str:
    """Write an operation for its circle: "^2" as x², "neg" as a minus sign."""
    if operation.startswith("^"):
        return f"$x^{{{operation[1:] or 'y'}}}$".replace("-", "−")
    return {"neg": "−"}.get(operation, operation)


def draw_graph(
    output: Value,
    *,
    gradients: bool = True,
    merge_sums: bool = False,
    digits: int = 4,
    ax: object = None,
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
    merge_sums : bool
        Draw a sum of sums, such as (a + b) + c, as one node Σ with all its inputs. What is left out
        are partial sums without a label and with a single use; their gradient is the sum's own.
    digits : int
        Significant digits of the numbers.
    ax : matplotlib.axes.Axes, optional
        Axes to draw in; by default a new figure of the right size.

    Returns
    -------
    fig, ax
    """
    nodes, parents = _nodes_and_parents(output, merge_sums)
    layers, links = layout.layers_and_links(parents)
    height = layout.rows(layers, links)
    low = min(height.values()) - MARGIN
    column = {item: c for c, layer in enumerate(layers) for item in layer}
    # The straight pieces of wire in a layer are as long as the longest number on them.
    stubs = [
        max(_number_width(nodes[i], gradients, digits) for i in layer if isinstance(i, int))
        for layer in layers
    ]
    lefts = [0.3 + RADIUS]  # where the circles of each layer have their centers
    for stub in stubs:
        lefts.append(lefts[-1] + 2 * RADIUS + stub + BEND)
    place = {item: (lefts[column[item]], height[item] - low) for item in height}
    fig, ax = blank_axes(
        ax, lefts[-1] - BEND - RADIUS + 0.1, max(height.values()) - low + MARGIN, SCALE
    )

    for start, end in links:
        x0, y0 = place[start]
        tail = (x0 + RADIUS + stubs[column[start]], y0)
        if isinstance(end, tuple):
            _draw_bend(ax, tail, place[end])
            continue
        uses = parents[end].count(start if isinstance(start, int) else start[0])
        for bow in (0.0,) if uses == 1 else (0.17, -0.17):  # a + a uses a twice: two wires
            _draw_bend(ax, tail, place[end], bow)
            _draw_head(ax, place[end], bow)
    for item, (x, y) in place.items():
        stub = stubs[column[item]]
        ax.plot([x + RADIUS, x + RADIUS + stub], [y, y], color=MUTED, lw=1.0, zorder=1)
        if isinstance(item, tuple):  # a passing wire is straight through the layer
            ax.plot([x - RADIUS, x + RADIUS], [y, y], color=MUTED, lw=1.0, zorder=1)
        else:
            many = len(parents[item]) > len(nodes[item].parents)
            symbol = "Σ" if many else _symbol(nodes[item].operation)
            _draw_node(ax, nodes[item], symbol, x, y, stub, gradients, digits)
    return fig, ax


def _nodes_and_parents(output: Value, merge_sums: bool) -> tuple[list[Value], list[list[int]]]:
    """List the nodes to draw, parents first, and for each the indices of its parents."""
    order = topological_order(output)
    parents = {node: list(node.parents) for node in order}
    if merge_sums:
        uses = Counter(parent for node in order for parent in node.parents)
        for node in order:
            if node.operation != "+":
                continue
            terms = []
            for parent in parents[node]:
                partial = parent.operation == "+" and not parent.label and uses[parent] == 1
                terms.extend(parents.pop(parent) if partial else [parent])
            parents[node] = terms
    index = {node: i for i, node in enumerate(parents)}
    return list(parents), [[index[p] for p in its_parents] for its_parents in parents.values()]


def _number_width(node: Value, gradients: bool, digits: int) -> float:
    """Return the room that the numbers of a node need on its wire."""
    numbers = (node.data, node.grad) if gradients else (node.data,)
    return max(0.18 + LETTER * max(len(number(n, digits)) for n in numbers), 0.55)


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
    ax: object,
    node: Value,
    symbol: str,
    x: float,
    y: float,
    stub: float,
    gradients: bool,
    digits: int,
) -> None:
    """Draw an operation's circle or an input's name, and the numbers on the wire that leaves it."""
    label = node.label or ""
    if node.parents:
        ax.add_patch(Circle((x, y), RADIUS, fill=False, edgecolor=INK, lw=1.2))
        size = 13 if len(symbol) == 1 else 10 if symbol.startswith("$") else 8
        ax.text(x, y, symbol, ha="center", va="center_baseline", size=size)
        ax.text(x, y + RADIUS + 0.07, label, ha="center", va="bottom", size=10, style="italic")
    else:
        ax.text(x + RADIUS - 0.08, y, label, ha="right", va="center", size=11, style="italic")
    middle = x + RADIUS + stub / 2
    ax.text(middle, y + 0.06, number(node.data, digits), color=VALUE, ha="center", va="bottom")
    if gradients:
        ax.text(middle, y - 0.08, number(node.grad, digits), color=GRADIENT, ha="center", va="top")
