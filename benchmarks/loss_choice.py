"""Cross-entropy or squared error for digits? ``python -m benchmarks.loss_choice``.

For the book's appendix, question 3; writes ``loss_choice.json``: for each share of wrong training
labels and each loss its rate, picked on the validation writers with ten other seeds, and the
accuracy on the test writers for each of 80 seeds.
"""

import json
from pathlib import Path

import numpy as np

from backprop import SGD, Dense, Sequential, to_categorical
from backprop.datasets import load_digits_by_writer

RESULTS = Path(__file__).with_name("loss_choice.json")
NOISES = (0.0, 0.3, 0.5)
RATES = {
    "categorical_crossentropy": (0.03, 0.1, 0.3, 1.0),
    "mean_squared_error": (1.0, 3.0, 10.0, 30.0),
}
SEEDS, TUNING_SEEDS = range(80), range(100, 110)
TRAINING, VALIDATION, TEST = load_digits_by_writer()


def accuracy(loss, rate, noise, seed, part):
    """Return the share of right answers of a network that learned from partly wrong labels."""
    rng = np.random.default_rng(seed)
    labels = TRAINING.y.copy()
    wrong = rng.random(len(labels)) < noise
    labels[wrong] = rng.integers(0, 10, wrong.sum())
    net = Sequential([Dense(32, "relu"), Dense(10, "softmax")], seed=seed)
    net.compile(SGD(rate), loss)
    net.fit(TRAINING.x, to_categorical(labels, 10), batch_size=32, epochs=20, verbose=0)
    return float(np.mean(net.predict(part.x).argmax(axis=1) == part.y))


def main() -> None:
    rows = []
    for noise in NOISES:
        for loss, rates in RATES.items():
            tuned = {
                rate: np.mean([accuracy(loss, rate, noise, s, VALIDATION) for s in TUNING_SEEDS])
                for rate in rates
            }
            rate = max(tuned, key=tuned.get)
            on_test = [round(accuracy(loss, rate, noise, s, TEST), 4) for s in SEEDS]
            rows.append({"noise": noise, "loss": loss, "rate": rate, "accuracy": on_test})
            print(f"{noise:4.0%} {loss:25} rate {rate:4}: {np.mean(on_test):.3f}", flush=True)
    lines = ",\n".join(json.dumps(row) for row in rows)
    RESULTS.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
