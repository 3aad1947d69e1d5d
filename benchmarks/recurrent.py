"""A recurrent layer's step: forward and backward through 32 steps of time, beside torch.nn's.

Batch 32, 128 inputs, 128 units, float32, all states as output. The loss is ⟨v, y⟩ with a fixed v,
so that its gradient costs nothing; dx is computed, as behind another layer. Each step ends with an
update, so that both must arrive at the same weights.
"""

import numpy as np
import torch

from backprop import GRU, SimpleRNN
from backprop.layer import backward_through, forward_through, passes
from benchmarks.timing import Peer, Row, race

WORKLOAD = "recurrent layers, a step"
STEPS, BATCH, UNITS = 32, 32, 128
BATCHES = 5
LEARNING_RATE = 1e-3

# The goal of each layer's ratio, and how far weights in float32 may part after five steps.
GOALS = {GRU: 1 / 1.0, SimpleRNN: 1 / 0.7}
TOLERANCE = 2e-6


def data():
    """Return the inputs of all batches, and v."""
    x = np.random.default_rng(0).normal(size=(BATCHES, BATCH, STEPS, UNITS))
    v = np.random.default_rng(1).normal(size=(BATCH, STEPS, UNITS))
    return x.astype(np.float32), v.astype(np.float32)


def make(kind):
    layer = kind(UNITS, return_sequences=True)
    return layer.build((STEPS, UNITS), seed=2, dtype="float32")


class Backprop:
    name = "backprop"

    def __init__(self, kind):
        self.xs, self.v = data()
        self.layer = make(kind)
        self.chain = passes([self.layer])  # what a network's training calls
        self.start = self.layer.parameters.copy()

    def restart(self):
        self.layer.parameters = self.start

    def run(self):
        for x in self.xs:
            forward_through(self.chain, x, True)
            backward_through(self.chain, self.v, True)
            self.layer.parameters -= np.float32(LEARNING_RATE) * self.layer.gradients

    def weights(self):
        return [self.layer.W, self.layer.U, self.layer.b]


class PyTorch:
    name = "PyTorch, eager"

    def __init__(self, kind):
        torch.set_num_threads(1)
        xs, v = data()
        self.xs = [torch.from_numpy(x).requires_grad_() for x in xs]
        self.v = torch.from_numpy(v)
        torch_kind = {GRU: torch.nn.GRU, SimpleRNN: torch.nn.RNN}[kind]
        self.layer = torch_kind(UNITS, UNITS, batch_first=True)
        self.gru = kind is GRU
        if not self.gru:  # one of its two biases is enough, and ours has one
            self.layer.bias_hh_l0.requires_grad_(False)
        trained = [w for w in self.layer.parameters() if w.requires_grad]
        self.optimizer = torch.optim.SGD(trained, lr=LEARNING_RATE)
        ours = make(kind)
        self.start = [a.copy() for a in (ours.W, ours.U, ours.b)]

    def _swap(self, array):
        """Turn our order of the blocks, z, r, c, into PyTorch's, r, z, c, or back."""
        if not self.gru:
            return array
        z, r, c = np.split(array, 3, axis=-1)
        return np.concatenate([r, z, c], axis=-1)

    def restart(self):
        W, U, b = (torch.from_numpy(self._swap(array)) for array in self.start)
        b_ih, b_hh = b if self.gru else (b, torch.zeros_like(b))
        with torch.no_grad():
            for own, start in zip(self.layer.parameters(), (W.T, U.T, b_ih, b_hh), strict=True):
                own.copy_(start)

    def run(self):
        for x in self.xs:
            self.optimizer.zero_grad()
            x.grad = None
            y, _ = self.layer(x)
            y.backward(self.v)
            self.optimizer.step()

    def weights(self):
        W, U, *b = (w.detach().numpy() for w in self.layer.parameters())
        return [self._swap(W.T), self._swap(U.T), self._swap(np.stack(b)) if self.gru else b[0]]


def rows() -> list[Row]:
    return [
        row
        for kind, goal in GOALS.items()
        for row in race(
            f"{kind.__name__}, 32 steps",
            Backprop(kind),
            [Peer(PyTorch(kind), goal, TOLERANCE)],
            start=PyTorch(kind).start,
            rounds=9,
            units=BATCHES,
            least=0.2,
        )
    ]
