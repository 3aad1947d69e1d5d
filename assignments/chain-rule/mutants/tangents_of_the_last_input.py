"""Of an operation's inputs only the last one moves."""

MARKS = {1: 3, 2: 5, 3: 4, 4: 3, 5: 5, 6: 0}


def tangents(program, inputs, direction):
    values, changes = forward(program, inputs), []
    for operation, *of in program:
        if operation == "input":
            changes.append(direction[of[0]])
        elif operation == "constant":
            changes.append(0.0)
        else:
            _, derivatives = local(operation, *(values[i] for i in of))
            changes.append(changes[of[-1]] * derivatives[-1])
    return changes
