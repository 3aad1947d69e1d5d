"""Keras's names do what a Keras user expects: each is run beside Keras, from the same weights."""

import inspect

import keras
import numpy as np
import pytest
from test_keras import largest_difference

import backprop
from backprop import callbacks, initializers, optimizers, regularizers, schedules

keras.config.set_floatx("float64")

X = np.random.default_rng(0).normal(size=(23, 4))
LABELS = np.random.default_rng(1).integers(0, 3, 23)
ONE_HOT = np.eye(3)[LABELS]
NUMBERS = np.random.default_rng(2).normal(size=(23, 3))
BITS = np.random.default_rng(3).integers(0, 2, (23, 1)).astype(float)

# Loss, output activation, targets, metrics.
TASKS = {
    "regression": ("mean_squared_error", "linear", NUMBERS, ["mae", "mean_squared_error"]),
    "mse": ("mse", "tanh", NUMBERS[:, :1], ["mean_absolute_error", "mse"]),
    "binary": ("binary_crossentropy", "sigmoid", BITS, ["accuracy", "mse"]),
    "classes": ("categorical_crossentropy", "softmax", ONE_HOT, ["accuracy"]),
    "classes by sigmoid": ("categorical_crossentropy", "sigmoid", ONE_HOT, ["acc"]),
    "numbers of classes": ("sparse_categorical_crossentropy", "softmax", LABELS, ["accuracy"]),
    "a column of numbers": (
        "sparse_categorical_crossentropy", "softmax", LABELS[:, None].astype(float), ["acc"],
    ),
}  # fmt: skip


def pair(task, optimizer="sgd", regularizer=None, **settings):
    """Return a compiled Keras model and ours, with the same weights, and the targets."""
    loss, activation, y, metrics = TASKS[task]
    keras.utils.set_random_seed(0)
    models = []
    for library in (keras.layers, backprop):
        models.append(
            (keras if library is keras.layers else backprop).Sequential(
                [
                    library.Dense(5, activation="tanh", input_shape=(4,), use_bias=False,
                                  kernel_regularizer=regularizer),
                    library.Dense(y.shape[1] if "sparse" not in loss else 3, activation,
                                  kernel_regularizer=regularizer),
                ]
            )
        )  # fmt: skip
        models[-1].compile(optimizer=optimizer, loss=loss, metrics=metrics, **settings)
    theirs, ours = models
    ours.build()
    ours.set_weights(theirs.get_weights())
    return theirs, ours, y


def compare(theirs, ours, x, y, **fit):
    """Train both, and compare every column of the two histories, evaluate, predict and weights."""
    fit = {"epochs": 3, "batch_size": 7, "shuffle": False, "verbose": 0} | fit
    expected, found = theirs.fit(x, y, **fit).history, ours.fit(x, y, **fit).history
    assert set(found) == set(expected)
    for name, column in expected.items():
        np.testing.assert_allclose(found[name], column, rtol=2e-6, atol=1e-9, err_msg=name)
    assert largest_difference(theirs, ours) < 1e-6
    np.testing.assert_allclose(
        ours.evaluate(x, y, verbose=0, batch_size=5),
        theirs.evaluate(x, y, verbose=0, batch_size=5),
        rtol=2e-6,
        atol=1e-9,
    )
    np.testing.assert_allclose(
        ours.predict(x, verbose=0, batch_size=4), theirs.predict(x, verbose=0, batch_size=4),
        rtol=1e-5,
        atol=1e-6,  # as the weights
    )  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_every_column_of_a_history(task):
    theirs, ours, y = pair(task)
    compare(theirs, ours, X, y)


