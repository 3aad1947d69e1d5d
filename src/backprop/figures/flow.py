"""Boxes and arrows: steps in a row, steps in a circle, and how concepts connect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import FancyBboxPatch

from backprop.figures.style import INK, MUTED, blank_axes

SCALE = 0.62  # inches to a unit
WIDTH, HEIGHT = 2.3, 0.95  # of a box


def concept_map(
    places: Mapping[str, tuple[float, float]],
    arrows: Sequence[tuple],
    *,
    colors: Mapping[str, str] | None = None,
    box: tuple[float, float] = (WIDTH, HEIGHT),
    ax: object = None,
) -> tuple:
    """Draw boxes at given places, and labeled arrows between them.

    Parameters
    ----------
    places : mapping of str to (x, y)
        Center of each box by its text, in units of 0.62 inch; y points upwards. The text may
        have several lines.
    arrows : sequence of (start, end), (start, end, label) or (start, end, label, color)
        Between boxes, by their texts.
    colors : mapping of str to color, optional
        Outline of a box by its text; the others are neutral.
    box : pair of float
        Width and height of every box.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    points = np.array(list(places.values()), dtype=float)
    margin = np.array([box[0] / 2 + 0.15, box[1] / 2 + 0.15])
    low = points.min(axis=0) - margin
    width, height = points.max(axis=0) + margin - low
    fig, ax = blank_axes(ax, width, height, SCALE)
    centers = {text: np.array(p, dtype=float) - low for text, p in places.items()}
    half = np.array(box) / 2
    for start, end, *rest in arrows:
        label = rest[0] if rest else ""
        color = rest[1] if len(rest) > 1 else MUTED
        both_ways = any((a[0], a[1]) == (end, start) for a in arrows)
        _draw_arrow(ax, centers[start], centers[end], half, label, color, both_ways)
    for text, center in centers.items():
        edge = (colors or {}).get(text, INK)
        corner, style = center - half, "round,pad=0,rounding_size=0.14"
        patch = FancyBboxPatch(corner, *box, boxstyle=style, fill=False, edgecolor=edge, lw=1.3)
        ax.add_patch(patch)
        ax.text(*center, text, ha="center", va="center", size=10, linespacing=1.25)
    return fig, ax


def _draw_arrow(
    ax: object,
    start: np.ndarray,
    end: np.ndarray,
    half: np.ndarray,
    label: str,
    color: str,
    both_ways: bool,
) -> None:
    """Draw an arrow from box to box; two arrows between the same boxes run side by side."""
    direction = (end - start) / np.linalg.norm(end - start)
    normal = np.array([-direction[1], direction[0]])
    shift = 0.17 * normal if both_ways else 0 * normal
    a = start + shift + _to_border(direction, half, shift) * direction
    b = end + shift - _to_border(-direction, half, shift) * direction
    arrow = {"arrowstyle": "-|>", "color": color, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    arrow["mutation_scale"] = 13
    ax.annotate("", xy=b, xytext=a, arrowprops=arrow)
    if label:
        flat = abs(direction[1]) < 0.35
        side = normal if (normal[1] > 0 if flat else both_ways or normal[0] > 0) else -normal
        if both_ways:
            side = normal
        x, y = (a + b) / 2 + 0.1 * side
        ha = "center" if flat else "left" if side[0] > 0 else "right"
        va = ("bottom" if side[1] > 0 else "top") if flat else "center"
        text_color = INK if color == MUTED else color
        ax.text(x, y, label, ha=ha, va=va, size=9, color=text_color, linespacing=1.15)


def _to_border(direction: np.ndarray, half: np.ndarray, shift: np.ndarray) -> float:
    """Return the distance from a point near a box's center to its border, along `direction`."""
    point = shift if direction @ direction > 0 else 0 * shift
    with np.errstate(divide="ignore"):
        reach = (half - np.sign(direction) * point) / np.abs(direction)
    return float(np.min(reach[np.abs(direction) > 1e-9])) + 0.06


def flow(
    steps: Sequence[str],
    *,
    labels: Sequence[str] | None = None,
    colors: Sequence[str] | None = None,
    box: tuple[float, float] = (WIDTH, HEIGHT),
    gap: float = 1.1,
    ax: object = None,
) -> tuple:
    """Draw steps as boxes from left to right, an arrow from each to the next.

    Parameters
    ----------
    steps : sequence of str
        Text of each box; all different.
    labels : sequence of str, optional
        Text over each arrow, one fewer than steps.
    colors : sequence of color, optional
        Outline of each box.
    box : pair of float
        Width and height of a box, in units of 0.62 inch.
    gap : float
        Length of an arrow.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    places = {step: (i * (box[0] + gap), 0.0) for i, step in enumerate(steps)}
    names = labels or [""] * (len(steps) - 1)
    arrows = [(a, b, name) for a, b, name in zip(steps, steps[1:], names, strict=False)]
    edges = None if colors is None else dict(zip(steps, colors, strict=True))
    return concept_map(places, arrows, colors=edges, box=box, ax=ax)


def cycle(
    steps: Sequence[str],
    *,
    center: str = "",
    labels: Sequence[str] | None = None,
    colors: Sequence[str] | None = None,
    box: tuple[float, float] = (WIDTH, HEIGHT),
    radius: tuple[float, float] = (3.6, 2.1),
    ax: object = None,
) -> tuple:
    """Draw steps as boxes around an ellipse, clockwise from the top, joined by arrows.

    Parameters
    ----------
    steps : sequence of str
        Text of each box; all different.
    center : str
        Text in the middle.
    labels : sequence of str, optional
        Text beside each arrow; the last one leads back to the first step.
    colors : sequence of color, optional
        Outline of each box.
    box, radius : pair of float
        Size of a box, and half axes of the ellipse, in units of 0.62 inch.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(steps)) / len(steps)
    places = {
        step: (radius[0] * np.cos(angle), radius[1] * np.sin(angle))
        for step, angle in zip(steps, angles, strict=True)
    }
    names = labels or [""] * len(steps)
    following = [*steps[1:], steps[0]]
    arrows = list(zip(steps, following, names, strict=True))
    edges = None if colors is None else dict(zip(steps, colors, strict=True))
    fig, ax = concept_map(places, arrows, colors=edges, box=box, ax=ax)
    middle = radius[1] * (1 - min(np.sin(angles))) - radius[1] + box[1] / 2 + 0.15
    ax.text(sum(ax.get_xlim()) / 2, middle, center, ha="center", va="center", color=MUTED)
    return fig, ax
