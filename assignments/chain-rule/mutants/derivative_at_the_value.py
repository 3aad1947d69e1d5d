"""The derivative of tanh is written with z in place of tanh(z), that of log is missing."""

MARKS = {1: 3, 2: 3, 3: 4, 4: 3, 5: 2, 6: 1}


def local(operation, *inputs):
    if operation == "tanh":
        return math.tanh(inputs[0]), (1 - inputs[0] ** 2,)
    if operation == "log":
        return math.log(inputs[0]), (1.0,)
    return right_local(operation, *inputs)
