"""Sequential: a chain of layers, and the five steps of training in ``fit``.

1. forward: each layer's output from the one before;
2. loss: the last output compared with the target;
3. backward: each layer's gradients from those of the layer after it;
4. update: the optimizer changes all parameters, once all gradients are known;
5. repeat: batch after batch, epoch after epoch, until done.
"""

import math

import numpy as np
from tqdm import tqdm

from . import losses, optimizers
from . import metrics as metrics_module
from .callbacks import Callback, History
from .checks import (
    as_array,
    check_data,
    check_dtype,
    check_flag,
    check_positive,
    check_rate,
    check_seed,
    check_shape,
)
from .layers import Layer, allocate, check_layer, check_layers, leaves, link

__all__ = ["Sequential"]


class Sequential:
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

    def __init__(self, layers: list[Layer] | None = None, seed=None, dtype: str = "float64"):
        self.layers: list[Layer] = []
        self.rng = check_seed(seed)
        self.dtype = check_dtype(dtype)
        self._parameters = self._gradients = None
        self.loss = self.optimizer = self.history = None
        self.stop_training = False
        for layer in [] if layers is None else check_layers(layers, "Sequential"):
            self.add(layer)

    def __setstate__(self, state):
        # The layers' parameters were views into one vector; their copies must be that again.
        for name, value in state.items():
            setattr(self, name, value)
        if self._parameters is not None:
            link(self.layers, self._parameters, self._gradients)

    # -- building -----------------------------------------------------------------------------

    def add(self, layer: Layer) -> None:
        """Append a layer.

        Raises
        ------
        TypeError
            If it is not a layer.
        ValueError
            If it is in the network already, and would be trained twice.
        RuntimeError
            If the network is built already.
        """
        check_layer(layer)
        if self._parameters is not None:
            raise RuntimeError("add: the network is built already; add all layers before using it")
        if any(layer is other for other in self.layers):
            raise ValueError(f"add: {layer.name} is in the network already; make a new layer")
        self.layers.append(layer)

    def build(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Fix all shapes and draw the initial weights; happens by itself on first use.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample; by default from the first layer's ``input_dim``.

        Raises
        ------
        RuntimeError
            If there is no layer, the input's shape is not known, or the network is built already.
        ValueError
            If a layer cannot take the output of the one before, or is built already, alone or in
            another network, and would lose its weights.
        """
        if self._parameters is not None:
            raise RuntimeError("build: the network is built already; its weights would be lost")
        if not self.layers:
            raise RuntimeError("build: the network has no layers; add one")
        for layer in leaves(self.layers):
            if layer.parameters is not None:
                raise ValueError(
                    f"build: expected new layers, got {layer.name}, which is built already, alone "
                    f"or in another network"
                )
        if input_shape is None:
            input_dim = getattr(self.layers[0], "input_dim", None)
            if input_dim is None:
                raise RuntimeError(
                    f"build: the shape of the input is not known; give the first layer, "
                    f"{self.layers[0].name}, an input_dim, or call build((n_inputs,))"
                )
            input_shape = (input_dim,)
        shape = self.input_shape = check_shape(input_shape, "build")
        for number, layer in enumerate(self.layers, start=1):
            try:
                shape = layer.connect(shape)
            except ValueError as error:
                raise ValueError(f"layer {number}: {error}") from None
        self.output_shape = shape
        self._parameters, self._gradients = allocate(self.layers, self.rng, self.dtype)

    @property
    def parameters(self) -> np.ndarray:
        """All parameters as one flat vector; a view, not a copy."""
        self._require_build()
        return self._parameters

    @property
    def gradients(self) -> np.ndarray:
        """∂L/∂parameters of the last backward, as one flat vector; a view, not a copy."""
        self._require_build()
        return self._gradients

    def _require_build(self, input_shape=None):
        if self._parameters is None:
            self.build(input_shape)

    def compile(self, optimizer="rmsprop", loss=None, metrics=None) -> None:
        """Choose how the network is trained.

        Parameters
        ----------
        optimizer : str or Optimizer
        loss : str or Loss
        metrics : list of "accuracy" or functions ``(y_true, y_pred) -> float``, optional
            Averages over the samples, reported beside the loss.

        Raises
        ------
        ValueError, TypeError
            If a name is unknown, an object is of the wrong type, or the loss is missing.
        """
        if loss is None:
            raise ValueError(f"compile: expected a loss, one of {', '.join(losses.LOSSES)}")
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        self.metrics = metrics_module.get_all([] if metrics is None else metrics)
        self.optimizer, self.loss = optimizer, loss

    # -- the five steps -----------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the last layer's output for x of shape (N, *input_shape); see Layer.forward."""
        if self._parameters is None:
            self.build(as_array(x, "forward").shape[1:] or None)
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Return ∂L/∂x and write all gradients, given dy = ∂L/∂y; see Layer.backward."""
        if not self.layers:
            raise RuntimeError("backward: the network has no layers; add one")
        first = self.layers[0]
        for layer in reversed(self.layers):
            dy = layer.backward(dy, need_dx or layer is not first)
        return dy

    def _train_step(self, x, y):
        o = self.forward(x, training=True)  #                           1. forward
        loss = self.loss.forward(y, o)  #                               2. loss
        self.backward(self.loss.backward(), need_dx=False)  #           3. backward
        self.optimizer.step(self._parameters, self._gradients)  #       4. update
        return loss, o

    def train_on_batch(self, x, y) -> float:
        """Do steps 1 to 4 once, on one batch, and return its loss before the update.

        Raises
        ------
        As ``fit`` does.
        """
        self._require_compile("train_on_batch")
        x, y = self._check_xy(x, y, "train_on_batch")
        loss, _ = self._train_step(x, y)
        return loss

    def fit(
        self,
        x,
        y,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: list[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple | None = None,
        shuffle: bool = True,
    ) -> History:
        """Train on x and y: step 5 of the algorithm, the repetition.

        Parameters
        ----------
        x : array of shape (N, *input_shape)
        y : array of shape (N, *output_shape)
        batch_size : int
            Samples a step; the last batch of an epoch may be smaller.
        epochs : int
            How often to go through the data.
        verbose : {0, 1, 2}
            0 is silent, 1 a progress bar, 2 a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float
            This fraction of the samples, the last ones, is not trained on; its loss and metrics
            are reported after each epoch as ``val_...``.
        validation_data : (x, y), optional
            Data for the same purpose.
        shuffle : bool
            Whether each epoch has a new random order of the samples.

        Returns
        -------
        History
            ``history["loss"]`` is the mean over an epoch's samples, each at its own step.

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
        x, y = self._check_xy(x, y, "fit")
        batch_size = check_positive(batch_size, "fit: batch_size")
        epochs = check_positive(epochs, "fit: epochs")
        if verbose not in (0, 1, 2):
            raise ValueError(f"fit: expected verbose 0, 1 or 2, got {verbose!r}")
        shuffle = check_flag(shuffle, "fit: shuffle")
        callbacks = [] if callbacks is None else callbacks
        if not isinstance(callbacks, list | tuple):
            raise TypeError(f"fit: expected a list of callbacks, got {callbacks!r}")
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"fit: expected callbacks to be Callback objects, got {callback!r}")
        x, y, validation_data = self._hold_out(x, y, validation_split, validation_data)

        self.history = History()
        callbacks = [self.history, *callbacks]
        for callback in callbacks:
            callback.set_model(self)
        self.stop_training = False
        for callback in callbacks:
            callback.on_train_begin()
        with tqdm(total=epochs, desc="fit", unit="epoch", disable=verbose != 1) as progress:
            for epoch, sums in enumerate(
                self._epochs(x, y, batch_size, epochs, shuffle, callbacks)
            ):
                logs = self._named(sums, len(x))
                if validation_data is not None:
                    sums = self._totals(*validation_data, batch_size)
                    logs |= self._named(sums, len(validation_data[0]), "val_")
                for callback in callbacks:
                    callback.on_epoch_end(epoch, logs)
                if verbose == 1:
                    progress.set_postfix(logs, refresh=False)
                    progress.update()
                if verbose == 2:
                    report = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
                    print(f"Epoch {epoch + 1}/{epochs} - {report}")
                if not math.isfinite(logs["loss"]):
                    raise FloatingPointError(
                        f"fit: the loss is {logs['loss']} after epoch {epoch + 1}: the training "
                        f"has diverged; try a smaller learning rate"
                    )
                if self.stop_training:
                    break
        for callback in callbacks:
            callback.on_train_end()
        return self.history

    def _epochs(self, x, y, batch_size, epochs, shuffle, callbacks):
        """Train epoch by epoch; yield the sums of the loss and metrics over the samples."""
        x_epoch, y_epoch = (np.empty_like(x), np.empty_like(y)) if shuffle else (x, y)
        # The slices are views, made once: they show each new order written into the arrays.
        batches = [
            (x_epoch[i : i + batch_size], y_epoch[i : i + batch_size])
            for i in range(0, len(x), batch_size)
        ]
        callbacks = [
            c for c in callbacks if type(c).on_train_batch_end is not Callback.on_train_batch_end
        ]
        for _ in range(epochs):
            if shuffle:
                # One take an epoch, not one a batch; "clip" spares take a copy of its result.
                order = self.rng.permutation(len(x))
                np.take(x, order, axis=0, out=x_epoch, mode="clip")
                np.take(y, order, axis=0, out=y_epoch, mode="clip")
            loss_sum, metric_sums = 0.0, np.zeros(len(self.metrics))
            for number, (x_batch, y_batch) in enumerate(batches):
                loss, o = self._train_step(x_batch, y_batch)
                loss_sum += loss * len(x_batch)
                if self.metrics:
                    metric_sums += [len(o) * f(y_batch, o) for f in self.metrics.values()]
                for callback in callbacks:
                    callback.on_train_batch_end(number, {"loss": loss})
            yield [loss_sum, *metric_sums]

    def _totals(self, x, y, batch_size):
        """Return the sums of the loss and metrics over the samples, without training."""
        sums = np.zeros(1 + len(self.metrics))
        for i in range(0, len(x), batch_size):
            o, y_batch = self.forward(x[i : i + batch_size]), y[i : i + batch_size]
            values = [self.loss.forward(y_batch, o)]
            values += [f(y_batch, o) for f in self.metrics.values()]
            sums += len(o) * np.array(values)
        return sums

    def _named(self, sums, n, prefix=""):
        names = ["loss", *self.metrics]
        return {prefix + name: float(s / n) for name, s in zip(names, sums, strict=True)}

    # -- using ----------------------------------------------------------------------------------

    def evaluate(self, x, y, batch_size: int = 32) -> float | list[float]:
        """Return the loss, or a list of the loss and the metrics if there are metrics.

        Raises
        ------
        As ``fit`` does.
        """
        self._require_compile("evaluate")
        x, y = self._check_xy(x, y, "evaluate")
        sums = self._totals(x, y, check_positive(batch_size, "evaluate: batch_size"))
        values = (sums / len(x)).tolist()
        return values if self.metrics else values[0]

    def predict(self, x, batch_size: int = 32) -> np.ndarray:
        """Return the outputs for x of shape (N, *input_shape), in a new array.

        Raises
        ------
        TypeError, ValueError
            If x does not hold finite numbers, or has another shape.
        """
        x = self._check_x(x, "predict: x")
        batch_size = check_positive(batch_size, "predict: batch_size")
        y = np.empty((len(x), *self.output_shape), self.dtype)
        for i in range(0, len(x), batch_size):
            y[i : i + batch_size] = self.forward(x[i : i + batch_size])
        return y

    def count_params(self) -> int:
        """Return the number of trained parameters."""
        return self.parameters.size

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all arrays in Keras's order: layer by layer W, b, then its state."""
        self._require_build()
        return [array.copy() for array in self._arrays()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy arrays, as ``get_weights`` returns them, into the network.

        Raises
        ------
        ValueError, TypeError
            If their number, a shape or an element is wrong; nothing is changed then.
        """
        self._require_build()
        arrays = self._arrays()
        if not isinstance(weights, list | tuple):
            raise TypeError(f"set_weights: expected a list of arrays, got {weights!r}")
        if len(weights) != len(arrays):
            raise ValueError(f"set_weights: expected {len(arrays)} arrays, got {len(weights)}")
        checked = []
        for i, (array, weight) in enumerate(zip(arrays, weights, strict=True)):
            weight = as_array(weight, f"set_weights: array {i}")
            if weight.shape != array.shape:
                raise ValueError(
                    f"set_weights: expected shape {array.shape} for array {i}, got {weight.shape}"
                )
            checked.append(check_data(weight, f"set_weights: array {i}", self.dtype))
        for array, weight in zip(arrays, checked, strict=True):
            array[...] = weight

    def _arrays(self):
        return [
            getattr(leaf, name)
            for leaf in leaves(self.layers)
            for name in (*leaf.parameter_shapes(), *leaf.state)
        ]

    def summary(self) -> None:
        """Print each layer's output shape and number of parameters."""
        self._require_build()
        print(f"{'layer':<16}{'output shape':<20}{'parameters':>10}")
        for layer in self.layers:
            shape = f"(N, {', '.join(map(str, layer.output_shape))})"
            print(f"{layer.name:<16}{shape:<20}{layer.parameters.size:>10,}")
        print(f"{'total':<36}{self.count_params():>10,}")

    # -- checks ---------------------------------------------------------------------------------

    def _require_compile(self, caller):
        if self.loss is None:
            raise RuntimeError(f"{caller}: call compile(optimizer=..., loss=...) first")

    def _check_x(self, x, name):
        x = check_data(x, name, self.dtype)
        if x.ndim < 2:
            raise ValueError(f"{name}: expected samples, of shape (N, ...), got {x.shape}")
        self._require_build(x.shape[1:])
        if x.shape[1:] != self.input_shape:
            expected = ", ".join(map(str, self.input_shape))
            raise ValueError(f"{name}: expected shape (N, {expected}), got {x.shape}")
        return x

    def _check_xy(self, x, y, caller):
        x = self._check_x(x, f"{caller}: x")
        y = check_data(y, f"{caller}: y", self.dtype)
        expected = (len(x), *self.output_shape)
        # Targets of one output may come as a plain vector, as in the article's program.
        if self.output_shape == (1,) and y.shape == (len(x),):
            y = y[:, None]
        if y.shape != expected:
            raise ValueError(f"{caller}: y: expected shape {expected}, got {y.shape}")
        return x, y

    def _hold_out(self, x, y, validation_split, validation_data):
        """Return the training data, and the validation data or None."""
        check_rate(validation_split, "fit: validation_split", high=1.0)
        if validation_data is not None:
            if validation_split:
                raise ValueError("fit: expected validation_split or validation_data, got both")
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise TypeError(
                    f"fit: expected validation_data to be a pair (x, y), got {validation_data!r}"
                )
            return x, y, self._check_xy(*validation_data, "fit: validation_data")
        if not validation_split:
            return x, y, None
        n = int(len(x) * (1.0 - validation_split))
        if not 0 < n < len(x):
            raise ValueError(
                f"fit: expected a validation_split that leaves samples on both sides, "
                f"got {validation_split} of {len(x)} samples"
            )
        return x[:n], y[:n], (x[n:], y[n:])
