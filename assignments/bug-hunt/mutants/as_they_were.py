"""All six functions are handed in as they were given."""

MARKS = {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 5}


def dense_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.mean(axis=0)


def softmax_backward(p, dp):
    return dp * p * (1 - p)


def shared_backward(x, W, dy):
    h = np.tanh(x @ W)
    dW = h.T @ dy
    dz = (dy @ W.T) * (1 - h**2)
    dW = x.T @ dz
    return dz @ W.T, dW


def batchnorm_backward(x, gamma, dy, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    return dy * gamma / deviation, (dy * normal).sum(axis=0), dy.sum(axis=0)


def mse(o, y):
    difference = o - y
    return float(np.mean(difference**2)), 2 * difference / len(o)


def pool_backward(x, dy):
    windows = x.reshape(len(x), -1, 2)
    largest = windows == windows.max(axis=2, keepdims=True)
    return (largest * dy[:, :, None]).reshape(x.shape)
