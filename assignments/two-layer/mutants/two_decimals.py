"""Numbers rounded to two decimals on the way, and the chain rule without ∂a1/∂z1."""

MARKS = {1: 0, 2: 1, 3: 5, 4: 4, 5: 7, 6: 3}


def my_numbers():
    return {name: round(number, 2) for name, number in by_hand(VARIANT).items()}


def partials(x, y, w11, b1, w21, b2):
    right = by_hand({"x": x, "y": y, "w11": w11, "b1": b1, "w21": w21, "b2": b2})
    dz1 = right["dL_db2"] * w21
    return dz1 * x, dz1, right["dL_dw21"], right["dL_db2"]
