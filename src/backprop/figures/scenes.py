"""Chapter 6's scenes, with the true boxes in them and the boxes that were found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle

from backprop.figures.digits import draw_image
from backprop.figures.style import AMBER, MUTED, VALUE

LEVELS = 6
"""Steps of gray: few, so that the faintest noise is left out."""


def draw_scenes(
    images: np.ndarray,
    boxes: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    found: Sequence[Sequence[tuple]] | None = None,
    *,
    columns: int = 4,
) -> tuple:
    """Show scenes in rows: true boxes dashed and amber, found ones blue with what was read.

    Parameters
    ----------
    images : array (n, side, side, 1)
        0 is paper, 1 is ink.
    boxes : sequence of n arrays (digits, 4)
        True boxes (x0, y0, x1, y1), in pixels.
    labels : sequence of n arrays (digits,)
        What is in the boxes; written above each if nothing was looked for.
    found : sequence of n lists of (score, box, digit), optional
        The digit is written above its box, in bold with an exclamation mark where no true box of
        this digit has an IoU of at least 0.5 with it.
    columns : int
        Scenes in a row.

    Returns
    -------
    fig, axes
        `axes` has one entry for each place of the grid.
    """
    import matplotlib.pyplot as plt

    rows = -(-len(images) // columns)
    size = 6.4 / columns
    fig, axes = plt.subplots(rows, columns, figsize=(6.4, size * rows), squeeze=False)
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1, wspace=0.06, hspace=0.06)
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        draw_image(ax, 0.7 * np.rint(LEVELS * image[..., 0]) / LEVELS)  # the darkest: dark gray
        side = len(image)
        frame = [0, side, side, 0, 0], [0, 0, side, side, 0]
        ax.plot(*frame, color=MUTED, linewidth=0.6, clip_on=False)
        for box, label in zip(boxes[i], labels[i], strict=True):
            _draw_box(ax, box, AMBER, None if found else str(label), linestyle=(0, (3, 2)))
        for _, box, digit in found[i] if found else ():
            right = any(
                digit == label and _iou(box, true) >= 0.5
                for true, label in zip(boxes[i], labels[i], strict=True)
            )
            _draw_box(ax, box, VALUE, str(digit) if right else f"{digit}!", bold=not right)
    return fig, axes


def _iou(a, b):
    """Return the area that two boxes share, divided by what they cover together."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return common / (areas - common)


def _draw_box(ax, box, color, text, *, bold=False, linestyle="-"):
    x0, y0, x1, y1 = box
    ax.add_patch(
        Rectangle(
            (x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=color, lw=1.4, linestyle=linestyle
        )
    )
    if text is not None:
        above = y0 > 6  # else it would leave the picture: then below the box
        ax.text(
            *(x0, y0 - 0.6) if above else (x0, y1 + 0.6),
            text,
            color=color,
            fontsize=9,
            fontweight="bold" if bold else "normal",
            va="bottom" if above else "top",
            clip_on=True,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )
