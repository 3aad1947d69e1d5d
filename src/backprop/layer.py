"""What every layer shares: shapes, one flat vector of parameters, buffers and checks.

A layer is a function y = f(x; W) of a batch of rows. Backpropagation asks one question of it: given
``dy = ∂L/∂y``, what are ``dx = ∂L/∂x`` and ``dW = ∂L/∂W``? ``layers.py`` holds the mathematics;
here is what surrounds it.

``forward`` and ``backward`` are for callers: they check what comes in, and what they return is the
caller's own. A network's training calls ``_forward`` and ``_backward``, the mathematics alone,
which write into buffers that are kept from step to step: allocating them anew takes as long as
filling them.
"""

import copy
import math
from typing import ClassVar

import numpy as np

from . import initializers as init
from .buffers import Buffered, inner
from .checks import (
    as_array,
    check_data,
    check_dtype,
    check_seed,
    check_shape,
)

__all__ = [
    "Layer",
    "allocate",
    "backward_through",
    "check_layer",
    "check_layers",
    "forward_through",
    "leaves",
    "link",
    "passes",
    "twins",
]


class Layer(Buffered):
    """A function with parameters, its value and its gradients.

    A subclass adds the mathematics, ``_forward`` and ``_backward``, the shapes of its parameters
    (``parameter_shapes``) and its buffers (``_allocate``). It may as well define ``forward`` and
    ``backward`` themselves, which then do without the checks and copies made here; a network calls
    them as they are.

    An array that a layer owns, a parameter or its gradient, is a view into a flat vector.
    ``layer.W = array`` writes the numbers into it.

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
    #: The penalty on each parameter that has one, by name.
    regularizers: ClassVar[dict] = {}
    #: Whether x holds whole numbers, such as tokens, for which there is no dx but zeros.
    discrete_input: bool = False
    #: The layers inside this one.
    layers: "list[Layer] | tuple[Layer, ...]" = ()
    #: What cannot change once the parameters are made.
    fixed: ClassVar[frozenset[str]] = frozenset(
        {"dtype", "initializers", "input_shape", "layers", "output_shape"}
    )

    dtype = parameters = gradients = None
    _views: ClassVar[dict[str, np.ndarray]] = {}

    def __init__(self, name: str | None = None, input_shape=None):
        super().__init__()
        self.name = name or type(self).__name__.lower()
        self.declared_shape = None if input_shape is None else check_shape(input_shape, self.name)
        self.input_shape = self.output_shape = None

    def __setattr__(self, name, value):
        view = self._views.get(name)
        if view is None:
            if name in self.fixed and self.parameters is not None:
                raise AttributeError(
                    f"{self.name}: {name} is fixed, for the layer is built already; "
                    f"make a new layer"
                )
            if self.parameters is not None and self._unknown(name):
                arrays = ", ".join(name for name in self._views if not name.startswith("_"))
                raise AttributeError(f"{self.name}: there is no {name}; its arrays are {arrays}")
            super().__setattr__(name, value)
        elif value is not view:  # it is after layer.W -= ..., which has written into the view
            value = _real(as_array(value, f"{self.name}: {name}"), f"{self.name}: {name}")
            if value.shape != view.shape:
                raise ValueError(
                    f"{self.name}: expected {name} of shape {view.shape}, got {value.shape}"
                )
            view[...] = value

    def _unknown(self, name):
        """Whether a layer of the package is given an attribute that nothing reads."""
        ours = type(self).__module__.startswith("backprop.")
        return ours and not name.startswith("_") and not hasattr(self, name)

    @property
    def trainable(self) -> bool:
        """True: a network trains all its layers."""
        return True

    @trainable.setter
    def trainable(self, value):
        if value is not True:
            raise AttributeError(
                f"{self.name}: all layers of a network are trained; to keep a layer as it is, "
                f"give a network of the other layers its output as input"
            )

    # -- building ---------------------------------------------------------------------------

    def build(self, input_shape=None, seed=None, dtype="float64") -> "Layer":
        """Fix the shapes and give the parameters their initial values.

        Parameters
        ----------
        input_shape : tuple of int, or int
            The shape of one sample; by default the one that the layer was given.
        seed : int, numpy.random.Generator, or None
            Source of the initial values; None draws a fresh one.
        dtype : {"float64", "float32"}

        Raises
        ------
        ValueError
            If the layer cannot take inputs of this shape, or the dtype is another.
        """
        if input_shape is None:
            input_shape = self.declared_shape
        self.connect(check_shape(input_shape, self.name))
        allocate([self], check_seed(seed), check_dtype(dtype))
        return self

    def connect(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Take the input's shape, and return the output's."""
        for name in self._views:
            delattr(self, name)
        self._views = {}
        if self.declared_shape not in (None, input_shape):
            raise ValueError(
                f"{self.name}: expected samples of shape {self.declared_shape}, got {input_shape}"
            )
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

    def _more_views(self):
        """Return further views into the parameters and their gradients, by attribute."""
        return {}

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

        Raises
        ------
        ValueError
            If x has another shape, or no sample.
        RuntimeError
            If the layer was not built.
        """
        x = self.check_x(x)
        self._take_up(len(x))
        return self._forward(x, training).copy()

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Return ∂L/∂x, and write the parameters' gradients, given dy = ∂L/∂y.

        It belongs to the last forward. The gradients are overwritten, not added to those of an
        earlier call.

        Parameters
        ----------
        dy : array of shape (N, *output_shape)
        need_dx : bool
            False spares a network's first layer the product that nobody reads; dx is then None.

        Returns
        -------
        array of shape (N, *input_shape), or None

        Raises
        ------
        ValueError
            If dy has not the shape of the last output.
        RuntimeError
            If there was no forward.
        """
        dx = self._backward(self.check_dy(dy), need_dx)
        return None if dx is None else dx.copy()

    def __call__(self, x, training: bool = False) -> np.ndarray:
        """Return ``forward(x, training)``; a layer that is not built yet is built first."""
        if self.parameters is None:
            self.build(as_array(x, self.name).shape[1:])
        return self.forward(x, training)

    def _forward(self, x, training):
        """Return y, in a buffer, for an x that was checked; x may be kept: nobody changes it."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def _backward(self, dy, need_dx):
        """Return dx, in a buffer (or dy itself), for a dy that was checked and is not changed."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def check_x(self, x) -> np.ndarray:
        """Return x as a new array of the layer's dtype, or raise an error as ``forward`` does."""
        self._forget()
        x = as_array(x, self.name)
        if self.parameters is None:
            raise RuntimeError(
                f"{self.name}: not built yet; call build(input_shape) or add it to a Sequential"
            )
        if x.shape[1:] != self.input_shape or len(x) == 0:
            shape = ", ".join(map(str, self.input_shape))
            raise ValueError(
                f"{self.name}: expected x of shape (N, {shape}) with N >= 1, got {x.shape}"
            )
        return _real(x, f"{self.name}: x").astype(self.dtype)

    def check_values(self, x: np.ndarray) -> np.ndarray:
        """Return x, or raise a ValueError if it holds a number that this layer cannot take."""
        return x

    def check_dy(self, dy) -> np.ndarray:
        """Return dy as an array of the layer's dtype, or raise an error as ``backward`` does."""
        dy = as_array(dy, self.name)
        if self._n is None:
            raise RuntimeError(f"{self.name}: backward needs a forward before it")
        shape = (self._n, *self.output_shape)
        if dy.shape != shape:
            raise ValueError(
                f"{self.name}: expected dy of the output's shape {shape}, got {dy.shape}"
            )
        return _real(dy, f"{self.name}: dy").astype(self.dtype, copy=False)

    # -- buffers ------------------------------------------------------------------------------

    def _forget(self):
        """Forget the last batch: backward then needs a forward before it."""
        self._n = None

    def _make(self, n):
        return {**self._allocate(n), "_n": n}

    def _allocate(self, n):
        """Return the buffers for a batch of n, by attribute."""
        return {}

    def _empty(self, n, shape):
        if len(shape) == 3:  # images lie in memory as (H, C, W, N): see convolution.py
            H, W, C = shape
            return np.empty((H, C, W, n), self.dtype).transpose(3, 0, 2, 1)
        return np.empty((n, *shape), self.dtype)

    def _set_views(self, views):
        """Make the arrays attributes into which an assignment writes."""
        self._views = {}
        views |= {name: getattr(self, name) for name in self.state}
        for name, view in views.items():
            object.__setattr__(self, name, view)
        self._views = views

    def __getstate__(self):
        kept = ("parameters", "gradients", *self.state)
        dropped = {"_views", *(name for name in self._views if name not in kept)}
        return {k: v for k, v in super().__getstate__().items() if k not in dropped}

    def __setstate__(self, state):
        super().__setstate__(state)
        if self.parameters is not None:
            link([self], self.parameters, self.gradients)

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}: {self.input_shape} -> {self.output_shape}>"


