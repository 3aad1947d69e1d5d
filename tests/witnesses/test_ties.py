"""Max pooling of equal pixels: here and in every framework, the first of them gets the gradient."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from backprop import MaxPool2D

# Windows with four, three and two equal largest pixels, for each place that can be the first.
X = np.random.default_rng(0).integers(0, 2, (3, 8, 10, 2)).astype(float)


def ours():
    layer = MaxPool2D().build(X.shape[1:])
    return layer.backward(np.ones_like(layer.forward(X)))


def pytorch():
    x = torch.tensor(X.transpose(0, 3, 1, 2), requires_grad=True)
    torch.nn.functional.max_pool2d(x, 2).sum().backward()
    return x.grad.numpy().transpose(0, 2, 3, 1)


def of_jax():
    def pooled(x):
        return jax.lax.reduce_window(
            x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"
        ).sum()

    return np.asarray(jax.grad(pooled)(jnp.asarray(X)))


def of_keras():
    pool = keras.layers.MaxPooling2D()
    return np.asarray(jax.grad(lambda x: pool(x).sum())(jnp.asarray(X)))


def tensorflow():
    x = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.nn.max_pool2d(x, 2, 2, "VALID"))
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("framework", [pytorch, of_jax, of_keras, tensorflow])
def test_the_first_of_equal_pixels_receives_the_gradient(framework):
    windows = X.reshape(3, 4, 2, 5, 2, 2).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)
    assert len({tuple(window) for window in windows}) == 16, "every pattern of ties occurs"
    np.testing.assert_array_equal(framework(), ours())
