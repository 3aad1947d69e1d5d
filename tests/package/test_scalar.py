"""The scalar graph against SymPy, the complex step and finite differences."""

import doctest
import math
import sys

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from backprop import scalar
from backprop.scalar import Operation, Value, grad, hessian, topological_order

a, b = sp.symbols("a b", real=True)

# Each operation: (our expression, SymPy's, points away from kinks and poles).
ONE_ARGUMENT = {
    "neg": (lambda x: -x, -a, [-1.3, 0.0, 2.1]),
    "exp": (lambda x: x.exp(), sp.exp(a), [-2.0, 0.0, 1.7]),
    "log": (lambda x: x.log(), sp.log(a), [0.01, 1.0, 5.5]),
    "abs": (lambda x: abs(x), sp.Max(a, -a), [-1.9, 0.4]),
    "sin": (lambda x: x.sin(), sp.sin(a), [-1.9, 0.0, 0.4]),
    "cos": (lambda x: x.cos(), sp.cos(a), [-1.9, 0.0, 0.4]),
    "tanh": (lambda x: x.tanh(), sp.tanh(a), [-1.9, 0.0, 0.4]),
    "σ": (lambda x: x.sigmoid(), 1 / (1 + sp.exp(-a)), [-3.0, 0.0, 2.2]),
    "relu": (lambda x: x.relu(), sp.Max(a, 0), [-0.7, 1e-9, 3.0]),
    "^2": (lambda x: x**2, a**2, [-3.0, 0.0, 1.5]),
    "^3": (lambda x: x**3, a**3, [-3.0, 0.0, 1.5]),
    "^-1": (lambda x: x**-1, 1 / a, [-3.0, 0.2]),
    "^0.5": (lambda x: x**0.5, sp.sqrt(a), [0.3, 4.0]),
    "^0": (lambda x: x**0, sp.Integer(1), [-3.0, 0.0, 1.5]),
}
TWO_ARGUMENTS = {
    "+": (lambda x, y: x + y, a + b, [(1.5, -2.0), (0.0, 0.0)]),
    "−": (lambda x, y: x - y, a - b, [(1.5, -2.0), (0.0, 0.0)]),
    "×": (lambda x, y: x * y, a * b, [(1.5, -2.0), (0.0, 3.0)]),
    "/": (lambda x, y: x / y, a / b, [(1.5, -2.0), (0.0, 0.1)]),
    "^": (lambda x, y: x**y, a**b, [(1.5, -2.0), (0.2, 3.5), (2.0, 0.0)]),
    "max": (lambda x, y: x.maximum(y), sp.Max(a, b), [(1.5, -2.0), (-1.0, 0.5)]),
}


def test_every_operation_of_the_module_is_tested_here():
    symbols = {o.symbol for o in vars(scalar).values() if isinstance(o, Operation)}
    assert symbols <= set(ONE_ARGUMENT) | set(TWO_ARGUMENTS)
    assert len(symbols) == 15  # and the constant powers, made by constant_power


def derivatives_by_sympy(expression, point):
    """Value, gradient and Hessian of a SymPy expression in a and b, or in a alone."""
    symbols = [a, b][: len(point)]
    at = dict(zip(symbols, point, strict=True))
    gradient = [expression.diff(s) for s in symbols]
    second = [[g.diff(s) for s in symbols] for g in gradient]

    def number(e):
        # Max has Heaviside as its derivative; off the kink its own derivative is 0.
        return float(e.replace(sp.DiracDelta, lambda *_: sp.Integer(0)).subs(at))

    return (
        number(expression),
        [number(g) for g in gradient],
        [[number(s) for s in row] for row in second],
    )


CASES = [
    pytest.param(symbol, function, expression, point, id=f"{symbol} at {point}")
    for symbol, (function, expression, points) in (ONE_ARGUMENT | TWO_ARGUMENTS).items()
    for point in (p if isinstance(p, tuple) else (p,) for p in points)
]


