"""The softmax runs over the queries."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 5, 5: 0, 6: 0}


def attention(Q, K, V, lengths):
    scores = Q @ K.transpose(0, 2, 1) / math.sqrt(Q.shape[2])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    there = (np.arange(K.shape[1]) < lengths[:, None])[:, None, :]
    weights = np.where(there, weights, 0.0)
    return weights @ V, weights
