"""Boards of tic-tac-toe, with a value on each free cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop.figures.style import GREEN, INK, MUTED, PURPLE

MIDDLE = {"ha": "center", "va": "center", "color": INK}


def boards(
    positions: Sequence[np.ndarray], values: Sequence[np.ndarray], titles: Sequence[str]
) -> tuple:
    """Draw boards beside one another, with what each move is worth to the player who moves.

    A free cell is green where its value is above 0 and purple where it is below.

    Parameters
    ----------
    positions : sequence of arrays of shape (9,)
        1 is a cross, −1 a nought, 0 a free cell; row by row.
    values : sequence of arrays of shape (9,)
        From −1, lost, to 1, won; shown with one decimal. Those of taken cells are not read.
    titles : sequence of str

    Returns
    -------
    fig, axes
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, len(positions), figsize=(2.3 * len(positions), 2.6), squeeze=False)
    for ax, position, value, title in zip(axes[0], positions, values, titles, strict=True):
        for i in range(9):
            center = (i % 3 + 0.5, i // 3 + 0.5)
            if position[i]:
                ax.text(*center, "×" if position[i] > 0 else "○", fontsize=24, **MIDDLE)
                continue
            shown = round(float(value[i]), 1) + 0.0  # no −0.0
            color = GREEN if shown > 0 else PURPLE
            corner = (i % 3, i // 3)
            ax.add_patch(plt.Rectangle(corner, 1, 1, color=color, alpha=0.5 * abs(shown), lw=0))
            text = f"{shown:+.1f}".replace("-", "−") if shown else "0.0"
            ax.text(*center, text, fontsize=10, **MIDDLE)
        for line in range(4):
            ax.plot([line, line], [0, 3], color=MUTED, lw=0.8)
            ax.plot([0, 3], [line, line], color=MUTED, lw=0.8)
        ax.set(xlim=(-0.05, 3.05), ylim=(3.05, -0.05), aspect="equal", title=title)
        ax.axis("off")
    return fig, axes[0]
