"""The softmax's derivative is A(1 − A), its diagonal alone."""

MARKS = {1: 3, 2: 4, 3: 6, 4: 5, 5: 4, 6: 1}


def attention_backward(Q, K, V, lengths, dy):
    _, A = attention(Q, K, V, lengths)
    dS = (dy @ V.transpose(0, 2, 1)) * A * (1 - A) / math.sqrt(Q.shape[2])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, A.transpose(0, 2, 1) @ dy
