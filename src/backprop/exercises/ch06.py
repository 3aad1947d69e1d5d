"""Checks of the exercises of chapter 6 and its pages on images, text and translation."""

import re

import numpy as np

from ..datasets import load_number_words
from ..gradient_check import check_gradients
from ..numeric import central_difference
from .checking import ask, call_text, compare, exercise, expect, require, show


@exercise("ex-6-2", "backward_stride_two")
def stride_two(backward_stride_two):
    for seed, pixels in enumerate((5, 5, 4, 9)):
        rng = np.random.default_rng(seed)
        k, x, dy = rng.normal(size=2), rng.normal(size=pixels), rng.normal(size=pixels // 2)
        dk, dx = np.zeros(2), np.zeros(pixels)
        for window, upstream in enumerate(dy):
            for i in range(2):
                dk[i] += upstream * x[2 * window + i]
                dx[2 * window + i] += upstream * k[i]
        expect(backward_stride_two, (k, x, dy), (dk, dx), ("dk", "dx"))


@exercise("ex-6-4", "kernel_matrix", "kernel_gradient")
def as_a_dense_layer(kernel_matrix, kernel_gradient):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        k, x, dM = rng.normal(size=2), rng.normal(size=4), rng.normal(size=(4, 3))
        M = ask(kernel_matrix, *k.tolist())
        require(np.shape(M) == (4, 3), f"kernel_matrix: expected the shape (4, 3), given {show(M)}")
        y = [k[0] * x[j] + k[1] * x[j + 1] for j in range(3)]
        compare(x @ M, y, f"{show(x)} @ {call_text(kernel_matrix, k.tolist())}")

        def total(k, dM=dM):
            M = np.zeros((4, 3))
            for j in range(3):
                M[j, j], M[j + 1, j] = k
            return np.vdot(dM, M)

        dk = central_difference(total, k)
        expect(kernel_gradient, (dM,), tuple(dk), ("dk1", "dk2"))


@exercise("ex-images-3", "pool")
def max_pooling(pool):
    for seed, shape in enumerate(((1, 2, 2, 1), (2, 4, 6, 3), (3, 6, 2, 2))):
        rng = np.random.default_rng(seed)
        N, H, W, C = shape
        x, dy = rng.normal(size=shape), rng.normal(size=(N, H // 2, W // 2, C))
        y, dx = np.zeros_like(dy), np.zeros_like(x)
        for n, i, j, c in np.ndindex(dy.shape):
            square = x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
            a, b = np.unravel_index(square.argmax(), (2, 2))
            y[n, i, j, c], dx[n, 2 * i + a, 2 * j + b, c] = square[a, b], dy[n, i, j, c]
        expect(pool, (x, dy), (y, dx), ("y", "dx"))


@exercise("ex-tx-2", "SumOfRows")
def sum_of_rows(SumOfRows):
    rng = np.random.default_rng(0)
    for n, rows, features in ((1, 1, 2), (3, 4, 2), (2, 5, 3)):
        x = rng.normal(size=(n, rows, features))
        if rows == 5:
            x[:, 3:] = 0.0  # padding
        layer = SumOfRows().build((rows, features))
        total = sum(x[:, t] for t in range(rows))
        compare(layer.forward(x), total, f"SumOfRows, forward, x of shape {x.shape}")
        dy = rng.normal(size=(n, features))
        dx = layer.backward(dy)
        there = (x != 0).any(axis=-1)  # at a row of padding, both conventions do
        slope = central_difference(lambda x, v=dy: np.vdot(v, x.sum(axis=1)), x)
        compare(dx[there], slope[there], f"SumOfRows, backward, dx for x of shape {x.shape}")
    report = check_gradients(SumOfRows().build((4, 3)), rng.normal(size=(2, 4, 3)))
    require(report.passed, f"check_gradients says:\n{report}")


@exercise("ex-tr-2", "attention_backward")
def attention(attention_backward):
    def loss(Q, K, V, G):
        P = Q @ K.T / np.sqrt(Q.shape[1])
        A = np.exp(P) / np.exp(P).sum(axis=1, keepdims=True)
        return np.vdot(G, A @ V)

    for seed, (queries, keys, d, v) in enumerate(((3, 5, 4, 4), (1, 1, 2, 2), (4, 2, 3, 5))):
        rng = np.random.default_rng(seed)
        Q, K, V, G = (
            rng.normal(size=s) for s in ((queries, d), (keys, d), (keys, v), (queries, v))
        )
        dQ = central_difference(lambda a, K=K, V=V, G=G: loss(a, K, V, G), Q)
        dK = central_difference(lambda a, Q=Q, V=V, G=G: loss(Q, a, V, G), K)
        dV = central_difference(lambda a, Q=Q, K=K, G=G: loss(Q, K, a, G), V)
        names = ("dQ", "dK", "dV")
        expect(attention_backward, (Q, K, V, G), (dQ, dK, dV), names, rtol=1e-5, atol=1e-8)


@exercise("ex-tr-4", "value", "in_french")
def rules(value, in_french):
    """All numbers of the data, against what the data's authors wrote."""
    for part in load_number_words():
        for number, english, french in zip(part.numbers, part.english, part.french, strict=True):
            expect(value, (english,), number)
            found = ask(in_french, int(number))
            same = isinstance(found, str) and re.split("[ -]", found) == re.split("[ -]", french)
            require(same, f"in_french({number}): expected {french!r}, given {found!r}")
