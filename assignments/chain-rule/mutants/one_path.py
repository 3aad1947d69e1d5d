"""By hand, one of the two paths of a is forgotten."""

MARKS = {1: 2, 2: 5, 3: 4, 4: 3, 5: 5, 6: 3}


def my_numbers():
    right = by_hand(VARIANT)
    return right | {"da": right["q"] * VARIANT["b"]}
