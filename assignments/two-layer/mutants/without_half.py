"""The mean of squares without the ½, as a framework has it."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 0, 5: 7, 6: 1}


def loss(o, y):
    return float(np.sum((o - y) ** 2) / len(o))


def loss_gradient(o, y):
    return 2 * (o - y) / len(o)
