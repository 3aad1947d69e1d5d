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

SparseCategoricalCrossentropy is the last one, for targets given as the number of the class.

The article's ½ (y − o)² is ``HalfSquaredError`` with N = 1; Keras's ``"mean_squared_error"`` is
``MeanSquaredError``. Their gradients are (o − y)/N and 2 (o − y)/(NK).
"""

import math

import numpy as np
from numpy import absolute, clip, divide, exp, log, log1p, maximum, multiply, negative, subtract

from .buffers import NOTHING, Buffered
from .checks import as_array, check_data, check_flag, check_rate

__all__ = [
    "LOSSES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "HalfSquaredError",
    "Huber",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]

# Keras's epsilon: probabilities are kept this far from 0 and 1 before a logarithm.
_EPSILON = 1e-7


class Loss(Buffered):
    """The checks and buffers that every loss shares; a loss adds ``value`` and ``gradient``.

    ``forward`` and ``backward`` are for readers: they check and copy. A training loop, which has
    checked its targets once (``check_targets``) and makes no other forward in between, calls
    ``_forward`` and ``_backward``: they keep references, and return the loss's own buffer.
    """

    def _forget(self):
        self.y_true = self.y_pred = NOTHING
        self._weights = None

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight=None) -> float:
        """Return L.

        Parameters
        ----------
        y_true, y_pred : array of shape (N, K)
            Targets and predictions. The shapes must be equal: (N, 1) − (N,) would silently be an
            (N, N) table of differences. Both are copied, so that ``backward`` is the gradient here
            whatever happens to them.
        sample_weight : array of shape (N,), optional
            Multiplies each sample's part of L; the sum is divided by N all the same, as in Keras.

        Raises
        ------
        ValueError
            If the shapes differ, a sample is missing, the predictions are not floating point, or
            the targets are none for this loss.
        TypeError
            If the targets are not real numbers, or an array is masked.
        """
        self._forget()
        name = type(self).__name__
        o = as_array(y_pred, name)
        if o.ndim == 0 or o.size == 0:
            raise ValueError(f"{name}: expected at least one sample, got shape {o.shape}")
        if o.dtype not in (np.float32, np.float64):
            raise ValueError(f"{name}: expected float32 or float64 predictions, got {o.dtype}")
        y = self.check_targets(y_true, o.shape, o.dtype, name).copy()
        if sample_weight is not None:
            sample_weight = check_weights(sample_weight, len(o), o.dtype, name).copy()
        return self._forward(y, o.copy(), sample_weight)

    def backward(self) -> np.ndarray:
        """Return ∂L/∂y_pred for the last forward, in a new array of shape (N, K).

        Raises
        ------
        RuntimeError
            If there was no forward, or the last one failed.
        """
        if self.y_pred is NOTHING:
            raise RuntimeError(f"{type(self).__name__}: backward needs a forward before it")
        return self._backward().copy()

    def check_targets(self, y_true, shape: tuple, dtype: np.dtype, name: str) -> np.ndarray:
        """Return the targets for predictions of a shape and dtype, as an array of the same.

        Unsigned and boolean numbers would wrap in y − o, so all are made floating point.

        Raises
        ------
        ValueError, TypeError
            As ``forward`` does; the message begins with ``name``.
        """
        y = as_array(y_true, name)
        if y.shape != shape:
            raise ValueError(
                f"{name}: expected y_true of the predictions' shape {shape}, got {y.shape}"
            )
        if y.dtype.kind not in "fiub":
            raise TypeError(f"{name}: expected y_true to hold real numbers, got {y.dtype}")
        return y.astype(dtype, copy=False)

    def value(self, y: np.ndarray, o: np.ndarray) -> float:
        """Return L of targets ``y`` and predictions ``o``."""
        raise NotImplementedError

    def samples(self, y: np.ndarray, o: np.ndarray) -> np.ndarray:
        """Return each sample's loss, shape (N,), of which L is the mean; after ``value``."""
        raise NotImplementedError(
            f"{type(self).__name__}: weights of samples need a method samples(y, o)"
        )

    def gradient(self, y: np.ndarray, o: np.ndarray) -> np.ndarray:
        """Return ∂L/∂o; may use what ``value`` has just computed, and leaves it as it is."""
        raise NotImplementedError

    def _forward(self, y, o, sample_weight=None):
        if o is not self.y_pred:  # the very array of the last step has its buffers taken up
            self._take_up((o.shape, o.dtype))
            self.y_pred = o
        self.y_true, self._weights = y, sample_weight
        value = self.value(y, o)
        if sample_weight is None:
            return value
        return float(sample_weight.dot(self.samples(y, o))) / len(o)

    def _backward(self):
        gradient = self.gradient(self.y_true, self.y_pred)
        if self._weights is None:
            return gradient
        # A row of the gradient comes from its own sample alone.
        return gradient * self._weights.reshape(-1, *[1] * (gradient.ndim - 1))

    def _make(self, key):
        shape, dtype = key
        d, n, size = np.empty(shape, dtype), shape[0], math.prod(shape)
        # As 0-d arrays the factors need no conversion on each call.
        factors = {"_1_N": 1 / n, "_1_NK": 1 / size, "_2_NK": 2 / size}
        return {
            "_size": size,
            "_d": d,
            "_d_flat": d.ravel(),  # a view of d
            "_g": np.empty_like(d),
            **{name: np.asarray(factor, dtype) for name, factor in factors.items()},
        }


