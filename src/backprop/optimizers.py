"""Optimizers: how a gradient changes the parameters.

Each ``step(w, g)`` changes the flat vector of all parameters in place, given the flat vector of
their gradients. The formulas, defaults and names are Keras's; t counts the steps from 1.
"""

import math
import re

import numpy as np
from numpy import multiply, subtract

from .buffers import NOTHING
from .checks import check_flag, check_positive, check_rate
from .layer import Layer, leaves

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Muon",
    "Optimizer",
    "RMSprop",
    "get",
    "orthogonalize",
]

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
    _piece = PIECE

    def __init__(self, learning_rate, global_clipnorm=None, clipvalue=None):
        self.learning_rate = learning_rate
        self.global_clipnorm, self.clipvalue = global_clipnorm, clipvalue
        self._check_clipping()
        self.iterations = 0
        self._parameters = self._gradients = NOTHING

    def prepare(self, layers: "list[Layer] | tuple[Layer, ...]") -> None:
        """Learn whose parameters the flat vector holds; a network calls this before its steps."""

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
        if parameters.size <= self._piece:
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


class AdamW(Adam):
    """w ← w − η λ w, then Adam's step: weight decay that is no part of the gradient.

    A penalty ½ λ w² in the loss would add λ w to g, and Adam would divide it by √v as well: where
    gradients are large, weights would hardly decay. As in Keras, all parameters decay, biases too.
    Source: Loshchilov and Hutter (2019).
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        **clipping,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **clipping)
        self.weight_decay = check_rate(weight_decay, "weight_decay")

    def _step(self, w, g, change, m, v):
        self._decay(w, change)
        super()._step(w, g, change, m, v)

    def _decay(self, w, change):
        multiply(w, self._eta * self.weight_decay, out=change)
        w -= change


def orthogonalize(G: np.ndarray, steps: int = 5) -> np.ndarray:
    """Return about U Vᵀ for a matrix G = U S Vᵀ: its singular values become 1, roughly.

    From X = G/(‖G‖ + 10⁻⁷), of which no singular value exceeds 1, each step takes
    X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X, which changes each singular value alone,
    σ ← a σ + b σ³ + c σ⁵. The coefficients raise small σ fast, and let large ones swing around 1.
    Source: Jordan et al. (2024), after Newton's and Schulz's iteration.

    Parameters
    ----------
    G : array of shape (n, m)
    steps : int
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    n, m = G.shape
    X = (G.T if n > m else G) / (np.linalg.norm(G) + 1e-7)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * (A @ A)) @ X
    return X.T if n > m else X


class Muon(AdamW):
    """M ← μ M + G;  W ← W − η λ W − 0.2 η √max(n, m) · orthogonalize(G + μ M), for W of (n, m).

    The step has about the same length in every direction of a matrix, not in every element. Other
    arrays than matrices, embeddings, and excluded layers take AdamW's step. As in Keras, the step's
    elements have a root mean square of about 0.2 η, whatever the shape; 0.2 is ``rms_rate``.
    Sources: Jordan et al. (2024); the factor and the decay: Liu et al. (2025).

    Parameters
    ----------
    learning_rate : float or function
    adam_beta_1, adam_beta_2, epsilon : float
        Of AdamW's step.
    weight_decay : float
        λ, of all parameters.
    exclude_layers : list of str, optional
        Layers whose name contains one of these patterns take AdamW's step; the output layer
        should, by its authors' advice.
    momentum : float
        μ, with 0 ≤ μ < 1.
    ns_steps : int
        Steps of ``orthogonalize``.
    nesterov : bool
        Whether to orthogonalize G + μ M, or M.
    rms_rate : float
    """

    _piece = math.inf  # a matrix is taken as a whole
    _matrices = None

    def __init__(
        self,
        learning_rate=0.001,
        *,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        epsilon=1e-7,
        weight_decay=0.004,
        exclude_layers=None,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **clipping,
    ):
        super().__init__(learning_rate, weight_decay, adam_beta_1, adam_beta_2, epsilon, **clipping)
        self.exclude_layers = [] if exclude_layers is None else exclude_layers
        if not isinstance(self.exclude_layers, list | tuple) or not all(
            isinstance(pattern, str) for pattern in self.exclude_layers
        ):
            raise TypeError(f"exclude_layers: expected a list of names, got {exclude_layers!r}")
        self.momentum = check_rate(momentum, "momentum", high=1.0)
        self.ns_steps = check_positive(ns_steps, "ns_steps")
        self.nesterov = check_flag(nesterov, "nesterov")
        self.rms_rate = check_rate(rms_rate, "rms_rate", positive=True)

    def prepare(self, layers: "list[Layer] | tuple[Layer, ...]") -> None:
        """Find the matrices among the parameters.

        Raises
        ------
        ValueError
            If a pattern of ``exclude_layers`` is in no layer's name.
        """
        inside = leaves(layers)
        for pattern in self.exclude_layers:
            if not any(re.search(pattern, leaf.name) for leaf in inside):
                names = ", ".join(leaf.name for leaf in inside)
                raise ValueError(f"exclude_layers: expected names among {names}, got {pattern!r}")
        self._matrices, self._others, stop = [], [], 0
        for leaf in inside:
            excluded = leaf.discrete_input or any(
                re.search(pattern, leaf.name) for pattern in self.exclude_layers
            )
            for shape in leaf.parameter_shapes().values():
                start, stop = stop, stop + math.prod(shape)
                if len(shape) == 2 and not excluded:
                    self._matrices.append((slice(start, stop), shape))
                else:
                    self._others.append(slice(start, stop))

    def _take(self, parameters, gradients):
        if self._matrices is None and np.ndim(parameters) != 2:
            raise ValueError(
                f"Muon: expected a matrix, or a network's parameters after "
                f"prepare(network.layers), got shape {np.shape(parameters)}"
            )
        super()._take(parameters, gradients)
        if self._matrices is None:
            self._matrices, self._others = [(slice(None), parameters.shape)], []

    def _step(self, w, g, change, m, v):
        for place, shape in self._matrices:
            W, G, step, M = (array[place].reshape(shape) for array in (w, g, change, m))
            self._decay(W, step)
            M *= self.momentum
            M += G
            direction = G + self.momentum * M if self.nesterov else M
            length = self._eta * (self.rms_rate * math.sqrt(max(shape)))
            W -= length * orthogonalize(direction, self.ns_steps)
        for place in self._others:
            super()._step(*(array[place] for array in (w, g, change, m, v)))


OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW, "muon": Muon}


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
