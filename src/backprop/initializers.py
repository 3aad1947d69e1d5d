"""Initial values of the parameters: functions ``(shape, rng) -> array``.

A weight matrix W of shape (n_in, n_out) has *fan-in* n_in and *fan-out* n_out. Forward, the
variance of a sum of n_in terms is n_in · var(W) times that of one term; backward, the same holds
with n_out. The named schemes choose var(W) so that neither grows nor shrinks from layer to layer.
For a kernel (k_h, k_w, C, O) the sums have n_in = k_h k_w C terms, and n_out = k_h k_w O.
"""

import math
from collections.abc import Callable

import numpy as np

__all__ = ["INITIALIZERS", "get"]

Initializer = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (n_in, n_out); of a vector, its length for both."""
    window = math.prod(shape[:-2])
    return window * shape[-2:][0], window * shape[-1]


def zeros(shape, rng):
    """All 0: right for biases; for weights it makes every neuron of a layer the same for ever."""
    return np.zeros(shape)


def ones(shape, rng):
    """All 1."""
    return np.ones(shape)


def random_normal(shape, rng):
    """Normal with standard deviation 0.05, Keras's default."""
    return rng.normal(0.0, 0.05, shape)


def random_uniform(shape, rng):
    """Uniform on [−0.05, 0.05), Keras's default."""
    return rng.uniform(-0.05, 0.05, shape)


def glorot_uniform(shape, rng):
    """Uniform on [−r, r), r = √(6/(n_in + n_out)), so var = 2/(n_in + n_out).

    Keras's default for a Dense layer. Source: Glorot and Bengio (2010), equation 16.
    """
    limit = np.sqrt(6.0 / sum(fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape, rng):
    """Normal with variance 2/(n_in + n_out), not truncated. Source: Glorot and Bengio (2010)."""
    return rng.normal(0.0, np.sqrt(2.0 / sum(fans(shape))), shape)


def he_uniform(shape, rng):
    """Uniform on [−r, r), r = √(6/n_in), so var = 2/n_in: for ReLU. Source: He et al. (2015)."""
    limit = np.sqrt(6.0 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(shape, rng):
    """Normal with variance 2/n_in, not truncated: for ReLU. Source: He et al. (2015), eq. 10."""
    return rng.normal(0.0, np.sqrt(2.0 / fans(shape)[0]), shape)


def lecun_normal(shape, rng):
    """Normal with variance 1/n_in, not truncated. Source: LeCun et al., Efficient BackProp."""
    return rng.normal(0.0, np.sqrt(1.0 / fans(shape)[0]), shape)


def orthogonal(shape, rng):
    """A random matrix Q with orthonormal rows or columns, whichever are fewer: QQᵀ = I or QᵀQ = I.

    A product with a square Q keeps the length of every vector, so that with a recurrent layer's
    hₜ₋₁ Q nothing grows or shrinks from step to step. Q is that of QR = a normal matrix; with the
    signs of R's diagonal, each Q is equally likely. Source: Saxe et al. (2014), arXiv:1312.6120.
    """
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))
    return (q.T if rows < columns else q).reshape(shape)


INITIALIZERS: dict[str, Initializer] = {
    f.__name__: f
    for f in (
        zeros,
        ones,
        random_normal,
        random_uniform,
        glorot_uniform,
        glorot_normal,
        he_uniform,
        he_normal,
        lecun_normal,
        orthogonal,
    )
}
INITIALIZERS |= {"normal": random_normal, "uniform": random_uniform}  # Keras's short names


def get(initializer: str | Initializer) -> Initializer:
    """Return an initializer for a name of ``INITIALIZERS`` or a function ``(shape, rng)``.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If ``initializer`` is neither a name nor callable.
    """
    if isinstance(initializer, str):
        if initializer not in INITIALIZERS:
            raise ValueError(
                f"unknown initializer {initializer!r}; known: {', '.join(INITIALIZERS)}"
            )
        return INITIALIZERS[initializer]
    if callable(initializer):
        return initializer
    raise TypeError(f"expected an initializer's name or a function, got {initializer!r}")
