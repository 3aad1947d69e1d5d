"""Regularizers: the penalty and its gradient, in the loss, in training, in the gradient check."""

import numpy as np
import pytest

from backprop import SGD, Dense, Residual, Sequential
from backprop.gradient_check import check_gradients
from backprop.numeric import central_difference
from backprop.regularizers import L1, L1L2, L2, get

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
W = rng.normal(size=(3, 2))


@pytest.mark.parametrize(
    ("regularizer", "penalty"),
    [
        (L1(0.5), 0.5 * np.abs(W).sum()),
        (L2(0.5), 0.5 * (W**2).sum()),
        (L1L2(0.1, 0.2), 0.1 * np.abs(W).sum() + 0.2 * (W**2).sum()),
        (get("l1"), 0.01 * np.abs(W).sum()),
        (get("l2"), 0.01 * (W**2).sum()),
    ],
)
def test_the_penalty_is_the_formula_and_its_gradient_by_differences(regularizer, penalty):
    assert regularizer(W) == pytest.approx(penalty, rel=1e-14, abs=0)
    np.testing.assert_allclose(
        regularizer.gradient(W), central_difference(regularizer, W), rtol=1e-8, atol=1e-10
    )
    assert L1().gradient(np.zeros(1)) == 0.0


def network(regularizer, inside=False):
    hidden = Dense(4, "tanh", kernel_regularizer=regularizer)
    model = Sequential([Residual([hidden]) if inside else hidden, Dense(2)], seed=0)
    model.compile(SGD(0.1), "mse")
    model.build((4,))
    return model, hidden


@pytest.mark.parametrize("inside", [False, True])
def test_the_penalty_is_in_the_loss_its_gradient_and_the_check(inside):
    model, hidden = network(L1L2(0.3, 0.2), inside)
    plain, _ = network(None, inside)
    penalty = 0.3 * np.abs(hidden.W).sum() + 0.2 * (hidden.W**2).sum()
    assert model.evaluate(X, Y) == pytest.approx(plain.evaluate(X, Y) + penalty, rel=1e-13, abs=0)
    check_gradients(model, X, Y).raise_if_failed()
    loss = plain.evaluate(X, Y) + penalty
    history = model.fit(X, Y, batch_size=9, verbose=0, validation_data=(X, Y)).history
    assert history["loss"][0] == pytest.approx(loss, rel=1e-13, abs=0)
    assert history["val_loss"][0] == model.evaluate(X, Y) < loss
    plain.fit(X, Y, batch_size=9, verbose=0)
    w = network(None, inside)[1].W
    change = 0.1 * (0.3 * np.sign(w) + 0.4 * w)
    other = plain.layers[0].layers[0] if inside else plain.layers[0]
    np.testing.assert_allclose(hidden.W, other.W - change, rtol=1e-12)
    np.testing.assert_array_equal(hidden.b, other.b)


def test_a_wrong_penalty_gradient_is_found_by_the_check():
    class Wrong(L2):
        def gradient(self, w):
            return self.l2 * w  # the 2 forgotten

    report = check_gradients(network(Wrong(0.5))[0], X, Y)
    assert [row.name for row in report.rows if not row.passed] == ["dense0.dW"]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("l3", ValueError, "unknown regularizer 'l3'; known: l1, l2"),
        (0.1, TypeError, "expected a regularizer's name or object, got 0.1"),
    ],
)
def test_what_is_no_regularizer_is_refused(value, error, text):
    with pytest.raises(error, match=text):
        Dense(2, kernel_regularizer=value)


def test_negative_penalties_are_refused():
    for cls in (L1, L2):
        with pytest.raises(ValueError, match=f"{cls.__name__}: l.: expected a finite number"):
            cls(-1.0)
