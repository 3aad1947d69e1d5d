"""The cross-entropy's gradient is that of the sum over the samples."""

MARKS = {1: 4, 2: 4, 3: 1, 4: 5, 5: 3, 6: 3}


def cross_entropy(z, labels):
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(z))
    dz = np.exp(log_p)
    dz[rows, labels] -= 1
    return float(-log_p[rows, labels].mean()), dz
