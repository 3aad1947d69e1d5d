"""Layers: formulas by hand, gradients by differences for every layer found, buffers and views."""

import numpy as np
import pytest

from backprop import (
    GRU,
    Activation,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    LayerNorm,
    MaxPool2D,
    Residual,
    SimpleRNN,
)
from backprop.activations import ACTIVATIONS
from backprop.gradient_check import check_gradients

# An example of every layer, and the shape of its input. A layer that is missing here fails
# test_every_layer_has_an_example.
EXAMPLES = {
    **{f"Dense-{name}": (lambda name=name: Dense(3, name), (4,)) for name in ACTIVATIONS},
    **{f"Activation-{name}": (lambda name=name: Activation(name), (4,)) for name in ACTIVATIONS},
    "Dense-no-bias": (lambda: Dense(3, "tanh", use_bias=False), (4,)),
    "Flatten": (lambda: Flatten(), (2, 3)),
    "Dropout": (lambda: Dropout(0.4), (4,)),
    "Dropout-3d": (lambda: Dropout(0.4), (2, 3)),
    "BatchNorm": (lambda: BatchNorm(), (4,)),
    "LayerNorm": (lambda: LayerNorm(), (4,)),
    "LayerNorm-3d": (lambda: LayerNorm(), (3, 4)),
    "Embedding": (lambda: Embedding(12, 3), (4,)),
    "Embedding-mask_zero": (lambda: Embedding(6, 2, mask_zero=True), (4,)),
    **{
        f"{cls.__name__}{name}": (lambda cls=cls, options=options: cls(3, **options), (4, 2))
        for cls in (SimpleRNN, GRU)
        for name, options in {
            "": {},
            "-sequences": {"return_sequences": True},
            "-masking": {"masking": True},
            "-sequences-masking": {"return_sequences": True, "masking": True},
        }.items()
    },
    "Residual": (lambda: Residual([Dense(6, "tanh"), Dense(4)]), (4,)),
    "Residual-nested": (
        lambda: Residual([Dense(4, "gelu"), Residual([BatchNorm(), Dropout(0.3)])]),
        (4,),
    ),
    # -- images
    "Conv2D": (lambda: Conv2D(3, 3, activation="tanh"), (4, 5, 2)),
    "Conv2D-same": (lambda: Conv2D(2, (2, 3), padding="same", activation="gelu"), (3, 4, 2)),
    "Conv2D-strides": (lambda: Conv2D(2, 3, (2, 1), "same", use_bias=False), (4, 3, 1)),
    "Conv2D-apart": (lambda: Conv2D(2, (1, 2), 3, activation="softmax"), (5, 6, 2)),
    "Conv2D-beyond": (lambda: Conv2D(2, 4, 2, "same"), (1, 2, 1)),
    "MaxPool2D": (lambda: MaxPool2D(), (4, 5, 2)),
    "MaxPool2D-meet": (lambda: MaxPool2D(3, 2, "same"), (4, 5, 1)),
    "MaxPool2D-columns": (lambda: MaxPool2D((1, 3), (1, 2)), (2, 7, 1)),
    "MaxPool2D-same": (lambda: MaxPool2D((2, 3), padding="same"), (3, 4, 2)),
    "GlobalAveragePooling2D": (lambda: GlobalAveragePooling2D(), (2, 3, 2)),
    "Flatten-images": (lambda: Flatten(), (2, 3, 2)),
    "Activation-images": (lambda: Activation("softmax"), (2, 3, 2)),
    "Dropout-images": (lambda: Dropout(0.4), (2, 3, 2)),
    "BatchNorm-images": (lambda: BatchNorm(), (2, 3, 2)),
    "Residual-images": (
        lambda: Residual([Conv2D(2, 3, padding="same", activation="tanh"), BatchNorm()]),
        (3, 2, 2),
    ),
}


def kinds(base):
    """Return the names of the public classes of the package that are derived from ``base``."""
    derived = base.__subclasses__()
    names = {c.__name__ for c in derived if c.__module__.startswith("backprop.")}
    public = {name for name in names if not name.startswith("_")}
    return public.union(*(kinds(c) for c in derived))


