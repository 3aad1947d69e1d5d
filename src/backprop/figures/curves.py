"""Curves: loss by epoch, a loss surface with the path of descent, the V-curve of a step h."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from backprop.figures.style import GRADIENT, INK, MUTED, SERIES, new_axes

NAMES = {
    "loss": "training loss",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "val_accuracy": "validation accuracy",
}


def learning_curves(
    history: object,
    *,
    keys: Sequence[str] = ("loss", "val_loss"),
    baselines: Mapping[str, float] | None = None,
    ylabel: str = "loss",
    log: bool = False,
    ax: object = None,
) -> tuple:
    """Plot what `fit` recorded against the number of finished epochs.

    The numbers are rounded to four significant digits: the last bits of a sum differ between
    processors, and the figure's bytes should not.

    Parameters
    ----------
    history : History or mapping
        The object that `fit` returns, or its `.history`: name -> one number an epoch.
    keys : sequence of str
        The entries to plot, in this order; those that are not in the history are left out.
    baselines : mapping of str to float, optional
        Horizontal lines to compare with, for example {"predict the mean": 0.083}.
    ylabel : str
        What the vertical axis shows, with its convention: "mean squared error", say.
    log : bool
        Logarithmic vertical axis.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    records = getattr(history, "history", history)
    present = [key for key in keys if key in records]
    if not present:
        raise ValueError(f"none of {tuple(keys)} is in the history; it has {tuple(records)}")
    fig, ax = new_axes(ax)
    for key, color in zip(present, SERIES, strict=False):
        epochs = np.arange(1, len(records[key]) + 1)
        # Dashes tell training from validation where color cannot.
        style = "--" if key.startswith("val_") else "-"
        values = [float(f"{value:.4g}") for value in records[key]]
        ax.plot(epochs, values, style, color=color, label=NAMES.get(key, key))
    for style, (name, level) in zip(
        (":", "-.", (0, (1, 3))), (baselines or {}).items(), strict=False
    ):
        ax.axhline(level, color=INK, lw=1.1, ls=style, label=name)
    if log:
        ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel(ylabel)
    ax.legend()
    return fig, ax


def loss_surface(
    f: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: Mapping[str, np.ndarray] | np.ndarray | None = None,
    *,
    xlim: tuple[float, float] = (-1.0, 1.0),
    ylim: tuple[float, float] = (-1.0, 1.0),
    xlabel: str = "$w_1$",
    ylabel: str = "$w_2$",
    levels: int | Sequence[float] = 12,
    minimum: tuple[float, float] | None = None,
    ax: object = None,
) -> tuple:
    """Draw a loss of two parameters by its contours, and the steps of descent on it.

    Parameters
    ----------
    f : callable
        `f(w1, w2)`, which takes two arrays of equal shape and returns the loss at each point.
    paths : array (steps + 1, 2), or mapping of name to such arrays, optional
        The points that descent visited, the start first.
    xlim, ylim : pair of float
        What the axes show.
    xlabel, ylabel : str
        Names of the two parameters.
    levels : int or sequence of float
        The contours, or how many.
    minimum : pair of float, optional
        Marked with a cross.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax, figsize=(5.0, 4.0))
    w1, w2 = np.meshgrid(np.linspace(*xlim, 161), np.linspace(*ylim, 161))
    contours = ax.contour(w1, w2, f(w1, w2), levels=levels, colors=MUTED, linewidths=0.7)
    ax.clabel(contours, contours.levels[1::2], fontsize=7, fmt="%.3g", colors=MUTED)
    named = isinstance(paths, Mapping)
    items = paths.items() if named else [("descent", paths)] if paths is not None else []
    for (name, path), color in zip(items, SERIES if named else (GRADIENT,), strict=False):
        path = np.asarray(path)
        ax.plot(path[:, 0], path[:, 1], "o-", color=color, lw=1.4, ms=3.5, label=name)
        ax.plot(*path[0], "o", color=color, ms=7)
    if minimum is not None:
        ax.plot(*minimum, "x", color=INK, ms=8, mew=1.8, label="minimum")
    ax.set_xlim(xlim)
    ax.set_ylim(ylim)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if named:
        ax.legend()
    return fig, ax


def v_curve(
    steps: Sequence[float],
    errors: Mapping[str, Sequence[float]] | Sequence[float],
    *,
    slopes: Mapping[str, float] | None = None,
    ylabel: str = "relative error",
    ax: object = None,
) -> tuple:
    """Plot the error of a finite difference against its step h, both axes logarithmic.

    Coming from the right the error falls with h (truncation, slope 1 or 2); then
    it rises again, for the subtraction loses digits (rounding, slope −1). A dot marks the smallest
    error.

    Parameters
    ----------
    steps : sequence of float
        The steps h.
    errors : mapping of str to sequence, or sequence of float
        One error for each step; several methods by name. A zero cannot be shown and is left out.
    slopes : mapping of str to float, optional
        Dotted lines of a given slope, for example {"$h^2$": 2}, drawn through the largest step of
        the method with the same place in the order.
    ylabel : str
        Which error.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    fig, ax = new_axes(ax)
    steps = np.asarray(steps, dtype=float)
    methods = dict(errors) if isinstance(errors, Mapping) else {"": errors}
    curves = []
    for (name, error), color in zip(methods.items(), SERIES, strict=False):
        error = np.asarray(error, dtype=float)
        visible = error > 0
        h, error = steps[visible], error[visible]
        ax.loglog(h, error, color=color, label=name)
        best = np.argmin(error)
        ax.loglog(h[best], error[best], "o", color=color, ms=6)
        curves.append((h, error))
    floor = min(error.min() for _, error in curves)
    for (name, slope), (h, error) in zip((slopes or {}).items(), curves, strict=False):
        top = np.argmax(h)
        line = error[top] * (h / h[top]) ** slope
        shown = line > floor
        ax.loglog(h[shown], line[shown], ":", color=MUTED, lw=1.2)
        ax.text(h[top], error[top], f" {name}", color=MUTED, va="center", size=9)
    ax.set_xlabel("step $h$")
    ax.set_ylabel(ylabel)
    if isinstance(errors, Mapping):
        ax.legend()
    return fig, ax
