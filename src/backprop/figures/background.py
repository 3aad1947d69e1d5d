"""Chapter 1's figures: the weights of hidden units as images, and a timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from backprop.figures.style import AMBER, FAINT, GREEN, INK, MUTED, SKY, VALUE, number

LEVELS = 6
"""Steps of each of the two colors, from no weight to the largest."""

KINDS = {
    "optimal control": (AMBER, "s"),
    "differentiating programs": (SKY, "D"),
    "neural networks": (GREEN, "o"),
}
"""Color and marker of each kind of event in a `timeline`."""


def weight_images(rows: Mapping[str, np.ndarray]) -> tuple:
    """Show the weights of some units as square images, all on one color scale with its bar.

    Positive weights are blue, negative ones amber, a pair that stays apart for color-blind readers.

    Parameters
    ----------
    rows : mapping of str to array (pixels, units)
        By the name that stands left of the row: one column for each unit; `pixels` is a square
        number.

    Returns
    -------
    fig, axes
        `axes` has the shape (rows, units); the bar is the last of `fig.axes`.

    Raises
    ------
    ValueError
        If the pixels make no square, or the rows have different shapes.
    """
    import matplotlib.pyplot as plt

    shapes = {np.shape(weights) for weights in rows.values()}
    if len(shapes) != 1:
        raise ValueError(f"weight_images: expected rows of one shape, got {sorted(shapes)}")
    pixels, units = shapes.pop()
    side = round(pixels**0.5)
    if side * side != pixels:
        raise ValueError(f"weight_images: expected a square number of rows, got {pixels}")
    largest = max(float(np.abs(weights).max()) for weights in rows.values())
    left, right = 0.75, 0.65  # inches for the rows' names and for the bar
    image = (6.4 - left - right) / units
    height = image * len(rows) + 0.3
    fig, axes = plt.subplots(len(rows), units, figsize=(6.4, height), squeeze=False)
    for row, (name, weights) in zip(axes, rows.items(), strict=True):
        for ax, column in zip(row, np.asarray(weights).T, strict=True):
            ax.axis("off")
            _draw_weights(ax, column.reshape(side, side) / largest)
        row[0].text(-0.12, 0.5, name, transform=row[0].transAxes, ha="right", va="center", size=10)
    for unit, ax in enumerate(axes[-1], 1):
        ax.text(0.5, -0.05, f"{unit}", transform=ax.transAxes, ha="center", va="top", size=10)
    edges = {"left": left / 6.4, "right": 1 - right / 6.4, "top": 1, "bottom": 0.3 / height}
    fig.subplots_adjust(**edges, wspace=0.1, hspace=0.1)
    _draw_bar(fig.add_axes([1 - 0.5 / 6.4, edges["bottom"], 0.14 / 6.4, 1 - edges["bottom"]]))
    for level, text in ((1, number(largest, 2)), (0, "0"), (-1, number(-largest, 2))):
        fig.axes[-1].text(1.3, level, text, va="center", size=9)
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
        ax.add_patch(PathPatch(path, **_step_color(step)))
    side = len(image)
    ax.add_patch(Rectangle((0, 0), side, side, fill=False, edgecolor=FAINT, lw=0.8))
    ax.set_xlim(-0.1, side + 0.1)
    ax.set_ylim(side + 0.1, -0.1)
    ax.set_aspect("equal")


def _draw_bar(ax: object) -> None:
    """Draw the color of every step, −1 at the bottom and 1 at the top."""
    height = 2 / (2 * LEVELS + 1)
    for step in range(-LEVELS, LEVELS + 1):
        bottom = -1 + (step + LEVELS) * height
        ax.add_patch(Rectangle((0, bottom), 1, height, **_step_color(step)))
    ax.add_patch(Rectangle((0, -1), 1, 2, fill=False, edgecolor=FAINT, lw=0.8))
    ax.set_ylim(-1.05, 1.05)
    ax.axis("off")


def _step_color(step: int) -> dict:
    """The fill of a step from −LEVELS to LEVELS: its sign is the color, its size the opacity."""
    color = VALUE if step > 0 else AMBER
    return {"facecolor": color, "alpha": abs(step) / LEVELS, "lw": 0, "antialiased": False}


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
