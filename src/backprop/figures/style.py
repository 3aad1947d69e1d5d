"""The one plotting style of the book: colors with fixed meanings, and matplotlib's settings.

The colors start from the color-blind safe palette of Okabe and Ito (2008). Three of them are darker
here, so that a line of each color has a contrast of at least 3:1 on a white page, and also on the
dark page (#121212), where the page's CSS shows every figure through `invert(1) hue-rotate(180deg)`.
"""

from __future__ import annotations

import numpy as np

VALUE = "#0072B2"
"""Blue: a forward value, wherever the book draws one."""

GRADIENT = "#D55E00"
"""Vermilion: a gradient, wherever the book draws one."""

INK = "#333333"
"""Text, axes, the outline of a neuron."""

MUTED = "#707070"
"""What stands back: ticks, edges of a network, remarks."""

FAINT = "#D0D0D0"
"""Grid lines."""

GREEN = "#009E73"
PURPLE = "#B8578F"
SKY = "#3A9BD5"
AMBER = "#A87400"

SERIES = (GREEN, PURPLE, SKY, AMBER, INK)
"""Colors of curves that are neither a forward value nor a gradient, in the order of use."""

PRINT_FIGURE_KWARGS = {"bbox_inches": "tight", "metadata": {"Date": None, "Creator": None}}
"""What the notebook passes to `savefig`: no margin, and nothing that changes from run to run."""

RC = {
    "figure.figsize": (6.4, 3.6),
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same letters on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.8,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "axes.prop_cycle": f"cycler('color', {list(SERIES)})",
    "image.cmap": "gray_r",
    "svg.fonttype": "path",  # letters as outlines: no font is needed to read the page
    "svg.hashsalt": "backprop",  # ids inside the SVG repeat from run to run
}


def use_style() -> None:
    """Set the book's style: matplotlib, NumPy's printing and, in a notebook, SVG figures.

    Call it once, in a notebook's first cell. It changes `matplotlib.rcParams` to `RC`, prints
    NumPy arrays with six digits, and inside IPython makes every figure an SVG whose bytes
    repeat from run to run.
    """
    import matplotlib

    matplotlib.rcParams.update(RC)
    np.set_printoptions(precision=6, suppress=True)
    _use_svg_in_notebook()


def _use_svg_in_notebook() -> None:
    """Make the inline backend write SVG with `PRINT_FIGURE_KWARGS`; outside IPython, do nothing."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib_inline.config import InlineBackend

    inline = InlineBackend.instance(parent=shell)
    # The backend reads both settings when it starts; a backend that runs already needs the call.
    inline.print_figure_kwargs = PRINT_FIGURE_KWARGS
    inline.figure_formats = {"svg"}
    select_figure_formats(shell, {"svg"}, **PRINT_FIGURE_KWARGS)


def number(value: object, digits: int = 4) -> str:
    """Write a number for a figure with `digits` significant digits; pass a string through.

    >>> number(-0.123456)
    '−0.1235'
    >>> number("$w_{11}$")
    '$w_{11}$'
    """
    if isinstance(value, str):
        return value
    rounded = float(f"{float(value):.{digits}g}")
    text = f"{rounded:.{digits}g}"
    return "0" if rounded == 0 else text.replace("-", "−")


def blank_axes(ax: object, width: float, height: float, scale: float) -> tuple:
    """Make axes for a drawing: no frame, equal units, `scale` inches to a unit.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        Axes to draw in. With None a new figure of the right size is made.
    width, height : float
        Size of the drawing in its own units; the axes show 0..width and 0..height.
    scale : float
        Inches to a unit, for a new figure.

    Returns
    -------
    fig, ax
    """
    if ax is None:
        import matplotlib.pyplot as plt

        fig, ax = plt.subplots(figsize=(width * scale, height * scale))
        fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax.figure, ax


def new_axes(ax: object, **kwargs: object) -> tuple:
    """Return `(figure, axes)`: of `ax`, or of a new figure in the book's size if `ax` is None."""
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(**kwargs)
    return ax.figure, ax
