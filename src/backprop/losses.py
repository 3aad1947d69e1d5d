"""Loss functions: the value, its gradient, and how the elements are reduced to one number.

``forward(y_true, y_pred)`` returns the loss as a float; ``backward()`` then returns
``∂L/∂y_pred``, with the shape of ``y_pred``. The two must reduce in the same way: a loss that
averages over the batch has a gradient that is divided by the batch size. Below, N is the number of
samples, K the number of outputs a sample, y the target and o the prediction.

=========================  ==============================  ====================
class                      L                               reduction
=========================  ==============================  ====================
HalfSquaredError           (1/N) Σₙ Σₖ ½ (y − o)²          sum over K, mean over N
MeanSquaredError           (1/NK) Σₙ Σₖ (y − o)²           mean over N and K
Huber                      (1/NK) Σₙ Σₖ h(o − y)           mean over N and K
BinaryCrossentropy         (1/NK) Σₙ Σₖ H(y, o)            mean over N and K
CategoricalCrossentropy    (1/N) Σₙ Σₖ −y log o            sum over K, mean over N
=========================  ==============================  ====================

The article's ½ (y − o)² is ``HalfSquaredError`` with N = 1; Keras's ``"mean_squared_error"`` is
``MeanSquaredError``. Their gradients are (o − y)/N and 2 (o − y)/(NK).
"""

import math

import numpy as np
from numpy import ndarray

from .activations import Sigmoid, Softmax
from .buffers import NOTHING, Buffered
from .checks import as_array, check_flag, check_rate

__all__ = [
    "LOSSES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "HalfSquaredError",
    "Huber",
    "Loss",
    "MeanSquaredError",
    "get",
]

# Keras's epsilon: probabilities are kept this far from 0 and 1 before a logarithm.
_EPSILON = 1e-7


class Loss(Buffered):
    """The checks and buffers that every loss shares; a loss adds ``value`` and ``gradient``."""

    def _forget(self):
        self.y_true = self.y_pred = NOTHING
        self._shape = None

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> float:
        """Return L.

        Parameters
        ----------
        y_true, y_pred : array of shape (N, K)
            Targets and predictions. The shapes must be equal: (N, 1) − (N,) would silently be an
            (N, N) table of differences.

        Raises
        ------
        ValueError
            If the shapes differ, a sample is missing, or the predictions are not floating point.
        TypeError
            If the targets are not real numbers.
        """
        if y_pred is not self.y_pred:  # the very array of the last step was checked then
            self._take(as_array(y_pred, type(self).__name__))
        if type(y_true) is not ndarray:
            y_true = as_array(y_true, type(self).__name__)
        if y_true.shape != self._shape or y_true.dtype != self.y_pred.dtype:
            self._check_targets(y_true)
        self.y_true = y_true
        return self.value(y_true, self.y_pred)

    def backward(self) -> np.ndarray:
        """Return ∂L/∂y_pred for the last forward, shape (N, K); the next call overwrites it.

        Raises
        ------
        RuntimeError
            If there was no forward, or the last one failed.
        """
        if self._shape is None:
            raise RuntimeError(f"{type(self).__name__}: backward needs a forward before it")
        return self.gradient(self.y_true, self.y_pred)

    def value(self, y: np.ndarray, o: np.ndarray) -> float:
        """Return L of targets ``y`` and predictions ``o``."""
        raise NotImplementedError

    def gradient(self, y: np.ndarray, o: np.ndarray) -> np.ndarray:
        """Return ∂L/∂o; may use what ``value`` has just computed."""
        raise NotImplementedError

    def _check_targets(self, y_true):
        """Refuse targets of another shape than the predictions', and what is no real number."""
        name, shape = type(self).__name__, self._shape
        if y_true.shape != shape:
            self._forget()
            raise ValueError(
                f"{name}: expected y_true of the predictions' shape {shape}, got {y_true.shape}"
            )
        if y_true.dtype.kind not in "fiub":
            self._forget()
            raise TypeError(f"{name}: expected y_true to hold real numbers, got {y_true.dtype}")

    def _take(self, y_pred):
        """Keep y_pred, and take up the buffers for its shape; check what is not known yet."""
        self._forget()
        key = y_pred.shape, y_pred.dtype
        if key not in self._buffers:
            self._check_predictions(y_pred)
        self._take_up(key)
        self.y_pred = y_pred

    def _make(self, key):
        shape, dtype = key
        d, n, size = np.empty(shape, dtype), shape[0], math.prod(shape)
        # As 0-d arrays the factors need no conversion on each call.
        factors = {"_1_N": 1 / n, "_1_NK": 1 / size, "_2_NK": 2 / size}
        return {
            "_shape": shape,
            "_d": d,
            "_d_flat": d.ravel(),  # a view of d
            "_g": np.empty_like(d),
            **{name: np.asarray(factor, dtype) for name, factor in factors.items()},
        }

    def _check_predictions(self, y_pred):
        """Refuse predictions of no sample, and of no floating-point numbers."""
        name = type(self).__name__
        if y_pred.ndim == 0 or y_pred.size == 0:
            raise ValueError(f"{name}: expected at least one sample, got shape {y_pred.shape}")
        if y_pred.dtype not in (np.float32, np.float64):
            raise ValueError(f"{name}: expected float32 or float64 predictions, got {y_pred.dtype}")


