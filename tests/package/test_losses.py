"""Losses: values by hand, gradients by differences, the reductions that the table promises."""

import copy
import math

import numpy as np
import pytest

from backprop.gradient_check import check_gradients
from backprop.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    HalfSquaredError,
    Huber,
    MeanSquaredError,
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
]
UNUSED = copy.deepcopy(ALL)


def name(loss):
    return type(loss).__name__ + ("-logits" if getattr(loss, "from_logits", False) else "")


@pytest.mark.parametrize("cls", BY_HAND, ids=lambda c: c.__name__)
def test_value_by_hand(cls):
    assert cls().forward(Y, P) == pytest.approx(BY_HAND[cls], rel=1e-14)


@pytest.mark.parametrize("loss", ALL, ids=name)
@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (1, 4), (5, 4)])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_by_differences(loss, shape, seed):
    rng = np.random.default_rng(seed)
    y, p = rng.uniform(0, 1, shape), rng.uniform(0.05, 0.95, shape)
    check_gradients(loss, p, y).raise_if_failed()


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
    assert from_z.forward(Y, z) == pytest.approx(from_p.forward(Y, to_p(z)), rel=1e-12)


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
    assert value == pytest.approx(-math.log(1e-7), rel=1e-6)
    np.testing.assert_array_equal(loss.backward()[0, 0], 0.0)  # clipped: flat, as in Keras


def test_categorical_gradient_holds_for_targets_that_do_not_sum_to_one():
    rng = np.random.default_rng(0)
    y, z = rng.uniform(0, 2, (4, 3)), rng.normal(size=(4, 3))
    check_gradients(CategoricalCrossentropy(from_logits=True), z, y).raise_if_failed()


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_batches_of_changing_size_reuse_nothing_stale(loss):
    rng = np.random.default_rng(0)
    y, p = rng.uniform(0, 1, (5, 3)), rng.uniform(0.1, 0.9, (5, 3))
    results = []
    for n in (5, 2, 5, 1, 3, 4, 5, 2):
        value = loss.forward(y[:n], p[:n])
        results.append((n, value, loss.backward().copy()))
    for n, value, gradient in results:
        unused = copy.deepcopy(UNUSED[ALL.index(loss)])
        assert unused.forward(y[:n], p[:n]) == value
        np.testing.assert_array_equal(unused.backward(), gradient)


@pytest.mark.parametrize("loss", ALL, ids=name)
def test_as_many_numbers_in_another_shape(loss):
    loss.forward(Y, P)
    loss.backward()
    value, gradient = loss.forward(Y.T, P.T), loss.backward()
    unused = copy.deepcopy(UNUSED[ALL.index(loss)])
    assert unused.forward(Y.T, P.T) == value
    np.testing.assert_array_equal(unused.backward(), gradient)


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
