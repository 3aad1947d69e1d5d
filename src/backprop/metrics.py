"""Metrics: numbers for people, beside the loss that the network descends."""

import numpy as np

__all__ = ["accuracy", "get_all"]


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Return the fraction of rows whose prediction is right.

    With several outputs a row is right if its largest prediction stands where its largest target
    does; with one, if the prediction is above ½ where the target is (for logits, compare with 0
    yourself).

    Parameters
    ----------
    y_true, y_pred : arrays of shape (N, K)

    Raises
    ------
    ValueError
        If the shapes differ, or there is no row: (N, 1) and (N,) would be compared N × N times.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape or y_true.size == 0:
        raise ValueError(
            f"accuracy: expected targets and predictions of one shape, with at least one row, "
            f"got {y_true.shape} and {y_pred.shape}"
        )
    if y_true.shape[-1] == 1:
        return float(np.mean((y_true > 0.5) == (y_pred > 0.5)))
    return float(np.mean(y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)))


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
        if metric == "accuracy":
            metric = accuracy
        if isinstance(metric, str):
            raise ValueError(f"unknown metric {metric!r}; known: accuracy, or give a function")
        if not callable(metric) or not hasattr(metric, "__name__"):
            raise TypeError(f"expected a metric's name or a named function, got {metric!r}")
        if metric.__name__ in ("loss", *functions):
            raise ValueError(
                f"expected metrics of different names, other than 'loss', "
                f"got {metric.__name__!r} again"
            )
        functions[metric.__name__] = metric
    return functions
