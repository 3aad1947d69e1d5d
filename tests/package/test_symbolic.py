"""SymPy's derivation: the two ways agree, and a wrong one would not."""

import dataclasses
import doctest
import itertools

import numpy as np
import pytest
import sympy as sp

from backprop import losses, symbolic
from backprop.layers import Dense
from backprop.network import Sequential
from backprop.symbolic import (
    ACTIVATIONS,
    LOSSES,
    b1,
    b2,
    collapse,
    derive,
    matrix_form,
    o,
    w11,
    w21,
    x,
    y,
    z1,
    z2,
)


def assert_equal_somewhere(a, b):
    """Compare at one random point: SymPy may take for ever to simplify what is not 0."""
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    numbers = np.random.default_rng(0).uniform(-1, 1, len(symbols))
    at = dict(zip(symbols, numbers, strict=True))
    assert float(a.subs(at)) == pytest.approx(float(b.subs(at)), rel=1e-9, abs=1e-12)


PAIRS = list(itertools.product(ACTIVATIONS, repeat=2))


@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_chain_rule_equals_direct_differentiation(f, g):
    derivation = derive(f, g)
    expected = {"w11", "b1", "w21", "b2", "x", "z1", "a1", "z2", "o"}
    if g == "identity":
        expected.remove("a1")
    assert set(derivation.rules) == expected
    for rule in derivation.rules.values():
        assert_equal_somewhere(rule.product, rule.direct)
        assert rule.difference == 0
        assert rule.direct != 0  # so that 0 = 0 is not what was shown


def test_cross_entropy_equals_direct_differentiation():
    for rule in derive("sigmoid", loss="binary_crossentropy").rules.values():
        # A target between 0 and 1, or the logarithm is of a negative number.
        assert_equal_somewhere(
            rule.product.subs({y: 0.3, o: 0.6}), rule.direct.subs({y: 0.3, o: 0.6})
        )
        assert rule.difference == 0


@pytest.mark.parametrize("name", ["w11", "b1", "w21", "b2", "x"])
def test_a_wrong_product_is_noticed(name):
    rule = derive("identity")[name]
    for wrong in (-rule.product, rule.product / 2, rule.product + y, rule.product / (o - y)):
        assert dataclasses.replace(rule, product=wrong).difference != 0


def test_the_factors_of_the_article():
    derivation = derive("sigmoid")
    sigmoid_derivative = sp.exp(-z2) / (1 + sp.exp(-z2)) ** 2
    assert derivation["w21"].path == (symbolic.L, o, z2, w21)
    assert derivation["w21"].factors == (o - y, sigmoid_derivative, z1)
    assert derivation["w11"].path == (symbolic.L, o, z2, z1, w11)
    assert derivation["w11"].factors == (o - y, sigmoid_derivative, w21, x)
    assert derivation["b2"].factors == (o - y, sigmoid_derivative, 1)
    assert derivation["b1"].factors == (o - y, sigmoid_derivative, w21, 1)
    assert derivation["x"].factors == (o - y, sigmoid_derivative, w21, w11)


def test_a_hidden_activation_adds_one_factor():
    with_hidden = derive("identity", "tanh")["w11"]
    assert [s.name for s in with_hidden.path] == ["L", "o", "z2", "a1", "z1", "w11"]
    assert with_hidden.factors[3] == 1 - sp.tanh(z1) ** 2


def test_tex_names_the_factors():
    tex = derive("identity")["w21"].latex()
    assert tex.startswith(
        r"\frac{\partial L}{\partial w_{21}} = \frac{\partial L}{\partial o} \cdot"
    )
    assert tex.endswith(r"= \left(o - y\right) \cdot \left(1\right) \cdot \left(z_{1}\right)")


