"""The figures: drawn, labeled, in the colors that have a meaning, and the same bytes each time."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgb
from matplotlib.text import Annotation

from backprop import figures
from backprop.figures import graph, layout, style
from backprop.scalar import Value


@pytest.fixture(autouse=True)
def _style():
    before = np.get_printoptions()
    with matplotlib.rc_context():
        figures.use_style()
        yield
    np.set_printoptions(**before)
    plt.close("all")


def neuron():
    """A sigmoid neuron with two inputs, after backward."""
    x1, x2 = Value(-1.0, "x1"), Value(-2.0, "x2")
    w1, w2, b = Value(2.0, "w1"), Value(-3.0, "w2"), Value(-3.0, "b")
    output = (w1 * x1 + w2 * x2 + b).sigmoid()
    output.label = "f"
    output.backward()
    return output


def quadratic(w1, w2):
    return 0.5 * (w1**2 + 4 * w2**2)


HISTORY = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 2.4], "accuracy": [0.1, 0.2, 0.3]}
STEPS = np.logspace(-8, -1, 8)
Z = np.linspace(-2, 2, 41)

# Each recurring figure, drawn once with most of its arguments.
DRAWN = {
    "shared_weights": lambda: figures.shared_weights(),
    "step_table": lambda: figures.step_table([["you", "tool"], ["call", "you"]], "12", "AB"),
    "unrolled": lambda: figures.unrolled(),
    "draw_graph": lambda: figures.draw_graph(neuron()),
    "draw_network": lambda: figures.draw_network(
        (2, 1),
        layer_names=["inputs", "output"],
        neuron_labels=[["$x_1$", "$x_2$"], ["$o$"]],
        values=[[0.5, 0.25], [0.75]],
        gradients=[None, [-0.125]],
        weights=[[[1.5], [-2.5]]],
        weight_gradients=[[[0.375], [0.625]]],
        biases=[[0.875]],
    ),
    "learning_curves": lambda: figures.learning_curves(HISTORY, baselines={"mean": 2.0}),
    "loss_surface": lambda: figures.loss_surface(
        quadratic, np.array([[0.9, 0.9], [0.5, -0.2]]), minimum=(0, 0)
    ),
    "v_curve": lambda: figures.v_curve(
        STEPS, {"one-sided": STEPS, "central": STEPS**2}, slopes={"$h$": 1, "$h^2$": 2}
    ),
    "layer_shapes": lambda: figures.layer_shapes(),
    "layer_shapes backward": lambda: figures.layer_shapes(backward=True),
    "digits_grid": lambda: figures.digits_grid(
        np.linspace(0, 1, 3 * 64).reshape(3, 64), [1, 2, 3], predictions=[1, 7, 3], columns=2
    ),
    "flow": lambda: figures.flow(["forward", "loss"], labels=["$o$"], colors=["C0", "C1"]),
    "cycle": lambda: figures.cycle(["1", "2", "3"], center="again", labels=["a", "b", "c"]),
    "concept_map": lambda: figures.concept_map(
        {"A": (0, 0), "B": (4, 0), "C": (4, -3)},
        [("A", "B", "value", figures.VALUE), ("B", "A", "gradient", figures.GRADIENT), ("B", "C")],
    ),
    "matrix_shapes": lambda: figures.matrix_shapes([("x", "N", "n_in", figures.VALUE)]),
    "draw_chain": lambda: figures.draw_chain(
        [("$x$", 2.0, 0.5), ("$z$", 3.0, 0.25)],
        ["2"],
        parameters={"$z$": [("$w$", 1.5, -0.75, "×2")]},
    ),
    "activation_panels": lambda: figures.activation_panels(
        {"tanh": (np.tanh(Z), 1 - np.tanh(Z) ** 2), "step": (Z * (Z > 0), (Z > 0) * 1.0)}, Z
    ),
    "decision_plane": lambda: figures.decision_plane(
        lambda p: p.sum(axis=1) / 2, np.array([[0, 0], [1, 1]]), np.array([0, 1])
    ),
    "bands": lambda: figures.bands(
        [1, 2, 3], {"runs": np.arange(6.0).reshape(2, 3)}, xlabel="epoch", ylabel="loss"
    ),
    "gradient_by_depth": lambda: figures.gradient_by_depth(
        {"plain": {"ReLU": (0.9 ** np.arange(11.0), 0.8 ** np.arange(11.0))}}
    ),
    "boards": lambda: figures.boards(
        [np.array([1, -1, 0, 0, 1, 0, 0, 0, 0])], [np.linspace(-1, 1, 9)], ["O answers"]
    ),
    "shares": lambda: figures.shares(
        {"XOR": {"none": (0.1, 0.2, 0.3), "five": (0.6, 0.7, 0.8)}, "wave": {"none": (0, 0, 0.1)}},
        xlabel="share",
    ),
    "policy_map": lambda: figures.policy_map(
        lambda angle, speed: np.clip(-angle - speed, -2, 2), [(Z, -Z), (4 * Z, Z)]
    ),
    "timeline": lambda: figures.timeline(
        [(1960, "optimal control", "first"), (1986, "neural networks", "second")]
    ),
    "draw_scenes": lambda: figures.draw_scenes(
        np.linspace(0, 1, 1600).reshape(1, 40, 40, 1),
        [np.array([[10, 10, 20, 20]])],
        [np.array([7])],
        [[(0.9, (11, 9, 21, 19), 7)]],
    ),
    "weight_images": lambda: figures.weight_images(
        {"start": np.linspace(-1, 1, 32).reshape(16, 2)}
    ),
}
PLOTS = [
    "learning_curves",
    "loss_surface",
    "v_curve",
    "activation_panels",
    "decision_plane",
    "bands",
    "gradient_by_depth",
    "policy_map",
    "shares",
]
NOT_FIGURES = {"number", "pendulum_animation", "use_style"}


def svg(fig):
    file = io.BytesIO()
    fig.savefig(file, format="svg", **style.PRINT_FIGURE_KWARGS)
    return file.getvalue()


def _x(text):
    return text.get_position()[0]


def texts(fig):
    """Return text -> color of everything written in a figure's axes."""
    return {t.get_text(): t.get_color() for ax in fig.axes for t in ax.texts if t.get_text()}


