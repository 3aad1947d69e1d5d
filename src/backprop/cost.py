"""What a step of training costs: operations and memory, counted by formula.

Two kinds of operation are counted, and never added up, for they take different times.
*Multiply-adds* are those of matrix products. Everything else is *elementwise*: one operation for
each element that a sum reads, or that any other function writes; exp counts as much as +. A
multiplication by 1 is none: adding b and summing db are elementwise, though Dense does both within
its products. Copies, and the loss itself, are not counted.

A matrix (N, n_in) times a matrix (n_in, n_out) takes N n_in n_out multiply-adds. Dense has one such
product forward, x W, and two backward, xᵀ dz and dz Wᵀ; a network's first layer is spared the last
one. With N samples of n numbers, in training, and f and f' operations an element for the
activation (``ACTIVATIONS``):

==========  =========================  =================================  ====================
layer       multiply-adds              elementwise                        kept
            forward; backward          forward; backward
==========  =========================  =================================  ====================
Dense       N n_in n_out; twice that   N n_out (f + 1); N n_out (f' + 1)  N (n_in + n_out): x, y
Activation  0; 0                       N n f; N n f'                      N n: y
Flatten     0; 0                       0; 0                               0
Dropout     0; 0                       4 N n; N n                         2 N n: mask, y
BatchNorm   0; 0                       9 N n + 11 n; 7 N n + 3 n          2 N n + n: x̂, y, s
LayerNorm   0; 0                       9 N n + 5 N; 11 N n + 2 N          2 N n + N: x̂, y, s
Residual    those of F                 those of F + N n; the same         those of F + N n: y
Embedding   0; 0                       7 N T; N T n_out                   N T n_out: y
SimpleRNN   N T H (D + H);             3 N T H; 4 N T H                   N T (D + 2 H) + N H:
            N T H (2 D + 2 H)                                             x, g, h
GRU         3 N T H (D + H);           22 N T H; 22 N T H                 N T (D + 7 H) + N H:
            3 N T H (2 D + 2 H)                                           x, g, a, h
==========  =========================  =================================  ====================

Of images, n = H W C; BatchNorm's features are the C channels, with N H W rows. The layers that only
images have, with windows of k = k_h k_w pixels, h w N windows, x = N H W C and y = N h w O numbers,
m pairs of a number of x and a window that holds it, and p copies of numbers of x (each row k_w
times, moved by a column):

======================  ==========================  =========================================  =====
layer                   multiply-adds               elementwise                                kept
                        forward; backward           forward; backward
======================  ==========================  =========================================  =====
Conv2D                  y k C; twice that           y (f + 1); y (f' + 1) + h k C O            p + y
                                                    and for dx h w N k C + p
MaxPool2D               0; 0                        m; 3 m, or 4 m where windows meet          y
GlobalAveragePooling2D  0; 0                        x + y; y                                   y
======================  ==========================  =========================================  =====

*Kept* are the numbers that forward writes and backward, or the next layer's backward, may still
read. Dense keeps a copy of x, and z as well where the activation needs it (GELU). A sequence has T
steps of D features, and a recurrent layer H units. With ``return_sequences`` it adds dyₜ at each
step, N T H more. Masks take N T (2 D + 1) operations forward and N T (3 H + 1) backward, for all
states as output N T (H + 1) more; of an Embedding N T. Putting tokens in order is not counted.
"""

import math
from dataclasses import dataclass

from . import activations, convolution, layers, optimizers, recurrent
from .checks import check_positive
from .layer import Layer, check_layer
from .network import Sequential

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
    "Cost",
    "Operations",
    "layer_cost",
    "network_cost",
    "update_operations",
]


@dataclass(frozen=True)
class Operations:
    """Operations of one pass.

    Attributes
    ----------
    multiply_adds : int
        Those of matrix products.
    elementwise : int
        All other operations on numbers.
    """

    multiply_adds: int = 0
    elementwise: int = 0

    def __add__(self, other):
        return Operations(
            self.multiply_adds + other.multiply_adds, self.elementwise + other.elementwise
        )


@dataclass(frozen=True)
class Cost:
    """What a layer or a network costs in one step of training.

    Attributes
    ----------
    forward : Operations
        Of the forward pass.
    backward : Operations
        Of the backward pass.
    update : int
        Elementwise operations of the optimizer's step.
    kept : int
        Bytes that forward keeps for backward; of the network's input, the copy that Dense makes.
    buffers : int
        Bytes of all arrays that are held for a batch of this size: the kept ones, and those that
        backward writes to.
    """

    forward: Operations
    backward: Operations
    update: int
    kept: int
    buffers: int

    def __add__(self, other):
        return Cost(
            self.forward + other.forward,
            self.backward + other.backward,
            self.update + other.update,
            self.kept + other.kept,
            self.buffers + other.buffers,
        )


