"""Index formulas: every kind of layer against differences, and what is refused."""

import doctest

import numpy as np
import pytest
import sympy as sp

from backprop import indexed
from backprop.activations import ACTIVATIONS as PACKAGE
from backprop.indexed import array, derive, index, largest
from backprop.layers import BatchNorm, Dense
from backprop.numeric import central_difference
from backprop.symbolic import ACTIVATIONS

relu = ACTIVATIONS["relu"]


def dense(activation=sp.tanh):
    n, i, j = index("n", 2), index("i", 3), index("j", 4)
    x, W, b = array("x", 2, 3), array("W", 3, 4), array("b", 4)
    z, y = array("z", 2, 4), array("y", 2, 4)
    formulas = [(z[n, j], b[j]), (z[n, j], x[n, i] * W[i, j]), (y[n, j], activation(z[n, j]))]
    return derive(formulas, [x, W, b], y)


def two_layers():
    n, i, j, k = index("n", 2), index("i", 3), index("j", 4), index("k", 2)
    x, W, V = array("x", 2, 3), array("W", 3, 4), array("V", 4, 2)
    z, a, o = array("z", 2, 4), array("a", 2, 4), array("o", 2, 2)
    formulas = [
        (z[n, j], x[n, i] * W[i, j]),
        (a[n, j], relu(z[n, j])),
        (o[n, k], a[n, j] * V[j, k]),
    ]
    return derive(formulas, [x, W, V], o)


def softmax_crossentropy():
    n, i, j = index("n", 3), index("i", 2), index("j", 4)
    x, W, y = array("x", 3, 2), array("W", 2, 4), array("y", 3, 4)
    z, s, L = array("z", 3, 4), array("s", 3), array("L", 3)
    formulas = [
        (z[n, j], x[n, i] * W[i, j]),
        (s[n], sp.exp(z[n, j])),
        (L[n], y[n, j] * (sp.log(s[n]) - z[n, j])),
    ]
    return derive(formulas, [x, W, y], L)


def convolution():
    n, i, j, a, b, c, d = (
        index(name, size) for name, size in zip("nijabcd", (2, 2, 3, 2, 2, 2, 3), strict=True)
    )
    x, K, B, y = (
        array("x", 2, 3, 4, 2),
        array("K", 2, 2, 2, 3),
        array("B", 3),
        array("y", 2, 2, 3, 3),
    )
    formulas = [
        (y[n, i, j, d], B[d]),
        (y[n, i, j, d], x[n, i + a, j + b, c] * K[a, b, c, d]),
    ]
    return derive(formulas, [x, K, B], y)


def padded_strided_convolution():
    n, i, j, p, q, a, b = (
        index(name, size) for name, size in zip("nijpqab", (2, 2, 2, 4, 3, 3, 3), strict=True)
    )
    x, K = array("x", 2, 4, 3), array("K", 3, 3)
    padded, y = array("P", 2, 6, 5), array("y", 2, 2, 2)
    formulas = [
        (padded[n, p + 1, q + 1], x[n, p, q]),
        (y[n, i, j], padded[n, 2 * i + a, 2 * j + b] * K[a, b]),
    ]
    return derive(formulas, [x, K], y)


def max_pooling():
    n, i, j = index("n", 2), index("i", 2), index("j", 2)
    x, y = array("x", 2, 4, 4), array("y", 2, 2, 2)
    window = [x[n, 2 * i + a, 2 * j + b] for a in (0, 1) for b in (0, 1)]
    return derive([(y[n, i, j], largest(*window))], [x], y)


def batch_norm():
    n, j = index("n", 4), index("j", 2)
    x, g, b, y = array("x", 4, 2), array("g", 2), array("b", 2), array("y", 4, 2)
    m, v = array("m", 2), array("v", 2)
    normalized = (x[n, j] - m[j]) / sp.sqrt(v[j] + sp.Rational(1, 1000))
    formulas = [
        (m[j], x[n, j] / 4),
        (v[j], (x[n, j] - m[j]) ** 2 / 4),
        (y[n, j], g[j] * normalized + b[j]),
    ]
    return derive(formulas, [x, g, b], y)


def recurrence(steps=3):
    n, i, j, k = index("n", 2), index("i", 2), index("j", 3), index("k", 3)
    x, W, U = array("x", steps, 2, 2), array("W", 2, 3), array("U", 3, 3)
    z, h = array("z", steps, 2, 3), array("h", steps, 2, 3)
    formulas = []
    for t in range(steps):
        formulas.append((z[t, n, j], x[t, n, i] * W[i, j]))
        if t > 0:
            formulas.append((z[t, n, j], h[t - 1, n, k] * U[k, j]))
        formulas.append((h[t, n, j], sp.tanh(z[t, n, j])))
    return derive(formulas, [x, W, U], h)


