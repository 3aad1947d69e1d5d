"""Layers: each computes its output forward, and its gradients backward.

Only the mathematics is here. What comes in was checked in ``layer.py``, and what ``_forward`` and
``_backward`` return is a buffer, which the next pass overwrites; ``forward`` and ``backward`` give
a caller a copy.
"""

import math
from typing import ClassVar

import numpy as np

from . import activations, regularizers
from . import initializers as init
from .checks import check_flag, check_positive, check_rate, check_seed
from .layer import Layer, backward_through, check_layers, forward_through, passes

__all__ = ["Activation", "BatchNorm", "Dense", "Dropout", "Flatten", "LayerNorm", "Residual"]


class _WithActivation(Layer):
    """A layer whose ``activation`` can be set at any time, by name or as an object."""

    @property
    def activation(self):
        """f, an activation object."""
        return self._f

    @activation.setter
    def activation(self, activation):
        self._f = activations.get(activation)
        self._linear = type(self._f) is activations.Linear
        self._buffers = {}  # another f may need other buffers
        self._forget()


class Dense(_WithActivation):
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
        Number of inputs, n_in; needed only on a network's first layer. ``input_shape=(n_in,)`` says
        the same.
    use_bias : bool
        Whether there is a b.
    kernel_initializer, bias_initializer : str or function
        Of W, shape (n_in, n_out), and of b, shape (n_out,).
    kernel_regularizer : str or regularizer object, optional
        A penalty on W, added to the loss.
    """

    fixed = Layer.fixed | {"input_dim", "units", "use_bias"}

    def __init__(
        self,
        units: int,
        activation=None,
        *,
        input_dim: int | None = None,
        use_bias: bool = True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        name: str | None = None,
        input_shape=None,
    ):
        if input_dim is not None:
            if input_shape is not None:
                raise ValueError("Dense: expected input_dim or input_shape, got both")
            input_shape = (check_positive(input_dim, "Dense: input_dim"),)
        super().__init__(name, input_shape)
        self.units = check_positive(units, "Dense: units")
        self.activation = activation
        self.use_bias = check_flag(use_bias, "Dense: use_bias")
        self.initializers = {
            "W": init.get(kernel_initializer),
            "b": init.get(bias_initializer),
        }
        self.regularizers = {"W": regularizers.get(kernel_regularizer)}

    def _output_shape(self, input_shape):
        if len(input_shape) != 1:
            raise ValueError(f"{self.name}: expected samples of shape (n,), got {input_shape}")
        return (self.units,)

    def parameter_shapes(self):
        W = {"W": (*self.input_shape, self.units)}
        return W | {"b": (self.units,)} if self.use_bias else W

    def _more_views(self):
        # The flat vector has b right after W: seen as one matrix, it is W with b as its last row.
        Wb, dWb = (a.reshape(-1, self.units) for a in (self.parameters, self.gradients))
        return {"_Wb": Wb, "_dWb": dWb, "_WT": self.W.T}

    def _allocate(self, n):
        z, dz = self._empty(n, self.output_shape), self._empty(n, self.output_shape)
        # Most derivatives need y alone: y may then overwrite z, which saves memory traffic.
        y = np.empty_like(z) if self._f.needs_z else z
        (n_in,) = self.input_shape
        x1 = np.ones((n, n_in + self.use_bias), self.dtype)
        dx = self._empty(n, self.input_shape)
        return {"z": z, "y": y, "dz": dz, "dx": dx, "x1": x1, "_x": x1[:, :n_in], "_x1T": x1.T}

    def _forward(self, x, training):
        self._x[...] = x  # a copy takes less time than adding b, and summing db, by themselves
        self.x1.dot(self._Wb, out=self.z)
        return self.z if self._linear else self._f.forward(self.z, self.y)

    def _backward(self, dy, need_dx):
        dz = dy if self._linear else self._f.backward(dy, self.z, self.y, self.dz)
        self._x1T.dot(dz, out=self._dWb)
        return dz.dot(self._WT, out=self.dx) if need_dx else None


class Activation(_WithActivation):
    """y = f(x), and dx from the activation's own rule: an activation as a layer of its own."""

    def __init__(self, activation, name: str | None = None, input_shape=None):
        super().__init__(name, input_shape)
        self.activation = activation

    def _allocate(self, n):
        y, dx = self._empty(n, self.input_shape), self._empty(n, self.input_shape)
        return {"x": None, "y": y, "dx": dx}  # forward sets x

    def _forward(self, x, training):
        self.x = x
        return self._f.forward(x, self.y)

    def _backward(self, dy, need_dx):
        return self._f.backward(dy, self.x, self.y, self.dx)


