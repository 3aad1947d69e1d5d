"""Optimizers: how a gradient changes the parameters.

Each ``step(w, g)`` changes the flat vector of all parameters in place, given the flat vector of
their gradients. The formulas, defaults and names are Keras's; t counts the steps from 1.
"""

import math

import numpy as np
from numpy import multiply, subtract

from .buffers import NOTHING
from .checks import check_flag, check_rate

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Optimizer", "RMSprop", "get"]

# A longer vector is taken in pieces of as many numbers: they and their averages stay in the cache
# while the several operations of one step pass over them.
PIECE = 65_536


class Optimizer:
    """The learning rate, the clipping and the step count that every optimizer shares.

    Parameters
    ----------
    learning_rate : float or function
        η > 0, or a schedule: a function of the number of steps already taken.
    global_clipnorm : float, optional
        The largest allowed length of the whole gradient; a longer one is scaled to it.
        Source: Pascanu, Mikolov and Bengio (2013).
    clipvalue : float, optional
        The largest allowed absolute value of each element of the gradient.
    """

    #: Names of the arrays, one number a parameter, that are kept from step to step.
    slots: tuple[str, ...] = ()

    _dtype = np.dtype("float64")

    def __init__(self, learning_rate, global_clipnorm=None, clipvalue=None):
        self.learning_rate = learning_rate
        self.global_clipnorm, self.clipvalue = global_clipnorm, clipvalue
        self._check_clipping()
        self.iterations = 0
        self._parameters = self._gradients = NOTHING

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Change ``parameters`` in place, by one step against ``gradients``, which is kept.

        Parameters
        ----------
        parameters, gradients : arrays of the same shape and dtype

        Raises
        ------
        TypeError
            If they are not arrays.
        ValueError
            If the shapes differ, the numbers are not floating point, or the parameters are not
            those of the steps before: another network needs an optimizer of its own.
        """
        if parameters is not self._parameters or gradients is not self._gradients:
            self._take(parameters, gradients)
        if self.global_clipnorm is not None or self.clipvalue is not None:
            gradients = self._clip(gradients)
        if self._scheduled:
            self._eta[...] = check_rate(self.learning_rate(self.iterations), "learning_rate")
        self.iterations += 1
        if parameters.size <= PIECE:
            self._step(parameters, gradients, self._change, *self._slots)
            return
        for i in range(0, len(parameters), PIECE):
            piece = slice(i, i + PIECE)
            arrays = (parameters, gradients, self._change, *self._slots)
            self._step(*(array[piece] for array in arrays))

    @property
    def learning_rate(self):
        """η, a number or a schedule; may be set between steps."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        if not callable(value):
            value = check_rate(value, "learning_rate", positive=True)
        self._learning_rate, self._scheduled = value, callable(value)
        # A 0-d array of the parameters' dtype: a Python float would be converted on each step.
        self._eta = np.asarray(0.0 if self._scheduled else value, self._dtype)

    def _take(self, parameters, gradients):
        """Check the vectors, and make the arrays to keep on the first step."""
        name = type(self).__name__
        for array in (parameters, gradients):
            if not isinstance(array, np.ndarray):
                raise TypeError(
                    f"{name}: expected parameters and gradients as arrays, got {array!r}"
                )
        if parameters.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{name}: expected float32 or float64 parameters, got {parameters.dtype}"
            )
        if gradients.shape != parameters.shape or gradients.dtype != parameters.dtype:
            raise ValueError(
                f"{name}: expected gradients of the parameters' shape and dtype, "
                f"{parameters.shape} and {parameters.dtype}, "
                f"got {gradients.shape} and {gradients.dtype}"
            )
        if self._parameters is NOTHING:
            self._change = np.empty_like(parameters)
            self._slots = [np.zeros_like(parameters) for _ in self.slots]
            for slot, array in zip(self.slots, self._slots, strict=True):
                setattr(self, slot, array)
        elif parameters is not self._parameters and not (
            parameters.shape == self._parameters.shape
            and np.shares_memory(parameters, self._parameters)
        ):
            raise ValueError(
                f"{name}: expected the parameters of the {self.iterations} steps before, of shape "
                f"{self._parameters.shape}, got others, of shape {parameters.shape}; give another "
                f"network an optimizer of its own"
            )
        self._parameters, self._gradients = parameters, gradients
        self._dtype = parameters.dtype
        self._eta = self._eta.astype(self._dtype)

    def _check_clipping(self):
        for name in ("global_clipnorm", "clipvalue"):
            if getattr(self, name) is not None:
                check_rate(getattr(self, name), name, positive=True)
        if self.global_clipnorm is not None and self.clipvalue is not None:
            raise ValueError("expected global_clipnorm or clipvalue, got both")

    def _clip(self, g):
        self._check_clipping()  # either may have been set between steps
        if self.clipvalue is not None:
            return np.clip(g, -self.clipvalue, self.clipvalue)
        norm = math.sqrt(np.vdot(g, g))
        return g * (self.global_clipnorm / norm) if norm > self.global_clipnorm else g

    def _step(self, w, g, change, *slots):
        """Change w in place, given g and the arrays to keep; ``change`` is there to write into."""
        raise NotImplementedError


