"""Images: convolution and pooling, forward and backward.

Images are arrays (N, H, W, C): sample, row, column, channel. In memory they lie in the order
(H, C, W, N), with the samples next to one another, so that every operation below runs over long
stretches of memory. ``Layer._empty`` makes such arrays, and ``in_memory`` shows them in that order.

Output (i, j) sees a window of the image. With strides s, t and ``top`` rows and ``left`` columns of
padding, element (a, b) of the window is::

    x[n, s i + a − top, t j + b − left, c]

or nothing, where that is outside of the image.
"""

from typing import NamedTuple

import numpy as np

from . import initializers as init
from . import regularizers
from .checks import check_flag, check_positive
from .layer import Layer
from .layers import _WithActivation

__all__ = ["Conv2D", "GlobalAveragePooling2D", "MaxPool2D"]


def in_memory(images: np.ndarray) -> np.ndarray:
    """Return a view (H, C, W, N) of images (N, H, W, C)."""
    return images.transpose(1, 3, 2, 0)


class Axis(NamedTuple):
    """Windows along one axis: output i sees the positions s i + a − before, a = 0, ..., k − 1.

    Attributes
    ----------
    size : int
        Positions of the image.
    k, s : int
        The window's size and its step.
    outputs : int
        How many windows there are.
    before : int
        Positions of padding before the image.
    """

    size: int
    k: int
    s: int
    outputs: int
    before: int

    @classmethod
    def of(cls, size: int, k: int, s: int, padding: str) -> "Axis":
        """Place the windows: "valid" lets none leave the image; "same" gives ⌈size/s⌉ outputs.

        If the padding that "same" needs is odd, the greater part follows the image, as in Keras
        and TensorFlow.
        """
        if padding == "valid":
            return cls(size, k, s, (size - k) // s + 1, 0)
        outputs = -(-size // s)
        return cls(size, k, s, outputs, max(s * (outputs - 1) + k - size, 0) // 2)

    @property
    def padded(self) -> int:
        """Positions that the windows reach, with those in the padding."""
        return self.s * (self.outputs - 1) + self.k

    def inside(self, a: int) -> tuple[slice, slice]:
        """Return the outputs whose element a is inside of the image, and where it is there."""
        shift = a - self.before
        first = max(0, -(shift // self.s))  # the least i with s i + shift ≥ 0
        stop = max(first, min(self.outputs, (self.size - 1 - shift) // self.s + 1))
        start = self.s * first + shift
        return slice(first, stop), slice(start, start + self.s * (stop - first), self.s)

    @property
    def reached(self) -> int:
        """Positions of the image up to the last one that a window reaches."""
        return min(self.size, self.padded - self.before)

    @property
    def pairs(self) -> int:
        """Pairs of a window and a position of the image in it."""
        outputs = [self.inside(a)[0] for a in range(self.k)]
        return sum(i.stop - i.start for i in outputs)


def _axes(layer, input_shape, size):
    """Return the windows' rows and columns, or raise an error if the image has none."""
    if len(input_shape) != 3:
        raise ValueError(f"{layer.name}: expected samples of shape (H, W, C), got {input_shape}")
    image = input_shape[:2]
    if layer.padding == "valid" and (size[0] > image[0] or size[1] > image[1]):
        raise ValueError(
            f"{layer.name}: expected images of at least {size} pixels, the window's size, "
            f"got {image}; padding='same' lets the window reach beyond the image"
        )
    return [
        Axis.of(n, k, s, layer.padding) for n, k, s in zip(image, size, layer.strides, strict=True)
    ]


def _pair(value, name):
    """Return two whole numbers of at least 1; one number stands for both."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name}: expected one or two whole numbers, got {value!r}")
    return tuple(check_positive(n, name) for n in pair)


def _check_padding(padding, name):
    if padding not in ("same", "valid"):
        raise ValueError(f"{name}: expected 'same' or 'valid', got {padding!r}")
    return padding


class Conv2D(_WithActivation):
    """y = f(z): a small kernel K looks at every window of the image, with the same weights::

        z[n, i, j, o] = Σ_abc x[n, p, q, c] K[a, b, c, o] + b[o],
        p = s i + a − top,  q = t j + b − left.

    As in all frameworks the kernel is not turned: mathematicians call this a cross-correlation.
    Each weight is used at every output, and each pixel in many windows. What is used many times
    receives the sum of the gradients of all its uses; with dz = ∂L/∂z::

        dK[a, b, c, o] = Σ_nij x[n, p, q, c] dz[n, i, j, o],
        db[o] = Σ_nij dz[n, i, j, o],
        dx[n, p, q, c] += Σ_o K[a, b, c, o] dz[n, i, j, o],

    the last for all i, j, a, b. Both are correlations too: dK of x with dz; and dx, if s = t = 1,
    of the padded dz with the kernel turned by 180°: dx[p, q] = Σ_ab K[a, b] dz[p − a + top, ...].

    The products run row by row. Forward copies the rows of x k_w times, the copy b moved by b
    columns, so that it holds what element b of each window sees::

        copies[p] = row p − top, for b = 0:           (C, w N)
                    row p − top, for b = 1:           (C, w N)
                    ...
                    row p − top, for b = k_w − 1:     (C, w N)

    Then copies[s i], ..., copies[s i + k_h − 1], one under another as they lie in memory, are the
    matrix Xᵢ (k_h k_w C, w N) of all windows of output row i, and with K as a matrix
    (k_h k_w C, O)::

        zᵢ = Kᵀ Xᵢ + b,    dK = Σᵢ Xᵢ dzᵢᵀ,    dXᵢ = K dzᵢ.

    Backward adds dXᵢ where Xᵢ was read, and then each copy's gradient where it was copied from.

    Parameters
    ----------
    filters : int
        Number of output channels, O.
    kernel_size : int or (int, int)
        k_h and k_w.
    strides : int or (int, int)
        s and t: how far the windows are apart.
    padding : {"valid", "same"}
        Whether the windows stay inside of the image, or reach beyond it, where zeros are, so that
        there are ⌈H/s⌉ × ⌈W/t⌉ of them.
    activation : str or activation object, optional
        f; None is the identity.
    use_bias : bool
        Whether there is a b.
    kernel_initializer, bias_initializer : str or function
        Of K, shape (k_h, k_w, C, O), and of b, shape (O,).
    kernel_regularizer : str or regularizer object, optional
        A penalty on K, added to the loss.
    """

    fixed = Layer.fixed | {"filters", "kernel_size", "padding", "strides", "use_bias"}

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        *,
        activation=None,
        use_bias: bool = True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        name: str | None = None,
        input_shape=None,
    ):
        super().__init__(name, input_shape)
        self.filters = check_positive(filters, "Conv2D: filters")
        self.kernel_size = _pair(kernel_size, "Conv2D: kernel_size")
        self.strides = _pair(strides, "Conv2D: strides")
        self.padding = _check_padding(padding, "Conv2D: padding")
        self.activation = activation
        self.use_bias = check_flag(use_bias, "Conv2D: use_bias")
        self.initializers = {
            "K": init.get(kernel_initializer),
            "b": init.get(bias_initializer),
        }
        self.regularizers = {"K": regularizers.get(kernel_regularizer)}

    def _output_shape(self, input_shape):
        rows, _ = self._rows, self._columns = _axes(self, input_shape, self.kernel_size)
        # Where the image lies among the padded rows, and what of it is reached.
        self._image_rows = slice(rows.before, rows.before + rows.reached), slice(rows.reached)
        return (self._rows.outputs, self._columns.outputs, self.filters)

    def parameter_shapes(self):
        K = {"K": (*self.kernel_size, self.input_shape[2], self.filters)}
        return K | {"b": (self.filters,)} if self.use_bias else K

    def _more_views(self):
        O = self.filters
        return {
            "_K": self.K.reshape(self._rows.k, -1, O),  # _K[a] is a matrix (k_w C, O)
            "_KT": self.K.reshape(-1, O).T,
            "_dK": self.dK.reshape(-1, O),
        }

    def _allocate(self, n):
        rows, columns = self._rows, self._columns
        h, w, O = self.output_shape
        C = self.input_shape[2]
        z, dz = self._empty(n, self.output_shape), self._empty(n, self.output_shape)
        copies = np.zeros((rows.padded, columns.k, C, w, n), self.dtype)  # 0 in the padding
        X = np.ndarray(  # a view: X[i] begins where row s i of the copies does
            (h, rows.k * columns.k * C, w * n),
            self.dtype,
            buffer=copies,
            strides=(rows.s * copies.strides[0], copies.strides[2], copies.itemsize),
        )
        return {
            "z": z,
            "y": np.empty_like(z) if self._f.needs_z else z,
            "dz": dz,
            "dx": self._empty(n, self.input_shape),
            "_copies": copies,
            "_X": X,
            "_Z": in_memory(z).reshape(h, O, w * n),
            "_dcopies": np.empty_like(copies),
            "_dKs": np.empty((h, X.shape[1], O), self.dtype),
            "_dX_a": np.empty((h, columns.k * C, w * n), self.dtype),
        }

    def _forward(self, x, training):
        x = np.ascontiguousarray(in_memory(x))
        padded, image = self._image_rows
        for b in range(self._columns.k):
            outputs, columns = self._columns.inside(b)
            self._copies[padded, b, :, outputs] = x[image, :, columns]
        np.matmul(self._KT, self._X, out=self._Z)
        if self.use_bias:
            self.z += self.b
        return self._f.forward(self.z, self.y)

    def _backward(self, dy, need_dx):
        dz = self._f.backward(dy, self.z, self.y, self.dz)
        dZ = in_memory(dz).reshape(self._Z.shape)
        np.matmul(self._X, dZ.transpose(0, 2, 1), out=self._dKs)
        self._dKs.sum(axis=0, out=self._dK)
        if self.use_bias:
            dZ.sum(axis=(0, 2), out=self.db)
        return self._dx(dZ) if need_dx else None

    def _dx(self, dZ):
        rows = self._rows
        padded, image = self._image_rows
        dx, dcopies = in_memory(self.dx), self._dcopies
        dcopies.fill(0.0)
        for a in range(rows.k):
            np.matmul(self._K[a], dZ, out=self._dX_a)
            read = dcopies[a : a + rows.s * rows.outputs : rows.s]
            read += self._dX_a.reshape(read.shape)
        dx.fill(0.0)
        for b in range(self._columns.k):
            outputs, columns = self._columns.inside(b)
            dx[image, :, columns] += dcopies[padded, b, :, outputs]
        return self.dx


class MaxPool2D(Layer):
    """y[n, i, j, c] is the largest x[n, s i + a − top, t j + b − left, c] of its window.

    Backward, dy[n, i, j, c] goes to that x. Where several are the largest, it goes to the first of
    them, row by row, as in PyTorch, TensorFlow and JAX: one of several equal ones has to be chosen,
    and a gradient that went to all of them would count dy several times.

    Parameters
    ----------
    pool_size : int or (int, int)
        The window's rows and columns.
    strides : int or (int, int), optional
        s and t; by default the window's size, so that no two windows meet.
    padding : {"valid", "same"}
        Whether the windows stay inside of the image, or reach beyond it (where nothing is), so that
        there are ⌈H/s⌉ × ⌈W/t⌉ of them.
    """

    fixed = Layer.fixed | {"padding", "pool_size", "strides"}

    def __init__(
        self,
        pool_size: int | tuple[int, int] = (2, 2),
        strides: int | tuple[int, int] | None = None,
        padding: str = "valid",
        *,
        name: str | None = None,
        input_shape=None,
    ):
        super().__init__(name, input_shape)
        self.pool_size = _pair(pool_size, "MaxPool2D: pool_size")
        self.strides = self.pool_size if strides is None else _pair(strides, "MaxPool2D: strides")
        self.padding = _check_padding(padding, "MaxPool2D: padding")

    def _output_shape(self, input_shape):
        rows, columns = self._rows, self._columns = _axes(self, input_shape, self.pool_size)
        every = slice(None)
        self._meet = rows.s < rows.k or columns.s < columns.k
        self._places = [  # element (a, b) of the windows: in the output, and in the image
            ((i, every, j), (p, every, q))
            for i, p in map(rows.inside, range(rows.k))
            for j, q in map(columns.inside, range(columns.k))
        ]
        return (rows.outputs, columns.outputs, input_shape[2])

    def _allocate(self, n):
        y, mask, left = (self._empty(n, self.output_shape) for _ in range(3))
        dx = self._empty(n, self.input_shape)
        dx.fill(0.0)  # some pixels may lie in no window
        return {"x": None, "y": y, "dx": dx, "_mask": mask, "_left": left}  # forward sets x

    def _forward(self, x, training):
        self.x = x
        x, y = in_memory(x), in_memory(self.y)
        y.fill(-np.inf)
        for output, image in self._places:
            np.maximum(y[output], x[image], out=y[output])
        return self.y

    def _backward(self, dy, need_dx):
        x, y, dx, mask, left = map(in_memory, (self.x, self.y, self.dx, self._mask, self._left))
        np.copyto(left, in_memory(dy))  # what no element of the window has received yet
        if self._meet:
            dx.fill(0.0)
        for output, image in self._places:
            # A product with 0 and 1: an indexed assignment would take six times as long.
            share = np.equal(x[image], y[output], out=mask[output])
            share *= left[output]
            left[output] -= share
            if self._meet:
                dx[image] += share
            else:
                dx[image] = share
        return self.dx


class GlobalAveragePooling2D(Layer):
    """y[n, c] = (1/HW) Σ_ij x[n, i, j, c]: what a channel sees, wherever it is.

    Backward, dx[n, i, j, c] = dy[n, c]/(HW): every pixel has the same share.
    """

    def _output_shape(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(f"{self.name}: expected samples of shape (H, W, C), got {input_shape}")
        return input_shape[2:]

    def _allocate(self, n):
        y, share = self._empty(n, self.output_shape), self._empty(n, self.output_shape)
        return {"y": y, "_share": share, "dx": self._empty(n, self.input_shape)}

    def _forward(self, x, training):
        return x.mean(axis=(1, 2), out=self.y)

    def _backward(self, dy, need_dx):
        H, W, _ = self.input_shape
        np.divide(dy, H * W, out=self._share)
        self.dx[...] = self._share[:, np.newaxis, np.newaxis]
        return self.dx
