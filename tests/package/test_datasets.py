"""The data that the package ships, and the helpers that cut and scale them."""

import gzip
from importlib.resources import files

import numpy as np

from backprop import datasets
from backprop.datasets import Dataset


def test_digits_are_scaled_and_complete():
    x, y = datasets.load_digits()
    assert x.shape == (1797, 64) and x.dtype == np.float64
    assert y.shape == (1797,) and y.dtype.kind == "i"
    assert x.min() == 0.0 and x.max() == 1.0
    assert np.array_equal(x * 16, np.rint(x * 16))
    # UCI's description of the test part gives these numbers of samples for the digits 0 to 9.
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_loading_gives_a_fresh_copy():
    first = datasets.load_digits()
    first.x[:] = -1
    assert datasets.load_digits().x.min() == 0.0


def test_wine_has_named_features_and_one_target():
    x, y = datasets.load_wine()
    assert x.shape == (178, len(datasets.WINE_FEATURES)) == (178, 12)
    assert y.shape == (178, 1)
    assert y.min() >= 11 and y.max() <= 15  # percent of alcohol
    assert x[0, datasets.WINE_FEATURES.index("proline")] == 1065.0


def test_every_data_file_has_its_license_beside_it():
    folder = files("backprop").joinpath("data")
    names = {entry.name for entry in folder.iterdir()}
    assert {"digits.csv.gz", "wine.csv"} <= names
    for name in names - {n for n in names if n.endswith(".txt")}:
        notice = folder.joinpath(name.split(".")[0] + ".txt").read_text(encoding="utf-8")
        assert name in notice and "CC BY 4.0" in notice and "https://doi.org/10.24432/" in notice


def test_packed_digits_carry_no_time_and_no_name():
    packed = files("backprop").joinpath("data/digits.csv.gz").read_bytes()
    assert packed[3] == 0 and packed[4:8] == bytes(4)  # gzip header: no file name, time 0
    assert gzip.decompress(packed).count(b"\n") == 1797


def test_split_uses_each_sample_once_and_repeats():
    data = Dataset(np.arange(50.0).reshape(50, 1), np.arange(50))
    parts = data.split(seed=3, validation=0.2, test=0.1)
    assert [len(part.x) for part in parts] == [35, 10, 5]
    together = np.concatenate([part.y for part in parts])
    assert sorted(together) == list(range(50))
    assert together.tolist() != list(range(50))
    for part in parts:
        assert np.array_equal(part.x[:, 0], part.y)
    again = data.split(seed=3, validation=0.2, test=0.1)
    assert all(np.array_equal(a.y, b.y) for a, b in zip(parts, again, strict=True))
    other = data.split(seed=4, validation=0.2, test=0.1)
    assert not np.array_equal(parts[0].y, other[0].y)


def test_split_can_leave_a_part_out():
    data = Dataset(np.zeros((10, 1)), np.arange(10))
    training, validation, test = data.split(seed=0, validation=0.3, test=0)
    assert [len(p.y) for p in (training, validation, test)] == [7, 3, 0]


def test_standardize_uses_the_training_data_only():
    rng = np.random.default_rng(0)
    data = Dataset(rng.normal(5.0, 3.0, (80, 4)), rng.normal(size=(80, 1)))
    training, validation, test = data.split(seed=0)
    scaled = datasets.standardize(training, validation, test)
    assert np.allclose(scaled[0].x.mean(axis=0), 0, atol=1e-14)
    assert np.allclose(scaled[0].x.std(axis=0), 1)
    expected = (test.x - training.x.mean(axis=0)) / training.x.std(axis=0)
    assert np.allclose(scaled[2].x, expected)
    assert not np.allclose(scaled[2].x.mean(axis=0), 0, atol=1e-3)
    assert np.array_equal(scaled[1].y, validation.y)
    assert data.x.mean() > 4  # the input is as it was


def test_standardize_only_shifts_a_constant_feature():
    data = Dataset(np.array([[2.0, 1.0], [2.0, 3.0]]), np.zeros(2))
    (scaled,) = datasets.standardize(data)
    assert scaled.x.tolist() == [[0.0, -1.0], [0.0, 1.0]]


def test_article_data_are_uniform_noise():
    x, y = datasets.article_data(seed=7)
    assert x.shape == (100, 8) and y.shape == (100, 1)
    assert min(x.min(), y.min()) >= 0 and max(x.max(), y.max()) < 1
    assert np.array_equal(x, datasets.article_data(7).x)
    assert not np.array_equal(x, datasets.article_data(8).x)
    # Over many draws: mean 1/2, and 1/12 as the mean squared error of always predicting it.
    rng = np.random.default_rng(0)
    targets = np.concatenate([datasets.article_data(rng).y for _ in range(200)])
    standard_error = np.sqrt(1 / 12 / targets.size)
    assert abs(targets.mean() - 0.5) < 4 * standard_error
    assert abs(np.mean((targets - 0.5) ** 2) - 1 / 12) < 4 * np.sqrt(1 / 180 / targets.size)


def test_one_hot():
    expected = [[1, 0, 0], [0, 0, 1]]
    assert datasets.one_hot([0, 2], 3).tolist() == expected
    assert datasets.one_hot(np.array([0, 2], dtype=np.uint8)).tolist() == expected
    assert datasets.one_hot([0, 2]).dtype == np.float64
    assert datasets.to_categorical is datasets.one_hot