def test_every_figure_of_the_package_is_drawn_here():
    public = {name for name in figures.__all__ if callable(getattr(figures, name))}
    assert public - NOT_FIGURES == {name.split()[0] for name in DRAWN}


@pytest.mark.parametrize("name", DRAWN)
def test_bytes_repeat(name):
    first = svg(DRAWN[name]()[0])
    plt.close("all")
    second = svg(DRAWN[name]()[0])
    assert len(first) > 2000
    assert first == second
    # Nothing of the day, the machine or matplotlib's version; letters as outlines; no bitmap.
    assert b"Matplotlib" not in first and b"dc:date" not in first
    assert b"<text" not in first and b"font-family" not in first
    assert b"<image" not in first


def test_bytes_repeat_in_another_process():
    code = (
        "import io, sys, matplotlib; matplotlib.use('svg')\n"
        "from backprop import figures; from backprop.figures import style\n"
        "figures.use_style()\n"
        "fig, _ = figures.flow(['a', 'b'])\n"
        "file = io.BytesIO(); fig.savefig(file, format='svg', **style.PRINT_FIGURE_KWARGS)\n"
        "sys.stdout.buffer.write(file.getvalue())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True) for _ in range(2)]
    assert runs[0].returncode == 0, runs[0].stderr.decode()
    assert len(runs[0].stdout) > 2000
    assert runs[0].stdout == runs[1].stdout


@pytest.mark.parametrize("name", DRAWN)
def test_background_is_transparent(name):
    fig, _ = DRAWN[name]()
    assert fig.get_facecolor()[3] == 0
    assert all(ax.get_facecolor()[3] == 0 for ax in fig.axes)


@pytest.mark.parametrize("name", PLOTS)
def test_axes_are_labeled(name):
    fig, _ = DRAWN[name]()
    axes = [ax for ax in fig.axes if ax.axison]
    # Panels that share an axis carry its name once.
    assert any(ax.get_xlabel() for ax in axes) and any(ax.get_ylabel() for ax in axes)


@pytest.mark.parametrize("name", sorted(set(DRAWN) - set(PLOTS) - {"layer_shapes backward"}))
def test_drawings_have_no_axes(name):
    fig, _ = DRAWN[name]()
    assert not any(ax.axison for ax in fig.axes)


@pytest.mark.parametrize("name", ["learning_curves", "loss_surface", "v_curve", "bands"])
def test_plots_draw_into_given_axes(name):
    _, ax = plt.subplots()
    calls = {
        "learning_curves": lambda: figures.learning_curves(HISTORY, ax=ax),
        "loss_surface": lambda: figures.loss_surface(quadratic, ax=ax),
        "v_curve": lambda: figures.v_curve(STEPS, STEPS, ax=ax),
        "bands": lambda: figures.bands([1], {"a": [[2.0]]}, xlabel="x", ylabel="y", ax=ax),
    }
    fig, same = calls[name]()
    assert same is ax and fig is ax.figure and plt.get_fignums() == [fig.number]


# Colors


def contrast(color, page):
    """Contrast ratio of WCAG 2: from 1 (the same) to 21 (black on white)."""

    def luminance(rgb):
        rgb = np.asarray(rgb)
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(color), luminance(page)])
    return (high + 0.05) / (low + 0.05)


