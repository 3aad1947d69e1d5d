"""Inputs with their targets: split, scaled, and with classes written as rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..checks import check_data, check_positive, check_rate, check_seed

__all__ = ["Dataset", "one_hot", "standardize", "to_categorical"]


class Dataset(NamedTuple):
    """Inputs and targets; `x, y = data` takes them apart.

    Attributes
    ----------
    x : array (samples, features)
    y : array (samples,) or (samples, outputs)
    """

    x: np.ndarray
    y: np.ndarray

    def split(
        self, seed: int | np.random.Generator, *, validation: float = 0.2, test: float = 0.2
    ) -> tuple[Dataset, Dataset, Dataset]:
        """Shuffle the samples and part them into training, validation and test data.

        Settings are chosen on the validation data; the test data are used once, at the end.

        Parameters
        ----------
        seed : int or numpy.random.Generator
            The same integer always gives the same three parts.
        validation, test : float
            Their shares of the samples; the rest is for training.

        Returns
        -------
        training, validation, test : Dataset
            Copies; each sample is in exactly one of them.

        Raises
        ------
        TypeError, ValueError
            If a share is no number from 0 to 1, if a part for which there is a share would be
            empty, or if there are not as many targets as inputs.
        """
        n = len(self.x)
        if len(self.y) != n:
            raise ValueError(f"split: expected a target for each of {n} inputs, got {len(self.y)}")
        check_rate(validation, "split: validation", high=1.0)
        check_rate(test, "split: test", high=1.0)
        counts = round(n * (1 - validation - test)), round(n * validation), round(n * test)
        if counts[0] < 1:
            raise ValueError(
                "split: expected shares that leave samples for training, "
                f"got validation={validation}, test={test} for {n} samples"
            )
        for name, share, count in zip(
            ("validation", "test"), (validation, test), counts[1:], strict=True
        ):
            if share > 0 and count < 1:
                raise ValueError(f"{name}={share} of {n} samples is less than one sample")
        order = check_seed(seed).permutation(n)
        ends = n - counts[1] - counts[2], n - counts[2]
        parts = np.split(order, ends)
        return tuple(Dataset(self.x[rows], self.y[rows]) for rows in parts)


def one_hot(labels: np.ndarray, n_classes: int | None = None) -> np.ndarray:
    """Write each label as a row of zeros with a single 1 at the place of its class.

    Parameters
    ----------
    labels : array (samples,) or (samples, 1)
        Classes, counted from 0; whole numbers, of any type.
    n_classes : int, optional
        Length of a row; by default the largest label plus 1.

    Returns
    -------
    array (samples, n_classes) of float64

    Raises
    ------
    TypeError
        If the labels are not real numbers.
    ValueError
        If they are not a non-empty row of whole numbers from 0 to n_classes − 1.

    Examples
    --------
    >>> one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    labels = check_data(labels, "one_hot: labels", np.float64)
    if labels.shape not in ((len(labels),), (len(labels), 1)):
        raise ValueError(
            f"one_hot: expected labels of shape (samples,) or (samples, 1), got {labels.shape}"
        )
    labels = labels.reshape(-1)
    if np.any(labels != np.rint(labels)):
        raise ValueError(f"one_hot: expected whole numbers, got {labels[labels % 1 != 0][0]}")
    labels = labels.astype(np.int64)
    if n_classes is None:
        n_classes = int(labels.max()) + 1
    n_classes = check_positive(n_classes, "one_hot: n_classes")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(
            f"one_hot: expected labels from 0 to {n_classes - 1}, "
            f"got {labels.min()} to {labels.max()}"
        )
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = 1.0
    return rows


to_categorical = one_hot
"""Keras's name for `one_hot`."""


def standardize(training: Dataset, *others: Dataset) -> tuple[Dataset, ...]:
    """Shift and scale each feature so that in the training data its mean is 0 and its variance 1.

    All parts use the mean and the standard deviation of the training inputs: what the other parts
    look like is not known when training starts. A feature that is constant in the training
    data is only shifted. Targets stay as they are.

    Parameters
    ----------
    training : Dataset
    *others : Dataset
        Validation and test data.

    Returns
    -------
    tuple of Dataset
        One for each argument, in the same order.

    Raises
    ------
    TypeError, ValueError
        If a part is no Dataset or its features are not as many as the training data's, or if the
        training inputs are missing or not finite.
    """
    for part in (training, *others):
        if not isinstance(part, Dataset):
            raise TypeError(f"standardize: expected a Dataset, got {type(part).__name__}")
        if part.x.shape[1:] != training.x.shape[1:]:
            raise ValueError(
                f"standardize: expected samples of shape {training.x.shape[1:]}, as in the "
                f"training data, got {part.x.shape[1:]}"
            )
    check_data(training.x, "standardize: training inputs", np.dtype("float64"))
    mean = training.x.mean(axis=0)
    deviation = training.x.std(axis=0)
    deviation[deviation == 0] = 1.0
    return tuple(Dataset((part.x - mean) / deviation, part.y) for part in (training, *others))
