"""What holds for every layer and every loss, whatever it computes: hypothesis looks for exceptions.

The layers are those of `test_layers.EXAMPLES`, where one that is missing fails a test; the losses
are found below. Batches are small and hold hypothesis' favorite numbers: zeros, ties, extremes.

Two kinds of layers are left out of some properties, by what they hold and not by name:

- Where a layer **draws** (Dropout has a generator), a sample's mask depends on its place in the
  batch, and is another at each forward. Such a layer is permuted, split and repeated outside
  training only; backward's properties need one forward alone, and hold in training too.
- Where a layer keeps **running statistics** (BatchNorm has a ``state``), each sample's output in
  training depends on the whole batch. The gradient of a shard is then not a part of the whole's,
  so such a layer is split into shards outside training only.
"""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_layers import EXAMPLES, make
from test_losses import ALL as LOSSES
from test_losses import name as loss_name
from test_losses import takes_one_output, targets_for

from backprop import Dense, Residual, Sequential, losses
from backprop.layer import leaves

# The same examples on every run: a failure is then a change's fault, not luck's.
few = settings(derandomize=True, deadline=None, max_examples=10)

each_layer = pytest.mark.parametrize("name", EXAMPLES)
each_mode = pytest.mark.parametrize("training", [True, False])
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
numbers = st.floats(-20, 20, width=32)


def draws(layer):
    return any(hasattr(leaf, "_rng") for leaf in leaves([layer]))


def keeps_statistics(layer):
    return any(leaf.state for leaf in leaves([layer]))


def batch(data, shape, n=None, elements=numbers):
    """Draw an input of n samples, or of any number of them."""
    return data.draw(arrays(np.float64, (n or data.draw(sizes), *shape), elements=elements))


def inputs(data, layer, n=None):
    """Draw an input that the layer takes."""
    if layer.discrete_input:
        return batch(data, layer.input_shape, n, st.integers(0, layer.input_dim - 1).map(float))
    return batch(data, layer.input_shape, n)


def cotangent(data, y):
    return np.random.default_rng(data.draw(seeds)).normal(size=y.shape).astype(y.dtype)


def run(layer, x, dy, training):
    """Return copies of the output and of all gradients."""
    y = layer.forward(x, training).copy()
    return y, layer.backward(dy).copy(), layer.gradients.copy()


def assert_close(ours, expected):
    """Assert equality up to rounding, measured by the largest element."""
    size = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(ours, expected, rtol=0.0, atol=1e-11 * size)


# -- layers ----------------------------------------------------------------------------------------


@each_layer
@each_mode
@few
@given(data=st.data())
def test_backward_is_linear_in_its_cotangent(name, training, data):
    layer = make(name)[0]
    y = layer.forward(inputs(data, layer), training)
    u, v, a, b = cotangent(data, y), cotangent(data, y), data.draw(numbers), data.draw(numbers)
    results = []
    for dy in (u, v, a * u + b * v):
        results.append([layer.backward(dy).copy(), layer.gradients.copy()])
    for of_u, of_v, of_both in zip(*results, strict=True):
        assert_close(of_both, a * of_u + b * of_v)


@each_layer
@each_mode
@each_dtype
@few
@given(data=st.data())
def test_shapes_and_dtype_are_kept(name, training, dtype, data):
    layer = make(name, dtype=dtype)[0]
    x = inputs(data, layer).astype(dtype)
    y = layer.forward(x, training)
    dx = layer.backward(cotangent(data, y))
    assert y.shape == (len(x), *layer.output_shape)
    assert dx.shape == x.shape
    assert y.dtype == dx.dtype == dtype
    for leaf in leaves([layer]):
        for parameter, shape in leaf.parameter_shapes().items():
            array, gradient = getattr(leaf, parameter), getattr(leaf, "d" + parameter)
            assert array.shape == gradient.shape == shape
            assert array.dtype == gradient.dtype == dtype


