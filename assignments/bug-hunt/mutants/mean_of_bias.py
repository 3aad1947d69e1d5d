"""The dense layer is left as it was: its bias gradient is the mean over the batch."""

MARKS = {1: 0, 2: 3, 3: 3, 4: 4, 5: 3, 6: 3, 7: 5}


def dense_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.mean(axis=0)
