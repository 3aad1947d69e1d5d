"""Wrong calls: each raises a clear error, which says what was expected and what was given.

Where there is a model, the call leaves it as it was: weights, optimizer, history. The last part
interrupts `fit`: what was learned until then stays, and the training can go on.

A case is the call, its error, and parts of its message, mostly what was expected and what was
given.
"""

import copy
import functools
from pathlib import Path

import numpy as np
import pytest

from backprop import (
    SGD,
    Activation,
    Adam,
    AdamW,
    BatchNorm,
    Callback,
    Conv2D,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    GlobalAveragePooling2D,
    MaxPool2D,
    Muon,
    Residual,
    RMSprop,
    Sequential,
    activations,
    datasets,
    figures,
    initializers,
    losses,
    metrics,
    optimizers,
    symbolic,
    two_layer,
)
from backprop.datasets import Dataset
from backprop.gradient_check import check_gradients, check_graph
from backprop.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from backprop.numeric import central_difference, complex_step, differences
from backprop.scalar import Value, grad, hessian, topological_order
from backprop.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

NAN, INF = float("nan"), float("inf")
X = np.random.default_rng(0).normal(size=(6, 4))
Y = np.random.default_rng(1).normal(size=(6, 2))
RAGGED = [[1.0, 2.0], [3.0]]


def with_(array, index, value):
    """Return a copy with one element changed."""
    array = array.copy()
    array[index] = value
    return array


def strings(shape):
    return np.full(shape, "a")


def cases(**calls):
    """Make a parameter of each call, under its name."""
    return [
        pytest.param(call, error, parts, id=name.replace("_", " "))
        for name, (call, error, *parts) in calls.items()
    ]


def assert_refused(call, error, parts):
    """Assert that the call raises the error, that its message holds every part, and that the
    package wrote it, not NumPy."""
    with pytest.raises(error) as raised:
        call()
    message = str(raised.value)
    for part in parts:
        assert part in message
    assert "backprop" in Path(raised.traceback[-1].path).parts


# -- layers ----------------------------------------------------------------------------------------


def dense():
    return Dense(3, "tanh").build(4, seed=0)


def after_forward():
    layer = dense()
    layer.forward(X)
    return layer


def returning(value):
    return lambda shape, rng: value(shape)


twin = Dense(4)

LAYERS = cases(
    no_units=(lambda: Dense(0), ValueError, "Dense: units", "at least 1, got 0"),
    half_a_unit=(lambda: Dense(2.5), TypeError, "units: expected a whole number, got 2.5"),
    units_a_word=(lambda: Dense("3"), TypeError, "expected a whole number, got '3'"),
    units_true=(lambda: Dense(True), TypeError, "expected a whole number, got True"),
    units_missing=(lambda: Dense(None), TypeError, "expected a whole number, got None"),
    input_dim_negative=(lambda: Dense(3, input_dim=-1), ValueError, "input_dim", "got -1"),
    activation_misspelled=(
        lambda: Dense(3, "rely"), ValueError, "unknown activation 'rely'; known: linear, sigmoid",
    ),
    activation_a_class=(
        lambda: Dense(3, activations.ReLU), TypeError, "expected an activation's name", "ReLU'>",
    ),
    activation_a_number=(
        lambda: Activation(3), TypeError, "expected an activation's name", "got 3",
    ),
    slope_of_one=(
        lambda: activations.LeakyReLU(1), ValueError, "expected 0 <= negative_slope < 1, got 1",
    ),
    slope_a_word=(
        lambda: activations.LeakyReLU("a"), TypeError, "LeakyReLU", "expected a number, got 'a'",
    ),
    initializer_misspelled=(
        lambda: Dense(3, kernel_initializer="he"), ValueError,
        "unknown initializer 'he'; known: zeros",
    ),
    initializer_a_number=(
        lambda: initializers.get(3), TypeError,
        "expected an initializer's name or a function, got 3",
    ),
    initializer_of_another_shape=(
        lambda: Dense(2, kernel_initializer=returning(lambda s: np.zeros(3))).build(4),
        ValueError, "initializer of W to return", "(4, 2), got (3,)",
    ),
    initializer_of_nan=(
        lambda: Dense(2, bias_initializer=returning(lambda s: np.full(s, NAN))).build(4),
        ValueError, "initial b: expected finite numbers, got nan at index (0,)",
    ),
    initializer_of_complex_numbers=(
        lambda: Dense(2, kernel_initializer=returning(lambda s: np.full(s, 1j))).build(4),
        TypeError, "initial W: expected real numbers, got dtype complex128",
    ),
    rate_of_one=(lambda: Dropout(1.0), ValueError, "Dropout: rate", "0 <= rate < 1, got 1.0"),
    rate_negative=(lambda: Dropout(-0.1), ValueError, "expected 0 <= rate < 1, got -0.1"),
    rate_nan=(lambda: Dropout(NAN), ValueError, "expected 0 <= rate < 1, got nan"),
    rate_true=(lambda: Dropout(True), TypeError, "expected a number, got True"),
    rate_a_word=(lambda: Dropout("0.5"), TypeError, "expected a number, got '0.5'"),
    momentum_of_one=(
        lambda: BatchNorm(momentum=1), ValueError, "BatchNorm", "0 <= momentum < 1, got 1",
    ),
    momentum_none=(
        lambda: BatchNorm(momentum=None), TypeError, "BatchNorm", "expected a number, got None",
    ),
    epsilon_zero=(
        lambda: BatchNorm(epsilon=0), ValueError, "expected a finite number above 0, got 0",
    ),
    epsilon_infinite=(
        lambda: BatchNorm(epsilon=INF), ValueError, "expected a finite number above 0, got inf",
    ),
    epsilon_true=(lambda: BatchNorm(epsilon=True), TypeError, "expected a number, got True"),
    residual_of_nothing=(lambda: Residual([]), ValueError, "at least one layer, got an empty"),
    residual_of_a_bare_layer=(
        lambda: Residual(Dense(4)), TypeError, "Residual: expected a list of layers, got <Dense",
    ),
    residual_of_a_number=(
        lambda: Residual([3]), TypeError, "expected a layer, such as Dense(10), got 3",
    ),
    residual_of_a_class=(
        lambda: Residual([Dense]), TypeError, "expected a layer, such as Dense(10), got <class",
    ),
    residual_changes_the_shape=(
        lambda: Residual([Dense(3)]).build(4), ValueError, "keep the shape (4,), got (3,)",
    ),
    residual_of_one_layer_twice=(
        lambda: Residual([twin, twin]).build(4), ValueError, "dense: the same layer occurs twice",
    ),
    build_without_a_shape=(lambda: Dense(3).build(()), TypeError, "a shape such as (8,), got ()"),
    build_by_a_word=(lambda: Dense(3).build("4"), TypeError, "a shape such as (8,), got '4'"),
    build_by_none=(lambda: Dense(3).build(None), TypeError, "a shape such as (8,), got None"),
    build_for_no_input=(lambda: Flatten().build((4, 0)), ValueError, "at least 1, got 0"),
    build_for_half_an_input=(lambda: Dense(3).build((2.5,)), TypeError, "whole number, got 2.5"),
    build_dense_for_images=(
        lambda: Dense(3).build((2, 3)), ValueError, "samples of shape (n,), got (2, 3)",
    ),
    build_for_another_input_dim=(
        lambda: Dense(3, input_dim=5).build(4), ValueError, "samples of shape (5,), got (4,)",
    ),
    build_in_half_precision=(
        lambda: Dense(3).build(4, dtype="float16"), ValueError,
        "expected 'float64' or 'float32', got 'float16'",
    ),
    build_in_no_dtype=(
        lambda: Dense(3).build(4, dtype=None), ValueError, "'float64' or 'float32', got None",
    ),
    seed_a_word=(
        lambda: Dense(3).build(4, seed="a"), TypeError, "seed: expected a whole number", "got 'a'",
    ),
    seed_negative=(
        lambda: Dense(3).build(4, seed=-1), ValueError, "seed: expected a whole number", "got -1",
    ),
    forward_before_build=(
        lambda: Dense(3).forward(X), RuntimeError, "dense: not built yet; call build",
    ),
    forward_of_another_width=(
        lambda: dense().forward(X[:, :3]), ValueError, "x of shape (N, 4)", "got (6, 3)",
    ),
    forward_of_one_sample_without_its_axis=(
        lambda: dense().forward(X[0]), ValueError, "x of shape (N, 4)", "got (4,)",
    ),
    forward_of_no_sample=(
        lambda: dense().forward(X[:0]), ValueError, "with N >= 1", "got (0, 4)",
    ),
    forward_of_none=(lambda: dense().forward(None), ValueError, "shape (N, 4)", "got ()"),
    forward_of_words=(
        lambda: dense().forward(strings((2, 4))), TypeError, "x: expected real numbers, got",
    ),
    forward_of_complex_numbers=(
        lambda: dense().forward(1j * X), TypeError, "real numbers, got dtype complex128",
    ),
    forward_of_ragged_rows=(
        lambda: dense().forward(RAGGED), ValueError, "dense: expected rows of one length, got",
    ),
    backward_before_forward=(
        lambda: dense().backward(np.ones((6, 3))), RuntimeError,
        "dense: backward needs a forward before it",
    ),
    backward_of_another_width=(
        lambda: after_forward().backward(np.ones((6, 2))), ValueError,
        "dy of the output's shape (6, 3), got (6, 2)",
    ),
    backward_of_another_batch=(
        lambda: after_forward().backward(np.ones((5, 3))), ValueError,
        "dy of the output's shape (6, 3), got (5, 3)",
    ),
    backward_of_none=(
        lambda: after_forward().backward(None), ValueError, "shape (6, 3), got ()",
    ),
    backward_of_words=(
        lambda: after_forward().backward(strings((6, 3))), TypeError, "dy: expected real numbers",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), LAYERS)
