"""Callbacks: what ``fit``, ``evaluate`` and ``predict`` call as they go, with Keras's names."""

import math

from .checks import check_count, check_flag, check_rate
from .metrics import direction

__all__ = [
    "Callback",
    "Callbacks",
    "EarlyStopping",
    "History",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
]


class Callback:
    """Base class: override what you need. ``self.model`` is the network being trained.

    ``logs`` holds losses and metrics by name; it is empty where there are none yet. To stop the
    training, set ``self.model.stop_training = True``; it stops after the epoch.
    """

    model = None

    def set_model(self, model) -> None:
        """Take the network; ``fit`` calls this first."""
        self.model = model

    def set_params(self, params: dict) -> None:
        """Take ``fit``'s settings: epochs, steps and verbose."""
        self.params = params

    def on_train_begin(self, logs=None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs=None) -> None:
        """Called once, after the last epoch; also after an error or an interrupt."""

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        """Called before epoch number ``epoch``, from 0."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Called after epoch number ``epoch``, with its losses and metrics."""

    def on_train_batch_begin(self, batch: int, logs=None) -> None:
        """Called before each step."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Called after each step, with ``{"loss": ...}`` of that batch."""

    def on_test_begin(self, logs=None) -> None:
        """Called before ``evaluate``, and before each epoch's validation."""

    def on_test_end(self, logs: dict[str, float]) -> None:
        """Called after it, with the losses and metrics."""

    def on_test_batch_begin(self, batch: int, logs=None) -> None:
        """Called before each of its batches."""

    def on_test_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Called after each of its batches, with ``{"loss": ...}`` of that batch."""

    def on_predict_begin(self, logs=None) -> None:
        """Called before ``predict``."""

    def on_predict_end(self, logs=None) -> None:
        """Called after it."""

    def on_predict_batch_begin(self, batch: int, logs=None) -> None:
        """Called before each of its batches."""

    def on_predict_batch_end(self, batch: int, logs: dict) -> None:
        """Called after each of its batches, with ``{"outputs": ...}``."""


class Callbacks:
    """Several callbacks as one: ``call(hook, ...)`` calls that hook on those that override it.

    ``caller`` passes on what it was given, a list or None; ``first`` are callbacks of its own.
    """

    def __init__(self, caller: str, callbacks, model, params: dict, *first: Callback):
        if callbacks is not None and not isinstance(callbacks, list | tuple):
            raise TypeError(f"{caller}: callbacks: expected a list of callbacks, got {callbacks!r}")
        callbacks = [*first, *(callbacks or ())]
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"expected callbacks to be Callback objects, got {callback!r}")
        for callback in callbacks:
            callback.set_params(params)
            callback.set_model(model)
        #: The methods that override a hook, by its name.
        self.hooks = {
            hook: [
                getattr(callback, hook)
                for callback in callbacks
                if getattr(getattr(callback, hook), "__func__", None) is not default
            ]
            for hook, default in vars(Callback).items()
            if hook.startswith("on_")
        }

    def call(self, hook: str, *arguments) -> None:
        """Call the hook of each callback that overrides it."""
        for one in self.hooks[hook]:
            one(*arguments)


class History(Callback):
    """What ``fit`` returns: ``epoch``, a list of numbers, and ``history``, a dict of lists."""

    def __init__(self):
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class _Monitor(Callback):
    """What the callbacks below share: a number in the logs, and when it is better than another."""

    def __init__(self, monitor, mode, min_delta, verbose):
        name = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(f"{name}: expected monitor to be a name, got {monitor!r}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{name}: expected mode 'auto', 'min' or 'max', got {mode!r}")
        mode = direction(monitor) if mode == "auto" else mode
        if mode is None:
            raise ValueError(
                f"{name}: whether a larger {monitor!r} is better is not known; say mode='max' if "
                f"it is, and mode='min' if not"
            )
        self.monitor, self.mode = monitor, mode
        self.min_delta = check_rate(min_delta, f"{name}: min_delta")
        if verbose not in (0, 1):
            raise ValueError(f"{name}: expected verbose 0 or 1, got {verbose!r}")
        self.verbose = verbose

    def on_train_begin(self, logs=None):
        self.best, self.best_epoch, self.wait = math.inf if self.mode == "min" else -math.inf, 0, 0

    def _improved(self, epoch, logs):
        """Whether the monitored number is better than the best by more than min_delta."""
        if self.monitor not in logs:
            raise ValueError(
                f"{type(self).__name__}: expected monitor to be one of {sorted(logs)}, "
                f"got {self.monitor!r}"
            )
        value = logs[self.monitor]
        gain = self.best - value if self.mode == "min" else value - self.best
        if not gain > self.min_delta:
            self.wait += 1
            return False
        self.best, self.best_epoch, self.wait = value, epoch, 0
        return True

    def _say(self, text):
        if self.verbose:
            print(text)


class EarlyStopping(_Monitor):
    """Stop when a monitored number has not become better for a while.

    Parameters
    ----------
    monitor : str
        Name in the logs, such as "val_loss".
    min_delta : float
        What counts as better: a change of more than this.
    patience : int
        Number of epochs without a better value before the training stops.
    verbose : {0, 1}
    mode : {"auto", "min", "max"}
        Whether smaller or larger is better; "auto" knows it for losses, errors and accuracies.
    restore_best_weights : bool
        Whether to go back to the weights of the best epoch, however the training ends.

    Attributes
    ----------
    best, best_epoch : float, int
        The best value, and its epoch.
    stopped_epoch : int
        The epoch after which it stopped the training, or 0.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        *,
        restore_best_weights: bool = False,
    ):
        super().__init__(monitor, mode, min_delta, verbose)
        self.patience = check_count(patience, "EarlyStopping: patience")
        self.restore_best_weights = check_flag(
            restore_best_weights, "EarlyStopping: restore_best_weights"
        )

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self.stopped_epoch, self._best_weights = 0, None

    def on_epoch_end(self, epoch, logs):
        if self._improved(epoch, logs):
            if self.restore_best_weights:
                self._best_weights = self.model.get_weights()
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch:
            self._say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self._best_weights is not None:
            self._say(f"Restoring the weights of the best epoch: {self.best_epoch + 1}")
            self.model.set_weights(self._best_weights)


