"""Results of several runs: the mean as a line, the range from run to run as a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from backprop.figures.style import INK, SERIES, new_axes

STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
BASELINE_STYLES = (":", (0, (6, 3)), (0, (1, 4)))
DIGITS = 4


def bands(
    x: Sequence[float],
    curves: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    ylabel: str,
    baselines: Mapping[str, float] | None = None,
    logx: bool = False,
    logy: bool = False,
    ax: object = None,
) -> tuple:
    """Plot the mean of several runs, and a band from the smallest of them to the largest.

    The values are rounded to four significant digits first: the figure's bytes then do not depend
    on the last bits of a sum, which differ from one kind of processor to the next.

    Parameters
    ----------
    x : sequence of float, length n
        The horizontal axis.
    curves : mapping of str to array of shape (runs, n)
        The runs, by name; colors and dashes follow their order.
    xlabel, ylabel : str
        Names of the axes.
    baselines : mapping of str to float, optional
        Horizontal lines to compare with.
    logx, logy : bool
        Logarithmic axes.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax)
    for (name, runs), color, style in zip(curves.items(), SERIES, STYLES, strict=False):
        runs = np.atleast_2d(runs)
        low, mean, high = (_round(f(runs, axis=0)) for f in (np.min, np.mean, np.max))
        ax.fill_between(x, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(x, mean, ls=style, color=color, label=name)
    for (name, level), style in zip((baselines or {}).items(), BASELINE_STYLES, strict=False):
        ax.axhline(level, color=INK, lw=1.1, ls=style, label=name)
    if logx:
        ax.set_xscale("log")
    if logy:
        ax.set_yscale("log")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend()
    return fig, ax


def _round(values: np.ndarray) -> np.ndarray:
    """Round each element to DIGITS significant digits."""
    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values])
