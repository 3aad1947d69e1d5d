"""The check of an exercise on the page of the witnesses."""

import numpy as np

from ..gradient_check import check_gradients
from .checking import ask, compare, exercise, require


@exercise("ex-witnesses-2", "Softplus")
def softplus(Softplus):
    rng = np.random.default_rng(0)
    for shape in ((4, 3), (1, 1)):
        x = rng.normal(scale=3, size=shape)
        layer = ask(Softplus)
        compare(ask(layer.forward, x), np.logaddexp(0.0, x), f"Softplus, forward, x of {shape}")
        report = check_gradients(layer, x)
        require(report.passed, f"x of shape {shape}, check_gradients says:\n{report}")
