"""The results as a picture: a dot for each peer, its time over ours, on a logarithmic axis."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt

from backprop import figures
from backprop.figures.style import PRINT_FIGURE_KWARGS

DIGITS = 3


def draw(rows: list[dict], path: Path) -> None:
    """Write the figure of the rows of ``results.json`` to ``path``."""
    figures.use_style()
    fig, ax = plt.subplots(figsize=(4.6, 0.27 * (len(rows) + 5)))
    y, ticks, goals, workload = 0, {}, [], None
    for row in rows:
        if row["workload"] != workload:
            workload = row["workload"]
            ticks[y] = workload
            y += 1
        color = figures.GREEN if row["ratio"] >= 1 else figures.PURPLE
        ax.plot([row["low"], row["high"]], [y, y], color=color, lw=3, alpha=0.4)
        ax.plot(row["ratio"], y, "o", color=color)
        ratio = figures.number(row["ratio"], DIGITS)
        ax.text(1.01, y, ratio, va="center", size=9, transform=ax.get_yaxis_transform())
        if row["goal"] is not None:
            goals.append((row["goal"], y))
        ticks[y] = row["peer"]
        y += 1
    ax.plot(*zip(*goals, strict=True), "|", color=figures.INK, ms=9, label="goal")
    ax.axvline(1, color=figures.INK, lw=1)
    ax.set_xscale("log")
    ax.set_xlim(0.07, 2 * max(row["ratio"] for row in rows))
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_yticks(list(ticks), ticks.values())
    for label in ax.get_yticklabels():
        if label.get_text() in {row["workload"] for row in rows}:
            label.set_weight("bold")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y - 0.4, -0.6)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.6, -0.03))  # below the data
    ax.text(0.94, -0.8, "← takes less time", ha="right", color=figures.PURPLE, size=8)
    ax.text(1.06, -0.8, "takes more time →", color=figures.GREEN, size=8)
    ax.set_xlabel("time of the peer / time of this package")
    fig.savefig(path, **PRINT_FIGURE_KWARGS)
    plt.close(fig)
