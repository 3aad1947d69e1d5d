"""Chapter 4's network against SymPy, finite differences, the complex step and the scalar graph."""

import dataclasses
import doctest
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop import symbolic, two_layer
from backprop.scalar import Value
from backprop.two_layer import ACTIVATIONS, Parameters, forward, loss, partials, update

NAMES = ("w11", "b1", "w21", "b2", "x", "y")
PAIRS = list(itertools.product(ACTIVATIONS, repeat=2))
SMOOTH = [pair for pair in PAIRS if "relu" not in pair]

# w11, b1, w21, b2, x, y, chosen so that no term vanishes and no ReLU stands at its kink.
POINTS = [
    (0.7, -0.3, 1.1, 0.4, 1.5, 0.2),
    (-0.8, 0.5, -1.3, 0.9, 2.0, -1.0),
    (1.6, 0.2, -0.6, -0.1, -0.9, 0.7),
]
numbers = st.floats(-2, 2)
six_numbers = st.tuples(*[numbers] * 6)


def gradient(point, f, g):
    """∂L/∂ w11, b1, w21, b2, x, as two_layer computes them."""
    *parameters, x, y = point
    p = partials(Parameters(*parameters), x, y, f, g)
    return [p.dL_dw11, p.dL_db1, p.dL_dw21, p.dL_db2, p.dL_dx]


def loss_at(point, f, g):
    *parameters, x, y = point
    return loss(y, forward(Parameters(*parameters), x, f, g).o)


def complex_loss(point, f, g):
    """The formulas of chapter 4, written anew for complex numbers."""
    functions = {
        "identity": lambda z: z,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
    }
    w11, b1, w21, b2, x, y = point
    o = functions[f](w21 * functions[g](w11 * x + b1) + b2)
    return (y - o) ** 2 / 2


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_partials_equal_sympy(f, g, point):
    derivation = symbolic.derive(f, g)
    exact = [derivation.lambdify(name)(*point) for name in NAMES[:5]]
    assert np.any(exact) or "relu" in (f, g)
    assert gradient(point, f, g) == pytest.approx(exact, rel=1e-13, abs=1e-15)
    assert loss_at(point, f, g) == pytest.approx(derivation.lambdify()(*point), rel=1e-13, abs=0)


@pytest.mark.parametrize(("f", "g"), PAIRS)
@given(point=six_numbers)
def test_partials_equal_finite_differences(f, g, point):
    *parameters, x, _ = point
    state = forward(Parameters(*parameters), x, f, g)
    near_a_kink = (f == "relu" and abs(state.z2) < 1e-3) or (g == "relu" and abs(state.z1) < 1e-3)
    if near_a_kink:
        return  # a finite difference across a kink is no derivative
    h = 1e-5
    numeric = []
    for k in range(5):
        up, down = list(point), list(point)
        up[k] += h
        down[k] -= h
        numeric.append((loss_at(up, f, g) - loss_at(down, f, g)) / (2 * h))
    assert gradient(point, f, g) == pytest.approx(numeric, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("f", "g"), SMOOTH)