@each_layer
@each_mode
@few
@given(data=st.data())
def test_a_permuted_batch_permutes_outputs_and_dx_and_keeps_the_gradients(name, training, data):
    layer = make(name)[0]
    training = training and not draws(layer)
    x = inputs(data, layer)
    order = data.draw(st.permutations(range(len(x))))
    dy = cotangent(data, layer.forward(x, training))
    y, dx, gradients = run(layer, x, dy, training)
    y_permuted, dx_permuted, gradients_permuted = run(layer, x[order], dy[order], training)
    assert_close(y_permuted, y[order])
    assert_close(dx_permuted, dx[order])
    assert_close(gradients_permuted, gradients)


@each_layer
@each_mode
@few
@given(data=st.data())
def test_the_shards_gradients_sum_to_the_whole(name, training, data):
    layer = make(name)[0]
    training = training and not draws(layer) and not keeps_statistics(layer)
    x = inputs(data, layer, n=6)
    cut = data.draw(st.integers(1, 5))
    dy = cotangent(data, layer.forward(x, training))
    _, dx, gradients = run(layer, x, dy, training)
    _, dx_first, gradients_first = run(layer, x[:cut], dy[:cut], training)
    _, dx_second, gradients_second = run(layer, x[cut:], dy[cut:], training)
    assert_close(np.concatenate([dx_first, dx_second]), dx)
    assert_close(gradients_first + gradients_second, gradients)


