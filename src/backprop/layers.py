"""Layers: each computes its output forward, and its gradients backward.

A layer is a function y = f(x; W) of a batch of rows. Backpropagation asks one question of it: given
``dy = ∂L/∂y``, what are ``dx = ∂L/∂x`` and ``dW = ∂L/∂W``? A layer answers it in ``backward``, with
what ``forward`` has kept.

The arrays that ``forward`` and ``backward`` return are the layer's own buffers, kept from step to
step, for allocating them anew costs as much time as filling them. The next call overwrites them:
copy what you want to keep.
"""

import math
from typing import ClassVar

import numpy as np
from numpy import ndarray

from . import activations
from . import initializers as init
from .buffers import NOTHING, Buffered
from .checks import (
    as_array,
    check_data,
    check_dtype,
    check_positive,
    check_rate,
    check_seed,
    check_shape,
)

__all__ = ["Activation", "BatchNorm", "Dense", "Dropout", "Flatten", "Layer", "Residual"]


class Layer(Buffered):
    """What every layer shares: shapes, parameters, buffers and checks.

    A layer adds the mathematics, ``forward`` and ``backward``, the shapes of its parameters
    (``parameter_shapes``) and its buffers (``_allocate``). Both passes begin by taking their input,
    ``_take_x`` and ``_take_dy``, which check it; the very array of the last step needs no second
    look, and in a training loop most inputs are just that.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
        Shapes of one sample, without the batch axis; set by ``build``.
    parameters, gradients : array of shape (n_parameters,)
        All parameters in one flat vector, and their gradients in another. Every parameter, ``W``
        say, is a view into the first, and ``dW`` a view into the second.
    """

    #: The initializer of each parameter, by name, in the order of the flat vector.
    initializers: ClassVar[dict[str, init.Initializer]] = {}
    #: Names of arrays that belong to the state but are not trained.
    state: tuple[str, ...] = ()
    #: The layers inside this one.
    layers: "list[Layer] | tuple[()]" = ()

    dtype = _x_shape = _y_shape = None
    x = dy = NOTHING

    def __init__(self, name: str | None = None):
        super().__init__()
        self.name = name or type(self).__name__.lower()
        self.input_shape = self.output_shape = None
        self.parameters = self.gradients = None

    # -- building ---------------------------------------------------------------------------

    def build(self, input_shape, seed=None, dtype="float64") -> "Layer":
        """Fix the shapes and give the parameters their initial values.

        Parameters
        ----------
        input_shape : tuple of int, or int
            The shape of one sample.
        seed : int, numpy.random.Generator, or None
            Source of the initial values; None draws a fresh one.
        dtype : {"float64", "float32"}

        Raises
        ------
        ValueError
            If the layer cannot take inputs of this shape, or the dtype is another.
        """
        self.connect(check_shape(input_shape, self.name))
        allocate([self], check_seed(seed), check_dtype(dtype))
        return self

    def connect(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Take the input's shape, and return the output's."""
        self.input_shape = input_shape
        self.output_shape = self._output_shape(input_shape)
        self._buffers = {}
        self._forget()
        return self.output_shape

    def _output_shape(self, input_shape):
        return input_shape

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter, by name."""
        return {}

    def _start(self, rng):
        """Set what else a layer needs before its first forward."""

    def _view(self):
        """Make further views into the parameters and their gradients."""

    # -- the two passes -----------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y = f(x), and keep what backward needs.

        Parameters
        ----------
        x : array of shape (N, *input_shape)
        training : bool
            Whether Dropout drops, and BatchNorm uses the batch's own statistics.

        Returns
        -------
        array of shape (N, *output_shape)
            The layer's own buffer.

        Raises
        ------
        ValueError
            If x has another shape, or no sample.
        RuntimeError
            If the layer was not built.
        """
        raise NotImplementedError

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Return ∂L/∂x, and write the parameters' gradients, given dy = ∂L/∂y.

        The gradients are overwritten, not added to those of an earlier call.

        Parameters
        ----------
        dy : array of shape (N, *output_shape)
        need_dx : bool
            False spares a network's first layer the product that nobody reads; dx is then None.

        Returns
        -------
        array of shape (N, *input_shape), or None
            The layer's own buffer.

        Raises
        ------
        ValueError
            If dy has not the shape of the last output.
        RuntimeError
            If there was no forward.
        """
        raise NotImplementedError

    def _take_x(self, x):
        """Keep x, and take up the buffers for a batch of its size; check what is not known yet."""
        known = type(x) is ndarray and x.dtype == self.dtype
        if known and x.shape == self._x_shape:
            self.x = x
            return x
        if not (known and x.shape in self._buffers):
            x = self._check_x(x)
        self._take_up(x.shape)
        self.x, self.dy = x, NOTHING
        return x

    def _check_x(self, x):
        """Return x as an array of the layer's dtype."""
        self._forget()
        x = as_array(x, self.name)
        if self.parameters is None:
            raise RuntimeError(
                f"{self.name}: not built yet; call build(input_shape) or add it to a Sequential"
            )
        if x.shape[1:] != self.input_shape or x.ndim == 0 or len(x) == 0:
            shape = ", ".join(map(str, self.input_shape))
            raise ValueError(
                f"{self.name}: expected x of shape (N, {shape}) with N >= 1, got {x.shape}"
            )
        if x.dtype.kind not in "fiub":
            raise TypeError(f"{self.name}: expected x to hold real numbers, got {x.dtype}")
        return x.astype(self.dtype, copy=False)

    def _take_dy(self, dy):
        """Check dy, and keep it."""
        if type(dy) is ndarray and dy.shape == self._y_shape and dy.dtype == self.dtype:
            self.dy = dy
            return dy
        dy = as_array(dy, self.name)
        if self._y_shape is None:
            raise RuntimeError(f"{self.name}: backward needs a forward before it")
        if dy.shape != self._y_shape:
            raise ValueError(
                f"{self.name}: expected dy of the output's shape {self._y_shape}, got {dy.shape}"
            )
        if dy.dtype.kind not in "fiub":
            raise TypeError(f"{self.name}: expected dy to hold real numbers, got {dy.dtype}")
        self.dy = dy.astype(self.dtype, copy=False)
        return self.dy

    def _forget(self):
        """Forget the last batch: backward then needs a forward before it."""
        self.x = self.dy = NOTHING
        self._x_shape = self._y_shape = None

    def _make(self, x_shape):
        n = x_shape[0]
        return {**self._allocate(n), "_x_shape": x_shape, "_y_shape": (n, *self.output_shape)}

    def _allocate(self, n):
        """Return the buffers for a batch of n, by attribute."""
        return {}

    @property
    def _lasting(self):
        return ("parameters", "gradients", *self.state)

    def __setstate__(self, state):
        super().__setstate__(state)
        if self.parameters is not None:
            link([self], self.parameters, self.gradients)

    def _empty(self, n, shape):
        return np.empty((n, *shape), self.dtype)

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}: {self.input_shape} -> {self.output_shape}>"


