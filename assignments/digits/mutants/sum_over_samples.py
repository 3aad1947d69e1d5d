"""The loss is the sum over the samples."""

MARKS = {1: 4, 2: 4, 3: 0, 4: 2, 5: 4, 6: 4}


def loss_and_gradients(weights, x, labels, penalty):
    W1, b1, W2, b2 = weights
    z1 = x @ W1 + b1
    h = np.maximum(0.0, z1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    dz = np.exp(log_p)
    dz[rows, labels] -= 1
    dz1 = np.where(z1 > 0, dz @ W2.T, 0.0)
    L = -log_p[rows, labels].sum() + 0.5 * penalty * (np.sum(W1**2) + np.sum(W2**2))
    gradients = [x.T @ dz1 + penalty * W1, dz1.sum(axis=0), h.T @ dz + penalty * W2, dz.sum(axis=0)]
    return float(L), gradients
