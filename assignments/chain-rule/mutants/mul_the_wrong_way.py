"""The derivatives of mul stand at the wrong inputs."""

MARKS = {1: 3, 2: 4, 3: 4, 4: 3, 5: 1, 6: 0}


def local(operation, *inputs):
    if operation == "mul":
        return inputs[0] * inputs[1], (inputs[0], inputs[1])
    return right_local(operation, *inputs)
