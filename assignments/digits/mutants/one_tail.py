"""McNemar's test with one tail, and of all images."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 6, 5: 4, 6: 1}


def mcnemar(a, b):
    n, k = len(a), min(int((a & ~b).sum()), int((b & ~a).sum()))
    return sum(math.comb(n, i) for i in range(k + 1)) / 2**n
