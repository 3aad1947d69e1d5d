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
    """
    if y_true.shape[-1] == 1:
        return float(np.mean((y_true > 0.5) == (y_pred > 0.5)))
    return float(np.mean(y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)))


def get_all(metrics: list) -> dict:
    """Return the metrics as functions ``(y_true, y_pred) -> float``, by name.

    Raises
    ------
    ValueError
        If a name is unknown.
    TypeError
        If an entry is neither a name nor a function.
    """
    functions = {}
    for metric in metrics:
        if metric == "accuracy":
            functions["accuracy"] = accuracy
        elif isinstance(metric, str):
            raise ValueError(f"unknown metric {metric!r}; known: accuracy, or give a function")
        elif callable(metric):
            functions[metric.__name__] = metric
        else:
            raise TypeError(f"expected a metric's name or a function, got {metric!r}")
    return functions
