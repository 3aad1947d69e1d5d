"""Shares with their intervals, one panel below the other."""

from __future__ import annotations

from collections.abc import Mapping

from backprop.figures.style import FAINT, INK, VALUE


def shares(panels: Mapping[str, Mapping[str, tuple]], *, xlabel: str) -> tuple:
    """Draw shares as dots with intervals, a row for each name and a panel for each title.

    Parameters
    ----------
    panels : mapping of str to mapping of str to (low, share, high)
        Title of the panel -> name of the row -> a share and its interval, from 0 to 1.
    xlabel : str
        What the shares are of.

    Returns
    -------
    fig, axes
    """
    import matplotlib.pyplot as plt

    heights = [len(rows) for rows in panels.values()]
    fig, axes = plt.subplots(
        len(panels),
        1,
        figsize=(4.8, 0.3 * sum(heights) + 0.6 * len(panels)),
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": heights, "hspace": 0.5},
    )
    for ax, (title, rows) in zip(axes[:, 0], panels.items(), strict=True):
        places = range(len(rows))
        for place, (low, share, high) in zip(places, rows.values(), strict=True):
            ax.plot([low, high], [place, place], color=INK, lw=1.2)
            ax.plot(share, place, "o", color=VALUE)
        ax.set_yticks(places, rows)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(-0.03, 1.03)
        ax.set_title(title)
        ax.grid(axis="x", color=FAINT)
    axes[-1, 0].set_xlabel(xlabel)
    axes[0, 0].set_ylabel("cure")
    return fig, axes[:, 0]
