"""Weights for Keras and PyTorch, and from them: the same arrays, other names, other layouts.

A file in the safetensors format holds arrays by name: a header in JSON with each one's dtype, shape
and place, then the numbers; reading it runs no code. ``save`` writes the names and layouts that the
other framework expects, ``load`` reads them. The file says nothing about the function: layers,
activations and ε have to be alike on both sides.

A name begins with the number of its layer, from 0. For Keras every layer of ours is one layer. For
PyTorch it is one module of an ``nn.Sequential``, and an activation inside it is one more:
``Sequential([Dense(10, "relu"), Dense(1)])`` has the arrays ::

    Keras      0.kernel, 0.bias, 1.kernel, 1.bias
    PyTorch    0.weight, 0.bias, 2.weight, 2.bias

Keras's layouts are ours. PyTorch puts the outputs first, and the channels before the rows::

    Dense      weight = Wᵀ; after a Flatten of images its columns are in the order (C, H, W)
    Conv2D     weight[o, c, a, b] = K[a, b, c, o]
    SimpleRNN  weight_ih_l0 = Wᵀ, weight_hh_l0 = Uᵀ, bias_ih_l0 + bias_hh_l0 = b
    GRU        the same with the blocks (r, z, c) for our (z, r, c), and both biases are ours

This needs one more package: ``pip install safetensors``.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import weights_file
from .chain import Chain
from .checks import check_data
from .convolution import Conv2D, GlobalAveragePooling2D, MaxPool2D
from .layer import Layer
from .layers import Activation, BatchNorm, Dense, Dropout, Flatten, LayerNorm
from .recurrent import GRU, Embedding, SimpleRNN

__all__ = ["keras_variables", "load", "save"]


class Twin(NamedTuple):
    """One of our arrays as the other framework has it.

    Attributes
    ----------
    names : tuple of str
        Its name there; one of our arrays may be two of theirs.
    there, back : function
        From our array to the tuple of theirs, and from theirs, an argument each, to ours.
    """

    names: tuple[str, ...]
    there: Callable = lambda ours: (ours,)
    back: Callable = lambda theirs: theirs


# -- PyTorch's names and layouts -------------------------------------------------------------------


def _turned(name):
    return Twin((name,), lambda W: (W.T,), lambda weight: weight.T)


def _gates(name):
    return Twin((name,), lambda W: (_swapped(W).T,), lambda weight: _swapped(weight.T))


def _swapped(blocks):
    """Return the blocks (r, z, c) of (z, r, c), or the other way around."""
    first, second, c = np.split(blocks, 3, axis=1)
    return np.concatenate([second, first, c], axis=1)


def _dense_on_images(shape, units):
    """Return the twin of a W whose rows are the pixels of a flattened image, channel by channel."""
    pixels, C = math.prod(shape[:2]), shape[2]
    return Twin(
        ("weight",),
        lambda ours: (ours.reshape(pixels, C, units).T.reshape(ours.T.shape),),
        lambda weight: weight.reshape(units, C, pixels).T.reshape(weight.T.shape),
    )


_BIAS = Twin(("bias",))
_BIASES = ("bias_ih_l0", "bias_hh_l0")
_PYTORCH = {
    Dense: {"W": _turned("weight"), "b": _BIAS},
    Conv2D: {
        "K": Twin(
            ("weight",),
            lambda K: (K.transpose(3, 2, 0, 1),),
            lambda weight: weight.transpose(2, 3, 1, 0),
        ),
        "b": _BIAS,
    },
    BatchNorm: {
        "gamma": Twin(("weight",)),
        "beta": _BIAS,
        "moving_mean": Twin(("running_mean",)),
        # PyTorch also counts the batches; no prediction depends on it.
        "moving_variance": Twin(
            ("running_var", "num_batches_tracked"),
            lambda variance: (variance, np.zeros((), np.int64)),
            lambda variance, count: variance,
        ),
    },
    LayerNorm: {"gamma": Twin(("weight",)), "beta": _BIAS},
    Embedding: {"E": Twin(("weight",))},
    SimpleRNN: {
        "W": _turned("weight_ih_l0"),
        "U": _turned("weight_hh_l0"),
        "b": Twin(_BIASES, lambda b: (b, np.zeros_like(b)), lambda b0, b1: b0 + b1),
    },
    GRU: {
        "W": _gates("weight_ih_l0"),
        "U": _gates("weight_hh_l0"),
        "b": Twin(_BIASES, _swapped, lambda b0, b1: _swapped(np.stack([b0, b1]))),
    },
    Activation: {},
    Dropout: {},
    Flatten: {},
    GlobalAveragePooling2D: {},
    MaxPool2D: {},
}


def _in_pytorch(layers):
    """Return the twin of every array, in the order of ``get_weights``."""
    twins, number, image = [], 0, None  # image: the shape of what a Flatten has made a row
    for layer in layers:
        arrays = _PYTORCH[type(layer)]
        if isinstance(layer, Conv2D) and layer.padding == "same" and layer.strides != (1, 1):
            raise _refusal(layer, "strides of 1 where padding='same', as in PyTorch")
        if isinstance(layer, Dense) and image is not None:
            arrays, image = arrays | {"W": _dense_on_images(image, layer.units)}, None
        elif isinstance(layer, Flatten) and len(layer.input_shape) == 3:
            image = layer.input_shape
        elif image is not None and arrays:
            raise _refusal(layer, "a Dense layer after the Flatten of images, in another order")
        twins += [
            Twin(tuple(f"{number}.{n}" for n in arrays[name].names), *arrays[name][1:])
            for name in _arrays(layer)
        ]
        number += 1 + (isinstance(layer, Dense | Conv2D) and not layer._linear)
    if image is not None:
        raise _refusal(layers[-1], "a Dense layer after the Flatten of images, in another order")
    return twins


# -- Keras's names ---------------------------------------------------------------------------------

_KERAS = {"W": "kernel", "K": "kernel", "U": "recurrent_kernel", "b": "bias", "E": "embeddings"}


def _in_keras(layers):
    """Return the twin of every array, in the order of ``get_weights``."""
    return [
        Twin((f"{number}.{_KERAS.get(name, name)}",))
        for number, layer in enumerate(layers)
        for name in _arrays(layer)
    ]


_TWINS = {"keras": _in_keras, "pytorch": _in_pytorch}


def keras_variables(model) -> dict:
    """Return the variables of a ``keras.Sequential`` by the names that ``save`` gives them.

    Examples
    --------
    ``save(path, ours, "keras")``, and then ::

        arrays = safetensors.numpy.load_file(path)
        for name, variable in keras_variables(theirs).items():
            variable.assign(arrays[name])
    """
    return {
        f"{number}.{variable.name}": variable
        for number, layer in enumerate(model.layers)
        for variable in layer.weights
    }


# -- the file --------------------------------------------------------------------------------------


def save(path, model: Chain, framework: str) -> None:
    """Write a network's arrays into a safetensors file, as another framework has them.

    Parameters
    ----------
    path : str or Path
        It ends in ".safetensors".
    model : Sequential
    framework : {"keras", "pytorch"}

    Raises
    ------
    ValueError
        If the name ends otherwise, the framework is another, or it has no twin of a layer.
    """
    path = weights_file.check_path(path, ".safetensors")
    arrays = _theirs(model, _twins(model, framework))
    with weights_file.replacing(path) as beside:
        _safetensors().numpy.save_file(arrays, beside)


def load(path, model: Chain, framework: str) -> None:
    """Read a safetensors file from another framework, or from ``save``, into a network.

    Parameters
    ----------
    path, model, framework
        As for ``save``.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        As ``save`` does; and if the file is damaged, or holds other arrays, of another shape or
        dtype, or a number that is not finite. Nothing is changed then.
    """
    path = weights_file.check_path(path, ".safetensors")
    twins = _twins(model, framework)
    expected, given = _theirs(model, twins), _read(path)
    if set(given) != set(expected):
        raise ValueError(
            f"{path}: expected the arrays {', '.join(expected)}, got {', '.join(sorted(given))}"
        )
    for name, array in expected.items():
        for what in ("shape", "dtype"):
            should, is_ = getattr(array, what), getattr(given[name], what)
            if should != is_:
                raise ValueError(f"{path}: {name}: expected {what} {should}, got {is_}")
        check_data(given[name].ravel(), f"{path}: {name}", array.dtype)
    model.set_weights([twin.back(*(given[name] for name in twin.names)) for twin in twins])


def _read(path):
    package, data = _safetensors(), path.read_bytes()
    damaged = (package.SafetensorError, KeyError)  # KeyError: a dtype that NumPy lacks
    try:
        return package.numpy.load(data)
    except damaged as error:
        raise ValueError(f"{path}: expected safetensors, got a damaged or other file") from error


def _theirs(model, twins):
    """Return the network's arrays by their names there, each in order in memory."""
    return {
        name: np.array(array, order="C")
        for twin, ours in zip(twins, model.get_weights(), strict=True)
        for name, array in zip(twin.names, twin.there(ours), strict=True)
    }


def _twins(model, framework):
    if not isinstance(model, Chain):
        raise TypeError(f"bridge: expected a Sequential, got {model!r}")
    if framework not in _TWINS:
        raise ValueError(f"framework: expected 'keras' or 'pytorch', got {framework!r}")
    model.count_params()  # builds the network, or says that its input's shape is not known
    for layer in model.layers:
        if type(layer) not in _PYTORCH:
            raise _refusal(layer, "layers that the other framework has")
        if getattr(layer, "masking", False) or getattr(layer, "mask_zero", False):
            raise _refusal(layer, "no masks, which the other framework does not see in zeros")
    return _TWINS[framework](model.layers)


def _arrays(layer):
    return (*layer.parameter_shapes(), *layer.state)


def _refusal(layer: Layer, expected):
    return ValueError(f"bridge: expected {expected}; got {type(layer).__name__} {layer.name!r}")


def _safetensors():
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError("this needs one more package: pip install safetensors") from None
    return safetensors
