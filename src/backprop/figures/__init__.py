"""The book's one plotting style, and the figures that recur.

    from backprop import figures
    figures.use_style()

`style` holds the colors and matplotlib's settings; every other module holds one kind of figure.
Blue (`VALUE`) is a forward value and vermilion (`GRADIENT`) a gradient, in every figure of the
book. Each function takes what it draws and returns `(fig, ax)`.
"""

from backprop.figures.background import timeline, weight_images
from backprop.figures.chain import draw_chain
from backprop.figures.concepts import activation_panels, decision_plane
from backprop.figures.curves import learning_curves, loss_surface, v_curve
from backprop.figures.depth import gradient_by_depth
from backprop.figures.digits import digits_grid
from backprop.figures.faq import shares
from backprop.figures.flow import concept_map, cycle, flow
from backprop.figures.game import boards
from backprop.figures.graph import draw_graph
from backprop.figures.network import draw_network
from backprop.figures.practice import bands
from backprop.figures.robot import pendulum_animation, policy_map
from backprop.figures.scenes import draw_scenes
from backprop.figures.shapes import layer_shapes, matrix_shapes
from backprop.figures.sharing import shared_weights
from backprop.figures.style import (
    AMBER,
    FAINT,
    GRADIENT,
    GREEN,
    INK,
    MUTED,
    PURPLE,
    SERIES,
    SKY,
    VALUE,
    number,
    use_style,
)
from backprop.figures.tools import step_table
from backprop.figures.unrolled import unrolled

__all__ = [
    "AMBER",
    "FAINT",
    "GRADIENT",
    "GREEN",
    "INK",
    "MUTED",
    "PURPLE",
    "SERIES",
    "SKY",
    "VALUE",
    "activation_panels",
    "bands",
    "boards",
    "concept_map",
    "cycle",
    "decision_plane",
    "digits_grid",
    "draw_chain",
    "draw_graph",
    "draw_network",
    "draw_scenes",
    "flow",
    "gradient_by_depth",
    "layer_shapes",
    "learning_curves",
    "loss_surface",
    "matrix_shapes",
    "number",
    "pendulum_animation",
    "policy_map",
    "shared_weights",
    "shares",
    "step_table",
    "timeline",
    "unrolled",
    "use_style",
    "v_curve",
    "weight_images",
]
