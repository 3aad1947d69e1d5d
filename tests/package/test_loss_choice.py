"""benchmarks/loss_choice.py: the results stored are those of the script."""

import importlib.util
import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).parents[2] / "benchmarks" / "loss_choice.py"
spec = importlib.util.spec_from_file_location("loss_choice", FILE)
loss_choice = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loss_choice)


def test_the_stored_accuracies_are_those_of_the_script():
    rows = json.loads(loss_choice.RESULTS.read_text(encoding="utf-8"))
    keys = [(noise, loss) for noise in loss_choice.NOISES for loss in loss_choice.RATES]
    assert [(row["noise"], row["loss"]) for row in rows] == keys
    for row in rows:
        assert row["rate"] in loss_choice.RATES[row["loss"]]
        assert len(row["accuracy"]) == len(loss_choice.SEEDS)
        arguments = row["loss"], row["rate"], row["noise"]
        again = [loss_choice.accuracy(*arguments, seed, loss_choice.TEST) for seed in range(3)]
        # Rounding differs between processors, and a long training makes it a few digits.
        assert np.abs(np.subtract(again, row["accuracy"][:3])).max() < 0.05
