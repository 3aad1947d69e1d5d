"""The bias gradients are means over the batch, not sums: right for one sample only."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 4, 5: 3, 6: 1}


def backward(x, W1, b1, W2, b2, do):
    _, a1, _, o = forward(x, W1, b1, W2, b2)
    dz2 = do * o * (1 - o)
    dz1 = (dz2 @ W2.T) * (1 - a1**2)
    return dz1 @ W1.T, x.T @ dz1, dz1.mean(axis=0), a1.T @ dz2, dz2.mean(axis=0)
