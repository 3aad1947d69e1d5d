"""At a tie, max passes the derivative to both; the sigmoid overflows."""

MARKS = {1: 3, 2: 4, 3: 4, 4: 3, 5: 5, 6: 3}


def local(operation, *inputs):
    if operation == "max":
        largest = max(inputs)
        return largest, tuple(float(each == largest) for each in inputs)
    if operation == "sigmoid":
        y = 1 / (1 + math.exp(-inputs[0]))
        return y, (y * (1 - y),)
    return right_local(operation, *inputs)
