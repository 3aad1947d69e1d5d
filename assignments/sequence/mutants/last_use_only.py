"""By hand, each weight is differentiated at its last use only."""

MARKS = {1: 2, 2: 4, 3: 6, 4: 5, 5: 4, 6: 4}


def my_numbers():
    right = by_hand(VARIANT)
    return right | {"dw": VARIANT["x"][2], "du": right["h"][1]}