def test_layers(call, error, parts):
    assert_refused(call, error, parts)


# -- layers of images ------------------------------------------------------------------------------

IMAGES = cases(
    no_filters=(lambda: Conv2D(0, 3), ValueError, "Conv2D: filters", "at least 1, got 0"),
    no_kernel=(lambda: Conv2D(1, 0), ValueError, "Conv2D: kernel_size", "at least 1, got 0"),
    half_a_kernel=(lambda: Conv2D(1, 2.5), TypeError, "kernel_size: expected a whole number"),
    kernel_of_three_sizes=(
        lambda: Conv2D(1, (3, 3, 3)), ValueError,
        "kernel_size: expected one or two whole numbers, got (3, 3, 3)",
    ),
    kernel_a_word=(lambda: Conv2D(1, "33"), TypeError, "expected a whole number, got '33'"),
    strides_zero=(lambda: Conv2D(1, 3, 0), ValueError, "Conv2D: strides", "at least 1, got 0"),
    strides_negative=(lambda: Conv2D(1, 3, (1, -1)), ValueError, "at least 1, got -1"),
    strides_none=(lambda: Conv2D(1, 3, None), TypeError, "a whole number, got None"),
    padding_full=(
        lambda: Conv2D(1, 3, padding="full"), ValueError,
        "Conv2D: padding: expected 'same' or 'valid', got 'full'",
    ),
    padding_a_number=(lambda: Conv2D(1, 3, padding=1), ValueError, "'same' or 'valid', got 1"),
    padding_a_list=(lambda: MaxPool2D(2, None, ["same"]), ValueError, "MaxPool2D: padding"),
    bias_a_word=(lambda: Conv2D(1, 3, use_bias="no"), TypeError, "True or False, got 'no'"),
    activation_of_images=(
        lambda: Conv2D(1, 3, activation="rely"), ValueError, "unknown activation 'rely'",
    ),
    convolution_of_rows=(
        lambda: Conv2D(1, 3).build((5,)), ValueError,
        "conv2d: expected samples of shape (H, W, C), got (5,)",
    ),
    convolution_of_gray_images_without_their_channel=(
        lambda: Conv2D(1, 3).build((8, 8)), ValueError, "samples of shape (H, W, C), got (8, 8)",
    ),
    kernel_higher_than_the_image=(
        lambda: Conv2D(1, (4, 1)).build((3, 9, 1)), ValueError,
        "images of at least (4, 1) pixels", "got (3, 9); padding='same'",
    ),
    kernel_wider_than_the_image=(
        lambda: Conv2D(1, (1, 4)).build((9, 3, 1)), ValueError, "at least (1, 4)", "got (9, 3)",
    ),
    initial_kernel_of_another_shape=(
        lambda: Conv2D(2, 3, kernel_initializer=returning(lambda s: np.zeros(s[1:]))).build(
            (5, 5, 1)
        ),
        ValueError, "initializer of K to return", "(3, 3, 1, 2), got (3, 1, 2)",
    ),
    no_pool=(lambda: MaxPool2D(0), ValueError, "MaxPool2D: pool_size", "at least 1, got 0"),
    pool_strides_zero=(lambda: MaxPool2D(2, 0), ValueError, "MaxPool2D: strides", "got 0"),
    pool_of_rows=(lambda: MaxPool2D().build(4), ValueError, "of shape (H, W, C), got (4,)"),
    pool_larger_than_the_image=(
        lambda: MaxPool2D(3).build((2, 4, 1)), ValueError, "at least (3, 3) pixels", "got (2, 4)",
    ),
    average_of_rows=(
        lambda: GlobalAveragePooling2D().build(4), ValueError, "of shape (H, W, C), got (4,)",
    ),
    images_without_their_channel=(
        lambda: cnn().forward(np.ones((2, 6, 6))), ValueError,
        "x of shape (N, 6, 6, 1)", "got (2, 6, 6)",
    ),
    one_image_without_its_axis=(
        lambda: cnn().forward(np.ones((6, 6, 1))), ValueError, "got (6, 6, 1)",
    ),
    channels_first=(
        lambda: cnn().forward(np.ones((2, 1, 6, 6))), ValueError, "got (2, 1, 6, 6)",
    ),
    kernel_size_changed_after_build=(
        lambda: setattr(cnn().layers[0], "kernel_size", (2, 2)), AttributeError,
        "kernel_size is fixed",
    ),
    strides_changed_after_build=(
        lambda: setattr(cnn().layers[1], "strides", (1, 1)), AttributeError, "strides is fixed",
    ),
)  # fmt: skip


def cnn():
    layers = [Conv2D(2, 3, padding="same"), MaxPool2D(), BatchNorm(), GlobalAveragePooling2D()]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    model.build((6, 6, 1))
    return model


@pytest.mark.parametrize(("call", "error", "parts"), IMAGES)
def test_layers_of_images(call, error, parts):
    assert_refused(call, error, parts)


@pytest.mark.parametrize("shape", [(2, 6, 6), (2, 6, 7, 1), (2, 6, 6, 2), (0, 6, 6, 1), (6, 6, 1)])
def test_images_of_another_shape_leave_the_network_untouched(shape):
    model = cnn()
    before = model.get_weights()
    for call in (model.fit, model.train_on_batch):
        with pytest.raises(ValueError, match="expected"):
            call(np.ones(shape), np.ones((2, 2)))
    images = np.ones((2, 6, 6, 1))
    images[1, 2, 3, 0] = NAN
    with pytest.raises(ValueError, match="finite"):
        model.fit(images, np.ones((2, 2)))
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


# -- losses, metrics, optimizers and schedules -----------------------------------------------------

T = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
P = np.full((3, 2), 0.5)


def mse(y, o):
    return MeanSquaredError().forward(y, o)


