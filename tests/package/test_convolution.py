"""Images: convolution and pooling against their formulas, ties, networks, memory order."""

import itertools

import numpy as np
import pytest

from backprop import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPool2D,
    MaxPooling2D,
    Sequential,
)
from backprop.convolution import Axis
from backprop.gradient_check import check_gradients


def images(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def windows(x, size, strides, padding, outside):
    """Return every window of x, (N, h, w, k_h, k_w, C), by TensorFlow's rule for "same"."""
    sides = []
    for axis in (0, 1):
        n, k, s = x.shape[axis + 1], size[axis], strides[axis]
        if padding == "valid":
            sides.append((0, 0))
            continue
        # TensorFlow's documentation: the total padding, and its smaller half before.
        total = max(k - s, 0) if n % s == 0 else max(k - n % s, 0)
        sides.append((total // 2, total - total // 2))
    x = np.pad(x, ((0, 0), *sides, (0, 0)), constant_values=outside)
    h, w = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides, strict=True))
    (s, t), (kh, kw) = strides, size
    return np.array(
        [[x[:, s * i : s * i + kh, t * j : t * j + kw] for j in range(w)] for i in range(h)]
    ).transpose(2, 0, 1, 3, 4, 5)


SETTINGS = [
    (shape, size, strides, padding)
    for shape in [(5, 5), (4, 6), (1, 3)]
    for size in [(1, 1), (2, 3), (3, 3), (4, 1)]
    for strides in [(1, 1), (2, 2), (3, 1)]
    for padding in ["valid", "same"]
    if padding == "same" or (size[0] <= shape[0] and size[1] <= shape[1])
]
each_setting = pytest.mark.parametrize(("shape", "size", "strides", "padding"), SETTINGS, ids=str)


@each_setting
def test_convolution_is_its_formula(shape, size, strides, padding):
    layer = Conv2D(3, size, strides, padding).build((*shape, 2), seed=0)
    layer.b[:] = [1.0, -2.0, 3.0]
    x = images(2, *shape, 2)
    expected = np.einsum("nijabc,abco->nijo", windows(x, size, strides, padding, 0.0), layer.K)
    np.testing.assert_allclose(layer.forward(x), expected + layer.b, rtol=1e-12, atol=1e-13)


@each_setting
def test_gradients_of_convolution_are_their_formulas(shape, size, strides, padding):
    layer = Conv2D(3, size, strides, padding).build((*shape, 2), seed=0)
    x = images(2, *shape, 2)
    dz = images(*layer.forward(x).shape, seed=1)
    dx = layer.backward(dz)
    seen = windows(x, size, strides, padding, 0.0)
    np.testing.assert_allclose(layer.dK, np.einsum("nijabc,nijo->abco", seen, dz), atol=1e-12)
    np.testing.assert_allclose(layer.db, dz.sum(axis=(0, 1, 2)), atol=1e-12)
    # ⟨dz, z(u) − z(0)⟩ = ⟨dx, u⟩ for any u: z is linear in x.
    u = images(*x.shape, seed=2)
    np.testing.assert_allclose(
        np.vdot(dz, layer.forward(u) - layer.forward(0 * u)), np.vdot(dx, u), rtol=1e-10
    )


@each_setting
def test_pooling_is_the_windows_largest(shape, size, strides, padding):
    layer = MaxPool2D(size, strides, padding).build((*shape, 2))
    x = images(2, *shape, 2) - 10.0  # a zero in the padding would win
    expected = windows(x, size, strides, padding, -np.inf).max(axis=(3, 4))
    np.testing.assert_array_equal(layer.forward(x), expected)


def test_same_pads_less_before_the_image_than_after():
    """The numbers of TensorFlow's own example: 13 columns, a window of 6, strides 5."""
    assert Axis.of(13, 6, 5, "same")[3:] == (3, 1)  # 3 outputs; padding 1 before and 2 after
    assert Axis.of(13, 6, 5, "valid")[3:] == (2, 0)  # the columns 12 and 13 are left out
    assert Axis.of(28, 3, 2, "same")[3:] == (14, 0)  # PyTorch's padding=1 would shift the image


def test_convolution_by_hand():
    layer = Conv2D(1, 2).build((2, 3, 1))
    layer.K[...] = np.reshape([[1.0, 2.0], [3.0, 4.0]], (2, 2, 1, 1))
    layer.b[:] = 10.0
    x = np.reshape([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]], (1, 2, 3, 1))
    np.testing.assert_array_equal(layer.forward(x).ravel(), [10 + 1 + 4, 10 + 4 + 3])
    dx = layer.backward(np.reshape([[1.0, 10.0]], (1, 1, 2, 1)))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 2 + 10, 20], [3, 4 + 30, 40]])
    np.testing.assert_array_equal(layer.dK[:, :, 0, 0], [[1, 20], [10, 1]])
    np.testing.assert_array_equal(layer.db, [11.0])


