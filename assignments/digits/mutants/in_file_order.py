"""The sheets are taken in their own order, whatever the seed is."""

MARKS = {1: 3, 2: 4, 3: 5, 4: 6, 5: 4, 6: 4}


def part(sheets, fractions, seed):
    order, parts, position = np.unique(sheets), [], 0
    for fraction in fractions:
        taken = []
        while np.isin(sheets, taken).sum() < fraction * len(sheets):
            taken.append(order[position])
            position += 1
        parts.append(np.flatnonzero(np.isin(sheets, taken)))
    return *parts, np.flatnonzero(np.isin(sheets, order[position:]))
