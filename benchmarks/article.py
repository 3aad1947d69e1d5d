"""The article's program: its data, its initial weights, and our network that runs it.

Only NumPy is imported at the top, so that a process that is timed from its start to its end pays
for nothing but the library it uses.
"""

import numpy as np

SAMPLES, INPUTS, HIDDEN = 100, 8, 10
BATCH, EPOCHS = 10, 100
BATCHES = SAMPLES // BATCH
STEPS = EPOCHS * BATCHES
LEARNING_RATE = 0.01  # the default of "sgd", in Keras and here

FIT = {"epochs": EPOCHS, "batch_size": BATCH, "shuffle": False, "verbose": 0}


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs (100, 8) and the targets (100, 1)."""
    rng = np.random.default_rng(0)
    return rng.random((SAMPLES, INPUTS)), rng.random((SAMPLES, 1))


def batches() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the ten batches of an epoch, always in this order."""
    x, y = data()
    return [(x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, SAMPLES, BATCH)]


def weights() -> list[np.ndarray]:
    """Return the W₁, b₁, W₂, b₂ from which everyone starts."""
    rng = np.random.default_rng(1)
    shapes = (INPUTS, HIDDEN), (HIDDEN,), (HIDDEN, 1), (1,)
    return [rng.uniform(-0.5, 0.5, shape) for shape in shapes]


class Backprop:
    """Our network, through its public ``fit``."""

    name = "backprop"

    def __init__(self):
        from backprop import Dense, Sequential

        self.model = Sequential()
        self.model.add(Dense(HIDDEN, input_dim=INPUTS, activation="relu"))
        self.model.add(Dense(1, activation="linear"))
        self.model.compile(loss="mean_squared_error", optimizer="sgd")
        self.x, self.y = data()

    def restart(self):
        self.model.set_weights(weights())

    def run(self):
        self.model.fit(self.x, self.y, **FIT)

    def weights(self):
        return self.model.get_weights()
