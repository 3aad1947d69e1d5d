"""The samples are parted at random, not the sheets."""

MARKS = {1: 1, 2: 4, 3: 5, 4: 6, 5: 4, 6: 4}


def part(sheets, fractions, seed):
    order = np.random.default_rng(seed).permutation(len(sheets))
    first = round(fractions[0] * len(sheets))
    second = first + round(fractions[1] * len(sheets))
    return order[:first], order[first:second], order[second:]
