"""Sequential: a chain of layers, and the five steps of training in ``fit``.

1. forward: each layer's output from the one before;
2. loss: the last output compared with the target;
3. backward: each layer's gradients from those of the layer after it;
4. update: the optimizer changes all parameters, once all gradients are known;
5. repeat: batch after batch, epoch after epoch, until done.
"""

import copy
import math

import numpy as np
from tqdm import tqdm

from . import losses, optimizers
from . import metrics as metrics_module
from .buffers import inner
from .callbacks import Callback, Callbacks, History
from .chain import Chain
from .checks import check_data, check_flag, check_positive, check_rate
from .layer import Layer, backward_through, forward_through, passes, twins
from .losses import Loss
from .regularizers import add_penalties, penalized, sum_of_penalties

__all__ = ["Sequential"]


class Sequential(Chain):
    """A chain of layers, trained by gradient descent; Keras's names and defaults.

    Parameters
    ----------
    layers : list of Layer, optional
        First to last; more can be added.
    seed : int, numpy.random.Generator, or None
        Source of the initial weights, the shuffling and the dropout; None draws a fresh one.
    dtype : {"float64", "float32"}
        Of all parameters and data.

    Attributes
    ----------
    layers : list of Layer
    parameters, gradients : array of shape (n_parameters,)
        All parameters, and the gradient of the loss, as two flat vectors.
    history : History or None
        That of the last ``fit``, even if it was interrupted.
    stop_training : bool
        A callback sets it to end the training after the present epoch.
    """

    def __init__(
        self,
        layers: list[Layer] | None = None,
        *,
        seed=None,
        dtype: str = "float64",
        name: str = "sequential",
    ):
        self.loss = self.optimizer = self.history = None
        self.stop_training = False
        super().__init__(layers, seed=seed, dtype=dtype, name=name)

    def __getstate__(self):
        # What the steps have looked up is looked up anew.
        looked_up = ("_pass", "_chain", "_loss_forward", "_loss_backward", "_penalized")
        return {name: value for name, value in vars(self).items() if name not in looked_up}

    def compile(self, optimizer="rmsprop", loss=None, *, metrics=None) -> None:
        """Choose how the network is trained.

        Parameters
        ----------
        optimizer : str or Optimizer
        loss : str or Loss
        metrics : list of names or functions ``(y_true, y_pred) -> float``, optional
            Averages over the samples, reported beside the loss: "accuracy" (or "acc"),
            "mean_absolute_error" ("mae"), "mean_squared_error" ("mse").

        Raises
        ------
        ValueError, TypeError
            If a name is unknown, an object is of the wrong type, or the loss is missing.
        """
        if loss is None:
            raise ValueError(f"compile: expected a loss, one of {', '.join(losses.LOSSES)}")
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        metrics = metrics_module.get_all([] if metrics is None else metrics)
        if self._parameters is not None:
            optimizer.prepare(self.layers)  # it may refuse them
        self.metrics, self.optimizer, self.loss = metrics, optimizer, loss
        if self._parameters is not None:
            self._start_steps()  # a fit may be under way, if a callback calls this

    # -- the five steps -----------------------------------------------------------------------

    def _start_steps(self):
        """Look up once what each step calls."""
        self._chain = passes(self.layers)
        self._loss_forward = _with_weights(inner(self.loss, "forward", Loss))
        self._loss_backward = inner(self.loss, "backward", Loss)
        self._penalized = penalized(self.layers)

    def _train_step(self, x, y, weights=None):
        self._pass = None  # what a forward before it has kept is overwritten
        o = forward_through(self._chain, x, True)  #                    1. forward
        loss = self._loss_forward(y, o, weights)  #                     2. loss
        backward_through(self._chain, self._loss_backward(), False)  #  3. backward
        if self._penalized:
            loss += add_penalties(self._penalized)
        self.optimizer.step(self._parameters, self._gradients)  #       4. update
        return loss, o

    def train_on_batch(self, x, y, sample_weight=None, class_weight=None) -> float:
        """Do steps 1 to 4 once, on one batch, and return its loss before the update.

        Raises
        ------
        As ``fit`` does.
        """
        self._require_compile("train_on_batch")
        data = self._check_data("train_on_batch", x, y, sample_weight)
        data = _with_class_weight(class_weight, data, "train_on_batch")
        self.optimizer.prepare(self.layers)
        self._start_steps()
        return self._train_step(*data)[0]

    def fit(
        self,
        x,
        y,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: list[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple | None = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight=None,
    ) -> History:
        """Train on x and y: step 5 of the algorithm, the repetition.

        Parameters
        ----------
        x : array of shape (N, *input_shape)
        y : array of shape (N, *output_shape)
            For a sparse loss, class numbers of shape (N,) or (N, 1).
        batch_size : int
            Samples a step, 32 by default; the last batch of an epoch may be smaller.
        epochs : int
            How often to go through the data.
        verbose : {"auto", 0, 1, 2}
            0 is silent, 1 (and "auto") a progress bar, 2 a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float
            This fraction of the samples, the last ones, is not trained on; its loss and metrics
            are reported after each epoch as ``val_...``.
        validation_data : (x, y) or (x, y, sample_weight), optional
            Data for the same purpose.
        shuffle : bool
            Whether each epoch has a new random order of the samples.
        class_weight : dict, optional
            The weight of each class by its number, 1 for a class that is not in it; of training
            samples alone, as in Keras.
        sample_weight : array of shape (N,), optional
            The weight of each sample: its part of the loss is multiplied by it.

        Returns
        -------
        History
            ``history["loss"]`` is the mean over an epoch's samples, each at its own step, with the
            penalties of the layers' regularizers.

        Raises
        ------
        RuntimeError
            If the network was not compiled.
        TypeError, ValueError
            If the data or settings are not as said above; no weight is changed then.
        FloatingPointError
            If the loss is no longer finite: the training has diverged.
        """
        self._require_compile("fit")
        data = self._check_data("fit", x, y, sample_weight)
        batch_size = _check_batch_size(batch_size, "fit")
        epochs = check_positive(epochs, "fit: epochs")
        verbose = _check_verbose(verbose, "fit")
        shuffle = check_flag(shuffle, "fit: shuffle")
        data, validation_data = self._hold_out(data, validation_split, validation_data)
        data = _with_class_weight(class_weight, data, "fit")
        self.optimizer.prepare(self.layers)
        history = History()
        steps = -(-len(data[0]) // batch_size)
        params = {"epochs": epochs, "steps": steps, "verbose": verbose}
        calls = Callbacks("fit", callbacks, self, params, history)
        self.history, self.stop_training = history, False
        calls.call("on_train_begin", {})
        self._start_steps()
        batches = self._batches(data, batch_size, shuffle)
        try:
            with tqdm(total=epochs, desc="fit", unit="epoch", disable=verbose != 1) as progress:
                for epoch in range(epochs):
                    calls.call("on_epoch_begin", epoch, {})
                    logs = self._epoch(next(batches), calls)
                    if validation_data is not None:
                        test = self._test(
                            self.layers, self.loss, validation_data, batch_size, calls
                        )
                        logs |= {"val_" + name: value for name, value in test.items()}
                    calls.call("on_epoch_end", epoch, logs)
                    if verbose == 1:
                        progress.set_postfix(logs, refresh=False)
                        progress.update()
                    if verbose == 2:
                        print(f"Epoch {epoch + 1}/{epochs} - {_report(logs)}")
                    if not math.isfinite(logs["loss"]):
                        raise FloatingPointError(
                            f"fit: the loss is {logs['loss']} after epoch {epoch + 1}: the "
                            f"training has diverged; try a smaller learning rate"
                        )
                    if self.stop_training:
                        break
        finally:
            calls.call("on_train_end", {})
            self.history = history  # a fit within a callback has its own
        return history

    def _batches(self, data, batch_size, shuffle):
        """Yield, epoch by epoch, the list of batches: slices of x, y and the weights, or None."""
        epoch = [None if a is None else np.empty_like(a) for a in data] if shuffle else data
        # The slices are views, made once: they show each new order written into the arrays.
        batches = [
            tuple(_rows(array, i, batch_size) for array in epoch)
            for i in range(0, len(data[0]), batch_size)
        ]
        while True:
            if shuffle:
                order = self.rng.permutation(len(data[0]))
                for array, ordered in zip(data, epoch, strict=True):
                    # One take an epoch, not one a batch; "clip" spares take a copy of its result.
                    if array is not None:
                        np.take(array, order, axis=0, out=ordered, mode="clip")
            yield batches

    def _epoch(self, batches, calls):
        """Train on each batch once; return the mean loss and metrics over the samples."""
        begin, end = calls.hooks["on_train_batch_begin"], calls.hooks["on_train_batch_end"]
        step, sums = self._train_step, _Sums(self.metrics)
        if not (begin or end or self.metrics):
            for x, y, weights in batches:
                loss, _ = step(x, y, weights)
                sums.loss += loss * len(x)
                sums.n += len(x)
            return sums.means()
        for number, (x, y, weights) in enumerate(batches):
            for hook in begin:
                hook(number, {})
            loss, o = step(x, y, weights)
            sums.add(loss, y, o)
            for hook in end:
                hook(number, {"loss": loss})
        return sums.means()

    def _test(self, layers, loss, data, batch_size, calls):
        """Return the mean loss and metrics over the samples, without training."""
        chain, sums = passes(layers), _Sums(self.metrics)
        loss_forward = _with_weights(inner(loss, "forward", Loss))
        penalty = sum_of_penalties(penalized(layers))
        calls.call("on_test_begin", {})
        for number, i in enumerate(range(0, len(data[0]), batch_size)):
            calls.call("on_test_batch_begin", number, {})
            x, y, weights = (_rows(array, i, batch_size) for array in data)
            o = forward_through(chain, x, False)
            value = loss_forward(y, o, weights) + penalty
            sums.add(value, y, o)
            calls.call("on_test_batch_end", number, {"loss": value})
        means = sums.means()
        calls.call("on_test_end", means)
        return means

    # -- using ----------------------------------------------------------------------------------

    def evaluate(
        self,
        x,
        y,
        batch_size: int | None = None,
        verbose: int | str = 0,
        sample_weight=None,
        *,
        callbacks: list[Callback] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return the loss, or a list of the loss and the metrics if there are metrics.

        What ``forward`` has kept for ``backward`` stays as it is.

        Parameters
        ----------
        x, y, batch_size, sample_weight, callbacks
            As for ``fit``.
        verbose : {0, 1, 2, "auto"}
            0 is silent; the others print a line.
        return_dict : bool
            Whether to return the numbers by name.

        Raises
        ------
        As ``fit`` does.
        """
        self._require_compile("evaluate")
        data = self._check_data("evaluate", x, y, sample_weight)
        batch_size = _check_batch_size(batch_size, "evaluate")
        verbose = _check_verbose(verbose, "evaluate")
        calls = Callbacks("evaluate", callbacks, self, {"verbose": verbose})
        loss = copy.deepcopy(self.loss)
        means = self._test(twins(self.layers), loss, data, batch_size, calls)
        if verbose:
            print(_report(means))
        if check_flag(return_dict, "evaluate: return_dict"):
            return means
        return list(means.values()) if self.metrics else means["loss"]

    def predict(
        self,
        x,
        batch_size: int | None = None,
        verbose: int | str = 0,
        *,
        callbacks: list[Callback] | None = None,
    ) -> np.ndarray:
        """Return the outputs for x of shape (N, *input_shape), in a new array.

        What ``forward`` has kept for ``backward`` stays as it is; several threads may predict.

        Parameters
        ----------
        x, batch_size, callbacks
            As for ``fit``.
        verbose : {0, 1, 2, "auto"}
            0 is silent; the others show a progress bar.

        Raises
        ------
        TypeError, ValueError
            If x does not hold finite numbers, or has another shape.
        """
        x = self._check_x(x, "predict: x")
        batch_size = _check_batch_size(batch_size, "predict")
        verbose = _check_verbose(verbose, "predict")
        calls = Callbacks("predict", callbacks, self, {"verbose": verbose})
        chain = passes(twins(self.layers))
        y = np.empty((len(x), *self.output_shape), self.dtype)
        calls.call("on_predict_begin", {})
        for number, i in enumerate(
            tqdm(range(0, len(x), batch_size), desc="predict", unit="batch", disable=not verbose)
        ):
            calls.call("on_predict_batch_begin", number, {})
            o = y[i : i + batch_size]
            o[...] = forward_through(chain, x[i : i + batch_size], False)
            calls.call("on_predict_batch_end", number, {"outputs": o.copy()})
        calls.call("on_predict_end", {})
        return y

    @property
    def metrics_names(self) -> list[str]:
        """What ``evaluate`` returns, in order: "loss", then the metrics."""
        self._require_compile("metrics_names")
        return ["loss", *self.metrics]

    # -- checks ---------------------------------------------------------------------------------

    def _require_compile(self, caller):
        if self.loss is None:
            raise RuntimeError(f"{caller}: call compile(optimizer=..., loss=...) first")

    def _check_data(self, caller, x, y, sample_weight=None):
        """Return x and y as the layers and the loss take them, and the samples' weights or None."""
        x = self._check_x(x, f"{caller}: x")
        y = check_data(y, f"{caller}: y", self.dtype)
        # Targets of one output may come as a plain vector, as in the article's program.
        if self.output_shape == (1,) and y.shape == (len(x),):
            y = y[:, None]
        shape = (len(x), *self.output_shape)
        y = self.loss.check_targets(y, shape, self.dtype, f"{caller}: y")
        if sample_weight is not None:
            sample_weight = losses.check_weights(sample_weight, len(x), self.dtype, caller)
        return x, y, sample_weight

    def _hold_out(self, data, validation_split, validation_data):
        """Return the training data, and the validation data or None."""
        check_rate(validation_split, "fit: validation_split", high=1.0)
        if validation_data is not None:
            if validation_split:
                raise ValueError("fit: expected validation_split or validation_data, got both")
            if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
                raise TypeError(
                    f"fit: expected validation_data to be (x, y) or (x, y, sample_weight), "
                    f"got {validation_data!r}"
                )
            return data, self._check_data("fit: validation_data", *validation_data)
        if not validation_split:
            return data, None
        samples = len(data[0])
        n = int(samples * (1.0 - validation_split))
        if not 0 < n < samples:
            raise ValueError(
                f"fit: expected a validation_split that leaves samples on both sides, "
                f"got {validation_split} of {samples} samples"
            )
        return [_rows(a, 0, n) for a in data], [_rows(a, n, samples) for a in data]


def _with_class_weight(class_weight, data, caller):
    """Return (x, y, weights) with each sample's weight from that of its class."""
    if class_weight is None:
        return data
    if not isinstance(class_weight, dict):
        raise TypeError(f"{caller}: expected class_weight to be a dict, got {class_weight!r}")
    x, y, sample_weight = data
    if sample_weight is not None:
        raise ValueError(f"{caller}: expected class_weight or sample_weight, got both")
    if y.ndim != 2:
        raise ValueError(f"{caller}: class_weight needs targets of shape (N, K), got {y.shape}")
    for number, weight in class_weight.items():
        check_rate(weight, f"{caller}: class_weight of {number!r}")
    classes = y.argmax(axis=1) if y.shape[1] > 1 else np.rint(y[:, 0])
    return x, y, np.array([class_weight.get(int(n), 1.0) for n in classes], y.dtype)


def _rows(array, start, count):
    """Return a slice of the samples, a view; None of None."""
    return None if array is None else array[start : start + count]


def _with_weights(forward):
    """Return a loss's forward as a function (y, o, weights or None).

    A public one that somebody has replaced may know nothing of weights, and is given none.
    """
    if forward.__name__ == "_forward":
        return forward
    return lambda y, o, weights: forward(y, o, *(() if weights is None else (weights,)))


class _Sums:
    """The loss and the metrics, added up over batches of different sizes."""

    def __init__(self, metrics):
        self.metrics, self.values = metrics, dict.fromkeys(metrics, 0.0)
        self.loss, self.n = 0.0, 0

    def add(self, loss, y, o):
        n = len(o)
        self.n += n
        self.loss += loss * n
        for name, f in self.metrics.items():
            # Copies: a reader's function may keep what it gets.
            self.values[name] += float(f(y.copy(), o.copy())) * n

    def means(self):
        return {"loss": self.loss / self.n} | {k: v / self.n for k, v in self.values.items()}


def _report(logs):
    return " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())


def _check_batch_size(batch_size, caller):
    """Return the batch size; None is Keras's default."""
    return 32 if batch_size is None else check_positive(batch_size, f"{caller}: batch_size")


def _check_verbose(verbose, caller):
    """Return 0, 1 or 2."""
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"{caller}: expected verbose 'auto', 0, 1 or 2, got {verbose!r}")
    return 1 if verbose == "auto" else int(verbose)
