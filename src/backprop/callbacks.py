"""Callbacks: what ``fit`` calls as it goes, with Keras's names."""

import math

from .checks import check_count, check_flag, check_rate

__all__ = ["Callback", "EarlyStopping", "History"]


class Callback:
    """Base class: override what you need. ``self.model`` is the network being trained.

    To stop the training, set ``self.model.stop_training = True``; it stops after the epoch.
    """

    model = None

    def set_model(self, model) -> None:
        """Take the network; ``fit`` calls this first."""
        self.model = model

    def on_train_begin(self) -> None:
        """Called once, before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Called after epoch number ``epoch``, from 0, with its losses and metrics by name."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Called after each step, with ``{"loss": ...}`` of that batch.

        ``fit`` calls it only on callbacks that override it.
        """

    def on_train_end(self) -> None:
        """Called once, after the last epoch."""


class History(Callback):
    """What ``fit`` returns: ``epoch``, a list of numbers, and ``history``, a dict of lists."""

    def __init__(self):
        self.on_train_begin()

    def on_train_begin(self):
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class EarlyStopping(Callback):
    """Stop when a monitored loss has not fallen for a while.

    Parameters
    ----------
    monitor : str
        Name in the logs, such as "val_loss". "accuracy" in the name means that more is better.
    min_delta : float
        What counts as better: a change of more than this.
    patience : int
        Number of epochs without a better value before the training stops.
    restore_best_weights : bool
        Whether to go back to the weights of the best epoch.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        restore_best_weights: bool = False,
    ):
        if not isinstance(monitor, str):
            raise TypeError(f"EarlyStopping: expected monitor to be a name, got {monitor!r}")
        self.monitor = monitor
        self.min_delta = check_rate(min_delta, "EarlyStopping: min_delta")
        self.patience = check_count(patience, "EarlyStopping: patience")
        self.restore_best_weights = check_flag(
            restore_best_weights, "EarlyStopping: restore_best_weights"
        )
        self._sign = -1.0 if "accuracy" in monitor else 1.0

    def on_train_begin(self):
        self.best, self.best_epoch, self.stopped_epoch = self._sign * math.inf, None, None
        self._best_weights, self._wait = None, 0

    def on_epoch_end(self, epoch, logs):
        if self.monitor not in logs:
            raise ValueError(
                f"EarlyStopping: expected monitor to be one of {sorted(logs)}, got {self.monitor!r}"
            )
        value = logs[self.monitor]
        if self._sign * (self.best - value) > self.min_delta:
            self.best, self.best_epoch, self._wait = value, epoch, 0
            if self.restore_best_weights:
                self._best_weights = self.model.get_weights()
            return
        self._wait += 1
        if self._wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self):
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)
