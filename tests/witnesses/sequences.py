"""The cases of sequences: recurrent layers, embedding, attention, layer normalization.

SymPy's version is a `Program` of index formulas: the loop over time written out, step by step.
"""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
import torch
import torch.nn.functional as F

from backprop.attention import DotProductAttention
from backprop.indexed import array, derive, index
from backprop.layers import LayerNorm
from backprop.recurrent import GRU, Embedding, SimpleRNN

N, T, D, H = 2, 3, 2, 2

# Of the masked cases: a step in the middle, the last one, and the first two.
SHOWN = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])


def sequence_cases(case, layer_case):
    """Yield the cases; ``case`` and ``layer_case`` are the functions that make one."""
    rng = np.random.default_rng(8)
    for cell, program, torch_, jax_ in (
        (SimpleRNN, _rnn_program, _torch_rnn, _jax_rnn),
        (GRU, _gru_program, _torch_gru, _jax_gru),
    ):
        for every in (True, False):
            yield layer_case(
                f"{cell.__name__}, {'all states' if every else 'the last state'}",
                cell(H, return_sequences=every).build((T, D)),
                rng.normal(size=(N, T, D)),
                program(N, every),
                lambda a, f=torch_, every=every: _last_or_all(f(a), every),
                lambda a, f=jax_, every=every: _last_or_all(f(a), every),
            )
            yield _masked_case(case, cell, every, program, jax_)
    yield _embedding_case(case)
    for masked in (False, True):
        yield _attention_case(case, masked)
    yield layer_case(
        "LayerNorm", LayerNorm().build((3, 4)), rng.normal(size=(2, 3, 4)),
        _layer_norm_program(),
        lambda a: F.layer_norm(a[0], (4,), a[1], a[2], eps=1e-3),
        lambda a: a[1] * (a[0] - a[0].mean(axis=-1, keepdims=True))
        / jnp.sqrt(a[0].var(axis=-1, keepdims=True) + 1e-3) + a[2],
    )  # fmt: skip


def _last_or_all(h, every):
    return h if every else h[:, -1]


# -- recurrent layers: arrays x, W, U, b -----------------------------------------------------------


def _torch_rnn(a):
    x, W, U, b = a
    rnn = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    return _torch_states(rnn, (W.T, U.T, b, torch.zeros_like(b)), x)  # it has two biases


def _torch_gru(a):
    x, W, U, b = a
    gru = torch.nn.GRU(D, H, batch_first=True, dtype=torch.float64)
    z, r, c = range(H), range(H, 2 * H), range(2 * H, 3 * H)
    order = [*r, *z, *c]  # PyTorch's
    return _torch_states(gru, (W.T[order], U.T[order], b[0, order], b[1, order]), x)


def _torch_states(layer, weights, x):
    names = [name for name, _ in layer.named_parameters()]
    return torch.func.functional_call(layer, dict(zip(names, weights, strict=True)), (x,))[0]


def _jax_rnn(a, shown=None):
    x, W, U, b = a
    return _scan(lambda h, x: jnp.tanh(x @ W + h @ U + b), x, shown)


def _jax_gru(a, shown=None):
    x, W, U, b = a

    def cell(h, x):
        (gz, gr, gc), (az, ar, ac) = (
            jnp.split(g, 3, axis=-1) for g in (x @ W + b[0], h @ U + b[1])
        )
        z, r = jax.nn.sigmoid(gz + az), jax.nn.sigmoid(gr + ar)
        return z * h + (1 - z) * jnp.tanh(gc + r * ac)

    return _scan(cell, x, shown)


def _scan(cell, x, shown):
    shown = jnp.ones(x.shape[:2]) if shown is None else jnp.asarray(shown)

    def step(h, now):
        x, m = now
        h = jnp.where(m[:, None] == 1, cell(h, x), h)
        return h, h

    start = jnp.zeros((len(x), H))
    return jnp.swapaxes(jax.lax.scan(step, start, (jnp.swapaxes(x, 0, 1), shown.T))[1], 0, 1)


