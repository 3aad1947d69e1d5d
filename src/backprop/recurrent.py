"""Sequences: an embedding of tokens, and layers that read one step after the other.

A recurrent layer applies one cell, with the same weights, at each of T steps:

    hₜ = cell(xₜ, hₜ₋₁; W, U, b),    h₀ = 0.

Backpropagation through time is chapter 3's rule in this graph. A state has two readers, the output
and the next cell, and gradients add at a fork; the weights have T readers, and theirs add as well.
So for t = T, ..., 1, dhₜ = ∂L/∂hₜ is dyₜ = ∂L/∂yₜ plus what comes back from the cell of step t + 1.
A cell adds up gₜ = xₜ W + b and aₜ = hₜ₋₁ U, and its own rule makes dgₜ and daₜ of dhₜ; daₜ Uᵀ goes
back to hₜ₋₁, with what else the cell made of hₜ₋₁. In the end::

    dW = Σₜ xₜᵀ dgₜ,    dU = Σₜ hₜ₋₁ᵀ daₜ,
    db = Σₜ dgₜ,        dxₜ = dgₜ Wᵀ.

None of these waits for another step, nor does gₜ: each is one product for all steps at once.

Masks: sequences of different lengths are filled up with steps that say nothing. Such a step is a
row of zeros. ``Embedding(mask_zero=True)`` makes it of token 0, and a recurrent layer with
``masking=True`` carries its state past it, hₜ = hₜ₋₁, and outputs zeros, so that the next layer
knows it too. No gradient of that step's output reaches the layer; the later steps' passes by.
This is ``keras.layers.Masking(0.0)`` with ``zero_output_for_mask=True``. A layer in between that
makes other numbers of zeros, with a bias for one, ends the mask. Fill sequences up at their
beginning where the last of all states is wanted: at a masked last step there would be zeros.
"""

import numpy as np

from . import initializers as init
from .activations import Sigmoid
from .checks import as_array, check_data, check_flag, check_positive
from .layer import Layer

__all__ = ["GRU", "Embedding", "SimpleRNN"]

_sigmoid = Sigmoid()


class Embedding(Layer):
    """y = E[x]: token number x becomes row x of the matrix E.

    It is the product of a one-hot row with E, without the zeros. Backward, the gradients of all
    places where a token stands add up:

        dE[k] = Σ dy over the places where x = k.

    By whole numbers nothing is differentiated: dx is zeros.

    Parameters
    ----------
    input_dim : int
        Number of tokens; they are 0, ..., input_dim − 1.
    output_dim : int
        Numbers for each.
    embeddings_initializer : str or function
        Of E, shape (input_dim, output_dim).
    mask_zero : bool
        Whether token 0 fills sequences up: it becomes zeros, whatever E[0] is, and dE[0] = 0.

    Raises
    ------
    ValueError
        In each forward pass, if x holds something else than whole numbers from 0 to input_dim − 1.
    """

    fixed = Layer.fixed | {"input_dim", "mask_zero", "output_dim"}
    discrete_input = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        *,
        embeddings_initializer="uniform",
        mask_zero: bool = False,
        name: str | None = None,
        input_shape=None,
    ):
        super().__init__(name, input_shape)
        self.input_dim = check_positive(input_dim, "Embedding: input_dim")
        self.output_dim = check_positive(output_dim, "Embedding: output_dim")
        self.mask_zero = check_flag(mask_zero, "Embedding: mask_zero")
        self.initializers = {"E": init.get(embeddings_initializer)}

    def _output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def parameter_shapes(self):
        return {"E": (self.input_dim, self.output_dim)}

    def check_values(self, x):
        """Return x, or raise a ValueError that names the first element which is no token."""
        known = (x >= 0.0) & (x < self.input_dim) & (x == np.floor(x))
        if not known.all():
            self._forget()
            at = tuple(map(int, np.argwhere(~known)[0]))
            raise ValueError(
                f"{self.name}: expected tokens, whole numbers from 0 to {self.input_dim - 1}, "
                f"got {x[at]:g} at index {at}"
            )
        return x

    def _allocate(self, n):
        return {
            "x": None,  # forward sets x
            "y": self._empty(n, self.output_shape),
            "dx": np.zeros((n, *self.input_shape), self.dtype),
        }

    def _forward(self, x, training):
        self.x = self.check_values(x)
        np.take(self.E, x.astype(np.intp), axis=0, out=self.y, mode="clip")
        if self.mask_zero:
            self.y[x == 0.0] = 0.0
        return self.y

    def _backward(self, dy, need_dx):
        # Sorted by token, the places of one token are neighbors, and one sum takes them all.
        tokens = self.x.astype(np.intp).ravel()
        order = np.argsort(tokens, kind="stable")
        tokens = tokens[order]
        starts = np.flatnonzero(np.diff(tokens, prepend=-1))
        dy = dy.reshape(-1, self.output_dim)
        self.dE[...] = 0.0
        self.dE[tokens[starts]] = np.add.reduceat(dy[order], starts, axis=0)
        if self.mask_zero:
            self.dE[0] = 0.0
        return self.dx


