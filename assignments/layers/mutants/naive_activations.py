"""Softplus and the sigmoid as the formulas have them: they overflow."""

MARKS = {1: 4, 2: 3, 3: 4, 4: 5, 5: 3, 6: 3}


def softplus(x):
    return np.log(1 + np.exp(x))


def softplus_backward(x, dy):
    return dy * np.exp(x) / (1 + np.exp(x))
