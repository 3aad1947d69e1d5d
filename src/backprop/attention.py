"""Attention: each query reads a mean of the values, weighted by how well their keys agree with it.

For Q (N, T_q, d), K (N, T_v, d) and V (N, T_v, v), for each sample,

    S = Q Kᵀ/√d,    A = softmax(S) along each row,    y = A V.

√d keeps S of the size of its terms, for a sum of d of them with random signs grows as √d, and a
softmax of large numbers passes no gradient. Backward, with dy = ∂L/∂y::

    dV = Aᵀ dy,         dA = dy Vᵀ,
    dS = A (dA − Σⱼ dAⱼ Aⱼ),
    dQ = dS K/√d,       dK = dSᵀ Q/√d.

The line in the middle is softmax's own rule, element by element, with the sum along each row. Where
a mask hides a key from a query, S is −∞ there: A and dS are exactly 0, and what the key holds has
no influence. Source: Vaswani et al. (2017), section 3.2.1.
"""

import numpy as np

from .activations import Softmax
from .checks import as_array

__all__ = ["DotProductAttention"]


class DotProductAttention:
    """Scaled dot-product attention; it has no parameters.

    It is no Layer, for it reads two or three arrays: a layer that holds a network of another form
    than a chain, such as an encoder and a decoder, calls it between its own layers.

    Examples
    --------
    >>> attention = DotProductAttention()
    >>> query, value = np.zeros((1, 1, 2)), np.array([[[1.0, 3.0], [5.0, 9.0]]])
    >>> attention.forward(query, value)
    array([[[3., 6.]]])
    >>> dquery, dvalue, _ = attention.backward(np.ones((1, 1, 2)))
    >>> dvalue
    array([[[0.5, 0.5],
            [0.5, 0.5]]])
    """

    _softmax = Softmax()

    def __init__(self):
        self._A = None

    @property
    def A(self) -> np.ndarray:
        """The weights of the last forward, of shape (N, T_q, T_v); each row sums to 1."""
        self._require_forward("A")
        return self._A.copy()

    def _require_forward(self, name):
        if self._A is None:
            raise RuntimeError(f"attention: {name} needs a forward before it")

    def forward(
        self,
        query: np.ndarray,
        value: np.ndarray,
        key: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return y, and keep what backward needs.

        Parameters
        ----------
        query : array of shape (N, T_q, d), of float32 or float64
        value : array of shape (N, T_v, v)
        key : array of shape (N, T_v, d), optional
            By default the values.
        mask : array of bool, of shape (N, T_q, T_v), (N, 1, T_v) or (T_q, T_v), optional
            True where a query may read a value. ``np.tri(T_q, T_v, dtype=bool)`` lets each step
            read itself and the steps before it.

        Returns
        -------
        array of shape (N, T_q, v)

        Raises
        ------
        ValueError
            If a shape or dtype is another, or the mask hides all values from a query, whose mean
            of none is undefined.
        TypeError
            If an array does not hold real numbers, or the mask no truth values.
        """
        self._A = None  # after an error there is no last forward
        Q = _sequences(query, "query")
        V = _sequences(value, "value")
        K = V if key is None else _sequences(key, "key")
        if not len(Q) == len(V) == len(K) or Q.shape[2] != K.shape[2] or V.shape[1] != K.shape[1]:
            raise ValueError(
                f"attention: expected query (N, T_q, d), value (N, T_v, v) and key (N, T_v, d), "
                f"got {Q.shape}, {V.shape} and {K.shape}"
            )
        if not Q.dtype == V.dtype == K.dtype:
            raise ValueError(
                f"attention: expected arrays of one dtype, got {Q.dtype}, {V.dtype} and {K.dtype}"
            )
        S = _scaled(Q @ _transposed(K), Q)
        if mask is not None:
            S[~_seen(mask, S.shape)] = -np.inf
        self._Q, self._K, self._V, self._key_is_value = Q, K, V, key is None
        self._A = self._softmax.forward(S, S)
        return self._A @ V

    def backward(self, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return ∂L/∂query, ∂L/∂value and ∂L/∂key, given dy = ∂L/∂y.

        Without a key, the values were used twice: ∂L/∂value is then the sum of both, and ∂L/∂key is
        None.

        Parameters
        ----------
        dy : array of shape (N, T_q, v)

        Raises
        ------
        RuntimeError
            If there was no forward.
        ValueError, TypeError
            If dy has not the shape of the last output, or holds no real numbers.
        """
        self._require_forward("backward")
        Q, K, V, A = self._Q, self._K, self._V, self._A
        shape = (*A.shape[:2], V.shape[2])
        dy = as_array(dy, "attention: dy")
        if dy.shape != shape:
            raise ValueError(
                f"attention: expected dy of the output's shape {shape}, got {dy.shape}"
            )
        if dy.dtype.kind not in "fiub":
            raise TypeError(f"attention: dy: expected real numbers, got dtype {dy.dtype}")
        dy = dy.astype(A.dtype, copy=False)
        dV = _transposed(A) @ dy
        dA = dy @ _transposed(V)
        dS = _scaled(self._softmax.backward(dA, None, A, np.empty_like(A)), Q)
        dQ, dK = dS @ K, _transposed(dS) @ Q
        return (dQ, dV + dK, None) if self._key_is_value else (dQ, dV, dK)


def _scaled(S, Q):
    """Return S/√d."""
    S /= np.sqrt(np.array(Q.shape[2], Q.dtype))
    return S


def _transposed(a):
    return a.transpose(0, 2, 1)


def _sequences(a, name):
    """Return a copy: the caller may go on to change what was given."""
    a = as_array(a, f"attention: {name}")
    if a.dtype not in (np.float32, np.float64):
        raise TypeError(f"attention: {name}: expected float32 or float64, got {a.dtype}")
    if a.ndim != 3 or a.size == 0:
        raise ValueError(
            f"attention: {name}: expected shape (N, T, features) with at least one of each, "
            f"got {a.shape}"
        )
    return a.copy()


def _seen(mask, shape):
    """Return the mask in the shape of S, if it shows each query at least one value."""
    mask = as_array(mask, "attention: mask")
    if mask.dtype != np.bool_:
        raise TypeError(f"attention: mask: expected True and False, got dtype {mask.dtype}")
    if mask.ndim not in (2, 3) or mask.shape[-1] != shape[-1]:
        fits = False
    else:
        fits = all(m in (1, s) for m, s in zip(mask.shape[::-1], shape[::-1], strict=False))
    if not fits:
        raise ValueError(
            f"attention: mask: expected a shape that stretches to (N, T_q, T_v) = {shape}, "
            f"got {mask.shape}"
        )
    mask = np.broadcast_to(mask, shape)
    blind = ~mask.any(axis=-1)
    if blind.any():
        sample, query = map(int, np.argwhere(blind)[0])
        raise ValueError(
            f"attention: mask: expected at least one value that each query may read, but all are "
            f"hidden from query {query} of sample {sample}"
        )
    return mask