@pytest.mark.parametrize("seed", range(12))
def test_every_column_over_random_settings(seed):
    rng = np.random.default_rng(seed)
    task = rng.choice(list(TASKS))
    optimizer = str(rng.choice(["sgd", "adam", "rmsprop"]))
    regularizer = rng.choice([None, "l1", "l2"])
    theirs, ours, y = pair(task, optimizer, regularizer and str(regularizer))
    settings = {"batch_size": int(rng.integers(1, 12)), "epochs": int(rng.integers(1, 4))}
    if rng.random() < 0.5:
        settings["validation_split"] = float(rng.choice([0.2, 0.25, 0.3]))
    else:
        settings["validation_data"] = (X[:9] + 0.1, y[:9])
    if rng.random() < 0.5:
        settings["sample_weight"] = rng.random(23)
    elif "class" in task or task == "binary":
        settings["class_weight"] = {0: 2.0, 1: 0.5, 2: 1.5}
    compare(theirs, ours, X, y, **settings)


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_regularizers_are_keras_regularizers(name):
    w = np.random.default_rng(0).normal(size=(3, 2))
    ours, theirs = regularizers.get(name), keras.regularizers.get(name)
    assert ours(w) == pytest.approx(float(theirs(w)), rel=1e-6, abs=0)


def test_weights_of_validation_samples_count():
    theirs, ours, y = pair("classes")
    weights = np.linspace(0.0, 2.0, 9)
    compare(theirs, ours, X, y, validation_data=(X[:9], y[:9], weights))
    for model in (theirs, ours):
        model.weighted = model.evaluate(X[:9], y[:9], sample_weight=weights, verbose=0)
    np.testing.assert_allclose(ours.weighted, theirs.weighted, rtol=1e-6)


def rows(task):
    """Return 40 epochs of both from the same weights with callbacks made by a function."""

    def run(make, optimizer="sgd", **fit):
        theirs, ours, y = pair(task, optimizer)
        found = []
        for model, library in ((theirs, keras.callbacks), (ours, callbacks)):
            callback = make(library)
            history = model.fit(
                X, y, epochs=40, batch_size=7, shuffle=False, verbose=0,
                validation_data=(X[::2] + 0.5, y[::2]), callbacks=[callback], **fit,
            )  # fmt: skip
            rate = model.optimizer.learning_rate
            found.append((len(history.epoch), float(rate), callback, model))
        return found

    return run


@pytest.mark.parametrize(
    "settings",
    [
        {"monitor": "val_loss", "patience": 2},
        {"monitor": "val_accuracy", "patience": 3, "restore_best_weights": True},
        {"monitor": "val_accuracy", "patience": 3, "mode": "max", "min_delta": 0.05},
        {"monitor": "loss", "min_delta": 0.01, "patience": 1, "restore_best_weights": True},
        {"monitor": "loss", "mode": "max", "patience": 0},
    ],
)
def test_early_stopping_stops_where_keras_does(settings):
    theirs, ours = rows("classes")(lambda library: library.EarlyStopping(**settings))
    assert ours[0] == theirs[0]
    assert ours[2].stopped_epoch == theirs[2].stopped_epoch
    assert largest_difference(theirs[3], ours[3]) < 1e-5
    assert ours[2].best == pytest.approx(float(theirs[2].best), rel=1e-5, abs=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"monitor": "val_loss", "factor": 0.5, "patience": 1, "min_delta": 0.01},
        {"monitor": "val_accuracy", "factor": 0.1, "patience": 3, "cooldown": 2, "min_lr": 1e-4},
        {"monitor": "loss", "factor": 0.5, "patience": 2, "min_delta": 0.02},
    ],
)
def test_the_rate_is_reduced_where_keras_reduces_it(settings):
    theirs, ours = rows("classes")(
        lambda library: library.ReduceLROnPlateau(**settings), optimizer="adam"
    )
    assert ours[1] == pytest.approx(theirs[1], rel=1e-5, abs=0)
    assert ours[1] < 0.0009, "it was reduced"
    assert largest_difference(theirs[3], ours[3]) < 1e-4


