"""The error is not divided by the gradients' size."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 5, 5: 3, 6: 0}


def relative_error(a, b):
    return float(np.sqrt(np.sum((a - b) ** 2)))
