"""The plain interval p ± z√(p(1 − p)/n), which is empty if all are right."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 6, 5: 4, 6: 2}


def interval(right, n):
    p = right / n
    reach = 1.959964 * math.sqrt(p * (1 - p) / n)
    return p - reach, p + reach
