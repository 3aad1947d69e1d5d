"""Batch normalization's mean depends on the input, its variance does not."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 2, 5: 3, 6: 3, 7: 5}


def batchnorm_backward(x, gamma, dy, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    dn = dy * gamma
    return (dn - dn.mean(axis=0)) / deviation, (dy * normal).sum(axis=0), dy.sum(axis=0)
