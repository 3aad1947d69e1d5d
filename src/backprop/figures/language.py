"""Words and texts: which word goes with which, what attention reads, which classes are confused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop.figures.style import FAINT, INK, MUTED, VALUE, blank_axes, new_axes

__all__ = ["confusion_matrix", "weights_table", "word_links"]

BLUES = ("#FFFFFF", VALUE)


def word_links(
    source: Sequence[str], target: Sequence[str], links: Sequence[tuple[int, int]], ax=None
) -> tuple:
    """Draw two rows of words, and a line from each source word to each target word of `links`.

    Parameters
    ----------
    source, target : sequence of str
        The words of the upper and of the lower row.
    links : sequence of (int, int)
        Places of a source word and a target word that belong together.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    width = 1.25 * max(len(source), len(target))
    fig, ax = blank_axes(ax, width, 2.2, 0.85)
    places = [[width * (i + 0.5) / len(row) for i in range(len(row))] for row in (source, target)]
    for i, j in links:
        ax.plot([places[0][i], places[1][j]], [1.6, 0.6], color=MUTED, lw=1.2)
    for row, x_of, y in ((source, places[0], 1.85), (target, places[1], 0.35)):
        for word, x in zip(row, x_of, strict=True):
            ax.text(x, y, word, ha="center", va="center", color=INK)
    return fig, ax


def weights_table(
    weights: np.ndarray, rows: Sequence[str], columns: Sequence[str], ax=None
) -> tuple:
    """Draw a table of shares from 0 to 1: the larger, the bluer; from 0.1 on with its number.

    The shares are rounded to two digits first, so that the figure's bytes repeat.

    Parameters
    ----------
    weights : array (rows, columns)
    rows, columns : sequence of str
        What names them.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax, figsize=(0.62 * len(columns) + 1.2, 0.36 * len(rows) + 0.8))
    shares = np.round(np.asarray(weights, dtype=np.float64), 2) + 0.0
    _blue(ax, shares, rows, columns)
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.1:
            color = "white" if share > 0.55 else INK
            text = f"{share:.2f}".removeprefix("0")
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=color, size=8)
    ax.tick_params(axis="x", labelrotation=40)
    for label in ax.get_xticklabels():
        label.set_ha("left")
    return fig, ax


def confusion_matrix(counts: np.ndarray, names: Sequence[str], ax=None) -> tuple:
    """Draw how many texts of each class (row) were taken for each class (column).

    Parameters
    ----------
    counts : int array (classes, classes)
    names : sequence of str
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax, figsize=(6.6, 6.2))
    shares = np.round(counts / counts.sum(axis=1, keepdims=True), 2)
    _blue(ax, np.sqrt(shares), names, names)  # the root: a single error is seen
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.3 else INK
            middle = (column + 0.5, row + 0.5)
            ax.text(*middle, str(count), ha="center", va="center", color=color, size=7)
    ax.tick_params(axis="x", labelrotation=90)
    ax.set_xlabel("the network's answer")
    ax.set_ylabel("language of the text")
    return fig, ax


def _blue(ax, shares, rows, columns):
    """Draw cells from white to blue, with the first row at the top and columns named above."""
    from matplotlib.colors import LinearSegmentedColormap

    blues = LinearSegmentedColormap.from_list("blues", BLUES)
    ax.pcolormesh(shares, cmap=blues, vmin=0, vmax=1, edgecolors=FAINT, linewidth=0.5)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.invert_yaxis()
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
