"""Wines: one number predicted from twelve others."""

from __future__ import annotations

import numpy as np

from .data_files import read_data
from .dataset import Dataset

__all__ = ["WINE_FEATURES", "load_wine"]

WINE_FEATURES = (
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "color intensity",
    "hue",
    "OD280/OD315",
    "proline",
)
"""What the twelve inputs of `load_wine` are, in order."""


def load_wine() -> Dataset:
    """Load 178 wines: the alcohol content, to be predicted from twelve other measurements.

    Returns
    -------
    Dataset
        x : float64 (178, 12), the measurements `WINE_FEATURES`, unscaled (see `standardize`).
        y : float64 (178, 1), alcohol in percent by volume.

    Notes
    -----
    Source: S. Aeberhard and M. Forina (1992), Wine, UCI Machine Learning Repository,
    https://doi.org/10.24432/C5PC7J, CC BY 4.0, as scikit-learn ships it. The data set was made for
    telling the three cultivators apart; that column is not used here.
    """
    table = np.loadtxt(read_data("wine.csv")[1:], delimiter=",")
    return Dataset(table[:, 2:].copy(), table[:, 1:2].copy())
