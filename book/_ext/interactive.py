"""Three figures that a reader can change: each stands below the static figure of the same numbers.

The HTML page gets a hidden ``<div class="interactive">`` behind the static figure, with its numbers
as JSON, and one small script, which fetches the figure's code when the reader comes near. In
JupyterLab, in print and without JavaScript the static figure is all there is.
"""

import json
from html import escape

from docutils import nodes

from backprop.scalar import Value


def graph() -> dict:
    """Return the leaves of chapter 3's neuron; y belongs to the loss that a reader can add."""
    leaves = {"w1": 0.15, "x1": 0.05, "w2": 0.20, "x2": 0.10, "b": 0.35, "y": 0.01}
    return {"leaves": {name: Value(number, name).data for name, number in leaves.items()}}


# Name of the static figure: (module in _static/interactive, name for a screen reader, invitation,
# the numbers)
FIGURES = {
    "fig-3-neuron-back": (
        "graph",
        "The neuron's graph, step by step",
        "Go through the graph node by node, and change its numbers with the sliders. Predict first: "
        "with x₁ = 0, which of the five leaves get the gradient 0?",
        graph,
    ),
}


def place_for(name: str) -> str:
    """Return the hidden element that the script fills."""
    module, label, invitation, settings = FIGURES[name]
    numbers = json.dumps(settings(), ensure_ascii=False)
    return (
        f'<div class="interactive" data-figure="{module}" role="group" '
        f'aria-label="{escape(label)}" hidden>'
        f"<p><strong>Try it.</strong> {escape(invitation)}</p>"
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
            cell.parent.insert(place, nodes.raw("", place_for(name), format="html"))
            doctree["interactive"] = True


def add_script(app, pagename, templatename, context, doctree):
    if doctree is not None and doctree.get("interactive"):
        app.add_js_file("interactive/load.js", type="module")


def setup(app):
    app.connect("doctree-resolved", insert)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
