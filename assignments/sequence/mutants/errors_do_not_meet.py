"""What comes from the next step replaces this step's own error."""

MARKS = {1: 3, 2: 4, 3: 1, 4: 5, 5: 4, 6: 4}


def rnn_backward(x, lengths, W, U, b, dh):
    last = np.zeros(dh.shape)
    last[:, -1] = dh[:, -1]
    return right_rnn_backward(x, lengths, W, U, b, last)
