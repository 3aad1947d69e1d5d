"""Small gray images side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from backprop.figures.style import INK

LEVELS = 16
"""Steps of gray from paper to ink."""


def digits_grid(
    images: np.ndarray,
    labels: Sequence[object] | None = None,
    *,
    predictions: Sequence[object] | None = None,
    columns: int = 8,
) -> tuple:
    """Show images in rows, ink dark on the page, with a label under each.

    Parameters
    ----------
    images : array (n, 8, 8) or (n, 64)
        Rows of 64 numbers are taken as 8×8 images; any square images will do. 0 is paper, the
        largest number is full ink, in 16 steps of gray.
    labels : sequence of n, optional
        What each image is; written under it.
    predictions : sequence of n, optional
        What a network says. A wrong one is written as "3, not 5", in bold.
    columns : int
        Images in a row.

    Returns
    -------
    fig, axes
        `axes` has one entry for each place of the grid.
    """
    import matplotlib.pyplot as plt

    images = np.asarray(images)
    if images.ndim == 2:
        side = round(images.shape[1] ** 0.5)
        if side * side != images.shape[1]:
            raise ValueError(f"digits_grid: expected square images, got {images.shape[1]} pixels")
        images = images.reshape(-1, side, side)
    rows = -(-len(images) // columns)
    text = 0.22 if labels is not None else 0.0
    size = (6.4, 6.4 / columns * rows * (1 + text))
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    ink = images.max()
    for i, ax in enumerate(axes.flat):
        ax.axis("off")
        if i >= len(images):
            continue
        draw_image(ax, images[i] / ink)
        if labels is not None:
            wrong = predictions is not None and predictions[i] != labels[i]
            caption = f"{predictions[i]}, not {labels[i]}" if wrong else f"{labels[i]}"
            style = {"ha": "center", "va": "top", "transform": ax.transAxes, "color": INK}
            ax.text(0.5, -0.04, caption, weight="bold" if wrong else "normal", size=10, **style)
    fig.subplots_adjust(left=0, right=1, top=1, bottom=0.05, wspace=0.12, hspace=0.08 + text)
    return fig, axes


def draw_image(ax: object, image: np.ndarray) -> None:
    """Draw an image as squares: one outline for all pixels of the same gray.

    A bitmap inside the SVG would be smaller, but its bytes depend on the compression library.
    """
    steps = np.rint(np.clip(image, 0, 1) * LEVELS).astype(int)
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    side = 1.05  # squares overlap a little: no light shows between them
    for step in range(1, LEVELS + 1):
        squares = [
            [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
            for y, x in np.argwhere(steps == step).tolist()
        ]
        if squares:
            path = Path(np.concatenate(squares), codes * len(squares))
            gray = str(1 - step / LEVELS)
            ax.add_patch(PathPatch(path, facecolor=gray, lw=0, antialiased=False))
    ax.set_xlim(0, image.shape[1])
    ax.set_ylim(image.shape[0], 0)
    ax.set_aspect("equal")
