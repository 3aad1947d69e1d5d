"""C from index formulas: the text anywhere, its results where there is a C compiler."""

import numpy as np
import pytest
import sympy as sp
from test_indexed import CASES, random_arrays

from backprop import Dense, Sequential, machine_code
from backprop.indexed import array, derive, index
from backprop.machine_code import c_compiler, c_text, compiled, training, training_text
from backprop.symbolic import ACTIVATIONS

needs_compiler = pytest.mark.skipif(c_compiler() is None, reason="there is no C compiler")


def linear(samples=2, inputs=3):
    n, i = index("n", samples), index("i", inputs)
    x, y, w = array("x", samples, inputs), array("y", samples), array("w", inputs)
    o, L = array("o", samples), array("L", 1)
    formulas = [(o[n], x[n, i] * w[i]), (L[0], (o[n] - y[n]) ** 2 / 2)]
    return derive(formulas, [w, x, y], L, by=[w])


def article(samples=10, inputs=8, hidden=10):
    n, k, h = index("n", samples), index("k", inputs), index("h", hidden)
    x, y = array("x", samples, inputs), array("y", samples)
    W1, b1, W2, b2 = (
        array("W1", inputs, hidden),
        array("b1", hidden),
        array("W2", hidden),
        array("b2", 1),
    )
    z, a = array("z", samples, hidden), array("a", samples, hidden)
    o, L = array("o", samples), array("L", 1)
    formulas = [
        (z[n, h], b1[h]),
        (z[n, h], x[n, k] * W1[k, h]),
        (a[n, h], ACTIVATIONS["relu"](z[n, h])),
        (o[n], b2[0]),
        (o[n], a[n, h] * W2[h]),
        (L[0], (o[n] - y[n]) ** 2 / samples),
    ]
    return derive(formulas, [x, y, W1, b1, W2, b2], L, by=[W1, b1, W2, b2])


def test_the_text_of_the_gradients():
    assert c_text(linear()).splitlines() == [
        "void gradients(double *restrict w, double *restrict x, double *restrict y, "
        "double *restrict o, double *restrict L, double *restrict d_o, double *restrict d_w, "
        "double *restrict d_L) {",
        "  for (int n = 0; n <= 1; n++) for (int i = 0; i <= 2; i++)",
        "    o[n] += w[i]*x[i + 3*n];",
        "  for (int n = 0; n <= 1; n++)",
        "    L[0] += (1.0/2.0)*pow(o[n] - y[n], 2);",
        "  for (int n = 0; n <= 1; n++)",
        "    d_o[n] += (o[n] - y[n])*d_L[0];",
        "  for (int n = 0; n <= 1; n++) for (int i = 0; i <= 2; i++)",
        "    d_w[i] += d_o[n]*x[i + 3*n];",
        "}",
    ]


def test_the_text_of_a_training():
    body = c_text(linear()).splitlines()[1:-1]
    assert training_text(linear()).splitlines() == [
        "void train(double *restrict w, const double *restrict all_x, "
        "const double *restrict all_y, double *restrict losses, int epochs, int batches, "
        "double eta) {",
        "  static double o[2];",
        "  static double L[1];",
        "  static double d_o[2];",
        "  static double d_w[3];",
        "  static double d_L[1];",
        "  for (int step = 0; step < epochs * batches; step++) {",
        "    const double *restrict x = all_x + step % batches * 6;",
        "    const double *restrict y = all_y + step % batches * 2;",
        "    memset(o, 0, sizeof o);",
        "    memset(L, 0, sizeof L);",
        "    memset(d_o, 0, sizeof d_o);",
        "    memset(d_w, 0, sizeof d_w);",
        "    memset(d_L, 0, sizeof d_L);",
        "    d_L[0] = 1;",
        *("  " + line for line in body),
        "    for (int at = 0; at < 3; at++) w[at] -= eta * d_w[at];",
        "    losses[step] = L[0];",
        "  }",
        "}",
    ]


