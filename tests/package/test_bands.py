"""The figure of several runs: its line is their mean, its band their range, its digits few."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from backprop import figures


@pytest.fixture
def runs():
    return np.random.default_rng(0).random((5, 7))


@pytest.fixture
def ax(runs):
    fig, ax = figures.bands(
        np.arange(7), {"runs": runs}, xlabel="epoch", ylabel="loss", baselines={"floor": 0.25}
    )
    yield ax
    plt.close(fig)


def test_the_line_is_the_mean_of_the_runs(ax, runs):
    np.testing.assert_allclose(ax.lines[0].get_ydata(), runs.mean(axis=0), rtol=1e-3)


def test_the_band_goes_from_the_smallest_to_the_largest_run(ax, runs):
    edge = ax.collections[0].get_paths()[0].vertices
    for i in range(7):
        heights = edge[edge[:, 0] == i, 1]
        np.testing.assert_allclose(
            [heights.min(), heights.max()], [runs[:, i].min(), runs[:, i].max()], rtol=1e-3
        )


def test_the_last_bits_of_a_number_do_not_show(runs):
    lines = []
    for values in (runs, runs * (1 + 1e-13)):
        fig, ax = figures.bands(range(7), {"runs": values}, xlabel="x", ylabel="y")
        lines.append(ax.lines[0].get_ydata())
        plt.close(fig)
    assert np.array_equal(*lines)


def test_a_baseline_stands_at_its_level_and_in_the_legend(ax):
    assert set(ax.lines[1].get_ydata()) == {0.25}
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["runs", "floor"]
