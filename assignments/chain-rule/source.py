# %% tags=["about"]
TITLE = "The chain rule and a scalar engine"
TIME = "3 hours"
GOALS = [
    "carry the chain rule backward through a graph with a fork, with pencil and paper",
    "write the local derivatives of nine operations",
    "put the nodes of a graph into a topological order, without recursion",
    "write reverse accumulation, the core of every framework, and forward accumulation beside it",
]
QUESTIONS = {
    1: "A graph by hand",
    2: "Local derivatives",
    3: "A topological order",
    4: "The forward pass",
    5: "The backward pass",
    6: "Forward accumulation",
}
WRITTEN = {
    7: {
        "title": "Why backward?",
        "points": 5,
        "rubric": [
            "1: says that reverse accumulation takes one sweep for all inputs, forward accumulation one sweep an input",
            "1: gives a case where forward accumulation is cheaper (few inputs, many outputs)",
            "1: says what the backward sweep needs from the forward sweep, and that this costs memory",
            "1: says why gradients add at a fork, with the chain rule of several variables",
            "1: says what goes wrong if a node is visited before all of its users",
        ],
    }
}

# %% [markdown]
# A *program* is a list of nodes. Each node is a tuple: an operation and the positions of its inputs in the list, which are always
# smaller than its own. For $f = (x + y)\,\tanh(x)$:
#
# | position | node | value |
# |--:|:--|:--|
# | 0 | `("input", "x")` | $x$ |
# | 1 | `("input", "y")` | $y$ |
# | 2 | `("add", 0, 1)` | $x + y$ |
# | 3 | `("tanh", 0)` | $\tanh x$ |
# | 4 | `("mul", 2, 3)` | $f$ |
#
# There is also `("constant", 2.0)`. The result is the value of the last node. The operations with one input are `neg`, `square`, `exp`,
# `log`, `tanh`, `sigmoid`; those with two are `add`, `mul`, `max`.

# %% tags=["setup"]
import math

UNARY = ("neg", "square", "exp", "log", "tanh", "sigmoid")
BINARY = ("add", "mul", "max")


# %% tags=["teacher"]
import numpy as np


