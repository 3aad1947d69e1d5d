"""The scores are not divided by √D, in neither pass."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 5, 5: 2, 6: 1}


def attention(Q, K, V, lengths):
    scores = Q @ K.transpose(0, 2, 1)
    there = (np.arange(K.shape[1]) < lengths[:, None])[:, None, :]
    scores = np.where(there, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights @ V, weights
