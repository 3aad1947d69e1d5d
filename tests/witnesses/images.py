"""The layers for images, once for each witness; SymPy's versions are index formulas.

Sizes are written out, and not computed as the package computes them: where the padding lies is what
the frameworks say.
"""

import jax.numpy as jnp
import numpy as np
import sympy as sp
import torch
import torch.nn.functional as F
from jax import lax

from backprop.convolution import Conv2D, GlobalAveragePooling2D, MaxPool2D
from backprop.indexed import array, derive, index, largest
from backprop.layers import BatchNorm

N, C, O = 2, 2, 3
H, W = 5, 4

# "same" with a kernel (3, 2) and strides (2, 1): 3 × 4 outputs; rows of padding 1 before and 1
# after the image, columns 0 and 1.
KERNEL, STRIDES, OUTPUTS, BEFORE, AFTER = (3, 2), (2, 1), (3, 4), (1, 0), (1, 1)


def image_cases(layer_case):
    """Return the cases; ``layer_case`` makes one of a layer, its input and the three versions."""
    x = np.random.default_rng(8).normal(size=(N, H, W, C))
    padding = (BEFORE[1], AFTER[1], BEFORE[0], AFTER[0])  # PyTorch names the columns first
    yield layer_case(
        "Conv2D, valid", Conv2D(O, KERNEL).build((H, W, C)), x,
        _convolution((3, 3), (1, 1), (0, 0), (0, 0)),
        lambda a: _torch_convolution(a, (1, 1)),
        lambda a: _jax_convolution(a, (1, 1), "VALID"),
    )  # fmt: skip
    yield layer_case(
        "Conv2D, same and strides", Conv2D(O, KERNEL, STRIDES, "same").build((H, W, C)), x,
        _convolution(OUTPUTS, STRIDES, BEFORE, AFTER),
        lambda a: _torch_convolution([F.pad(a[0], (0, 0, *padding)), *a[1:]], STRIDES),
        lambda a: _jax_convolution(a, STRIDES, "SAME"),
    )  # fmt: skip
    yield layer_case(
        "MaxPool2D, valid", MaxPool2D().build((H, W, C)), x,
        _max_pooling((2, 2), (2, 2), (2, 2), (0, 0), (0, 0)),
        lambda a: _torch_pooling(a[0], (2, 2), (2, 2)),
        lambda a: _jax_pooling(a[0], (2, 2), (2, 2), "VALID"),
    )  # fmt: skip
    yield layer_case(
        "MaxPool2D, same and strides", MaxPool2D(KERNEL, STRIDES, "same").build((H, W, C)), x,
        _max_pooling(OUTPUTS, KERNEL, STRIDES, BEFORE, AFTER),
        lambda a: _torch_pooling(
            F.pad(a[0], (0, 0, *padding), value=-torch.inf), KERNEL, STRIDES
        ),
        lambda a: _jax_pooling(a[0], KERNEL, STRIDES, "SAME"),
    )  # fmt: skip
    yield layer_case(
        "GlobalAveragePooling2D", GlobalAveragePooling2D().build((H, W, C)), x,
        _global_average_pooling(),
        lambda a: a[0].mean(dim=(1, 2)),
        lambda a: a[0].mean(axis=(1, 2)),
    )  # fmt: skip

    def batch_norm(a):
        m, v = a[0].mean(axis=(0, 1, 2)), a[0].var(axis=(0, 1, 2))
        return a[1] * (a[0] - m) / jnp.sqrt(v + 1e-3) + a[2]

    yield layer_case(
        "BatchNorm, images", BatchNorm(epsilon=1e-3).build((H, W, C)), x,
        _batch_norm(),
        lambda a: _channels_last(
            F.batch_norm(_channels_first(a[0]), None, None, a[1], a[2], training=True, eps=1e-3)
        ),
        batch_norm,
    )  # fmt: skip


# -- SymPy -------------------------------------------------------------------------------------


def _indices(names, *sizes):
    return [index(name, size) for name, size in zip(names, sizes, strict=True)]


def _padded(x, before, after):
    """Return an array of x with zeros around it, and the formula that fills it."""
    n, p, q, c = _indices("npqc", N, H, W, C)
    P = array("P", N, H + before[0] + after[0], W + before[1] + after[1], C)
    return P, (P[n, p + before[0], q + before[1], c], x[n, p, q, c])


def _convolution(outputs, strides, before, after):
    n, i, j, c, o = _indices("nijco", N, *outputs, C, O)
    a, b = _indices("ab", *KERNEL)
    x, K, bias, z = (
        array("x", N, H, W, C), array("K", *KERNEL, C, O), array("bias", O),
        array("z", N, *outputs, O),
    )  # fmt: skip
    P, padding = _padded(x, before, after)
    pixel = P[n, strides[0] * i + a, strides[1] * j + b, c]
    formulas = [padding, (z[n, i, j, o], bias[o]), (z[n, i, j, o], pixel * K[a, b, c, o])]
    return derive(formulas, [x, K, bias], z)


def _max_pooling(outputs, window, strides, before, after):
    """Padding is −∞; a number below every pixel does as well."""
    n, i, j, c = _indices("nijc", N, *outputs, C)
    x, y = array("x", N, H, W, C), array("y", N, *outputs, C)
    P, padding = _padded(x, before, after)
    formulas = [padding]
    low = sp.Integer(-1000)
    for m in range(P.shape[1]):
        for k in range(P.shape[2]):
            if not (before[0] <= m < before[0] + H and before[1] <= k < before[1] + W):
                formulas.append((P[n, m, k, c], low))
    pixels = [
        P[n, strides[0] * i + a, strides[1] * j + b, c]
        for a in range(window[0])
        for b in range(window[1])
    ]
    return derive([*formulas, (y[n, i, j, c], largest(*pixels))], [x], y)


def _global_average_pooling():
    n, i, j, c = _indices("nijc", N, H, W, C)
    x, y = array("x", N, H, W, C), array("y", N, C)
    return derive([(y[n, c], x[n, i, j, c] / (H * W))], [x], y)


def _batch_norm():
    n, i, j, c = _indices("nijc", N, H, W, C)
    x, gamma, beta = array("x", N, H, W, C), array("g", C), array("b", C)
    m, v, y = array("m", C), array("v", C), array("y", N, H, W, C)
    pixel, count = x[n, i, j, c], N * H * W
    formulas = [
        (m[c], pixel / count),
        (v[c], (pixel - m[c]) ** 2 / count),
        (y[n, i, j, c], gamma[c] * (pixel - m[c]) / sp.sqrt(v[c] + sp.Rational(1, 1000)) + beta[c]),
    ]
    return derive(formulas, [x, gamma, beta], y)


# -- PyTorch and JAX ----------------------------------------------------------------------------


def _channels_first(x):
    return x.permute(0, 3, 1, 2)


def _channels_last(x):
    return x.permute(0, 2, 3, 1)


def _torch_convolution(a, strides):
    K = a[1].permute(3, 2, 0, 1)
    return _channels_last(F.conv2d(_channels_first(a[0]), K, a[2], stride=strides))


def _torch_pooling(x, window, strides):
    return _channels_last(F.max_pool2d(_channels_first(x), window, strides))


def _jax_convolution(a, strides, padding):
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(a[0], a[1], strides, padding, dimension_numbers=layout) + a[2]


def _jax_pooling(x, window, strides, padding):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, *window, 1), (1, *strides, 1), padding)
