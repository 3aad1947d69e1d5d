"""The article's program as a process of its own: ``python -m benchmarks.program backprop``.

It imports the named library, Keras or ours, trains, and prints the final weights as JSON.
"""

import importlib
import json
import sys

from benchmarks import article

library = importlib.import_module(sys.argv[1])
layers = library if sys.argv[1] == "backprop" else library.layers
if sys.argv[1] == "keras":
    library.config.set_floatx("float64")

x, y = article.data()
model = library.Sequential()
model.add(layers.Dense(article.HIDDEN, input_dim=article.INPUTS, activation="relu"))
model.add(layers.Dense(1, activation="linear"))
model.compile(loss="mean_squared_error", optimizer="sgd")
model.set_weights(article.weights())
model.fit(x, y, **article.FIT)
print(json.dumps([w.tolist() for w in model.get_weights()]))