def causal_attention():
    n, i, j, k = index("n", 2), index("i", 3), index("j", 3), index("k", 2)
    q, K, V = array("q", 2, 3, 2), array("K", 2, 3, 2), array("V", 2, 3, 2)
    s, e, r, y = array("s", 2, 3, 3), array("e", 2, 3, 3), array("r", 2, 3), array("y", 2, 3, 2)
    formulas = [
        (s[n, i, j], q[n, i, k] * K[n, j, k] / sp.sqrt(2)),
        (e[n, i, j], sp.Piecewise((sp.exp(s[n, i, j]), j <= i), (0, True))),
        (r[n, i], e[n, i, j]),
        (y[n, i, k], e[n, i, j] / r[n, i] * V[n, j, k]),
    ]
    return derive(formulas, [q, K, V], y)


def residual():
    n, i, j = index("n", 2), index("i", 3), index("j", 3)
    x, W, z, y = array("x", 2, 3), array("W", 3, 3), array("z", 2, 3), array("y", 2, 3)
    formulas = [(z[n, j], x[n, i] * W[i, j]), (y[n, j], x[n, j] + sp.tanh(z[n, j]))]
    return derive(formulas, [x, W], y)


def one_array_many_times():
    i, j = index("i", 3), index("j", 3)
    W, y = array("W", 3), array("y", 1)
    return derive([(y[0], W[i] * W[j] * sp.sin(W[i]) + W[0])], [W], y)


def an_index_that_a_derivative_loses():
    i, j = index("i", 2), index("j", 3)
    u, v, y = array("u", 2), array("v", 3), array("y", 1)
    return derive([(y[0], u[i] + sp.sin(v[j]))], [u, v], y)


CASES = [
    dense,
    two_layers,
    softmax_crossentropy,
    convolution,
    padded_strided_convolution,
    max_pooling,
    batch_norm,
    recurrence,
    causal_attention,
    residual,
    one_array_many_times,
    an_index_that_a_derivative_loses,
]


def random_arrays(program, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=program.shapes[str(base)]) for base in program.inputs]
    return arrays, rng.normal(size=program.shapes[str(program.output)])


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("make", CASES)
def test_gradients_by_differences(make, seed):
    program = make()
    arrays, v = random_arrays(program, seed)
    gradients = program(arrays, v)[1]
    for number, gradient in enumerate(gradients):

        def phi(values, number=number):
            moved = [*arrays[:number], values, *arrays[number + 1 :]]
            return float(np.sum(v * program(moved, v)[0]))

        numeric = central_difference(phi, arrays[number])
        np.testing.assert_allclose(gradient, numeric, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_dense_is_the_package_s(activation):
    program = dense(ACTIVATIONS[activation])
    (x, W, b), v = random_arrays(program, 3)
    layer = Dense(4, activation).build(3)
    layer.W[:], layer.b[:] = W, b
    y, gradients = program([x, W, b], v)
    assert activation in PACKAGE
    np.testing.assert_allclose(y, layer.forward(x), rtol=1e-14)
    for ours, theirs in zip(gradients, [layer.backward(v), layer.dW, layer.db], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)


def test_batch_norm_is_the_package_s():
    program = batch_norm()
    (x, g, b), v = random_arrays(program, 4)
    layer = BatchNorm(epsilon=1e-3).build(2)
    layer.parameters[:] = np.concatenate([g, b])
    y, gradients = program([x, g, b], v)
    np.testing.assert_allclose(y, layer.forward(x, True), rtol=1e-13)
    dx = layer.backward(v)
    ours = np.concatenate([a.ravel() for a in gradients])
    theirs = np.concatenate([dx.ravel(), layer.gradients])
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-14)


def test_convolution_by_hand():
    program = convolution()
    (x, K, B), v = random_arrays(program, 5)
    y, (dx, dK, dB) = program([x, K, B], v)
    window = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))  # n i j c a b
    np.testing.assert_allclose(y, np.einsum("nijcab,abcd->nijd", window, K) + B, rtol=1e-13)
    np.testing.assert_allclose(dK, np.einsum("nijcab,nijd->abcd", window, v), rtol=1e-12)
    np.testing.assert_allclose(dB, v.sum(axis=(0, 1, 2)), rtol=1e-13)
    assert dx.shape == x.shape


def test_a_tie_gives_the_derivative_to_the_first():
    program = max_pooling()
    v = np.random.default_rng(6).normal(size=(2, 2, 2))
    _, (dx,) = program([np.ones((2, 4, 4))], v)
    np.testing.assert_array_equal(dx[:, ::2, ::2], v)
    assert np.count_nonzero(dx) == v.size