def test_sigmoid_with_cross_entropy_leaves_the_error_alone():
    squared = derive("sigmoid")["z2"].direct
    entropy = derive("sigmoid", loss="binary_crossentropy")["z2"].direct
    s = 1 / (1 + sp.exp(-z2))
    assert sp.simplify(entropy - (s - y)) == 0
    assert sp.simplify(squared - (s - y) * s * (1 - s)) == 0


def test_relu_has_derivative_zero_at_its_kink():
    relu = derive("relu")["z2"].factors[1]
    assert [relu.subs(z2, number) for number in (-1, 0, 1)] == [0, 0, 1]


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_lambdified_loss_and_gradient_belong_together(f):
    derivation = derive(f, "tanh")
    point = np.array([0.7, -0.3, 1.1, 0.4, 1.5, 0.2])
    loss = derivation.lambdify()
    for k, name in enumerate(["w11", "b1", "w21", "b2", "x"]):
        step = 1e-5 * (np.arange(6) == k)
        numeric = (loss(*(point + step)) - loss(*(point - step))) / 2e-5
        assert derivation.lambdify(name)(*point) == pytest.approx(numeric, rel=1e-8, abs=0)


def test_lambdified_functions_take_arrays():
    function = derive("relu", "relu").lambdify("w21")
    values = function(1.0, 0.0, 2.0, 0.5, np.array([-1.0, 0.5, 2.0]), 1.0)
    assert function(w11=1.0, b1=0.0, w21=2.0, b2=0.5, x=2.0, y=1.0) == values[2]
    # b2 = 0.5 is positive, so the output is on; a1 = relu(x) is 0, 0.5, 2.
    assert values == pytest.approx([0.0, 0.5 * 0.5, 2.0 * 3.5])


def test_scalar_collapse():
    proof = collapse()
    assert proof.difference == 0
    assert proof.weight == w21 * w11
    assert proof.bias == w21 * b1 + b2
    assert sp.expand(proof.one_layer - proof.two_layers) == 0


def test_matrix_collapse():
    proof = collapse(matrices=True)
    assert proof.difference.is_ZeroMatrix
    assert proof.one_layer.shape == proof.two_layers.shape
    numbers = np.random.default_rng(0)
    N, n, h, m = 5, 3, 4, 2
    arrays = {
        "X": numbers.normal(size=(N, n)),
        "W1": numbers.normal(size=(n, h)),
        "b1": numbers.normal(size=(1, h)),
        "W2": numbers.normal(size=(h, m)),
        "b2": numbers.normal(size=(1, m)),
    }
    W, b = arrays["W1"] @ arrays["W2"], arrays["b1"] @ arrays["W2"] + arrays["b2"]
    two = (arrays["X"] @ arrays["W1"] + arrays["b1"]) @ arrays["W2"] + arrays["b2"]
    assert arrays["X"] @ W + b == pytest.approx(two)
    assert str(proof.weight) == "W1*W2"
    assert str(proof.bias) == "b1*W2 + b2"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"samples": 2, "outputs": 2},
        {"samples": 3, "inputs": 1, "hidden": 2, "f": "identity", "g": "sigmoid"},
        {"samples": 2, "inputs": 2, "hidden": 1, "f": "tanh", "g": "identity"},
        {"samples": 2, "inputs": 1, "hidden": 2, "f": "identity", "g": "relu"},
    ],
)
def test_matrix_formulas_equal_element_wise_derivatives(arguments):
    form = matrix_form(**arguments)
    for name, direct in form.direct.items():
        for pair in zip(form.backward[name], direct, strict=True):
            assert_equal_somewhere(*pair)
    for name, difference in form.differences.items():
        assert difference.is_zero_matrix, name
        assert form.backward[name].shape == getattr(form, name).shape
        assert not form.direct[name].is_zero_matrix


def test_a_wrong_matrix_formula_is_noticed():
    form = matrix_form(samples=2, f="identity", g="identity")
    wrong = {name: 2 * matrix for name, matrix in form.backward.items()}
    for difference in dataclasses.replace(form, backward=wrong).differences.values():
        assert not difference.is_zero_matrix