def make(name, seed=0, dtype="float64"):
    """Return a built layer with no parameter at zero, and an input."""
    factory, shape = EXAMPLES[name]
    layer = factory().build(shape, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    layer.parameters[:] = rng.normal(size=layer.parameters.shape)
    if layer.discrete_input:  # numbers that may be doubled, or grow by 1
        return layer, rng.integers(0, layer.input_dim // 2, (5, *shape)).astype(dtype)
    return layer, rng.normal(size=(5, *shape)).astype(dtype)


def test_every_layer_has_an_example():
    assert kinds(Layer) == {type(factory()).__name__ for factory, _ in EXAMPLES.values()}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_by_differences(name, training, seed):
    layer, x = make(name, seed)
    check_gradients(layer, x, training=training, seed=seed).raise_if_failed()


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_and_inputs_are_not_changed(name, dtype):
    layer, x = make(name, dtype=dtype)
    before = x.copy()
    y = layer.forward(x, training=True)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == layer.parameters.dtype == layer.gradients.dtype == dtype
    assert dx.shape == x.shape
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dy, 1.0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_backward_overwrites_and_leaves_forward_as_it_was(name):
    layer, x = make(name)
    y = layer.forward(x).copy()
    dy = np.random.default_rng(1).normal(size=y.shape)
    dx, gradients = layer.backward(dy).copy(), layer.gradients.copy()
    np.testing.assert_array_equal(layer.backward(dy), dx)
    np.testing.assert_array_equal(layer.gradients, gradients)
    np.testing.assert_array_equal(layer.forward(x), y)


@pytest.mark.parametrize("name", EXAMPLES)
def test_batches_of_changing_size_reuse_nothing_stale(name):
    layer, x = make(name)
    for n in (5, 2, 5, 1, 3, 4, 5, 2):
        other, _ = make(name)
        y = layer.forward(x[:n])
        np.testing.assert_array_equal(y, other.forward(x[:n]))
        dy = np.random.default_rng(n).normal(size=y.shape)
        np.testing.assert_array_equal(layer.backward(dy), other.backward(dy))
        np.testing.assert_array_equal(layer.gradients, other.gradients)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_layer_takes_lists_and_whole_numbers(name):
    layer, x = make(name)
    x = np.round(3 * x) if not layer.discrete_input else x
    y = layer.forward(x).copy()
    np.testing.assert_array_equal(layer.forward(x.tolist()), y)
    np.testing.assert_array_equal(layer.forward(x.astype(int)), y)


@pytest.mark.parametrize("name", EXAMPLES)
def test_new_numbers_in_the_same_array_are_seen(name):
    layer, x = make(name)
    layer.forward(x)
    x *= 2.0
    y = layer.forward(x).copy()
    np.testing.assert_array_equal(y, make(name)[0].forward(x))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_new_array_of_a_known_shape_is_seen(name):
    layer, x = make(name)
    layer.backward(np.ones_like(layer.forward(x)))
    other, _ = make(name)
    x = x + 1.0
    y = layer.forward(x)
    np.testing.assert_array_equal(y, other.forward(x))
    dy = np.random.default_rng(1).normal(size=y.shape)
    np.testing.assert_array_equal(layer.backward(dy), other.backward(dy))
    np.testing.assert_array_equal(layer.gradients, other.gradients)


def test_parameters_are_views_into_one_vector():
    layer = Residual([Dense(3, "tanh"), BatchNorm(), Dense(2)]).build(2, seed=0)
    dense, norm, last = layer.layers
    assert layer.parameters.shape == (2 * 3 + 3 + 3 + 3 + 3 * 2 + 2,)
    np.testing.assert_array_equal(
        layer.parameters,
        np.concatenate([dense.W.ravel(), dense.b, norm.gamma, norm.beta, last.W.ravel(), last.b]),
    )
    dense.W[0, 0] = 7.0
    assert layer.parameters[0] == 7.0
    layer.gradients[-1] = 5.0
    assert last.db[1] == 5.0


def test_dense_by_hand():
    layer = Dense(2, "relu").build(3)
    layer.W[...] = [[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]]
    layer.b[...] = [0.5, -0.5]
    np.testing.assert_array_equal(
        layer.forward([[1.0, 2.0, 3.0], [1.0, -1.0, 0.0]]), [[5.5, 7.5], [0.0, 0.0]]
    )
    dx = layer.backward([[1.0, 10.0], [100.0, 1000.0]])
    np.testing.assert_array_equal(layer.dW, [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    np.testing.assert_array_equal(layer.db, [1.0, 10.0])
    np.testing.assert_array_equal(dx, [[-9.0, 2.0, 30.0], [0.0, 0.0, 0.0]])


def test_dense_can_leave_out_dx():
    layer, x = make("Dense-tanh")
    y = layer.forward(x)
    layer.backward(np.ones_like(y))
    gradients = layer.gradients.copy()
    layer.gradients[:] = 0.0
    assert layer.backward(np.ones_like(y), need_dx=False) is None
    np.testing.assert_array_equal(layer.gradients, gradients)


def test_dropout_keeps_the_mean_and_drops_the_right_share():
    layer = Dropout(0.3).build(1000, seed=0)
    x = np.ones((100, 1000))
    y = layer.forward(x, training=True)
    assert set(np.unique(y)) == {0.0, 1 / 0.7}
    assert np.mean(y == 0.0) == pytest.approx(0.3, abs=6 * np.sqrt(0.21 / y.size))
    np.testing.assert_array_equal(layer.backward(x), y)
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_dropout_draws_a_new_mask_each_time_from_its_seed():
    x = np.ones((4, 50))
    one, two = (Dropout(0.5).build(50, seed=3) for _ in range(2))
    first, second = (one.forward(x, training=True).copy() for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(two.forward(x, training=True), first)
    np.testing.assert_array_equal(two.forward(x, training=True), second)


def test_dropout_draws_for_each_sample():
    y = Dropout(0.5).build(50, seed=3).forward(np.ones((2, 50)), training=True)
    assert not np.array_equal(y[0], y[1])


def test_batchnorm_normalizes_with_the_biased_variance():
    layer = BatchNorm(epsilon=1e-12).build(3)
    x = np.random.default_rng(0).normal(3.0, 2.0, (50, 3))
    layer.gamma[:], layer.beta[:] = [1.0, 2.0, 3.0], [0.0, -1.0, 5.0]
    y = layer.forward(x, training=True)
    np.testing.assert_allclose(y.mean(axis=0), layer.beta, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), layer.gamma, rtol=1e-9)


def test_batchnorm_moves_its_averages_only_in_training():
    layer = BatchNorm(momentum=0.9).build(2)
    x = np.array([[0.0, 2.0], [4.0, 2.0]])
    layer.forward(x)
    np.testing.assert_array_equal(layer.moving_mean, [0.0, 0.0])
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.2, 0.2], rtol=1e-14)
    np.testing.assert_allclose(layer.moving_variance, [0.9 + 0.4, 0.9], rtol=1e-14)
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.38, 0.38], rtol=1e-14)


