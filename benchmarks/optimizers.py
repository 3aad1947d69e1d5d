"""Seven optimizers on five problems, tuned with one budget: `python -m benchmarks.optimizers`.

Every optimizer may try the same number of learning rates, half a decade apart, on three runs each;
everything else stays at its default (momentum 0.9). The rate with the lowest median loss on
validation data is taken, and run again from twenty fresh seeds. Chosen for two lengths of training.
Writes optimizers.json beside itself; about six minutes on one core.
"""

import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from backprop import SGD, Adam, AdamW, Dense, Embedding, Layer, Muon, RMSprop, Sequential
from backprop.datasets import load_digits_by_writer, load_languages

OUT = Path(__file__).with_suffix(".json")
TUNING, FRESH = range(100, 103), range(20)
RATES = 9  # trials for each optimizer

# The optimizer for a rate, and the smallest rate that is tried, as a power of ten.
OPTIMIZERS = {
    "SGD": (lambda rate: SGD(rate), -2.5),
    "momentum": (lambda rate: SGD(rate, momentum=0.9), -2.5),
    "Nesterov": (lambda rate: SGD(rate, momentum=0.9, nesterov=True), -2.5),
    "RMSprop": (lambda rate: RMSprop(rate), -4.0),
    "Adam": (lambda rate: Adam(rate), -4.0),
    "AdamW": (lambda rate: AdamW(rate), -4.0),
    "Muon": (lambda rate: Muon(rate), -3.5),
}


def rates(name):
    return [10 ** (OPTIMIZERS[name][1] + k / 2) for k in range(RATES)]


# -- problems: each returns (network, loss, fit's data, {part: its data}) for a seed ---------------


def regression(seed, rotated):
    """Least squares, 32 inputs and 8 outputs, with condition number 1,000; all samples a step."""
    rng = np.random.default_rng(seed)
    scale = np.sqrt(np.logspace(0, -3, 32))
    x = np.linalg.qr(rng.normal(size=(128, 32)))[0] * np.sqrt(128) * scale
    if rotated:
        x = x @ np.linalg.qr(rng.normal(size=(32, 32)))[0]
    y = x @ rng.normal(size=(32, 8)) / np.linalg.norm(scale)
    network = Sequential([Dense(8, use_bias=False, kernel_initializer="zeros")], seed=seed)
    return network, "mse", (x, y), {"validation": (x, y), "test": (x, y)}


def digits(seed, hidden, activation):
    """Handwritten digits, in three parts of other writers."""
    training, validation, test = DIGITS
    layers = [Dense(n, activation) for n in hidden]
    network = Sequential([*layers, Dense(10, "softmax", name="output")], seed=seed)
    parts = {"validation": (validation.x, validation.y), "test": (test.x, test.y)}
    return network, "sparse_categorical_crossentropy", (training.x, training.y), parts


class MeanOfRows(Layer):
    """The mean over the rows of a sequence that are not all zeros."""

    def _output_shape(self, input_shape):
        return input_shape[1:]

    def _forward(self, x, training):
        there = (x != 0).any(axis=-1, keepdims=True)
        self.share = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
        return (x * self.share).sum(axis=1)

    def _backward(self, dy, need_dx):
        return dy[:, None] * self.share


def pairs(text):
    text = f" {text.lower()} "
    return [text[i : i + 2] for i in range(len(text) - 1)]


def languages(seed):
    """Which of 20 languages: the mean of embedded pairs of letters; most rows rest at a step."""
    training, validation, test, _ = LANGUAGES
    known = sorted({pair for text in training.texts for pair in pairs(text)})
    numbers = {pair: number for number, pair in enumerate(known, 1)}

    def tokens(part):
        x = np.zeros((len(part.texts), 41), int)
        for row, text in zip(x, part.texts, strict=True):
            found = [numbers[pair] for pair in pairs(text) if pair in numbers]
            row[: len(found)] = found
        return x, part.y

    layers = [
        Embedding(len(known) + 1, 16, mask_zero=True),
        MeanOfRows(),
        Dense(20, "softmax", name="output"),
    ]
    network = Sequential(layers, seed=seed)
    parts = {"validation": tokens(validation), "test": tokens(test)}
    return network, "sparse_categorical_crossentropy", tokens(training), parts


DIGITS, LANGUAGES = load_digits_by_writer(), load_languages()
# The problem, its batch size, and its two lengths of training in epochs.
PROBLEMS = {
    "scaled": (lambda seed: regression(seed, rotated=False), 128, (30, 300)),
    "rotated": (lambda seed: regression(seed, rotated=True), 128, (30, 300)),
    "digits": (lambda seed: digits(seed, (32,), "relu"), 32, (2, 20)),
    "deep": (lambda seed: digits(seed, (16,) * 20, "tanh"), 32, (2, 20)),
    "languages": (lambda seed: languages(seed), 64, (2, 10)),
}


def train(problem, optimizer, rate, seed, part, lengths=None):
    """Return the loss on a part of the data after each length of training, inf if it diverged."""
    make, batch_size, both = PROBLEMS[problem]
    network, loss, data, parts = make(seed)
    network.compile(OPTIMIZERS[optimizer][0](rate), loss)
    losses, done = [], 0
    for epochs in both if lengths is None else lengths:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                network.fit(*data, batch_size=batch_size, epochs=epochs - done, verbose=0)
                value = network.evaluate(*parts[part], batch_size=400)
                losses.append(float(f"{value:.6g}"))
        except (FloatingPointError, ValueError):
            return losses + [float("inf")] * (2 - len(losses))
        done = epochs
    return losses


def median(trials):
    return float(np.median(trials))


def main():
    results = {}
    for problem, (_, _, lengths) in PROBLEMS.items():
        for optimizer in tqdm(OPTIMIZERS, desc=problem):
            trials = [
                [train(problem, optimizer, rate, seed, "validation") for seed in TUNING]
                for rate in rates(optimizer)
            ]  # (rate, seed, length)
            row = {"validation": trials}
            for k, length in enumerate(lengths):
                best = int(np.argmin([median([run[k] for run in runs]) for runs in trials]))
                rate = rates(optimizer)[best]
                fresh = [
                    train(problem, optimizer, rate, seed, "test", (length,))[0] for seed in FRESH
                ]
                row[str(length)] = {"rate": rate, "edge": best in (0, RATES - 1), "test": fresh}
            results.setdefault(problem, {})[optimizer] = row
    OUT.write_text(json.dumps(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
