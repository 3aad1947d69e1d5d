"""Checks of chapter 3's exercises, and of its pages on directions, the package and stopping."""

import copy

import numpy as np

from ..layers import Dense
from ..network import Sequential
from ..optimizers import SGD
from ..scalar import Value
from .checking import ask, compare, exercise, expect, require

# Expressions of a, b and c with +, × and tanh only, and how a message calls them.
EXPRESSIONS = {
    "a + b": lambda a, b, c: a + b,
    "a * b": lambda a, b, c: a * b,
    "tanh(a)": lambda a, b, c: a.tanh(),
    "tanh(a*b + c)": lambda a, b, c: (a * b + c).tanh(),
    "(a + a) + (a + a)": lambda a, b, c: (a + a) + (a + a),
    "(a + b) * (b + c)": lambda a, b, c: (a + b) * (b + c),
    "u*v with u = a*b, v = u + a": lambda a, b, c: (a * b) * ((a * b) + a),
}


def forked(a, b, c):
    u = a * b
    v = u + c
    w = v * u
    return (w + v).tanh() * u


EXPRESSIONS["tanh(w + v) * u with u = a*b, v = u + c, w = v*u"] = forked


def by_value(expression, numbers):
    """The value and the three derivatives, by the package's graph."""
    nodes = [Value(number) for number in numbers]
    output = expression(*nodes)
    output.backward()
    return output.data, [node.grad for node in nodes]


@exercise("ex-3-6", "Number")
def number(Number):
    rng = np.random.default_rng(0)
    for text, expression in EXPRESSIONS.items():
        numbers = rng.normal(size=3).tolist()
        where = f"{text} at a = {numbers[0]:.4f}, b = {numbers[1]:.4f}, c = {numbers[2]:.4f}"
        graded(Number, lambda output: output.backward(), expression, numbers, where)


def graded(Number, backward, expression, numbers, where):
    """Compare the student's graph with the package's; inputs that do not occur have no grad."""
    value, slopes = by_value(expression, numbers)
    nodes = [ask(Number, n) for n in numbers]
    output = ask(lambda: expression(*nodes))
    compare(output.data, value, f"the value of {where}")
    ask(backward, output)
    for name, node, slope in zip("abc", nodes, slopes, strict=True):
        compare(node.grad, slope, f"the derivative with respect to {name} of {where}")


@exercise("ex-3-7", "Number", "backward_without_recursion")
def no_recursion(Number, backward_without_recursion):
    for text in ("a * b", "(a + b) * (b + c)"):
        graded(Number, backward_without_recursion, EXPRESSIONS[text], [0.5, -2.0, 3.0], text)
    numbers = [0.5, -1.5, 0.25]
    graded(Number, backward_without_recursion, forked, numbers, "an expression with forks")

    start, half = Number(1.0), Number(0.5)
    end, forks = start, 33_334
    for _ in range(forks):  # ½u + ½u is u again, by two ways
        end = end * half + end * half
    try:
        backward_without_recursion(end)
    except RecursionError:
        require(False, "a chain of 100,000 nodes: expected no recursion, given a RecursionError")
    compare(start.grad, 1.0, "33,334 forks in a row, each ½u + ½u: the gradient of the start")
    compare(half.grad, 2.0 * forks, "the same: the gradient of ½, which every fork uses twice")


@exercise("ex-3-16", "Dual")
def dual(Dual):
    rng = np.random.default_rng(1)
    for text, expression in EXPRESSIONS.items():
        numbers = rng.normal(size=3).tolist()
        value, slopes = by_value(expression, numbers)
        for chosen, name in enumerate("abc"):
            inputs = [ask(Dual, n, float(i == chosen)) for i, n in enumerate(numbers)]
            output = ask(lambda e=expression, i=inputs: e(*i))
            where = f"{text} at a, b, c = {', '.join(f'{n:.4f}' for n in numbers)}"
            compare(output.value, value, f"the value of {where}")
            compare(output.dot, slopes[chosen], f"dot for {name} of {where}")


@exercise("ex-3-13", "own_step")
def step_of_your_own(own_step):
    for seed, optimizer in enumerate((SGD(0.1), SGD(0.1, momentum=0.9))):
        rng = np.random.default_rng(seed)
        networks = []
        for _ in range(2):
            network = Sequential([Dense(4, "tanh", input_dim=3), Dense(2)], seed=seed)
            network.compile(copy.deepcopy(optimizer), "half_squared_error")
            network.build()
            networks.append(network)
        mine, theirs = networks
        for step, samples in enumerate((7, 1, 4), 1):
            x, y = rng.normal(size=(samples, 3)), rng.normal(size=(samples, 2))
            theirs.train_on_batch(x, y)
            ask(own_step, mine, x, y)
            what = f"all parameters after step {step}, {samples} samples"
            compare(mine.parameters, theirs.parameters, what, rtol=1e-9, atol=1e-12)


@exercise("ex-3-14", "saved")
def what_leaving_out_saves(saved):
    for sizes in ([784, 100, 10], [10, 100, 100, 100, 1], [64, 10], [2, 3, 5, 7]):
        backward = []
        for i in range(1, len(sizes)):
            backward += [("dx", i, sizes[i - 1] * sizes[i]), ("dW", i, sizes[i - 1] * sizes[i])]
        first_dx = sum(count for name, i, count in backward if (name, i) == ("dx", 1))
        expect(saved, (sizes,), first_dx / sum(count for *_, count in backward))


@exercise("ex-3-10", "stop_at")
def patience(stop_at):
    rng = np.random.default_rng(0)
    records = [
        [3.0, 2.0, 1.0],
        [1.0, 2.0, 3.0, 4.0],
        [2.0, 2.0, 2.0, 2.0],
        [3.0, 1.0, 2.0, 2.0, 0.5, 2.0, 2.0, 2.0],
        (np.exp(-np.arange(60) / 20) + rng.normal(0, 0.05, 60)).tolist(),
    ]
    for losses in records:
        for wait in (1, 2, 3, 10):
            lowest = [losses.index(min(losses[: s + 1])) for s in range(len(losses))]
            stops = [s for s, best in enumerate(lowest) if s - best >= wait]
            step = stops[0] if stops else len(losses) - 1
            expect(stop_at, (losses, wait), (step, lowest[step]), ("step", "best"))
