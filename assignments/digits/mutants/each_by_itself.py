"""The other data are scaled by their own means and deviations."""

MARKS = {1: 4, 2: 1, 3: 5, 4: 6, 5: 4, 6: 4}


def standardize(training, other):
    return tuple(
        (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-300) for x in (training, other)
    )
