"""Activations: values and derivatives by formula and by differences, at the edges too."""

import math

import mpmath
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


def exact_gelu(z):
    s = 1 / (1 + mpmath.exp(-mpmath.sqrt(8 / mpmath.pi) * (z + mpmath.mpf("0.044715") * z**3)))
    du = mpmath.sqrt(8 / mpmath.pi) * (1 + 3 * mpmath.mpf("0.044715") * z**2)
    return z * s, s + z * s * (1 - s) * du


def exact_sigmoid(z):
    s = 1 / (1 + mpmath.exp(-z))
    return s, s * (1 - s)


# Value and derivative in 50 digits.
EXACT = {
    "linear": lambda z: (z, mpmath.mpf(1)),
    "sigmoid": exact_sigmoid,
    "tanh": lambda z: (mpmath.tanh(z), 1 - mpmath.tanh(z) ** 2),
    "relu": lambda z: (max(z, 0), mpmath.mpf(z > 0)),
    "leaky_relu": lambda z: (z, 1) if z > 0 else (z / 5, mpmath.mpf(1) / 5),
    "gelu": exact_gelu,
}
TAILS = [1e-30, 1e-8, 1e-3, 0.5, 1.0, 3.0, 5.0, 10.0, 15.0, 20.0, 40.0, 80.0, 85.0]


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_derivatives_in_the_tails(name, dtype):
    tails = TAILS if name != "gelu" else [t for t in TAILS if t <= 10]  # then e^−2u underflows
    z = np.array([[*tails, *(-t for t in tails)]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        ours = np.array([forward(name, z)[0], backward(name, z, np.ones_like(z))[0]])
    with mpmath.workdps(50):
        exact = [[float(n) for n in EXACT[name](mpmath.mpf(float(t)))] for t in z[0]]
    value, slope = np.array(exact).T
    epsilon, tiny = np.finfo(dtype).eps, float(np.finfo(dtype).tiny)
    # e^w has w times the rounding error of w, which is 2u for GELU.
    rounding = (8 + 8 * np.abs(z[0].astype(float)) ** (3 if name == "gelu" else 1)) * epsilon
    np.testing.assert_array_less(np.abs(ours[0] - value), rounding * np.abs(value) + tiny)
    # In terms of y, a derivative is rounded as 1 is where y is near 1.
    np.testing.assert_array_less(
        np.abs(ours[1] - slope), rounding * np.abs(slope) + 4 * epsilon * (z[0] > 0) + tiny
        + (4 * epsilon if name == "tanh" else 0)
    )  # fmt: skip


def test_small_probabilities_are_kept():
    z = np.array([[-40.0, -700.0, -1000.0, 37.0, 1000.0]])
    expected = [[math.exp(-40.0), math.exp(-700.0), 0.0, 1.0, 1.0]]
    np.testing.assert_allclose(forward("sigmoid", z), expected, rtol=1e-13, atol=0)
    single = forward("sigmoid", np.array([[-20.0, -15.0, 1000.0]], "float32"))
    expected = [[math.exp(-20.0), math.exp(-15.0), 1.0]]
    np.testing.assert_allclose(single, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.5])
def test_leaky_relu_passes_the_gradient_or_a_part_of_it_exactly(slope):
    rng = np.random.default_rng(0)
    z, dy = rng.normal(size=(50, 4)), rng.normal(size=(50, 4))
    f, y, dz = activations.LeakyReLU(slope), np.empty_like(z), np.empty_like(z)
    f.forward(z, y)
    np.testing.assert_array_equal(f.backward(dy, z, y, dz), np.where(z > 0, dy, slope * dy))


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


def test_softmax_ignores_a_shift_of_each_row():
    shift = np.array([[700.0], [-3000.0]])
    np.testing.assert_allclose(forward("softmax", Z + shift), forward("softmax", Z), rtol=1e-9)


def test_softmax_shifts_each_row_by_its_own_maximum():
    # By the batch's maximum, every power of the second row would be 0, and its sum.
    z = np.array([[1000.0, 1001.0], [-1000.0, -1001.0]])
    p = 1 / (1 + math.exp(1))
    np.testing.assert_allclose(forward("softmax", z), [[p, 1 - p], [1 - p, p]], rtol=1e-13)


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


def test_a_readers_variant_of_an_activation_is_one():
    class Wrong(activations.GELU):
        def backward(self, dy, z, y, dz):
            return np.multiply(dy, y, out=dz)

    wrong = Wrong()
    assert activations.get(wrong) is wrong and wrong.needs_z


def test_only_gelu_keeps_z():
    assert [name for name, f in ACTIVATIONS.items() if f().needs_z] == ["gelu"]


def test_softmax_is_of_the_last_axis_whatever_the_shape():
    z, dy = np.random.default_rng(0).normal(size=(2, 2, 3, 4))
    rows = forward("softmax", z.reshape(6, 4))
    np.testing.assert_array_equal(forward("softmax", z).reshape(6, 4), rows)
    np.testing.assert_array_equal(
        backward("softmax", z, dy).reshape(6, 4),
        backward("softmax", z.reshape(6, 4), dy.reshape(6, 4)),
    )
