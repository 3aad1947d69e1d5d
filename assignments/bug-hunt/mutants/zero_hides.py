"""The inputs that hide are zeros, which the question excludes; the ones that show are too small."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 4, 5: 3, 6: 3, 7: 1}


def hides():
    return {
        "dense": (np.ones((4, 2)), np.ones((2, 3)), np.zeros((4, 3))),
        "mse": (np.ones((3, 1)), np.ones(3)),
        "pool": (np.ones((1, 2)), np.zeros((1, 1))),
    }


def shows():
    return {
        "dense": (np.ones((2, 2)), np.ones((2, 3)), 0.5 * np.ones((2, 3))),
        "mse": (np.array([[0.0], [4.0]]), np.array([1.0, 2.0])),
        "pool": (np.array([[1.0, 1.0]]), np.array([[0.5]])),
    }
