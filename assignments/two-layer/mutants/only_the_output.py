"""forward returns o alone, so what builds on its four arrays breaks as well."""

MARKS = {1: 4, 2: 4, 3: 0, 4: 4, 5: 0, 6: 0}


def forward(x, W1, b1, W2, b2):
    return 1 / (1 + np.exp(-(np.tanh(x @ W1 + b1) @ W2 + b2)))