def on_dark_page(color):
    """Apply the CSS filter invert(1) hue-rotate(180deg), by its definition in Filter Effects 1."""
    turn = np.array(
        [[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]]
    )  # the matrix of hue-rotate for 180 degrees
    return np.clip(turn @ (1 - np.array(to_rgb(color))), 0, 1)


# Simulation of dichromacy, Viénot, Brettel and Mollon (1999), on linear RGB, in LMS space.
TO_LMS = np.array(
    [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
)
DICHROMAT = {
    "protanope": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
    "deuteranope": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
}


def seen_by(kind, rgb):
    linear = np.asarray(rgb) ** 2.2
    seen = np.linalg.inv(TO_LMS) @ DICHROMAT[kind] @ TO_LMS @ linear
    return np.clip(seen, 0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("color", [style.VALUE, style.GRADIENT, style.MUTED, *style.SERIES])
def test_colors_stand_out_on_both_pages(color):
    assert contrast(to_rgb(color), to_rgb("white")) >= 3
    assert contrast(on_dark_page(color), to_rgb("#121212")) >= 3


def test_ink_is_readable_as_text_on_both_pages():
    assert contrast(to_rgb(style.INK), to_rgb("white")) >= 7
    assert contrast(on_dark_page(style.INK), to_rgb("#121212")) >= 7


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("kind", DICHROMAT)
def test_value_and_gradient_differ_for_the_color_blind(kind, page):
    show = on_dark_page if page == "dark" else to_rgb
    value, gradient = (seen_by(kind, show(c)) for c in (style.VALUE, style.GRADIENT))
    assert np.linalg.norm(value - gradient) > 0.5


def test_value_stays_blue_and_gradient_orange_on_the_dark_page():
    red, green, blue = on_dark_page(style.VALUE)
    assert blue > green > red
    red, green, blue = on_dark_page(style.GRADIENT)
    assert red > green > blue


def test_no_curve_has_a_color_that_means_something_else():
    assert not {style.VALUE, style.GRADIENT} & set(style.SERIES)
    cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
    assert cycle == list(style.SERIES)


# What each figure shows


def test_graph_writes_values_blue_above_and_gradients_orange_below():
    output = neuron()
    fig, ax = figures.draw_graph(output, digits=4)
    placed = {t.get_text(): t for t in ax.texts}
    value, gradient = placed["0.7311"], placed["0.3932"]  # CS231n's neuron: f and df/dx1
    assert same_color(value.get_color(), figures.VALUE)
    assert same_color(gradient.get_color(), figures.GRADIENT)
    (below,) = (t for t in ax.texts if t.get_text() == "1" and _x(t) == _x(value))  # df/df
    assert same_color(below.get_color(), figures.GRADIENT)
    assert value.get_position()[1] > below.get_position()[1]
    names = {"x1", "x2", "w1", "w2", "b", "f"}
    assert names | {"×", "+", "σ"} <= set(placed)
    assert not fig.axes[0].axison


def test_graph_without_gradients():
    fig, _ = figures.draw_graph(neuron(), gradients=False)
    assert not any(same_color(color, figures.GRADIENT) for color in texts(fig).values())


def test_graph_merges_sums():
    _, ax = figures.draw_graph(neuron(), merge_sums=True)
    symbols = [t.get_text() for t in ax.texts]
    assert symbols.count("Σ") == 1 and "+" not in symbols
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    labeled = a + b
    labeled.label = "s"
    _, ax = figures.draw_graph(labeled + c, merge_sums=True)
    assert [t.get_text() for t in ax.texts].count("+") == 2  # a sum with a name stays
    shared = a + b
    _, ax = figures.draw_graph((shared + c) * shared, merge_sums=True)
    assert [t.get_text() for t in ax.texts].count("+") == 2  # a sum used twice stays


def test_graph_draws_two_wires_for_a_value_used_twice():
    a = Value(1.0, "a")
    wires = {}
    for name, output in (("once", a + Value(1.0, "b")), ("twice", a + a)):
        _, ax = figures.draw_graph(output)
        heads = [p for p in ax.patches if type(p).__name__ == "Polygon"]
        wires[name] = len(heads)
    assert wires == {"once": 2, "twice": 2}


@pytest.mark.parametrize("merge_sums", [False, True])
def test_a_long_graph_needs_no_recursion(merge_sums):
    value = x = Value(0.0, "x")
    for _ in range(1500):
        value = -(value + x) if not merge_sums else value + x
    nodes, parents = graph._nodes_and_parents(value, merge_sums)
    layers, _ = layout.layers_and_links(parents)
    assert len(nodes) == len(parents)
    assert len(layers) == (2 if merge_sums else 3001)


def test_layout_keeps_nodes_of_a_layer_apart():
    rng = np.random.default_rng(0)
    parents = [[], [], [], []]
    while len(parents) < 40:
        parents.append(rng.choice(len(parents), size=2, replace=False).tolist())
    layers, links = layout.layers_and_links(parents)
    height = layout.rows(layers, links)
    column = {item: c for c, layer in enumerate(layers) for item in layer}
    assert all(column[b] == column[a] + 1 for a, b in links)
    for layer in layers:
        nodes = sorted(height[item] for item in layer if isinstance(item, int))
        everything = sorted(height[item] for item in layer)
        assert (np.diff(nodes) >= layout.ROW - 1e-9).all()
        assert (np.diff(everything) >= layout.ROW_WIRE - 1e-9).all()


def test_nonincreasing_is_the_nearest_such_sequence():
    assert layout.nonincreasing(np.array([3.0, 1.0, 2.0, 0.0])).tolist() == [3.0, 1.5, 1.5, 0.0]
    assert layout.nonincreasing(np.array([1.0, 2.0, 3.0])).tolist() == [2.0, 2.0, 2.0]


def test_network_writes_every_number_in_its_color():
    fig, _ = DRAWN["draw_network"]()
    written = texts(fig)
    for value in ("0.5", "0.25", "0.75", "1.5", "−2.5", "b = 0.875"):
        assert same_color(written[value], figures.VALUE), value
    for gradient in ("−0.125", "0.375", "0.625"):
        assert same_color(written[gradient], figures.GRADIENT), gradient


def test_network_draws_every_weight_and_shortens_large_layers():
    _, ax = figures.draw_network((3, 4, 2))
    assert len(ax.lines) == 3 * 4 + 4 * 2 and len(ax.patches) == 9
    _, ax = figures.draw_network((64, 2), max_neurons=5)
    assert len(ax.patches) == 4 + 2 and len(ax.lines) == 4 * 2
    assert "⋮" in {t.get_text() for t in ax.texts}


def test_negative_weights_are_dashed():
    _, ax = DRAWN["draw_network"]()
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]


def test_learning_curves_count_finished_epochs():
    _, ax = figures.learning_curves(HISTORY, ylabel="mean squared error")
    training, validation = ax.lines
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert validation.get_ydata() == pytest.approx([3.0, 2.5, 2.4])
    assert training.get_linestyle() != validation.get_linestyle()
    assert ax.get_ylabel() == "mean squared error"
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names == ["training loss", "validation loss"]


def test_learning_curves_forget_the_last_bits():
    exact = svg(figures.learning_curves({"loss": [0.3, 0.1]})[0])
    nearly = svg(figures.learning_curves({"loss": [0.3 + 2e-6, 0.1 - 1e-7]})[0])
    assert exact == nearly


def test_learning_curves_take_a_history_object():
    class Record:
        history = HISTORY

    _, ax = figures.learning_curves(Record(), keys=["accuracy"])
    assert ax.lines[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3])