class ReduceLROnPlateau(_Monitor):
    """Multiply the learning rate by a factor when a monitored number stands still.

    Parameters
    ----------
    monitor, mode, min_delta, verbose
        As for ``EarlyStopping``.
    factor : float
        0 < factor < 1.
    patience : int
        Number of epochs without a better value before the rate is reduced.
    cooldown : int
        Number of epochs after that which do not count.
    min_lr : float
        The rate goes no lower.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta, verbose)
        name = "ReduceLROnPlateau: "
        self.factor = check_rate(factor, name + "factor", high=1.0, positive=True)
        self.patience = check_count(patience, name + "patience")
        self.cooldown = check_count(cooldown, name + "cooldown")
        self.min_lr = check_rate(min_lr, name + "min_lr")

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self._resting = 0

    def on_epoch_end(self, epoch, logs):
        optimizer = self.model.optimizer
        rate = _plain_rate(optimizer, type(self).__name__)
        if self._resting:
            self._resting -= 1
            self.wait = 0
        better = self._improved(epoch, logs)
        if not better and not self._resting and self.wait >= self.patience and rate > self.min_lr:
            optimizer.learning_rate = max(rate * self.factor, self.min_lr)
            self._say(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}")
            self._resting, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch.

    Parameters
    ----------
    schedule : function
        ``schedule(epoch, rate) -> rate``, with the epoch from 0 and the rate as it is.
    verbose : {0, 1}
    """

    def __init__(self, schedule, verbose: int = 0):
        if not callable(schedule):
            raise TypeError(f"LearningRateScheduler: expected a function, got {schedule!r}")
        if verbose not in (0, 1):
            raise ValueError(f"LearningRateScheduler: expected verbose 0 or 1, got {verbose!r}")
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        rate = _plain_rate(optimizer, type(self).__name__)
        optimizer.learning_rate = self.schedule(epoch, rate)
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}")


class ModelCheckpoint(_Monitor):
    """Save the weights after each epoch, or after each that is better than all before.

    Parameters
    ----------
    filepath : str or path
        Ends in ".npz", see ``Sequential.save_weights``. ``{epoch}``, from 1, and names in the logs
        are filled in, as in ``"{epoch:02d}-{val_loss:.3f}.npz"``.
    monitor, mode, verbose
        As for ``EarlyStopping``; without ``save_best_only`` nothing is monitored.
    save_best_only : bool
    save_weights_only : bool
        True: a program makes the network again, and loads its weights.
    """

    def __init__(
        self,
        filepath,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = True,
        mode: str = "auto",
    ):
        if save_weights_only is not True:
            raise ValueError(
                "ModelCheckpoint: expected save_weights_only=True: nothing else can be saved"
            )
        self.save_best_only = check_flag(save_best_only, "ModelCheckpoint: save_best_only")
        super().__init__(monitor, mode if save_best_only else "min", 0.0, verbose)
        self.filepath = str(filepath)

    def on_epoch_end(self, epoch, logs):
        if self.save_best_only and not self._improved(epoch, logs):
            return
        path = self.filepath.format(epoch=epoch + 1, **logs)
        self.model.save_weights(path)
        self._say(f"Epoch {epoch + 1}: weights saved to {path}")


def _plain_rate(optimizer, name):
    """Return the optimizer's learning rate, which must be a number."""
    if callable(optimizer.learning_rate):
        raise ValueError(
            f"{name}: expected an optimizer whose learning rate is a number, got a schedule, "
            f"{optimizer.learning_rate!r}"
        )
    return optimizer.learning_rate