def variant(rng: np.random.Generator) -> dict:
    """Whole numbers for the graph of question 1; a and b differ and no value on the way is 0."""
    a, b = (int(each) for each in rng.choice([2, 3, 4, 5], size=2, replace=False))
    return {"a": a, "b": -b, "c": int(rng.integers(2, 7))}


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own numbers."""
    right = by_hand(v)
    return [
        (
            f"For a = {v['a']}, b = {v['b']}, c = {v['c']}: along which paths does a act on L, and what "
            "does each contribute to ∂L/∂a?",
            f"Through p = a·b and through q = a + c: q·b = {right['q'] * v['b']} and p = {right['p']}, "
            f"together {right['da']}.",
        ),
        (
            "If a grows by 0.01, by how much does L change, about?",
            f"By 0.01·∂L/∂a = {0.01 * right['da']:.2f}.",
        ),
        (
            "In which order does a backward sweep visit your nodes, and which order would be wrong?",
            "L, then q and p in either order, then a, b, c. To visit a after p but before q would hand on "
            "one of its two contributions only.",
        ),
    ]


# %% tags=["public"]
import numpy as np

from assignments.checking import kind, near, require, same, test, vjp

# %% [markdown]
# ## Question 1
#
# Let p = a·b, q = a + c, L = p·q, with your own numbers a = {{a}}, b = {{b}}, c = {{c}}. Draw the graph. Write the values above the edges and
# the derivatives of L below them, beginning with ∂L/∂L = 1 at the end. Return what you found.


# %% tags=["answer"]
def my_numbers() -> dict[str, float]:
    """The values p, q, L and the derivatives of L: dp, dq, da, db, dc. Eight keys."""
    # BEGIN SOLUTION canary-chain-rule
    return by_hand(VARIANT)
    # END SOLUTION


# %% tags=["key"]
def by_hand(v: dict) -> dict[str, float]:
    """Question 1 for any numbers. canary-chain-rule"""
    a, b, c = v["a"], v["b"], v["c"]
    p, q = a * b, a + c
    return {"p": p, "q": q, "L": p * q, "dp": q, "dq": p, "da": q * b + p, "db": q * a, "dc": p}


# %% tags=["public"]
@test(question=1, points=1, idea="a dict with the eight keys, in which L is p·q")
def hand_has_the_form(s, v, rng):
    given = s.my_numbers()
    kind(given, dict)
    same(sorted(map(str, given)), ["L", "da", "db", "dc", "dp", "dq", "p", "q"], "keys")
    for name in ("p", "q", "L"):
        kind(given[name], (int, float), name)
    require(bool(given["L"] == given["p"] * given["q"]), "L", "p·q", "another number")


# %% tags=["hidden"]
# canary-chain-rule
@test(question=1, points=1, idea="the values, and the derivatives of p and q, with your numbers")
def hand_until_the_fork(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    for name in ("p", "q", "L", "dp", "dq", "db", "dc"):
        near(given[name], right[name], 1e-9, name)


@test(question=1, points=1, idea="∂L/∂a, which arrives on two paths")
def hand_at_the_fork(s, v, rng):
    near(s.my_numbers()["da"], by_hand(v)["da"], 1e-9, "da")


# %% [markdown]
# ## Question 2
#
# For each operation, the value and the partial derivative with respect to each input. At a tie, `max` belongs to its
# first input. `sigmoid` and its derivative must not overflow for any z.


# %% tags=["answer"]
def local(operation: str, *inputs: float) -> tuple[float, tuple[float, ...]]:
    """The value of the operation, and its partial derivatives, one for each input."""
    # BEGIN SOLUTION canary-chain-rule
    return right_local(operation, *inputs)
    # END SOLUTION


# %% tags=["key"]
def right_local(operation: str, *inputs: float) -> tuple[float, tuple[float, ...]]:
    """Question 2. canary-chain-rule"""
    if operation == "add":
        return inputs[0] + inputs[1], (1.0, 1.0)
    if operation == "mul":
        return inputs[0] * inputs[1], (inputs[1], inputs[0])
    if operation == "max":
        first = inputs[0] >= inputs[1]
        return max(inputs), (float(first), float(not first))
    z = inputs[0]
    if operation == "neg":
        return -z, (-1.0,)
    if operation == "square":
        return z * z, (2 * z,)
    if operation == "exp":
        return math.exp(z), (math.exp(z),)
    if operation == "log":
        return math.log(z), (1 / z,)
    if operation == "tanh":
        return math.tanh(z), (1 - math.tanh(z) ** 2,)
    if operation == "sigmoid":
        small = math.exp(-abs(z))
        y = 1 / (1 + small) if z >= 0 else small / (1 + small)
        return y, (y * (1 - y),)
    raise ValueError(f"unknown operation {operation!r}")


# %% tags=["public"]
@test(
    question=2,
    points=1,
    idea="the value and the two derivatives of add, and the form of the result",
)
def local_add(s, v, rng):
    near(s.local("add", 2.0, -5.0), (-3.0, (1.0, 1.0)), 1e-12, "add")


# %% tags=["hidden"]
# canary-chain-rule
FUNCTIONS = {
    "neg": np.negative,
    "square": np.square,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
}


def check_operation(s, rng, operation, inputs):
    function = FUNCTIONS[operation]
    at = rng.uniform(0.5, 2.0, size=inputs)
    right = vjp(lambda each: function(*each), at, 1.0)
    value, derivatives = local_pair(s.local(operation, *at.tolist()), operation)
    near(value, function(*at), 1e-12, operation)
    near(derivatives, tuple(right), 1e-8, f"derivatives of {operation}")


def local_pair(given, operation):
    kind(given, (tuple, list), operation)
    require(len(given) == 2, operation, "a value and derivatives", "another number of things")
    return given


@test(question=2, points=1, idea="neg, square, exp and log, with their derivatives")
def local_unary(s, v, rng):
    for operation in ("neg", "square", "exp", "log"):
        check_operation(s, rng, operation, 1)


@test(question=2, points=1, idea="tanh and sigmoid, with their derivatives")
def local_activations(s, v, rng):
    for operation in ("tanh", "sigmoid"):
        check_operation(s, rng, operation, 1)


@test(question=2, points=1, idea="mul and max: which derivative belongs to which input")
def local_binary(s, v, rng):
    for operation in ("mul", "max"):
        check_operation(s, rng, operation, 2)
    near(s.local("max", 3.0, -1.0), (3.0, (1.0, 0.0)), 1e-12, "max")


@test(question=2, points=1, idea="the edges: equal inputs of max, sigmoid far from 0")
def local_edges(s, v, rng):
    near(s.local("max", 2.0, 2.0), (2.0, (1.0, 0.0)), 1e-12, "max")
    near(s.local("sigmoid", 800.0), (1.0, (0.0,)), 1e-12, "sigmoid")
    near(s.local("sigmoid", -800.0), (0.0, (0.0,)), 1e-12, "sigmoid")


# %% [markdown]
# ## Question 3
#
# Here a graph is a dict: each name with the names of its inputs, which are names of the dict too. Return all names in an order in which
# each stands behind its inputs. The graph may be a chain of 20,000 nodes, so do not call the function from itself. If there is a cycle,
# there is no such order: return `None`.


# %% tags=["answer"]
def topological(graph: dict[str, list[str]]) -> list[str] | None:
    """The names of the graph, each after its inputs; None if there is a cycle."""
    # BEGIN SOLUTION canary-chain-rule
    missing = {name: len(inputs) for name, inputs in graph.items()}
    users = {name: [] for name in graph}
    for name, inputs in graph.items():
        for each in inputs:
            users[each].append(name)
    ready = [name for name, count in missing.items() if count == 0]
    order = []
    while ready:
        name = ready.pop()
        order.append(name)
        for user in users[name]:
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    return order if len(order) == len(graph) else None
    # END SOLUTION


# %% tags=["public"]
def check_order(order, graph):
    """Each name once, and behind its inputs."""
    kind(order, (list, tuple))
    require(all(isinstance(name, str) for name in order), "", "names", "others")
    require(sorted(order) == sorted(graph), "", "each name once", "other names")
    place = {name: position for position, name in enumerate(order)}
    behind = all(place[each] < place[name] for name, inputs in graph.items() for each in inputs)
    require(behind, "", "each name behind its inputs", "another order")


@test(question=3, points=1, idea="a small graph with a fork")
def order_of_a_fork(s, v, rng):
    graph = {"L": ["p", "q"], "q": ["a", "c"], "p": ["a", "b"], "a": [], "b": [], "c": []}
    check_order(s.topological(graph), graph)


# %% tags=["hidden"]
# canary-chain-rule
@test(
    question=3,
    points=1,
    idea="any graph: several results, names listed in any order, an input used twice",
)
def order_of_many(s, v, rng):
    for _ in range(5):
        names = [f"n{k}" for k in rng.permutation(30)]
        graph = {
            name: [names[int(i)] for i in rng.integers(0, k, size=min(k, 3))]
            for k, name in enumerate(names)
        }
        shuffled = {names[int(k)]: graph[names[int(k)]] for k in rng.permutation(30)}
        check_order(s.topological(shuffled), shuffled)


@test(question=3, points=1, idea="a chain of 20,000 nodes, in a time proportional to its length")
def order_of_a_chain(s, v, rng):
    graph = {f"n{k}": [f"n{k - 1}"] if k else [] for k in reversed(range(20_000))}
    check_order(s.topological(graph), graph)


@test(question=3, points=1, idea="a graph with a cycle, which has no order")
def order_of_a_cycle(s, v, rng):
    graph = {"a": [], "b": ["a", "d"], "c": ["b"], "d": ["c"]}
    require(s.topological(graph) is None, "", "None", "an order")


# %% [markdown]
# ## Question 4
#
# The values of all nodes of a program. Use `local`.


# %% tags=["answer"]
def forward(program: list[tuple], inputs: dict[str, float]) -> list[float]:
    """The value of each node, in the program's order."""
    # BEGIN SOLUTION canary-chain-rule
    values = []
    for operation, *of in program:
        if operation == "input":
            values.append(inputs[of[0]])
        elif operation == "constant":
            values.append(of[0])
        else:
            values.append(local(operation, *(values[i] for i in of))[0])
    return values
    # END SOLUTION