class SGD(Optimizer):
    """w ← w − η g; with momentum μ, v ← μ v − η g and w ← w + v.

    Nesterov's form looks ahead: w ← w + μ v − η g, with v as above already updated.
    Sources: Polyak (1964); Nesterov (1983), in the form of Sutskever et al. (2013).

    Parameters
    ----------
    learning_rate : float or function
    momentum : float
        μ, with 0 ≤ μ < 1.
    nesterov : bool
    """

    slots = ("v",)

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **clipping):
        super().__init__(learning_rate, **clipping)
        self.momentum = check_rate(momentum, "momentum", high=1.0)
        self.nesterov = check_flag(nesterov, "nesterov")

    def _step(self, w, g, change, v):
        multiply(g, self._eta, out=change)  # η g
        if not self.momentum:
            subtract(w, change, out=w)
            return
        v *= self.momentum
        v -= change
        if self.nesterov:
            w -= change
            w += self.momentum * v
        else:
            w += v


class RMSprop(Optimizer):
    """s ← ρ s + (1 − ρ) g²;  w ← w − η g/√(s + ε).

    Each element's step is divided by a running root mean square of its gradient.
    Source: Tieleman and Hinton (2012), lecture 6.5 of Neural Networks for Machine Learning; ε
    inside the root, as in Keras.
    """

    slots = ("s",)

    def __init__(self, learning_rate=0.001, rho=0.9, *, epsilon=1e-7, **clipping):
        super().__init__(learning_rate, **clipping)
        self.rho = check_rate(rho, "rho", high=1.0)
        self.epsilon = check_rate(epsilon, "epsilon", positive=True)

    def _step(self, w, g, change, s):
        s += (1.0 - self.rho) * (g * g - s)
        np.divide(g, np.sqrt(s + self.epsilon), out=change)
        change *= self._eta
        w -= change


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  w ← w − η m̂/(√v̂ + ε).

    m and v start at 0, so that they are too small at first by the factors 1 − β₁ᵗ and 1 − β₂ᵗ;
    m̂ and v̂ are corrected for it. As in the paper's section 2 and in Keras, the correction is
    moved into η, and ε stands beside the uncorrected root:
    w ← w − η √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). Source: Kingma and Ba (2015).
    """

    slots = ("m", "v")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **clipping):
        super().__init__(learning_rate, **clipping)
        self.beta_1 = check_rate(beta_1, "beta_1", high=1.0)
        self.beta_2 = check_rate(beta_2, "beta_2", high=1.0)
        self.epsilon = check_rate(epsilon, "epsilon", positive=True)

    def _step(self, w, g, change, m, v):
        t = self.iterations
        correction = math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        subtract(g, m, out=change)
        change *= 1.0 - self.beta_1
        m += change  # m + (1 − β₁)(g − m)
        multiply(g, g, out=change)
        change -= v
        change *= 1.0 - self.beta_2
        v += change  # v + (1 − β₂)(g² − v)
        np.sqrt(v, out=change)
        change += self.epsilon
        np.divide(m, change, out=change)
        change *= self._eta * correction
        w -= change


OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def get(optimizer: str | Optimizer) -> Optimizer:
    """Return an optimizer for a name of ``OPTIMIZERS`` or for an optimizer object itself.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If ``optimizer`` is neither a name nor an optimizer object.
    """
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise ValueError(f"unknown optimizer {optimizer!r}; known: {', '.join(OPTIMIZERS)}")
        return OPTIMIZERS[optimizer]()
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise TypeError(f"expected an optimizer's name or an optimizer object, got {optimizer!r}")