LOSSES = cases(
    shapes_differ=(lambda: mse(T[:2], P), ValueError, "predictions' shape (3, 2), got (2, 2)"),
    classes_by_number=(
        lambda: CategoricalCrossentropy().forward([0, 1, 0], P), ValueError,
        "predictions' shape (3, 2), got (3,)",
    ),
    a_lone_number=(lambda: mse(1.0, 0.5), ValueError, "at least one sample, got shape ()"),
    no_sample=(lambda: mse(T[:0], P[:0]), ValueError, "at least one sample, got shape (0, 2)"),
    predictions_missing=(lambda: mse(T, None), ValueError, "at least one sample, got shape ()"),
    whole_predictions=(
        lambda: mse(T, np.ones((3, 2), int)), ValueError, "float32 or float64", "got int64",
    ),
    complex_predictions=(
        lambda: mse(T, P * 1j), ValueError, "float32 or float64", "got complex128",
    ),
    ragged_targets=(lambda: mse(RAGGED, P[:2]), ValueError, "expected rows of one length"),
    targets_of_words=(lambda: mse(strings((3, 2)), P), TypeError, "real numbers, got <U1"),
    complex_targets=(lambda: mse(T * 1j, P), TypeError, "real numbers, got complex128"),
    masked_targets=(
        lambda: mse(np.ma.masked_array(T, T == 1), P), TypeError,
        "MeanSquaredError: expected an array without a mask, got a masked array",
    ),
    masked_predictions=(
        lambda: mse(T, np.ma.masked_array(P)), TypeError, "without a mask", "filled()",
    ),
    one_output_of_a_class=(
        lambda: CategoricalCrossentropy().forward(T[:, :1], P[:, :1]), ValueError,
        "an output for each class, at least two, got one", "use BinaryCrossentropy",
    ),
    one_output_of_a_class_by_number=(
        lambda: SparseCategoricalCrossentropy().forward([0, 1, 0], P[:, :1]), ValueError,
        "at least two, got one", "use BinaryCrossentropy",
    ),
    rows_of_rows=(
        lambda: CategoricalCrossentropy().forward(T[None], P[None]), ValueError,
        "predictions of shape (N, K), got (1, 3, 2)",
    ),
    targets_of_zeros=(
        lambda: CategoricalCrossentropy().forward(with_(T, (1, 1), 0.0), P), ValueError,
        "probabilities of the classes, which sum to 1", "got [0. 0.] in row 1",
    ),
    targets_of_two_ones=(
        lambda: CategoricalCrossentropy(True).forward(with_(T, (2, 1), 1.0), P), ValueError,
        "which sum to 1, such as a single 1 among zeros; got [1. 1.] in row 2",
    ),
    targets_below_zero=(
        lambda: CategoricalCrossentropy().forward(np.array([[2.0, -1.0]]), P[:1]), ValueError,
        "probabilities of the classes", "got [ 2. -1.] in row 0",
    ),
    targets_nan=(
        lambda: CategoricalCrossentropy().forward(with_(T, (0, 0), NAN), P), ValueError,
        "which sum to 1", "got [nan  0.] in row 0",
    ),
    binary_targets_of_both_signs=(
        lambda: BinaryCrossentropy().forward(2 * T - 1, P), ValueError,
        "BinaryCrossentropy: expected y_true to hold probabilities, from 0 to 1, got -1.0",
    ),
    binary_targets_of_pixels=(
        lambda: BinaryCrossentropy(True).forward(np.full((3, 2), 255, "uint8"), P), ValueError,
        "from 0 to 1, got 255.0",
    ),
    class_too_large=(
        lambda: SparseCategoricalCrossentropy().forward([0, 2, 0], P), ValueError,
        "whole numbers from 0 to 1, got 2 in row 1",
    ),
    class_below_zero=(
        lambda: SparseCategoricalCrossentropy().forward([0, 1, -1], P), ValueError,
        "whole numbers from 0 to 1, got -1 in row 2",
    ),
    class_between=(
        lambda: SparseCategoricalCrossentropy().forward([[0.5], [1], [0]], P), ValueError,
        "whole numbers from 0 to 1, got 0.5 in row 0",
    ),
    class_nan=(
        lambda: SparseCategoricalCrossentropy().forward([0, NAN, 0], P), ValueError, "got nan",
    ),
    classes_as_rows=(
        lambda: SparseCategoricalCrossentropy().forward(T, P), ValueError,
        "number of the class of each sample, in shape (3,) or (3, 1), got (3, 2)",
    ),
    classes_of_words=(
        lambda: SparseCategoricalCrossentropy().forward(list("abc"), P), TypeError,
        "real numbers, got <U1",
    ),
    backward_first=(
        MeanSquaredError().backward, RuntimeError, "MeanSquaredError: backward needs a forward",
    ),
    delta_zero=(lambda: Huber(0), ValueError, "Huber: delta", "above 0, got 0"),
    delta_nan=(lambda: Huber(NAN), ValueError, "a finite number above 0, got nan"),
    delta_a_word=(lambda: Huber("1"), TypeError, "expected a number, got '1'"),
    from_logits_a_word=(
        lambda: BinaryCrossentropy(from_logits="no"), TypeError,
        "BinaryCrossentropy: from_logits: expected True or False, got 'no'",
    ),
    from_logits_a_number=(
        lambda: CategoricalCrossentropy(from_logits=1), TypeError, "True or False, got 1",
    ),
    loss_misspelled=(
        lambda: losses.get("mae"), ValueError, "unknown loss 'mae'; known: half_squared_error",
    ),
    loss_a_class=(
        lambda: losses.get(Huber), TypeError, "a loss's name or a loss object, got <class",
    ),
    accuracy_of_another_shape=(
        lambda: metrics.accuracy(T, P[:2]), ValueError, "of one shape", "got (3, 2) and (2, 2)",
    ),
    accuracy_of_a_column_and_a_row=(
        lambda: metrics.accuracy(T[:, :1], P[:, 0]), ValueError, "got (3, 1) and (3,)",
    ),
    accuracy_of_nothing=(
        lambda: metrics.accuracy(T[:0], P[:0]), ValueError, "at least one row, got (0, 2)",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), LOSSES)
def test_losses_and_metrics(call, error, parts):
    assert_refused(call, error, parts)