def test_relu_passes_nothing_at_zero():
    j = index("j", 3)
    x, y = array("x", 3), array("y", 3)
    _, (dx,) = derive([(y[j], relu(x[j]))], [x], y)([[-1.0, 0.0, 1.0]], np.ones(3))
    np.testing.assert_array_equal(dx, [0, 0, 1])


def test_only_the_derivatives_asked_for_are_derived():
    n, i, j = index("n", 2), index("i", 3), index("j", 4)
    x, c, W, z = array("x", 2, 3), array("c", 2, 3), array("W", 3, 4), array("z", 2, 4)
    scaled = array("s", 2, 3)
    formulas = [(scaled[n, i], x[n, i] * c[n, i]), (z[n, j], scaled[n, i] * W[i, j])]
    program = derive(formulas, [x, c, W], z, by=[W])
    assert [str(f) for f in program.backward] == ["d_W[i, j] += d_z[n, j]*s[n, i]"]
    (x0, c0, W0), v = random_arrays(program, 7)
    assert len(program([x0, c0, W0], v)[1]) == 1
    everything = derive(formulas, [x, c, W], z)([x0, c0, W0], v)[1]
    np.testing.assert_array_equal(program([x0, c0, W0], v)[1][0], everything[2])


def test_an_input_that_nothing_reads_has_derivative_zero():
    j = index("j", 3)
    x, u, y = array("x", 3), array("u", 2), array("y", 3)
    _, (_, du) = derive([(y[j], x[j] ** 2)], [x, u], y)([np.ones(3), np.ones(2)], np.ones(3))
    np.testing.assert_array_equal(du, np.zeros(2))


def test_the_seven_formulas_of_backpropagation():
    n, k, h = index("n", 10), index("k", 8), index("h", 10)
    x, y, W1, b1 = array("x", 10, 8), array("y", 10), array("W1", 8, 10), array("b1", 10)
    W2, b2, z, a = array("W2", 10), array("b2", 1), array("z", 10, 10), array("a", 10, 10)
    o, L = array("o", 10), array("L", 1)
    formulas = [
        (z[n, h], b1[h]),
        (z[n, h], x[n, k] * W1[k, h]),
        (a[n, h], relu(z[n, h])),
        (o[n], b2[0]),
        (o[n], a[n, h] * W2[h]),
        (L[0], (o[n] - y[n]) ** 2 / 10),
    ]
    program = derive(formulas, [x, y, W1, b1, W2, b2], L, by=[W1, b1, W2, b2])
    assert [str(f) for f in program.backward] == [
        "d_o[n] += (o[n]/5 - y[n]/5)*d_L[0]",
        "d_W2[h] += a[n, h]*d_o[n]",
        "d_a[n, h] += W2[h]*d_o[n]",
        "d_b2[0] += d_o[n]",
        "d_z[n, h] += Piecewise((1, z[n, h] > 0), (0, True))*d_a[n, h]",
        "d_W1[k, h] += d_z[n, h]*x[n, k]",
        "d_b1[h] += d_z[n, h]",
    ]


