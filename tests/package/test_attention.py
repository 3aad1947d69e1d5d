"""Attention: means of values by hand, gradients by differences, masks."""

import doctest

import numpy as np
import pytest

import backprop.attention
from backprop import GRU, DotProductAttention, Embedding, Layer
from backprop.gradient_check import check_gradients

N, TQ, TV, D, V = 2, 3, 4, 5, 2


def arrays(seed=0, dtype="float64"):
    """Return a query, a value and a key."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=s).astype(dtype) for s in ((N, TQ, D), (N, TV, V), (N, TV, D))]


def mask_of(seed=0):
    mask = np.random.default_rng(seed).random((N, TQ, TV)) < 0.5
    mask[..., 0] = True
    return mask


MASKS = {
    "no mask": None,
    "any": mask_of(),
    "of samples": mask_of()[:, :1],
    "of queries": np.tri(TQ, TV, dtype=bool),
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


@each_mask
def test_value_is_the_formula(mask):
    query, value, key = arrays()
    attention = DotProductAttention()
    y = attention.forward(query, value, key, mask)
    seen = np.broadcast_to(True if mask is None else mask, (N, TQ, TV))
    for n in range(N):
        for i in range(TQ):
            e = np.array([np.exp(query[n, i] @ k / np.sqrt(D)) for k in key[n]]) * seen[n, i]
            np.testing.assert_allclose(attention.A[n, i], e / e.sum(), rtol=1e-13)
            np.testing.assert_allclose(y[n, i], e / e.sum() @ value[n], rtol=1e-12)


class Reads(Layer):
    """Attention as a layer of one array: the query, value and key beside one another, flat."""

    def __init__(self, shapes, mask=None):
        super().__init__()
        self.attention, self.shapes, self.mask = DotProductAttention(), shapes, mask
        self.cuts = np.cumsum([np.prod(shape[1:]) for shape in shapes])[:-1]

    def _output_shape(self, input_shape):
        return (self.shapes[0][1], self.shapes[1][2])

    def _forward(self, x, training):
        parts = np.split(x, self.cuts, axis=1)
        parts = [p.reshape(s) for p, s in zip(parts, self.shapes, strict=True)]
        return self.attention.forward(*parts, mask=self.mask)

    def _backward(self, dy, need_dx):
        parts = [p for p in self.attention.backward(dy) if p is not None]
        return np.concatenate([p.reshape(len(dy), -1) for p in parts], axis=1)


@each_mask
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("with_key", [True, False])
def test_gradients_by_differences(mask, seed, with_key):
    parts = arrays(seed)
    if not with_key:  # the values are the keys as well
        parts = [parts[0], parts[2]]
    x = np.concatenate([p.reshape(N, -1) for p in parts], axis=1)
    layer = Reads([p.shape for p in parts], mask).build(x.shape[1])
    check_gradients(layer, x, seed=seed).raise_if_failed()


def test_a_hidden_value_has_no_influence_and_no_gradient():
    query, value, key = arrays()
    attention, mask = DotProductAttention(), np.ones((N, 1, TV), bool)
    mask[0, 0, 2] = False
    y = attention.forward(query, value, key, mask)
    dy = np.random.default_rng(1).normal(size=y.shape)
    _, dvalue, dkey = attention.backward(dy)
    assert not dvalue[0, 2].any() and not dkey[0, 2].any()
    assert dvalue[1, 2].all() and dkey[1, 2].all()
    value[0, 2], key[0, 2] = 1e3, -1e3
    np.testing.assert_array_equal(attention.forward(query, value, key, mask), y)


def test_large_scores_give_finite_numbers():
    query, value, key = arrays()
    attention = DotProductAttention()
    y = attention.forward(1e4 * query, value, 1e4 * key)
    assert np.isfinite(y).all()
    assert all(np.isfinite(d).all() for d in attention.backward(y))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_and_nothing_given_is_changed_or_kept(dtype):
    given = arrays(dtype=dtype)
    before = [a.copy() for a in given]
    attention, mask = DotProductAttention(), mask_of()
    y = attention.forward(*given, mask)
    dy = np.ones_like(y)
    first = attention.backward(dy)
    assert {a.dtype for a in (y, attention.A, *first)} == {np.dtype(dtype)}
    for array, kept in zip((*given, mask, dy), (*before, mask_of(), 1.0), strict=True):
        np.testing.assert_array_equal(array, kept)
    for array in given:
        array *= 2.0
    for again, d in zip(attention.backward(dy), first, strict=True):
        np.testing.assert_array_equal(again, d)


def test_the_weights_are_the_caller_s():
    query, value, key = arrays()
    attention = DotProductAttention()
    y = attention.forward(query, value, key)
    before = attention.backward(y)
    weights = attention.A
    weights[...] = 0.0
    np.testing.assert_array_equal(attention.backward(y)[1], before[1])
    with pytest.raises(AttributeError):
        attention.A = weights


def test_the_example_of_the_docstring():
    found = doctest.testmod(backprop.attention, extraglobs={"np": np})
    assert found.attempted and not found.failed


def test_after_an_error_backward_needs_another_forward():
    query, value, key = arrays()
    attention = DotProductAttention()
    attention.forward(query, value, key)
    with pytest.raises(ValueError, match="all are hidden from query 1 of sample 0"):
        attention.forward(query, value, key, mask_of() & (np.arange(TQ) != 1)[:, None])
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        attention.backward(np.ones((N, TQ, V)))


# -- encoder and decoder: a layer that holds layers ------------------------------------------------


class Translator(Layer):
    """A GRU reads the source; another, from its last state, the target so far, and attends."""

    discrete_input = True

    def __init__(self, words, units, source):
        super().__init__()
        self.input_dim, self.source = words, source
        self.embed = [Embedding(words, units, mask_zero=True) for _ in range(2)]
        self.encoder = GRU(units, return_sequences=True, masking=True)
        self.decoder = GRU(units, return_sequences=True)
        self.attention = DotProductAttention()
        self.layers = [*self.embed, self.encoder, self.decoder]

    def connect(self, input_shape):
        lengths = self.source, input_shape[0] - self.source
        for embed, gru, length in zip(
            self.embed, (self.encoder, self.decoder), lengths, strict=True
        ):
            gru.connect(embed.connect((length,)))
        return super().connect(input_shape)

    def _output_shape(self, input_shape):
        return (input_shape[0] - self.source, 2 * self.decoder.units)

    def _forward(self, x, training):
        source, target = x[:, : self.source], x[:, self.source :]
        e = self.encoder.forward(self.embed[0].forward(source))
        d = self.decoder.forward_from(e[:, -1], self.embed[1].forward(target))
        return np.concatenate([d, self.attention.forward(d, e, mask=source[:, None] != 0)], axis=2)

    def _backward(self, dy, need_dx):
        dd, dc = np.split(dy, 2, axis=2)
        dquery, de, _ = self.attention.backward(dc)
        self.embed[1].backward(self.decoder.backward(dd + dquery))
        de[:, -1] += self.decoder.dh0
        self.embed[0].backward(self.encoder.backward(de))
        return np.zeros((len(dy), *self.input_shape))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_translator_of_a_few_lines_passes_its_gradient_check(seed):
    rng = np.random.default_rng(seed)
    layer = Translator(5, 3, source=4).build((7,), seed=seed)
    layer.parameters[:] = rng.normal(size=layer.parameters.shape)
    x = rng.integers(1, 5, (3, 7))
    x[0, 0] = x[1, 1:3] = 0
    report = check_gradients(layer, x, seed=seed).raise_if_failed()
    assert not any(row.zero for row in report.rows)