OPTIMIZERS = cases(
    rate_zero=(lambda: SGD(0), ValueError, "learning_rate", "finite number above 0, got 0"),
    rate_negative=(lambda: Adam(-0.1), ValueError, "finite number above 0, got -0.1"),
    rate_nan=(lambda: RMSprop(NAN), ValueError, "finite number above 0, got nan"),
    rate_infinite=(lambda: SGD(INF), ValueError, "finite number above 0, got inf"),
    rate_true=(lambda: SGD(True), TypeError, "learning_rate: expected a number, got True"),
    rate_a_word=(lambda: SGD("0.1"), TypeError, "expected a number, got '0.1'"),
    rate_set_negative=(
        lambda: setattr(SGD(), "learning_rate", -1), ValueError, "above 0, got -1",
    ),
    momentum_of_one=(lambda: SGD(momentum=1), ValueError, "0 <= momentum < 1, got 1"),
    momentum_negative=(lambda: SGD(momentum=-0.5), ValueError, "0 <= momentum < 1, got -0.5"),
    nesterov_a_word=(lambda: SGD(nesterov="no"), TypeError, "True or False, got 'no'"),
    rho_of_one=(lambda: RMSprop(rho=1), ValueError, "0 <= rho < 1, got 1"),
    beta_1_of_one=(lambda: Adam(beta_1=1), ValueError, "0 <= beta_1 < 1, got 1"),
    beta_2_nan=(lambda: Adam(beta_2=NAN), ValueError, "0 <= beta_2 < 1, got nan"),
    epsilon_zero=(lambda: Adam(epsilon=0), ValueError, "epsilon", "above 0, got 0"),
    decay_of_weights_negative=(
        lambda: AdamW(weight_decay=-0.1), ValueError, "weight_decay", "of at least 0, got -0.1",
    ),
    decay_of_weights_a_word=(
        lambda: Muon(weight_decay="a"), TypeError, "weight_decay: expected a number, got 'a'",
    ),
    muons_momentum_of_one=(lambda: Muon(momentum=1), ValueError, "0 <= momentum < 1, got 1"),
    muons_beta_1_of_one=(lambda: Muon(adam_beta_1=1), ValueError, "0 <= beta_1 < 1, got 1"),
    no_ns_steps=(lambda: Muon(ns_steps=0), ValueError, "ns_steps", "at least 1, got 0"),
    rms_rate_zero=(lambda: Muon(rms_rate=0), ValueError, "rms_rate", "above 0, got 0"),
    excluded_layers_by_number=(
        lambda: Muon(exclude_layers=[1]), TypeError, "a list of names, got [1]",
    ),
    muons_nesterov_a_word=(lambda: Muon(nesterov="no"), TypeError, "True or False, got 'no'"),
    clipnorm_zero=(lambda: SGD(global_clipnorm=0), ValueError, "global_clipnorm", "got 0"),
    clipvalue_a_word=(lambda: SGD(clipvalue="a"), TypeError, "clipvalue", "got 'a'"),
    clipped_twice=(
        lambda: SGD(clipvalue=1, global_clipnorm=1), ValueError,
        "expected global_clipnorm or clipvalue, got both",
    ),
    optimizer_misspelled=(
        lambda: optimizers.get("adagrad"), ValueError, "unknown optimizer 'adagrad'; known: sgd",
    ),
    optimizer_a_class=(
        lambda: optimizers.get(Adam), TypeError, "an optimizer's name", "got <class",
    ),
    decay_from_nan=(
        lambda: ExponentialDecay(NAN, 10, 0.5), ValueError,
        "ExponentialDecay: initial_learning_rate", "above 0, got nan",
    ),
    decay_from_a_word=(
        lambda: CosineDecay("0.1", 10), TypeError, "CosineDecay", "a number, got '0.1'",
    ),
    decay_in_no_step=(lambda: CosineDecay(0.1, 0), ValueError, "decay_steps", "1, got 0"),
    decay_in_half_steps=(
        lambda: ExponentialDecay(0.1, 2.5, 0.5), TypeError, "a whole number, got 2.5",
    ),
    decay_by_zero=(
        lambda: ExponentialDecay(0.1, 10, 0), ValueError, "decay_rate", "above 0, got 0",
    ),
    boundaries_too_many=(
        lambda: PiecewiseConstantDecay((1, 2), (0.1, 0.2)), ValueError,
        "one value more than the boundaries (1, 2), got (0.1, 0.2)",
    ),
    boundaries_falling=(
        lambda: PiecewiseConstantDecay((2, 1), (1, 2, 3)), ValueError,
        "expected rising boundaries, got (2, 1)",
    ),
    boundaries_a_number=(
        lambda: PiecewiseConstantDecay(5, (1, 2)), TypeError, "as tuples", "boundaries=5",
    ),
    value_negative=(
        lambda: PiecewiseConstantDecay((1,), (1, -1)), ValueError, "of at least 0, got -1",
    ),
    value_nan=(
        lambda: PiecewiseConstantDecay((1,), (1, NAN)), ValueError, "of at least 0, got nan",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), OPTIMIZERS)
def test_optimizers_and_schedules(call, error, parts):
    assert_refused(call, error, parts)


W = np.ones(3)

STEPS = cases(
    of_another_shape=(
        lambda o, w: o.step(w, np.ones(4)), ValueError, "parameters' shape", "(3,)", "got (4,)",
    ),
    of_another_dtype=(
        lambda o, w: o.step(w, np.ones(3, "float32")), ValueError, "float64", "and float32",
    ),
    of_another_network=(
        lambda o, w: o.step(np.ones(4), np.ones(4)), ValueError,
        "expected the parameters of the 1 steps before, of shape (3,), got others, of shape (4,)",
    ),
    of_lists=(
        lambda o, w: o.step([1.0], [1.0]), TypeError, "parameters and gradients as arrays", "[1.0]",
    ),
    of_none=(lambda o, w: o.step(w, None), TypeError, "gradients as arrays, got None"),
    of_whole_numbers=(
        lambda o, w: o.step(np.ones(3, int), np.ones(3, int)), ValueError,
        "float32 or float64 parameters, got int64",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), STEPS)
def test_steps_of_an_optimizer_leave_parameters_and_state_untouched(call, error, parts):
    optimizer, w = Adam(0.1), W.copy()
    optimizer.step(w, W)
    kept = w.copy(), optimizer.m.copy(), optimizer.v.copy(), optimizer.iterations
    assert_refused(lambda: call(optimizer, w), error, parts)
    for now, then in zip((w, optimizer.m, optimizer.v, optimizer.iterations), kept, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("rate", "error", "part"),
    [
        (NAN, ValueError, "got nan"),
        (-0.1, ValueError, "got -0.1"),
        (INF, ValueError, "got inf"),
        (None, TypeError, "got None"),
        ("0.1", TypeError, "got '0.1'"),
    ],
    ids=str,
)
def test_what_a_schedule_returns(rate, error, part):
    optimizer, w = SGD(lambda t: 0.1 if t == 0 else rate), W.copy()
    optimizer.step(w, W)
    kept = w.copy()
    assert_refused(lambda: optimizer.step(w, W), error, ["learning_rate: expected", part])
    np.testing.assert_array_equal(w, kept)
    assert optimizer.iterations == 1


# -- a network: made wrongly -----------------------------------------------------------------------


def network(layers=None):
    layers = layers or [Dense(3, "tanh", input_dim=4), Dropout(0.2), BatchNorm(), Dense(2)]
    model = Sequential(layers, seed=0)
    model.compile("adam", "mse", metrics=["accuracy"])
    return model


def compiled(**arguments):
    Sequential().compile(**{"optimizer": "sgd", "loss": "mse"} | arguments)


def loss(y_true, y_pred):
    """Be a metric whose name is taken."""
    return 0.0


def shared_layer():
    layer = Dense(4)
    Sequential([layer]).build((4,))
    Sequential([layer]).build((4,))


