"""Who does which step: the five steps of training in several tools."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from backprop.figures.style import FAINT, INK, MUTED, SKY, blank_axes

__all__ = ["step_table"]

LEFT, WIDTH, HEIGHT = 1.6, 1.2, 0.62  # of the names on the left, and of a cell
FILL = {"you": (SKY, 0.55), "call": (SKY, 0.18), "tool": ("none", 1.0)}
MEANING = {"you": "you write it", "call": "you call it", "tool": "it runs by itself"}


def step_table(
    who: Sequence[Sequence[str]], rows: Sequence[str], columns: Sequence[str], ax=None
) -> tuple:
    """Draw a table of steps and tools: the more of a step is yours, the darker its cell.

    Parameters
    ----------
    who : rows of "you", "call" or "tool"
        Whether the step's formula is written by the user, is one call, or runs by itself.
    rows, columns : sequence of str
        The tools and the steps.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = blank_axes(ax, LEFT + WIDTH * len(columns) + 0.03, 1.7 + HEIGHT * len(rows), 0.55)
    top = 0.7 + HEIGHT * len(rows)
    for j, name in enumerate(columns):
        place = (LEFT + WIDTH * (j + 0.5), top + 0.12)
        ax.text(*place, name, ha="center", va="bottom", size=9, color=INK)
    for i, (name, row) in enumerate(zip(rows, who, strict=True)):
        y = top - HEIGHT * (i + 1)
        ax.text(LEFT - 0.1, y + HEIGHT / 2, name, ha="right", va="center", size=9, color=INK)
        for j, kind in enumerate(row):
            _cell(ax, LEFT + WIDTH * j, y, WIDTH, kind)
    for x, (kind, meaning) in zip((0.0, 2.4, 4.7), MEANING.items(), strict=True):
        _cell(ax, x, 0.0, 0.45, kind, height=0.36)
        ax.text(x + 0.55, 0.18, meaning, va="center", size=9, color=INK)
    return fig, ax


def _cell(ax, x, y, width, kind, height=HEIGHT):
    color, alpha = FILL[kind]
    ax.add_patch(Rectangle((x, y), width, height, facecolor=color, alpha=alpha, lw=0))
    ax.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=FAINT, lw=1))
    if kind != "tool":
        word = {"you": "●", "call": "○"}[kind]
        ax.text(x + width / 2, y + height / 2, word, ha="center", va="center", color=MUTED, size=8)