def test_learning_curves_name_what_is_missing():
    with pytest.raises(ValueError, match=r"none of \('mae',\) is in the history; it has \('loss'"):
        figures.learning_curves(HISTORY, keys=("mae",))


def test_loss_surface_draws_the_path_in_the_gradients_color():
    path = np.array([[0.9, 0.9], [0.5, -0.2]])
    _, ax = figures.loss_surface(quadratic, path)
    assert np.array_equal(ax.lines[0].get_xydata(), path)
    assert same_color(ax.lines[0].get_color(), figures.GRADIENT)
    _, ax = figures.loss_surface(quadratic, {"plain": path, "momentum": path / 2})
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names == ["plain", "momentum"]


def test_v_curve_leaves_out_zeros_and_marks_the_best_step():
    _, ax = figures.v_curve([1e-3, 1e-2, 1e-1], [1e-5, 0.0, 1e-6])
    curve, best = ax.lines
    assert curve.get_xdata().tolist() == [1e-3, 1e-1]
    assert best.get_xdata() == [1e-1] and best.get_ydata() == [1e-6]
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_layer_shapes_have_the_shapes_of_the_product():
    _, ax = figures.layer_shapes(backward=True)
    boxes = [p for p in ax.patches if p.get_linewidth() > 0]
    sizes = [(round(p.get_height(), 9), round(p.get_width(), 9)) for p in boxes]
    names = ["y", "x", "W", "b", "dx", "dy", "Wᵀ", "dW", "xᵀ", "dy", "db", "1ᵀ", "dy"]
    shape = dict(zip(names, sizes, strict=True))
    assert shape["dW"] == shape["W"] and shape["db"] == shape["b"] and shape["dx"] == shape["x"]
    assert shape["dy"] == shape["y"] and shape["xᵀ"] == shape["x"][::-1]
    assert shape["Wᵀ"] == shape["W"][::-1]
    colors = dict(zip(names, [p.get_edgecolor() for p in boxes], strict=True))
    assert all(same_color(colors[n], figures.VALUE) for n in ("y", "x", "W", "b", "Wᵀ", "xᵀ"))
    assert all(same_color(colors[n], figures.GRADIENT) for n in ("dx", "dy", "dW", "db"))