NETWORKS = cases(
    bare_layer=(
        lambda: Sequential(Dense(3)), TypeError, "Sequential: expected a list of layers, got <D",
    ),
    add_a_class=(
        lambda: Sequential().add(Dense), TypeError, "a layer, such as Dense(10), got <class",
    ),
    add_a_layer_twice=(
        lambda: Sequential([twin, twin]), ValueError, "add: dense is in the network already",
    ),
    a_layer_inside_another_too=(
        lambda: Sequential([twin, Residual([twin])]).build((4,)), ValueError, "occurs twice",
    ),
    a_layer_of_another_network=(
        shared_layer, ValueError, "build: expected new layers, got dense, which is built already",
    ),
    dtype=(lambda: Sequential(dtype="int64"), ValueError, "'float64' or 'float32', got 'int64'"),
    seed=(lambda: Sequential(seed="a"), TypeError, "seed: expected a whole number", "got 'a'"),
    build_without_layers=(
        lambda: Sequential().build((4,)), RuntimeError, "the network has no layers; add one",
    ),
    build_without_a_shape=(
        lambda: Sequential([Dense(2)]).build(), RuntimeError, "an input_shape, or call build",
    ),
    build_for_no_input=(
        lambda: Sequential([Dense(2)]).build((0,)), ValueError, "build", "at least 1, got 0",
    ),
    build_by_a_word=(
        lambda: Sequential([Dense(2)]).build("4"), TypeError, "such as (8,), got '4'",
    ),
    build_for_half_an_input=(
        lambda: Sequential([Dense(2)]).build((2.5,)), TypeError, "a whole number, got 2.5",
    ),
    layers_that_do_not_fit=(
        lambda: Sequential([Dense(2), Dense(2, input_dim=3)]).build((4,)), ValueError,
        "layer 2: dense: expected samples of shape (3,), got (2,)",
    ),
    parameters_before_the_shape=(
        lambda: Sequential([Dense(2)]).parameters, RuntimeError, "shape of the input is not known",
    ),
    predict_without_layers=(
        lambda: Sequential().predict(X), RuntimeError, "the network has no layers; add one",
    ),
    forward_of_ragged_rows=(
        lambda: Sequential([Dense(2)]).forward(RAGGED), ValueError, "expected rows of one length",
    ),
    backward_without_layers=(
        lambda: Sequential().backward(Y), RuntimeError, "the network has no layers; add one",
    ),
    backward_before_forward=(
        lambda: network().backward(Y), RuntimeError, "backward needs a forward before it",
    ),
    compile_without_a_loss=(
        lambda: Sequential().compile("sgd"), ValueError, "compile: expected a loss, one of half",
    ),
    compile_an_unknown_loss=(
        lambda: compiled(loss="mae"), ValueError, "unknown loss 'mae'; known: half",
    ),
    compile_an_unknown_optimizer=(
        lambda: compiled(optimizer="lion"), ValueError, "unknown optimizer 'lion'; known: sgd",
    ),
    compile_an_optimizers_class=(
        lambda: compiled(optimizer=SGD), TypeError, "or an optimizer object, got <class",
    ),
    compile_an_unknown_metric=(
        lambda: compiled(metrics=["r2"]), ValueError, "unknown metric 'r2'; known: accuracy",
    ),
    compile_a_bare_metric=(
        lambda: compiled(metrics="accuracy"), TypeError, "a list of metrics, got 'accuracy'",
    ),
    compile_a_number_as_metric=(
        lambda: compiled(metrics=[3]), TypeError, "or a named function, got 3",
    ),
    compile_a_metric_without_a_name=(
        lambda: compiled(metrics=[functools.partial(metrics.accuracy)]), TypeError,
        "or a named function, got functools.partial",
    ),
    compile_a_metric_twice=(
        lambda: compiled(metrics=["accuracy", "accuracy"]), ValueError,
        "metrics of different names", "'accuracy' again",
    ),
    compile_a_metric_called_loss=(
        lambda: compiled(metrics=[loss]), ValueError, "other than 'loss'", "'loss' again",
    ),
    fit_before_compile=(
        lambda: Sequential([Dense(2)]).fit(X, Y), RuntimeError, "fit: call compile", "first",
    ),
    evaluate_before_compile=(
        lambda: Sequential([Dense(2)]).evaluate(X, Y), RuntimeError, "evaluate: call compile",
    ),
    train_on_batch_before_compile=(
        lambda: Sequential([Dense(2)]).train_on_batch(X, Y), RuntimeError, "call compile",
    ),
    patience_negative=(
        lambda: EarlyStopping(patience=-1), ValueError, "patience: expected at least 0, got -1",
    ),
    patience_of_half_an_epoch=(
        lambda: EarlyStopping(patience=1.5), TypeError, "patience: expected a whole", "got 1.5",
    ),
    min_delta_nan=(
        lambda: EarlyStopping(min_delta=NAN), ValueError, "min_delta", "at least 0, got nan",
    ),
    monitor_a_list=(
        lambda: EarlyStopping(["loss"]), TypeError, "monitor to be a name, got ['loss']",
    ),
    restore_a_word=(
        lambda: EarlyStopping(restore_best_weights="no"), TypeError, "True or False, got 'no'",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), NETWORKS)
def test_networks_and_callbacks(call, error, parts):
    assert_refused(call, error, parts)


# -- a network: used wrongly -----------------------------------------------------------------------


def fit(model, x=X, y=Y, **arguments):
    model.fit(x, y, **{"verbose": 0} | arguments)


def set_first(model, weight):
    model.set_weights([weight, *model.get_weights()[1:]])


USES = cases(
    x_with_nan=(
        lambda m: fit(m, with_(X, (1, 2), NAN)), ValueError,
        "fit: x: expected finite numbers, got nan at index (1, 2)",
    ),
    x_with_an_infinity=(
        lambda m: fit(m, with_(X, (5, 0), -INF)), ValueError, "finite", "-inf at index (5, 0)",
    ),
    x_of_another_width=(
        lambda m: fit(m, X[:, :3]), ValueError, "fit: x: expected shape (N, 4), got (6, 3)",
    ),
    x_without_its_batch_axis=(
        lambda m: fit(m, X[0]), ValueError, "samples, of shape (N, ...), got (4,)",
    ),
    x_with_an_axis_too_many=(
        lambda m: fit(m, X[None]), ValueError, "expected shape (N, 4), got (1, 6, 4)",
    ),
    x_empty=(lambda m: fit(m, X[:0], Y[:0]), ValueError, "at least one row, got shape (0, 4)"),
    x_none=(lambda m: fit(m, None), TypeError, "expected real numbers, got dtype object"),
    x_of_words=(lambda m: fit(m, strings((6, 4))), TypeError, "real numbers, got dtype <U1"),
    x_complex=(lambda m: fit(m, X * 1j), TypeError, "real numbers, got dtype complex128"),
    x_ragged=(lambda m: fit(m, RAGGED), ValueError, "fit: x: expected rows of one length"),
    y_with_nan=(
        lambda m: fit(m, y=with_(Y, (1, 1), NAN)), ValueError, "fit: y", "nan at index (1, 1)",
    ),
    y_with_an_infinity=(
        lambda m: fit(m, y=with_(Y, (0, 1), INF)), ValueError, "fit: y", "inf at index (0, 1)",
    ),
    y_of_fewer_rows=(lambda m: fit(m, y=Y[:5]), ValueError, "shape (6, 2), got (5, 2)"),
    y_of_another_width=(
        lambda m: fit(m, y=Y[:, :1]), ValueError, "shape (6, 2), got (6, 1)",
    ),
    y_a_vector=(lambda m: fit(m, y=Y[:, 0]), ValueError, "shape (6, 2), got (6,)"),
    y_none=(lambda m: fit(m, y=None), TypeError, "fit: y: expected real numbers"),
    y_of_words=(lambda m: fit(m, y=strings((6, 2))), TypeError, "fit: y", "got dtype <U1"),
    batch_of_none=(
        lambda m: fit(m, batch_size=0), ValueError, "fit: batch_size: expected at least 1, got 0",
    ),
    batch_negative=(lambda m: fit(m, batch_size=-2), ValueError, "at least 1, got -2"),
    batch_of_half_samples=(
        lambda m: fit(m, batch_size=2.5), TypeError, "batch_size: expected a whole", "got 2.5",
    ),
    batch_true=(lambda m: fit(m, batch_size=True), TypeError, "a whole number, got True"),
    batch_a_word=(lambda m: fit(m, batch_size="3"), TypeError, "a whole number, got '3'"),
    no_epoch=(lambda m: fit(m, epochs=0), ValueError, "fit: epochs: expected at least 1, got 0"),
    epochs_nan=(lambda m: fit(m, epochs=NAN), TypeError, "epochs: expected a whole", "got nan"),
    verbose_too_much=(lambda m: fit(m, verbose=3), ValueError, "verbose 'auto', 0, 1 or 2, got 3"),
    shuffle_a_word=(
        lambda m: fit(m, shuffle="batch"), TypeError, "shuffle: expected True or False", "'batch'",
    ),
    one_callback_without_a_list=(
        lambda m: fit(m, callbacks=EarlyStopping()), TypeError, "a list of callbacks, got <back",
    ),
    callback_a_function=(
        lambda m: fit(m, callbacks=[print]), TypeError, "Callback objects, got <built-in",
    ),
    callback_a_class=(
        lambda m: fit(m, callbacks=[Callback, EarlyStopping()]), TypeError, "got <class",
    ),
    split_of_all=(
        lambda m: fit(m, validation_split=1.0), ValueError,
        "expected 0 <= validation_split < 1, got 1.0",
    ),
    split_negative=(lambda m: fit(m, validation_split=-0.1), ValueError, "got -0.1"),
    split_a_word=(lambda m: fit(m, validation_split="a"), TypeError, "a number, got 'a'"),
    split_that_leaves_nothing=(
        lambda m: fit(m, validation_split=0.99), ValueError, "on both sides, got 0.99 of 6",
    ),
    validated_twice=(
        lambda m: fit(m, validation_split=0.5, validation_data=(X, Y)), ValueError,
        "expected validation_split or validation_data, got both",
    ),
    validation_without_targets=(
        lambda m: fit(m, validation_data=X), TypeError, "to be (x, y) or (x, y, sample_weight)",
    ),
    validation_of_another_shape=(
        lambda m: fit(m, validation_data=(X, Y[:, :1])), ValueError,
        "validation_data: y: expected y_true of the predictions' shape (6, 2), got (6, 1)",
    ),
    validation_with_nan=(
        lambda m: fit(m, validation_data=(with_(X, (0, 0), NAN), Y)), ValueError,
        "validation_data: x: expected finite numbers, got nan at index (0, 0)",
    ),
    step_with_nan=(
        lambda m: m.train_on_batch(with_(X, (1, 2), NAN), Y), ValueError, "train_on_batch: x",
        "got nan at index (1, 2)",
    ),
    step_with_targets_of_another_shape=(
        lambda m: m.train_on_batch(X, Y[:, 0]), ValueError, "train_on_batch: y", "got (6,)",
    ),
    evaluate_with_nan=(
        lambda m: m.evaluate(X, with_(Y, (0, 0), NAN)), ValueError, "evaluate: y: expected finite",
    ),
    evaluate_in_batches_of_none=(
        lambda m: m.evaluate(X, Y, batch_size=0), ValueError, "evaluate: batch_size", "got 0",
    ),
    predict_with_an_infinity=(
        lambda m: m.predict(with_(X, (2, 0), INF)), ValueError, "predict: x", "inf at index (2, 0)",
    ),
    predict_nothing=(lambda m: m.predict(X[:0]), ValueError, "predict: x", "got shape (0, 4)"),
    predict_another_width=(
        lambda m: m.predict(X[:, :3]), ValueError, "predict: x: expected shape (N, 4), got (6, 3)",
    ),
    predict_in_batches_of_a_word=(
        lambda m: m.predict(X, batch_size="3"), TypeError, "predict: batch_size", "got '3'",
    ),
    forward_of_another_width=(
        lambda m: m.forward(X[:, :3]), ValueError, "x of shape (N, 4)", "got (6, 3)",
    ),
    add_after_build=(
        lambda m: m.add(Dense(2)), RuntimeError, "add: the network is built already",
    ),
    build_again=(lambda m: m.build((4,)), RuntimeError, "build: the network is built already"),
    compile_an_unknown_loss=(lambda m: m.compile("sgd", "mae"), ValueError, "unknown loss 'mae'"),
    compile_an_unknown_metric=(
        lambda m: m.compile("sgd", "mse", metrics=["r2"]), ValueError, "unknown metric 'r2'",
    ),
    weights_too_few=(
        lambda m: m.set_weights(m.get_weights()[:3]), ValueError, "expected 8 arrays, got 3",
    ),
    weights_of_another_shape=(
        lambda m: set_first(m, np.ones((3, 4))), ValueError,
        "expected shape (4, 3) for array 0, got (3, 4)",
    ),
    weights_with_nan=(
        lambda m: m.set_weights([*(0 * w for w in m.get_weights()[:-1]), [NAN, 0.0]]), ValueError,
        "array 7: expected finite numbers, got nan at index (0,)",
    ),
    weights_of_words=(lambda m: set_first(m, strings((4, 3))), TypeError, "array 0", "got dtype"),
    weights_ragged=(lambda m: set_first(m, RAGGED), ValueError, "array 0: expected rows of one"),
    weights_none=(lambda m: m.set_weights(None), TypeError, "a list of arrays, got None"),
)  # fmt: skip