class HalfSquaredError(Loss):
    """L = (1/N) Σₙ Σₖ ½ (y − o)² and ∂L/∂o = (o − y)/N: the article's loss, for N = 1."""

    def value(self, y, o):
        subtract(o, y, out=self._d)
        return 0.5 * float(self._d_flat.dot(self._d_flat)) / len(o)

    def samples(self, y, o):
        return 0.5 * _rows(self._d * self._d).sum(axis=1)

    def gradient(self, y, o):
        return multiply(self._d, self._1_N, out=self._g)


class MeanSquaredError(Loss):
    """L = (1/NK) Σₙ Σₖ (y − o)² and ∂L/∂o = 2 (o − y)/(NK): Keras's "mean_squared_error"."""

    def value(self, y, o):
        subtract(o, y, out=self._d)
        # A dot product squares and adds in one pass; np.mean(d**2) makes two and a new array.
        d = self._d_flat
        return float(d.dot(d)) / self._size

    def samples(self, y, o):
        return _rows(self._d * self._d).mean(axis=1)

    def gradient(self, y, o):
        return multiply(self._d, self._2_NK, out=self._g)


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
        subtract(o, y, out=self._d)
        clip(self._d, -self.delta, self.delta, out=self._g)
        # With c = clip(d), both branches of h are c (d − ½ c).
        return float(np.vdot(self._g, self._d - 0.5 * self._g)) / self._size

    def samples(self, y, o):
        return _rows(self._g * (self._d - 0.5 * self._g)).mean(axis=1)

    def gradient(self, y, o):
        clip(self._d, -self.delta, self.delta, out=self._g)
        return multiply(self._g, self._1_NK, out=self._g)


class BinaryCrossentropy(Loss):
    """L = (1/NK) Σₙ Σₖ −y log p − (1 − y) log(1 − p), of probabilities or of logits.

    From probabilities o = p: ∂L/∂p = (p − y)/(p (1 − p))/(NK). A p outside [ε, 1 − ε], with
    Keras's ε = 1e-7, is moved to its edge, where the gradient is 0, as in Keras.
    From logits o = z with p = σ(z) and e = e^{−|z|}: L = max(z, 0) − z y + log(1 + e), in which no
    power overflows, and ∂L/∂z = (σ(z) − y)/(NK): the small factor σ' is gone. It is computed as
    (1 − y) σ(z) − y σ(−z), where nothing is rounded away however small σ(±z) = e/(1 + e) is.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits z rather than probabilities p.
    """

    def __init__(self, from_logits: bool = False):
        super().__init__()
        self.from_logits = check_flag(from_logits, "BinaryCrossentropy: from_logits")

    def check_targets(self, y_true, shape, dtype, name):
        y = super().check_targets(y_true, shape, dtype, name)
        inside = (y >= 0.0) & (y <= 1.0)
        if not inside.all():
            raise ValueError(
                f"{name}: expected y_true to hold probabilities, from 0 to 1, got {y[~inside][0]}"
            )
        return y

    def value(self, y, o):
        return float(self.samples(y, o).mean())

    def samples(self, y, o):
        if self.from_logits:
            e = absolute(o, out=self._d)
            negative(e, out=e)
            exp(e, out=e)
            losses = maximum(o, 0.0) - o * y + log1p(e)
        else:
            p = clip(o, _EPSILON, 1.0 - _EPSILON)
            losses = -y * log(p) - (1.0 - y) * log1p(-p)
        return _rows(losses).mean(axis=1)

    def gradient(self, y, o):
        if self.from_logits:
            e = self._d
            # σ(z) is 1/(1 + e) for z ≥ 0 and e/(1 + e) for z ≤ 0; e is at most 1.
            subtract((1.0 - y) * maximum(o >= 0.0, e), y * maximum(o <= 0.0, e), out=self._g)
            self._g /= 1.0 + e
        else:
            p = clip(o, _EPSILON, 1.0 - _EPSILON)
            multiply((p - y) / (p * (1.0 - p)), p == o, out=self._g)
        return multiply(self._g, self._1_NK, out=self._g)