@pytest.mark.parametrize(("symbol", "function", "expression", "point"), CASES)
def test_operation_equals_sympy_to_second_order(symbol, function, expression, point):
    inputs = [Value(number) for number in point]
    output = function(*inputs)
    value, gradient, second = derivatives_by_sympy(expression, point)
    assert output.operation == symbol
    assert output.parents == tuple(inputs)
    assert output.data == pytest.approx(value, rel=1e-14, abs=1e-14)

    output.backward()
    assert [i.grad for i in inputs] == pytest.approx(gradient, rel=1e-13, abs=1e-13)
    assert [g.data for g in grad(output, inputs)] == pytest.approx(gradient, rel=1e-13, abs=1e-13)
    assert np.array(hessian(output, inputs)) == pytest.approx(
        np.array(second), rel=1e-12, abs=1e-12
    )
    assert output.local_derivatives() == pytest.approx(gradient, rel=1e-13, abs=1e-13)


# A random program: each step takes two earlier results. Most programs have forks.
STEPS = {
    "add": (lambda u, v: u + v, None),
    "subtract": (lambda u, v: u - v, None),
    "multiply": (lambda u, v: u * v, None),
    "reflected": (lambda u, v: 2.0 - 0.5 * (1.0 + u), None),
    "divide": (lambda u, v: u / (2.0 + v * v), None),
    "square": (lambda u, v: u**2, None),
    "tanh": (lambda u, v: u.tanh(), np.tanh),
    "sin": (lambda u, v: u.sin(), np.sin),
    "cos": (lambda u, v: u.cos(), np.cos),
    "sigmoid": (lambda u, v: u.sigmoid(), lambda u: 1 / (1 + np.exp(-u))),
    "exp": (lambda u, v: (-(u * u)).exp(), lambda u: np.exp(-(u * u))),
    "log": (lambda u, v: (1.0 + u * u).log(), lambda u: np.log(1.0 + u * u)),
    "power": (lambda u, v: 1.5**v, None),
}
programs = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)
points = st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=2)


def run(program, inputs):
    """Run a program on Values or on complex numbers; tanh keeps the numbers small."""
    results = list(inputs)
    for name, i, j in program:
        ours, numpys = STEPS[name]
        u, v = results[i % len(results)], results[j % len(results)]
        if isinstance(u, Value):
            results.append(ours(u, v).tanh())
        else:
            results.append(np.tanh(numpys(u) if numpys else ours(u, v)))
    return results[-1]


@given(programs, points)
def test_random_programs_equal_the_complex_step(program, point):
    inputs = [Value(number) for number in point]
    output = run(program, inputs)
    output.backward()
    h = 1e-30  # no difference is formed, so h can be tiny and nothing is rounded away
    for k, node in enumerate(inputs):
        shifted = [complex(number, h * (i == k)) for i, number in enumerate(point)]
        result = run(program, shifted)
        assert output.data == pytest.approx(result.real, rel=1e-12, abs=1e-12)
        assert node.grad == pytest.approx(result.imag / h, rel=1e-9, abs=1e-12)


@given(programs, points)
def test_random_programs_have_the_hessian_of_finite_differences(program, point):
    inputs = [Value(number) for number in point]
    second = np.array(hessian(run(program, inputs), inputs))
    assert second == pytest.approx(second.T, rel=1e-8, abs=1e-8)
    h = 1e-5
    for k in range(len(point)):
        sides = []
        for sign in (1, -1):
            moved = [Value(n + sign * h * (i == k)) for i, n in enumerate(point)]
            run(program, moved).backward()
            sides.append([m.grad for m in moved])
        numeric = (np.array(sides[0]) - np.array(sides[1])) / (2 * h)
        assert second[k] == pytest.approx(numeric, rel=1e-5, abs=1e-6)


@given(programs, points)
def test_grad_and_backward_agree_and_grad_writes_nothing(program, point):
    inputs = [Value(number) for number in point]
    output = run(program, inputs)
    output.backward()
    by_backward = [node.grad for node in inputs]
    marked = topological_order(output)
    for node in marked:
        node.grad = 7.0
    assert [g.data for g in grad(output, inputs)] == pytest.approx(by_backward, rel=1e-12, abs=0)
    assert all(node.grad == 7.0 for node in marked)


@given(programs, points)
def test_order_has_parents_first_and_nothing_twice(program, point):
    output = run(program, [Value(number) for number in point])
    order = topological_order(output)
    position = {node: i for i, node in enumerate(order)}
    assert order[-1] is output
    assert len(position) == len(order)
    for node in order:
        assert all(position[parent] < position[node] for parent in node.parents)


@given(programs, points)
def test_a_second_backward_does_not_double(program, point):
    output = run(program, [Value(number) for number in point])
    output.backward()
    first = [node.grad for node in topological_order(output)]
    output.backward()
    assert [node.grad for node in topological_order(output)] == first


