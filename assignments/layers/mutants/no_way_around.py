"""The residual block's input gradient comes through the branch only; b's gradient is a mean."""

MARKS = {1: 4, 2: 4, 3: 4, 4: 5, 5: 0, 6: 3}


def residual_backward(x, W, b, V, dy):
    z = x @ W + b
    dz = softplus_backward(z, dy @ V.T)
    return dz @ W.T, x.T @ dz, dz.mean(axis=0), softplus(z).T @ dy