# %% tags=["public"]
EXAMPLE = [("input", "x"), ("input", "y"), ("add", 0, 1), ("tanh", 0), ("mul", 2, 3)]


@test(question=4, points=1, idea="the values of the example above")
def forward_of_example(s, v, rng):
    given = s.forward(EXAMPLE, {"x": 0.5, "y": 2.0})
    near(given, [0.5, 2.0, 2.5, np.tanh(0.5), 2.5 * np.tanh(0.5)], 1e-12)


# %% tags=["hidden"]
# canary-chain-rule
def random_program(rng, length=25):
    """A program with forks, in which no value becomes large and each node can be reached."""
    program = [("input", "x"), ("input", "y"), ("input", "z"), ("constant", 0.5)]
    while len(program) < length:
        i, j = (int(each) for each in rng.integers(0, len(program), size=2))
        kinds = [("add", i, j), ("mul", i, j), ("neg", i), ("tanh", i), ("sigmoid", i)]
        program.append(kinds[int(rng.integers(0, 5))])
        program.append(("tanh", len(program) - 1))
    last = len(program)
    for position in range(4, last):
        program.append(("add", len(program) - 1, position))
    return program


def random_inputs(rng):
    return dict(zip("xyz", rng.uniform(-1.5, 1.5, size=3).tolist(), strict=True))


