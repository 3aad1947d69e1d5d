"""The window is counted with the step itself: one step too few."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 3, 5: 4, 6: 4}


def truncated(x, W, U, b, dh, window):
    return right_rnn_backward(x, np.full(len(x), x.shape[1]), W, U, b, dh, max(0, window - 1))[1]
