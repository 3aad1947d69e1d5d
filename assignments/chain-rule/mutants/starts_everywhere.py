"""All gradients start at 1, so that nodes off the way have one too."""

MARKS = {1: 3, 2: 5, 3: 4, 4: 3, 5: 0, 6: 3}


def backward(program, values):
    gradients = [1.0] * len(program)
    for position in reversed(range(len(program))):
        operation, *of = program[position]
        if operation in UNARY or operation in BINARY:
            _, derivatives = local(operation, *(values[i] for i in of))
            for i, derivative in zip(of, derivatives, strict=True):
                gradients[i] += gradients[position] * derivative
    return gradients
