"""The sigmoid is e^z/(1 + e^z), which is NaN for a large z."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 4, 5: 7, 6: 3}


def forward(x, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + b2
    return z1, a1, z2, np.exp(z2) / (1 + np.exp(z2))
