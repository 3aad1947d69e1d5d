"""Padding is masked by a factor 0: 0 times NaN is NaN; and the state becomes 0 there."""

MARKS = {1: 3, 2: 3, 3: 6, 4: 5, 5: 4, 6: 4}


def rnn(x, lengths, W, U, b):
    state, states = np.zeros((len(x), len(b))), []
    for t in range(x.shape[1]):
        state = (t < lengths)[:, None] * np.tanh(x[:, t] @ W + state @ U + b)
        states.append(state)
    return np.stack(states, axis=1)
