"""By hand, only the values; a program has inputs of the names x and y alone."""

MARKS = {1: 1, 2: 5, 3: 4, 4: 1, 5: 5, 6: 1}


def my_numbers():
    return by_hand(VARIANT) | {"dp": 0, "dq": 0, "da": 0, "db": 0, "dc": 0}


def forward(program, inputs):
    values = []
    for operation, *of in program:
        if operation == "input":
            values.append({"x": inputs["x"], "y": inputs["y"]}.get(of[0], 0.0))
        elif operation == "constant":
            values.append(of[0])
        else:
            values.append(local(operation, *(values[i] for i in of))[0])
    return values
