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

from . import losses, optimizers, weights_file
from . import metrics as metrics_module
from .buffers import inner
from .callbacks import Callback, Callbacks, History
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
from .layer import (
    Layer,
    allocate,
    backward_through,
    check_layer,
    forward_through,
    leaves,
    link,
    passes,
    twins,
)
from .losses import Loss
from .regularizers import add_penalties, penalized, sum_of_penalties

__all__ = ["Input", "Sequential"]


class Input:
    """The shape of one sample, as a network's first entry: ``Sequential([Input((8,)), ...])``."""

    def __init__(self, shape):
        self.shape = check_shape(shape, "Input")


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

    def __init__(
        self,
        layers: list[Layer] | None = None,
        *,
        seed=None,
        dtype: str = "float64",
        name: str = "sequential",
    ):
        self._layers: tuple[Layer, ...] = ()
        self.name = name
        self.rng = check_seed(seed)
        self._dtype = check_dtype(dtype)
        self.input_shape = self._parameters = self._gradients = None
        self.loss = self.optimizer = self.history = None
        self.stop_training = False
        self._pass = None
        if layers is not None and not isinstance(layers, list | tuple):
            raise TypeError(f"Sequential: expected a list of layers, got {layers!r}")
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, first to last; ``add`` and ``pop`` change them."""
        return self._layers

    @property
    def dtype(self) -> np.dtype:
        """Of all parameters and data."""
        return self._dtype

    trainable = Layer.trainable

    def __getstate__(self):
        # What a step looks up is looked up anew.
        looked_up = ("_pass", "_chain", "_loss_forward", "_loss_backward", "_penalized")
        return {name: value for name, value in vars(self).items() if name not in looked_up}

    def __setstate__(self, state):
        # The layers' parameters were views into one vector; their copies must be that again.
        for name, value in state.items():
            setattr(self, name, value)
        self._pass = None
        if self._parameters is not None:
            link(self.layers, self._parameters, self._gradients)

    # -- building -----------------------------------------------------------------------------

    def add(self, layer: "Layer | Input") -> None:
        """Append a layer; an Input, which must come first, gives the shape of the input.

        Raises
        ------
        TypeError
            If it is not a layer.
        ValueError
            If it is in the network already, and would be trained twice; or an Input that is not
            the first entry.
        RuntimeError
            If the network is built already.
        """
        if self._parameters is not None:
            raise RuntimeError("add: the network is built already; add all layers before using it")
        if isinstance(layer, Input):
            if self.layers or self.input_shape is not None:
                raise ValueError("add: expected the Input before all layers")
            self.input_shape = layer.shape
            return
        check_layer(layer)
        if any(layer is other for other in self.layers):
            raise ValueError(f"add: {layer.name} is in the network already; make a new layer")
        self._layers = (*self._layers, layer)

    def pop(self) -> None:
        """Remove the last layer; what the others have learned stays.

        Raises
        ------
        RuntimeError
            If there is no layer.
        """
        if not self.layers:
            raise RuntimeError("pop: the network has no layers")
        self._layers = self._layers[:-1]
        self._pass = None
        if self._parameters is not None and self.layers:
            size = sum(layer.parameters.size for layer in self.layers)
            self._parameters = self._parameters[:size].copy()
            self._gradients = self._gradients[:size].copy()
            link(self.layers, self._parameters, self._gradients)
            self.output_shape = self.layers[-1].output_shape
        elif self._parameters is not None:
            self._parameters = self._gradients = None

    def build(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Fix all shapes and draw the initial weights; happens by itself on first use.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample; by default from an Input, or from what the first layer was
            given, ``input_shape`` or ``input_dim``.

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
        declared = self._declared_shape()
        if input_shape is None and declared is None:
            raise RuntimeError(
                f"build: the shape of the input is not known; give the first layer, "
                f"{self.layers[0].name}, an input_shape, or call build((n_inputs,))"
            )
        shape = declared if input_shape is None else check_shape(input_shape, "build")
        if declared not in (None, shape):
            raise ValueError(f"build: expected inputs of shape {declared}, got {shape}")
        shapes = [shape]
        for number, layer in enumerate(self.layers, start=1):
            try:
                shapes.append(layer.connect(shapes[-1]))
            except ValueError as error:
                raise ValueError(f"layer {number}: {error}") from None
        self.input_shape, self.output_shape = shape, shapes[-1]
        self._parameters, self._gradients = allocate(self.layers, self.rng, self.dtype)

    def _declared_shape(self):
        """Return the input's shape as an Input or the first layer says it, or None."""
        first = self.layers[0].declared_shape if self.layers else None
        return self.input_shape if first is None else first

    @property
    def parameters(self) -> np.ndarray:
        """All parameters as one flat vector, a view; numbers assigned to it are written into it."""
        self._require_build()
        return self._parameters

    @parameters.setter
    def parameters(self, values):
        values = as_array(values, "parameters")
        if values.shape != self.parameters.shape:
            raise ValueError(
                f"parameters: expected shape {self.parameters.shape}, got {values.shape}"
            )
        self._parameters[...] = check_data(values, "parameters", self.dtype)

    @property
    def gradients(self) -> np.ndarray:
        """∂L/∂parameters of the last backward, as one flat vector; a view, not a copy."""
        self._require_build()
        return self._gradients

    def _require_build(self, input_shape=None):
        if self._parameters is None:
            self.build(input_shape)

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
        self.metrics = metrics_module.get_all([] if metrics is None else metrics)
        self.optimizer, self.loss = optimizer, loss

    # -- the five steps -----------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the last layer's output for x of shape (N, *input_shape); see Layer.forward."""
        self._pass = None
        if self._parameters is None:
            self.build(as_array(x, "forward").shape[1:] or None)
        chain = passes(self.layers)
        y = forward_through(chain, self.layers[0].check_x(x), training).copy()
        self._pass = chain
        return y

    __call__ = forward

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Return ∂L/∂x and write all gradients, given dy = ∂L/∂y; see Layer.backward.

        It belongs to the last ``forward`` of the network.

        Raises
        ------
        RuntimeError
            If there was none, or a step of training or a layer's own forward came after it.
        """
        if not self.layers:
            raise RuntimeError("backward: the network has no layers; add one")
        n = self.layers[-1]._n
        if self._pass is None or any(layer._n != n for layer in self.layers):
            raise RuntimeError(
                "backward needs a forward before it, of the whole network and the same batch"
            )
        dx = backward_through(self._pass, self.layers[-1].check_dy(dy), need_dx)
        return None if dx is None else dx.copy()

    def _start_steps(self):
        """Look up once what each step calls."""
        self._pass = None
        self._chain = passes(self.layers)
        self._loss_forward = inner(self.loss, "forward", Loss)
        self._loss_backward = inner(self.loss, "backward", Loss)
        self._penalized = penalized(self.layers)

    def _train_step(self, x, y):
        o = forward_through(self._chain, x, True)  #                    1. forward
        loss = self._loss_forward(y, o)  #                              2. loss
        backward_through(self._chain, self._loss_backward(), False)  #  3. backward
        if self._penalized:
            loss += add_penalties(self._penalized)
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
        self._start_steps()
        return self._train_step(x, y)[0]

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
        validation_data : (x, y), optional
            Data for the same purpose.
        shuffle : bool
            Whether each epoch has a new random order of the samples.

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
        x, y = self._check_xy(x, y, "fit")
        batch_size = _check_batch_size(batch_size, "fit")
        epochs = check_positive(epochs, "fit: epochs")
        verbose = _check_verbose(verbose, "fit")
        shuffle = check_flag(shuffle, "fit: shuffle")
        x, y, validation_data = self._hold_out(x, y, validation_split, validation_data)
        history = History()
        steps = -(-len(x) // batch_size)
        calls = Callbacks(
            [history, *_check_list(callbacks, "fit: callbacks")],
            self,
            {"epochs": epochs, "steps": steps, "verbose": verbose},
        )
        self.history, self.stop_training = history, False
        calls.call("on_train_begin", {})
        batches = self._batches(x, y, batch_size, shuffle)
        try:
            with tqdm(total=epochs, desc="fit", unit="epoch", disable=verbose != 1) as progress:
                for epoch in range(epochs):
                    calls.call("on_epoch_begin", epoch, {})
                    logs = self._epoch(next(batches), calls)
                    if validation_data is not None:
                        test = self._test(
                            self.layers, self.loss, *validation_data, batch_size, calls
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

    def _batches(self, x, y, batch_size, shuffle):
        """Yield, epoch by epoch, the list of batches, as (x, y, number of samples)."""
        x_epoch, y_epoch = (np.empty_like(x), np.empty_like(y)) if shuffle else (x, y)
        # The slices are views, made once: they show each new order written into the arrays.
        batches = [
            (x_epoch[i : i + batch_size], y_epoch[i : i + batch_size], min(batch_size, len(x) - i))
            for i in range(0, len(x), batch_size)
        ]
        while True:
            if shuffle:
                # One take an epoch, not one a batch; "clip" spares take a copy of its result.
                order = self.rng.permutation(len(x))
                np.take(x, order, axis=0, out=x_epoch, mode="clip")
                np.take(y, order, axis=0, out=y_epoch, mode="clip")
            yield batches

    def _epoch(self, batches, calls):
        """Train on each batch once; return the mean loss and metrics over the samples."""
        begin, end = (calls.overriding(f"on_train_batch_{place}") for place in ("begin", "end"))
        watched = begin or end or self.metrics
        self._start_steps()
        sums = _Sums(self.metrics)
        for number, (x, y, n) in enumerate(batches):
            if not watched:
                sums.loss += self._train_step(x, y)[0] * n
                continue
            for hook in begin:
                hook(number, {})
            loss, o = self._train_step(x, y)
            sums.add(loss, y, o)
            for hook in end:
                hook(number, {"loss": loss})
        return sums.means(sum(n for _, _, n in batches))

    def _test(self, layers, loss, x, y, batch_size, calls):
        """Return the mean loss and metrics over the samples, without training."""
        chain, sums = passes(layers), _Sums(self.metrics)
        loss_forward = inner(loss, "forward", Loss)
        penalty = sum_of_penalties(penalized(layers))
        calls.call("on_test_begin", {})
        for number, i in enumerate(range(0, len(x), batch_size)):
            calls.call("on_test_batch_begin", number, {})
            y_batch = y[i : i + batch_size]
            o = forward_through(chain, x[i : i + batch_size], False)
            value = loss_forward(y_batch, o) + penalty
            sums.add(value, y_batch, o)
            calls.call("on_test_batch_end", number, {"loss": value})
        means = sums.means(len(x))
        calls.call("on_test_end", means)
        return means

    # -- using ----------------------------------------------------------------------------------

    def evaluate(
        self,
        x,
        y,
        batch_size: int | None = None,
        verbose: int | str = 0,
        *,
        callbacks: list[Callback] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return the loss, or a list of the loss and the metrics if there are metrics.

        What ``forward`` has kept for ``backward`` stays as it is.

        Parameters
        ----------
        x, y, batch_size, callbacks
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
        x, y = self._check_xy(x, y, "evaluate")
        batch_size = _check_batch_size(batch_size, "evaluate")
        verbose = _check_verbose(verbose, "evaluate")
        calls = Callbacks(_check_list(callbacks, "evaluate: callbacks"), self, {"verbose": verbose})
        loss = copy.deepcopy(self.loss)
        means = self._test(twins(self.layers), loss, x, y, batch_size, calls)
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
        calls = Callbacks(_check_list(callbacks, "predict: callbacks"), self, {"verbose": verbose})
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

    def count_params(self) -> int:
        """Return the number of trained parameters."""
        return self.parameters.size

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all arrays in Keras's order: layer by layer W, b, then its state."""
        self._require_build()
        return [array.copy() for array in self._arrays().values()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy arrays, as ``get_weights`` returns them, into the network.

        Raises
        ------
        ValueError, TypeError
            If their number, a shape or an element is wrong; nothing is changed then.
        """
        self._require_build()
        arrays = self._arrays().values()
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

    def save_weights(self, filepath) -> None:
        """Write all arrays that ``get_weights`` returns into a file that ends in ".npz".

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        self._require_build()
        weights_file.save(filepath, self._arrays())

    def load_weights(self, filepath) -> None:
        """Read a file that ``save_weights`` has written, for a network of the same layers.

        Raises
        ------
        FileNotFoundError
            If there is none.
        ValueError
            If it is damaged, or of another network; nothing is changed then.
        """
        self._require_build()
        loaded, arrays = weights_file.load(filepath), self._arrays()
        if list(loaded) != list(arrays):
            raise ValueError(
                f"load_weights: expected the arrays {', '.join(arrays)}, got {', '.join(loaded)}"
            )
        self.set_weights(list(loaded.values()))

    def _arrays(self):
        """Return every array of the network by a name of its own, in Keras's order."""
        return {
            f"{number}.{type(leaf).__name__}.{name}": getattr(leaf, name)
            for number, leaf in enumerate(leaves(self.layers))
            for name in (*leaf.parameter_shapes(), *leaf.state)
        }

    def summary(self) -> None:
        """Print each layer's output shape and number of parameters, as far as they are known."""
        if self._parameters is None and self.layers and self._declared_shape() is not None:
            self.build()
        known = self._parameters is not None
        print(f"{'layer':<16}{'output shape':<20}{'parameters':>10}")
        for layer in self.layers:
            shape = f"(N, {', '.join(map(str, layer.output_shape))})" if known else "?"
            size = f"{layer.parameters.size:,}" if known else "not built"
            print(f"{layer.name:<16}{shape:<20}{size:>10}")
        print(f"{'total':<36}{f'{self.count_params():,}' if known else 'not built':>10}")

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
        # Targets of one output may come as a plain vector, as in the article's program.
        if self.output_shape == (1,) and y.shape == (len(x),):
            y = y[:, None]
        shape = (len(x), *self.output_shape)
        return x, self.loss.check_targets(y, shape, self.dtype, f"{caller}: y")

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


class _Sums:
    """The loss and the metrics, added up over batches of different sizes."""

    def __init__(self, metrics):
        self.metrics, self.loss, self.values = metrics, 0.0, dict.fromkeys(metrics, 0.0)

    def add(self, loss, y, o):
        n = len(o)
        self.loss += loss * n
        for name, f in self.metrics.items():
            # Copies: a reader's function may keep what it gets.
            self.values[name] += float(f(y.copy(), o.copy())) * n

    def means(self, n):
        return {"loss": self.loss / n} | {name: v / n for name, v in self.values.items()}


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


def _check_list(callbacks, name):
    if callbacks is not None and not isinstance(callbacks, list | tuple):
        raise TypeError(f"{name}: expected a list of callbacks, got {callbacks!r}")
    return callbacks or []
