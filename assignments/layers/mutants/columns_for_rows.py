"""Mean and variance are those of the columns, as batch normalization has them."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 0, 5: 3, 6: 3}


def layer_norm(x, gamma, beta, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    return gamma * (x - x.mean(axis=0)) / deviation + beta


def layer_norm_backward(x, gamma, dy, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    dn = dy * gamma
    dx = (dn - dn.mean(axis=0) - normal * (dn * normal).mean(axis=0)) / deviation
    return dx, (dy * normal).mean(axis=0), dy.sum(axis=0)