class _Recurrent(Layer):
    """What the recurrent layers share: all of the module's docstring but the cell.

    A subclass has a cell with ``gates`` blocks of ``units`` numbers, forward (``_cell``) and
    backward (``_cell_back``). Inside, time is the first axis: a step is then one block of memory.
    """

    gates = 1
    bias_rows: tuple[int, ...] = ()
    fixed = Layer.fixed | {"masking", "return_sequences", "truncate", "units"}

    def __init__(
        self,
        units: int,
        *,
        return_sequences: bool = False,
        masking: bool = False,
        truncate: int | None = None,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        name: str | None = None,
        input_shape=None,
    ):
        super().__init__(name, input_shape)
        kind = type(self).__name__
        self.units = check_positive(units, f"{kind}: units")
        self.return_sequences = check_flag(return_sequences, f"{kind}: return_sequences")
        self.masking = check_flag(masking, f"{kind}: masking")
        self.truncate = None if truncate is None else check_positive(truncate, f"{kind}: truncate")
        self.initializers = {
            "W": init.get(kernel_initializer),
            "U": init.get(recurrent_initializer),
            "b": init.get(bias_initializer),
        }

    def _output_shape(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.name}: expected samples of shape (steps, features), got {input_shape}"
            )
        return (input_shape[0], self.units) if self.return_sequences else (self.units,)

    def parameter_shapes(self):
        width = self.gates * self.units
        return {
            "W": (self.input_shape[1], width),
            "U": (self.units, width),
            "b": (*self.bias_rows, width),
        }

    def _more_views(self):
        return {"_b": self.b, "_db": self.db}

    def _allocate(self, n):
        steps, features = self.input_shape
        g, dg = (np.empty((steps, n, self.gates * self.units), self.dtype) for _ in range(2))
        buffers = {
            "xs": np.empty((steps, n, features), self.dtype),
            "dxs": np.empty((steps, n, features), self.dtype),
            "hs": np.empty((steps + 1, n, self.units), self.dtype),  # hs[t] is hₜ
            "dh": self._empty(n, (self.units,)),
            "g": g,
            "dg": dg,
            "a": g,  # SimpleRNN adds aₜ at once, and daₜ = dgₜ; GRU has arrays of its own
            "da": dg,
            "_has_dh0": False,
        }
        if self.masking:
            buffers["hidden"] = np.empty((steps, n, 1), self.dtype)  # 1 at a masked step, else 0
            buffers["passing"] = self._empty(n, (self.units,))
            if self.return_sequences:
                buffers["ys"] = np.empty((steps, n, self.units), self.dtype)
        return buffers

    # -- from a given state, or one step alone ----------------------------------------------------

    def forward_from(self, h0: np.ndarray, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return y as ``forward`` does, but from the state h₀, as a decoder begins.

        After ``backward``, ``dh0`` is ∂L/∂h₀. A layer that holds this one may also call
        ``_forward(x, training, h0)``, which checks and copies nothing.

        Parameters
        ----------
        h0 : array of shape (N, units)
        x, training
            As for ``forward``.

        Raises
        ------
        As ``forward`` does; also a ValueError or TypeError if h0 is not as said.
        """
        x = self.check_x(x)
        h0 = self._check(h0, "h0", (len(x), self.units))
        self._take_up(len(x))
        return self._forward(x, training, h0).copy()

    @property
    def dh0(self) -> np.ndarray:
        """∂L/∂h₀ of the last backward, of shape (N, units)."""
        if self._n is None or not self._has_dh0:
            raise RuntimeError(f"{self.name}: dh0 needs a backward before it")
        return self.dh.copy()

    def step(self, x: np.ndarray, h: np.ndarray) -> np.ndarray:
        """Return the state after one more step: how a decoder goes on from a word of its own.

        No step is masked here, and nothing is kept for ``backward``.

        Parameters
        ----------
        x : array of shape (N, features)
        h : array of shape (N, units)

        Returns
        -------
        array of shape (N, units)

        Raises
        ------
        ValueError, TypeError
            If x or h is not as said.
        RuntimeError
            If the layer was not built.
        """
        if self.parameters is None:
            raise RuntimeError(f"{self.name}: not built yet; call build(input_shape)")
        h = as_array(h, f"{self.name}: h")
        n = len(h) if h.ndim else 1
        h = self._check(h, "h", (n, self.units))
        x = self._check(x, "x", (n, self.input_shape[1]))
        g, h_next = x.dot(self.W) + self._b, np.empty_like(h)
        self._cell(h, g, np.empty_like(g), h_next)
        return h_next

    def _check(self, array, name, shape):
        name = f"{self.name}: {name}"
        array = check_data(array, name, self.dtype)
        if array.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
        return array

    # -- the two passes ---------------------------------------------------------------------------

    def _forward(self, x, training, h0=None):
        np.copyto(self.xs, x.transpose(1, 0, 2))
        self.hs[0] = 0.0 if h0 is None else h0
        self._has_dh0 = False
        _rows(self.xs).dot(self.W, out=_rows(self.g))
        self.g += self._b
        if self.masking:
            self.hidden[...] = (self.xs == 0.0).all(axis=-1, keepdims=True)
        for t, (h, g, a, h_next) in enumerate(
            zip(self.hs[:-1], self.g, self.a, self.hs[1:], strict=True)
        ):
            self._cell(h, g, a, h_next)
            if self.masking:
                np.copyto(h_next, h, where=self.hidden[t] == 1.0)
        if not self.return_sequences:
            return self.hs[-1]
        ys = self.hs[1:]
        if self.masking:
            ys = np.multiply(ys, 1.0 - self.hidden, out=self.ys)
        return ys.transpose(1, 0, 2)

    def _backward(self, dy, need_dx):
        steps, dh = len(self.xs), self.dh
        dh[...] = 0.0 if self.return_sequences else dy
        for t in reversed(range(steps)):  # the cell of xs[t], from hs[t] to hs[t + 1]
            done = steps - 1 - t
            if self.truncate and done and done % self.truncate == 0:
                dh[...] = 0.0  # for the later steps, hs[t + 1] is a constant
            if self.masking:
                np.multiply(dh, self.hidden[t], out=self.passing)
            if self.return_sequences:
                dh += dy[:, t]
            if self.masking:
                dh *= 1.0 - self.hidden[t]
            self._cell_back(t, dh)
            if self.masking:
                dh += self.passing
        self._has_dh0 = True
        dg = _rows(self.dg)
        _rows(self.xs).T.dot(dg, out=self.dW)
        _rows(self.hs[:-1]).T.dot(_rows(self.da), out=self.dU)
        dg.sum(axis=0, out=self._db)
        if not need_dx:
            return None
        dg.dot(self.W.T, out=_rows(self.dxs))
        return self.dxs.transpose(1, 0, 2)

    def _cell(self, h, g, a, h_next):
        """Write hₜ into ``h_next``, given hₜ₋₁ and gₜ; what backward needs stays in g and a."""
        raise NotImplementedError

    def _cell_back(self, t, dh):
        """Write dgₜ and daₜ, and turn ``dh`` from ∂L/∂hₜ into ∂L/∂hₜ₋₁."""
        raise NotImplementedError


def _rows(a):
    """Return a with its steps below one another, as a matrix of (steps · N) rows; a view."""
    return a.reshape(-1, a.shape[-1])


class SimpleRNN(_Recurrent):
    """hₜ = tanh(gₜ + aₜ) with gₜ = xₜ W + b, aₜ = hₜ₋₁ U: y is the last state, or all of them.

    Backward, as tanh' = 1 − tanh², from the last step to the first:

        dgₜ = daₜ = (1 − hₜ²) dhₜ,    dhₜ₋₁ = daₜ Uᵀ + dyₜ₋₁.

    The sums over all steps are in the module's docstring. Source: Werbos (1990), for a network of
    one recurrent layer; names and defaults are those of Keras.

    Parameters
    ----------
    units : int
        H, the numbers of a state.
    return_sequences : bool
        Whether y holds the states of all steps, shape (N, T, H), or the last one, (N, H).
    masking : bool
        Whether a step whose input is all zeros is masked; see the module's docstring.
    truncate : int, optional
        k: backward goes at most k steps back. Counted from the end, each k-th state (hₜ with
        t = T − k, T − 2k, ..., t ≥ 1) is a constant to the steps after it: no gradient comes back
        across it. If y is the last state, only the last k steps are trained. What results is not
        the gradient, and no check by differences agrees with it.
    kernel_initializer, recurrent_initializer, bias_initializer : str or function
        Of W, shape (features, H), U, (H, H), and b, (H,).
    """

    def _cell(self, h, g, a, h_next):
        h.dot(self.U, out=h_next)
        h_next += g
        np.tanh(h_next, out=h_next)

    def _cell_back(self, t, dh):
        h, dz = self.hs[t + 1], self.dg[t]
        np.multiply(h, h, out=dz)
        np.subtract(1.0, dz, out=dz)
        dz *= dh  # (1 − h²) dh
        dz.dot(self.U.T, out=dh)


class GRU(_Recurrent):
    """Gated recurrent unit: hₜ = zₜ hₜ₋₁ + (1 − zₜ) cₜ; y is the last state, or all of them.

    With gₜ = xₜ W + b₀ and aₜ = hₜ₋₁ U + b₁, each in three blocks (z, r, c), σ the sigmoid and all
    products but those with W and U element by element::

        z = σ(g_z + a_z)        how much of the state is kept,
        r = σ(g_r + a_r)        how much of it the candidate sees,
        c = tanh(g_c + r a_c)   the candidate,
        hₜ = z hₜ₋₁ + (1 − z) c = c + z (hₜ₋₁ − c).

    Backward, with dh = ∂L/∂hₜ, σ' = σ (1 − σ) and tanh' = 1 − tanh²::

        dg_z = da_z = dh (hₜ₋₁ − c) z (1 − z),
        dg_c = dh (1 − z) (1 − c²),             da_c = dg_c r,
        dg_r = da_r = dg_c a_c r (1 − r),
        dhₜ₋₁ = z dh + da Uᵀ + dyₜ₋₁.

    The sums over all steps are in the module's docstring; b₁ has db₁ = Σₜ daₜ. Source: Cho et al.
    (2014), in the form of Keras (``reset_after=True``) and PyTorch, where r comes after the product
    with U, so that one product serves all three blocks.

    Parameters
    ----------
    units : int
        H, the numbers of a state.
    return_sequences, masking, truncate
        As for ``SimpleRNN``.
    kernel_initializer, recurrent_initializer, bias_initializer : str or function
        Of W, shape (features, 3H), U, (H, 3H), and b, (2, 3H): b₀ and b₁.
    """

    gates = 3
    bias_rows = (2,)

    def _more_views(self):
        (b0, b1), (db0, db1) = self.b, self.db
        return {"_b": b0, "_db": db0, "_b1": b1, "_db1": db1}

    def _allocate(self, n):
        buffers = super()._allocate(n)
        shape = buffers["g"].shape
        return buffers | {"a": np.empty(shape, self.dtype), "da": np.empty(shape, self.dtype)}

    def _blocks(self, g):
        """Return the views (z and r, z, r, c) of a row of blocks."""
        H = self.units
        return g[:, : 2 * H], g[:, :H], g[:, H : 2 * H], g[:, 2 * H :]

    def _cell(self, h, g, a, h_next):
        h.dot(self.U, out=a)
        a += self._b1
        (zr, z, r, c), (a_zr, _, _, a_c) = self._blocks(g), self._blocks(a)
        zr += a_zr
        _sigmoid.forward(zr, zr)
        c += r * a_c
        np.tanh(c, out=c)
        np.subtract(h, c, out=h_next)
        h_next *= z
        h_next += c

    def _cell_back(self, t, dh):
        da = self.da[t]
        zr, z, r, c = self._blocks(self.g[t])
        dzr, dz, dr, dc = self._blocks(self.dg[t])
        da_zr, _, _, da_c = self._blocks(da)
        a_c = self._blocks(self.a[t])[-1]
        np.subtract(self.hs[t], c, out=dz)
        dz *= dh  #                     ∂L/∂z = dh (h − c)
        kept = z * dh
        dh -= kept  #                   ∂L/∂c = dh (1 − z)
        np.multiply(c, c, out=dc)
        np.subtract(1.0, dc, out=dc)
        dc *= dh  #                     dg_c
        np.multiply(dc, r, out=da_c)
        np.multiply(dc, a_c, out=dr)  # ∂L/∂r = dg_c a_c
        np.subtract(1.0, zr, out=da_zr)
        da_zr *= zr  #                  σ' = σ (1 − σ)
        dzr *= da_zr
        da_zr[...] = dzr
        da.dot(self.U.T, out=dh)
        dh += kept

    def _backward(self, dy, need_dx):
        dx = super()._backward(dy, need_dx)
        _rows(self.da).sum(axis=0, out=self._db1)
        return dx
