"""1e-8 is added to every deviation; the constant column of the other data explodes."""

MARKS = {1: 4, 2: 3, 3: 5, 4: 6, 5: 4, 6: 4}


def standardize(training, other):
    mean, deviation = training.mean(axis=0), training.std(axis=0) + 1e-8
    return (training - mean) / deviation, (other - mean) / deviation
