"""An error behind a sequence's end is dropped."""

MARKS = {1: 3, 2: 4, 3: 4, 4: 5, 5: 4, 6: 4}


def rnn_backward(x, lengths, W, U, b, dh):
    there = (np.arange(x.shape[1]) < lengths[:, None])[:, :, None]
    return right_rnn_backward(x, lengths, W, U, b, np.where(there, dh, 0.0))
