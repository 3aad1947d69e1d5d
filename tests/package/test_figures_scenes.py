"""Chapter 6's scenes: true boxes and found ones, and which reports count as mistakes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

from backprop import figures


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


IMAGES = np.zeros((2, 40, 40, 1))
BOXES = [np.array([[10, 10, 20, 20]]), np.array([[0, 0, 8, 8], [20, 20, 30, 36]])]
LABELS = [np.array([7]), np.array([1, 2])]


def test_true_boxes_are_drawn_with_their_labels():
    _, axes = figures.draw_scenes(IMAGES, BOXES, LABELS, columns=3)
    first, second, left_over = axes.flat
    assert [patch.get_bbox().extents.tolist() for patch in first.patches] == [[10, 10, 20, 20]]
    assert len(second.patches) == 2 and not (left_over.patches or left_over.lines)
    assert all(same_color(patch.get_edgecolor(), figures.AMBER) for patch in second.patches)
    assert [text.get_text() for text in second.texts] == ["1", "2"]
    assert first.get_ylim() == (40, 0)  # the first row of the image is on top


@pytest.mark.parametrize(
    ("box", "digit", "text"),
    [
        ((10, 10, 20, 20), 7, "7"),
        ((10, 10, 20, 20), 1, "1!"),  # misread
        ((10, 10, 20, 30), 7, "7"),  # IoU 0.5
        ((10, 10, 20, 31), 7, "7!"),
        ((14, 14, 16, 16), 7, "7!"),  # inside of the true box, but far too small
        ((25, 25, 35, 35), 7, "7!"),  # apart: two negative lengths make no area
    ],
)
def test_found_boxes_are_blue_and_a_mistake_is_marked(box, digit, text):
    _, axes = figures.draw_scenes(IMAGES[:1], BOXES[:1], LABELS[:1], [[(0.9, box, digit)]])
    ax = axes.flat[0]
    assert [label.get_text() for label in ax.texts] == [text]
    assert same_color(ax.patches[-1].get_edgecolor(), figures.VALUE)
    assert ax.texts[0].get_fontweight() == ("bold" if "!" in text else "normal")
