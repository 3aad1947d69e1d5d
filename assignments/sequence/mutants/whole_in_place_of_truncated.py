"""Truncation is not done; the reach forgets tanh's derivative."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 0, 5: 4, 6: 4}


def truncated(x, W, U, b, dh, window):
    return right_rnn_backward(x, np.full(len(x), x.shape[1]), W, U, b, dh)[1]


def reach(x, W, U, b):
    error = np.ones((len(x), len(b)))
    sizes = [float(np.sqrt(np.sum(error**2)))]
    for _ in range(x.shape[1] - 1):
        error = error @ U.T
        sizes.append(float(np.sqrt(np.sum(error**2))))
    return sizes[::-1]
