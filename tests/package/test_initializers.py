"""Initial values: their variance is what the named scheme says."""

import numpy as np
import pytest

from backprop import Dense, initializers

VARIANCES = {
    "zeros": 0.0,
    "random_normal": 0.05**2,
    "random_uniform": 0.05**2 / 3,
    "glorot_uniform": 2 / (300 + 500),
    "glorot_normal": 2 / (300 + 500),
    "he_uniform": 2 / 300,
    "he_normal": 2 / 300,
    "lecun_normal": 1 / 300,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance(name):
    w = initializers.get(name)((300, 500), np.random.default_rng(0))
    n = w.size
    assert w.shape == (300, 500)
    # Six standard errors; of the variance, for the heaviest tail here, the normal's.
    assert abs(w.mean()) <= 6 * np.sqrt(VARIANCES[name] / n)
    assert w.var() == pytest.approx(VARIANCES[name], rel=6 * np.sqrt(2 / n))


KERNELS = {
    "glorot_uniform": 2 / (3 * 2 * 40 + 3 * 2 * 90),
    "glorot_normal": 2 / (3 * 2 * 40 + 3 * 2 * 90),
    "he_uniform": 2 / (3 * 2 * 40),
    "he_normal": 2 / (3 * 2 * 40),
    "lecun_normal": 1 / (3 * 2 * 40),
}


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_counts_its_window(name):
    w = initializers.get(name)((3, 2, 40, 90), np.random.default_rng(0))
    assert w.var() == pytest.approx(KERNELS[name], rel=6 * np.sqrt(2 / w.size))


def test_a_vector_has_its_length_as_fan_in_and_fan_out():
    assert initializers.fans((5,)) == (5, 5)
    assert initializers.fans((4, 5)) == (4, 5)
    assert initializers.fans((3, 2, 4, 5)) == (24, 30)


@pytest.mark.parametrize("name", ["random_uniform", "glorot_uniform", "he_uniform"])
def test_uniform_stays_within_its_limit_and_reaches_it(name):
    w = initializers.get(name)((300, 500), np.random.default_rng(0))
    limit = np.sqrt(3 * VARIANCES[name])
    assert 0.999 * limit < np.abs(w).max() <= limit


@pytest.mark.parametrize("shape", [(6, 6), (4, 12), (12, 4)])
def test_orthogonal_rows_or_columns(shape):
    q = initializers.get("orthogonal")(shape, np.random.default_rng(0))
    assert q.shape == shape
    fewer = q @ q.T if shape[0] <= shape[1] else q.T @ q
    np.testing.assert_allclose(fewer, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_is_as_likely_as_its_opposite():
    """Without the signs, an element of the diagonal would mostly have one sign."""
    rng = np.random.default_rng(0)
    first = [initializers.get("orthogonal")((3, 3), rng)[0, 0] for _ in range(2000)]
    assert abs(np.mean(first)) <= 6 * np.sqrt(1 / 3 / 2000)  # the variance is 1/n


def test_ones_and_a_function_of_ones_own():
    layer = Dense(
        2,
        kernel_initializer=lambda shape, rng: np.arange(6.0).reshape(shape),
        bias_initializer="ones",
    ).build(3)
    np.testing.assert_array_equal(layer.W, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(layer.b, [1, 1])


def test_a_seed_repeats_and_another_does_not():
    draws = [Dense(3).build(4, seed=s).W.copy() for s in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.all(draws[0] != draws[2])
