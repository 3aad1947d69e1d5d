"""Depth first, by recursion: too deep for a long chain, and a cycle gets an order."""

MARKS = {1: 3, 2: 5, 3: 2, 4: 3, 5: 5, 6: 3}


def topological(graph):
    order, seen = [], set()

    def visit(name):
        if name not in seen:
            seen.add(name)
            for each in graph[name]:
                visit(each)
            order.append(name)

    for name in graph:
        visit(name)
    return order
