"""The article's program, 1,000 steps: our public ``fit`` against Keras's, on its three backends.

Keras's first ``fit`` also traces and compiles; the turn that warms everyone up takes it.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack

from benchmarks import article
from benchmarks.timing import Peer, Row, race

WORKLOAD = "article's program, fit"
GOALS = {"jax": 25, "torch": 120, "tensorflow": 250}
NAMES = {"jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow"}

# Keras keeps its learning rate in float32, which explains most of the difference.
TOLERANCE = 1e-6


class Keras:
    """A contestant that runs in another process; see ``keras_worker``."""

    def __init__(self, backend: str):
        self.name = f"Keras on {NAMES[backend]}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.keras_worker"],
            env={**os.environ, "KERAS_BACKEND": backend},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, command):
        # The round trip takes less than a thousandth of the fastest run.
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name}: the process ended with {self._process.wait()}")
        return json.loads(answer)

    def restart(self):
        self._ask("restart")

    def run(self):
        self._ask("run")

    def weights(self):
        return self._ask("weights")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.stdin.close()
        self._process.wait()


def rows() -> list[Row]:
    with ExitStack() as stack:
        peers = [
            Peer(stack.enter_context(Keras(backend)), goal, TOLERANCE)
            for backend, goal in GOALS.items()
        ]
        return race(
            WORKLOAD,
            article.Backprop(),
            peers,
            start=article.weights(),
            rounds=3,
            units=article.STEPS,
        )