class Flatten(Layer):
    """y is x with all axes but the first made one; dx is dy in the old shape."""

    def _output_shape(self, input_shape):
        return (math.prod(input_shape),)

    def _forward(self, x, training):
        return x.reshape(len(x), *self.output_shape)

    def _backward(self, dy, need_dx):
        return dy.reshape(len(dy), *self.input_shape)


class Dropout(Layer):
    """y = m x, dx = m dy: in training each m is 0 with probability r, else 1/(1 − r).

    The factor keeps the mean of y at x, so that outside training y = x. Source: Srivastava et al.
    (2014), in the form ("inverted dropout") that the frameworks use.

    Parameters
    ----------
    rate : float
        r, with 0 ≤ r < 1.
    seed : int, numpy.random.Generator, or None
        Source of the masks; None takes the one that the layer is built with.
    """

    def __init__(self, rate: float, seed=None, name: str | None = None, input_shape=None):
        super().__init__(name, input_shape)
        self.rate = check_rate(rate, "Dropout: rate", high=1.0)
        self._own_rng = None if seed is None else check_seed(seed)

    def _start(self, rng):
        self._rng = rng if self._own_rng is None else self._own_rng

    def _allocate(self, n):
        mask, y, dx = (self._empty(n, self.input_shape) for _ in range(3))
        # A generator writes into an array whose elements lie in order: of images, the base.
        drawn = mask if mask.base is None else mask.base
        return {"mask": mask, "_drawn": drawn, "y": y, "dx": dx}

    def _forward(self, x, training):
        self._training = training
        if not training:
            np.copyto(self.y, x)
            return self.y
        self._rng.random(out=self._drawn, dtype=self.dtype)
        np.greater_equal(self.mask, self.rate, out=self.mask)
        self.mask *= 1.0 / (1.0 - self.rate)
        return np.multiply(x, self.mask, out=self.y)

    def _backward(self, dy, need_dx):
        if not self._training:
            np.copyto(self.dx, dy)
            return self.dx
        return np.multiply(dy, self.mask, out=self.dx)


class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x − μ)/s, s = √(σ² + ε), per feature.

    The features lie on the last axis: of images (N, H, W, C), the channels. Every other axis counts
    as the batch's, so that a batch of images has N H W rows.

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

    def __init__(
        self,
        *,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        name: str | None = None,
        input_shape=None,
    ):
        super().__init__(name, input_shape)
        self.momentum = check_rate(momentum, "BatchNorm: momentum", high=1.0)
        self.epsilon = check_rate(epsilon, "BatchNorm: epsilon", positive=True)

    def _output_shape(self, input_shape):
        self._axes = tuple(range(len(input_shape)))  # all but the last: of a vector (0,)
        return input_shape

    def parameter_shapes(self):
        return {"gamma": self.input_shape[-1:], "beta": self.input_shape[-1:]}

    def _start(self, rng):
        self.moving_mean = np.zeros(self.input_shape[-1], self.dtype)
        self.moving_variance = np.ones(self.input_shape[-1], self.dtype)

    def _allocate(self, n):
        x_hat, y, dx = (self._empty(n, self.input_shape) for _ in range(3))
        return {"x_hat": x_hat, "y": y, "dx": dx, "s": np.empty(self.input_shape[-1], self.dtype)}

    def _forward(self, x, training):
        self._training = training
        if training:
            mean, variance = x.mean(axis=self._axes), x.var(axis=self._axes)
            self.moving_mean += (1.0 - self.momentum) * (mean - self.moving_mean)
            self.moving_variance += (1.0 - self.momentum) * (variance - self.moving_variance)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        np.sqrt(variance + self.epsilon, out=self.s)
        np.subtract(x, mean, out=self.x_hat)
        self.x_hat /= self.s
        np.multiply(self.gamma, self.x_hat, out=self.y)
        self.y += self.beta
        return self.y

    def _backward(self, dy, need_dx):
        dy_x_hat = (dy * self.x_hat).sum(axis=self._axes)
        self.dgamma[:] = dy_x_hat
        dy.sum(axis=self._axes, out=self.dbeta)
        np.copyto(self.dx, dy)
        if self._training:
            n = dy.size // self.dbeta.size
            self.dx -= self.dbeta / n + self.x_hat * (dy_x_hat / n)
        self.dx *= self.gamma / self.s
        return self.dx


