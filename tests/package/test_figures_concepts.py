"""Chapter 2's figures: what they draw, where the answer changes, and what a jump looks like."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

from backprop import figures


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def step_and_line():
    z = np.linspace(-2, 2, 41)
    return z, {"line": (z, np.ones_like(z)), "relu": (np.maximum(z, 0), (z > 0) * 1.0)}


def test_activation_panels_draw_values_blue_and_derivatives_orange():
    z, curves = step_and_line()
    curves["again"] = curves["line"]
    _, axes = figures.activation_panels(curves, z, columns=2)
    for ax, (name, (values, _)) in zip(axes.flat, curves.items(), strict=False):
        value, derivative = ax.lines[-2:]
        assert name in (ax.get_title(), ax.get_title(loc="left"))
        assert same_color(value.get_color(), figures.VALUE)
        assert same_color(derivative.get_color(), figures.GRADIENT)
        assert np.allclose(value.get_ydata(), values)
    assert not axes.flat[3].axison  # the place left over


def test_activation_panels_leave_a_gap_at_a_jump():
    z, curves = step_and_line()
    _, axes = figures.activation_panels(curves, z)
    gaps = [int(np.isnan(ax.lines[-1].get_ydata()).sum()) for ax in axes.flat[:2]]
    assert gaps == [0, 1]


def test_decision_plane_draws_the_line_and_the_labels():
    points, labels = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([0, 1, 1])
    _, ax = figures.decision_plane(lambda p: p[:, 0] + p[:, 1], points, labels, level=0.75)
    zeros, ones = ax.collections[-2:]
    assert np.allclose(zeros.get_offsets(), points[labels == 0])
    assert np.allclose(ones.get_offsets(), points[labels == 1])
    line = ax.collections[-3].get_paths()[0].vertices
    assert np.allclose(line.sum(axis=1), 0.75)
    assert ax.get_xlabel() and ax.get_ylabel()


def test_decision_plane_of_a_constant_has_no_line():
    points, labels = np.zeros((1, 2)), np.zeros(1)
    _, ax = figures.decision_plane(lambda p: np.zeros(len(p)), points, labels)
    assert len(ax.collections) == 2
