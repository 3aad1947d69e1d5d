"""The check of gradients: right passes, wrong fails, and the mistake is named."""

import re

import numpy as np
import pytest

from backprop import BatchNorm, Dense, Dropout, Flatten, Layer, Sequential, losses
from backprop.gradient_check import GradientError, check_gradients, check_graph
from backprop.scalar import Operation

N, N_IN, N_OUT = 5, 4, 3


def x_of(seed=0):
    return np.random.default_rng(seed).normal(size=(N, N_IN))


class Neurons:
    """y = f(x W + b) with an activation and its derivative, of z and y: a reader's own layer."""

    def __init__(self, f, slope):
        rng = np.random.default_rng(1)
        self.f, self.slope = f, slope
        self.W, self.b = rng.normal(size=(N_IN, N_OUT)), rng.normal(size=N_OUT)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b
        self.y = self.f(self.z)
        return self.y

    def backward(self, dy):
        dz = dy * self.slope(self.z, self.y)
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T


class Alone(Neurons):
    """y = f(x): the activation as a layer of its own."""

    def __init__(self, f, slope):
        self.f, self.slope = f, slope

    def forward(self, x):
        self.z, self.y = x, self.f(x)
        return self.y

    def backward(self, dy):
        return dy * self.slope(self.z, self.y)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def relu(z):
    return np.maximum(z, 0.0)


WRONG_SLOPES = {
    "sigmoid at y": (sigmoid, lambda z, y: sigmoid(y) * (1 - sigmoid(y)), "taken at y, not at z"),
    "sigmoid of z": (sigmoid, lambda z, y: z * (1 - z), r"z \(1 − z\) where it is y"),
    "tanh at y": (np.tanh, lambda z, y: 1 - np.tanh(y) ** 2, "tanh' .* taken at y"),
    "tanh of z": (np.tanh, lambda z, y: 1 - z**2, "1 − z² where it is 1 − y²"),
    "softmax": (softmax, lambda z, y: y * (1 - y), "softmax's Jacobian has its diagonal only"),
    "relu": (relu, lambda z, y: y >= 0, "ReLU's slope is 1 where y = 0"),
}


@pytest.mark.parametrize("name", WRONG_SLOPES)
@pytest.mark.parametrize("kind", [Neurons, Alone])
def test_a_wrong_derivative_of_an_activation_is_named(kind, name):
    f, slope, message = WRONG_SLOPES[name]
    failed = [row for row in check_gradients(kind(f, slope), x_of()).rows if not row.passed]
    assert len(failed) == (3 if kind is Neurons else 1)
    for row in failed:
        assert re.search(message, row.diagnosis), row.diagnosis


@pytest.mark.parametrize("kind", [Neurons, Alone])
def test_another_wrong_derivative_of_an_activation_is_given_no_such_name(kind):
    report = check_gradients(kind(sigmoid, lambda z, y: y * (1 - y) + 0.01 * z), x_of())
    assert {row.diagnosis for row in report.rows} == {"no known pattern."}


class Linear:
    """y = x W + b, a reader's own layer: any object with forward and backward."""

    def __init__(self, n_out=N_OUT):
        rng = np.random.default_rng(1)
        self.W, self.b = rng.normal(size=(N_IN, n_out)), rng.normal(size=n_out)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class Sign(Linear):
    def backward(self, dy):
        return -super().backward(dy)


class SumForMean(Linear):
    def forward(self, x):
        return super().forward(x) / len(x)


