"""Positions are counted from 1."""

MARKS = {1: 4, 2: 4, 3: 5, 4: 6, 5: 1, 6: 4}


def choose(results):
    return 1 + max(range(len(results)), key=lambda k: results[k]["validation"])
