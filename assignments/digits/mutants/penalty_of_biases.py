"""The penalty takes the biases too, in the loss and in the gradient."""

MARKS = {1: 4, 2: 4, 3: 1, 4: 6, 5: 4, 6: 4}


def loss_and_gradients(weights, x, labels, penalty):
    L, gradients = _plain(weights, x, labels)
    L += 0.5 * penalty * sum(np.sum(w**2) for w in weights)
    return L, [g + penalty * w for g, w in zip(gradients, weights, strict=True)]


def _plain(weights, x, labels):
    W1, b1, W2, b2 = weights
    z1 = x @ W1 + b1
    h = np.maximum(0.0, z1)
    p = np.exp(h @ W2 + b2)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dz = p.copy()
    dz[rows, labels] -= 1
    dz /= len(x)
    dz1 = np.where(z1 > 0, dz @ W2.T, 0.0)
    return float(-np.log(p[rows, labels]).mean()), [
        x.T @ dz1,
        dz1.sum(axis=0),
        h.T @ dz,
        dz.sum(axis=0),
    ]
