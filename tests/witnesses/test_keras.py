"""Keras: from its initial weights and the same batches, we end at its weights."""

import jax
import keras
import numpy as np
import pytest
import tensorflow as tf

import backprop
from backprop import activations, losses, optimizers, schedules

keras.config.set_floatx("float64")
jax.config.update("jax_enable_x64", True)


def data(seed=0, n=100):
    rng = np.random.default_rng(seed)
    return rng.random((n, 8)), rng.random((n, 1))


def pair(keras_layers, our_layers, keras_settings, our_settings, seed=0):
    """Return a compiled Keras model, and ours with its weights."""
    keras.utils.set_random_seed(seed)
    theirs = keras.Sequential([keras.Input((8,)), *keras_layers])
    theirs.compile(**keras_settings)
    ours = backprop.Sequential(our_layers)
    ours.build((8,))
    ours.compile(**our_settings)
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def largest_difference(theirs, ours):
    return max(
        np.abs(a - b).max() for a, b in zip(theirs.get_weights(), ours.get_weights(), strict=True)
    )


def test_the_articles_program_ends_at_keras_weights():
    x, y = data()
    settings = {"loss": "mean_squared_error", "optimizer": "sgd"}
    theirs, ours = pair(
        [keras.layers.Dense(10, activation="relu"), keras.layers.Dense(1, activation="linear")],
        [backprop.Dense(10, activation="relu"), backprop.Dense(1, activation="linear")],
        settings,
        settings,
    )
    before = theirs.get_weights()
    fit = {"epochs": 100, "batch_size": 10, "shuffle": False, "verbose": 0}
    keras_history = theirs.fit(x, y, **fit).history["loss"]
    our_history = ours.fit(x, y, **fit).history["loss"]
    assert max(np.abs(a - b).max() for a, b in zip(before, theirs.get_weights(), strict=True)) > 0.1
    # 1,000 steps. Keras keeps its learning rate in float32, which explains most of the rest.
    assert largest_difference(theirs, ours) < 1e-6
    np.testing.assert_allclose(our_history, keras_history, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "keras_settings", "our_settings"),
    [
        ("SGD", {"momentum": 0.9}, {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True}, {"momentum": 0.9, "nesterov": True}),
        ("RMSprop", {}, {}),
        ("Adam", {}, {}),
        ("AdamW", {}, {}),
        ("AdamW", {"weight_decay": 0.5}, {"weight_decay": 0.5}),
        ("Muon", {}, {}),
        ("Muon", {"nesterov": False, "ns_steps": 3, "momentum": 0.8, "exclude_layers": ["output"]},
         {"nesterov": False, "ns_steps": 3, "momentum": 0.8, "exclude_layers": ["output"]}),
        ("Muon", {"rms_rate": 0.3, "weight_decay": 0.5, "adam_weight_decay": 0.5},
         {"rms_rate": 0.3, "weight_decay": 0.5}),
        ("SGD", {"global_clipnorm": 0.1}, {"global_clipnorm": 0.1}),
        ("SGD", {"clipvalue": 0.01}, {"clipvalue": 0.01}),
    ],
)  # fmt: skip
def test_optimizers_take_keras_steps(name, keras_settings, our_settings):
    x, y = data()
    theirs, ours = pair(
        [keras.layers.Dense(6, activation="tanh"), keras.layers.Dense(1, name="output")],
        [backprop.Dense(6, activation="tanh"), backprop.Dense(1, name="output")],
        {"loss": "mse", "optimizer": getattr(keras.optimizers, name)(0.01, **keras_settings)},
        {"loss": "mse", "optimizer": getattr(optimizers, name)(0.01, **our_settings)},
    )
    fit = {"epochs": 5, "batch_size": 30, "shuffle": False, "verbose": 0}
    theirs.fit(x, y, **fit)
    ours.fit(x, y, **fit)
    # Keras keeps the optimizers' constants in float32.
    assert largest_difference(theirs, ours) < 2e-6


def test_batchnorm_and_residual_train_as_in_keras():
    x, y = data()

    def residual(inputs):
        return keras.layers.add([inputs, keras.layers.Dense(8, activation="tanh")(inputs)])

    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    outputs = keras.layers.Dense(1)(keras.layers.BatchNormalization()(residual(inputs)))
    theirs = keras.Model(inputs, outputs)
    theirs.compile(loss="mse", optimizer=keras.optimizers.SGD(0.05))
    ours = backprop.Sequential(
        [
            backprop.Residual([backprop.Dense(8, activation="tanh")]),
            backprop.BatchNorm(),
            backprop.Dense(1),
        ]
    )
    ours.build((8,))
    ours.compile(loss="mse", optimizer=backprop.SGD(0.05))
    ours.set_weights(theirs.get_weights())
    fit = {"epochs": 3, "batch_size": 25, "shuffle": False, "verbose": 0}
    theirs.fit(x, y, **fit)
    ours.fit(x, y, **fit)
    assert largest_difference(theirs, ours) < 1e-6
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), atol=1e-6)


