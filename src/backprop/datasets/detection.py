"""Scenes to find digits in: real digits of several sizes among pieces of other digits and noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..checks import check_data, check_positive, check_seed
from .dataset import Dataset

__all__ = ["Scenes", "scenes"]

SIDE = 40
SIZES = 10, 20  # the smallest and the largest digit, in pixels, before its margin is cut
PIECES = 6
INK = 0.25  # a pixel at least this dark belongs to a digit
NOISE = 0.08  # standard deviation


class Scenes(NamedTuple):
    """Images with boxes around the digits in them.

    Attributes
    ----------
    images : float64 (scenes, 40, 40, 1)
        From 0 (paper) to 1 (ink).
    boxes : list of int arrays (digits, 4)
        For each scene, a row (x0, y0, x1, y1) a digit, in pixels from the upper left corner: the
        digit is in `images[scene, y0:y1, x0:x1]`.
    labels : list of int arrays (digits,)
        Which digits they are.
    """

    images: np.ndarray
    boxes: list[np.ndarray]
    labels: list[np.ndarray]


def scenes(digits: Dataset, n: int, seed: int | np.random.Generator) -> Scenes:
    """Draw scenes of 40×40 pixels, each with one to three digits among clutter.

    A digit is drawn at random, enlarged from 8×8 to between 10×10 and 20×20 pixels, cut to its ink
    and set where its box meets no other digit's. The clutter is six pieces of digits, each half as
    high and wide as such a digit, behind the whole ones, and noise on every pixel.

    Parameters
    ----------
    digits : Dataset
        The digits and the pieces come from here, as in `load_digits`: x (samples, 64), y
        (samples,). For scenes of writers that training never saw, pass the test part of
        `load_digits_by_writer`.
    n : int
        How many scenes.
    seed : int or numpy.random.Generator
        The same integer always gives the same scenes.

    Returns
    -------
    Scenes

    Raises
    ------
    TypeError, ValueError
        If `digits` is no Dataset of images with 64 pixels from 0 to 1 and as many labels, if an
        image is too pale to have a box, or n is no whole number of at least 1.
    """
    if not isinstance(digits, Dataset):
        raise TypeError(f"scenes: digits: expected a Dataset, got {type(digits).__name__}")
    x = check_data(digits.x, "scenes: digits", np.dtype("float64"))
    if x.shape[1:] != (64,) or np.shape(digits.y) != (len(x),):
        raise ValueError(
            f"scenes: digits: expected x of shape (samples, 64) and y of shape (samples,), "
            f"got {x.shape} and {np.shape(digits.y)}"
        )
    if x.min() < 0 or x.max() > 1 or x.max(axis=1).min() < 0.75:
        raise ValueError(
            "scenes: digits: expected pixels from 0 to 1, and one of at least 0.75 in each image, "
            f"got pixels from {x.min():g} to {x.max():g}, the palest image up to "
            f"{x.max(axis=1).min():g}"
        )
    n = check_positive(n, "scenes: n")
    rng = check_seed(seed)
    drawn = [_scene(x, np.asarray(digits.y), rng) for _ in range(n)]
    images, boxes, labels = (list(part) for part in zip(*drawn, strict=True))
    return Scenes(np.stack(images)[..., np.newaxis], boxes, labels)


def _scene(x, y, rng):
    """Draw one image, its boxes and its labels."""
    image = np.zeros((SIDE, SIDE))
    for _ in range(PIECES):
        digit, _ = _draw(x, rng)
        half = len(digit) // 2
        top, left = rng.integers(0, len(digit) - half + 1, 2)
        piece = digit[top : top + half, left : left + half]
        left, top, right, bottom = _place(rng, half, half)
        image[top:bottom, left:right] = piece

    n = rng.integers(1, 4)
    while True:  # sizes and places are drawn again until no two boxes meet
        chosen = [_cut(*_draw(x, rng)) for _ in range(n)]
        boxes = np.array([_place(rng, *digit.shape) for digit, _ in chosen])
        if not _meet(boxes):
            break
    for (digit, _), (left, top, right, bottom) in zip(chosen, boxes, strict=True):
        image[top:bottom, left:right] = digit

    image += rng.normal(0.0, NOISE, image.shape)
    return np.clip(image, 0.0, 1.0), boxes, y[[row for _, row in chosen]].astype(np.int64)


def _draw(x, rng):
    """Draw a digit and its size; return it enlarged, and its row."""
    row = int(rng.integers(len(x)))
    size = int(rng.integers(SIZES[0], SIZES[1] + 1))
    # Each new pixel's center lies between two old ones: linear interpolation along both axes.
    centers = np.clip((np.arange(size) + 0.5) * 8 / size - 0.5, 0, 7)
    between = np.maximum(0.0, 1.0 - abs(centers[:, np.newaxis] - np.arange(8)))
    return between @ x[row].reshape(8, 8) @ between.T, row


def _cut(digit, row):
    """Cut the margin without ink off a digit."""
    rows, columns = (np.flatnonzero((digit >= INK).any(axis=axis)) for axis in (1, 0))
    return digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], row


def _place(rng, height, width):
    """Draw a box that is that high and wide: its left, upper, right and lower edge."""
    left, top = rng.integers(SIDE - width + 1), rng.integers(SIDE - height + 1)
    return int(left), int(top), int(left + width), int(top + height)


def _meet(boxes):
    """Whether two of the boxes share a pixel."""
    start = np.maximum(boxes[:, np.newaxis, :2], boxes[np.newaxis, :, :2])
    end = np.minimum(boxes[:, np.newaxis, 2:], boxes[np.newaxis, :, 2:])
    shared = (end > start).all(axis=-1)
    return bool(shared.sum() > len(boxes))