def state(model):
    """Return what a wrong call may not change, as copies."""
    optimizer = model.optimizer
    return (
        *model.get_weights(), optimizer.m.copy(), optimizer.v.copy(), optimizer.iterations,
        model.history.epoch.copy(), *map(copy.copy, model.history.history.values()),
    )  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), USES)
def test_uses_of_a_network_leave_it_untouched(call, error, parts):
    model = network()
    fit(model, epochs=2)
    parts_of_the_model = model.optimizer, model.loss, model.metrics, model.history
    kept, output = state(model), model.predict(X)
    assert_refused(lambda: call(model), error, parts)
    now = model.optimizer, model.loss, model.metrics, model.history
    assert all(a is b for a, b in zip(now, parts_of_the_model, strict=True))
    for now, then in zip(state(model), kept, strict=True):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_array_equal(model.predict(X), output)


# -- data, differences and gradient checks ---------------------------------------------------------

DATA = Dataset(np.zeros((10, 2)), np.zeros((10, 1)))


def square(x):
    return np.sum(x**2)


TOOLS = cases(
    split_negative=(
        lambda: DATA.split(0, validation=-0.1), ValueError, "0 <= validation < 1, got -0.1",
    ),
    split_nan=(lambda: DATA.split(0, test=NAN), ValueError, "0 <= test < 1, got nan"),
    split_a_word=(lambda: DATA.split(0, test="a"), TypeError, "a number, got 'a'"),
    split_without_training_data=(
        lambda: DATA.split(0, validation=0.5, test=0.5), ValueError,
        "leave samples for training, got validation=0.5, test=0.5 for 10 samples",
    ),
    split_of_more_than_all=(
        lambda: DATA.split(0, validation=0.9, test=0.2), ValueError, "leave samples for training",
    ),
    split_below_one_sample=(
        lambda: DATA.split(0, validation=0.01), ValueError,
        "validation=0.01 of 10 samples is less than one sample",
    ),
    split_with_targets_missing=(
        lambda: Dataset(DATA.x, DATA.y[:9]).split(0), ValueError, "each of 10 inputs, got 9",
    ),
    split_by_a_word=(lambda: DATA.split("a"), TypeError, "seed: expected", "got 'a'"),
    article_data_by_a_word=(lambda: datasets.article_data("a"), TypeError, "seed", "got 'a'"),
    standardize_an_array=(
        lambda: datasets.standardize(DATA.x), TypeError, "expected a Dataset, got ndarray",
    ),
    standardize_other_features=(
        lambda: datasets.standardize(DATA, Dataset(np.zeros((3, 3)), np.zeros(3))), ValueError,
        "samples of shape (2,), as in the training data, got (3,)",
    ),
    standardize_nan=(
        lambda: datasets.standardize(Dataset(np.full((3, 2), NAN), DATA.y)), ValueError,
        "training inputs: expected finite numbers, got nan",
    ),
    standardize_nothing=(
        lambda: datasets.standardize(Dataset(DATA.x[:0], DATA.y[:0])), ValueError, "got shape (0,",
    ),
    scenes_of_an_array=(
        lambda: datasets.scenes(DATA.x, 2, 0), TypeError, "expected a Dataset, got ndarray",
    ),
    scenes_of_other_images=(
        lambda: datasets.scenes(DATA, 2, 0), ValueError, "x of shape (samples, 64)", "got (10, 2)",
    ),
    scenes_without_a_label=(
        lambda: datasets.scenes(Dataset(np.ones((3, 64)), np.zeros(2)), 2, 0), ValueError,
        "y of shape (samples,)", "(3, 64) and (2,)",
    ),
    scenes_of_pixels_to_16=(
        lambda: datasets.scenes(Dataset(np.full((3, 64), 16.0), np.zeros(3)), 2, 0), ValueError,
        "pixels from 0 to 1", "got pixels from 16 to 16",
    ),
    scenes_of_white_paper=(
        lambda: datasets.scenes(Dataset(np.zeros((3, 64)), np.zeros(3)), 2, 0), ValueError,
        "one of at least 0.75 in each image", "the palest image up to 0",
    ),
    no_scenes=(
        lambda: datasets.scenes(datasets.load_digits(), 0, 0), ValueError, "scenes: n", "got 0",
    ),
    scenes_by_a_word=(
        lambda: datasets.scenes(datasets.load_digits(), 1, "a"), TypeError, "seed", "got 'a'",
    ),
    labels_of_fractions=(
        lambda: datasets.one_hot([0.0, 1.5], 2), ValueError, "whole numbers, got 1.5",
    ),
    labels_of_a_column=(
        lambda: datasets.one_hot([[0, 1], [1, 0]], 2), ValueError, "or (samples, 1), got (2, 2)",
    ),
    labels_empty=(lambda: datasets.one_hot(np.zeros(0, int)), ValueError, "got shape (0,)"),
    label_too_large=(
        lambda: datasets.one_hot([0, 3], 3), ValueError, "from 0 to 2, got 0 to 3",
    ),
    label_negative=(
        lambda: datasets.one_hot([-1, 2], 3), ValueError, "from 0 to 2, got -1 to 2",
    ),
    classes_a_fraction=(
        lambda: datasets.one_hot([0, 1], 2.5), TypeError, "n_classes", "a whole number, got 2.5",
    ),
    no_classes=(lambda: datasets.one_hot([0, 1], 0), ValueError, "n_classes", "got 0"),
    difference_in_single_precision=(
        lambda: central_difference(square, X.astype("float32")), ValueError,
        "expected float64, got float32: with a step h",
    ),
    difference_of_whole_numbers=(
        lambda: central_difference(square, [1, 2]), ValueError, "expected float64, got int64",
    ),
    difference_of_nothing=(
        lambda: complex_step(square, None), ValueError, "expected float64, got object",
    ),
    difference_of_masked_numbers=(
        lambda: central_difference(square, np.ma.masked_array(X)), TypeError, "without a mask",
    ),
    complex_step_of_masked_numbers=(
        lambda: complex_step(square, np.ma.masked_array(X)), TypeError, "without a mask",
    ),
    step_zero=(lambda: central_difference(square, X, 0), ValueError, "step h", "above 0, got 0"),
    step_nan=(lambda: complex_step(square, X, NAN), ValueError, "step h", "above 0, got nan"),
    step_a_word=(lambda: central_difference(square, X, "a"), TypeError, "a number, got 'a'"),
    difference_of_a_vector=(
        lambda: central_difference(lambda x: x, X), TypeError, "one number, got shape (6, 4)",
    ),
    complex_step_of_a_vector=(
        lambda: complex_step(lambda x: x, X), TypeError, "one number, got shape (6, 4)",
    ),
    difference_of_nan=(
        lambda: central_difference(lambda x: NAN, X), ValueError, "f to be finite, got nan",
    ),
    complex_step_of_a_real_function=(
        lambda: complex_step(lambda x: float(np.abs(x).sum()), X), TypeError,
        "expected f to return a complex number",
    ),
    differences_by_a_list=(
        lambda: differences(lambda: 1.0, [1.0]), TypeError, "the array that f reads, got list",
    ),
    check_of_a_number=(
        lambda: check_gradients(3, X), TypeError, "an object with forward and backward, got 3",
    ),
    check_of_a_class=(
        lambda: check_gradients(Dense, X), TypeError, "with forward and backward, got <class",
    ),
    check_of_a_layer_not_built=(
        lambda: check_gradients(Dense(3), X), RuntimeError, "dense: not built yet",
    ),
    check_of_another_width=(
        lambda: check_gradients(dense(), X[:, :3]), ValueError, "(N, 4)", "got (6, 3)",
    ),
    check_at_nan=(
        lambda: check_gradients(dense(), with_(X, (1, 2), NAN)), ValueError,
        "check_gradients: x: expected finite numbers, got nan at index (1, 2)",
    ),
    check_of_words=(
        lambda: check_gradients(dense(), strings((6, 4))), TypeError, "real numbers, got dtype <U1",
    ),
    check_of_masked_numbers=(
        lambda: check_gradients(dense(), np.ma.masked_array(X)), TypeError,
        "check_gradients: x: expected an array without a mask",
    ),
    check_with_masked_targets=(
        lambda: check_gradients(MeanSquaredError(), P, np.ma.masked_array(T)), TypeError,
        "without a mask",
    ),
    check_of_a_graph_at_masked_numbers=(
        lambda: check_graph(lambda x: x * x, np.ma.masked_array([1.0])), TypeError,
        "check_graph: x: expected an array without a mask",
    ),
    check_of_a_layer_with_targets=(
        lambda: check_gradients(dense(), X, Y), ValueError, "y only for a loss or a network",
    ),
    graph_without_tolerance=(
        lambda: check_graph(lambda a: a * a, [1.0], tolerance=0), ValueError,
        "check_graph: tolerance", "above 0, got 0",
    ),
    check_without_tolerance=(
        lambda: check_gradients(dense(), X, tolerance=0), ValueError, "tolerance", "above 0, got 0",
    ),
    check_of_a_loss_with_other_targets=(
        lambda: check_gradients(Huber(), P, T[:2]), ValueError, "shape (3, 2), got (2, 2)",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), TOOLS)
