"""The loss is right, its gradient lacks the 2."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 4, 5: 2, 6: 3, 7: 5}


def mse(o, y):
    difference = o - y[:, None]
    return float(np.mean(difference**2)), difference / len(o)
