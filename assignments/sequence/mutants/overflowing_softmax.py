"""The exponential is taken without subtracting the largest score."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 5, 5: 3, 6: 4}


def attention(Q, K, V, lengths):
    weights = np.exp(Q @ K.transpose(0, 2, 1) / math.sqrt(Q.shape[2]))
    there = (np.arange(K.shape[1]) < lengths[:, None])[:, None, :]
    weights = np.where(there, weights, 0.0)
    weights /= weights.sum(axis=2, keepdims=True)
    return weights @ V, weights