def test_digits_grid_marks_wrong_predictions():
    fig, axes = DRAWN["digits_grid"]()
    assert axes.shape == (2, 2)
    assert list(texts(fig)) == ["1", "7, not 2", "3"]
    weights = [t.get_weight() for ax in fig.axes for t in ax.texts]
    assert weights == ["normal", "bold", "normal"]


def test_digits_are_drawn_dark_where_the_pixels_are_large():
    image = np.zeros((1, 64))
    image[0, 9] = 1.0  # second row, second column
    image[0, 63] = 0.5
    _, axes = figures.digits_grid(image, columns=1)
    light, dark = axes[0, 0].patches
    assert same_color(light.get_facecolor(), "0.5") and same_color(dark.get_facecolor(), "black")
    assert light.get_path().vertices.min(axis=0).tolist() == [7, 7]
    assert dark.get_path().vertices.min(axis=0).tolist() == [1, 1]
    assert axes[0, 0].yaxis_inverted()


def joined(ax):
    """Return the (start, end) texts of the boxes that each arrow joins."""
    centers = {
        t.get_text(): np.array(t.get_position()) for t in ax.texts if not isinstance(t, Annotation)
    }

    def nearest(point):
        return min(centers, key=lambda text: np.linalg.norm(centers[text] - point))

    arrows = [t for t in ax.texts if isinstance(t, Annotation)]
    return {(nearest(a.xyann), nearest(a.xy)) for a in arrows}


def test_arrows_join_the_boxes_they_should():
    _, ax = figures.flow(["a", "b", "c"])
    assert joined(ax) == {("a", "b"), ("b", "c")}
    _, ax = figures.cycle(["a", "b", "c"])
    assert joined(ax) == {("a", "b"), ("b", "c"), ("c", "a")}
    _, ax = figures.concept_map({"a": (0, 0), "b": (5, 0)}, [("a", "b"), ("b", "a")])
    assert joined(ax) == {("a", "b"), ("b", "a")}


def test_chain_writes_values_blue_and_gradients_orange():
    fig, _ = DRAWN["draw_chain"]()
    written = texts(fig)
    assert all(same_color(written[v], figures.VALUE) for v in ("3", "1.5"))
    assert all(same_color(written[g], figures.GRADIENT) for g in ("0.5", "0.25", "−0.75", "×2"))


def test_activation_panels_leave_a_gap_at_a_jump():
    _, axes = DRAWN["activation_panels"]()
    smooth, kinked = axes[0, :2]
    for ax in (smooth, kinked):
        value, derivative = ax.lines[2:]
        assert same_color(value.get_color(), figures.VALUE)
        assert same_color(derivative.get_color(), figures.GRADIENT)
    assert not np.isnan(smooth.lines[3].get_ydata()).any()
    assert np.isnan(kinked.lines[3].get_ydata()).sum() == 1


