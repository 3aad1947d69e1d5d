"""Numbers written in English and in French: a translation whose rules are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .data_files import read_data

__all__ = ["NumberWords", "load_number_words"]


class NumberWords(NamedTuple):
    """Numbers, and how two languages write each in words.

    Attributes
    ----------
    numbers : int (samples,)
    english, french : tuple of str (samples,)
    """

    numbers: np.ndarray
    english: tuple[str, ...]
    french: tuple[str, ...]


def load_number_words() -> tuple[NumberWords, NumberWords, NumberWords, NumberWords]:
    """Load 6,000 numbers with their English and their French words.

    Returns
    -------
    training, validation, test : NumberWords
        4,000, 500 and 1,000 different numbers below 10,000, drawn at random.
    beyond : NumberWords
        500 numbers from 10,000 to 99,999: longer than all that is in the other parts.

    Notes
    -----
    The words are British English and the French of France: 99 is “quatre-vingt-dix-neuf”. French
    does not translate word by word: 70 to 79 and 90 to 99 count on from 60 and 80, the s of “cents”
    and “quatre-vingts” goes when a number follows, and 100 is “cent”, 1,000 “mille”, without “un”.

    Source: made with num2words 0.5.14 (PyPI); see `data/numbers.txt`.
    """
    rows = [line.split("\t") for line in read_data("numbers.tsv.gz")]
    parts = []
    for first, end in ((0, 4000), (4000, 4500), (4500, 5500), (5500, 6000)):
        numbers, english, french = zip(*rows[first:end], strict=True)
        parts.append(NumberWords(np.array(numbers, dtype=np.int64), english, french))
    return tuple(parts)
