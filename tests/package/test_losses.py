"""Losses: values by hand, gradients by differences, the reductions that the table promises."""

import copy
import math

import mpmath
import numpy as np
import pytest

from backprop import Dense, losses
from backprop.gradient_check import check_gradients
from backprop.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    HalfSquaredError,
    Huber,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

Y = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
P = np.array([[0.7, 0.3], [0.4, 0.6], [0.1, 0.9]])

BY_HAND = {
    HalfSquaredError: (0.5 * (0.09 + 0.09 + 0.16 + 0.16 + 0.16 + 0.16) / 3),
    MeanSquaredError: (0.09 + 0.09 + 0.16 + 0.16 + 0.16 + 0.16) / 6,
    Huber: (0.5 * (0.09 + 0.09 + 0.16 + 0.16 + 0.16 + 0.16)) / 6,
    BinaryCrossentropy: -(
        2 * math.log(0.7) + 2 * math.log(0.6) + 0.5 * (2 * math.log(0.1) + 2 * math.log(0.9))
    )
    / 6,
    CategoricalCrossentropy: -(math.log(0.7) + math.log(0.6) + 0.5 * math.log(0.1 * 0.9)) / 3,
}

ALL = [
    HalfSquaredError(),
    MeanSquaredError(),
    Huber(),
    Huber(0.3),
    BinaryCrossentropy(),
    BinaryCrossentropy(from_logits=True),
    CategoricalCrossentropy(),
    CategoricalCrossentropy(from_logits=True),
    SparseCategoricalCrossentropy(),
    SparseCategoricalCrossentropy(from_logits=True),
]
UNUSED = copy.deepcopy(ALL)


def targets_for(loss, y):
    """Make targets of the kind that the loss takes from an array of numbers from 0 to 1."""
    if isinstance(loss, SparseCategoricalCrossentropy):
        return y.argmax(axis=1)
    if isinstance(loss, CategoricalCrossentropy):
        return (y + 0.01) / (y + 0.01).sum(axis=1, keepdims=True)
    return y


def takes_one_output(loss):
    return not isinstance(loss, CategoricalCrossentropy)


def name(loss):
    return type(loss).__name__ + ("-logits" if getattr(loss, "from_logits", False) else "")


@pytest.mark.parametrize("cls", BY_HAND, ids=lambda c: c.__name__)
def test_value_by_hand(cls):
    assert cls().forward(Y, P) == pytest.approx(BY_HAND[cls], rel=1e-14, abs=0)


@pytest.mark.parametrize("loss", ALL, ids=name)
@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (1, 4), (5, 4)])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_by_differences(loss, shape, seed):
    rng = np.random.default_rng(seed)
    y, p = rng.uniform(0, 1, shape), rng.uniform(0.05, 0.95, shape)
    if shape[1] > 1 or takes_one_output(loss):
        check_gradients(loss, p, targets_for(loss, y)).raise_if_failed()


def test_half_and_mean_differ_by_a_factor_two_over_outputs():
    half, mean = HalfSquaredError(), MeanSquaredError()
    half.forward(Y, P), mean.forward(Y, P)
    np.testing.assert_allclose(mean.backward(), half.backward() * 2 / Y.shape[1], rtol=1e-15)


def test_huber_is_linear_beyond_delta():
    loss = Huber(0.5)
    assert loss.forward(np.zeros((1, 1)), np.array([[3.0]])) == 0.5 * 3.0 - 0.5 * 0.25
    assert loss.backward() == 0.5
    assert loss.forward(np.zeros((1, 1)), np.array([[-0.25]])) == 0.5 * 0.0625
    assert loss.backward() == -0.25


