"""The loss is divided by the number of all entries, not of the rows: right for one output only."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 1, 5: 7, 6: 1}


def loss(o, y):
    return float(np.mean((o - y) ** 2) / 2)


def loss_gradient(o, y):
    return (o - y) / o.size