@given(point=six_numbers)
def test_partials_equal_the_complex_step(f, g, point):
    h = 1e-30
    exact = []
    for k in range(5):
        shifted = [complex(n, h * (i == k)) for i, n in enumerate(point)]
        exact.append(complex_loss(shifted, f, g).imag / h)
    assert gradient(point, f, g) == pytest.approx(exact, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_partials_equal_the_scalar_graph(f, g, point):
    apply = {
        "identity": lambda v: v,
        "sigmoid": Value.sigmoid,
        "tanh": Value.tanh,
        "relu": Value.relu,
    }
    w11, b1, w21, b2, x, y = (Value(n, name) for n, name in zip(point, NAMES, strict=True))
    z1 = w11 * x + b1
    a1 = apply[g](z1)
    z2 = w21 * a1 + b2
    o = apply[f](z2)
    (0.5 * (y - o) ** 2).backward()

    *parameters, x_number, y_number = point
    p = partials(Parameters(*parameters), x_number, y_number, f, g)
    assert gradient(point, f, g) == pytest.approx([v.grad for v in (w11, b1, w21, b2, x)])
    assert [p.dL_dz1, p.dL_dz2, p.dL_do] == pytest.approx([z1.grad, z2.grad, o.grad])


@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_every_product_is_the_product_of_its_factors(f, g):
    *parameters, x, y = POINTS[0]
    p = partials(Parameters(*parameters), x, y, f, g)
    assert p.dL_dw21 == pytest.approx(p.dL_do * p.do_dz2 * p.dz2_dw21)
    assert p.dL_db2 == pytest.approx(p.dL_do * p.do_dz2 * p.dz2_db2)
    to_z1 = p.dL_do * p.do_dz2 * p.dz2_da1 * p.da1_dz1
    assert p.dL_dw11 == pytest.approx(to_z1 * p.dz1_dw11)
    assert p.dL_db1 == pytest.approx(to_z1 * p.dz1_db1)
    assert p.dL_dx == pytest.approx(to_z1 * p.dz1_dx)


@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_arrays_are_computed_element_by_element(f, g):
    columns = np.array(POINTS).T
    *parameters, x, y = columns
    together = dataclasses.asdict(partials(Parameters(*parameters), x, y, f, g))
    for i, point in enumerate(POINTS):
        *parameters, x_i, y_i = point
        alone = dataclasses.asdict(partials(Parameters(*parameters), x_i, y_i, f, g))
        for name, number in alone.items():
            assert np.broadcast_to(together[name], 3)[i] == pytest.approx(number), name


def test_numbers_by_hand():
    # x = 2, y = 1, f the identity: z1 = 2·2+1 = 5, o = 3·5−4 = 11, L = ½·10² = 50.
    parameters = Parameters(w11=2.0, b1=1.0, w21=3.0, b2=-4.0)
    state = forward(parameters, 2.0, f="identity")
    assert (state.z1, state.a1, state.z2, state.o) == (5.0, 5.0, 11.0, 11.0)
    assert loss(1.0, state.o) == 50.0
    p = partials(parameters, 2.0, 1.0, f="identity")
    assert (p.dL_do, p.dL_dw21, p.dL_db2) == (10.0, 50.0, 10.0)
    assert (p.dL_dw11, p.dL_db1, p.dL_dx) == (60.0, 30.0, 60.0)


@pytest.mark.parametrize("kind", ["bool", "uint8", "uint16", "int8", "int64", "float32"])
def test_arrays_of_every_kind_are_computed_in_float64(kind):
    numbers = {"bool": [True, False]}.get(kind, [3, 100])
    x, y = np.array(numbers, kind), np.array(numbers[::-1], kind)
    p = Parameters(w11=np.array(numbers, kind), b1=0, w21=x, b2=0.5)
    exact = Parameters(*(np.asarray(n, float) for n in (numbers, 0, numbers, 0.5)))
    ours, expected = (
        dataclasses.asdict(partials(q, a, b, "identity", "tanh"))
        for q, a, b in ((p, x, y), (exact, x.astype(float), y.astype(float)))
    )
    for name, number in expected.items():
        np.testing.assert_array_equal(ours[name], number, err_msg=name)
    assert forward(p, x).z1.dtype == np.float64
    np.testing.assert_array_equal(loss(x, y), 0.5 * (x.astype(float) - y) ** 2)
    assert partials(p, x, y).dz1_dw11.dtype == np.float64


def test_a_numbers_kind_is_kept():
    assert type(forward(Parameters(1, 2, 3, True), 2, "identity").o) is float
    assert type(forward(Parameters(1.0, 2.0, 3.0, 4.0), np.float64(2), "identity").o) is np.float64


def test_update_uses_the_old_weights_for_all_gradients():
    parameters = Parameters(w11=2.0, b1=1.0, w21=3.0, b2=-4.0)
    p = partials(parameters, 2.0, 1.0, f="identity")
    new = update(parameters, p, learning_rate=0.01)
    assert dataclasses.astuple(new) == pytest.approx((1.4, 0.7, 2.5, -4.1))
    # w11 would be 2 − 0.01·10·2.5·2 = 1.5 had w21 been updated first.
    assert dataclasses.astuple(parameters) == (2.0, 1.0, 3.0, -4.0)


@pytest.mark.parametrize(("f", "g"), PAIRS)
@given(point=six_numbers)
def test_a_small_step_never_raises_the_loss(f, g, point):
    *parameters, x, y = point
    old = Parameters(*parameters)
    new = update(old, partials(old, x, y, f, g), learning_rate=1e-6)
    before = loss(y, forward(old, x, f, g).o)
    assert loss(y, forward(new, x, f, g).o) <= before * (1 + 1e-12) + 1e-15


@pytest.mark.parametrize("f", ACTIVATIONS)
@given(point=six_numbers)
def test_without_hidden_activation_it_is_one_neuron(f, point):
    w11, b1, w21, b2, x, _ = point
    one = ACTIVATIONS[f][0]((w21 * w11) * x + (w21 * b1 + b2))
    two = forward(Parameters(w11, b1, w21, b2), x, f, "identity").o
    assert two == pytest.approx(one, rel=1e-12, abs=1e-12)


def test_relu_has_derivative_zero_at_its_kink():
    p = partials(Parameters(1.0, 0.0, 1.0, 0.0), 0.0, 1.0, f="relu", g="relu")
    assert (p.do_dz2, p.da1_dz1) == (0.0, 0.0)
    derivation = symbolic.derive("relu", "relu")
    assert derivation.lambdify("b2")(1.0, 0.0, 1.0, 0.0, 0.0, 1.0) == 0.0


@pytest.mark.filterwarnings("error")
def test_sigmoid_of_large_numbers():
    for b2, o in [(-700.0, np.exp(-700.0)), (-5000.0, 0.0), (5000.0, 1.0)]:
        parameters = Parameters(1.0, 0.0, 1.0, b2)
        assert forward(parameters, 0.0).o == pytest.approx(o, rel=1e-12, abs=0)
        assert np.isfinite(partials(parameters, 0.0, 1.0).dL_dw21)


def test_parameters_cannot_be_changed_in_place():
    parameters = Parameters(1.0, 2.0, 3.0, 4.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        parameters.w21 = 0.0


def test_the_example_of_the_docstring():
    result = doctest.testmod(two_layer)
    assert result.attempted > 2
    assert result.failed == 0