class Dense(Layer):
    """y = f(z) with z = x W + b: every output is connected with every input.

    Backward, with dz = ∂L/∂z from the activation:

        dW = xᵀ dz,    db = Σₙ dzₙ,    dx = dz Wᵀ.

    A bias is the weight of an input that is always 1. With a column of ones beside x, and b as a
    last row below W, one product gives z and one gives both gradients:

        z = [x 1] [W; b],    [dW; db] = [x 1]ᵀ dz.

    Parameters
    ----------
    units : int
        Number of outputs, n_out.
    activation : str or activation object, optional
        f; None is the identity.
    input_dim : int, optional
        Number of inputs, n_in; needed only on a network's first layer.
    kernel_initializer, bias_initializer : str or function
        Of W, shape (n_in, n_out), and of b, shape (n_out,).
    """

    def __init__(
        self,
        units: int,
        activation=None,
        input_dim: int | None = None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        name: str | None = None,
    ):
        super().__init__(name)
        self.units = check_positive(units, "Dense: units")
        self.activation = activations.get(activation)
        self.input_dim = (
            None if input_dim is None else check_positive(input_dim, "Dense: input_dim")
        )
        self.initializers = {
            "W": init.get(kernel_initializer),
            "b": init.get(bias_initializer),
        }

    def _output_shape(self, input_shape):
        if len(input_shape) != 1 or self.input_dim not in (None, input_shape[0]):
            wanted = "n" if self.input_dim is None else self.input_dim
            raise ValueError(
                f"{self.name}: expected samples of shape ({wanted},), got {input_shape}"
            )
        return (self.units,)

    def parameter_shapes(self):
        return {"W": (*self.input_shape, self.units), "b": (self.units,)}

    def _view(self):
        # The flat vector has b right after W: seen as one matrix, it is W with b as its last row.
        shape = self.input_shape[0] + 1, self.units
        self.Wb, self.dWb = self.parameters.reshape(shape), self.gradients.reshape(shape)

    def _allocate(self, n):
        z, dz = self._empty(n, self.output_shape), self._empty(n, self.output_shape)
        # Most derivatives need y alone: y may then overwrite z, which saves memory traffic.
        y = np.empty_like(z) if self.activation.needs_z else z
        x1 = np.ones((n, self.input_shape[0] + 1), self.dtype)
        dx = self._empty(n, self.input_shape)
        return {"z": z, "y": y, "dz": dz, "dx": dx, "x1": x1, "_x": x1[:, :-1]}

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        self._x[...] = x  # a copy takes less time than adding b, and summing db, by themselves
        self.x1.dot(self.Wb, out=self.z)
        return self.activation.forward(self.z, self.y)

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        dz = self.activation.backward(dy, self.z, self.y, self.dz)
        self.x1.T.dot(dz, out=self.dWb)
        return dz.dot(self.W.T, out=self.dx) if need_dx else None


