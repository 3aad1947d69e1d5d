"""Sequential: the five steps, Keras's habits, and the article's program."""

import math

import numpy as np
import pytest

from backprop import (
    SGD,
    Adam,
    BatchNorm,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    Residual,
    Sequential,
)
from backprop.gradient_check import check_gradients


def data(n=20, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 4)), rng.normal(size=(n, 2))


def network(seed=0, optimizer="sgd", loss="mse", **kwargs):
    model = Sequential([Dense(5, "tanh", input_dim=4), Dense(2)], seed=seed, **kwargs)
    model.compile(optimizer, loss)
    return model


def test_the_articles_program(capsys):
    rng = np.random.default_rng(0)
    X, Y = rng.random((100, 8)), rng.random((100, 1))

    model = Sequential()
    model.add(Dense(10, input_dim=8, activation="relu"))
    model.add(Dense(1, activation="linear"))
    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(X, Y, epochs=100, batch_size=10)

    assert history.epoch == list(range(100))
    assert len(history.history["loss"]) == 100
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert "100/100" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ("linear", "mse"),
        ("linear", "half_squared_error"),
        ("linear", "huber"),
        ("sigmoid", "binary_crossentropy"),
        ("softmax", "categorical_crossentropy"),
    ],
)
def test_gradients_of_a_network_by_differences(seed, last, loss):
    rng = np.random.default_rng(seed)
    model = Sequential(
        [
            Flatten(),
            Dense(6, "relu"),
            Dropout(0.2),
            BatchNorm(),
            Residual([Dense(6, "gelu"), Dense(6, "leaky_relu")]),
            Dense(3, last),
        ],
        seed=seed,
    )
    model.build((2, 3))
    model.parameters[:] = rng.normal(0.0, 0.7, model.parameters.shape)
    model.compile("sgd", loss)
    y = np.eye(3)[rng.integers(0, 3, 7)]
    check_gradients(model, rng.normal(size=(7, 2, 3)), y).raise_if_failed()


def test_one_step_by_hand():
    model = Sequential([Dense(1, input_dim=1)])
    model.compile(SGD(0.1), "mse")
    model.set_weights([[[2.0]], [1.0]])
    # o = 3 and 7 against 0: L = (9 + 49)/2, dL/do = 3 and 7, dW = 3·1 + 7·3, db = 3 + 7
    assert model.train_on_batch([[1.0], [3.0]], [[0.0], [0.0]]) == 29.0
    np.testing.assert_allclose(model.gradients, [24.0, 10.0], rtol=1e-15)
    np.testing.assert_allclose(model.parameters, [2.0 - 2.4, 1.0 - 1.0], atol=1e-15)


def test_every_gradient_is_of_the_weights_before_the_step():
    x, y = data()
    model = network()
    for _ in range(3):
        before = network()
        before.set_weights(model.get_weights())
        model.train_on_batch(x, y)
        before.loss.forward(y, before.forward(x, training=True))
        before.backward(before.loss.backward())
        np.testing.assert_array_equal(model.gradients, before.gradients)
        np.testing.assert_array_equal(model.parameters, before.parameters - 0.01 * before.gradients)