def test_bands_show_the_mean_and_the_range():
    _, ax = figures.bands([1, 2], {"a": [[1.0, 4.0], [3.0, 8.0]]}, xlabel="x", ylabel="y")
    assert ax.lines[0].get_ydata().tolist() == [2.0, 6.0]
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 1.0 and band[:, 1].max() == 8.0


def test_timeline_is_true_to_scale():
    _, ax = DRAWN["timeline"]()
    marks = [line.get_ydata()[0] for line in ax.lines if line.get_marker() in ("o", "s", "D")]
    assert marks == [1960, 1986] and ax.yaxis_inverted()


def square_colors(ax):
    """Return the fill of each square by its corner; the last patch is the frame."""
    return {tuple(p.get_path().vertices.min(axis=0)): p.get_facecolor() for p in ax.patches[:-1]}


def test_weight_images_color_by_sign():
    _, axes = figures.weight_images({"w": np.array([[1.0], [-1.0], [0.0], [0.5]])})
    colors = square_colors(axes[0, 0])
    assert same_color(colors[0, 0][:3], figures.VALUE)
    assert same_color(colors[1, 0][:3], figures.AMBER)
    assert (0, 1) not in colors  # no weight, no square
    assert colors[1, 1][3] == 0.5


def test_weight_images_share_one_scale_with_a_bar():
    """A weight half as large as the largest of any row is half as strong, in every row."""
    large, small = np.array([[2.0], [0.0], [0.0], [-2.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])
    fig, axes = figures.weight_images({"large": large, "small": small})
    assert square_colors(axes[0, 0])[0, 0][3] == 1.0
    assert square_colors(axes[1, 0])[0, 0][3] == 0.5
    assert list(texts(fig)) == ["large", "small", "1", "2", "0", "−2"]
    bar = fig.axes[-1].patches[:-1]
    lowest, middle, highest = (bar[i].get_facecolor() for i in (0, len(bar) // 2, -1))
    assert same_color(lowest[:3], figures.AMBER) and same_color(highest[:3], figures.VALUE)
    assert (lowest[3], middle[3], highest[3]) == (1.0, 0.0, 1.0)


def test_weight_images_refuse_rows_of_different_shapes():
    with pytest.raises(ValueError, match="one shape"):
        figures.weight_images({"a": np.zeros((4, 1)), "b": np.zeros((4, 2))})


def test_numbers_are_short_and_have_a_true_minus_sign():
    assert figures.number(-0.123456) == "−0.1235"
    assert figures.number(2.0) == "2"
    assert figures.number(-0.0) == "0"
    assert figures.number(1e-9) == "1e−09"
    assert figures.number("$w_{11}$") == "$w_{11}$"


# The style


def test_use_style_sets_numpys_printing():
    np.set_printoptions(precision=3, suppress=False)
    figures.use_style()
    options = np.get_printoptions()
    assert options["precision"] == 6 and options["suppress"] is True


def test_a_notebook_gets_svg_without_dates(tmp_path: Path):
    code = (
        "import json\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "from backprop import figures\n"
        "figures.use_style()\n"
        "import matplotlib\n"
        "matplotlib.use('svg')\n"
        "fig, _ = figures.flow(['a', 'b'])\n"
        "data, _ = shell.display_formatter.format(fig)\n"
        "print(json.dumps({key: str(value)[:4000] for key, value in data.items()}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    assert run.returncode == 0, run.stderr
    assert '"image/svg+xml"' in run.stdout and '"image/png"' not in run.stdout
    assert not re.search(r"dc:date|Matplotlib", run.stdout)


def test_the_pendulum_waits_for_its_box():
    html = figures.pendulum_animation([np.pi, 2.0, 0.0], [0.0, 2.0, -1.0], seconds=3, alt="A rod")
    assert html == figures.pendulum_animation(
        np.array([np.pi, 2.0, 0.0]), np.array([0.0, 2.0, -1.0]), seconds=3, alt="A rod"
    )
    assert 'aria-label="A rod"' in html and "<script" not in html and "http" not in html
    assert "linear infinite paused" in html and "animation-duration: 3s" in html
    assert "prefers-reduced-motion: reduce" in html
    # Radians counterclockwise become degrees clockwise; a bar of length 1 is the torque 2.
    assert "0%{transform:rotate(-180deg)}50%{transform:rotate(-115deg)}" in html
    assert "50%{transform:scaleX(1.00)}100%{transform:scaleX(-0.50)}" in html
