"""The pendulum: its policy as a map, and its motion as a picture that can be played."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from backprop.figures.style import AMBER, GREEN, INK, PURPLE, VALUE, new_axes

STYLE = """
.pendulum { color: inherit; max-width: 22rem; }
.pendulum svg { display: block; width: 100%; height: auto; }
.pendulum text { fill: currentColor; font: 9px sans-serif; }
.pendulum .arm, .pendulum .bar { animation: 0s linear infinite paused; }
.pendulum .arm { animation-name: pendulum-arm; }
.pendulum .bar { animation-name: pendulum-bar; }
.pendulum input:checked ~ svg .arm, .pendulum input:checked ~ svg .bar {
  animation-play-state: running; }
@media (prefers-reduced-motion: reduce) {
  .pendulum .arm, .pendulum .bar { animation: none; }
  .pendulum input, .pendulum label { display: none; } }
"""


def policy_map(
    policy: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    ax: object = None,
) -> tuple:
    """Draw the torque over (angle, speed), and paths of the pendulum on it.

    Parameters
    ----------
    policy : function
        (angle, speed) -> torque, for arrays of the same shape (n,); between −2 and 2.
    paths : sequence of (angle, speed)
        Each two arrays of shape (T,), drawn from a ring to a dot.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    fig, ax
    """
    from matplotlib.colors import LinearSegmentedColormap

    fig, ax = new_axes(ax, figsize=(6.4, 4.2))
    angle, speed = np.meshgrid(np.linspace(-np.pi, np.pi, 81), np.linspace(-8, 8, 81))
    torque = policy(angle.ravel(), speed.ravel()).reshape(angle.shape)
    colors = LinearSegmentedColormap.from_list("torque", [PURPLE, "white", GREEN])
    levels = np.linspace(-2, 2, 9)
    # Rounded, the figure's bytes do not depend on the last bits of a sum.
    areas = ax.contourf(
        angle, speed, np.clip(torque.round(4), -2, 2), levels, cmap=colors, alpha=0.75
    )
    bar = fig.colorbar(areas, ax=ax)
    bar.set_label("torque")
    bar.set_ticks([-2, -1, 0, 1, 2], labels=["−2", "−1", "0", "1", "2"])
    for path in paths:
        x, y = (np.round(part, 4) for part in path)
        x = (x + np.pi) % (2 * np.pi) - np.pi
        jumps = np.flatnonzero(np.abs(np.diff(x)) > np.pi) + 1
        ax.plot(np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan), color=INK, lw=1.2)
        ax.plot(x[0], y[0], "o", color=INK, mfc="white", ms=6)
        ax.plot(x[-1], y[-1], "o", color=INK, ms=6)
    ticks = [-np.pi, -np.pi / 2, 0, np.pi / 2, np.pi]
    ax.set_xticks(ticks, ["−π\nhangs", "−π/2", "0\nupright", "π/2", "π\nhangs"])
    ax.set(xlabel="angle", ylabel="speed", xlim=(-np.pi, np.pi), ylim=(-8, 8))
    return fig, ax


def pendulum_animation(
    angle: Sequence[float], torque: Sequence[float], *, seconds: float, alt: str
) -> str:
    """Return HTML with an SVG of the pendulum, at rest until its box is ticked.

    The motion is CSS alone: no script, nothing from elsewhere. A reader whose system asks for
    reduced motion gets the picture without the box: the faint arms show the whole path.

    Parameters
    ----------
    angle : sequence of float, length T
        Radians, 0 upright, counterclockwise; as the rollout has it, not wrapped.
    torque : sequence of float, length T
        Between −2 and 2; the length of the bar.
    seconds : float
        How long the T frames take.
    alt : str
        What is to be seen, for those who cannot.

    Returns
    -------
    str
    """
    degrees = -np.degrees(np.asarray(angle, dtype=float))  # an SVG turns clockwise
    bars = np.asarray(torque, dtype=float) / 2
    arms = _keyframes("arm", [f"rotate({d:.0f}deg)" for d in degrees])
    moves = _keyframes("bar", [f"scaleX({b + 0.0:.2f})" for b in bars])
    ghosts = "".join(
        f'<line y2="-70" transform="rotate({d:.0f})" stroke="currentColor" stroke-opacity="0.13"/>'
        for d in degrees[::3]
    )
    duration = f".pendulum .arm, .pendulum .bar {{ animation-duration: {seconds:g}s; }}"
    first = f"rotate({degrees[0]:.0f})"
    return (
        f"<style>{STYLE}{duration}\n{arms}\n{moves}</style>\n"
        f'<div class="pendulum"><input type="checkbox" id="pendulum-play"> '
        f'<label for="pendulum-play">Play ({seconds:g} seconds, again and again)</label>\n'
        f'<svg viewBox="-100 -85 200 190" role="img" aria-label="{alt}">'
        f"<g>{ghosts}</g>"
        f'<g class="arm" transform="{first}">'
        f'<line y2="-70" stroke="{VALUE}" stroke-width="7" stroke-linecap="round"/></g>'
        f'<circle r="4" fill="currentColor"/>'
        f'<text x="-60" y="100">−2</text><text x="52" y="100">2</text>'
        f'<text x="-14" y="100">torque</text>'
        f'<line x1="0" x2="0" y1="78" y2="90" stroke="currentColor"/>'
        f'<rect class="bar" x="0" y="80" width="56" height="8" fill="{AMBER}" '
        f'transform="scale({bars[0]:.2f} 1)"/></svg></div>'
    )


def _keyframes(name: str, transforms: list[str]) -> str:
    last = len(transforms) - 1
    frames = "".join(
        f"{100 * i / last:.4g}%{{transform:{transform}}}" for i, transform in enumerate(transforms)
    )
    return f"@keyframes pendulum-{name} {{{frames}}}"
