"""The output layer's activation is left out on the way back."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 4, 5: 1, 6: 1}


def backward(x, W1, b1, W2, b2, do):
    a1 = forward(x, W1, b1, W2, b2)[1]
    dz1 = (do @ W2.T) * (1 - a1**2)
    return dz1 @ W1.T, x.T @ dz1, dz1.sum(axis=0), a1.T @ do, do.sum(axis=0)