def test_the_rate_of_each_epoch_is_the_schedulers():
    theirs, ours = rows("mse")(
        lambda library: library.LearningRateScheduler(lambda epoch, rate: 0.9 * rate)
    )
    assert ours[1] == pytest.approx(theirs[1], rel=1e-5, abs=0) != 0.01
    assert largest_difference(theirs[3], ours[3]) < 1e-5


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ExponentialDecay", {"decay_steps": 7, "decay_rate": 0.5}),
        ("ExponentialDecay", {"decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
        ("InverseTimeDecay", {"decay_steps": 7, "decay_rate": 0.5}),
        ("InverseTimeDecay", {"decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
        ("PolynomialDecay", {"decay_steps": 20}),
        ("PolynomialDecay", {"decay_steps": 20, "end_learning_rate": 0.02, "power": 2.0}),
        ("CosineDecay", {"decay_steps": 20}),
        ("CosineDecay", {"decay_steps": 20, "alpha": 0.1}),
    ],
)
def test_schedules_are_keras_schedules(name, settings):
    ours = getattr(schedules, name)(0.1, **settings)
    theirs = getattr(keras.optimizers.schedules, name)(0.1, **settings)
    for step in range(30):
        assert ours(step) == pytest.approx(float(theirs(step)), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["uniform", "normal", "random_uniform", "glorot_uniform"])
def test_short_names_of_initializers_are_keras_names(name):
    shape = (300, 200)
    ours = initializers.get(name)(shape, np.random.default_rng(0))
    theirs = np.asarray(keras.initializers.get(name)(shape))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02, abs=0)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.2, abs=0)


# What is another on purpose, with its reason; the Keras page lists the same.
DIFFERENT = {
    "evaluate.verbose": "silent unless asked",
    "predict.verbose": "silent unless asked",
    "ModelCheckpoint.save_weights_only": "a network is made by its program, not read from a file",
}


def defaults(f):
    return {
        name: p.default
        for name, p in inspect.signature(f).parameters.items()
        if p.default is not inspect.Parameter.empty
    }


KERAS = [
    *((getattr(keras.Sequential, n), getattr(backprop.Sequential, n))
      for n in ("fit", "evaluate", "predict", "compile", "train_on_batch")),
    *((getattr(keras.layers, n), getattr(backprop, n))
      for n in ("Dense", "Activation", "Dropout", "Flatten", "BatchNormalization")),
    *((getattr(keras.layers, n), getattr(backprop, n))
      for n in ("Conv2D", "MaxPooling2D", "GlobalAveragePooling2D")),
    *((getattr(keras.optimizers, n), getattr(optimizers, n))
      for n in ("SGD", "Adam", "AdamW", "Muon", "RMSprop")),
    *((getattr(keras.callbacks, n), getattr(callbacks, n))
      for n in ("EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler", "ModelCheckpoint")),
    *((getattr(keras.optimizers.schedules, n), getattr(schedules, n))
      for n in ("ExponentialDecay", "InverseTimeDecay", "PolynomialDecay", "CosineDecay")),
    *((getattr(keras.regularizers, n), getattr(regularizers, n)) for n in ("L1", "L2", "L1L2")),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours"), KERAS, ids=lambda f: getattr(f, "__name__", str(f)))
def test_defaults_are_keras_defaults(theirs, ours):
    expected, found = defaults(theirs), defaults(ours)
    shared = set(expected) & set(found) - {"name"}
    for name in shared:
        if f"{ours.__name__}.{name}" not in DIFFERENT:
            assert found[name] == expected[name], name


@pytest.mark.parametrize(("theirs", "ours"), KERAS, ids=lambda f: getattr(f, "__name__", str(f)))
def test_what_comes_by_position_is_what_keras_takes_there(theirs, ours):
    def positional(f):
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return [n for n, p in inspect.signature(f).parameters.items() if p.kind in kinds]

    expected, found = positional(theirs), positional(ours)
    ours_only = {"name", "input_shape", "seed"}
    assert [n for n in found if n not in ours_only] == expected[: len(set(found) - ours_only)]
