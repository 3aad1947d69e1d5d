"""Figures of words and languages: what is joined, what is shaded, what is counted."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from backprop.figures.language import confusion_matrix, weights_table, word_links


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_word_links_join_the_words_named():
    _, ax = word_links(["ninety", "nine"], ["quatre", "vingt", "dix"], [(0, 2)])
    assert texts(ax) == ["ninety", "nine", "quatre", "vingt", "dix"]
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    (line,) = ax.lines
    assert list(line.get_xdata()) == [places["ninety"], places["dix"]]


def test_weights_table_rounds_and_writes_from_a_tenth_on():
    weights = np.array([[0.004, 0.996], [0.1, 0.0949]])
    _, ax = weights_table(weights, ["a", "b"], ["c", "d"])
    assert texts(ax) == ["1.00", ".10"]
    assert ax.collections[0].get_array().ravel().tolist() == [0.0, 1.0, 0.1, 0.09]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.yaxis_inverted()  # the first row at the top


def test_confusion_matrix_writes_counts_and_shades_shares_of_a_row():
    _, ax = confusion_matrix(np.array([[3, 1], [0, 2]]), ["x", "y"])
    assert texts(ax) == ["3", "1", "2"]
    shades = ax.collections[0].get_array().ravel()
    assert np.allclose(shades**2, [0.75, 0.25, 0.0, 1.0])
    assert ax.get_xlabel() and ax.get_ylabel()