@pytest.mark.parametrize("make", [two_layers, recurrence])
def test_a_call_changes_nothing_that_it_was_given_and_repeats(make):
    program = make()
    arrays, v = random_arrays(program, 8)
    kept = [a.copy() for a in (*arrays, v)]
    y, gradients = program(arrays, v)
    y[:] = 7
    gradients[0][:] = 7
    again, _ = program(arrays, v)
    for a, b in zip((*arrays, v), kept, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.any(again == 7)
    np.testing.assert_array_equal(program(arrays, v)[0], again)


def test_integers_and_float32_are_taken_as_float64():
    program = dense()
    arrays, v = random_arrays(program, 9)
    rounded = [np.round(a * 4) for a in (*arrays, v)]
    y, gradients = program(rounded[:-1], rounded[-1])
    whole = [a.astype(int) for a in rounded]
    for a, b in zip(program(whole[:-1], whole[-1])[1], gradients, strict=True):
        np.testing.assert_array_equal(a, b)
    single = [a.astype(np.float32) for a in rounded]
    assert program(single[:-1], single[-1])[0].dtype == np.float64
    np.testing.assert_array_equal(program(single[:-1], single[-1])[0], y)


# -- what is refused -----------------------------------------------------------------------------

n, i, j = index("n", 2), index("i", 3), index("j", 4)
x, W, b, z, y = (
    array("x", 2, 3),
    array("W", 3, 4),
    array("b", 4),
    array("z", 2, 4),
    array("y", 2, 4),
)


@pytest.mark.parametrize(
    ("formulas", "message"),
    [
        ([(z[n, j], x[n, j] * 1)], r"an index j of x from 0 to 2, got 0 to 3"),
        ([(z[n, j + 1], b[j])], r"an index j \+ 1 of z from 0 to 3, got 1 to 4"),
        ([(z[n, j], b[j - 1])], r"an index j - 1 of b from 0 to 3, got -1 to 2"),
        ([(z[n, n * j], b[j])], r"an index that is a sum of indices, got j\*n"),
        ([(z[n, j], b[j / 2])], r"an index that is a sum of indices, got j/2"),
        ([(z[n, j], b[3 - 2 * j])], r"an index 3 - 2\*j of b from 0 to 3, got -3 to 3"),
        ([(z[n, j], y[n, j])], r"y\[n, j\] to be given or written before, got none"),
        (
            [(z[n, j], b[j]), (y[n, j], z[n, j]), (z[n, j], b[j])],
            r"a target that was not read before, got z",
        ),
        ([(z[n, j], b[j]), (z[n, j], z[n, j])], r"a target that was not read before, got z"),
        ([(z[n, j], b[j]), (b[j], z[n, j])], r"a new array as target, got an input"),
        ([(y[n, j], b[j])], r"an output that a formula writes, got z"),
        ([(z, b[j])], r"a target such as z\[n, j\], got z"),
        ([(z[n, j], b[j] * sp.Symbol("q"))], r"arrays, indices and numbers, got \[q\]"),
        ([(z[n, j], sp.Max(b[j], 0))], r"`largest` or a Piecewise"),
        ([(z[n, j], sp.Abs(b[j]))], r"`largest` or a Piecewise"),
        ([(z[n, j], b[j] + array("z", 1)[0])], r"one array or index named z, got several"),
        ([(z[n, j], b[j] + x[0, index("j", 3)])], r"one array or index named j, got several"),
        ([(z[n, sp.Idx("k", (1, 3))], b[0])], r"an index from 0 to a number, got k, 1 to 3"),
        ([(z[n, sp.Idx("k")], b[0])], r"an index from 0 to a number, got k, None to None"),
    ],
)
def test_a_wrong_program_is_refused(formulas, message):
    with pytest.raises(ValueError, match=message):
        derive(formulas, [x, W, b], z)


def test_elements_written_later_than_others_are_read_are_allowed():
    assert recurrence().output.shape == (3, 2, 3)


def test_derivatives_by_what_is_no_input_are_refused():
    with pytest.raises(ValueError, match="expected to differentiate by inputs, got z"):
        derive([(z[n, j], b[j])], [b], z, by=[z])


def test_a_function_that_python_does_not_have_is_refused():
    program = derive([(z[n, j], sp.zeta(b[j]))], [b], z)
    with pytest.raises(NotImplementedError, match="zeta"):
        program([np.ones(4)], np.ones((2, 4)))


@pytest.mark.parametrize("name", ["lambda", "double", "d_x", "2x", "x y", "", "math", "é"])
def test_a_name_that_no_program_can_have_is_refused(name):
    with pytest.raises(ValueError, match="a name of letters and digits"):
        array(name, 2)
    with pytest.raises(ValueError, match="a name of letters and digits"):
        index(name, 2)


def test_sizes_are_positive():
    with pytest.raises(ValueError, match="array x: size: expected at least 1, got 0"):
        array("x", 2, 0)
    with pytest.raises(ValueError, match="index i: size: expected at least 1, got 0"):
        index("i", 0)
    with pytest.raises(ValueError, match="array x: expected at least one size, got none"):
        array("x")


@pytest.mark.parametrize(
    ("arrays", "cotangent", "message"),
    [
        ([np.ones((2, 3))], np.ones((2, 4)), r"expected 3 arrays \(x, W, b\), got 1"),
        ([np.ones((3, 2)), np.ones((3, 4)), np.ones(4)], np.ones((2, 4)), r"x: expected shape"),
        ([np.ones((2, 3)), np.ones((3, 4)), np.ones(4)], np.ones(4), r"d_y: expected shape"),
        (
            [np.ones((2, 3)), np.ones((3, 4)), np.full(4, np.nan)],
            np.ones((2, 4)),
            r"b: expected finite numbers, got nan",
        ),
    ],
)
def test_wrong_arrays_are_refused(arrays, cotangent, message):
    with pytest.raises(ValueError, match=message):
        dense()(arrays, cotangent)


def test_the_example_of_the_docstring():
    result = doctest.testmod(indexed, extraglobs={"np": np})
    assert result.attempted > 3
    assert result.failed == 0
