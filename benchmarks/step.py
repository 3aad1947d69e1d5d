"""One step of the article's program: ours against the frameworks, and against fused NumPy.

Ours is ``fit``'s time over its 1,000 steps, with all that ``fit`` does around them. A ratio of
1/1.25 = 0.8 to the fused step means that ours takes 1.25 times its time.
"""

from benchmarks import article, step_peers
from benchmarks.fused import Fused
from benchmarks.timing import Peer, Row, race

WORKLOAD = "article's program, a step"

# All compute in float64; only the order of the sums differs.
TOLERANCE = 1e-12

GOALS = {
    step_peers.PyTorch: 30,
    step_peers.Autograd: 35,
    step_peers.ScikitLearn: 8,
    step_peers.JaxStep: 2.5,
    Fused: 1 / 1.25,
    step_peers.JaxScan: None,
    step_peers.Numba: None,
}


class Ragged(article.Backprop):
    """Nine batches of 10 and one of 5 an epoch: as many steps, but the batch's size changes."""

    name = "backprop, ragged last batch"

    def __init__(self):
        super().__init__()
        self.x, self.y = self.x[:-5], self.y[:-5]


def rows() -> list[Row]:
    peers = [Peer(make(), goal, TOLERANCE) for make, goal in GOALS.items()]
    peers.append(Peer(Ragged(), None, None))  # other data: its weights are not ours
    return race(
        WORKLOAD, article.Backprop(), peers, start=article.weights(), rounds=9, units=article.STEPS
    )
