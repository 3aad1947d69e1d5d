"""Handwritten digits, in a random order or parted by the sheets that their writers filled."""

from __future__ import annotations

import numpy as np

from .data_files import read_data
from .dataset import Dataset

__all__ = ["load_digits", "load_digits_by_writer"]


def load_digits() -> Dataset:
    """Load 1,797 handwritten digits, 8×8 pixels each.

    Returns
    -------
    Dataset
        x : float64 (1797, 64), each pixel from 0 (paper) to 1 (ink), in 17 steps; the rows of an
        image follow each other, so `x[i].reshape(8, 8)` is the image.
        y : int (1797,), the digit 0 to 9.

    Notes
    -----
    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; its test part, as scikit-learn
    ships it. Thirteen people wrote these digits. A random split puts digits of the same person into
    training and test data, so the accuracy that it gives holds for these writers, not for new ones:
    see `load_digits_by_writer`.
    """
    table = np.loadtxt(read_data("digits.csv.gz"), delimiter=",", dtype=np.int64)
    return Dataset(table[:, :-1] / 16.0, table[:, -1].copy())


def load_digits_by_writer() -> tuple[Dataset, Dataset, Dataset]:
    """Load the digits of `load_digits` in three parts that share no writer's sheet.

    Returns
    -------
    training, validation, test : Dataset
        1,029, 386 and 382 digits: sheets 1 to 8, 9 to 11 and 12 to 14.

    Notes
    -----
    The file keeps the order in which the sheets were read, and the labels show where a sheet
    begins: each has 0 to 9 three times and then the same hundred digits (a few digits were lost).
    There are fourteen sheets and, says the source, thirteen writers; it does not say who filled
    which sheet. So, if a sheet is one person's, one person filled two, perhaps in two parts.

    For comparison, `load_digits().split(seed, validation=386 / 1797, test=382 / 1797)` gives
    random parts of the same sizes.
    """
    x, y = load_digits()
    cuts = [1029, 1415]  # where the ninth and the twelfth sheet begin
    parts = zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    return tuple(Dataset(pixels.copy(), digit.copy()) for pixels, digit in parts)
