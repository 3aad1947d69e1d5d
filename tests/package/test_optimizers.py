"""Optimizers: each against its published formula, written out here a second time, step by step."""

import math

import numpy as np
import pytest

from backprop import optimizers
from backprop.optimizers import SGD, Adam, RMSprop
from backprop.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

W0 = np.array([1.0, -2.0, 0.5])


def gradients(steps=7):
    return np.random.default_rng(0).normal(size=(steps, 3))


def run(optimizer, gs=None):
    w = W0.copy()
    for g in gradients() if gs is None else gs:
        optimizer.step(w, g)
    return w


def test_sgd():
    assert run(SGD(0.1)) == pytest.approx(W0 - 0.1 * gradients().sum(axis=0), rel=1e-14)


def test_momentum():
    w, v = W0.copy(), np.zeros(3)
    for g in gradients():
        v = 0.9 * v - 0.1 * g
        w = w + v
    np.testing.assert_allclose(run(SGD(0.1, momentum=0.9)), w, rtol=1e-14)


def test_nesterov():
    w, v = W0.copy(), np.zeros(3)
    for g in gradients():
        v = 0.9 * v - 0.1 * g
        w = w + 0.9 * v - 0.1 * g
    np.testing.assert_allclose(run(SGD(0.1, momentum=0.9, nesterov=True)), w, rtol=1e-14)


def test_rmsprop():
    w, s = W0.copy(), np.zeros(3)
    for g in gradients():
        s = 0.8 * s + 0.2 * g**2
        w = w - 0.1 * g / np.sqrt(s + 1e-7)
    np.testing.assert_allclose(run(RMSprop(0.1, rho=0.8)), w, rtol=1e-13)


def test_adam():
    # The form with m̂ and v̂; ε counts beside √v there, so it is scaled to compare.
    w, m, v = W0.copy(), np.zeros(3), np.zeros(3)
    for t, g in enumerate(gradients(), start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g**2
        m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.95**t)
        w = w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-7 / np.sqrt(1 - 0.95**t))
    np.testing.assert_allclose(run(Adam(0.1, beta_1=0.8, beta_2=0.95)), w, rtol=1e-13)


def test_adams_first_step_is_the_learning_rate():
    w = run(Adam(0.1), gs=[np.array([1e-3, -5.0, 2.0])])
    np.testing.assert_allclose(W0 - w, [0.1, -0.1, 0.1], rtol=1e-2)


def test_global_clipnorm_scales_the_whole_gradient():
    g = np.array([3.0, 0.0, 4.0])
    np.testing.assert_allclose(W0 - run(SGD(1.0, global_clipnorm=1.0), [g]), g / 5, rtol=1e-14)
    np.testing.assert_allclose(W0 - run(SGD(1.0, global_clipnorm=9.0), [g]), g, rtol=1e-14)
    np.testing.assert_array_equal(g, [3.0, 0.0, 4.0])


def test_clipvalue_clips_each_element():
    g = np.array([3.0, -0.5, -4.0])
    np.testing.assert_allclose(W0 - run(SGD(1.0, clipvalue=1.0), [g]), [1, -0.5, -1], rtol=1e-14)


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam])
def test_the_gradient_is_kept_and_the_dtype_too(cls):
    w, g = W0.astype("float32"), np.ones(3, "float32")
    optimizer = cls(0.1)
    for _ in range(3):
        optimizer.step(w, g)
    optimizer.learning_rate = 0.2
    optimizer.step(w, g)
    np.testing.assert_array_equal(g, 1.0)
    assert w.dtype == np.float32 and optimizer.iterations == 4


def test_the_learning_rate_may_be_changed_between_steps():
    optimizer, w = SGD(0.5), np.zeros(1)
    optimizer.step(w, np.ones(1))
    optimizer.learning_rate = 0.25
    optimizer.step(w, np.ones(1))
    assert w == -0.75


def test_a_schedule_sees_the_steps_taken_before():
    seen = []
    optimizer = SGD(lambda t: seen.append(t) or 0.5**t)
    w = np.zeros(1)
    for _ in range(3):
        optimizer.step(w, np.ones(1))
    assert seen == [0, 1, 2]
    assert w == -1.75


def test_schedules_by_hand():
    assert ExponentialDecay(0.8, 10, 0.5)(20) == pytest.approx(0.2, rel=1e-15)
    assert ExponentialDecay(0.8, 10, 0.5)(5) == pytest.approx(0.8 / math.sqrt(2), rel=1e-14)
    cosine = CosineDecay(0.8, 100)
    assert [cosine(t) for t in (0, 50, 100, 200)] == pytest.approx([0.8, 0.4, 0, 0], abs=1e-15)
    steps = PiecewiseConstantDecay((2, 4), (1.0, 0.5, 0.25))
    assert [steps(t) for t in range(7)] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25]


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_names_are_looked_up_anew(name):
    assert optimizers.get(name) is not optimizers.get(name)
    assert isinstance(optimizers.get(name), optimizers.OPTIMIZERS[name])