def test_batchnorm_outside_training_uses_its_averages():
    layer = BatchNorm(epsilon=1.0).build(1)
    layer.moving_mean[:], layer.moving_variance[:] = 2.0, 8.0
    np.testing.assert_allclose(layer.forward([[5.0], [2.0]]), [[1.0], [0.0]], rtol=1e-15)


def test_a_residual_of_zero_is_the_identity():
    layer = Residual([Dense(4, "tanh", kernel_initializer="zeros")]).build(4)
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_a_residual_tells_its_layers_of_the_training():
    layer = Residual([Dropout(0.5)]).build(50, seed=0)
    x = np.ones((2, 50))
    assert set(np.unique(layer.forward(x, training=True))) == {1.0, 3.0}
    np.testing.assert_array_equal(layer.forward(x), 2.0)


def test_flatten_keeps_the_order():
    layer = Flatten().build((2, 3))
    x = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(layer.forward(x), np.arange(12.0).reshape(2, 6))
    np.testing.assert_array_equal(layer.backward(layer.forward(x)), x)


def test_layernorm_normalizes_each_row_with_its_biased_variance():
    layer = LayerNorm(epsilon=1e-12).build((2, 50))
    x = np.random.default_rng(0).normal(3.0, 2.0, (4, 2, 50))
    y = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=-1), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=-1), 1.0, rtol=1e-9)
    layer.gamma[:], layer.beta[:] = np.arange(50), 7.0
    np.testing.assert_allclose(layer.forward(x), np.arange(50) * y + 7.0, rtol=1e-12)


def test_layernorm_of_a_constant_row_is_beta():
    layer = LayerNorm().build(3)
    layer.beta[:] = [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(layer.forward([[5.0, 5.0, 5.0]]), [[1.0, 2.0, 3.0]])
    assert np.isfinite(layer.backward([[1.0, -1.0, 2.0]])).all()


def test_layernorm_can_leave_out_dx():
    layer, x = make("LayerNorm-3d")
    dy = np.random.default_rng(1).normal(size=x.shape)
    layer.forward(x)
    layer.backward(dy)
    gradients = layer.gradients.copy()
    assert layer.backward(dy, need_dx=False) is None
    np.testing.assert_array_equal(layer.gradients, gradients)
