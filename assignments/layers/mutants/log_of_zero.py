"""The probabilities are computed first and their logarithm taken then."""

MARKS = {1: 4, 2: 4, 3: 3, 4: 5, 5: 3, 6: 3}


def cross_entropy(z, labels):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(z))
    dz = p.copy()
    dz[rows, labels] -= 1
    return float(-np.log(p[rows, labels]).mean()), dz / len(z)