@test(
    question=4, points=2, idea="programs with forks and constants, in which inputs have any names"
)
def forward_of_many(s, v, rng):
    for _ in range(4):
        program, inputs = random_program(rng), random_inputs(rng)
        near(s.forward(program, inputs), forward(program, inputs), 1e-10)


# %% [markdown]
# ## Question 5
#
# Reverse accumulation: the derivative of the *last* node with respect to each node, in one sweep from the end to the beginning. A node
# on which the last one does not depend has the derivative 0.


# %% tags=["answer"]
def backward(program: list[tuple], values: list[float]) -> list[float]:
    """∂(last node)/∂(node), for each node, in the program's order."""
    # BEGIN SOLUTION canary-chain-rule
    gradients = [0.0] * len(program)
    gradients[-1] = 1.0
    for position in reversed(range(len(program))):
        operation, *of = program[position]
        if operation in UNARY or operation in BINARY:
            _, derivatives = local(operation, *(values[i] for i in of))
            for i, derivative in zip(of, derivatives, strict=True):
                gradients[i] += gradients[position] * derivative
    return gradients
    # END SOLUTION


# %% tags=["public"]
@test(question=5, points=1, idea="the example above, in which x is used twice")
def backward_of_example(s, v, rng):
    t = np.tanh(0.5)
    given = s.backward(EXAMPLE, [0.5, 2.0, 2.5, t, 2.5 * t])
    near(given, [t + 2.5 * (1 - t**2), t, t, 2.5, 1.0], 1e-12)


# %% tags=["hidden"]
# canary-chain-rule
@test(
    question=5,
    points=2,
    idea="programs with many forks: every node hands on what all its users gave",
)
def backward_of_many(s, v, rng):
    for _ in range(4):
        program, inputs = random_program(rng), random_inputs(rng)
        at = np.array(list(inputs.values()))

        def last(each, program=program):
            return forward(program, dict(zip("xyz", each.tolist(), strict=True)))[-1]

        given = s.backward(program, forward(program, inputs))
        kind(given, (list, tuple))
        near(given[:3], vjp(last, at, 1.0).tolist(), 1e-7, "the inputs' derivatives")


