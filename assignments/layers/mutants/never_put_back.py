"""The moved number is not put back, so each difference is taken somewhere else."""

MARKS = {1: 3, 2: 4, 3: 4, 4: 5, 5: 3, 6: 3}


def differences(name, x, dy, h):
    f, x = FUNCTIONS[name], np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        gradient[index] = np.sum(dy * (above - f(x))) / (2 * h)
    return gradient
