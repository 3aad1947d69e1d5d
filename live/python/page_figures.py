"""Matplotlib's backend in a page: each open figure becomes an SVG when a cell shows it or ends."""

import io

import matplotlib.pyplot as plt
from cells import send
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

from backprop.figures.style import PRINT_FIGURE_KWARGS

__all__ = ["FigureCanvas", "show"]


def show(*args: object, **kwargs: object) -> None:
    """Send all open figures to the page and close them, as Jupyter's inline backend does."""
    for number in plt.get_fignums():
        svg = io.StringIO()
        plt.figure(number).savefig(svg, format="svg", **PRINT_FIGURE_KWARGS)
        send("data", "image/svg+xml", svg.getvalue())
    plt.close("all")