class CategoricalCrossentropy(Loss):
    """L = (1/N) Σₙ Σₖ −y log q, of probabilities or of logits; K ≥ 2, and Σₖ y = 1.

    From probabilities o: q = o/S with S = Σₖ o, as Keras does, so that a row need not sum to 1.
    With g = −y/q, ∂L/∂o = (g − Σₖ g q)/S/N. A q outside [ε, 1 − ε], with Keras's ε = 1e-7, is moved
    to its edge, where g is 0, as in Keras.
    From logits o = z with q = softmax(z): −log q = log Σⱼ e^{zⱼ} − z, in which no power overflows
    once the row's maximum is subtracted, and ∂L/∂z = (q Σₖ y − y)/N, which is (q − y)/N.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits z rather than probabilities.
    """

    def __init__(self, from_logits: bool = False):
        super().__init__()
        self.from_logits = check_flag(from_logits, f"{type(self).__name__}: from_logits")

    def check_targets(self, y_true, shape, dtype, name):
        self._check_classes(shape, name)
        y = super().check_targets(y_true, shape, dtype, name)
        sums = y.sum(axis=1)
        # Rounding, of float32 or of targets typed with some decimals, is let pass.
        wrong = ~(np.abs(sums - 1.0) <= 1e-3) | (y < 0.0).any(axis=1)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"{name}: expected each row of y_true to hold the probabilities of the classes, "
                f"which sum to 1, such as a single 1 among zeros; got {y[row]} in row {row}"
            )
        return y

    def _make(self, key):
        (_, outputs), dtype = key
        # A product with ones adds up each row, in a fraction of the time of a sum.
        return super()._make(key) | {"_ones": np.ones((outputs, 1), dtype)}

    def _check_classes(self, shape, name):
        if len(shape) != 2:
            raise ValueError(f"{name}: expected predictions of shape (N, K), got {shape}")
        if shape[1] == 1:
            raise ValueError(
                f"{name}: expected an output for each class, at least two, got one, of which the "
                f"share is always 1; for two classes and one output, use BinaryCrossentropy"
            )

    def value(self, y, o):
        if self.from_logits:
            subtract(o, o.max(axis=1, keepdims=True), out=self._d)  # or e^z overflows
            exp(self._d, out=self._g)
            total = self._g.dot(self._ones)
            self._g /= total  # q, for the gradient
            self._d -= log(total)
        else:
            self._sum = o.dot(self._ones)
            divide(o, self._sum, out=self._g)
            self._clipped = clip(self._g, _EPSILON, 1.0 - _EPSILON)
            log(self._clipped, out=self._d)
        return -float(np.vdot(y, self._d)) / len(o)

    def samples(self, y, o):
        return -(y * self._d).sum(axis=1)

    def gradient(self, y, o):
        q, d = self._g, self._d
        if self.from_logits:
            multiply(q, y.dot(self._ones), out=d)
            d -= y
        else:
            multiply(-y / self._clipped, self._clipped == q, out=d)
            d -= (d * q).dot(self._ones)
            d /= self._sum
        return multiply(d, self._1_N, out=d)


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """CategoricalCrossentropy of targets that are the number of the class, 0 ≤ k < K.

    L = −(1/N) Σₙ log q_k, for y is 1 at the class k alone. ``check_targets`` makes this y, of
    shape (N, K), from whole numbers of shape (N,) or (N, 1), integers or floating point.
    """

    def check_targets(self, y_true, shape, dtype, name):
        self._check_classes(shape, name)
        labels = as_array(y_true, name)
        n, outputs = shape
        if labels.shape not in ((n,), (n, 1)):
            raise ValueError(
                f"{name}: expected y_true to hold the number of the class of each sample, in shape "
                f"({n},) or ({n}, 1), got {labels.shape}"
            )
        if labels.dtype.kind not in "fiub":
            raise TypeError(f"{name}: expected y_true to hold real numbers, got {labels.dtype}")
        labels = labels.reshape(n, 1)
        y = labels == np.arange(outputs)
        if not y.any(axis=1).all():
            row = int(np.argmin(y.any(axis=1)))
            raise ValueError(
                f"{name}: expected y_true to hold whole numbers from 0 to {outputs - 1}, "
                f"got {labels[row, 0]} in row {row}"
            )
        return y.astype(dtype)


def check_weights(sample_weight, n: int, dtype: np.dtype, name: str) -> np.ndarray:
    """Return the weights of n samples as an array of shape (N,).

    Raises
    ------
    ValueError, TypeError
        If they are not n finite numbers of at least 0.
    """
    weights = check_data(sample_weight, f"{name}: sample_weight", dtype)
    if weights.shape != (n,):
        raise ValueError(f"{name}: expected sample_weight of shape ({n},), got {weights.shape}")
    if weights.min() < 0.0:
        raise ValueError(f"{name}: expected sample_weight of at least 0, got {weights.min()}")
    return weights


def _rows(a):
    return a.reshape(len(a), -1)


LOSSES = {
    "half_squared_error": HalfSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "huber": Huber,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
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
