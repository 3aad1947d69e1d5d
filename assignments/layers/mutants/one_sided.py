"""Differences are one-sided."""

MARKS = {1: 1, 2: 4, 3: 4, 4: 5, 5: 3, 6: 3}


def differences(name, x, dy, h):
    f, gradient = FUNCTIONS[name], np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = np.array(x)
        moved[index] += h
        gradient[index] = np.sum(dy * (f(moved) - f(x))) / h
    return gradient