def test_matrix_form_equals_the_package():
    form = matrix_form(samples=3, inputs=2, hidden=2, outputs=2, f="sigmoid", g="tanh")
    rng = np.random.default_rng(4)
    matrices = {name: getattr(form, name) for name in ("X", "W1", "b1", "W2", "b2", "Y")}
    arrays = {name: rng.normal(size=matrix.shape) for name, matrix in matrices.items()}
    substitution = {
        symbol: number
        for name, matrix in matrices.items()
        for symbol, number in zip(matrix, arrays[name].flat, strict=True)
    }

    network = Sequential([Dense(2, "tanh", input_dim=2), Dense(2, "sigmoid")], seed=0)
    network.set_weights([arrays["W1"], arrays["b1"][0], arrays["W2"], arrays["b2"][0]])
    loss = losses.HalfSquaredError()
    value = loss.forward(arrays["Y"], network.forward(arrays["X"]))
    dx = network.backward(loss.backward())
    first, second = network.layers
    ours = {"W1": first.dW, "b1": first.db, "W2": second.dW, "b2": second.db, "X": dx}

    assert value == pytest.approx(float(form.loss.subs(substitution)), rel=1e-12, abs=0)
    for name, matrix in form.direct.items():
        exact = np.array(matrix.subs(substitution)).astype(float)
        assert ours[name].reshape(exact.shape) == pytest.approx(exact, rel=1e-12, abs=1e-15)
        by_formula = np.array(form.backward[name].subs(substitution)).astype(float)
        assert by_formula == pytest.approx(exact, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("f", "g"), [("tanh", "tanh"), ("sigmoid", "identity"), ("relu", "tanh")])
def test_common_subexpressions_give_the_same_gradients_for_less(f, g):
    derivation = derive(f, g)
    replacements, gradients = derivation.common_subexpressions()
    direct = [derivation[name].direct for name in ("w11", "b1", "w21", "b2")]
    point = dict(zip((w11, b1, w21, b2, x, y), (0.7, -0.3, 1.1, 0.4, 1.5, 0.2), strict=True))
    values = dict(point)
    for symbol, expression in replacements:
        values[symbol] = expression.subs(values)
    for gradient, expression in zip(gradients, direct, strict=True):
        assert gradient.subs(values) == pytest.approx(
            float(expression.subs(point)), rel=1e-12, abs=0
        )

    shared = sum(sp.count_ops(e) for _, e in replacements) + sum(map(sp.count_ops, gradients))
    assert shared < sum(map(sp.count_ops, direct)) / 2


def test_common_subexpressions_are_backpropagation():
    # What they share is the forward pass, a1 and o, and the two deltas, ∂L/∂z2 and ∂L/∂z1.
    derivation = derive("tanh", "tanh")
    point = dict(zip((w11, b1, w21, b2, x, y), (0.7, -0.3, 1.1, 0.4, 1.5, 0.2), strict=True))
    values = dict(point)
    for symbol, expression in derivation.common_subexpressions()[0]:
        values[symbol] = expression.subs(values)
    a1_number = np.tanh(0.7 * 1.5 - 0.3)
    wanted = {
        "a1": a1_number,
        "o": np.tanh(1.1 * a1_number + 0.4),
        "∂L/∂z2": float(derivation["b2"].direct.subs(point)),
        "∂L/∂z1": float(derivation["b1"].direct.subs(point)),
    }
    shared = [abs(float(n)) for symbol, n in values.items() if symbol not in point]
    for name, number in wanted.items():
        assert any(n == pytest.approx(abs(number), rel=1e-12, abs=0) for n in shared), name


def test_the_names_are_the_package_s():
    assert set(LOSSES) <= set(losses.LOSSES)


def test_the_example_of_the_docstring():
    result = doctest.testmod(symbolic)
    assert result.attempted > 3
    assert result.failed == 0
