"""ε is added to the root, not to the variance."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 1, 5: 3, 6: 3}


def layer_norm(x, gamma, beta, epsilon):
    deviation = x.std(axis=1, keepdims=True) + epsilon
    return gamma * (x - x.mean(axis=1, keepdims=True)) / deviation + beta


def layer_norm_backward(x, gamma, dy, epsilon):
    deviation = x.std(axis=1, keepdims=True) + epsilon
    normal = (x - x.mean(axis=1, keepdims=True)) / deviation
    dn = dy * gamma
    inner = dn - dn.mean(axis=1, keepdims=True) - normal * (dn * normal).mean(axis=1, keepdims=True)
    return inner / deviation, (dy * normal).sum(axis=0), dy.sum(axis=0)