class MeanOfSum(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW, self.db = self.dW / len(dy), self.db / len(dy)
        return dx


class TimesOutputs(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW = self.dW * dy.shape[1]
        return dx


class OverOutputs(Linear):
    def backward(self, dy):
        return super().backward(dy) / dy.shape[1]


class Half(Linear):
    def forward(self, x):
        return super().forward(x) * 2.0


class Twice(Linear):
    """Adds to its gradients, and never sets them to zero."""

    def backward(self, dy):
        self.dW, self.db = self.dW + self.x.T @ dy, self.db + dy.sum(axis=0)
        return dy @ self.W.T


class TransposedSquare(Linear):
    def __init__(self):
        super().__init__(N_IN)

    def backward(self, dy):
        super().backward(dy)
        return dy @ self.W


class Transposed(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW = (dy.T @ self.x).reshape(self.W.shape)
        return dx


class WrongAxis(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = np.full_like(self.b, dy.sum(axis=1).sum())
        return dx


class LastSampleOnly(Linear):
    def backward(self, dy):
        for row in range(len(dy)):
            if np.any(dy[row]):
                self.dW = np.outer(self.x[row], dy[row])
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class Stale(Linear):
    def __init__(self):
        super().__init__()
        self.kept = self.W.T + 0.1  # the weights before some update

    def backward(self, dy):
        super().backward(dy)
        return dy @ self.kept


class Cut(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW = np.zeros_like(self.W)
        return dx


class NotFinite(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW[0, 0] = np.nan
        return dx


class OneElement(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW[2, 1] += 1e-4
        return dx


class WrongShape(Linear):
    def backward(self, dy):
        return super().backward(dy)[:, :2]


def test_a_readers_own_layer_passes():
    report = check_gradients(Linear(), x_of()).raise_if_failed()
    assert [row.name for row in report.rows] == ["dx", "dW", "db"]
    assert report.error < 1e-8
    assert "passed" in str(report)


@pytest.mark.parametrize(
    ("bug", "where", "message"),
    [
        (Sign, "dx", "the sign"),
        (SumForMean, "dW", "N = 5: a sum where the loss takes the mean"),
        (MeanOfSum, "dW", "1/N with N = 5"),
        (TimesOutputs, "dW", "outputs K = 3"),
        (OverOutputs, "dx", "1/K with K = 3"),
        (Half, "dW", "½: the 2 of a square"),
        (Twice, "dW", "twice"),
        (TransposedSquare, "dx", "no known pattern"),
        (Transposed, "dW", "transposed"),
        (WrongAxis, "db", "the axis"),
        (LastSampleOnly, "dW", "missing accumulation"),
        (Stale, "dx", "stale weights"),
        (Cut, "dW", "zero everywhere"),
        (NotFinite, "dW", "not finite"),
        (OneElement, "dW", "no known pattern"),
        (WrongShape, "dx", r"expected shape \(5, 4\), got \(5, 2\)"),
    ],
)
def test_a_mistake_is_found_and_named(bug, where, message):
    report = check_gradients(bug(), x_of())
    failed = {row.name: row for row in report.rows if not row.passed}
    assert where in failed
    with pytest.raises(GradientError, match=message):
        report.raise_if_failed()


def test_the_worst_element_is_named():
    row = next(r for r in check_gradients(OneElement(), x_of()).rows if r.name == "dW")
    assert row.index == (2, 1)
    assert row.ours - row.reference == pytest.approx(1e-4, rel=1e-4, abs=0)
    assert 1e-6 < row.error < 1e-3


def test_an_element_that_is_not_finite_is_the_worst():
    row = next(r for r in check_gradients(NotFinite(), x_of()).rows if r.name == "dW")
    assert row.index == (0, 0) and row.error == np.inf and not row.passed


def test_a_sum_would_hide_what_a_random_cotangent_shows():
    class ForgetsTheMean(BatchNorm):
        def backward(self, dy, need_dx=True):
            dy = self.check_dy(dy)
            self.dgamma[:], self.dbeta[:] = (dy * self.x_hat).sum(axis=0), dy.sum(axis=0)
            return (dy - dy.mean(axis=0)) * self.gamma / self.s

    layer = ForgetsTheMean().build(N_IN)
    y = layer.forward(x_of(), training=True)
    np.testing.assert_allclose(layer.backward(np.ones_like(y)), 0.0, atol=1e-12)  # "right"
    assert not check_gradients(layer, x_of()).passed


def test_nothing_is_changed_by_a_check():
    model = Sequential([Dense(4, "relu"), BatchNorm(), Dropout(0.5), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    x, y = x_of(), x_of(1)[:, :2]
    model.build((N_IN,))
    weights, state = model.get_weights(), model.rng.bit_generator.state
    before = x.copy(), y.copy()
    check_gradients(model, x, y).raise_if_failed()
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert model.rng.bit_generator.state == state
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("call", [1, 2, 3, 50, 100])
def test_nothing_is_changed_by_a_check_that_ends_early(call):
    model = Sequential([Dense(4, "tanh"), BatchNorm(), Dropout(0.5), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    model.build((N_IN,))
    weights, state = model.get_weights(), model.rng.bit_generator.state
    calls, forward = [], model.loss.forward

    def interrupted(*arguments):
        calls.append(0)
        if len(calls) == call:
            raise KeyboardInterrupt
        return forward(*arguments)

    model.loss.forward = interrupted
    with pytest.raises(KeyboardInterrupt):
        check_gradients(model, x_of(), x_of(1)[:, :2])
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert model.rng.bit_generator.state == state


@pytest.mark.parametrize(
    "refused",
    [
        lambda: [BatchNorm(), Dense(3, "relu", kernel_initializer="zeros")],  # all at the kink
        lambda: [BatchNorm(), Dropout(0.5), Raising()],
    ],
)
def test_nothing_is_changed_by_a_refused_check(refused):
    model = Sequential(refused(), seed=0)
    model.build((N_IN,))
    weights, state = model.get_weights(), model.rng.bit_generator.state
    with pytest.raises(ValueError):
        check_gradients(model, x_of())
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert model.rng.bit_generator.state == state


class Raising(Layer):
    def forward(self, x, training=False):
        raise ValueError("never")


def test_stale_weights_are_looked_for_and_put_back_after_an_error():
    class RaisingWhenMoved(Stale):
        def forward(self, x):
            if np.abs(self.W - self.first).max() > 0.01:
                raise KeyboardInterrupt
            return super().forward(x)

    layer = RaisingWhenMoved()
    layer.first = layer.W.copy()
    with pytest.raises(KeyboardInterrupt):
        check_gradients(layer, x_of())
    np.testing.assert_array_equal(layer.W, layer.first)


def test_a_parameter_of_zeros_or_ones_is_marked():
    class ForgetsGamma(BatchNorm):
        def backward(self, dy, need_dx=True):
            return super().backward(dy) / self.gamma

    layer = ForgetsGamma().build(N_IN)
    report = check_gradients(layer, x_of())
    assert report.passed  # as γ is 1
    assert {row.name: row.plain for row in report.rows} == {
        "dx": False, "dgamma": True, "dbeta": True,
    }  # fmt: skip
    assert str(report).count("ok *\n") == 2
    assert "* a parameter of zeros or ones, which may hide a mistake" in str(report)
    layer.gamma[:], layer.beta[:] = [0.5, 1.0, 2.0, 3.0], [0.1, 0.0, 0.0, 0.0]
    report = check_gradients(layer, x_of())
    assert not report.passed and not any(row.plain for row in report.rows)
    assert "*" not in str(report)


def test_an_input_of_zeros_and_ones_is_not_marked():
    x = (x_of() > 0).astype(float)
    assert not any(row.plain for row in check_gradients(Linear(), x).rows)


def test_training_is_the_default_and_changes_what_is_checked():
    layer = BatchNorm().build(N_IN)
    reference = [
        check_gradients(layer, x_of(), **flag).rows[0].reference
        for flag in ({}, {"training": True}, {"training": False})
    ]
    assert reference[0] == reference[1] != reference[2]


def test_the_default_tolerance_and_seed():
    class Off(Linear):
        def backward(self, dy):
            return super().backward(dy) * (1 + self.error)

    layer = Off()
    for error, passed in ((1e-7, True), (1e-5, False)):
        layer.error = error
        assert check_gradients(layer, x_of()).passed is passed
        assert check_gradients(layer, x_of(), tolerance=1e-6).passed is passed
        assert check_gradients(layer, x_of(), tolerance=2e-5).passed
    assert check_gradients(Linear(), x_of()) == check_gradients(Linear(), x_of(), seed=0)
    assert check_gradients(Linear(), x_of()) != check_gradients(Linear(), x_of(), seed=1)


def test_small_gradients_are_no_noise():
    class Small(Linear):
        def forward(self, x):
            return 1e-9 * super().forward(x)

        def backward(self, dy):
            return 1.001e-9 * super().backward(dy)

    assert not check_gradients(Small(), x_of()).rows[0].passed


def test_a_networks_arrays_are_named_by_layer():
    model = Sequential([Dense(3, "tanh"), Dense(2)], seed=0)
    names = [row.name for row in check_gradients(model, x_of()).rows]
    assert names == ["dx", "dense0.dW", "dense0.db", "dense1.dW", "dense1.db"]


def test_kinks_are_left_out_and_counted():
    layer = Dense(3, "relu").build(N_IN, seed=0)
    layer.b[:] = [0.0, 0.5, 0.5]
    x = x_of()
    x[0] = 0.0  # puts the first neuron's weighted sum of this row exactly at the kink
    report = check_gradients(layer, x).raise_if_failed()
    assert {row.name: row.kinks for row in report.rows} == {"dx": 4, "dW": 0, "db": 1}
    assert "4 at a kink left out" in str(report)


def test_a_gradient_that_is_zero_everywhere_is_said_to_be():
    layer = Dense(N_OUT, "relu").build(N_IN, seed=0)
    assert not any(row.zero for row in check_gradients(layer, x_of()).rows)
    layer.b[...] = -100.0  # no unit is ever active
    report = check_gradients(layer, x_of()).raise_if_failed()
    assert [row.zero for row in report.rows] == [True, True, True]
    assert str(report).count("ok, zero everywhere: this says little") == 3


def test_a_kink_does_not_hide_a_mistake_beside_it():
    class Wrong(Dense):
        def backward(self, dy, need_dx=True):
            dx = super().backward(dy).copy()
            dx[1, 0] += 1.0
            return dx

    layer = Wrong(3, "relu").build(N_IN, seed=0)
    layer.b[:] = [0.0, 0.5, 0.5]
    x = x_of()
    x[0] = 0.0
    row = check_gradients(layer, x).rows[0]
    assert row.kinks == 4 and not row.passed and row.index == (1, 0)


def test_a_failing_check_leaves_the_parameters_as_they_were():
    layer = Stale()
    weights = layer.W.copy(), layer.b.copy()
    assert not check_gradients(layer, x_of()).passed
    np.testing.assert_array_equal(layer.W, weights[0])
    np.testing.assert_array_equal(layer.b, weights[1])


def test_a_check_that_would_say_little_is_refused():
    layer = Dense(3, "relu").build(N_IN, seed=0)
    with pytest.raises(ValueError, match="20 of 20 elements of dx lie at a kink"):
        check_gradients(layer, np.zeros((N, N_IN)))


def test_float32_is_refused_with_the_reason():
    layer = Dense(3).build(N_IN, dtype="float32")
    with pytest.raises(ValueError, match="float32 is too coarse"):
        check_gradients(layer, x_of())
    with pytest.raises(ValueError, match="expected float64, got float32"):
        check_gradients(Dense(3).build(N_IN), x_of().astype("float32"))
    with pytest.raises(ValueError, match="float32 is too coarse"):
        check_gradients(losses.MeanSquaredError(), np.zeros((2, 1), "float32"), np.ones((2, 1)))


def test_whole_numbers_are_taken():
    check_gradients(Flatten().build((2, 2)), np.arange(8).reshape(2, 2, 2)).raise_if_failed()


def test_targets_need_a_compiled_network_and_a_loss_needs_targets():
    with pytest.raises(ValueError, match="compile the network first"):
        check_gradients(Sequential([Dense(2)]), x_of(), np.zeros((N, 2)))
    with pytest.raises(ValueError, match="a loss needs the targets"):
        check_gradients(losses.Huber(), x_of())


def test_a_loss_with_a_wrong_factor_is_found():
    class Wrong(losses.MeanSquaredError):
        def gradient(self, y, o):
            return super().gradient(y, o) * 0.5

    with pytest.raises(GradientError, match="½"):
        check_gradients(Wrong(), x_of(), x_of(1)).raise_if_failed()


def test_a_layer_that_ignores_its_input_is_found():
    class Constant(Layer):
        def _forward(self, x, training):
            return np.ones_like(x)

        def _backward(self, dy, need_dx):
            return dy

    assert not check_gradients(Constant().build(3), np.ones((2, 3))).passed


def curve(x, y, z):
    return (x * y).tanh() + y / z + (z * x - y).sigmoid() + x**3


def test_a_graph_passes_to_second_order():
    report = check_graph(curve, [0.7, -0.4, 1.3]).raise_if_failed()
    assert [row.name for row in report.rows] == ["gradient", "hessian"]
    assert report.error < 1e-8


def operation(value, derivatives):
    return Operation("f", value, derivatives)


@pytest.mark.parametrize(
    ("square", "failed"),
    [
        (operation(lambda a: a * a, lambda y, a: (a,)), ["gradient", "hessian"]),
        # Right as a number, but no longer a graph: its own derivative is lost.
        (
            operation(lambda a: a * a, lambda y, a: (2.0 * getattr(a, "data", a),)),
            ["hessian"],
        ),
    ],
)
def test_a_wrong_derivative_of_a_graph_is_found(square, failed):
    report = check_graph(lambda x, y: square(x) * y + y, [0.7, -0.4])
    assert [row.name for row in report.rows if not row.passed] == failed


def test_a_graphs_kink_is_left_out():
    report = check_graph(lambda x, y, z: x.relu() + y * z, [0.0, 0.7, 2.0]).raise_if_failed()
    assert [row.kinks for row in report.rows] == [1, 1]
    with pytest.raises(ValueError, match="1 of 1 elements of gradient lie at a kink"):
        check_graph(lambda x: x.relu(), [0.0])


def test_a_graph_takes_a_point():
    with pytest.raises(ValueError, match=r"a sequence of numbers, got shape \(1, 2\)"):
        check_graph(curve, [[1.0, 2.0]])


def test_a_row_of_a_wrong_shape_has_no_numbers():
    row = next(r for r in check_gradients(WrongShape(), x_of()).rows if r.name == "dx")
    assert (row.index, row.error, row.passed, row.kinks) == ((), np.inf, False, 0)
    assert np.isnan(row.ours) and np.isnan(row.reference)
