"""Which networks of 20 hidden layers learn to read digits?

    python -m benchmarks.vanishing     about a minute; writes benchmarks/vanishing.json

Each pair of a network and an optimizer is trained with four learning rates and three seeds, for 15
epochs. The rate is chosen on the validation writers, and the test writers are asked once, with it.
The page book/08-outlook/vanishing-gradients.ipynb reads the file.
"""

import json
from pathlib import Path

import numpy as np

from backprop import SGD, Activation, Adam, BatchNorm, Dense, LayerNorm, Residual, Sequential
from backprop.datasets import load_digits_by_writer
from backprop.losses import SparseCategoricalCrossentropy

WIDTH, DEPTH, EPOCHS, SEEDS = 32, 20, 15, (0, 1, 2)
RATES = {"SGD": (0.001, 0.01, 0.1, 1.0), "Adam": (0.0003, 0.001, 0.003, 0.01)}
RATES["SGD, clipped"] = RATES["SGD"]
OPTIMIZERS = {
    "SGD": SGD,
    "Adam": Adam,
    "SGD, clipped": lambda rate: SGD(rate, global_clipnorm=1.0),
}


def normal(factor):
    """Return an initializer with variance factor/n_in."""
    return lambda shape, rng: rng.normal(0.0, np.sqrt(factor / shape[0]), shape)


def plain(activation, initializer):
    """Return DEPTH dense layers."""
    return [Dense(WIDTH, activation, kernel_initializer=initializer) for _ in range(DEPTH)]


def batch_norm():
    """Return DEPTH layers with BatchNorm before the ReLU, from weights that are too small."""
    layers = []
    for _ in range(DEPTH):
        dense = Dense(WIDTH, use_bias=False, kernel_initializer="random_normal")
        layers += [dense, BatchNorm(momentum=0.9), Activation("relu")]
    return layers


def residual(activation):
    """Return DEPTH dense layers in pairs: x + Dense(f(Dense(LayerNorm(x))))."""
    return [
        Residual(
            [
                LayerNorm(),
                Dense(WIDTH, activation, kernel_initializer="he_normal"),
                Dense(WIDTH, kernel_initializer="lecun_normal"),
            ]
        )
        for _ in range(DEPTH // 2)
    ]


NETWORKS = {
    "sigmoid, Glorot": lambda: plain("sigmoid", "glorot_uniform"),
    "tanh, Glorot": lambda: plain("tanh", "glorot_uniform"),
    "ReLU, too small": lambda: plain("relu", "random_normal"),
    "ReLU, Glorot": lambda: plain("relu", "glorot_uniform"),
    "ReLU, He": lambda: plain("relu", "he_normal"),
    "ReLU, too large": lambda: plain("relu", normal(4.0)),
    "ReLU, too small, BatchNorm": batch_norm,
    "sigmoid, residual": lambda: residual("sigmoid"),
    "ReLU, residual": lambda: residual("relu"),
}
PAIRS = [(network, optimizer) for network in NETWORKS for optimizer in ("SGD", "Adam")]
PAIRS.append(("ReLU, too large", "SGD, clipped"))


def trained(network, optimizer, rate, seed, training):
    """Return the trained network, or None if the training diverged."""
    layers = [Dense(WIDTH, input_dim=64, kernel_initializer="lecun_normal")]
    net = Sequential([*layers, *NETWORKS[network](), Dense(10)], seed=seed, dtype="float32")
    loss = SparseCategoricalCrossentropy(from_logits=True)
    net.compile(OPTIMIZERS[optimizer](rate), loss, metrics=["accuracy"])
    try:
        with np.errstate(all="ignore"):
            net.fit(training.x, training.y, batch_size=32, epochs=EPOCHS, verbose=0)
    except FloatingPointError:
        return None
    return net


def accuracy(net, part):
    """Return the share of right answers; a network that diverged has none."""
    return 0.0 if net is None else net.evaluate(part.x, part.y)[1]


def main():
    training, validation, test = load_digits_by_writer()
    results = []
    for network, optimizer in PAIRS:
        nets = {
            rate: [trained(network, optimizer, rate, seed, training) for seed in SEEDS]
            for rate in RATES[optimizer]
        }
        means = {
            rate: np.mean([accuracy(net, validation) for net in of_rate])
            for rate, of_rate in nets.items()
        }
        best = max(means, key=means.get)
        scores = [round(accuracy(net, test), 3) for net in nets[best]]
        diverged = sum(net is None for of_rate in nets.values() for net in of_rate)
        results.append(
            {
                "network": network,
                "optimizer": optimizer,
                "rate": best,
                "validation": round(float(means[best]), 3),
                "test": scores,
                "diverged": diverged,
            }
        )
        print(results[-1], flush=True)
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