def test_gradients_add_at_forks():
    x = Value(1.0)
    y = x + x
    z = y + y
    z.backward()
    assert (z.grad, y.grad, x.grad) == (1.0, 2.0, 4.0)


def test_a_node_waits_for_its_last_child():
    # x reaches the output directly and by a long way. Visited too early, the middle node would
    # pass on an incomplete gradient.
    x = Value(3.0)
    middle = x * 2
    long_way = ((middle + 1) * 5) * 7
    (middle * long_way).backward()
    # middle·(35 middle + 35) has the derivative 70 middle + 35 = 455; x doubles it.
    assert middle.grad == 455.0
    assert x.grad == 910.0


def test_shared_nodes_are_visited_once():
    # 200 doublings: 2^200 paths from the output to x, but only 201 nodes.
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    assert x.grad == 2.0**200
    assert len(topological_order(y)) == 201


def test_a_chain_of_100_000_nodes():
    assert sys.getrecursionlimit() < 100_000
    x = Value(0.5)
    y = x
    for i in range(100_000):
        y = -y if i % 2 else y.maximum(-2.0)
    y.backward()
    assert x.grad == 1.0
    assert grad(y, [x])[0].data == 1.0
    assert len(topological_order(y)) > 100_000


def test_backward_overwrites_what_another_graph_left():
    x = Value(2.0)
    (x * 10).backward()
    assert x.grad == 10.0
    (x * x).backward()
    assert x.grad == 4.0


def test_an_update_of_the_leaves_needs_a_new_forward_only():
    w = Value(3.0)
    for expected in (6.0, 4.8, 3.84):
        loss = w * w
        loss.backward()
        assert w.grad == pytest.approx(expected)
        w.data -= 0.1 * w.grad


def test_hessian_of_several_variables_equals_sympy():
    c, d = sp.symbols("c d", real=True)
    expression = sp.exp(a * b) + sp.tanh(c * d) * a**2 / (1 + d**2) - sp.log(b) ** 3
    point = {a: 0.7, b: 1.3, c: -0.4, d: 0.9}
    va, vb, vc, vd = inputs = [Value(v) for v in point.values()]
    output = (va * vb).exp() + (vc * vd).tanh() * va**2 / (1 + vd**2) - vb.log() ** 3
    exact = np.array(sp.hessian(expression, list(point)).subs(point)).astype(float)
    assert np.array(hessian(output, inputs)) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_derivatives_of_any_order():
    # The nth derivative of x⁵ at 2: 80, 160, 240, 240, 120, 0.
    x = Value(2.0)
    y = x**5
    found = []
    for _ in range(6):
        (y,) = grad(y, [x])
        found.append(y.data)
    assert found == [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]


def test_an_input_without_influence_has_derivative_zero():
    x, other = Value(2.0), Value(3.0)
    assert grad(x * x, [other])[0].data == 0.0
    assert hessian(x * 3, [x, other]) == [[0.0, 0.0], [0.0, 0.0]]
    assert grad(x, [x])[0].data == 1.0


def test_relu_has_derivative_zero_at_its_kink():
    for x in (Value(0.0), Value(-0.0)):
        x.relu().backward()
        assert x.grad == 0.0
        assert hessian(x.relu(), [x]) == [[0.0]]


def test_maximum_gives_a_tie_to_the_second():
    x, y = Value(1.0), Value(1.0)
    x.maximum(y).backward()
    assert (x.grad, y.grad) == (0.0, 1.0)
    zero = Value(0.0)
    zero.maximum(0.0).backward()
    assert zero.grad == 0.0  # as relu
    x.maximum(x).backward()
    assert x.grad == 1.0  # max(x, x) is x


def test_sigmoid_neither_overflows_nor_loses_small_values():
    assert Value(-700.0).sigmoid().data == pytest.approx(math.exp(-700.0), rel=1e-12, abs=0)
    assert Value(1000.0).sigmoid().data == 1.0
    assert Value(-1000.0).sigmoid().data == 0.0


@pytest.mark.parametrize("kind", [int, float, np.float64, np.float32, np.int64])
def test_numbers_stand_on_either_side(kind):
    x = Value(4.0)
    for result, expected in [
        (kind(2) + x, 6.0),
        (kind(2) - x, -2.0),
        (kind(2) * x, 8.0),
        (kind(2) / x, 0.5),
        (kind(2) ** x, 16.0),
        (x + kind(2), 6.0),
        (x - kind(2), 2.0),
        (x * kind(2), 8.0),
        (x / kind(2), 2.0),
        (x ** kind(2), 16.0),
        (x.maximum(kind(2)), 4.0),
    ]:
        assert isinstance(result, Value)
        assert result.data == expected
        assert type(result.data) is float


