"""The gradient's size against the depth: measured as dots, predicted as lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backprop.figures.practice import STYLES
from backprop.figures.style import SERIES


def gradient_by_depth(panels: Mapping[str, Mapping[str, tuple]], *, every: int = 5) -> tuple:
    """Plot panels, one below the other, of the gradient's size by the layers gone back.

    Parameters
    ----------
    panels : mapping of str to mapping
        A panel by its title: by name, a pair of the measured sizes, shape (runs, layers + 1), and
        of the predicted ones, shape (layers + 1,), or None.
    every : int
        Dots at every so many layers; each has a bar from the smallest to the largest run.

    Returns
    -------
    fig, axes
    """
    import matplotlib.pyplot as plt

    height = 0.4 + 2.9 * len(panels)
    fig, axes = plt.subplots(len(panels), figsize=(6.4, height), squeeze=False, sharex=True)
    for ax, (title, curves) in zip(axes[:, 0], panels.items(), strict=True):
        for (name, (runs, line)), color, style in zip(curves.items(), SERIES, STYLES, strict=False):
            # Logarithms with two digits: the figure's bytes do not depend on a sum's last bits.
            logs = np.log10(np.atleast_2d(runs)[:, ::every]).round(2)
            middle, low, high = np.median(logs, axis=0), logs.min(axis=0), logs.max(axis=0)
            x = every * np.arange(len(middle))
            bars = 10.0 ** np.array([low, high])
            ax.vlines(x, *bars, color=color, lw=1.4)
            ax.plot(
                x, 10.0**middle, "o", ms=4, color=color, label=None if line is not None else name
            )
            if line is not None:
                line = 10.0 ** np.log10(line).round(2)
                ax.plot(line, ls=style, lw=1.3, color=color, label=name)
        ax.set_yscale("log")
        ax.set_title(title)
        ax.set_ylabel("size of the gradient")
        ax.legend(fontsize=8)
    axes[-1, 0].set_xlabel("layers gone back from the output")
    fig.tight_layout()
    return fig, axes[:, 0]
