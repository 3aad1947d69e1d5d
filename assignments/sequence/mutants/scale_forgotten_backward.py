"""The backward pass forgets 1/√D."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 5, 5: 4, 6: 2}


def attention_backward(Q, K, V, lengths, dy):
    _, A = attention(Q, K, V, lengths)
    dA = dy @ V.transpose(0, 2, 1)
    dS = A * (dA - (dA * A).sum(axis=2, keepdims=True))
    return dS @ K, dS.transpose(0, 2, 1) @ Q, A.transpose(0, 2, 1) @ dy
