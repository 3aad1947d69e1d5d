"""Memory: training keeps its buffers, and the article's program needs little beside NumPy."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from backprop import Dense, Sequential


def grown(samples):
    """Return the bytes that 10,000 more steps of the article's program leave behind."""
    rng = np.random.default_rng(0)
    x, y = rng.random((samples, 8)), rng.random((samples, 1))
    model = Sequential([Dense(10, input_dim=8, activation="relu"), Dense(1)], seed=0)
    model.compile(loss="mean_squared_error", optimizer="sgd")
    steps = -(-samples // 10)

    def train(epochs):
        for _ in range(epochs):  # a History of its own each time, given up at once
            model.fit(x, y, batch_size=10, verbose=0)

    train(20)
    tracemalloc.start()
    try:
        train(10_000 // steps)  # so that Python's own caches are full
        before, _ = tracemalloc.get_traced_memory()
        train(10_000 // steps)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


# 103: the last batch of an epoch has three samples, and buffers of its own.
@pytest.mark.parametrize("samples", [100, 103])
def test_ten_thousand_steps_leave_nothing_behind(samples):
    # One byte a step would be 10,000; a few objects come and go whenever the count is taken.
    assert grown(samples) < 5_000


@pytest.mark.skipif(
    sys.platform != "linux", reason="resident memory is read from /proc: Linux only"
)
def test_the_articles_program_is_small_beside_numpy():
    program = """
import numpy as np

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

before = resident()
from backprop import Dense, Sequential
rng = np.random.default_rng(0)
model = Sequential([Dense(10, input_dim=8, activation="relu"), Dense(1)], seed=0)
model.compile(loss="mean_squared_error", optimizer="sgd")
model.fit(rng.random((100, 8)), rng.random((100, 1)), batch_size=10, epochs=100, verbose=0)
print(resident() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 60 * 1024  # kB