def test_dx_is_a_correlation_with_the_turned_kernel():
    """What the docstring says of strides 1: of dz with zeros around it."""
    layer = Conv2D(3, (3, 2)).build((5, 4, 2), seed=0)
    dz = images(2, 3, 3, 3)
    layer.forward(images(2, 5, 4, 2))
    turned = Conv2D(2, (3, 2), use_bias=False).build((7, 5, 3))
    turned.K = layer.K[::-1, ::-1].transpose(0, 1, 3, 2)
    padded = np.pad(dz, ((0, 0), (2, 2), (1, 1), (0, 0)))
    np.testing.assert_allclose(layer.backward(dz), turned.forward(padded), rtol=1e-12, atol=1e-13)


def test_a_kernel_of_one_pixel_is_a_dense_layer_of_each_pixel():
    layer, dense = Conv2D(3, 1, activation="softmax").build((2, 4, 5), seed=0), Dense(3, "softmax")
    dense.build(5)
    dense.W, dense.b = layer.K[0, 0], layer.b
    x, dy = images(6, 2, 4, 5), images(6, 2, 4, 3, seed=1)
    np.testing.assert_allclose(
        layer.forward(x).reshape(-1, 3), dense.forward(x.reshape(-1, 5)), rtol=1e-13
    )
    np.testing.assert_allclose(
        layer.backward(dy).reshape(-1, 5), dense.backward(dy.reshape(-1, 3)), atol=1e-14
    )
    np.testing.assert_allclose(layer.dK[0, 0], dense.dW, atol=1e-14)


def test_convolution_can_leave_out_dx():
    layer = Conv2D(2, 3).build((4, 4, 1), seed=0)
    x = images(2, 4, 4, 1)
    dy = np.ones_like(layer.forward(x))
    layer.backward(dy)
    gradients = layer.gradients.copy()
    layer.gradients[:] = 0.0
    assert layer.backward(dy, need_dx=False) is None
    np.testing.assert_array_equal(layer.gradients, gradients)


@pytest.mark.parametrize("size", [(2, 2), (1, 3)])
def test_of_equal_pixels_the_first_one_receives_the_gradient(size):
    layer = MaxPool2D(size).build((2, 3, 1))
    dx = layer.backward(7.0 * np.ones_like(layer.forward(np.zeros((1, 2, 3, 1)))))
    expected = np.zeros((2, 3))
    expected[0, 0] = 7.0
    if size == (1, 3):
        expected[1, 0] = 7.0
    np.testing.assert_array_equal(dx[0, :, :, 0], expected)


def test_a_tie_is_decided_row_by_row():
    x = np.reshape([[1.0, 5.0], [5.0, 5.0]], (1, 2, 2, 1))
    layer = MaxPool2D().build((2, 2, 1))
    layer.forward(x)
    np.testing.assert_array_equal(layer.backward([[[[3.0]]]])[0, :, :, 0], [[0, 3], [0, 0]])


def test_a_pixel_that_wins_in_several_windows_receives_the_sum():
    layer = MaxPool2D(2, 1).build((3, 3, 1))
    x = np.zeros((1, 3, 3, 1))
    x[0, 1, 1] = 1.0
    layer.forward(x)
    dx = layer.backward(np.reshape([1.0, 10.0, 100.0, 1000.0], (1, 2, 2, 1)))
    assert dx[0, 1, 1, 0] == 1111.0
    assert dx.sum() == 1111.0


def test_pixels_in_no_window_receive_nothing():
    for layer in (MaxPool2D(2), Conv2D(1, 2, 2), Conv2D(1, 1, 3)):
        layer.build((5, 5, 1), seed=0)
        y = layer.forward(images(2, 5, 5, 1))
        dx = layer.backward(np.ones_like(y))
        np.testing.assert_array_equal(dx[:, 4], 0.0)
        np.testing.assert_array_equal(dx[:, :, 4], 0.0)


