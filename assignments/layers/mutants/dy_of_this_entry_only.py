"""Each input is taken to act on its own output only."""

MARKS = {1: 3, 2: 4, 3: 4, 4: 5, 5: 3, 6: 3}


def differences(name, x, dy, h):
    f, gradient = FUNCTIONS[name], np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (dy * (f(x + step) - f(x - step)))[index] / (2 * h)
    return gradient