# -- images ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (2, 3)])
@pytest.mark.parametrize("shape", [(9, 8), (6, 7)])
def test_a_network_of_images_trains_as_in_keras(shape, strides, padding):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, *shape, 2)), rng.normal(size=(30, 2))
    keras.utils.set_random_seed(0)

    def layers(k):
        return [
            k.Conv2D(4, 3, padding="same", activation="relu"),
            k.MaxPooling2D((2, 3), strides=(2, 2), padding=padding),
            k.BatchNormalization(),
            k.Conv2D(3, (3, 2), strides, padding, activation="tanh"),
            k.Flatten(),
            k.Dense(2),
        ]

    theirs = keras.Sequential([keras.Input((*shape, 2)), *layers(keras.layers)])
    theirs.compile(loss="mse", optimizer=keras.optimizers.SGD(0.05))
    ours = backprop.Sequential(layers(backprop))
    ours.build((*shape, 2))
    ours.compile(loss="mse", optimizer=backprop.SGD(0.05))
    before = theirs.get_weights()
    ours.set_weights(before)
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), atol=1e-6)
    fit = {"epochs": 3, "batch_size": 10, "shuffle": False, "verbose": 0}
    theirs.fit(x, y, **fit)
    ours.fit(x, y, **fit)
    assert max(np.abs(a - b).max() for a, b in zip(before, theirs.get_weights(), strict=True)) > 0.1
    assert largest_difference(theirs, ours) < 1e-6
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), atol=1e-6)


def test_global_average_pooling_has_keras_values():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    theirs = np.asarray(keras.layers.GlobalAveragePooling2D()(x))
    ours = backprop.GlobalAveragePooling2D().build((3, 4, 5)).forward(x)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)  # on JAX, Keras takes means in float32


@pytest.mark.parametrize(
    "name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"]
)
@pytest.mark.parametrize("shape", [(3, 5, 40, 60), (7, 30, 80)])
def test_initial_kernels_have_keras_spread(name, shape):
    theirs = np.asarray(keras.initializers.get(name)(shape))
    ours = backprop.initializers.get(name)(shape, np.random.default_rng(0))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


# -- sequences -------------------------------------------------------------------------------------

STEPS = 6


def sequence_pair(keras_layers, our_layers, inputs, loss):
    """Return a compiled Keras model, and ours with its weights, none of which is at zero."""
    rng = np.random.default_rng(0)
    theirs = keras.Sequential([keras.Input(inputs), *keras_layers])
    theirs.compile(loss=loss, optimizer=keras.optimizers.SGD(0.1))
    theirs.set_weights([rng.normal(0.0, 0.5, w.shape) for w in theirs.get_weights()])
    ours = backprop.Sequential(our_layers)
    ours.build(inputs)
    ours.compile(loss=loss, optimizer=backprop.SGD(0.1))
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def assert_they_train_alike(theirs, ours, x, y):
    fit = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": 0}
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), atol=1e-6)
    before = ours.get_weights()
    theirs.fit(x, y, **fit)
    ours.fit(x, y, **fit)
    # Every array has moved, and to Keras's.
    assert all(np.abs(a - b).max() > 1e-3 for a, b in zip(before, ours.get_weights(), strict=True))
    assert largest_difference(theirs, ours) < 1e-6


def keras_cell(name, units, **options):
    """Return a Keras layer that computes in float64: on JAX, its own tanh is one of float32."""
    return getattr(keras.layers, name)(units, activation=jax.numpy.tanh, **options)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU"])
def test_recurrent_layers_train_as_in_keras(name):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, STEPS, 3)), rng.normal(size=(20, 4))
    theirs, ours = sequence_pair(
        [
            keras_cell(name, 5, return_sequences=True),
            keras.layers.LayerNormalization(),
            keras_cell(name, 4),
        ],
        [
            getattr(backprop, name)(5, return_sequences=True),
            backprop.LayerNormalization(),
            getattr(backprop, name)(4),
        ],
        (STEPS, 3),
        "mse",
    )
    assert_they_train_alike(theirs, ours, x, y)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU"])