def test_the_average_of_a_channel():
    layer = GlobalAveragePooling2D().build((2, 3, 2))
    x = np.arange(12.0).reshape(1, 2, 3, 2)
    np.testing.assert_array_equal(layer.forward(x), [[5.0, 6.0]])
    dx = layer.backward([[6.0, 12.0]])
    np.testing.assert_array_equal(dx, np.tile([1.0, 2.0], (1, 2, 3, 1)))


@pytest.mark.parametrize("shape", [(2, 3, 5), (3, 5)])
def test_batchnorm_takes_every_pixel_as_a_row(shape):
    x, dy = images(4, *shape), images(4, *shape, seed=1)
    of_images, of_rows = BatchNorm().build(shape), BatchNorm().build(5)
    for layer in (of_images, of_rows):
        layer.gamma[:], layer.beta[:] = images(5, seed=2), images(5, seed=3)
    for training in (True, False):
        np.testing.assert_allclose(
            of_images.forward(x, training).reshape(-1, 5),
            of_rows.forward(x.reshape(-1, 5), training),
            rtol=1e-12,
            atol=1e-14,
        )
        np.testing.assert_allclose(
            of_images.backward(dy).reshape(-1, 5), of_rows.backward(dy.reshape(-1, 5)), atol=1e-13
        )
        np.testing.assert_allclose(of_images.gradients, of_rows.gradients, atol=1e-13)
    for name in of_rows.state:
        np.testing.assert_allclose(getattr(of_images, name), getattr(of_rows, name), atol=1e-14)


def test_dropout_draws_for_each_pixel_of_images():
    x = np.ones((3, 4, 5, 2))
    y = Dropout(0.5).build((4, 5, 2), seed=0).forward(x, training=True)
    for axis, other in itertools.product(range(4), range(1, 2)):
        assert np.any(np.take(y, 0, axis) != np.take(y, other, axis))


def cnn():
    return Sequential(
        [
            Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer="l2"),
            BatchNorm(),
            MaxPool2D(),
            Conv2D(3, 3, 2, "same", activation="tanh"),
            Dropout(0.1),
            Flatten(),
            Dense(2, "softmax"),
        ],
        seed=0,
    )


def test_a_network_of_images_passes_the_check_and_learns():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    x = rng.normal(size=(60, 6, 7, 1))
    x[labels == 1, 2:4] += 2.0  # a bright bar
    network = cnn()
    network.build((6, 7, 1))
    check_gradients(network, x[:4], training=True, seed=0).raise_if_failed()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = network.fit(x, labels, epochs=30, batch_size=16, verbose=0).history
    assert history["loss"][-1] < 0.3 * history["loss"][0]
    assert network.evaluate(x, labels, verbose=0)[1] > 0.9


def test_what_a_caller_gets_lies_in_the_usual_order():
    network = Sequential([Conv2D(2, 3), MaxPool2D()], seed=0)
    y = network.forward(images(3, 6, 6, 1))
    dx = network.backward(np.ones_like(y))
    assert y.flags.c_contiguous
    assert dx.flags.c_contiguous
    assert network.predict(images(3, 6, 6, 1)).shape == (3, 2, 2, 2)


def test_memory_order_of_the_input_does_not_matter():
    x = images(3, 5, 6, 2)
    for make in (lambda: Conv2D(2, 3, 2, "same"), MaxPool2D, GlobalAveragePooling2D, BatchNorm):
        one, other = make().build((5, 6, 2), seed=0), make().build((5, 6, 2), seed=0)
        y = one.forward(x, training=True)
        close = {"rtol": 1e-12, "atol": 1e-14}  # sums may be taken in another order
        np.testing.assert_allclose(other.forward(np.asfortranarray(x), training=True), y, **close)
        dy = images(*y.shape, seed=1)
        dx = other.backward(np.asfortranarray(dy))
        np.testing.assert_allclose(dx, one.backward(dy), **close)
        np.testing.assert_allclose(other.gradients, one.gradients, **close)


def test_an_odd_kernel_keeps_its_place_in_a_shifted_image():
    """Equivariance: an image moved by one pixel gives outputs moved by one, away from the edge."""
    layer = Conv2D(2, 3, padding="same").build((7, 8, 1), seed=0)
    x = images(2, 7, 8, 1)
    y, moved = layer.forward(x), layer.forward(np.roll(x, (1, 1), axis=(1, 2)))
    np.testing.assert_allclose(moved[:, 2:-1, 2:-1], y[:, 1:-2, 1:-2], rtol=1e-12, atol=1e-14)


def test_keras_second_name():
    assert MaxPooling2D is MaxPool2D