def test_data_and_differences(call, error, parts):
    assert_refused(call, error, parts)


# -- the scalar graph, chapter 4's network, its derivation, and figures ----------------------------

GOOD = two_layer.Parameters(1.0, 2.0, 3.0, 4.0)
PARTIALS = two_layer.partials(GOOD, 1.0, 1.0)


def v(number):
    return Value(number)


SCALARS = cases(
    value_nan=(lambda: v(NAN), ValueError, "a finite number, got nan"),
    value_infinite=(lambda: v(-INF), ValueError, "a finite number, got -inf"),
    value_a_word=(lambda: v("3"), TypeError, "a real number, got str: '3'"),
    value_none=(lambda: v(None), TypeError, "a real number, got NoneType"),
    value_complex=(lambda: v(1j), TypeError, "a real number, got complex"),
    value_of_a_value=(lambda: v(v(1.0)), TypeError, "a real number, got Value"),
    value_an_array=(lambda: v(np.ones(2)), TypeError, "a real number, got ndarray"),
    array_times_value=(lambda: np.ones(2) * v(1.0), TypeError, "a real number, got ndarray"),
    value_plus_nan=(lambda: v(1.0) + NAN, ValueError, "a finite number, got nan"),
    value_plus_a_word=(lambda: v(1.0) + "a", TypeError, "a real number, got str"),
    power_of_a_word=(lambda: v(1.0) ** "a", TypeError, "a real number, got str"),
    power_of_nan=(lambda: v(1.0) ** NAN, ValueError, "a finite number, got nan"),
    maximum_with_a_word=(lambda: v(1.0).maximum("a"), TypeError, "a real number, got str"),
    compared_with_a_word=(lambda: v(1.0) > "a", TypeError, "a real number, got str"),
    log_of_zero=(lambda: v(0.0).log(), ValueError, "log needs a positive number, got 0"),
    log_of_a_negative=(lambda: v(-2.0).log(), ValueError, "a positive number, got -2"),
    divided_by_zero=(lambda: v(3.0) / 0, ZeroDivisionError, "division by zero: 3 / 0"),
    one_by_zero=(lambda: 1 / v(0.0), ZeroDivisionError, "division by zero: 1 / 0"),
    zero_to_minus_one=(lambda: v(0.0) ** -1, ZeroDivisionError, "0 to the power -1"),
    root_of_a_negative=(
        lambda: v(-8.0) ** (1 / 3), ValueError, "-8 to the power 0.333333 is not a real number",
    ),
    negative_to_a_value=(lambda: v(-2.0) ** v(2.0), ValueError, "a positive base, got -2"),
    zero_to_a_value=(lambda: 0 ** v(2.0), ValueError, "a positive base, got 0"),
    exp_too_large=(lambda: v(1000.0).exp(), OverflowError, "exp of 1000 is too large"),
    product_too_large=(
        lambda: v(1e200) * 1e200, OverflowError, "× of 1e+200, 1e+200 is too large",
    ),
    power_too_large=(lambda: v(1e-200) ** -2, OverflowError, "too large"),
    slope_of_a_root_at_zero=(
        lambda: (v(0.0) ** 0.5).backward(), ValueError, "^0.5 of 0 has no finite derivative",
    ),
    slope_too_large=(
        lambda: (1 / v(1e-200)).backward(), ValueError, "/ of 1, 1e-200 has no finite derivative",
    ),
    order_of_a_number=(lambda: topological_order(3.0), TypeError, "a Value, got float"),
    grad_by_a_number=(lambda: grad(v(1.0), [2.0]), TypeError, "a Value, got float"),
    grad_of_a_number=(lambda: grad(2.0, [v(1.0)]), TypeError, "a Value, got float"),
    grad_by_a_bare_value=(lambda: grad(v(1.0), v(1.0)), TypeError, "a list of Values", "got one"),
    hessian_of_a_number=(lambda: hessian(3, [v(1.0)]), TypeError, "a Value, got int"),
)  # fmt: skip
FORMULAS = cases(
    activation_misspelled=(
        lambda: two_layer.forward(GOOD, 1.0, f="Sigmoid"), ValueError,
        "unknown activation 'Sigmoid'; expected one of identity", "relu",
    ),
    activation_unknown=(
        lambda: two_layer.partials(GOOD, 1.0, 1.0, g="swish"), ValueError, "activation 'swish'",
    ),
    activation_a_list=(
        lambda: two_layer.forward(GOOD, 1.0, f=["tanh"]), ValueError, "activation ['tanh']",
    ),
    x_masked=(
        lambda: two_layer.forward(GOOD, np.ma.masked_array([1.0, 2.0], [True, False])), TypeError,
        "x: expected an array without a mask",
    ),
    w_masked=(
        lambda: two_layer.Parameters(np.ma.masked_array([1.0]), 1.0, 1.0, 1.0), TypeError,
        "w11: expected an array without a mask",
    ),
    x_nan=(lambda: two_layer.forward(GOOD, NAN), ValueError, "x must be finite, got nan"),
    x_a_word=(lambda: two_layer.forward(GOOD, "1"), TypeError, "x must be a real number", "str"),
    x_none=(lambda: two_layer.forward(GOOD, None), TypeError, "a real number", "got NoneType"),
    x_a_list=(lambda: two_layer.forward(GOOD, [1.0, 2.0]), TypeError, "a real number", "got list"),
    y_infinite=(lambda: two_layer.loss(INF, 1.0), ValueError, "y must be finite, got inf"),
    y_nan=(lambda: two_layer.partials(GOOD, 1.0, NAN), ValueError, "y must be finite, got nan"),
    o_nan=(lambda: two_layer.loss(1.0, NAN), ValueError, "o must be finite, got nan"),
    weight_infinite=(
        lambda: two_layer.Parameters(1.0, 2.0, INF, 4.0), ValueError, "w21 must be finite, got inf",
    ),
    weight_a_word=(
        lambda: two_layer.Parameters("1", 2.0, 3.0, 4.0), TypeError, "w11 must be a real", "str",
    ),
    weight_complex=(
        lambda: two_layer.Parameters(1.0, 1j, 3.0, 4.0), TypeError, "b1 must be a real", "complex",
    ),
    weights_a_tuple=(
        lambda: two_layer.forward((1, 2, 3, 4), 1.0), TypeError, "expected Parameters, got tuple",
    ),
    gradient_a_number=(
        lambda: two_layer.update(GOOD, 3, 0.1), TypeError, "expected Partials, got int: 3",
    ),
    rate_zero=(
        lambda: two_layer.update(GOOD, PARTIALS, 0.0), ValueError, "learning_rate", "0, got 0.0",
    ),
    rate_nan=(lambda: two_layer.update(GOOD, PARTIALS, NAN), ValueError, "above 0, got nan"),
    rate_infinite=(lambda: two_layer.update(GOOD, PARTIALS, INF), ValueError, "0, got inf"),
    rate_a_word=(lambda: two_layer.update(GOOD, PARTIALS, "a"), TypeError, "a number, got 'a'"),
    derive_an_unknown_activation=(
        lambda: symbolic.derive(f="Tanh"), ValueError,
        "unknown name 'Tanh'; expected one of identity, sigmoid",
    ),
    derive_an_activation_of_vectors=(
        lambda: symbolic.derive(g="softmax"), ValueError, "unknown name 'softmax'",
    ),
    derive_an_unknown_loss=(
        lambda: symbolic.derive(loss="mse"), ValueError,
        "unknown name 'mse'; expected one of half_squared",
    ),
    derive_a_list=(lambda: symbolic.derive(g=["tanh"]), ValueError, "unknown name ['tanh']"),
    derivative_by_an_unknown_name=(
        lambda: symbolic.derive()["w12"], KeyError, "no derivative by 'w12'; there is w11, b1",
    ),
    function_of_an_intermediate=(
        lambda: symbolic.derive().lambdify("z2"), ValueError, "a function of z2, not of the inputs",
    ),
    matrices_of_no_unit=(
        lambda: symbolic.matrix_form(hidden=0), ValueError, "hidden: expected at least 1, got 0",
    ),
    matrices_of_half_a_sample=(
        lambda: symbolic.matrix_form(samples=2.5), TypeError, "samples: expected a whole", "2.5",
    ),
    matrices_of_an_unknown_activation=(
        lambda: symbolic.matrix_form(f="?"), ValueError, "unknown name '?'",
    ),
    graph_of_a_number=(lambda: figures.draw_graph(3), TypeError, "expected a Value, got int"),
    curves_that_are_not_there=(
        lambda: figures.learning_curves({"loss": [1.0]}, keys=("mae",)), ValueError,
        "none of ('mae',) is in the history; it has ('loss',)",
    ),
    images_that_are_not_square=(
        lambda: figures.digits_grid(np.zeros((2, 63))), ValueError, "square images, got 63 pixels",
    ),
    weights_of_images_that_are_not_square=(
        lambda: figures.weight_images({"w": np.zeros((63, 3))}), ValueError, "a square number",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), [*SCALARS, *FORMULAS])