def test_a_training_step_runs_in_training_mode():
    x, y = data()
    model = Sequential([BatchNorm(), Dropout(0.5), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    norm, dropout, _ = model.layers
    np.testing.assert_allclose(norm.moving_mean, 0.01 * x.mean(axis=0), rtol=1e-12)
    assert np.any(dropout.y == 0.0)


def test_an_epochs_loss_is_the_mean_over_samples_in_a_ragged_epoch():
    x, y = data(7)
    model, losses = network(), []

    class Batches(Callback):
        def on_train_batch_end(self, batch, logs):
            losses.append(logs["loss"])

    history = model.fit(x, y, batch_size=3, verbose=0, callbacks=[Batches()])
    assert len(losses) == 3
    expected = (3 * losses[0] + 3 * losses[1] + 1 * losses[2]) / 7
    assert history.history["loss"] == pytest.approx([expected], rel=1e-14, abs=0)
    unwatched = network().fit(x, y, batch_size=3, verbose=0)
    assert unwatched.history["loss"] == pytest.approx([expected], rel=1e-14, abs=0)


def test_fit_without_shuffling_is_train_on_batch_in_order():
    x, y = data(7)
    fitted, stepped = network(optimizer=Adam()), network(optimizer=Adam())
    fitted.fit(x, y, batch_size=3, epochs=4, shuffle=False, verbose=0)
    for _ in range(4):
        for i in (0, 3, 6):
            stepped.train_on_batch(x[i : i + 3], y[i : i + 3])
    np.testing.assert_array_equal(fitted.parameters, stepped.parameters)


def test_shuffling_visits_each_sample_once_an_epoch_and_pairs_stay_pairs():
    x = np.arange(10.0)[:, None]
    model = Sequential([Dense(1, input_dim=1)], seed=0)
    model.compile(SGD(1e-12), "mse")
    seen, forward = [], model.loss.forward
    model.loss.forward = lambda y, o: seen.append(y.copy()) or forward(y, o)
    inputs, layer_forward = [], model.layers[0].forward
    model.layers[0].forward = lambda x, t: inputs.append(x.copy()) or layer_forward(x, t)
    model.fit(x, 2 * x, batch_size=4, epochs=2, verbose=0)
    epochs = np.concatenate(seen).reshape(2, 10)
    np.testing.assert_array_equal(np.sort(epochs), np.tile(2 * np.arange(10.0), (2, 1)))
    assert not np.array_equal(epochs[0], epochs[1])
    np.testing.assert_array_equal(2 * np.concatenate(inputs), np.concatenate(seen))


def test_a_seed_repeats_the_whole_training():
    x, y = data()
    results = []
    for seed in (0, 0, 1):
        model = Sequential([Dense(5, "relu", input_dim=4), Dropout(0.5), Dense(2)], seed=seed)
        model.compile("adam", "mse")
        model.fit(x, y, epochs=3, verbose=0)
        results.append(model.parameters.copy())
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_fit_goes_on_where_it_stopped():
    x, y = data()
    once, twice = network(optimizer=Adam()), network(optimizer=Adam())
    once.fit(x, y, epochs=6, shuffle=False, verbose=0)
    twice.fit(x, y, epochs=2, shuffle=False, verbose=0)
    history = twice.fit(x, y, epochs=4, shuffle=False, verbose=0)
    np.testing.assert_array_equal(once.parameters, twice.parameters)
    assert history.epoch == [0, 1, 2, 3]


def test_inputs_are_never_changed():
    x, y = data()
    copies = x.copy(), y.copy()
    model = network()
    model.fit(x, y, epochs=2, verbose=0, validation_split=0.2)
    model.evaluate(x, y), model.predict(x)
    np.testing.assert_array_equal((x, y)[0], copies[0])
    np.testing.assert_array_equal(y, copies[1])


def test_validation_split_takes_the_last_samples_and_does_not_train_on_them():
    x, y = data(10)
    held, alone = network(), network()
    y_strange = y.copy()
    y_strange[8:] += 100.0
    history = held.fit(x, y_strange, epochs=3, shuffle=False, verbose=0, validation_split=0.2)
    alone.fit(x[:8], y[:8], epochs=3, shuffle=False, verbose=0)
    np.testing.assert_array_equal(held.parameters, alone.parameters)
    assert history.history["val_loss"][-1] == held.evaluate(x[8:], y_strange[8:])
    assert history.history["val_loss"][-1] > 1000


def test_validation_data_is_evaluated_outside_training():
    x, y = data(12)
    model = Sequential([Dense(4, input_dim=4), BatchNorm(), Dropout(0.5), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    history = model.fit(x, y, verbose=0, validation_data=(x, y))
    assert history.history["val_loss"] == [model.evaluate(x, y)]


def test_accuracy_and_a_metric_of_ones_own():
    def largest(y_true, y_pred):
        return y_pred.max()

    model = Sequential([Dense(2, input_dim=2, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=["accuracy", largest])
    model.set_weights([np.eye(2), np.zeros(2)])
    x = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 2.0], [0.0, 1.0]])
    y = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    loss, accuracy, value = model.evaluate(x, y)
    assert accuracy == 0.75 and value == 3.0 and loss == (9 + 1) / 8
    history = model.fit(x, y, verbose=0, validation_data=(x, y))
    assert set(history.history) == {
        "loss", "accuracy", "largest", "val_loss", "val_accuracy", "val_largest",
    }  # fmt: skip


def test_binary_accuracy_is_at_one_half():
    model = Sequential([Dense(1, input_dim=1)])
    model.compile("sgd", "mse", metrics=["accuracy"])
    model.set_weights([[[1.0]], [0.0]])
    assert model.evaluate([[0.4], [0.6], [0.9]], [[0.0], [0.0], [1.0]])[1] == pytest.approx(2 / 3)


def test_targets_of_one_output_may_be_a_vector():
    x, y = data()
    one, two = (Sequential([Dense(1, input_dim=4)], seed=0) for _ in range(2))
    for model, targets in ((one, y[:, 0]), (two, y[:, :1])):
        model.compile("sgd", "mse")
        model.fit(x, targets, epochs=2, verbose=0)
    np.testing.assert_array_equal(one.parameters, two.parameters)


def test_predict_returns_a_fresh_array_for_any_batch_size():
    x, _ = data(7)
    model = network()
    first = model.predict(x)
    kept = first.copy()
    second = model.predict(x + 1.0, batch_size=3)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_allclose(model.predict(x, batch_size=2), first, rtol=1e-13)
    assert not np.shares_memory(first, second)


def test_predict_is_outside_training():
    x, _ = data()
    model = Sequential([BatchNorm(), Dropout(0.5)], seed=0)
    # A fresh BatchNorm's averages are 0 and 1: outside training it only divides by √(1 + ε).
    np.testing.assert_allclose(model.predict(x), x / np.sqrt(1.001), rtol=1e-14)
    np.testing.assert_array_equal(model.layers[0].moving_mean, 0.0)


def test_evaluate_does_not_depend_on_the_batch_size():
    x, y = data(7)
    model = network()
    model.compile("sgd", "mse", metrics=["accuracy"])
    np.testing.assert_allclose(
        model.evaluate(x, y, batch_size=2), model.evaluate(x, y, batch_size=7), rtol=1e-13
    )


def test_weights_go_out_and_in_as_copies():
    model = Sequential([Dense(3, "relu", input_dim=4), BatchNorm(), Dense(2)], seed=0)
    weights = model.get_weights()
    assert [w.shape for w in weights] == [(4, 3), (3,), (3,), (3,), (3,), (3,), (3, 2), (2,)]
    other = Sequential([Dense(3, "relu", input_dim=4), BatchNorm(), Dense(2)], seed=1)
    other.set_weights(weights)
    x, _ = data()
    np.testing.assert_array_equal(model.predict(x), other.predict(x))
    weights[0][:] = 0.0
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


def test_the_input_shape_may_come_with_the_data():
    x, y = data()
    model = Sequential([Dense(3, "relu"), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2


def test_float32_trains_near_float64():
    x, y = data()
    results = {}
    for dtype in ("float32", "float64"):
        model = network(dtype=dtype)
        model.fit(x, y, epochs=20, verbose=0)
        assert model.parameters.dtype == model.predict(x).dtype == dtype
        results[dtype] = model.parameters
    np.testing.assert_allclose(results["float32"], results["float64"], rtol=1e-4, atol=1e-5)


def test_early_stopping_stops_and_restores():
    x, y = data()
    model = network(optimizer=SGD(0.1))
    losses = [5.0, 3.0, 2.0, 4.0, 4.0, 1.0]
    weights = []

    class Scripted(Callback):
        def on_epoch_end(self, epoch, logs):
            logs["val_loss"] = losses[epoch]
            weights.append(self.model.get_weights())

    stop = EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(x, y, epochs=6, verbose=0, callbacks=[Scripted(), stop])
    assert history.epoch == [0, 1, 2, 3, 4]
    assert (stop.best, stop.best_epoch, stop.stopped_epoch) == (2.0, 2, 4)
    for now, best in zip(model.get_weights(), weights[2], strict=True):
        np.testing.assert_array_equal(now, best)


def test_early_stopping_waits_anew_after_each_gain():
    stop = EarlyStopping(patience=2)
    stop.model = network()
    stop.on_train_begin()
    for epoch, value in enumerate([5.0, 6.0, 4.0, 6.0, 3.0]):
        stop.on_epoch_end(epoch, {"val_loss": value})
        assert not stop.model.stop_training
    for epoch in (5, 6):
        stop.on_epoch_end(epoch, {"val_loss": 6.0})
    assert stop.model.stop_training and stop.best_epoch == 4


def test_early_stopping_counts_small_gains_as_none_and_wants_more_accuracy():
    for monitor, values, epochs in (
        ("val_loss", [5.0, 4.95, 4.9, 4.85], 3),
        ("val_accuracy", [0.5, 0.7, 0.9, 0.9], 4),
    ):
        stop = EarlyStopping(monitor, min_delta=0.1, patience=2 if monitor == "val_loss" else 1)
        stop.model = network()
        stop.on_train_begin()
        for epoch, value in enumerate(values):
            stop.on_epoch_end(epoch, {monitor: value})
            if stop.model.stop_training:
                break
        assert epoch + 1 == epochs
        assert stop.model.stop_training


def test_callbacks_are_called_in_order():
    x, y = data(6)
    calls = []

    class Log(Callback):
        def on_train_begin(self, logs=None):
            calls.append("begin")

        def on_train_batch_end(self, batch, logs):
            calls.append(batch)

        def on_epoch_end(self, epoch, logs):
            calls.append(f"epoch {epoch}")

        def on_train_end(self, logs=None):
            calls.append("end")

    network().fit(x, y, batch_size=3, epochs=2, verbose=0, callbacks=[Log()])
    assert calls == ["begin", 0, 1, "epoch 0", 0, 1, "epoch 1", "end"]


def test_verbose_2_prints_a_line_an_epoch(capsys):
    x, y = data()
    network().fit(x, y, epochs=2, verbose=2, validation_split=0.5)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Epoch 2/2 - loss: ") and " - val_loss: " in lines[1]


def test_verbose_0_is_silent(capsys):
    x, y = data()
    network().fit(x, y, verbose=0)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_diverging_training_says_so():
    x, y = data()
    model = network(optimizer=SGD(1e6))
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match="diverged; try a smaller learning rate"),
    ):
        model.fit(x, y, epochs=1000, verbose=0)
    assert not math.isfinite(model.history.history["loss"][-1])


def test_the_first_layers_dx_is_there_when_asked_for():
    x, _ = data()
    model = network()
    y = model.forward(x)
    assert model.backward(np.ones_like(y)).shape == x.shape
    assert model.backward(np.ones_like(y), need_dx=False) is None


def test_summary_counts(capsys):
    network().summary()
    out = capsys.readouterr().out
    assert "(N, 5)" in out and "25" in out and "12" in out
    assert out.splitlines()[-1].split() == ["total", "37"]
