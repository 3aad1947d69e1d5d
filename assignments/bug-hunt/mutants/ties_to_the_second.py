"""Of two equal neighbors the second one gets the gradient."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 4, 5: 3, 6: 0, 7: 5}


def pool_backward(x, dy):
    first = x[:, ::2] > x[:, 1::2]
    dx = np.empty(x.shape)
    dx[:, ::2], dx[:, 1::2] = np.where(first, dy, 0.0), np.where(first, 0.0, dy)
    return dx
