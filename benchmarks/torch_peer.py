"""A network in PyTorch, trained as its own users do."""

import torch


class Torch:
    """Batches are cut, and turned into tensors, before the clock starts."""

    name = "PyTorch, eager"

    def __init__(self, model, loss, learning_rate, batches, epochs, start):
        """``batches`` are pairs of NumPy arrays, and ``start()`` returns W₁, b₁, W₂, ..."""
        torch.set_num_threads(1)
        self.model, self.loss, self.epochs, self.start = model, loss, epochs, start
        self.optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        self.batches = [tuple(map(torch.from_numpy, batch)) for batch in batches]

    def restart(self):
        with torch.no_grad():
            for own, start in zip(self.model.parameters(), self.start(), strict=True):
                own.copy_(torch.from_numpy(self.to_torch(start)))

    def run(self):
        for _ in range(self.epochs):
            for x, y in self.batches:
                self.optimizer.zero_grad()
                self.loss(self.model(x), y).backward()
                self.optimizer.step()

    def weights(self):
        return [self.to_ours(w.detach().numpy()) for w in self.model.parameters()]

    def to_torch(self, array):
        """Return one of our weights as PyTorch keeps it: W as (out, in)."""
        return array.T

    def to_ours(self, array):
        """Return one of PyTorch's weights as ours."""
        return array.T