# Operations an element, forward and backward, in the order of the activation's code.
ACTIVATIONS: dict[type, tuple[int, int]] = {
    activations.Linear: (0, 0),
    activations.Sigmoid: (4, 3),
    activations.Tanh: (1, 3),
    activations.ReLU: (1, 2),
    activations.LeakyReLU: (2, 3),
    activations.GELU: (9, 16),
    activations.Softmax: (5, 4),
}


def layer_cost(layer: Layer, n: int, need_dx: bool = True, optimizer="sgd") -> Cost:
    """Return what one step with a batch of n samples costs in a built layer.

    Parameters
    ----------
    layer : Layer
    n : int
        Samples, N.
    need_dx : bool
        False for a network's first layer, whose dx nobody reads.
    optimizer : str or Optimizer

    Raises
    ------
    TypeError
        If the layer is of a type that is not in ``LAYERS``.
    RuntimeError
        If the layer was not built.
    ValueError
        If n is less than 1, or the optimizer clips.
    """
    n = check_positive(n, "layer_cost: n")
    if check_layer(layer).parameters is None:
        raise RuntimeError(f"layer_cost: {layer.name} is not built yet; call build(input_shape)")
    forward, backward, kept, buffers = _count(layer, n, need_dx)
    return Cost(
        forward,
        backward,
        layer.parameters.size * update_operations(optimizer),
        kept * layer.dtype.itemsize,
        buffers * layer.dtype.itemsize,
    )


def network_cost(network: Sequential, n: int, optimizer="sgd") -> Cost:
    """Return what one step of training costs in a built network, without the loss.

    Parameters
    ----------
    network : Sequential
    n : int
        Samples, N.
    optimizer : str or Optimizer

    Raises
    ------
    As ``layer_cost`` does.
    """
    total = Cost(Operations(), Operations(), 0, 0, 0)
    for layer in network.layers:
        total += layer_cost(layer, n, layer is not network.layers[0], optimizer)
    return total


def update_operations(optimizer="sgd") -> int:
    """Return the operations that an optimizer's step takes for each parameter.

    Raises
    ------
    ValueError
        If the optimizer clips: what that costs depends on the gradient. Or if it is Muon: what its
        step costs depends on the shapes.
    """
    optimizer = optimizers.get(optimizer)
    if isinstance(optimizer, optimizers.Muon):
        raise ValueError(
            "update_operations: expected an optimizer that takes each parameter alone, got Muon"
        )
    if optimizer.global_clipnorm is not None or optimizer.clipvalue is not None:
        raise ValueError(
            "update_operations: expected an optimizer that does not clip, for what clipping costs "
            "depends on the gradient"
        )
    if isinstance(optimizer, optimizers.AdamW):
        return 14  # Adam's, and w ← w − (η λ) w
    if isinstance(optimizer, optimizers.Adam):
        return 12
    if isinstance(optimizer, optimizers.RMSprop):
        return 9
    if optimizer.nesterov and optimizer.momentum:
        return 6
    return 4 if optimizer.momentum else 2  # v ← μ v − η g, w ← w + v; or w ← w − η g alone


# -- the layers: operations forward and backward, numbers kept, numbers in all arrays held -------


def _count(layer, n, need_dx=True):
    if type(layer) not in LAYERS:
        known = ", ".join(cls.__name__ for cls in LAYERS)
        raise TypeError(f"layer_cost: expected one of {known}, got {layer!r}")
    return LAYERS[type(layer)](layer, n, need_dx)


def _dense(layer, n, need_dx):
    (n_in,), (n_out,) = layer.input_shape, layer.output_shape
    f, df = ACTIVATIONS[type(layer.activation)]
    product = n * n_in * n_out  # of x W, of dW = xᵀ dz, and of dx = dz Wᵀ
    y = n * n_out
    bias = int(layer.use_bias)  # + b, and the sum db
    forward = Operations(product, y * (f + bias))
    backward = Operations(product * (2 if need_dx else 1), y * (df + bias))
    x = dx = n * n_in
    kept = x + (2 * y if layer.activation.needs_z else y)
    dz, ones = y, n * bias
    return forward, backward, kept, kept + dx + dz + ones


def _activation(layer, n, need_dx):
    f, df = ACTIVATIONS[type(layer.activation)]
    y = n * _size(layer)
    return Operations(0, f * y), Operations(0, df * y), y, 2 * y


def _flatten(layer, n, need_dx):
    return Operations(), Operations(), 0, 0


def _dropout(layer, n, need_dx):
    y = n * _size(layer)
    draw, compare, scale, multiply = y, y, y, y
    return Operations(0, draw + compare + scale + multiply), Operations(0, y), 2 * y, 3 * y


