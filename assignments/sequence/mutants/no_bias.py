"""The recurrent layer has no bias."""

MARKS = {1: 3, 2: 0, 3: 0, 4: 0, 5: 4, 6: 4}


def rnn(x, lengths, W, U, b):
    state, states = np.zeros((len(x), len(b))), []
    for t in range(x.shape[1]):
        going = (t < lengths)[:, None]
        state = np.where(going, np.tanh(np.where(going, x[:, t], 0.0) @ W + state @ U), state)
        states.append(state)
    return np.stack(states, axis=1)
