"""The results have another form: a value without derivatives, values without the inputs."""

MARKS = {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0}


def my_numbers():
    return list(by_hand(VARIANT).values())


def topological(graph):
    return set(graph)


def local(operation, *inputs):
    return right_local(operation, *inputs)[0]


def forward(program, inputs):
    return [0.0]
