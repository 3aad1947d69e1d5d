"""Networks for the bridge, and Keras's side of it as a program: its process, its backend.

Keras must be told its backend before it is imported, and only on TensorFlow does it compute all
layers here in float64. Elsewhere ``keras.backend.result_type("float64", "float32")``, which its
BatchNormalization asks, is float32, and these networks agree with ours to about seven digits.

    python bridge_networks.py FOLDER

reads ours-NETWORK.safetensors, and writes what Keras predicts from it; then theirs-NETWORK, Keras's
own weights, and what it predicts from those.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from backprop import bridge


def dense(k):
    return [
        k.Dense(6, activation="relu"),
        k.BatchNormalization(),
        k.Dropout(0.3),
        k.Dense(5, activation="tanh", use_bias=False),
        k.LayerNormalization(),
        k.Dense(3, activation="softmax"),
    ]


def images(k):
    return [
        k.Conv2D(3, (2, 3), activation="relu"),
        k.BatchNormalization(),
        k.MaxPooling2D(2),
        k.Conv2D(4, 3, padding="same", activation="tanh"),
        k.Flatten(),
        k.Dropout(0.3),
        k.Dense(2),
    ]


def pooled(k):
    return [k.Conv2D(3, 3, strides=2), k.GlobalAveragePooling2D(), k.Dense(2)]


def sequences(k):
    return [
        k.Embedding(9, 4),
        k.SimpleRNN(5, return_sequences=True),
        k.GRU(3),
        k.Dense(2, activation="sigmoid"),
    ]


SHAPES = {dense: (4,), images: (9, 8, 2), pooled: (9, 8, 2), sequences: (6,)}


def data(network):
    rng = np.random.default_rng(3)
    if network is sequences:
        return rng.integers(9, size=(7, *SHAPES[network]))
    return rng.normal(size=(7, *SHAPES[network]))


def drawn(arrays, seed):
    """Return arrays of the same shapes: small, and positive, for some are variances."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.1, 0.9, a.shape) for a in arrays]


def main(folder: Path):
    import keras

    keras.config.set_floatx("float64")
    for network, shape in SHAPES.items():
        x, name = data(network), f"{network.__name__}.safetensors"
        model = keras.Sequential([keras.Input(shape), *network(keras.layers)])
        model.set_weights(drawn(model.get_weights(), seed=1))
        variables = bridge.keras_variables(model)
        theirs = {name: variable.numpy() for name, variable in variables.items()}
        from_theirs = model.predict(x, verbose=0)
        save_file(theirs, folder / f"theirs-{name}")

        ours = load_file(folder / f"ours-{name}")
        assert set(ours) == set(theirs)
        for key, variable in variables.items():
            variable.assign(ours[key])
        predictions = {"ours": model.predict(x, verbose=0), "theirs": from_theirs}
        save_file(predictions, folder / f"predictions-{name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