@test(question=5, points=1, idea="an operation whose two inputs are one node")
def backward_of_a_square(s, v, rng):
    program = [("input", "x"), ("mul", 0, 0), ("add", 1, 1)]
    near(s.backward(program, [3.0, 9.0, 18.0]), [12.0, 2.0, 1.0], 1e-12)


@test(question=5, points=1, idea="nodes that do not reach the last one")
def backward_of_a_dead_end(s, v, rng):
    program = [("input", "x"), ("exp", 0), ("constant", 3.0), ("mul", 0, 2)]
    near(s.backward(program, [1.0, math.e, 3.0, 3.0]), [3.0, 0.0, 1.0, 1.0], 1e-12)


# %% [markdown]
# ## Question 6
#
# Forward accumulation: how fast does every node change if the inputs change in a given direction? `direction` has one number for each
# input; a constant does not change.


# %% tags=["answer"]
def tangents(
    program: list[tuple], inputs: dict[str, float], direction: dict[str, float]
) -> list[float]:
    """The directional derivative of each node, in one sweep from the beginning to the end."""
    # BEGIN SOLUTION canary-chain-rule
    values, changes = forward(program, inputs), []
    for operation, *of in program:
        if operation == "input":
            changes.append(direction[of[0]])
        elif operation == "constant":
            changes.append(0.0)
        else:
            _, derivatives = local(operation, *(values[i] for i in of))
            changes.append(sum(changes[i] * d for i, d in zip(of, derivatives, strict=True)))
    return changes
    # END SOLUTION


# %% tags=["public"]
@test(question=6, points=1, idea="the example above, in the direction of y alone")
def tangents_of_example(s, v, rng):
    given = s.tangents(EXAMPLE, {"x": 0.5, "y": 2.0}, {"x": 0.0, "y": 1.0})
    near(given, [0.0, 1.0, 1.0, 0.0, np.tanh(0.5)], 1e-12)


# %% tags=["hidden"]
# canary-chain-rule
@test(question=6, points=2, idea="the product rule and the sum rule along any direction")
def tangents_of_many(s, v, rng):
    for _ in range(4):
        program, inputs = random_program(rng), random_inputs(rng)
        direction = random_inputs(rng)
        h = 1e-5
        ahead, behind = (
            forward(program, {n: inputs[n] + sign * h * direction[n] for n in inputs})
            for sign in (1, -1)
        )
        right = [(one - other) / (2 * h) for one, other in zip(ahead, behind, strict=True)]
        near(s.tangents(program, inputs, direction), right, 1e-7, "directional derivatives")


# %% [markdown]
# ## Question 7
#
# In about 200 words: both sweeps give the same derivatives. Why do frameworks train networks by the backward one, what does it cost, and
# when is the forward one better? Why do gradients add at a fork, and what does a topological order have to do with it? Write your text
# between the quotes.


# %% tags=["written"]
def written_7() -> str:
    return """
    Your text here.
    """


# %% [markdown] tags=["key"]
# **A model answer.** A forward sweep carries the change along one direction of the inputs, so all n partial derivatives of a loss take n
# sweeps. A backward sweep carries the derivative of one result, so it gives all n at once: for a loss with a million weights, one sweep
# instead of a million. It needs the values of the forward pass in reverse order, so they must be kept (or computed again): that is its
# price, memory. With few inputs and many outputs the forward sweep wins, and it keeps nothing. At a fork a value x is an argument of several
# nodes, and the chain rule of several variables says that dL/dx is the sum over all of them. A node may hand on its derivative only when
# this sum is complete, that is, after all of its users: the reverse of a topological order. Visited too early, it hands on a part and the rest is
# lost (or counted twice if it is visited again). canary-chain-rule
