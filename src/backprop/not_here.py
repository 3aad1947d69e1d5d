"""Keras's names that this package does not have: an import says so, and what to do instead."""

__all__ = ["ADVICE"]

_NO_GRAPH = "networks here are chains: use Sequential, or write a Layer that holds layers"
_NO_LOSS = "losses here are named by their mathematics: see backprop.losses.LOSSES"
_NO_OPTIMIZER = "use Adam, AdamW, Muon, RMSprop or SGD"

#: What to do instead, by name.
ADVICE = {
    "Model": _NO_GRAPH,
    "Concatenate": _NO_GRAPH,
    "Add": "use Residual for y = x + F(x)",
    "LSTM": "use GRU or SimpleRNN",
    "Masking": "give the recurrent layer masking=True",
    "Attention": "use DotProductAttention in a Layer that holds layers",
    "Bidirectional": "reverse the sequence and use two networks",
    "Conv1D": "use Conv2D with images of height 1",
    "AveragePooling2D": "use MaxPool2D or GlobalAveragePooling2D",
    "Normalization": "use backprop.datasets.standardize on the data",
    "Rescaling": "divide the data",
    "Adagrad": _NO_OPTIMIZER,
    "Adadelta": _NO_OPTIMIZER,
    "Adafactor": _NO_OPTIMIZER,
    "Adamax": _NO_OPTIMIZER,
    "Ftrl": _NO_OPTIMIZER,
    "Lion": _NO_OPTIMIZER,
    "Nadam": _NO_OPTIMIZER,
    "TensorBoard": "use the History that fit returns",
    "CSVLogger": "use the History that fit returns",
    "load_model": "build the network again and use load_weights",
    "MeanAbsoluteError": _NO_LOSS,
    "KLDivergence": _NO_LOSS,
}
