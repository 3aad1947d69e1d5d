"""The shared weight's gradient is that of its second use alone."""

MARKS = {1: 4, 2: 3, 3: 0, 4: 4, 5: 3, 6: 3, 7: 5}


def shared_backward(x, W, dy):
    h = np.tanh(x @ W)
    dz = (dy @ W.T) * (1 - h**2)
    return dz @ W.T, h.T @ dy
