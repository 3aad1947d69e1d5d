"""Checks of chapter 4's exercises, and of its pages on curvature, mistakes and saturation."""

import numpy as np

from ..numeric import central_difference
from .checking import ask, compare, exercise, expect, require

NAMES = ("w11", "b1", "w21", "b2", "x", "y")
TRAINED = NAMES[:4]


def points():
    rng = np.random.default_rng(0)
    return [dict(zip(NAMES, rng.normal(size=6).tolist(), strict=True)) for _ in range(4)]


def partials(loss, point):
    """The derivatives of loss(w11, b1, w21, b2, x, y) by differences."""

    def of_trained(values):
        return loss(**{**point, **dict(zip(TRAINED, values, strict=True))})

    values = np.array([point[name] for name in TRAINED])
    return dict(zip(TRAINED, central_difference(of_trained, values), strict=True))


def text_of(point):
    return ", ".join(f"{name} = {value:.3f}" for name, value in point.items())


@exercise("ex-4-1", "softplus_partials")
def by_sympy(softplus_partials):
    def loss(w11, b1, w21, b2, x, y):
        return (y - (w21 * np.log1p(np.exp(w11 * x + b1)) + b2)) ** 2 / 2

    right = isinstance(softplus_partials, dict) and set(softplus_partials) == set(TRAINED)
    require(right, f"softplus_partials: expected a dictionary with the keys {', '.join(TRAINED)}")
    for point in points():
        for name, slope in partials(loss, point).items():
            formula = softplus_partials[name]
            symbols = {symbol.name: symbol for symbol in formula.free_symbols}
            strange = sorted(set(symbols) - set(NAMES))
            require(
                not strange,
                f"{name}: expected a formula of {', '.join(NAMES)} alone, given one with "
                f"{', '.join(strange)}",
            )
            value = formula.subs({symbol: point[n] for n, symbol in symbols.items()})
            compare(value, slope, f"{name} at {text_of(point)}", rtol=1e-5, atol=1e-7)


@exercise("ex-4-2", "repaired")
def sign_hunt(repaired):
    def loss(w11, b1, w21, b2, x, y):
        return (y - np.tanh(w21 * np.tanh(w11 * x + b1) + b2)) ** 2 / 2

    for point in points():
        found = ask(repaired, *point.values())
        compare(found, partials(loss, point), f"repaired at {text_of(point)}", rtol=1e-5, atol=1e-7)


@exercise("ex-4-9", "tanh_from_y", "tanh_from_z", "relu_from_y", "relu_from_z")
def slope_of_y_or_z(tanh_from_y, tanh_from_z, relu_from_y, relu_from_z):
    z = np.random.default_rng(0).normal(scale=2, size=(2, 4))
    h = 1e-6
    for function, of_y, of_z in (
        (np.tanh, tanh_from_y, tanh_from_z),
        (lambda t: np.maximum(t, 0.0), relu_from_y, relu_from_z),
    ):
        slope = (function(z + h) - function(z - h)) / (2 * h)
        expect(of_z, (z,), slope, atol=1e-7)
        expect(of_y, (function(z),), slope, atol=1e-7)


@exercise("ex-4-logit", "safe")
def from_the_logit(safe):
    z = np.array([-1000.0, -30.0, -2.0, 0.0, 0.5, 30.0, 1000.0])
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore", invalid="ignore"):  # the message says it better
        for label in (0.0, 1.0):
            for one in z.tolist():
                expect(safe, (one, label), np.logaddexp(0.0, one) - label * one)
        labels = (rng.random((7, 1)) < 0.5).astype(float)
        expect(safe, (z[:, None], labels), np.logaddexp(0.0, z[:, None]) - labels * z[:, None])


@exercise("ex-4-no-hessian", "curvature_along")
def without_a_hessian(curvature_along):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        A, point, v = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
        H = A + A.T

        def gradient_of_a_parabola(p, H=H):
            return H @ p

        def gradient_of_fourth_powers(p):
            return p**3

        expect(curvature_along, (gradient_of_a_parabola, point, v), v @ H @ v, rtol=1e-5)
        quartic = np.sum(3 * point**2 * v**2)
        expect(curvature_along, (gradient_of_fourth_powers, point, v), quartic, rtol=1e-5)