def _masked_case(case, cell, every, program, jax_):
    """The layer as a function of what is left of x behind a constant mask."""
    n = len(SHOWN)
    rng = np.random.default_rng(9)
    layer = cell(H, return_sequences=every, masking=True).build((T, D))
    shapes = layer.parameter_shapes()
    arrays = [rng.normal(size=s) for s in ((n, T, D), *shapes.values())]
    mask = SHOWN[..., None]

    def ours(arrays, v=None):
        for name, values in zip(shapes, arrays[1:], strict=True):
            getattr(layer, name)[...] = values
        y = layer.forward(mask * arrays[0])
        if v is None:
            return y
        dx = layer.backward(v)
        assert not np.any(dx * (1 - mask))
        return [dx, *(getattr(layer, "d" + name).copy() for name in shapes)]

    def torch_(a):
        """Each sample by itself, without its masked steps."""
        f = {SimpleRNN: _torch_rnn, GRU: _torch_gru}[cell]
        rows = []
        for i, shown in enumerate(SHOWN):
            steps = np.flatnonzero(shown)
            h = f([a[0][i : i + 1, steps], *a[1:]])[0]
            y = torch.zeros(T, H, dtype=torch.float64)
            y = y.index_put((torch.tensor(steps),), h)
            rows.append(y if every else h[-1])
        return torch.stack(rows)

    def jax_masked(a):
        h = jax_(a, SHOWN)
        return mask * h if every else h[:, -1]

    name = f"{cell.__name__}, {'all states' if every else 'the last state'}, masked"
    return case(name, arrays, ours, program(n, every, SHOWN), torch_, jax_masked)


def _sequence(n, every, formulas_of_step, b_shape, width, shown):
    """Return the program of a recurrent layer, whose steps ``formulas_of_step`` writes."""
    i, j, k = index("i", D), index("j", H), index("k", H)
    x, W, U, b = (
        array("x", n, T, D),
        array("W", D, width),
        array("U", H, width),
        array("b", *b_shape),
    )
    h, y = array("h", n, T + 1, H), array("y", n, *((T, H) if every else (H,)))
    formulas = []
    for s, t in product(range(n), range(T)):
        if shown[s, t]:
            formulas += formulas_of_step(s, t, i, j, k, x, W, U, b, h)
        else:
            formulas.append((h[s, t + 1, j], h[s, t, j]))
        if every and shown[s, t]:
            formulas.append((y[s, t, j], h[s, t + 1, j]))
    # h₀ is zeros, and written to be so: a formula reads what was given or written.
    start = [(h[s, 0, j], 0 * b[(0,) * len(b_shape)]) for s in range(n)]
    end = [] if every else [(y[s, j], h[s, T, j]) for s in range(n)]
    return derive(start + formulas + end, [x, W, U, b], y)


def _rnn_program(n, every, shown=None):
    z = array("z", n, T, H)

    def step(s, t, i, j, k, x, W, U, b, h):
        return [
            (z[s, t, j], b[j]),
            (z[s, t, j], x[s, t, i] * W[i, j]),
            (z[s, t, j], h[s, t, k] * U[k, j]),
            (h[s, t + 1, j], sp.tanh(z[s, t, j])),
        ]

    return _sequence(n, every, step, (H,), H, np.ones((n, T)) if shown is None else shown)


def _gru_program(n, every, shown=None):
    g, a = array("g", n, T, 3 * H), array("a", n, T, 3 * H)
    m = index("m", 3 * H)

    def sigma(z):
        return 1 / (1 + sp.exp(-z))

    def step(s, t, i, j, k, x, W, U, b, h):
        z = sigma(g[s, t, j] + a[s, t, j])
        r = sigma(g[s, t, j + H] + a[s, t, j + H])
        c = sp.tanh(g[s, t, j + 2 * H] + r * a[s, t, j + 2 * H])
        return [
            (g[s, t, m], b[0, m]),
            (g[s, t, m], x[s, t, i] * W[i, m]),
            (a[s, t, m], b[1, m]),
            (a[s, t, m], h[s, t, k] * U[k, m]),
            (h[s, t + 1, j], z * h[s, t, j] + (1 - z) * c),
        ]

    return _sequence(n, every, step, (2, 3 * H), 3 * H, np.ones((n, T)) if shown is None else shown)


