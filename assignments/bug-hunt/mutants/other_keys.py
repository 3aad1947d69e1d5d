"""The inputs stand under other names."""

MARKS = {1: 4, 2: 3, 3: 3, 4: 4, 5: 3, 6: 3, 7: 2}


def hides():
    return {"1": (np.ones((1, 2)), np.ones((2, 3)), np.ones((1, 3)))}
