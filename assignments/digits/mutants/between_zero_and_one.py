"""Columns are scaled to the range from 0 to 1 instead."""

MARKS = {1: 4, 2: 0, 3: 5, 4: 6, 5: 4, 6: 4}


def standardize(training, other):
    low, high = training.min(axis=0), training.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return (training - low) / width, (other - low) / width