def _real(x, name):
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected real numbers, got dtype {x.dtype}")
    return x


# -- chains of layers --------------------------------------------------------------------------


def passes(layers) -> tuple[list, list]:
    """Return the forward passes of a chain, as (layer, pass), and the backward ones, last first.

    They are those that ``inner`` finds.
    """
    forwards = [(layer, inner(layer, "forward", Layer)) for layer in layers]
    return forwards, [inner(layer, "backward", Layer) for layer in reversed(layers)]


def forward_through(chain: tuple[list, list], x: np.ndarray, training: bool) -> np.ndarray:
    """Return the last layer's output for an x that was checked; ``chain`` is from ``passes``."""
    n = len(x)
    for layer, forward in chain[0]:
        if layer._n != n:
            layer._take_up(n)
        x = forward(x, training)
    return x


def backward_through(chain: tuple[list, list], dy: np.ndarray, need_dx: bool) -> np.ndarray | None:
    """Return the first layer's dx; every layer writes its gradients."""
    *others, first = chain[1]
    for backward in others:
        dy = backward(dy, True)
    return first(dy, need_dx)


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


def twins(layers) -> list[Layer]:
    """Return copies that share the arrays which ``layers`` own, and have buffers of their own.

    A forward of the twins leaves what the layers keep for backward as it is.
    """
    shared = {}
    for leaf in leaves(layers):
        for name in ("parameters", "gradients", *leaf.state):
            array = getattr(leaf, name)
            shared[id(array)] = array
    return copy.deepcopy(list(layers), shared)


# -- parameters --------------------------------------------------------------------------------


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
    for leaf in inside:
        leaf.dtype = dtype
        if leaf.layers:
            leaf.layers = tuple(leaf.layers)
        leaf._start(rng)
    link(layers, parameters, gradients)
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
        views = {}
        for name, shape in layer.parameter_shapes().items():
            begin, stop = stop, stop + math.prod(shape)
            views[name] = parameters[begin:stop].reshape(shape)
            views["d" + name] = gradients[begin:stop].reshape(shape)
        views |= {"parameters": parameters[start:stop], "gradients": gradients[start:stop]}
        layer._set_views(views)
        layer._set_views(views | layer._more_views())
    return stop
