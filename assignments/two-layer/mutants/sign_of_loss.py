"""The loss's gradient is y − o: every step climbs."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 2, 5: 7, 6: 0}


def loss_gradient(o, y):
    return (y - o) / len(o)
