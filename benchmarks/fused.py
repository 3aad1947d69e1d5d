"""The article's network in NumPy, fused by hand: what a step costs when it can do nothing else.

One function, one network, one batch size; no layers, no checks. The NumPy calls are those that our
layers, loss and optimizer make between them, so that the difference is the price of the layers.
"""

import numpy as np

from benchmarks import article


class Fused:
    name = "NumPy fused by hand"

    def __init__(self):
        n, k, h = article.BATCH, article.INPUTS, article.HIDDEN
        self.w, self.g = np.empty(k * h + h + h + 1), np.empty(k * h + h + h + 1)
        W1, b1, W2, b2 = np.split(self.w, [k * h, k * h + h, k * h + h + h])
        self.views = [W1.reshape(k, h), b1, W2.reshape(h, 1), b2]
        self.step = _make_step(self.w, self.g, n, k, h)
        self.batches = article.batches()

    def restart(self):
        for own, start in zip(self.views, article.weights(), strict=True):
            own[...] = start

    def run(self):
        step, batches = self.step, self.batches
        for _ in range(article.EPOCHS):
            loss = 0.0
            for x, y in batches:
                loss += step(x, y)

    def weights(self):
        return self.views


def _make_step(w, g, n, k, h):
    # [W; b] of both layers, and their gradients: views into the flat vectors.
    Wb1, Wb2 = _matrices(w, k, h)
    dWb1, dWb2 = _matrices(g, k, h)
    W2 = Wb2[:-1]
    x1, y1 = np.ones((n, k + 1)), np.ones((n, h + 1))
    x_part, y_part = x1[:, :-1], y1[:, :-1]
    z, dz, sign = np.empty((n, h)), np.empty((n, h)), np.empty((n, h))
    o, d, do = np.empty((n, 1)), np.empty((n, 1)), np.empty((n, 1))
    d_flat, change = d.ravel(), np.empty_like(w)
    zero, scale, eta = (np.asarray(v) for v in (0.0, 2 / n, article.LEARNING_RATE))

    def step(x, y):
        x_part[...] = x
        x1.dot(Wb1, out=z)
        np.maximum(z, zero, out=z)
        y_part[...] = z
        y1.dot(Wb2, out=o)
        np.subtract(o, y, out=d)
        loss = float(d_flat.dot(d_flat)) / n
        np.multiply(d, scale, out=do)
        y1.T.dot(do, out=dWb2)
        do.dot(W2.T, out=dz)
        np.sign(z, out=sign)
        np.multiply(sign, dz, out=sign)
        x1.T.dot(sign, out=dWb1)
        np.multiply(g, eta, out=change)
        np.subtract(w, change, out=w)
        return loss

    return step


def _matrices(v, k, h):
    first, second = np.split(v, [(k + 1) * h])
    return first.reshape(k + 1, h), second.reshape(h + 1, 1)