class Activation(Layer):
    """y = f(x), and dx from the activation's own rule: an activation as a layer of its own."""

    def __init__(self, activation, name: str | None = None):
        super().__init__(name)
        self.activation = activations.get(activation)

    def _allocate(self, n):
        return {"y": self._empty(n, self.input_shape), "dx": self._empty(n, self.input_shape)}

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        return self.activation.forward(x, self.y)

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        return self.activation.backward(dy, self.x, self.y, self.dx)


class Flatten(Layer):
    """y is x with all axes but the first made one; dx is dy in the old shape."""

    def _output_shape(self, input_shape):
        return (int(np.prod(input_shape)),)

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        return x.reshape(self._y_shape)

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        return dy.reshape(self._x_shape)


class Dropout(Layer):
    """y = m x, dx = m dy: in training each m is 0 with probability r, else 1/(1 − r).

    The factor keeps the mean of y at x, so that outside training y = x. Source: Srivastava et al.
    (2014), in the form ("inverted dropout") that the frameworks use.

    Parameters
    ----------
    rate : float
        r, with 0 ≤ r < 1.
    """

    def __init__(self, rate: float, name: str | None = None):
        super().__init__(name)
        self.rate = check_rate(rate, "Dropout: rate", high=1.0)

    def _start(self, rng):
        self._rng = rng

    def _allocate(self, n):
        shape = self.input_shape
        return {
            "mask": self._empty(n, shape),
            "y": self._empty(n, shape),
            "dx": self._empty(n, shape),
        }

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        self._training = training
        if not training:
            np.copyto(self.y, x)
            return self.y
        self._rng.random(out=self.mask, dtype=self.dtype)
        np.greater_equal(self.mask, self.rate, out=self.mask)
        self.mask *= 1.0 / (1.0 - self.rate)
        return np.multiply(x, self.mask, out=self.y)

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        if not self._training:
            np.copyto(self.dx, dy)
            return self.dx
        return np.multiply(dy, self.mask, out=self.dx)


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x − μ)/s, s = √(σ² + ε), per feature.

    In training, μ and σ² are the batch's mean and (biased) variance, and moving averages of them
    are kept: m ← α m + (1 − α) μ. Outside training the averages stand for μ and σ².

    Backward in training, where μ and s depend on x too (sums and means over the batch):

        dγ = Σₙ dy x̂,    dβ = Σₙ dy,
        dx = (γ/s) (dy − mean(dy) − x̂ mean(dy x̂)).

    Outside training, dx = (γ/s) dy. Source: Ioffe and Szegedy (2015), simplified.

    Parameters
    ----------
    momentum : float
        α, with 0 ≤ α < 1 (Keras's meaning and default; PyTorch's momentum is 1 − α).
    epsilon : float
        ε > 0, Keras's default.
    """

    initializers: ClassVar = {"gamma": init.ones, "beta": init.zeros}
    state = ("moving_mean", "moving_variance")

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, name: str | None = None):
        super().__init__(name)
        self.momentum = check_rate(momentum, "BatchNorm: momentum", high=1.0)
        self.epsilon = check_rate(epsilon, "BatchNorm: epsilon", positive=True)

    def _output_shape(self, input_shape):
        if len(input_shape) != 1:
            raise ValueError(f"{self.name}: expected samples of shape (n,), got {input_shape}")
        return input_shape

    def parameter_shapes(self):
        return {"gamma": self.input_shape, "beta": self.input_shape}

    def _start(self, rng):
        self.moving_mean = np.zeros(self.input_shape, self.dtype)
        self.moving_variance = np.ones(self.input_shape, self.dtype)

    def _allocate(self, n):
        shape = self.input_shape
        return {name: self._empty(n, shape) for name in ("x_hat", "y", "dx")}

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        self._training = training
        if training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self.moving_mean += (1.0 - self.momentum) * (mean - self.moving_mean)
            self.moving_variance += (1.0 - self.momentum) * (variance - self.moving_variance)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        self.s = np.sqrt(variance + self.epsilon)
        np.subtract(x, mean, out=self.x_hat)
        self.x_hat /= self.s
        np.multiply(self.gamma, self.x_hat, out=self.y)
        self.y += self.beta
        return self.y

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        dy_x_hat = (dy * self.x_hat).sum(axis=0)
        self.dgamma[:] = dy_x_hat
        dy.sum(axis=0, out=self.dbeta)
        np.copyto(self.dx, dy)
        if self._training:
            n = len(dy)
            self.dx -= self.dbeta / n + self.x_hat * (dy_x_hat / n)
        self.dx *= self.gamma / self.s
        return self.dx


class Residual(Layer):
    """y = x + F(x), with F a chain of layers that keeps the shape; dx = dy + F's own dx.

    The 1 of ∂y/∂x = 1 + F'(x) carries the gradient past F undiminished. Source: He et al. (2016).

    Parameters
    ----------
    layers : list of Layer
        F, first to last.
    """

    def __init__(self, layers: list[Layer], name: str | None = None):
        super().__init__(name)
        self.layers = check_layers(layers, "Residual")
        if not self.layers:
            raise ValueError("Residual: expected at least one layer, got an empty list")

    def connect(self, input_shape):
        shape = input_shape
        for layer in self.layers:
            shape = layer.connect(shape)
        if shape != input_shape:
            raise ValueError(
                f"{self.name}: expected layers that keep the shape {input_shape}, got {shape}"
            )
        return super().connect(input_shape)

    def _allocate(self, n):
        return {"y": self._empty(n, self.input_shape), "dx": self._empty(n, self.input_shape)}

    def forward(self, x, training=False):
        if x is not self.x:
            x = self._take_x(x)
        y = x
        for layer in self.layers:
            y = layer.forward(y, training)
        return np.add(x, y, out=self.y)

    def backward(self, dy, need_dx=True):
        if dy is not self.dy:
            dy = self._take_dy(dy)
        dx = dy
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        return np.add(dy, dx, out=self.dx)


def check_layer(layer) -> Layer:
    """Return ``layer`` if it is one; raise a TypeError otherwise."""
    if not isinstance(layer, Layer):
        raise TypeError(f"expected a layer, such as Dense(10), got {layer!r}")
    return layer


def check_layers(layers, name: str) -> list[Layer]:
    """Return a list of layers; raise a TypeError if it is something else."""
    if not isinstance(layers, list | tuple):
        raise TypeError(f"{name}: expected a list of layers, got {layers!r}")
    return [check_layer(layer) for layer in layers]


def leaves(layers) -> list[Layer]:
    """Return the layers, each after the layers inside it."""
    return [leaf for layer in layers for leaf in [*leaves(layer.layers), layer]]


def allocate(
    layers: list[Layer], rng: np.random.Generator, dtype: np.dtype
) -> tuple[np.ndarray, np.ndarray]:
    """Lay all parameters of connected layers into one flat vector, and initialize them.

    With one vector, an optimizer is one operation on two arrays, whatever the layers are.

    Returns
    -------
    parameters, gradients : arrays of shape (n_parameters,)
        Every layer's ``parameters``, ``W``, ``b``, ... are views into the first, and its
        ``gradients``, ``dW``, ``db``, ... into the second.

    Raises
    ------
    ValueError, TypeError
        If a layer occurs twice, or an initializer returns something else than finite numbers.
    """
    inside = leaves(layers)
    for number, leaf in enumerate(inside):
        if any(leaf is other for other in inside[:number]):
            raise ValueError(f"{leaf.name}: the same layer occurs twice; make a new one")
    values = [
        _initial_values(leaf, name, shape, rng, dtype).ravel()
        for leaf in inside
        for name, shape in leaf.parameter_shapes().items()
    ]
    parameters = np.concatenate([np.empty(0, dtype), *values])
    gradients = np.zeros_like(parameters)
    link(layers, parameters, gradients)
    for leaf in inside:
        leaf.dtype = dtype
        leaf._start(rng)
    return parameters, gradients


def _initial_values(layer, name, shape, rng, dtype):
    values = np.asarray(layer.initializers[name](shape, rng))
    if values.shape != shape:
        raise ValueError(
            f"{layer.name}: expected the initializer of {name} to return an array of "
            f"shape {shape}, got {values.shape}"
        )
    return check_data(values, f"{layer.name}: initial {name}", dtype)


def link(layers: list[Layer], parameters: np.ndarray, gradients: np.ndarray, stop: int = 0) -> int:
    """Make the layers' parameters views into one flat vector, and their gradients into another.

    The first view begins at ``stop``; the place where the last one ends is returned.
    """
    for layer in layers:
        start = stop
        stop = link(layer.layers, parameters, gradients, start)
        for name, shape in layer.parameter_shapes().items():
            begin, stop = stop, stop + math.prod(shape)
            setattr(layer, name, parameters[begin:stop].reshape(shape))
            setattr(layer, "d" + name, gradients[begin:stop].reshape(shape))
        layer.parameters, layer.gradients = parameters[start:stop], gradients[start:stop]
        layer._view()
    return stop