# -- embedding, attention, layer normalization -----------------------------------------------------


def _embedding_case(case):
    tokens = np.array([[3, 1, 3, 0], [2, 3, 0, 1]])
    E, y, j = array("E", 5, 3), array("y", 2, 4, 3), index("j", 3)
    formulas = [(y[n, t, j], E[int(k), j]) for (n, t), k in np.ndenumerate(tokens)]
    layer = Embedding(5, 3).build((4,))

    def ours(arrays, v=None):
        layer.E = arrays[0]
        y = layer.forward(tokens)
        if v is None:
            return y
        layer.backward(v)
        return [layer.dE.copy()]

    return case(
        "Embedding", [np.random.default_rng(10).normal(size=(5, 3))], ours,
        derive(formulas, [E], y),
        lambda a: F.embedding(torch.tensor(tokens), a[0]),
        lambda a: a[0][tokens],
    )  # fmt: skip


def _attention_case(case, masked):
    rng = np.random.default_rng(12)
    shapes = (2, 3, 2), (2, 4, 3), (2, 4, 2)  # query, value, key
    mask = rng.random((2, 3, 4)) < 0.6 if masked else np.ones((2, 3, 4), bool)
    mask[..., 0] = True
    attention = DotProductAttention()

    def ours(arrays, v=None):
        y = attention.forward(*arrays, mask if masked else None)
        return y if v is None else list(attention.backward(v))

    def jax_(a):
        query, value, key = a
        scores = jnp.einsum("nik,njk->nij", query, key) / jnp.sqrt(2.0)
        weights = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1)
        return jnp.einsum("nij,njv->niv", weights, value)

    q, v, key = (array(name, *s) for name, s in zip("qvk", shapes, strict=True))
    s, e, total, y = array("s", 2, 3, 4), array("e", 2, 3, 4), array("r", 2, 3), array("y", 2, 3, 3)
    n, i, j, a, b = (index(*p) for p in (("n", 2), ("i", 3), ("j", 4), ("a", 2), ("b", 3)))
    formulas = [
        (s[n, i, j], q[n, i, a] * key[n, j, a] / sp.sqrt(2)),
        *((e[place], sp.exp(s[place])) for place in map(tuple, np.argwhere(mask).tolist())),
        (total[n, i], e[n, i, j]),
        (y[n, i, b], e[n, i, j] / total[n, i] * v[n, j, b]),
    ]
    return case(
        f"DotProductAttention, {'masked' if masked else 'all seen'}",
        [rng.normal(size=s) for s in shapes], ours,
        derive(formulas, [q, v, key], y),
        lambda a: F.scaled_dot_product_attention(
            a[0], a[2], a[1], attn_mask=torch.tensor(mask) if masked else None
        ),
        jax_,
    )  # fmt: skip


def _layer_norm_program():
    n, t, j = index("n", 2), index("t", 3), index("j", 4)
    x, gamma, beta, y = array("x", 2, 3, 4), array("c", 4), array("b", 4), array("y", 2, 3, 4)
    m, v = array("m", 2, 3), array("v", 2, 3)
    deviation = x[n, t, j] - m[n, t]
    formulas = [
        (m[n, t], x[n, t, j] / 4),
        (v[n, t], deviation**2 / 4),
        (y[n, t, j], gamma[j] * deviation / sp.sqrt(v[n, t] + sp.Rational(1, 1000)) + beta[j]),
    ]
    return derive(formulas, [x, gamma, beta], y)
