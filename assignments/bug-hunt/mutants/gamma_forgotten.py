"""Gamma's gradient is taken of y, not of the normalized x: gamma stands in it once too often."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 3, 5: 3, 6: 3, 7: 5}


def batchnorm_backward(x, gamma, dy, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    dn = dy * gamma
    dx = (dn - dn.mean(axis=0) - normal * (dn * normal).mean(axis=0)) / deviation
    return dx, (dn * normal).sum(axis=0), dy.sum(axis=0)