class LayerNorm(Layer):
    """y = γ x̂ + β with x̂ = (x − μ)/s, s = √(σ² + ε): BatchNorm along the other axis.

    μ and σ² are the mean and (biased) variance of one row, over the last axis, so that no row knows
    of another and nothing changes after training. γ and β hold a number for each feature.

    Backward, where μ and s depend on x too (sums over all rows, means along each row)::

        dγ = Σ dy x̂,    dβ = Σ dy,    dx̂ = γ dy,
        dx = (dx̂ − mean(dx̂) − x̂ mean(dx̂ x̂))/s.

    Source: Ba, Kiros and Hinton (2016), arXiv:1607.06450.

    Parameters
    ----------
    epsilon : float
        ε > 0, Keras's default.
    """

    initializers: ClassVar = {"gamma": init.ones, "beta": init.zeros}

    def __init__(self, epsilon: float = 1e-3, name: str | None = None, input_shape=None):
        super().__init__(name, input_shape)
        self.epsilon = check_rate(epsilon, "LayerNorm: epsilon", positive=True)

    def parameter_shapes(self):
        return {"gamma": self.input_shape[-1:], "beta": self.input_shape[-1:]}

    def _allocate(self, n):
        x_hat, y, dx = (self._empty(n, self.input_shape) for _ in range(3))
        return {"x_hat": x_hat, "y": y, "dx": dx, "s": self._empty(n, (*self.input_shape[:-1], 1))}

    def _forward(self, x, training):
        np.subtract(x, x.mean(axis=-1, keepdims=True), out=self.x_hat)
        np.sqrt(x.var(axis=-1, keepdims=True) + self.epsilon, out=self.s)
        self.x_hat /= self.s
        np.multiply(self.gamma, self.x_hat, out=self.y)
        self.y += self.beta
        return self.y

    def _backward(self, dy, need_dx):
        rows = tuple(range(dy.ndim - 1))
        (dy * self.x_hat).sum(axis=rows, out=self.dgamma)
        dy.sum(axis=rows, out=self.dbeta)
        if not need_dx:
            return None
        dx_hat = np.multiply(self.gamma, dy, out=self.dx)
        mean, slope = (a.mean(axis=-1, keepdims=True) for a in (dx_hat, dx_hat * self.x_hat))
        self.dx -= mean + self.x_hat * slope
        self.dx /= self.s
        return self.dx


class Residual(Layer):
    """y = x + F(x), with F a chain of layers that keeps the shape; dx = dy + F's own dx.

    The 1 of ∂y/∂x = 1 + F'(x) carries the gradient past F undiminished. Source: He et al. (2016).

    Parameters
    ----------
    layers : list of Layer
        F, first to last.
    """

    def __init__(self, layers: list[Layer], name: str | None = None, input_shape=None):
        super().__init__(name, input_shape)
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

    def _forward(self, x, training):
        return np.add(x, forward_through(passes(self.layers), x, training), out=self.y)

    def _backward(self, dy, need_dx):
        return np.add(dy, backward_through(passes(self.layers), dy, True), out=self.dx)