@each_layer
@each_mode
@few
@given(data=st.data())
def test_inputs_and_parameters_are_never_modified(name, training, data):
    layer = make(name)[0]
    x = inputs(data, layer)
    dy = cotangent(data, layer.forward(x, training))
    kept = x.copy(), dy.copy(), layer.parameters.copy()
    run(layer, x, dy, training)
    for array, before in zip((x, dy, layer.parameters), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@each_layer
@each_mode
@few
@given(data=st.data())
def test_a_second_forward_after_backward_is_unchanged(name, training, data):
    layer = make(name)[0]
    training = training and not draws(layer)
    x = inputs(data, layer)
    y = layer.forward(x, training).copy()
    layer.backward(cotangent(data, y))
    np.testing.assert_array_equal(layer.forward(x, training), y)


# -- losses ----------------------------------------------------------------------------------------


def targets_and_predictions(data, loss, n=None):
    """Draw targets of the loss's kind, whole numbers among them, and predictions.

    The predictions are probabilities as well as logits, with some as near 0 as to be clipped; their
    rows differ in size a thousandfold.
    """
    outputs = data.draw(st.integers(1 if takes_one_output(loss) else 2, 6))
    shape = (n or data.draw(sizes), outputs)
    numbers = data.draw(st.sampled_from([st.floats(0, 1, width=32), st.sampled_from([0.0, 1.0])]))
    y = data.draw(arrays(np.float64, shape, elements=numbers))
    o = data.draw(arrays(np.float64, shape, elements=st.floats(0.0625, 0.9375, width=32)))
    scale = data.draw(arrays(np.float64, (shape[0], 1), elements=st.sampled_from([1e-3, 1.0])))
    return targets_for(loss, y), o * scale


def value_and_gradient(loss, y, o):
    return loss.forward(y, o), loss.backward()


def test_every_loss_has_an_example():
    found = {
        cls
        for _, cls in inspect.getmembers(losses, inspect.isclass)
        if issubclass(cls, losses.Loss) and cls is not losses.Loss
    }
    assert found == {type(loss) for loss in LOSSES}


@each_loss
@each_dtype
@few
@given(data=st.data())
def test_a_loss_is_a_float_and_its_gradient_is_like_the_predictions(loss, dtype, data):
    y, o = targets_and_predictions(data, loss)
    y, o = y.astype(dtype), o.astype(dtype)
    value, gradient = value_and_gradient(loss, y, o)
    assert type(value) is float
    assert gradient.shape == o.shape
    assert gradient.dtype == dtype


@each_loss
@few
@given(data=st.data())
def test_a_permuted_batch_keeps_the_loss_and_permutes_its_gradient(loss, data):
    y, o = targets_and_predictions(data, loss)
    order = data.draw(st.permutations(range(len(y))))
    value, gradient = value_and_gradient(loss, y, o)
    value_permuted, gradient_permuted = value_and_gradient(loss, y[order], o[order])
    assert_close(value_permuted, value)
    assert_close(gradient_permuted, gradient[order])


@each_loss
@few
@given(data=st.data())
def test_a_loss_is_the_mean_of_its_shards_weighted_by_their_sizes(loss, data):
    y, o = targets_and_predictions(data, loss, n=6)
    cut = data.draw(st.integers(1, 5))
    value, gradient = value_and_gradient(loss, y, o)
    first, gradient_first = value_and_gradient(loss, y[:cut], o[:cut])
    second, gradient_second = value_and_gradient(loss, y[cut:], o[cut:])
    shares = cut / 6, 1 - cut / 6
    assert_close(shares[0] * first + shares[1] * second, value)
    assert_close(
        np.concatenate([shares[0] * gradient_first, shares[1] * gradient_second]), gradient
    )


@each_loss
@few
@given(data=st.data())
def test_a_loss_changes_no_input_and_repeats(loss, data):
    y, o = targets_and_predictions(data, loss)
    kept = y.copy(), o.copy()
    first, again = value_and_gradient(loss, y, o), value_and_gradient(loss, y, o)
    np.testing.assert_array_equal(y, kept[0])
    np.testing.assert_array_equal(o, kept[1])
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(loss.backward(), first[1])
    assert not np.shares_memory(loss.backward(), loss.backward())


@each_loss
@few
@given(data=st.data())
def test_batches_of_repeated_sizes_do_not_disturb_one_another(loss, data):
    batches = [targets_and_predictions(data, loss, n) for n in (3, 2, 3, 3, 2)]
    together = [value_and_gradient(loss, y, o) for y, o in batches]
    for (y, o), (value, gradient) in zip(batches, together, strict=True):
        again = value_and_gradient(type(loss)(*arguments(loss)), y, o)
        assert again[0] == value
        np.testing.assert_array_equal(again[1], gradient)


def arguments(loss):
    """Return what makes another loss like this one."""
    return [getattr(loss, name) for name in ("delta", "from_logits") if hasattr(loss, name)]


@each_loss
@few
@given(data=st.data())
def test_predictions_may_be_the_targets_own_array(loss, data):
    _, o = targets_and_predictions(data, loss)
    if o.shape[1] == 1 or isinstance(loss, losses.SparseCategoricalCrossentropy):
        return
    o = o / o.sum(axis=1, keepdims=True)
    ours, apart = value_and_gradient(loss, o, o), value_and_gradient(loss, o.copy(), o)
    assert ours[0] == apart[0]
    np.testing.assert_array_equal(ours[1], apart[1])


# -- a whole network -------------------------------------------------------------------------------


@each_loss
@few
@given(data=st.data())
def test_a_networks_gradient_is_the_weighted_mean_of_its_shards(loss, data):
    layers = [Dense(4, "tanh"), Residual([Dense(4, "gelu")]), Dense(3, "softmax")]
    model = Sequential(layers, seed=data.draw(seeds))
    x, labels = batch(data, (2,), n=6), data.draw(arrays(int, 6, elements=st.integers(0, 2)))
    y, cut = targets_for(loss, np.eye(3)[labels]), data.draw(st.integers(1, 5))

    def gradient(x, y):
        loss.forward(y, model.forward(x, training=True))
        model.backward(loss.backward())
        return model.gradients.copy()

    first, second = gradient(x[:cut], y[:cut]), gradient(x[cut:], y[cut:])
    assert_close(cut / 6 * first + (1 - cut / 6) * second, gradient(x, y))
