"""Chapter 2's figures: activation functions with their derivatives, and who says yes on a plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from backprop.figures.style import FAINT, GRADIENT, INK, MUTED, VALUE, new_axes


def activation_panels(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], z: np.ndarray, *, columns: int = 3
) -> tuple:
    """Draw functions of z, each in a panel of its own with its derivative.

    Parameters
    ----------
    curves : mapping of str to (values, derivatives)
        By name; two arrays of the shape of z.
    z : array of shape (n,)
        The horizontal axis. A jump of a derivative is drawn as a gap.
    columns : int
        Panels in a row.

    Returns
    -------
    fig, axes
        `axes` has one entry for each place of the grid; those left over are empty.
    """
    import matplotlib.pyplot as plt

    columns = min(columns, len(curves))
    rows = -(-len(curves) // columns)
    size = (2.1 * columns, 2.0 * rows)
    fig, axes = plt.subplots(rows, columns, figsize=size, sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[len(curves) :]:
        ax.axis("off")
    for ax, (name, (values, derivatives)) in zip(axes.flat, curves.items(), strict=False):
        smooth = np.abs(np.diff(derivatives)) < 0.3
        shown = np.where(np.append(smooth, True), derivatives, np.nan)
        ax.axhline(0, color=FAINT, lw=0.8)
        ax.axvline(0, color=FAINT, lw=0.8)
        ax.plot(z, np.round(values, 5), color=VALUE, label="$f(z)$")
        ax.plot(z, np.round(shown, 5), "--", color=GRADIENT, label="$f'(z)$")
        ax.set_title(name)
        ax.set_ylim(-1.3, 2.3)
        ax.set_xticks([np.min(z), 0, np.max(z)])
    for ax in axes[:, 0]:
        ax.set_ylabel("value")
    for column in range(columns):
        lowest = max(r for r in range(rows) if r * columns + column < len(curves))
        axes[lowest, column].set_xlabel("$z$")
        axes[lowest, column].tick_params(labelbottom=True)
    axes[0, 0].legend(loc="upper left", handlelength=1.5, borderaxespad=0.1)
    fig.tight_layout()
    return fig, axes


def decision_plane(
    f: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    labels: np.ndarray,
    *,
    level: float = 0.5,
    lim: tuple[float, float] = (-0.5, 1.5),
    ylim: tuple[float, float] | None = None,
    xlabel: str = "$x_1$",
    ylabel: str = "$x_2$",
    title: str = "",
    ax: object = None,
) -> tuple:
    """Draw the labeled points of a plane, and the line where f changes its answer.

    Parameters
    ----------
    f : callable
        Takes points, an array of shape (n, 2), and returns n numbers; above `level` it says 1.
    points : array of shape (m, 2)
    labels : array of m zeros and ones
        A full disk is a 1, an empty one a 0.
    level : float
        Where the answer changes; the side above it is tinted.
    lim, ylim : pair of float
        What the axes show; `ylim` is `lim` if not given.
    xlabel, ylabel, title : str
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax, figsize=(3.2, 3.0))
    ylim = ylim or lim
    u, v = np.meshgrid(np.linspace(*lim, 121), np.linspace(*ylim, 121))
    # Rounded, so that the last bits of a sum, which differ between processors, change nothing.
    f_uv = np.round(np.reshape(f(np.column_stack([u.ravel(), v.ravel()])), u.shape), 6)
    if f_uv.max() > level:
        ax.contourf(u, v, f_uv, levels=[level, f_uv.max() + 1], colors=[VALUE], alpha=0.16)
    if f_uv.min() < level < f_uv.max():
        ax.contour(u, v, f_uv, levels=[level], colors=MUTED, linewidths=1.4)
    labels = np.ravel(labels)
    for label, face in ((0, "none"), (1, INK)):
        chosen = points[labels == label]
        ax.scatter(*chosen.T, s=70, facecolor=face, edgecolor=INK, lw=1.5, zorder=3, label=label)
    ax.set_xlim(lim)
    ax.set_ylim(ylim)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title)
    return fig, ax
