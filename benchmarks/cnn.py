"""A step of a convolutional network on small images, float32, beside PyTorch's eager step.

Two convolutions, each followed by ReLU and max pooling, and a dense layer: on images of 8×8 pixels,
as the digits of the package, and of 28×28. PyTorch keeps images as (N, C, H, W) and kernels as
(O, C, k, k); its arrays are turned before the clock starts.
"""

import numpy as np
import torch

from backprop import Conv2D, Dense, Flatten, MaxPool2D, Sequential
from backprop.losses import CategoricalCrossentropy
from benchmarks.timing import Peer, Row, race
from benchmarks.torch_peer import Torch

WORKLOAD = "CNN, a step"
BATCH, BATCHES = 32, 10
LEARNING_RATE = 0.01
CLASSES = 10

# The goal by the side of the images, and how far weights in float32 may part after ten steps.
GOALS = {8: 1 / 0.35, 28: 1 / 0.8}
TOLERANCE = 2e-6


def data(side):
    """Return random images and one-hot targets."""
    rng = np.random.default_rng(0)
    n = BATCH * BATCHES
    y = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, n)]
    return rng.random((n, side, side, 1), dtype=np.float32), y


def network():
    return [
        Conv2D(8, 3, padding="same", activation="relu"),
        MaxPool2D(2),
        Conv2D(16, 3, padding="same", activation="relu"),
        MaxPool2D(2),
        Flatten(),
        Dense(CLASSES),
    ]


def weights(side):
    model = Sequential(network(), seed=1, dtype="float32")
    model.build((side, side, 1))
    return model.get_weights()


class Backprop:
    name = "backprop"

    def __init__(self, side):
        self.x, self.y = data(side)
        self.model = Sequential(network(), dtype="float32")
        self.model.build((side, side, 1))
        self.model.compile("sgd", CategoricalCrossentropy(from_logits=True))
        self.start = weights(side)

    def restart(self):
        self.model.set_weights(self.start)

    def run(self):
        self.model.fit(self.x, self.y, batch_size=BATCH, shuffle=False, verbose=0)

    def weights(self):
        return self.model.get_weights()


class PyTorch(Torch):
    def __init__(self, side):
        self.pooled = (side // 4, side // 4, 16)  # what is flattened, in our order
        model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 8, 3, padding="same"),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(8, 16, 3, padding="same"),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(np.prod(self.pooled), CLASSES),
        )
        x, y = data(side)
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        batches = zip(np.split(x, BATCHES), np.split(y, BATCHES), strict=True)
        loss = torch.nn.CrossEntropyLoss()
        super().__init__(model, loss, LEARNING_RATE, batches, epochs=1, start=lambda: weights(side))

    def to_torch(self, array):
        if array.ndim == 2:  # Linear, behind Flatten
            images = array.reshape(*self.pooled, CLASSES)
            return np.ascontiguousarray(images.transpose(3, 2, 0, 1)).reshape(CLASSES, -1)
        return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array

    def to_ours(self, array):
        if array.ndim == 2:
            h, w, C = self.pooled
            return array.reshape(CLASSES, C, h, w).transpose(2, 3, 1, 0).reshape(-1, CLASSES)
        return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def rows() -> list[Row]:
    return [
        row
        for side, goal in GOALS.items()
        for row in race(
            f"CNN on {side}×{side} images",
            Backprop(side),
            [Peer(PyTorch(side), goal, TOLERANCE)],
            start=weights(side),
            rounds=9,
            units=BATCHES,
        )
    ]
