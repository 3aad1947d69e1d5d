"""The shipped data are scikit-learn's, number for number."""

import numpy as np
from sklearn import datasets as sklearn_datasets

from backprop import datasets


def test_digits_equal_scikit_learns():
    theirs = sklearn_datasets.load_digits()
    ours = datasets.load_digits()
    assert np.array_equal(ours.x * 16, theirs.data)
    assert np.array_equal(ours.y, theirs.target)


def test_wine_equals_scikit_learns():
    theirs = sklearn_datasets.load_wine()
    ours = datasets.load_wine()
    assert np.array_equal(np.hstack([ours.y, ours.x]), theirs.data)
    assert theirs.feature_names[0] == "alcohol"
    for name, feature in zip(datasets.WINE_FEATURES, theirs.feature_names[1:], strict=True):
        assert feature.replace("_", " ").startswith(name.lower())
