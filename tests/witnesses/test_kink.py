"""ReLU at its kink: every framework's `relu` returns 0, a maximum written by hand does not.

Chapter 4 says so in its section "Where ReLU has no derivative".
"""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from backprop.layers import Activation


def torch_slope(f):
    z = torch.zeros((), dtype=torch.float64, requires_grad=True)
    f(z).backward()
    return z.grad.item()


def tensorflow_slope(f):
    z = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        y = f(z)
    return float(tape.gradient(y, z))


def our_slope():
    relu = Activation("relu").build((1,), seed=0)
    relu.forward(np.zeros((1, 1)))
    return relu.backward(np.ones((1, 1))).item()


SLOPES = {
    "package": (our_slope, 0),
    "PyTorch": (lambda: torch_slope(torch.relu), 0),
    "JAX": (lambda: jax.grad(jax.nn.relu)(0.0), 0),
    "TensorFlow": (lambda: tensorflow_slope(tf.nn.relu), 0),
    "Keras": (lambda: jax.grad(keras.activations.relu)(jnp.zeros(())), 0),
    "PyTorch, maximum": (lambda: torch_slope(lambda z: torch.maximum(z, 0 * z.detach())), 0.5),
    "JAX, maximum": (lambda: jax.grad(lambda z: jnp.maximum(z, 0))(0.0), 0.5),
    "TensorFlow, maximum": (lambda: tensorflow_slope(lambda z: tf.maximum(z, 0.0)), 1),
    "TensorFlow, zero first": (lambda: tensorflow_slope(lambda z: tf.maximum(0.0, z)), 0),
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_slope_at_the_kink(name):
    slope, expected = SLOPES[name]
    assert slope() == expected