def _batch_norm(layer, n, need_dx):
    features, x = layer.gamma.size, n * _size(layer)
    mean, variance = x + features, 4 * x + 2 * features  # the variance takes the mean once more
    averages, s, y = 6 * features, 2 * features, 4 * x
    forward = Operations(0, mean + variance + averages + s + y)
    return forward, Operations(0, 7 * x + 3 * features), 2 * x + features, 3 * x + features


def _layer_norm(layer, n, need_dx):
    x = n * _size(layer)
    rows = x // layer.input_shape[-1]
    mean, variance, s, y = x + rows, 4 * x + 2 * rows, 2 * rows, 4 * x
    forward = Operations(0, mean + variance + s + y)
    backward = Operations(0, 3 * x + (8 * x + 2 * rows if need_dx else 0))
    return forward, backward, 2 * x + rows, 3 * x + rows


def _embedding(layer, n, need_dx):
    tokens = n * _size(layer)
    y = tokens * layer.output_dim
    forward = Operations(0, (7 + layer.mask_zero) * tokens)  # the check, and what becomes zeros
    return forward, Operations(0, y), y, y + tokens


def _recurrent(forward_cell, backward_cell, arrays):
    """Return a count, given what a cell of one unit takes; ``arrays`` are g, and GRU's a."""

    def count(layer, n, need_dx):
        (steps, features), units, width = layer.input_shape, layer.units, layer.U.shape[1]
        rows = n * steps
        h, x, g, first = rows * units, rows * features, rows * width, n * units
        forward, backward = forward_cell * h, (backward_cell + layer.return_sequences) * h
        kept = x + arrays * g + h + first
        buffers = kept + arrays * g + x + first  # dg, GRU's da, dx, dh
        if layer.masking:
            forward += 2 * x + rows  # which steps are hidden
            backward += 3 * h + rows
            kept += rows
            buffers += rows + first
            if layer.return_sequences:
                forward += h + rows
                kept += h
                buffers += h
        products = x * width, h * width  # of x W or dg Wᵀ or xᵀ dg, and of those with U
        return (
            Operations(sum(products), forward),
            Operations((2 if need_dx else 1) * products[0] + 2 * products[1], backward),
            kept,
            buffers,
        )

    return count


def _residual(layer, n, need_dx):
    y = n * _size(layer)
    forward, backward, kept, buffers = zip(*(_count(f, n) for f in layer.layers), strict=True)
    add = Operations(0, y)  # x + F(x), and dy + F's own dx
    return sum(forward, add), sum(backward, add), sum(kept) + y, sum(buffers) + 2 * y


def _convolution(layer, n, need_dx):
    f, df = ACTIVATIONS[type(layer.activation)]
    rows, columns = layer._rows, layer._columns
    h, w, O = layer.output_shape
    C, bias = layer.input_shape[2], int(layer.use_bias)
    y, window, copy = n * h * w * O, rows.k * columns.k * C, n * w * columns.k * C
    product = y * window  # of Kᵀ X, of dK = X dzᵀ, and of dX = K dz
    p = n * C * rows.reached * columns.pairs
    backward = Operations(product, y * (df + bias) + h * window * O)  # dK is a sum over h rows
    if need_dx:
        backward += Operations(product, n * h * w * window + p)
    kept = 2 * y if layer.activation.needs_z else y
    copies, dX, dKs = rows.padded * copy, h * copy, h * window * O
    buffers = 2 * copies + dX + dKs + kept + y + n * _size(layer)
    return Operations(product, y * (bias + f)), backward, p + kept, buffers


def _max_pooling(layer, n, need_dx):
    x, y = n * _size(layer), n * math.prod(layer.output_shape)
    m = n * layer.input_shape[2] * layer._rows.pairs * layer._columns.pairs
    mask, left = y, y
    return Operations(0, m), Operations(0, (4 if layer._meet else 3) * m), y, x + y + mask + left


def _global_average_pooling(layer, n, need_dx):
    x, y = n * _size(layer), n * layer.input_shape[2]
    return Operations(0, x + y), Operations(0, y), y, x + 2 * y


def _size(layer):
    return math.prod(layer.input_shape)


# The count of each type of layer.
LAYERS = {
    layers.Dense: _dense,
    layers.Activation: _activation,
    layers.Flatten: _flatten,
    layers.Dropout: _dropout,
    layers.BatchNorm: _batch_norm,
    layers.LayerNorm: _layer_norm,
    layers.Residual: _residual,
    convolution.Conv2D: _convolution,
    convolution.MaxPool2D: _max_pooling,
    convolution.GlobalAveragePooling2D: _global_average_pooling,
    recurrent.Embedding: _embedding,
    recurrent.SimpleRNN: _recurrent(3, 4, arrays=1),
    recurrent.GRU: _recurrent(22, 22, arrays=2),
}
