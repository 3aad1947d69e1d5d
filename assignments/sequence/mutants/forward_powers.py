"""By hand, the powers of u go the wrong way round."""

MARKS = {1: 1, 2: 4, 3: 6, 4: 5, 5: 4, 6: 4}


def my_numbers():
    right = by_hand(VARIANT)
    return right | {"dx": right["dx"][::-1], "du": 0.0}
