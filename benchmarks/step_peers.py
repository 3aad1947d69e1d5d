"""The article's training loop in other libraries, each as its own users write it.

All compute the loss beside the gradient, as we do. Batches are cut, and turned into the library's
own arrays, before the clock starts.
"""

import warnings

import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numba
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from benchmarks import article
from benchmarks.torch_peer import Torch


class PyTorch(Torch):
    def __init__(self):
        model = torch.nn.Sequential(
            torch.nn.Linear(article.INPUTS, article.HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Linear(article.HIDDEN, 1),
        ).double()
        super().__init__(
            model,
            torch.nn.MSELoss(),
            article.LEARNING_RATE,
            article.batches(),
            article.EPOCHS,
            article.weights,
        )


class Autograd:
    name = "HIPS autograd"

    def __init__(self):
        def loss(weights, x, y):
            W1, b1, W2, b2 = weights
            o = anp.dot(anp.maximum(anp.dot(x, W1) + b1, 0.0), W2) + b2
            return anp.mean((o - y) ** 2)

        self.value_and_grad = autograd.value_and_grad(loss)
        self.batches = article.batches()

    def restart(self):
        self.w = article.weights()

    def run(self):
        for _ in range(article.EPOCHS):
            for x, y in self.batches:
                _, gradients = self.value_and_grad(self.w, x, y)
                for w, g in zip(self.w, gradients, strict=True):
                    w -= article.LEARNING_RATE * g

    def weights(self):
        return self.w


class ScikitLearn:
    """MLPRegressor minimizes half the mean of squares: twice the learning rate is the same step."""

    name = "scikit-learn"

    def __init__(self):
        self.x, y = article.data()
        self.y = y.ravel()
        self.model = MLPRegressor(
            hidden_layer_sizes=(article.HIDDEN,),
            solver="sgd",
            alpha=0.0,
            momentum=0.0,
            learning_rate_init=2 * article.LEARNING_RATE,
            batch_size=article.BATCH,
            shuffle=False,
            max_iter=article.EPOCHS,
            n_iter_no_change=10**9,  # it never stops early
            warm_start=True,  # fit goes on from the weights that restart has set
        )
        self.run()

    def restart(self):
        W1, b1, W2, b2 = article.weights()
        for own, start in zip(self.model.coefs_, (W1, W2), strict=True):
            own[...] = start
        for own, start in zip(self.model.intercepts_, (b1, b2), strict=True):
            own[...] = start

    def run(self):
        with warnings.catch_warnings():
            # It stops where it was told to, and calls that a failure.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.fit(self.x, self.y)

    def weights(self):
        (W1, W2), (b1, b2) = self.model.coefs_, self.model.intercepts_
        return [W1, b1, W2, b2]


def _jax_step(weights, batch):
    def loss(weights):
        W1, b1, W2, b2 = weights
        o = jnp.maximum(x @ W1 + b1, 0.0) @ W2 + b2
        return jnp.mean((o - y) ** 2)

    x, y = batch
    value, gradients = jax.value_and_grad(loss)(weights)
    weights = [w - article.LEARNING_RATE * g for w, g in zip(weights, gradients, strict=True)]
    return weights, value


class JaxStep:
    name = "JAX, jitted step"

    def __init__(self):
        self.step = jax.jit(_jax_step)
        self.batches = [tuple(map(jnp.asarray, batch)) for batch in article.batches()]

    def restart(self):
        self.w = [jnp.asarray(w) for w in article.weights()]

    def run(self):
        for _ in range(article.EPOCHS):
            for batch in self.batches:
                self.w, _ = self.step(self.w, batch)
        jax.block_until_ready(self.w)

    def weights(self):
        return [np.asarray(w) for w in self.w]


class JaxScan(JaxStep):
    name = "JAX, whole loop compiled"

    def __init__(self):
        def loop(weights, x, y):
            def epoch(weights, _):
                return jax.lax.scan(_jax_step, weights, (x, y))

            return jax.lax.scan(epoch, weights, length=article.EPOCHS)

        self.loop = jax.jit(loop)
        self.x, self.y = (jnp.stack(arrays) for arrays in zip(*article.batches(), strict=True))

    def run(self):
        self.w, losses = self.loop(self.w, self.x, self.y)
        jax.block_until_ready((self.w, losses))


@numba.njit
def _numba_loop(W1, b1, W2, b2, xs, ys, epochs, eta):
    """Every sum is a loop: compiled, no step calls or allocates anything."""
    n_batches, n, k = xs.shape
    h = b1.size
    y1 = np.empty((n, h))
    dW1, db1, dW2 = np.empty((k, h)), np.empty(h), np.empty((h, 1))
    losses = np.empty((epochs, n_batches))
    for epoch in range(epochs):
        for batch in range(n_batches):
            x, y = xs[batch], ys[batch]
            dW1[:], db1[:], dW2[:], db2, loss = 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(n):
                o = b2[0]
                for j in range(h):
                    z = b1[j]
                    for m in range(k):
                        z += x[i, m] * W1[m, j]
                    y1[i, j] = max(z, 0.0)
                    o += y1[i, j] * W2[j, 0]
                d = o - y[i, 0]
                loss += d * d
                do = 2.0 * d / n
                db2 += do
                for j in range(h):
                    dW2[j, 0] += y1[i, j] * do
                    if y1[i, j] > 0.0:
                        dz = do * W2[j, 0]
                        db1[j] += dz
                        for m in range(k):
                            dW1[m, j] += x[i, m] * dz
            losses[epoch, batch] = loss / n
            for w, g in ((W1, dW1), (W2, dW2)):
                w -= eta * g
            b1 -= eta * db1
            b2 -= eta * db2
    return losses


class Numba:
    name = "numba, whole loop compiled"

    def __init__(self):
        self.x, self.y = (np.stack(arrays) for arrays in zip(*article.batches(), strict=True))

    def restart(self):
        self.w = article.weights()

    def run(self):
        _numba_loop(*self.w, self.x, self.y, article.EPOCHS, article.LEARNING_RATE)

    def weights(self):
        return self.w