class HalfSquaredError(Loss):
    """L = (1/N) Σₙ Σₖ ½ (y − o)² and ∂L/∂o = (o − y)/N: the article's loss, for N = 1."""

    def value(self, y, o):
        np.subtract(o, y, out=self._d)
        return 0.5 * float(self._d_flat.dot(self._d_flat)) / len(o)

    def gradient(self, y, o):
        return np.multiply(self._d, self._1_N, out=self._g)


class MeanSquaredError(Loss):
    """L = (1/NK) Σₙ Σₖ (y − o)² and ∂L/∂o = 2 (o − y)/(NK): Keras's "mean_squared_error"."""

    def value(self, y, o):
        np.subtract(o, y, out=self._d)
        # A dot product squares and adds in one pass; np.mean(d**2) makes two and a new array.
        return float(self._d_flat.dot(self._d_flat)) / o.size

    def gradient(self, y, o):
        return np.multiply(self._d, self._2_NK, out=self._g)


class Huber(Loss):
    """L = (1/NK) Σₙ Σₖ h(o − y): squared near zero, linear beyond δ.

    h(d) = ½ d² and h'(d) = d for |d| ≤ δ; h(d) = δ |d| − ½ δ² and h'(d) = ±δ beyond. So
    ∂L/∂o = clip(o − y, −δ, δ)/(NK). Source: Huber (1964), doi:10.1214/aoms/1177703732.

    Parameters
    ----------
    delta : float
        δ > 0, where the linear part begins.
    """

    def __init__(self, delta: float = 1.0):
        super().__init__()
        self.delta = check_rate(delta, "Huber: delta", positive=True)

    def value(self, y, o):
        np.subtract(o, y, out=self._d)
        np.clip(self._d, -self.delta, self.delta, out=self._g)
        # With c = clip(d), both branches of h are c (d − ½ c).
        return float(np.vdot(self._g, self._d - 0.5 * self._g)) / o.size

    def gradient(self, y, o):
        np.clip(self._d, -self.delta, self.delta, out=self._g)
        return np.multiply(self._g, self._1_NK, out=self._g)


class BinaryCrossentropy(Loss):
    """L = (1/NK) Σₙ Σₖ −y log p − (1 − y) log(1 − p), of probabilities or of logits.

    From probabilities o = p: ∂L/∂p = (p − y)/(p (1 − p))/(NK). A p outside [ε, 1 − ε], with
    Keras's ε = 1e-7, is moved to its edge, where the gradient is 0, as in Keras.
    From logits o = z with p = σ(z): L = max(z, 0) − z y + log(1 + e^{−|z|}), in which no power
    overflows, and ∂L/∂z = (σ(z) − y)/(NK): the small factor σ' is gone.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits z rather than probabilities p.
    """

    def __init__(self, from_logits: bool = False):
        super().__init__()
        self.from_logits = check_flag(from_logits, "BinaryCrossentropy: from_logits")

    def value(self, y, o):
        if self.from_logits:
            losses = np.maximum(o, 0.0) - o * y + np.log1p(np.exp(-np.abs(o)))
        else:
            p = np.clip(o, _EPSILON, 1.0 - _EPSILON)
            losses = -y * np.log(p) - (1.0 - y) * np.log1p(-p)
        return float(losses.mean())

    def gradient(self, y, o):
        if self.from_logits:
            Sigmoid().forward(o, self._g)
            self._g -= y
        else:
            p = np.clip(o, _EPSILON, 1.0 - _EPSILON)
            np.multiply((p - y) / (p * (1.0 - p)), p == o, out=self._g)
        return np.multiply(self._g, self._1_NK, out=self._g)


class CategoricalCrossentropy(Loss):
    """L = (1/N) Σₙ Σₖ −y log p, of probabilities or of logits.

    From probabilities o = p: ∂L/∂p = −y/p/N. A p below Keras's ε = 1e-7 is taken as ε, where
    the gradient is 0. The rows of p must sum to 1, as softmax makes them; Keras divides by the sum.
    From logits o = z with p = softmax(z): −log p = log Σⱼ e^{zⱼ} − z, in which no power overflows
    once the row's maximum is subtracted, and ∂L/∂z = (p Σₖ y − y)/N, which is (p − y)/N for a
    target row that sums to 1.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits z rather than probabilities p.
    """

    def __init__(self, from_logits: bool = False):
        super().__init__()
        self.from_logits = check_flag(from_logits, "CategoricalCrossentropy: from_logits")

    def value(self, y, o):
        if self.from_logits:
            shifted = o - o.max(axis=-1, keepdims=True)  # or e^z overflows
            log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        else:
            log_p = np.log(np.clip(o, _EPSILON, 1.0))
        return -float(np.vdot(y, log_p)) / len(o)

    def gradient(self, y, o):
        if self.from_logits:
            Softmax().forward(o, self._g)
            self._g *= y.sum(axis=-1, keepdims=True)
            self._g -= y
        else:
            p = np.clip(o, _EPSILON, 1.0)
            np.multiply(-y / p, p == o, out=self._g)
        return np.multiply(self._g, self._1_N, out=self._g)


LOSSES = {
    "half_squared_error": HalfSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "huber": Huber,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
}


def get(loss: "str | Loss") -> Loss:
    """Return a loss object for a name of ``LOSSES`` or for a loss object itself.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If ``loss`` is neither a name nor a loss object.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}; known: {', '.join(LOSSES)}")
        return LOSSES[loss]()
    if isinstance(loss, Loss):
        return loss
    raise TypeError(f"expected a loss's name or a loss object, got {loss!r}")
