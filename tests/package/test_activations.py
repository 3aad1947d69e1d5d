"""Activations: values and derivatives by formula and by differences, at the edges too."""

import math

import numpy as np
import pytest

from backprop import activations
from backprop.activations import ACTIVATIONS
from backprop.numeric import central_difference

Z = np.array([[-30.0, -2.0, -0.5, -1e-3], [1e-3, 0.25, 1.5, 30.0]])

FORMULAS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)),
    "relu": lambda z: z if z > 0 else 0.0,
    "leaky_relu": lambda z: z if z > 0 else 0.2 * z,
    "gelu": lambda z: 0.5 * z * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
}


def forward(name, z):
    z = z.copy()
    return activations.get(name).forward(z, np.empty_like(z))


def backward(name, z, dy):
    f, z = activations.get(name), z.copy()
    y = np.empty_like(z) if f.needs_z else z
    f.forward(z, y)
    return f.backward(dy.copy(), z, y, np.empty_like(z)).copy()


@pytest.mark.parametrize("name", FORMULAS)
def test_value_is_the_formula(name):
    expected = [[FORMULAS[name](z) for z in row] for row in Z]
    np.testing.assert_allclose(forward(name, Z), expected, rtol=1e-14, atol=1e-16)


def test_softmax_is_the_formula():
    y = forward("softmax", Z)
    expected = np.exp(Z - Z.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(y, expected, rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_backward_is_the_derivative(name, seed):
    rng = np.random.default_rng(seed)
    z, v = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    numeric = central_difference(lambda z: float(np.vdot(v, forward(name, z))), z)
    np.testing.assert_allclose(backward(name, z, v), numeric, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("scale", [1e2, 1e4])
def test_large_inputs_give_finite_numbers(name, scale):
    z = scale * np.array([[-1.0, 0.5, 1.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(forward(name, z)).all()
        assert np.isfinite(backward(name, z, np.ones_like(z))).all()


def test_relu_passes_nothing_at_zero():
    z = np.array([[-1.0, -0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(backward("relu", z, np.ones_like(z)), [[0, 0, 0, 1]])
    np.testing.assert_array_equal(backward("leaky_relu", z, np.ones_like(z)), [[0.2, 0.2, 0.2, 1]])


def test_softmax_ignores_a_shift():
    np.testing.assert_allclose(forward("softmax", Z + 700.0), forward("softmax", Z), rtol=1e-12)


def test_gelu_is_near_the_exact_one_but_not_it():
    z = np.linspace(-5, 5, 1001)[None]
    exact = z * 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
    difference = np.abs(forward("gelu", z) - exact).max()
    assert 4e-4 < difference < 5e-4


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_and_inputs_are_not_changed(name, dtype):
    f = activations.get(name)
    z = np.random.default_rng(0).normal(size=(3, 4)).astype(dtype)
    dy, z_before = np.ones_like(z), z.copy()
    y, dz = np.empty_like(z), np.empty_like(z)
    f.forward(z, y)
    y_before = y.copy()
    assert f.backward(dy, z, y, dz).dtype == dtype
    np.testing.assert_array_equal(z, z_before)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(dy, 1.0)


def test_names_are_looked_up():
    assert isinstance(activations.get(None), activations.Linear)
    leaky = activations.LeakyReLU(0.1)
    assert activations.get(leaky) is leaky
