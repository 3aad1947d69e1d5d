"""The loss has the penalty, the gradient has not; and ReLU's derivative is missing."""

MARKS = {1: 4, 2: 4, 3: 2, 4: 6, 5: 4, 6: 4}


def loss_and_gradients(weights, x, labels, penalty):
    W1, b1, W2, b2 = weights
    h = np.maximum(0.0, x @ W1 + b1)
    p = np.exp(h @ W2 + b2)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dz = p.copy()
    dz[rows, labels] -= 1
    dz /= len(x)
    dh = dz @ W2.T
    L = -np.log(p[rows, labels]).mean() + 0.5 * penalty * (np.sum(W1**2) + np.sum(W2**2))
    return float(L), [x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)]