def test_masked_tokens_train_as_in_keras(name):
    """Its mask comes with Embedding(mask_zero=True) and passes by itself; ours is in the zeros."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(1, 7, (20, STEPS)), rng.normal(size=(20, 4))
    x[3, :2] = x[4, 3:] = x[5, 2] = x[6] = 0
    theirs, ours = sequence_pair(
        [
            keras.layers.Embedding(7, 3, mask_zero=True),
            keras_cell(name, 5, return_sequences=True),
            keras_cell(name, 4),
        ],
        [
            backprop.Embedding(7, 3, mask_zero=True),
            getattr(backprop, name)(5, return_sequences=True, masking=True),
            getattr(backprop, name)(4, masking=True),
        ],
        (STEPS,),
        "mse",
    )
    assert_they_train_alike(theirs, ours, x, y)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU"])
def test_masking_has_the_values_of_keras_s_masking_layer(name):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, STEPS, 3))
    x[3, :2] = x[4, 3:] = x[5] = 0.0
    theirs, ours = sequence_pair(
        [
            keras.layers.Masking(0.0),
            keras_cell(name, 5, return_sequences=True, zero_output_for_mask=True),
        ],
        [getattr(backprop, name)(5, return_sequences=True, masking=True)],
        (STEPS, 3),
        "mse",
    )
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), atol=1e-6)


def test_a_given_state_gives_keras_s_values():
    rng = np.random.default_rng(1)
    x, h0 = rng.normal(size=(3, STEPS, 2)), rng.normal(size=(3, 4))
    theirs = keras_cell("GRU", 4, return_sequences=True)
    theirs.build(x.shape)
    ours = backprop.GRU(4, return_sequences=True).build((STEPS, 2), seed=0)
    theirs.set_weights([ours.W, ours.U, ours.b])
    np.testing.assert_allclose(
        ours.forward_from(h0, x), np.asarray(theirs(x, initial_state=h0)), atol=1e-6
    )


@pytest.mark.parametrize("masked", [True, False])
def test_attention_has_the_values_of_keras_s_attention(masked):
    """That of the layer Attention is not scaled: it gets the query divided by √d."""
    rng = np.random.default_rng(1)
    query, value, key = (rng.normal(size=s) for s in ((2, 3, 4), (2, 5, 3), (2, 5, 4)))
    mask = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool) if masked else None
    theirs = keras.layers.Attention()([query / 2.0, value, key], mask=[None, mask])
    ours = backprop.DotProductAttention().forward(
        query, value, key, mask if mask is None else mask[:, None]
    )
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-6)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_activations_have_keras_values(name):
    z = np.random.default_rng(0).normal(size=(4, 3))
    options = {"approximate": True} if name == "gelu" else {}
    theirs = getattr(keras.activations, name)(keras.ops.convert_to_tensor(z), **options)
    # On JAX, Keras 3.15 computes its tanh in float32 whatever it is given.
    precision = {"float64": 1e-12, "float32": 1e-6}[keras.backend.standardize_dtype(theirs.dtype)]
    ours = backprop.Activation(name).build(3).forward(z)
    np.testing.assert_allclose(ours, np.asarray(theirs), rtol=precision)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (losses.MeanSquaredError(), keras.losses.MeanSquaredError()),
        (losses.Huber(0.5), keras.losses.Huber(0.5)),
        (losses.BinaryCrossentropy(), keras.losses.BinaryCrossentropy()),
        (
            losses.BinaryCrossentropy(from_logits=True),
            keras.losses.BinaryCrossentropy(from_logits=True),
        ),
        (losses.CategoricalCrossentropy(), keras.losses.CategoricalCrossentropy()),
        (
            losses.CategoricalCrossentropy(from_logits=True),
            keras.losses.CategoricalCrossentropy(from_logits=True),
        ),
    ],
    ids=lambda loss: loss.__class__.__name__,
)
def test_losses_have_keras_values(ours, theirs):
    rng = np.random.default_rng(0)
    y, p = rng.dirichlet(np.ones(3), 5), rng.dirichlet(np.ones(3), 5)
    np.testing.assert_allclose(ours.forward(y, p), float(theirs(y, p)), rtol=1e-7)


def keras_gradient(loss, y, o):
    """Return the gradient by o, by the backend that Keras runs on."""
    if keras.backend.backend() == "jax":
        return np.asarray(jax.grad(lambda o: loss(y, o))(o))
    o = tf.constant(o)
    with tf.GradientTape() as tape:
        tape.watch(o)
        value = loss(y, o)
    return np.asarray(tape.gradient(value, o))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("kind", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_cross_entropy_has_keras_value_and_gradient(kind, from_logits, seed):
    """Also of outputs whose rows do not sum to 1, and of some that are clipped."""
    rng = np.random.default_rng(seed)
    n, k = rng.integers(1, 6), rng.integers(2, 6)
    o = rng.uniform(0, 1, (n, k)) * 10.0 ** rng.integers(-9, 3, (n, 1))
    o[0, 0] = 1e-9 * o[0].sum()
    y = rng.integers(0, k, n)
    if kind == "CategoricalCrossentropy":
        y = rng.dirichlet(np.ones(k), n) if seed % 2 else np.eye(k)[y]
    if from_logits:
        o = rng.normal(size=(n, k)) * 10.0 ** rng.integers(-3, 3, (n, 1))
    theirs = getattr(keras.losses, kind)(from_logits=from_logits)
    ours = getattr(losses, kind)(from_logits=from_logits)
    assert ours.forward(y, o) == pytest.approx(float(theirs(y, o)), rel=1e-12, abs=1e-15)
    expected = keras_gradient(theirs, y, o)
    size = np.abs(expected).max()
    np.testing.assert_allclose(ours.backward(), expected, rtol=1e-9, atol=1e-13 * size)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            schedules.ExponentialDecay(0.1, 30, 0.9),
            keras.optimizers.schedules.ExponentialDecay(0.1, 30, 0.9),
        ),
        (schedules.CosineDecay(0.1, 50), keras.optimizers.schedules.CosineDecay(0.1, 50)),
        (
            schedules.PiecewiseConstantDecay((10, 20), (0.1, 0.05, 0.01)),
            keras.optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01]),
        ),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_schedules_have_keras_values(ours, theirs):
    steps = [0, 1, 9, 10, 11, 20, 21, 50, 80]
    np.testing.assert_allclose(
        [ours(t) for t in steps], [float(theirs(t)) for t in steps], rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize(
    "name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"]
)
def test_initial_weights_have_keras_spread(name):
    theirs = np.asarray(keras.initializers.get(name)((300, 200)))
    ours = backprop.initializers.get(name)((300, 200), np.random.default_rng(0))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


def test_orthogonal_has_keras_s_shape_and_spread():
    theirs = np.asarray(keras.initializers.get("orthogonal")((20, 60)))
    ours = backprop.initializers.get("orthogonal")((20, 60), np.random.default_rng(0))
    np.testing.assert_allclose(theirs @ theirs.T, np.eye(20), atol=1e-5)
    np.testing.assert_allclose(ours @ ours.T, np.eye(20), atol=1e-12)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


def test_early_stopping_stops_where_keras_does():
    x, y = data()
    settings = {"loss": "mse", "optimizer": "sgd"}
    theirs, ours = pair([keras.layers.Dense(1)], [backprop.Dense(1)], settings, settings)
    fit = {"epochs": 60, "batch_size": 10, "shuffle": False, "verbose": 0, "validation_split": 0.3}
    options = {"patience": 3, "min_delta": 5e-3, "restore_best_weights": True}
    a = theirs.fit(x, y, callbacks=[keras.callbacks.EarlyStopping(**options)], **fit)
    b = ours.fit(x, y, callbacks=[backprop.EarlyStopping(**options)], **fit)
    assert 3 < len(a.epoch) < 60
    assert a.epoch == b.epoch
    np.testing.assert_allclose(b.history["val_loss"], a.history["val_loss"], rtol=1e-5)
    assert largest_difference(theirs, ours) < 1e-6


@pytest.mark.parametrize(("from_logits", "moves"), [(False, False), (True, True)])
def test_a_clipped_probability_passes_no_gradient(from_logits, moves):
    """From z = 20 with target 0 a sigmoid by name stays where it is, and a logit comes down."""
    activation = None if from_logits else "sigmoid"
    theirs = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation=activation)])
    theirs.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(from_logits))
    ours = backprop.Sequential([backprop.Dense(1, activation, input_dim=1)])
    ours.compile(optimizers.SGD(0.1), losses.BinaryCrossentropy(from_logits))
    for model in (theirs, ours):
        model.set_weights([np.full((1, 1), 10.0), np.full(1, 10.0)])
        for _ in range(5):
            model.train_on_batch(np.ones((1, 1)), np.zeros((1, 1)))
    assert (sum(w.item() for w in ours.get_weights()) < 19.5) == moves
    assert largest_difference(theirs, ours) < 1e-12