def test_abs_has_derivative_zero_at_its_kink():
    for x in (Value(0.0), Value(-0.0)):
        abs(x).backward()
        assert x.grad == 0.0
        assert hessian(abs(x), [x]) == [[0.0]]


def test_values_compare_by_their_numbers():
    assert Value(1.0) < 2.0 < Value(3.0)
    assert Value(3.0) > Value(2.0)
    assert not Value(2.0) > 2 and not Value(2.0) < 2
    assert Value(2.0) >= 2 >= Value(2.0) and Value(2.0) <= 2 <= Value(2.0)
    assert not Value(2.0) >= 3 and not Value(2.0) <= Value(1.0)


@pytest.mark.parametrize("other", [2, 2.0, np.float64(2.0), Value(2.0), True])
def test_values_are_not_compared_by_equality(other):
    x = Value(2.0)
    for compared in (lambda: x == other, lambda: other == x, lambda: x != other):
        with pytest.raises(TypeError, match=r"write a\.data == b\.data, or a is b"):
            compared()


def test_a_value_is_itself_and_a_key_of_its_own():
    x, other = Value(2.0), Value(2.0)
    assert x == x
    assert x != "2" and x is not None
    assert {x: "x", other: "other"}[x] == "x" and len({x, other}) == 2
    assert x in [x, other]


def test_what_a_drawing_needs():
    x = Value(2.0, "x")
    y = x * 3.0
    assert (x.operation, x.parents, x.label, x.grad) == ("", (), "x", 0.0)
    assert y.operation == "×"
    assert [p.data for p in y.parents] == [2.0, 3.0]
    assert x.local_derivatives() == ()
    assert y.local_derivatives() == (3.0, 2.0)
    y.label = "y"
    y.backward()
    assert repr(x) == "Value(2, grad=3, label='x')"
    assert repr(y) == "Value(6, grad=1, label='y', operation='×')"


def test_a_reader_can_add_an_operation():
    cos = Operation(
        "cos", math.cos, lambda y, x: (-sin(x) if isinstance(x, Value) else -math.sin(x),)
    )
    sin = Operation(
        "sin", math.sin, lambda y, x: (cos(x) if isinstance(x, Value) else math.cos(x),)
    )
    x = Value(0.8)
    sin(x).backward()
    assert x.grad == pytest.approx(math.cos(0.8))
    assert hessian(sin(x), [x])[0][0] == pytest.approx(-math.sin(0.8))


def test_an_operation_of_the_reader_may_use_the_packages():
    square = Operation("sin²", lambda x: math.sin(x) ** 2, lambda y, x: (2 * x.sin() * x.cos(),))
    shifted = Operation("e^x + 1", lambda x: math.exp(x) + 1, lambda y, x: (scalar.EXP(x),))
    x = Value(0.8)
    shifted(x).backward()
    assert x.grad == math.exp(0.8)
    assert hessian(shifted(x), [x]) == [[math.exp(0.8)]]
    assert grad(square(x), [x])[0].data == pytest.approx(math.sin(1.6), rel=1e-14, abs=0)


def test_an_operation_of_numbers_alone_says_what_to_write():
    exp = Operation("e^x", math.exp, lambda y, x: (math.exp(x),))
    x = Value(0.8)
    exp(x).backward()
    assert x.grad == math.exp(0.8)
    with pytest.raises(TypeError, match=r"'e\^x' with Values.*scalar\.EXP\(x\) where math\.exp"):
        grad(exp(x), [x])


@pytest.mark.parametrize("derivatives", [lambda y, a, b: (b,), lambda y, a, b: (b, a, 0.0)])
def test_an_operation_has_a_derivative_for_each_parent(derivatives):
    product = Operation("×", lambda a, b: a * b, derivatives)
    x, y = Value(2.0), Value(3.0)
    for run in (lambda: product(x, y).backward(), lambda: grad(product(x, y), [x])):
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            run()


def test_the_examples_of_the_docstrings():
    result = doctest.testmod(scalar)
    assert result.attempted > 5
    assert result.failed == 0
