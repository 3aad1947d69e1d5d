"""Derivatives by differences: their accuracy, and the recognition of kinks."""

import numpy as np
import pytest

from backprop.numeric import central_difference, complex_step, differences


def f(x):
    return np.sum(np.exp(x) * np.sin(3 * x) / (1 + x**2))


def derivative(x):
    e, s, c, q = np.exp(x), np.sin(3 * x), np.cos(3 * x), 1 + x**2
    return e * (s + 3 * c) / q - e * s * 2 * x / q**2


X = np.array([[-2.0, -0.3], [0.7, 1.9]])


def test_central_difference_to_ten_digits():
    np.testing.assert_allclose(central_difference(f, X), derivative(X), rtol=1e-9, atol=1e-9)


def test_complex_step_to_the_last_digits():
    np.testing.assert_allclose(complex_step(f, X), derivative(X), rtol=4e-15)


def test_the_error_falls_as_the_square_of_the_step():
    errors = [np.abs(central_difference(f, X, h) - derivative(X)).max() for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01, abs=0)


def test_the_step_grows_with_the_point():
    # At 1e8 a step of 6e-6 would leave 3 digits of x + h.
    x = np.array([1e8])
    np.testing.assert_allclose(central_difference(lambda x: x[0] ** 2, x), 2 * x, rtol=1e-9)


def test_the_point_is_not_changed():
    x = X.copy()
    central_difference(f, x), complex_step(f, x)
    differences(lambda: f(x), x)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("call", range(5))
def test_the_point_is_restored_when_f_raises(call):
    x, calls = X.copy(), []

    def interrupted():
        calls.append(0)
        if len(calls) == call + 1:
            raise KeyboardInterrupt
        return f(x)

    with pytest.raises(KeyboardInterrupt):
        differences(interrupted, x)
    np.testing.assert_array_equal(x, X)


def test_the_default_step_is_the_one_of_least_error():
    # At h = ε^(1/3) the error is near its least; a hundred times more or less shows.
    def error(h):
        return np.abs(central_difference(f, X, h) - derivative(X)).max()

    default = error(None)
    assert default < error(100 * H) / 100 and default < error(H / 1000) / 3
    assert complex_step(f, X) == pytest.approx(complex_step(f, X, 1e-30), rel=0, abs=0)


def test_noise_is_not_so_large_that_it_hides_a_mistake():
    x = np.array([0.3, -0.8])
    assert np.all(differences(lambda: np.sin(x).sum(), x).noise < 1e-9)


H = np.finfo(float).eps ** (1 / 3)


@pytest.mark.parametrize("offset", [0.0, 0.05, 0.2, 1 / 3, 0.4, 0.5, 0.75, 0.99])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_kink_within_the_step_is_recognized_wherever_it_lies(offset, sign):
    x = np.array([sign * offset * H, 0.5])
    kinks = differences(lambda: np.maximum(x, 0.0).sum() + np.exp(x).sum(), x).kink
    np.testing.assert_array_equal(kinks, [True, False])


@pytest.mark.parametrize("offset", [1.01, 2.0, 100.0])
def test_a_kink_beyond_the_step_does_no_harm(offset):
    x = np.array([offset * H, -offset * H])
    result = differences(lambda: np.maximum(x, 0.0).sum(), x)
    assert not result.kink.any()
    np.testing.assert_allclose(result.gradient, [1.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    "smooth",
    [
        lambda x: np.sum(x**2),
        lambda x: np.sum(np.exp(50 * x)),
        lambda x: np.sum(np.cos(100 * x)),
        lambda x: 1e6 + np.sum(x**3),
        lambda x: np.sum(np.tanh(30 * x)),
    ],
    ids=["minimum", "steep", "fast", "offset", "step"],
)
def test_curvature_is_no_kink(smooth):
    x = np.array([0.0, 1e-7, -1e-6, 3e-6, 0.1, -0.4])
    assert not differences(lambda: smooth(x), x).kink.any()


def test_noise_bounds_the_rounding_error():
    x = np.array([0.3, -0.8])
    result = differences(lambda: 1e4 + np.sin(x).sum(), x)
    assert np.all(np.abs(result.gradient - np.cos(x)) <= result.noise + 1e-9)
    assert np.all(result.noise < 1e-4)
