"""The error is divided by the first array's size; the verdict goes by the last error."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 5, 5: 3, 6: 0}


def relative_error(a, b):
    return float(np.sqrt(np.sum((a - b) ** 2)) / np.sqrt(np.sum(a**2)))


def verdict(errors):
    best = errors[-1]
    return "right" if best < 1e-7 else "kink or noise" if best < 1e-3 else "wrong"
