"""Metrics: numbers for people, beside the loss that the network descends."""

import numpy as np

__all__ = ["accuracy", "get_all", "mean_absolute_error", "mean_squared_error"]


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the fraction of rows whose prediction is right.

    With several outputs a row is right if its largest prediction stands where its largest target
    does, or at the place that a single target, a class number, says; with one output, if the
    prediction is above ½ where the target is (for logits, compare with 0 yourself).

    Parameters
    ----------
    y_true, y_pred : arrays of shape (N, K)
        y_true may also hold class numbers, in the shape (N, 1) or (N,), if K > 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is no row: (N, 1) and (N,) would be compared N × N times.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    n, k = y_pred.shape[0] if y_pred.ndim else 0, y_pred.shape[-1] if y_pred.ndim else 0
    if k > 1 and y_true.shape in ((n,), (n, 1)) and y_pred.ndim == 2:
        return float(np.mean(y_true.reshape(n) == y_pred.argmax(axis=-1)))
    _check_shapes("accuracy", y_true, y_pred)
    if k == 1:
        return float(np.mean((y_true > 0.5) == (y_pred > 0.5)))
    return float(np.mean(y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)))


def mean_absolute_error(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the mean of |y − o| over all elements of two arrays of one shape (N, K)."""
    y_true, y_pred = _check_shapes("mean_absolute_error", y_true, y_pred)
    return float(np.abs(y_true - y_pred).mean())


def mean_squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the mean of (y − o)² over all elements of two arrays of one shape (N, K)."""
    y_true, y_pred = _check_shapes("mean_squared_error", y_true, y_pred)
    return float(np.square(y_true - y_pred).mean())


def _check_shapes(name, y_true, y_pred):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape or y_true.size == 0:
        raise ValueError(
            f"{name}: expected targets and predictions of one shape, with at least one row, "
            f"got {y_true.shape} and {y_pred.shape}"
        )
    # Whole numbers without a sign would wrap in a difference.
    return y_true.astype(np.result_type(y_true, y_pred, np.float32), copy=False), y_pred


METRICS = {
    "accuracy": accuracy,
    "acc": accuracy,
    "mean_absolute_error": mean_absolute_error,
    "mae": mean_absolute_error,
    "mean_squared_error": mean_squared_error,
    "mse": mean_squared_error,
}


def direction(name: str) -> str | None:
    """Return "min" or "max" for a name in the logs, or None if it is not known which is better."""
    name = name.removeprefix("val_")
    if name == "loss" or METRICS.get(name) in (mean_absolute_error, mean_squared_error):
        return "min"
    return "max" if METRICS.get(name) is accuracy else None


def get_all(metrics: list) -> dict:
    """Return the metrics as functions ``(y_true, y_pred) -> float``, by name.

    Raises
    ------
    ValueError
        If a name is unknown, or two have the same, or one is the loss's.
    TypeError
        If they are not in a list, or one is neither a name nor a function with a name.
    """
    if not isinstance(metrics, list | tuple):
        raise TypeError(f"expected a list of metrics, got {metrics!r}")
    functions = {}
    for metric in metrics:
        if isinstance(metric, str):
            if metric not in METRICS:
                raise ValueError(
                    f"unknown metric {metric!r}; known: {', '.join(METRICS)}, or give a function"
                )
            name, metric = metric, METRICS[metric]
        elif callable(metric) and hasattr(metric, "__name__"):
            name = metric.__name__
        else:
            raise TypeError(f"expected a metric's name or a named function, got {metric!r}")
        if name in ("loss", *functions):
            raise ValueError(
                f"expected metrics of different names, other than 'loss', got {name!r} again"
            )
        functions[name] = metric
    return functions
