"""The table of loss conventions in book/notation.md, with numbers: each gradient and its factor."""

import numpy as np
import pytest

from backprop import losses

N, K = 5, 3
RNG = np.random.default_rng(0)
Y, O = RNG.normal(size=(2, N, K))

# The rows of the table: the loss as a formula, and its gradient as a multiple of (o − y)/N.
TABLE = {
    "half squared error": (lambda o: np.sum((Y - o) ** 2) / 2 / N, 1),
    "mean of squares": (lambda o: np.mean((Y - o) ** 2), 2 / K),
    "half the sum": (lambda o: np.sum((Y - o) ** 2) / 2, N),
    "sum of squares": (lambda o: np.sum((Y - o) ** 2), 2 * N),
}
IN_THE_PACKAGE = {
    "half squared error": "half_squared_error",
    "mean of squares": "mean_squared_error",
}


@pytest.mark.parametrize("name", TABLE)
def test_factor_of_the_gradient(name):
    loss, factor = TABLE[name]
    direction = np.random.default_rng(1).normal(size=(N, K))
    h = 1e-5  # a central difference is exact for a quadratic, up to rounding
    slope = (loss(O + h * direction) - loss(O - h * direction)) / (2 * h)
    assert slope == pytest.approx(np.sum(factor * (O - Y) / N * direction), rel=1e-8, abs=0)


@pytest.mark.parametrize("name", IN_THE_PACKAGE)
def test_package_follows_the_table(name):
    formula, factor = TABLE[name]
    loss = losses.get(IN_THE_PACKAGE[name])
    assert loss.forward(Y, O) == pytest.approx(formula(O), rel=1e-14, abs=0)
    assert loss.backward() == pytest.approx(factor * (O - Y) / N, rel=1e-13, abs=0)


def test_a_factor_in_the_loss_is_a_factor_in_the_learning_rate():
    half, mean = losses.HalfSquaredError(), losses.MeanSquaredError()
    half.forward(Y, O)
    mean.forward(Y, O)
    c = 2 / K
    assert 0.1 * half.backward() == pytest.approx(0.1 / c * mean.backward(), rel=1e-14, abs=0)
