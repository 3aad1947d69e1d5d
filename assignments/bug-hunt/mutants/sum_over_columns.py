"""The gradient has o's shape by a sum over the N × N array's columns; the loss is as before."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 4, 5: 1, 6: 3, 7: 5}


def mse(o, y):
    difference = o - y
    gradient = 2 * difference.sum(axis=1, keepdims=True) / len(o)
    return float(np.mean(difference**2)), gradient
