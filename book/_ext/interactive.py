"""Three figures that a reader can change: each stands below the static figure of the same numbers.

The HTML page gets a hidden ``<div class="interactive">`` behind the static figure, with its numbers
as JSON, and one small script, which fetches the figure's code when the reader comes near. In
JupyterLab, in print and without JavaScript the static figure is all there is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from backprop import Dense, Sequential
from docutils import nodes


def graph() -> dict:
    """Return the leaves of chapter 3's neuron; y belongs to the loss that a reader can add."""
    return {"leaves": {"w1": 0.15, "x1": 0.05, "w2": 0.20, "x2": 0.10, "b": 0.35, "y": 0.01}}


def descent() -> dict:
    """Return chapter 2's four samples, what its maps show, and its rates in units of 2/λ = 2/3."""
    rates = ("0.1", "0.5", "6/7", "0.99", "1", "1.01")
    return {
        "x": [-1, 1, 2, 2],
        "y": [0, 2, 4, 2],
        "start": [0, 0],
        "eta": 0.5,
        "steps": 10,
        "xlim": [-0.7, 3.0],
        "ylim": [-1.0, 2.7],
        "levels": [0.3, 0.5, 1, 2, 4, 7, 11],
        "rates": [{"label": rate, "eta": float(Fraction(rate)) * 2 / 3} for rate in rates],
    }


def network(W: list, c: list, w: list, b: list) -> dict:
    return {"W": W, "c": c, "w": [row[0] for row in w], "b": b[0]}


def hidden() -> dict:
    """Return the solution of chapter 2, and ten starts as the package draws them."""
    starts = []
    for seed in range(10):
        net = Sequential([Dense(2, activation="relu", input_dim=2), Dense(1)], seed=seed)
        net.build()
        starts.append(network(*(array.tolist() for array in net.get_weights())))
    solution = network([[1, 1], [1, 1]], [0, -1], [[1], [-2]], [0])
    return {"solution": solution, "starts": starts, "eta": 0.2}


@dataclass(frozen=True)
class Figure:
    """An interactive figure.

    Attributes
    ----------
    module : str
        The script in ``_static/interactive`` that draws it.
    label : str
        Its name for a screen reader.
    heights : tuple of int
        Pixels that it takes on a wide page and on a phone.
    invitation : str
        What a reader might try; the last sentence is a question.
    settings : callable
        Returns its numbers: those of the static figure.
    """

    module: str
    label: str
    heights: tuple[int, int]
    invitation: str
    settings: Callable[[], dict]


FIGURES = {  # by the name of the static figure
    "fig-3-neuron-back": Figure(
        "graph",
        "The neuron's graph, step by step",
        (745, 1210),
        "Go through the graph node by node, and change its numbers with the sliders. "
        "Predict first: with x₁ = 0, which of the five leaves get the gradient 0?",
        graph,
    ),
    "fig-cliff": Figure(
        "descent",
        "Descent on the loss of the neuron",
        (780, 1390),
        "Drag the start, and move the learning rate across the cliff. Predict first: is there a "
        "start from which descent converges although η is above 2/\u2060λ?",
        descent,
    ),
    "fig-xor": Figure(
        "hidden",
        "XOR in the plane of the inputs and in the plane of the hidden units",
        (985, 1590),
        "Move the lines of the two hidden neurons, and see where the four points go. "
        "(The loss and the steps of descent are explained below.) "
        "Predict first: must the two lines be parallel for all four to be right?",
        hidden,
    ),
}


def place_for(figure: Figure) -> str:
    """Return the hidden element that the script fills."""
    numbers = json.dumps(figure.settings(), ensure_ascii=False)
    return (
        f'<div class="interactive" data-figure="{figure.module}" role="group" '
        f'data-heights="{figure.heights[0]} {figure.heights[1]}" '
        f'aria-label="{escape(figure.label)}" hidden>'
        f"<p><strong>Try it.</strong> {escape(figure.invitation)}</p>"
        f'<script type="application/json">{numbers}</script></div>'
    )


def cell_of(figure: nodes.Element) -> nodes.Element:
    """Return the whole cell whose output the figure is, or the figure."""
    node = figure
    while node is not None:
        if "cell" in node.get("classes", []):
            return node
        node = node.parent if isinstance(node.parent, nodes.Element) else None
    return figure


def insert(app, doctree, docname):
    if app.builder.name != "html":
        return
    for figure in list(doctree.findall(nodes.figure)):
        for name in FIGURES.keys() & set(figure["ids"]):
            cell = cell_of(figure)
            place = cell.parent.index(cell) + 1
            cell.parent.insert(place, nodes.raw("", place_for(FIGURES[name]), format="html"))
            doctree["interactive"] = True


def add_script(app, pagename, templatename, context, doctree):
    if doctree is not None and doctree.get("interactive"):
        app.add_js_file("interactive/load.js", type="module")


def setup(app):
    app.connect("doctree-resolved", insert)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
