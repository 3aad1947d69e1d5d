"""The article's network in NumPy, fused by hand: what a step costs when it can do nothing else.

One function, one network, one batch size; no layers, no checks. The NumPy calls are those that our
layers, loss and optimizer make between them, but for one: the biases are copied into every row
before they are added, which is faster than adding them by broadcasting.
"""

import numpy as np

from benchmarks import article


class Fused:
    name = "NumPy fused by hand"

    def __init__(self):
        n, k, h = article.BATCH, article.INPUTS, article.HIDDEN
        self.w, self.g = np.empty(k * h + h + h + 1), np.empty(k * h + h + h + 1)
        self.W1, self.b1, self.W2, self.b2 = _views(self.w)
        self.step = _make_step(self.w, self.g, n, h)
        self.batches = article.batches()

    def restart(self):
        for own, start in zip((self.W1, self.b1, self.W2, self.b2), article.weights(), strict=True):
            own[...] = start

    def run(self):
        step, batches = self.step, self.batches
        for _ in range(article.EPOCHS):
            loss = 0.0
            for x, y in batches:
                loss += step(x, y)

    def weights(self):
        return [self.W1, self.b1, self.W2, self.b2]


def _views(v):
    k, h = article.INPUTS, article.HIDDEN
    W1, b1, W2, b2 = np.split(v, [k * h, k * h + h, k * h + h + h])
    return W1.reshape(k, h), b1, W2.reshape(h, 1), b2


def _make_step(w, g, n, h):
    W1, b1, W2, b2 = _views(w)
    dW1, db1, dW2, db2 = _views(g)
    y1, dy1, sign = np.empty((n, h)), np.empty((n, h)), np.empty((n, h))
    o, d, do = np.empty((n, 1)), np.empty((n, 1)), np.empty((n, 1))
    b1_rows, b2_rows = np.empty((n, h)), np.empty((n, 1))
    d_flat, ones, change = d.ravel(), np.ones(n), np.empty_like(w)
    zero, scale, eta = (np.asarray(v) for v in (0.0, 2 / n, article.LEARNING_RATE))

    def step(x, y):
        x.dot(W1, out=y1)
        b1_rows[:] = b1
        np.add(y1, b1_rows, out=y1)
        np.maximum(y1, zero, out=y1)
        y1.dot(W2, out=o)
        b2_rows[:] = b2
        np.add(o, b2_rows, out=o)
        np.subtract(o, y, out=d)
        loss = float(d_flat.dot(d_flat)) / n
        np.multiply(d, scale, out=do)
        y1.T.dot(do, out=dW2)
        ones.dot(do, out=db2)
        do.dot(W2.T, out=dy1)
        np.sign(y1, out=sign)
        np.multiply(sign, dy1, out=sign)
        x.T.dot(sign, out=dW1)
        ones.dot(sign, out=db1)
        np.multiply(g, eta, out=change)
        np.subtract(w, change, out=w)
        return loss

    return step
