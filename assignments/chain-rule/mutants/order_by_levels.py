"""Breadth first from the inputs: a name stands behind its first input instead of its last."""

MARKS = {1: 3, 2: 5, 3: 2, 4: 3, 5: 5, 6: 3}


def topological(graph):
    users = {name: [] for name in graph}
    for name, inputs in graph.items():
        for each in inputs:
            users[each].append(name)
    order = [name for name, inputs in graph.items() if not inputs]
    seen = set(order)
    for name in order:
        for user in users[name]:
            if user not in seen:
                seen.add(user)
                order.append(user)
    return order if len(order) == len(graph) else None
