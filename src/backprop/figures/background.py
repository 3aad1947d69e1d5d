"""Chapter 1's figures: the weights of hidden units as images, and a timeline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from backprop.figures.style import AMBER, FAINT, GREEN, INK, MUTED, PURPLE, SKY

LEVELS = 6
"""Steps of each of the two colors, from no weight to the largest."""

KINDS = {
    "optimal control": (AMBER, "s"),
    "differentiating programs": (SKY, "D"),
    "neural networks": (GREEN, "o"),
}
"""Color and marker of each kind of event in a `timeline`."""


def weight_images(
    weights: np.ndarray, labels: Sequence[object] | None = None, *, columns: int = 8
) -> tuple:
    """Show columns of a weight matrix as square images: positive weights green, negative purple.

    Every image has a scale of its own: its largest absolute weight has the full color.

    Parameters
    ----------
    weights : array (pixels, units)
        One column for each unit; `pixels` is a square number.
    labels : sequence of length units, optional
        A line of text under each image.
    columns : int
        Images in a row.

    Returns
    -------
    fig, axes
    """
    import matplotlib.pyplot as plt

    pixels, units = weights.shape
    side = round(pixels**0.5)
    if side * side != pixels:
        raise ValueError(f"weight_images: expected a square number of rows, got {pixels}")
    rows = -(-units // columns)
    text = 0.22 if labels is not None else 0.0
    size = (6.4, 6.4 / columns * rows * (1 + text))
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for unit, ax in enumerate(axes.flat):
        ax.axis("off")
        if unit >= units:
            continue
        image = weights[:, unit].reshape(side, side)
        _draw_weights(ax, image / np.abs(image).max())
        if labels is not None:
            style = {"ha": "center", "va": "top", "transform": ax.transAxes}
            ax.text(0.5, -0.05, str(labels[unit]), size=8, color=INK, **style)
    fig.subplots_adjust(left=0, right=1, top=1, bottom=0.05, wspace=0.14, hspace=0.1 + text)
    return fig, axes


def _draw_weights(ax: object, image: np.ndarray) -> None:
    """Draw weights from −1 to 1 as squares, one outline for all pixels of the same step.

    Outlines repeat to the byte on every machine; a bitmap inside the SVG would not.
    """
    steps = np.rint(image * LEVELS).astype(int)
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    for step in np.unique(steps[steps != 0]).tolist():
        squares = [
            [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
            for y, x in np.argwhere(steps == step).tolist()
        ]
        path = Path(np.concatenate(squares), codes * len(squares))
        color = GREEN if step > 0 else PURPLE
        ax.add_patch(
            PathPatch(path, facecolor=color, alpha=abs(step) / LEVELS, lw=0, antialiased=False)
        )
    side = len(image)
    ax.add_patch(Rectangle((0, 0), side, side, fill=False, edgecolor=FAINT, lw=0.8))
    ax.set_xlim(-0.1, side + 0.1)
    ax.set_ylim(side + 0.1, -0.1)
    ax.set_aspect("equal")


def timeline(events: Sequence[tuple[int, str, str]], *, gap: float = 1.75) -> tuple:
    """Draw events down a time axis that is true to scale, with the text beside it.

    Parameters
    ----------
    events : sequence of (year, kind, text)
        In order of time; `kind` is a key of `KINDS`.
    gap : float
        Smallest distance, in years, between two lines of text; closer ones are moved down.

    Returns
    -------
    fig, ax
    """
    import matplotlib.pyplot as plt

    years = [year for year, _, _ in events]
    places = []
    for year in years:
        places.append(max(float(year), places[-1] + gap) if places else float(year))
    first, last = min(years) - 2, max(years[-1], places[-1]) + 2
    fig, ax = plt.subplots(figsize=(6.4, 0.145 * (last - first)))
    ax.axvline(0, color=MUTED, lw=1.2, zorder=1)
    for (year, kind, text), place in zip(events, places, strict=True):
        color, marker = KINDS[kind]
        ax.plot([0, 0.6, 0.9], [year, place, place], color=FAINT, lw=1.0, zorder=0)
        ax.plot(0, year, marker, color=color, ms=6.5, zorder=2)
        ax.text(1.0, place, f"{year}", color=color, weight="bold", va="center", size=9)
        ax.text(1.95, place, text, color=INK, va="center", size=9)
    for decade in range(-(-first // 10) * 10, last + 1, 10):
        ax.text(-0.25, decade, f"{decade}", ha="right", va="center", size=9, color=MUTED)
        ax.plot([-0.12, 0], [decade, decade], color=MUTED, lw=0.8)
    handles = [
        plt.Line2D([], [], color=color, marker=marker, ls="", ms=6.5, label=kind)
        for kind, (color, marker) in KINDS.items()
    ]
    ax.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.06))
    ax.set_xlim(-1.0, 10)
    ax.set_ylim(last, first)
    ax.axis("off")
    fig.subplots_adjust(left=0, right=1, bottom=0, top=0.96)
    return fig, ax
