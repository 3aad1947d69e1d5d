"""Keras in a process of its own: ``KERAS_BACKEND=... python -m benchmarks.keras_worker``.

The backend is fixed when Keras is imported, so that backends cannot take turns in one process. This
one stays alive between its turns. It reads a command a line, ``restart``, ``run`` or ``weights``,
does it, and answers with a line of JSON: the weights for ``weights``, null for the others.
"""

import json
import sys

import keras

from benchmarks import article


class Keras:
    """The article's program."""

    def __init__(self):
        keras.config.set_floatx("float64")
        self.x, self.y = article.data()
        self.model = keras.Sequential()
        self.model.add(keras.Input((article.INPUTS,)))
        self.model.add(keras.layers.Dense(article.HIDDEN, activation="relu"))
        self.model.add(keras.layers.Dense(1, activation="linear"))
        self.model.compile(loss="mean_squared_error", optimizer="sgd")

    def restart(self):
        self.model.set_weights(article.weights())

    def run(self):
        self.model.fit(self.x, self.y, **article.FIT)

    def weights(self):
        return [w.tolist() for w in self.model.get_weights()]


if __name__ == "__main__":
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(1)
    contestant = Keras()
    for line in sys.stdin:
        answer = getattr(contestant, line.strip())()
        print(json.dumps(answer), flush=True)
