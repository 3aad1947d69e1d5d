"""Backpropagation in NumPy, written to be read.

Keras's names do what a Keras user expects::

    from backprop import Dense, Sequential

    model = Sequential()
    model.add(Dense(10, input_dim=8, activation="relu"))
    model.add(Dense(1, activation="linear"))
    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(x, y, epochs=100, batch_size=10)
"""

from .attention import DotProductAttention
from .callbacks import (
    Callback,
    EarlyStopping,
    History,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from .chain import Input
from .convolution import Conv2D, GlobalAveragePooling2D, MaxPool2D
from .datasets import to_categorical
from .layer import Layer
from .layers import Activation, BatchNorm, Dense, Dropout, Flatten, LayerNorm, Residual
from .network import Sequential
from .not_here import ADVICE
from .optimizers import SGD, Adam, AdamW, Muon, RMSprop
from .recurrent import GRU, Embedding, SimpleRNN

# Keras's names
BatchNormalization = BatchNorm
LayerNormalization = LayerNorm
MaxPooling2D = MaxPool2D

__all__ = [
    "GRU",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm",
    "BatchNormalization",
    "Callback",
    "Conv2D",
    "Dense",
    "DotProductAttention",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling2D",
    "History",
    "Input",
    "Layer",
    "LayerNorm",
    "LayerNormalization",
    "LearningRateScheduler",
    "MaxPool2D",
    "MaxPooling2D",
    "ModelCheckpoint",
    "Muon",
    "RMSprop",
    "ReduceLROnPlateau",
    "Residual",
    "Sequential",
    "SimpleRNN",
    "to_categorical",
]


def __getattr__(name):
    if name in ADVICE:
        # An ImportError, for `from backprop import ...` would replace the text of another.
        raise ImportError(f"backprop has no {name}: {ADVICE[name]}")
    raise AttributeError(f"module 'backprop' has no attribute {name!r}")
