"""The fractions are taken of the number of sheets, not of samples."""

MARKS = {1: 2, 2: 4, 3: 5, 4: 6, 5: 4, 6: 4}


def part(sheets, fractions, seed):
    order = np.random.default_rng(seed).permutation(np.unique(sheets))
    first = round(fractions[0] * len(order))
    second = first + round(fractions[1] * len(order))
    groups = (order[:first], order[first:second], order[second:])
    return tuple(np.flatnonzero(np.isin(sheets, each)) for each in groups)
