"""The article's training data: random numbers."""

from __future__ import annotations

import numpy as np

from ..checks import check_seed
from .dataset import Dataset

__all__ = ["article_data"]


def article_data(seed: int | np.random.Generator) -> Dataset:
    """Draw the article's training data: random inputs and random targets.

    Inputs and targets are uniform on [0, 1) and independent of each other: the best prediction
    for a new sample is 1/2, with the mean squared error 1/12.

    Parameters
    ----------
    seed : int or numpy.random.Generator

    Returns
    -------
    Dataset
        x : float64 (100, 8); y : float64 (100, 1).
    """
    rng = check_seed(seed)
    return Dataset(rng.random((100, 8)), rng.random((100, 1)))
