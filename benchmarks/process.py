"""The whole process, from the start of Python to the printed result: ours against Keras on JAX."""

import json
import os
import subprocess
import sys

from benchmarks import article
from benchmarks.timing import Peer, Row, race

WORKLOAD = "article's program, whole process"


class Program:
    def __init__(self, library: str, name: str):
        self.library, self.name = library, name

    def restart(self):
        """A new process starts from the beginning anyway."""

    def run(self):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.program", self.library],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            stdout=subprocess.PIPE,
            check=True,
        )
        self._weights = json.loads(done.stdout)

    def weights(self):
        return self._weights


def rows() -> list[Row]:
    peer = Peer(Program("keras", "Keras on JAX"), 12, tolerance=1e-6)
    return race(
        WORKLOAD,
        Program("backprop", "backprop"),
        [peer],
        start=article.weights(),
        rounds=2,
        units=1,
    )