@needs_compiler
@pytest.mark.parametrize("make", CASES)
def test_c_equals_python(make):
    program = make()
    arrays, v = random_arrays(program, 10)
    in_c = compiled(program)
    for _ in range(2):  # a second call starts from zeros as well
        output, gradients = in_c(arrays, v)
        expected, expected_gradients = program(arrays, v)
        for a, b in zip([output, *gradients], [expected, *expected_gradients], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


@needs_compiler
def test_a_training_in_c_is_fit():
    rng = np.random.default_rng(0)
    x, y = rng.random((30, 8)), rng.random((30, 1))
    network = Sequential([Dense(10, "relu", input_dim=8), Dense(1)], seed=1)
    network.compile(loss="mean_squared_error", optimizer="sgd")
    W1, b1, W2, b2 = network.get_weights()
    weights, data = [W1, b1, W2[:, 0], b2], [x.reshape(3, 10, 8), y.reshape(3, 10)]
    kept = [a.copy() for a in (*weights, *data)]

    train = training(article())
    ours, losses = train(weights, data, 7, 0.01)
    history = network.fit(x, y, epochs=7, batch_size=10, shuffle=False, verbose=0)

    assert losses.shape == (7, 3)
    np.testing.assert_allclose(losses.mean(axis=1), history.history["loss"], rtol=1e-13)
    for a, b in zip(ours, network.get_weights(), strict=True):
        np.testing.assert_allclose(a, b.reshape(a.shape), rtol=1e-13, atol=1e-15)
    for a, b in zip((*weights, *data), kept, strict=True):
        np.testing.assert_array_equal(a, b)
    again = train(weights, data, 7, 0.01)
    np.testing.assert_array_equal(again[1], losses)


@needs_compiler
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [np.ones(4)]}, r"w: expected shape \(3,\), got \(4,\)"),
        ({"weights": []}, r"expected 1 arrays \(w\), got 0"),
        ({"data": [np.ones((5, 2, 3)), np.ones((4, 2))]}, r"y: expected shape \(5, 2\), got"),
        ({"data": [np.ones((5, 2, 3))]}, r"expected 2 arrays \(x, y\), got 1"),
        ({"data": []}, r"expected 2 arrays \(x, y\), got 0"),
        ({"epochs": 0}, r"epochs: expected at least 1, got 0"),
        ({"learning_rate": -1.0}, r"learning_rate: expected a finite number of at least 0"),
    ],
)
def test_a_wrong_training_is_refused(change, message):
    train = training(linear())
    arguments = {
        "weights": [np.ones(3)],
        "data": [np.ones((5, 2, 3)), np.ones((5, 2))],
        "epochs": 1,
        "learning_rate": 0.1,
    }
    train(**arguments)
    with pytest.raises(ValueError, match=message):
        train(**(arguments | change))


@needs_compiler
def test_a_function_without_data_is_minimized():
    i = index("i", 2)
    w, L = array("w", 2), array("L", 1)
    train = training(derive([(L[0], (w[i] - 3) ** 2)], [w], L))
    (found,), losses = train([[0.0, 5.0]], [], 200, 0.1)
    np.testing.assert_allclose(found, 3, atol=1e-12)
    assert losses.shape == (200, 1)
    assert losses[0] == 13


def test_only_a_loss_can_be_trained():
    j = index("j", 3)
    x, y = array("x", 3), array("y", 3)
    with pytest.raises(ValueError, match=r"an output of shape \(1,\), got \(3,\)"):
        training(derive([(y[j], x[j])], [x], y))


def test_without_a_compiler_there_is_a_message(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert c_compiler() is None
    with pytest.raises(FileNotFoundError, match=r"expected a C compiler \(cc, gcc or clang\)"):
        compiled(linear())


@needs_compiler
def test_what_the_compiler_refuses_is_said(monkeypatch):
    monkeypatch.setattr(machine_code, "c_text", lambda program: "not C")
    with pytest.raises(RuntimeError, match=r"(?s)expected C that .* accepts, got: .*error"):
        compiled(linear())


def test_a_function_that_c_does_not_have_is_refused():
    j = index("j", 3)
    x, y = array("x", 3), array("y", 3)
    with pytest.raises(NotImplementedError, match="zeta"):
        c_text(derive([(y[j], sp.zeta(x[j]))], [x], y))