def test_formulas_and_figures(call, error, parts):
    assert_refused(call, error, parts)


def test_at_least_eighty_wrong_calls_are_tested():
    together = [LAYERS, LOSSES, OPTIMIZERS, STEPS, NETWORKS, USES, TOOLS, SCALARS, FORMULAS]
    assert sum(map(len, together)) >= 80


# -- an interrupted fit ----------------------------------------------------------------------------


class Interrupt(Callback):
    """Press Ctrl-C at the second batch of the fourth epoch, where it is told to."""

    def __init__(self, where):
        self.where, self.armed = where, False

    def on_train_begin(self, logs=None):
        if self.where == "on_train_begin":
            raise KeyboardInterrupt
        target, method = {
            "forward": (self.model.layers[-1], "forward"),
            "loss": (self.model.loss, "forward"),
            "backward": (self.model.layers[-1], "backward"),
            "step": (self.model.optimizer, "_step"),
        }.get(self.where, (None, None))
        if target is None:
            return
        original = getattr(target, method)

        def interrupted(*arguments):
            if self.armed:
                delattr(target, method)  # the class's own method again
                raise KeyboardInterrupt
            return original(*arguments)

        setattr(target, method, interrupted)

    def on_train_batch_end(self, batch, logs):
        self.armed = len(self.model.history.epoch) == 3 and batch == 1
        if self.armed and self.where == "on_train_batch_end":
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs):
        if self.where == "on_epoch_end" and epoch == 3:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("where", "epochs"),
    [
        ("on_train_begin", 0),
        ("on_train_batch_end", 3),
        ("forward", 3),
        ("loss", 3),
        ("backward", 3),
        ("step", 3),
        ("on_epoch_end", 4),
    ],
)
def test_an_interrupted_fit_leaves_model_and_history_usable(where, epochs):
    model = network()
    before = model.predict(X)
    with pytest.raises(KeyboardInterrupt):
        fit(model, batch_size=2, epochs=9, callbacks=[Interrupt(where)])
    assert model.history.epoch == list(range(epochs))
    assert all(len(values) == epochs for values in model.history.history.values())
    assert model.optimizer.iterations == {0: 0, 3: 3 * 3 + 2, 4: 4 * 3}[epochs] + (where == "step")

    after = model.predict(X)
    assert np.isfinite(after).all()
    assert np.array_equal(after, before) == (epochs == 0)  # what was learned is there
    np.testing.assert_array_equal(model.predict(X), after)
    more = model.fit(X, Y, epochs=2, verbose=0)
    assert more.epoch == [0, 1] and np.isfinite(more.history["loss"]).all()
    check_gradients(model, X, Y).raise_if_failed()


def test_a_name_that_no_epoch_reports_stops_the_training_with_its_history_kept():
    model = network()
    with pytest.raises(ValueError, match=r"monitor to be one of \['accuracy', 'loss'\], got 'val_"):
        fit(model, epochs=5, callbacks=[EarlyStopping()])
    assert model.history.epoch == [0]
    assert np.isfinite(model.predict(X)).all()
