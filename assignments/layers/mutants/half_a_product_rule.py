"""silu's derivative is the gate alone; softplus's derivative is taken of its value."""

MARKS = {1: 4, 2: 0, 3: 4, 4: 5, 5: 1, 6: 3}


def softplus_backward(x, dy):
    return dy / (1 + np.exp(-softplus(x)))


def silu_backward(x, dy):
    return dy / (1 + np.exp(-x))
