"""A chain of layers as one function: its shapes, its parameters, and the two passes.

``network.py`` trains it.
"""

import numpy as np

from . import weights_file
from .checks import as_array, check_data, check_dtype, check_seed, check_shape
from .layer import (
    Layer,
    allocate,
    backward_through,
    check_layer,
    forward_through,
    leaves,
    link,
    passes,
)

__all__ = ["Chain", "Input"]


class Input:
    """The shape of one sample, as a network's first entry: ``Sequential([Input((8,)), ...])``."""

    def __init__(self, shape):
        self.shape = check_shape(shape, "Input")


class Chain:
    """Layers, each of which takes the output of the one before.

    Parameters
    ----------
    layers : list of Layer, optional
        First to last; more can be added.
    seed : int, numpy.random.Generator, or None
        Source of the initial weights; None draws a fresh one.
    dtype : {"float64", "float32"}
        Of all parameters and data.

    Attributes
    ----------
    parameters, gradients : array of shape (n_parameters,)
        All parameters, and their gradients, as two flat vectors.
    """

    def __init__(self, layers=None, *, seed=None, dtype="float64", name="chain"):
        self._layers: tuple[Layer, ...] = ()
        self.name = name
        self.rng = check_seed(seed)
        self._dtype = check_dtype(dtype)
        self.input_shape = self._parameters = self._gradients = self._pass = None
        if layers is not None and not isinstance(layers, list | tuple):
            raise TypeError(f"{type(self).__name__}: expected a list of layers, got {layers!r}")
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, first to last; ``add`` and ``pop`` change them."""
        return self._layers

    @property
    def dtype(self) -> np.dtype:
        """Of all parameters and data."""
        return self._dtype

    trainable = Layer.trainable

    def __setstate__(self, state):
        # The layers' parameters were views into one vector; their copies must be that again.
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self._pass = None
        if self._parameters is not None:
            link(self.layers, self._parameters, self._gradients)

    # -- building -----------------------------------------------------------------------------

    def add(self, layer: "Layer | Input") -> None:
        """Append a layer; an Input, which must come first, gives the shape of the input.

        Raises
        ------
        TypeError
            If it is not a layer.
        ValueError
            If it is in the network already, and would be trained twice; or an Input that is not
            the first entry.
        RuntimeError
            If the network is built already.
        """
        if self._parameters is not None:
            raise RuntimeError("add: the network is built already; add all layers before using it")
        if isinstance(layer, Input):
            if self.layers or self.input_shape is not None:
                raise ValueError("add: expected the Input before all layers")
            self.input_shape = layer.shape
            return
        check_layer(layer)
        if any(layer is other for other in self.layers):
            raise ValueError(f"add: {layer.name} is in the network already; make a new layer")
        self._layers = (*self._layers, layer)

    def pop(self) -> None:
        """Remove the last layer; what the others have learned stays.

        Raises
        ------
        RuntimeError
            If there is no layer.
        """
        if not self.layers:
            raise RuntimeError("pop: the network has no layers")
        self._layers = self._layers[:-1]
        self._pass = None
        if self._parameters is not None and self.layers:
            size = sum(layer.parameters.size for layer in self.layers)
            self._parameters = self._parameters[:size].copy()
            self._gradients = self._gradients[:size].copy()
            link(self.layers, self._parameters, self._gradients)
            self.output_shape = self.layers[-1].output_shape
        elif self._parameters is not None:
            self._parameters = self._gradients = None

    def build(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Fix all shapes and draw the initial weights; happens by itself on first use.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample; by default from an Input, or from what the first layer was
            given, ``input_shape`` or ``input_dim``.

        Raises
        ------
        RuntimeError
            If there is no layer, the input's shape is not known, or the network is built already.
        ValueError
            If a layer cannot take the output of the one before, or is built already, alone or in
            another network, and would lose its weights.
        """
        if self._parameters is not None:
            raise RuntimeError("build: the network is built already; its weights would be lost")
        if not self.layers:
            raise RuntimeError("build: the network has no layers; add one")
        for layer in leaves(self.layers):
            if layer.parameters is not None:
                raise ValueError(
                    f"build: expected new layers, got {layer.name}, which is built already, alone "
                    f"or in another network"
                )
        declared = self._declared_shape()
        if input_shape is None and declared is None:
            raise RuntimeError(
                f"build: the shape of the input is not known; give the first layer, "
                f"{self.layers[0].name}, an input_shape, or call build((n_inputs,))"
            )
        shape = declared if input_shape is None else check_shape(input_shape, "build")
        if declared not in (None, shape):
            raise ValueError(f"build: expected inputs of shape {declared}, got {shape}")
        shapes = [shape]
        for number, layer in enumerate(self.layers, start=1):
            try:
                shapes.append(layer.connect(shapes[-1]))
            except ValueError as error:
                raise ValueError(f"layer {number}: {error}") from None
        self.input_shape, self.output_shape = shape, shapes[-1]
        self._parameters, self._gradients = allocate(self.layers, self.rng, self.dtype)

    def _declared_shape(self):
        """Return the input's shape as an Input or the first layer says it, or None."""
        first = self.layers[0].declared_shape if self.layers else None
        return self.input_shape if first is None else first

    @property
    def parameters(self) -> np.ndarray:
        """All parameters as one flat vector, a view; numbers assigned to it are written into it."""
        self._require_build()
        return self._parameters

    @parameters.setter
    def parameters(self, values):
        values = as_array(values, "parameters")
        if values.shape != self.parameters.shape:
            raise ValueError(
                f"parameters: expected shape {self.parameters.shape}, got {values.shape}"
            )
        self._parameters[...] = check_data(values, "parameters", self.dtype)

    @property
    def gradients(self) -> np.ndarray:
        """∂L/∂parameters of the last backward, as one flat vector; a view, not a copy."""
        self._require_build()
        return self._gradients

    def _require_build(self, input_shape=None):
        if self._parameters is None:
            self.build(input_shape)

    # -- the two passes -----------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the last layer's output for x of shape (N, *input_shape); see Layer.forward."""
        self._pass = None
        if self._parameters is None:
            self.build(as_array(x, "forward").shape[1:] or None)
        chain = passes(self.layers)
        y = forward_through(chain, self.layers[0].check_x(x), training).copy()
        self._pass = chain
        return y

    __call__ = forward

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Return ∂L/∂x and write all gradients, given dy = ∂L/∂y; see Layer.backward.

        It belongs to the last ``forward`` of the network.

        Raises
        ------
        RuntimeError
            If there was none, or a step of training or a layer's own forward came after it.
        """
        if not self.layers:
            raise RuntimeError("backward: the network has no layers; add one")
        n = self.layers[-1]._n
        if self._pass is None or any(layer._n != n for layer in self.layers):
            raise RuntimeError(
                "backward needs a forward before it, of the whole network and the same batch"
            )
        dx = backward_through(self._pass, self.layers[-1].check_dy(dy), need_dx)
        return None if dx is None else dx.copy()

    # -- the weights --------------------------------------------------------------------------

    def count_params(self) -> int:
        """Return the number of trained parameters."""
        return self.parameters.size

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all arrays in Keras's order: layer by layer W, b, then its state."""
        self._require_build()
        return [array.copy() for array in self._arrays().values()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy arrays, as ``get_weights`` returns them, into the network.

        Raises
        ------
        ValueError, TypeError
            If their number, a shape or an element is wrong; nothing is changed then.
        """
        self._require_build()
        arrays = self._arrays().values()
        if not isinstance(weights, list | tuple):
            raise TypeError(f"set_weights: expected a list of arrays, got {weights!r}")
        if len(weights) != len(arrays):
            raise ValueError(f"set_weights: expected {len(arrays)} arrays, got {len(weights)}")
        checked = []
        for i, (array, weight) in enumerate(zip(arrays, weights, strict=True)):
            weight = as_array(weight, f"set_weights: array {i}")
            if weight.shape != array.shape:
                raise ValueError(
                    f"set_weights: expected shape {array.shape} for array {i}, got {weight.shape}"
                )
            checked.append(check_data(weight, f"set_weights: array {i}", self.dtype))
        for array, weight in zip(arrays, checked, strict=True):
            array[...] = weight

    def save_weights(self, filepath) -> None:
        """Write all arrays that ``get_weights`` returns into a file that ends in ".npz".

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        self._require_build()
        weights_file.save(filepath, self._arrays())

    def load_weights(self, filepath) -> None:
        """Read a file that ``save_weights`` has written, for a network of the same layers.

        Raises
        ------
        FileNotFoundError
            If there is none.
        ValueError
            If it is damaged, or of another network; nothing is changed then.
        """
        self._require_build()
        loaded, arrays = weights_file.load(filepath), self._arrays()
        if list(loaded) != list(arrays):
            raise ValueError(
                f"load_weights: expected the arrays {', '.join(arrays)}, got {', '.join(loaded)}"
            )
        self.set_weights(list(loaded.values()))

    def _arrays(self):
        """Return every array of the network by a name of its own, in Keras's order."""
        return {
            f"{number}.{type(leaf).__name__}.{name}": getattr(leaf, name)
            for number, leaf in enumerate(leaves(self.layers))
            for name in (*leaf.parameter_shapes(), *leaf.state)
        }

    def summary(self) -> None:
        """Print each layer's output shape and number of parameters, as far as they are known."""
        if self._parameters is None and self.layers and self._declared_shape() is not None:
            self.build()
        known = self._parameters is not None
        print(f"{'layer':<16}{'output shape':<20}{'parameters':>10}")
        for layer in self.layers:
            shape = f"(N, {', '.join(map(str, layer.output_shape))})" if known else "?"
            size = f"{layer.parameters.size:,}" if known else "not built"
            print(f"{layer.name:<16}{shape:<20}{size:>10}")
        print(f"{'total':<36}{f'{self.count_params():,}' if known else 'not built':>10}")

    def _check_x(self, x, name):
        x = check_data(x, name, self.dtype)
        if x.ndim < 2:
            raise ValueError(f"{name}: expected samples, of shape (N, ...), got {x.shape}")
        self._require_build(x.shape[1:])
        if x.shape[1:] != self.input_shape:
            expected = ", ".join(map(str, self.input_shape))
            raise ValueError(f"{name}: expected shape (N, {expected}), got {x.shape}")
        return self.layers[0].check_values(x)
