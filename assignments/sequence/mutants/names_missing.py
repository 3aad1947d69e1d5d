"""By hand, only the last state is returned."""

MARKS = {1: 0, 2: 4, 3: 6, 4: 5, 5: 4, 6: 4}


def my_numbers():
    return {"h": by_hand(VARIANT)["h"][2]}