@pytest.mark.parametrize(
    ("from_p", "from_z", "to_p"),
    [
        (
            BinaryCrossentropy(),
            BinaryCrossentropy(from_logits=True),
            lambda z: 1 / (1 + np.exp(-z)),
        ),
        (
            CategoricalCrossentropy(),
            CategoricalCrossentropy(from_logits=True),
            lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
        ),
    ],
    ids=["binary", "categorical"],
)
def test_logits_give_the_loss_of_their_probabilities(from_p, from_z, to_p):
    z = np.random.default_rng(0).normal(size=(3, 2))
    assert from_z.forward(Y, z) == pytest.approx(from_p.forward(Y, to_p(z)), rel=1e-12, abs=0)


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_extreme_logits_are_exact(cls):
    loss, z = cls(from_logits=True), np.array([[-1e4, 1e4]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert loss.forward(np.array([[0.0, 1.0]]), z) == 0.0
        np.testing.assert_array_equal(loss.backward(), [[0.0, 0.0]])
        wrong = loss.forward(np.array([[1.0, 0.0]]), z)
    assert wrong == pytest.approx(1e4 if cls is BinaryCrossentropy else 2e4)


@pytest.mark.parametrize("cls", [BinaryCrossentropy, CategoricalCrossentropy])
def test_certain_and_wrong_is_large_but_finite(cls):
    loss = cls()
    value = loss.forward(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert value == pytest.approx(-math.log(1e-7), rel=1e-6, abs=0)
    np.testing.assert_array_equal(loss.backward()[0, 0], 0.0)  # clipped: flat, as in Keras


def test_rows_of_outputs_are_divided_by_their_sums():
    loss = CategoricalCrossentropy()
    assert loss.forward(np.eye(3)[:1], np.full((1, 3), 0.9)) == pytest.approx(
        math.log(3), rel=1e-15, abs=0
    )
    # (g − Σ g q)/S with g = (−3, 0, 0), q = 1/3 and S = 2.7.
    np.testing.assert_allclose(loss.backward(), [[-2 / 2.7, 1 / 2.7, 1 / 2.7]], rtol=1e-14)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("kind", [int, "uint8", float, "float32"])
@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_classes_by_number_are_rows_with_a_single_one(from_logits, kind, shape):
    rng = np.random.default_rng(0)
    labels, o = np.array([0, 2, 1, 2, 3]), rng.uniform(0.1, 0.9, (5, 4))
    sparse, dense = (
        cls(from_logits) for cls in (SparseCategoricalCrossentropy, CategoricalCrossentropy)
    )
    assert sparse.forward(labels.astype(kind).reshape(shape), o) == dense.forward(
        np.eye(4)[labels], o
    )
    np.testing.assert_array_equal(sparse.backward(), dense.backward())
    assert isinstance(losses.get("sparse_categorical_crossentropy"), SparseCategoricalCrossentropy)


def test_rounded_targets_are_let_pass_and_differentiated_exactly():
    y = np.array([[0.3333, 0.3333, 0.3333], [0.2, 0.3, 0.5005]])
    z = np.random.default_rng(0).normal(size=(2, 3))
    check_gradients(CategoricalCrossentropy(from_logits=True), z, y).raise_if_failed()
    check_gradients(CategoricalCrossentropy(), np.exp(z), y).raise_if_failed()
    smooth = np.full((1, 1000), 0.1 / 1000, "float32")
    smooth[0, 0] += 0.9
    CategoricalCrossentropy().forward(smooth, np.full((1, 1000), 0.5, "float32"))


TAILS = [0.0, 0.3, 1.0, 5.0, 15.0, 20.0, 40.0, 80.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
def test_binary_crossentropy_of_logits_is_exact_in_the_tails(dtype, target):
    loss, ulps = BinaryCrossentropy(from_logits=True), 8 * float(np.finfo(dtype).eps)
    for z in np.array([*TAILS, *(-t for t in TAILS)], dtype):
        with mpmath.workdps(50):
            sigma = 1 / (1 + mpmath.exp(-mpmath.mpf(float(z))))
            value = -target * mpmath.log(sigma) - (1 - target) * mpmath.log1p(-sigma)
            gradient = (1 - target) * sigma - target * (1 - sigma)
            value, gradient = float(value), float(gradient)
        ours = loss.forward([[target]], np.full((1, 1), z))
        assert ours == pytest.approx(value, rel=ulps, abs=0)
        # For 0 < y < 1 the gradient passes 0, where its terms are rounded.
        rounding = 0 if target in (0, 1) else ulps
        assert loss.backward().item() == pytest.approx(gradient, rel=ulps, abs=rounding)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("true_class", [0, 1])
def test_categorical_crossentropy_of_logits_in_the_tails(dtype, true_class):
    loss, epsilon = CategoricalCrossentropy(from_logits=True), float(np.finfo(dtype).eps)
    y = np.eye(3, dtype=dtype)[[true_class]]
    for z in TAILS:
        row = np.array([[z, 0.0, -z]], dtype)
        with mpmath.workdps(50):
            e = [mpmath.exp(mpmath.mpf(float(t))) for t in row[0]]
            p = [t / sum(e) for t in e]
            value = float(-mpmath.log(p[true_class]))
            gradient = [float(p[k] - (k == true_class)) for k in range(3)]
        # Of the true class, 1 − p is rounded as 1 is; the others are exact however small.
        ours = loss.forward(y, row)
        assert ours == pytest.approx(value, rel=8 * epsilon, abs=2 * epsilon)
        for k, (a, b) in enumerate(zip(loss.backward()[0], gradient, strict=True)):
            rounding = 2 * epsilon if k == true_class else float(np.finfo(dtype).tiny)
            assert float(a) == pytest.approx(b, rel=(8 + z) * epsilon, abs=rounding)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cls", [HalfSquaredError, MeanSquaredError, Huber])
def test_small_and_large_errors_are_exact(dtype, cls):
    loss = cls()
    for d in np.array([1e-15, 1e-8, 1.0, 1e6, 1e15], dtype):
        value = {HalfSquaredError: 0.5 * float(d) ** 2, MeanSquaredError: float(d) ** 2}.get(
            cls, 0.5 * float(d) ** 2 if d <= 1 else float(d) - 0.5
        )
        slope = {HalfSquaredError: float(d), MeanSquaredError: 2 * float(d)}.get(cls, min(d, 1.0))
        eps = 4 * float(np.finfo(dtype).eps)
        assert loss.forward([[0.0]], np.full((1, 1), d)) == pytest.approx(value, rel=eps, abs=0)
        assert loss.backward().item() == pytest.approx(slope, rel=eps, abs=0)


def test_every_loss_is_tested_here():
    found = {cls for cls in vars(losses).values() if isinstance(cls, type)}
    assert {c for c in found if issubclass(c, Loss) and c is not Loss} == {type(x) for x in ALL}


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_batches_of_changing_size_reuse_nothing_stale(loss):
    rng = np.random.default_rng(0)
    y, p = targets_for(loss, rng.uniform(0, 1, (5, 3))), rng.uniform(0.1, 0.9, (5, 3))
    results = []
    for n in (5, 2, 5, 1, 3, 4, 5, 2):
        value = loss.forward(y[:n], p[:n])
        results.append((n, value, loss.backward()))
    for n, value, gradient in results:
        unused = copy.deepcopy(UNUSED[ALL.index(loss)])
        assert unused.forward(y[:n], p[:n]) == value
        np.testing.assert_array_equal(unused.backward(), gradient)


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_as_many_numbers_in_another_shape(loss):
    loss.forward(targets_for(loss, Y), P)
    loss.backward()
    y, p = targets_for(loss, Y.T), P.reshape(2, 3)
    value, gradient = loss.forward(y, p), loss.backward()
    unused = copy.deepcopy(UNUSED[ALL.index(loss)])
    assert unused.forward(y, p) == value
    np.testing.assert_array_equal(unused.backward(), gradient)


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_what_happens_between_the_passes_does_not_matter(loss):
    rng = np.random.default_rng(0)
    y, x = rng.uniform(0, 1, (4, 3)), rng.normal(size=(4, 2))
    y, layer = targets_for(loss, y), Dense(3, "sigmoid").build(2, seed=0)
    o = layer.forward(x)
    kept = y.copy(), o.copy()
    loss.forward(y, o)
    gradient = loss.backward().copy()
    loss.forward(y, o)
    layer.forward(-x)
    y *= 0
    o *= 0
    again = loss.backward()
    np.testing.assert_array_equal(again, gradient)
    loss.forward(kept[0], 0.5 * kept[1] + 0.1)
    loss.backward()
    np.testing.assert_array_equal(again, gradient)  # each an array of its own


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_the_training_loops_passes_are_the_readers(loss):
    rng = np.random.default_rng(1)
    for n in (4, 4, 2):
        y, o = targets_for(loss, rng.uniform(0, 1, (n, 3))), rng.uniform(0.1, 0.9, (n, 3))
        other = copy.deepcopy(UNUSED[ALL.index(loss)])
        checked = other.check_targets(y, o.shape, o.dtype, "y")
        for _ in range(2):  # the second time, o is the array of the last step
            assert loss._forward(checked, o) == other.forward(y, o)
            np.testing.assert_array_equal(loss._backward(), other.backward())
            np.testing.assert_array_equal(loss._backward(), other.backward())


@pytest.mark.parametrize("loss", ALL, ids=name)
@pytest.mark.parametrize("kind", ["bool", "uint8", "uint16", "uint64", "int8", "int64", "float32"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_targets_of_every_kind_of_number_are_the_same_targets(loss, kind, dtype):
    rng = np.random.default_rng(0)
    y, o = np.eye(3)[[0, 2, 1, 1]], rng.uniform(0.1, 0.9, (4, 3)).astype(dtype)
    if isinstance(loss, SparseCategoricalCrossentropy):
        y = np.array([0, 1, 1, 0])
    expected = loss.forward(y, o), loss.backward()
    assert loss.forward(y.astype(kind), o) == expected[0]
    np.testing.assert_array_equal(loss.backward(), expected[1])
    assert loss.backward().dtype == dtype


def test_the_same_predictions_with_new_targets():
    loss = MeanSquaredError()
    p = np.zeros((2, 1))
    assert loss.forward(np.ones((2, 1)), p) == 1.0
    assert loss.forward(np.full((2, 1), 2.0), p) == 4.0
    np.testing.assert_array_equal(loss.backward(), [[-2.0], [-2.0]])


def test_a_missing_axis_is_refused_rather_than_broadcast():
    loss = MeanSquaredError()
    with pytest.raises(ValueError, match=r"predictions' shape \(4, 1\), got \(4,\)"):
        loss.forward(np.zeros(4), np.zeros((4, 1)))
    with pytest.raises(RuntimeError, match="backward needs a forward"):
        loss.backward()
