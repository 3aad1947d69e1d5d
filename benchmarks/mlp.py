"""A network of matrices: 784–512–512–10, batch 128, float32.

Here nearly all of the time is in eight matrix products a step, three forward and five backward (the
first layer needs no dx). They are also timed alone: no NumPy program that needs them can be faster.
PyTorch's products run in its own library, so its eight products are timed as well.
"""

import itertools

import numpy as np
import torch

from backprop import Dense, Sequential
from backprop.losses import CategoricalCrossentropy
from benchmarks.timing import Peer, Row, race
from benchmarks.torch_peer import Torch

WORKLOAD = "MLP 784–512–512–10"
SIZES = (784, 512, 512, 10)
BATCH, BATCHES = 128, 10
LEARNING_RATE = 0.01

# After ten steps in float32, whose numbers have seven digits.
TOLERANCE = 1e-6


def data():
    """Return random inputs and one-hot targets."""
    rng = np.random.default_rng(0)
    n = BATCH * BATCHES
    return rng.random((n, 784), dtype=np.float32), np.eye(10, dtype=np.float32)[
        rng.integers(0, 10, n)
    ]


def weights():
    # With seed 1 a unit's sum lies so near ReLU's kink that PyTorch's float32 takes the other side.
    rng = np.random.default_rng(2)
    arrays = []
    for n_in, n_out in itertools.pairwise(SIZES):
        arrays.append(rng.normal(0.0, np.sqrt(2 / n_in), (n_in, n_out)).astype(np.float32))
        arrays.append(np.zeros(n_out, np.float32))
    return arrays


class Backprop:
    name = "backprop"

    def __init__(self):
        self.x, self.y = data()
        self.model = Sequential(
            [Dense(512, "relu", input_dim=784), Dense(512, "relu"), Dense(10)], dtype="float32"
        )
        self.model.compile("sgd", CategoricalCrossentropy(from_logits=True))

    def restart(self):
        self.model.set_weights(weights())

    def run(self):
        self.model.fit(self.x, self.y, batch_size=BATCH, shuffle=False, verbose=0)

    def weights(self):
        return self.model.get_weights()


class PyTorch(Torch):
    def __init__(self):
        model = torch.nn.Sequential(
            torch.nn.Linear(784, 512),
            torch.nn.ReLU(),
            torch.nn.Linear(512, 512),
            torch.nn.ReLU(),
            torch.nn.Linear(512, 10),
        )
        batches = zip(*(np.split(array, BATCHES) for array in data()), strict=True)
        loss = torch.nn.CrossEntropyLoss()
        super().__init__(model, loss, LEARNING_RATE, batches, epochs=1, start=weights)


class Products:
    """The eight matrix products of a step, into buffers, and nothing else."""

    def __init__(self, name, matmul, array):
        """``matmul(a, b, out=...)`` is the library's, and ``array`` makes its arrays."""
        self.name, self.matmul = name, matmul
        self.xs = [array(x) for x in np.split(data()[0], BATCHES)]
        self.W1, self.W2, self.W3 = map(array, weights()[::2])
        self.dW1, self.dW2, self.dW3 = map(array, weights()[::2])
        rng = np.random.default_rng(2)
        # Values that stand for each layer's outputs and gradients, and buffers for new ones.
        self.a1, self.a2, self.a3, self.z1, self.z2, self.z3 = (
            array(rng.random((BATCH, n), dtype=np.float32)) for n in 2 * SIZES[1:]
        )

    def restart(self):
        """Nothing is trained."""

    def run(self):
        for x in self.xs:
            self.matmul(x, self.W1, out=self.z1)  #            forward
            self.matmul(self.a1, self.W2, out=self.z2)
            self.matmul(self.a2, self.W3, out=self.z3)
            self.matmul(self.a2.T, self.a3, out=self.dW3)  #   backward
            self.matmul(self.a3, self.W3.T, out=self.z2)
            self.matmul(self.a1.T, self.a2, out=self.dW2)
            self.matmul(self.a2, self.W2.T, out=self.z1)
            self.matmul(x.T, self.a1, out=self.dW1)


def rows() -> list[Row]:
    products = Products("its matrix products alone", np.matmul, np.array)
    torch_products = Products("the same products in PyTorch", torch.mm, torch.from_numpy)
    peers = [
        Peer(PyTorch(), 1 / 0.95, TOLERANCE),
        Peer(products, 0.90, None),
        Peer(torch_products, None, None),
    ]
    return race(WORKLOAD, Backprop(), peers, start=weights(), rounds=9, units=BATCHES, least=0.1)
