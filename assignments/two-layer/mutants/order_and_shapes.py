"""Biases left out, partial derivatives in another order, weight gradients as (outputs, inputs)."""

MARKS = {1: 4, 2: 0, 3: 2, 4: 4, 5: 0, 6: 0}


def partials(x, y, w11, b1, w21, b2):
    right = by_hand({"x": x, "y": y, "w11": w11, "b1": b1, "w21": w21, "b2": b2})
    return right["dL_db1"], right["dL_dw11"], right["dL_db2"], right["dL_dw21"]


def forward(x, W1, b1, W2, b2):
    z1 = x @ W1
    a1 = np.tanh(z1)
    z2 = a1 @ W2
    return z1, a1, z2, np.exp(-np.logaddexp(0.0, -z2))


def backward(x, W1, b1, W2, b2, do):
    _, a1, _, o = forward(x, W1, b1, W2, b2)
    dz2 = do * o * (1 - o)
    dz1 = (dz2 @ W2.T) * (1 - a1**2)
    return dz1 @ W1.T, dz1.T @ x, dz1.sum(axis=0), dz2.T @ a1, dz2.sum(axis=0)
