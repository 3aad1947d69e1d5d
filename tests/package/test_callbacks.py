"""Callbacks that watch a number: scripted histories, edges, defaults, a second training."""

import numpy as np
import pytest
from test_layers import kinds

from backprop import (
    SGD,
    EarlyStopping,
    LearningRateScheduler,
    ReduceLROnPlateau,
    callbacks,
    metrics,
    schedules,
)


class Model:
    """Stands for a network: its weights are the number of the epoch."""

    def __init__(self):
        self.weights, self.stop_training, self.optimizer = -1, False, SGD(0.1)

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def play(callback, values, name="val_loss"):
    """Let a callback see a history; return the model, and the epochs that were run."""
    model = Model()
    callback.set_model(model)
    callback.on_train_begin({})
    epoch = -1
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    callback.on_train_end({})
    return model, epoch + 1


@pytest.mark.parametrize(
    ("settings", "values", "epochs", "best"),
    [
        ({}, [3, 2, 2, 1], 3, 1),  # an equal value is no better one
        ({"patience": 1}, [3, 3, 2], 2, 0),  # as in Keras, 0 and 1 are the same
        ({"patience": 2}, [3, 3, 2, 2, 2, 1], 5, 2),
        ({"patience": 3}, [3, 3, 2, 2, 2, 1], 6, 5),
        ({"min_delta": 1.0, "patience": 2}, [3.0, 2.5, 2.0, 1.0], 3, 0),  # exactly 1 is not more
        ({"mode": "max", "patience": 2}, [1, 2, 1, 3, 2, 2], 6, 3),
        ({}, [np.nan, 1.0, 2.0], 3, 1),
    ],
)
def test_early_stopping_by_hand(settings, values, epochs, best):
    stopping = EarlyStopping(**settings, restore_best_weights=True)
    model, run = play(stopping, values)
    assert run == epochs
    assert stopping.best_epoch == best == model.weights
    assert stopping.best == values[best]
    assert stopping.stopped_epoch == (epochs - 1 if model.stop_training else 0)


def test_early_stopping_defaults():
    stopping = EarlyStopping()
    model, run = play(stopping, [2, 1, 1])
    assert (stopping.monitor, stopping.patience, stopping.min_delta) == ("val_loss", 0, 0.0)
    assert run == 3 and model.weights == 2, "the last weights stay"


def test_a_second_training_starts_anew():
    stopping = EarlyStopping(patience=1, restore_best_weights=True)
    play(stopping, [1.0, 0.5, 0.6, 0.7])
    model, run = play(stopping, [3.0, 2.0, 4.0])
    assert (run, stopping.best, model.weights, stopping.stopped_epoch) == (3, 2.0, 1, 2)
    model, run = play(stopping, [3.0, 2.0, 1.0])
    assert (run, stopping.best, model.weights, stopping.stopped_epoch) == (3, 1.0, 2, 0)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("loss", "min"), ("val_loss", "min"), ("mae", "min"), ("val_mean_squared_error", "min"),
        ("accuracy", "max"), ("val_acc", "max"), ("r2", None), ("auc", None), ("f1_loss", None),
    ],
)  # fmt: skip
def test_which_way_is_better_is_known_or_asked_for(name, mode):
    assert metrics.direction(name) == mode
    for callback in (EarlyStopping, ReduceLROnPlateau):
        if mode is None:
            with pytest.raises(ValueError, match=f"whether a larger '{name}' is better is not"):
                callback(name)
        else:
            assert callback(name).mode == mode
        assert callback(name, mode="max").mode == "max"


def test_the_rate_is_reduced_after_a_plateau():
    def rates(values, **settings):
        callback, found = ReduceLROnPlateau(**settings), []
        model = Model()
        callback.set_model(model)
        callback.on_train_begin({})
        for epoch, value in enumerate(values):
            callback.on_epoch_end(epoch, {"val_loss": value})
            found.append(round(model.optimizer.learning_rate, 12))
        return found

    flat = [1.0] * 7
    assert rates(flat, patience=2, factor=0.5) == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125]
    assert rates(flat, patience=2, factor=0.5, min_lr=0.04)[-1] == 0.04
    assert rates(flat, patience=1, factor=0.5, cooldown=2) == [
        0.1, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125,
    ]  # fmt: skip
    assert rates(flat, patience=2, factor=0.5, cooldown=1) == [
        0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125,
    ]  # fmt: skip
    assert rates([1.0, 0.99995, 0.9999], patience=1, factor=0.5)[-1] == 0.025, "min_delta is 1e-4"
    assert rates([1.0, 0.9, 0.8], patience=1, factor=0.5)[-1] == 0.1
    assert rates(flat)[-1] == 0.1, "patience is 10"
    assert rates([1.0] * 12)[-1] == 0.01


def test_a_schedule_cannot_be_reduced_or_scheduled():
    for callback in (ReduceLROnPlateau(), LearningRateScheduler(lambda epoch, rate: rate)):
        model = Model()
        model.optimizer.learning_rate = schedules.CosineDecay(0.1, 10)
        callback.set_model(model)
        callback.on_train_begin({})
        with pytest.raises(ValueError, match="an optimizer whose learning rate is a number"):
            callback.on_epoch_begin(0, {})
            callback.on_epoch_end(0, {"val_loss": 1.0})


def test_a_scheduler_is_silent_unless_asked(capsys):
    scheduler = LearningRateScheduler(lambda epoch, rate: rate / 2)
    scheduler.set_model(Model())
    scheduler.on_epoch_begin(0, {})
    assert scheduler.model.optimizer.learning_rate == 0.05 and capsys.readouterr().out == ""


def test_messages_come_only_when_asked_for(capsys):
    for verbose in (0, 1):
        play(EarlyStopping(verbose=verbose, restore_best_weights=True), [1, 2])
        play(ReduceLROnPlateau(verbose=verbose, patience=1), [1, 1])
        scheduler = LearningRateScheduler(lambda epoch, rate: rate / 2, verbose)
        scheduler.set_model(Model())
        scheduler.on_epoch_begin(0, {})
        assert capsys.readouterr().out == verbose * (
            "Epoch 2: early stopping\n"
            "Restoring the weights of the best epoch: 1\n"
            "Epoch 2: learning rate 0.01\n"
            "Epoch 1: learning rate 0.05\n"
        )


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: EarlyStopping(verbose=2), ValueError, "expected verbose 0 or 1, got 2"),
        (lambda: EarlyStopping(mode="up"), ValueError, "'auto', 'min' or 'max', got 'up'"),
        (lambda: ReduceLROnPlateau(factor=1.0), ValueError, "0 < factor < 1, got 1.0"),
        (lambda: ReduceLROnPlateau(patience=-1), ValueError, "at least 0, got -1"),
        (lambda: LearningRateScheduler(0.1), TypeError, "expected a function, got 0.1"),
    ],
)
def test_wrong_settings_are_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_every_callback_is_tested():
    """A new callback must be named here, with tests of its own, or this fails."""
    assert kinds(callbacks.Callback) == {
        "EarlyStopping", "History", "LearningRateScheduler", "ModelCheckpoint", "ReduceLROnPlateau",
    }  # fmt: skip
