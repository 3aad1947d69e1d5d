"""Published numbers, computed anew; those published wrong, reproduced by their own mistake."""

import dataclasses
import math
from decimal import Decimal

import numpy as np
import pytest
from golden import GOLDEN

from backprop import SGD, Activation, Dense, RMSprop, Sequential, losses, two_layer
from backprop.scalar import Value, grad, hessian

ROUNDS = 10_000


# -- Mazur's network -----------------------------------------------------------------------------

X, Y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def mazur():
    """Return his network. He counts a neuron's weights together, so W1 and W2 are transposed."""
    model = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(2, "sigmoid")])
    model.compile(SGD(0.5), "half_squared_error")
    w1, w2 = np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([[0.40, 0.45], [0.50, 0.55]])
    model.set_weights([w1.T, [0.35, 0.35], w2.T, [0.60, 0.60]])
    return model


def keep_biases(model):
    """Leave the biases as they are, as he does."""
    for layer in model.layers:
        layer.db[:] = 0.0


def right_round(model):
    """Change all weights once all gradients are known."""
    model.loss.forward(Y, model.forward(X))
    model.backward(model.loss.backward())
    keep_biases(model)
    model.optimizer.step(model.parameters, model.gradients)


def stale_round(model):
    """Change the output weights first: the hidden gradients then come from the new ones."""
    hidden, output = model.layers
    model.loss.forward(Y, model.forward(X))
    dy = model.loss.backward()
    output.backward(dy)
    output.W -= 0.5 * output.dW
    hidden.backward(output.backward(dy))
    hidden.W -= 0.5 * hidden.dW


def after(one_round, rounds):
    model = mazur()
    for _ in range(rounds):
        one_round(model)
    o1, o2 = model.predict(X)[0]
    return {"E": model.evaluate(X, Y), "o1": o1, "o2": o2}


def mazur_forward():
    model = mazur()
    (o1, o2), (h1, h2) = model.forward(X)[0], model.layers[0].y[0]
    return {"h1": h1, "h2": h2, "o1": o1, "o2": o2, "E": model.evaluate(X, Y)}


def mazur_weights():
    model = mazur()
    right_round(model)
    weights = np.concatenate([layer.W.T.ravel() for layer in model.layers])
    return {f"w{i}": w for i, w in enumerate(weights, start=1)}


def mazur_by_graph(rounds):
    """Return his weights and his loss after some rounds, by the scalar graph alone."""
    w = [Value(v) for v in (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)]
    i1, i2 = X[0].tolist()

    def loss():
        h1 = (w[0] * i1 + w[1] * i2 + 0.35).sigmoid()
        h2 = (w[2] * i1 + w[3] * i2 + 0.35).sigmoid()
        o1 = (w[4] * h1 + w[5] * h2 + 0.60).sigmoid()
        o2 = (w[6] * h1 + w[7] * h2 + 0.60).sigmoid()
        return 0.5 * (Y[0, 0] - o1) ** 2 + 0.5 * (Y[0, 1] - o2) ** 2

    for _ in range(rounds):
        loss().backward()
        for weight in w:
            weight.data -= 0.5 * weight.grad
    return {f"w{i}": weight.data for i, weight in enumerate(w, start=1)}, loss().data


# -- computational graphs --------------------------------------------------------------------------


def derivatives(output, name, **inputs):
    """Run backward; return the output's value by its name, and the gradient of each input."""
    output.backward()
    return {name: output.data, **{f"d{key}": value.grad for key, value in inputs.items()}}


def product_of_a_sum():
    x, y, z = Value(-2), Value(5), Value(-4)
    return derivatives((x + y) * z, "f", x=x, y=y, z=z)


def circuit_with_a_maximum():
    x, y, z, w = Value(3), Value(-4), Value(2), Value(-1)
    return derivatives(2 * (x * y + z.maximum(w)), "f", x=x, y=y, z=z, w=w)


def sigmoid_neuron():
    """Compute with a layer; its bias is CS231n's third weight."""
    layer = Dense(1, "sigmoid").build(2)
    layer.W[:, 0], layer.b[:] = [2, -3], -3
    f = layer.forward([[-1.0, -2.0]])[0, 0]
    dx = layer.backward([[1.0]])[0]
    return {
        "f": f, "dx0": dx[0], "dx1": dx[1],
        "dw0": layer.dW[0, 0], "dw1": layer.dW[1, 0], "dw2": layer.db[0],
    }  # fmt: skip


def micrograd_readme():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    return derivatives(f / 2.0 + 10.0 / f, "g", a=a, b=b)


def tanh_neuron():
    x1, x2, w1, w2, b = Value(2), Value(0), Value(-3), Value(1), Value(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    return {"n": n.data, **derivatives(n.tanh(), "o", n=n, x1=x1, w1=w1, x2=x2, w2=w2, b=b)}


def higher_derivatives(f, x, names):
    """Return the first, second, ... derivative of f at x by differentiating again and again."""
    x = Value(x)
    y, found = f(x), {}
    for name in names:
        (y,) = grad(y, [x])
        found[name] = y.data
    return found


def geron():
    x, y = Value(3), Value(4)
    f = x**2 * y + y + 2
    second = dict(zip(("dxx", "dxy", "dyx", "dyy"), np.ravel(hessian(f, [x, y])), strict=True))
    return {**derivatives(f, "f", x=x, y=y), **second}


def olah():
    a, b = Value(2), Value(1)
    return derivatives((a + b) * (b + 1), "e", a=a, b=b)


# -- neurons and networks --------------------------------------------------------------------------


def xor():
    model = Sequential([Dense(2, "relu", input_dim=2), Dense(1)])
    model.set_weights([np.ones((2, 2)), [0, -1], [[1], [-2]], [0]])
    outputs = model.predict([[0, 0], [0, 1], [1, 0], [1, 1]])[:, 0]
    return dict(zip(("00", "01", "10", "11"), outputs, strict=True))


def nielsen_neuron(start):
    """Return the output before and after 300 steps.

    It is chapter 4's network with a first layer that passes the input 1 on, and is not trained.
    """
    p = two_layer.Parameters(w11=1.0, b1=0.0, w21=start[0], b2=start[1])
    before = two_layer.forward(p, 1.0).o
    for _ in range(300):
        new = two_layer.update(p, two_layer.partials(p, 1.0, 0.0), learning_rate=0.15)
        p = dataclasses.replace(p, w21=new.w21, b2=new.b2)
    return before, two_layer.forward(p, 1.0).o


def nielsen():
    start, end = nielsen_neuron((0.6, 0.9))
    return {
        "start at w = 0.6, b = 0.9": start,
        "end": end,
        "start at w = b = 2": nielsen_neuron((2.0, 2.0))[0],
    }


def softmax(scores):
    return Activation("softmax").build(3).forward(scores)


def cross_entropy(scores, label):
    loss = losses.CategoricalCrossentropy(from_logits=True)
    return loss.forward(np.eye(3)[[label]], np.array(scores))


def softmax_classifier():
    layer = Dense(3).build(4)
    layer.W[...] = np.transpose(
        [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]]
    )
    layer.b[:] = [0.0, 0.2, -0.3]
    s = layer.forward([[-15, 22, -44, 56]])
    numbers = dict(zip(("s0", "s1", "s2"), s[0], strict=True))
    numbers |= zip(("p0", "p1", "p2"), softmax(s)[0], strict=True)
    return numbers | {"loss": cross_entropy(s, 2)}


CAT = [[3.2, 5.1, -1.7]]


def cat():
    probabilities = dict(zip(("p0", "p1", "p2"), softmax(CAT)[0], strict=True))
    return probabilities | {"loss": cross_entropy(CAT, 0)}


# -- losses and optimizers -------------------------------------------------------------------------


def keras_huber():
    y, o = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.6, 0.4], [0.4, 0.6]])
    return {"loss": losses.Huber().forward(y, o)}


def keras_binary():
    y, z = np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([[-18.6, 0.51, 2.94, -12.8]])
    return {"loss": losses.BinaryCrossentropy(from_logits=True).forward(y, z)}


def keras_categorical():
    y = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    p = np.array([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]])
    loss = losses.CategoricalCrossentropy()
    first, second = (loss.forward(y[i : i + 1], p[i : i + 1]) for i in range(2))
    return {"first": first, "second": second, "mean": loss.forward(y, p)}


def keras_rmsprop():
    w = np.array([10.0])
    RMSprop(0.1).step(w, w.copy())  # the gradient of w²/2 is w
    return {"w": w[0]}


OURS = {
    "Mazur, forward": mazur_forward,
    "Mazur, weights after one round": mazur_weights,
    "Mazur, loss after one round": lambda: after(right_round, 1),
    "Mazur, after 10,000 rounds": lambda: after(right_round, ROUNDS),
    "CS231n, (x + y) z": product_of_a_sum,
    "CS231n, 2 (x y + max(z, w))": circuit_with_a_maximum,
    "CS231n, a sigmoid neuron": sigmoid_neuron,
    "micrograd, printed": micrograd_readme,
    "micrograd, exact": micrograd_readme,
    "micrograd, a tanh neuron": tanh_neuron,
    "autodidact, the derivative of tanh at 1": lambda: higher_derivatives(
        Value.tanh, 1.0, ["derivative"]
    ),
    "JAX, three derivatives of tanh at 2": lambda: higher_derivatives(
        Value.tanh, 2.0, ["first", "second", "third"]
    ),
    "JAX, four derivatives of a cubic at 1": lambda: higher_derivatives(
        lambda x: x**3 + 2 * x**2 - 3 * x + 1, 1.0, ["first", "second", "third", "fourth"]
    ),
    "Olah, (a + b)(b + 1)": olah,
    "Géron, x²y + y + 2": geron,
    "Goodfellow, XOR": xor,
    "Nielsen, a neuron learns to output 0": nielsen,
    "CS231n, a softmax classifier": softmax_classifier,
    "CS231n, the loss of a cat": cat,
    "Keras, Huber": keras_huber,
    "Keras, binary cross-entropy of logits": keras_binary,
    "Keras, categorical cross-entropy": keras_categorical,
    "Keras, a step of RMSprop": keras_rmsprop,
}
MISTAKES = {
    "Mazur, loss after one round": lambda: after(stale_round, 1),
    "Mazur, after 10,000 rounds": lambda: after(stale_round, ROUNDS),
    "CS231n, a softmax classifier": lambda: {"p0": 0.058 / (0.058 + 2.36 + 1.32)},
    "CS231n, the loss of a cat": lambda: {"loss": cat()["loss"] / math.log(10)},
}


def agree(ours, published, dtype="float64"):
    """Return whether a number is the published one, within the digits that were printed.

    An exact number, and one printed to more digits than its author's type has, is met to the
    rounding of that type, of which a short computation adds up a few.
    """
    rounding = 4 * np.finfo(dtype).eps * abs(float(published))
    if isinstance(published, str):
        half_unit = 0.5 * 10.0 ** Decimal(published).as_tuple().exponent
        rounding = max(rounding, half_unit * (1 + 1e-9))
    return abs(ours - float(published)) <= rounding


def test_every_golden_number_is_computed_and_every_wrong_one_explained():
    assert set(OURS) == set(GOLDEN)
    assert set(MISTAKES) == {name for name, golden in GOLDEN.items() if golden.wrong}
    for golden in GOLDEN.values():
        assert golden.source and bool(golden.cause) == bool(golden.wrong)
        assert set(golden.wrong) <= set(golden.right)


@pytest.mark.parametrize("name", GOLDEN)
def test_our_number_is_the_golden_one(name):
    ours, golden = OURS[name](), GOLDEN[name]
    for key, number in golden.right.items():
        assert agree(ours[key], number, golden.dtype), f"{key}: {ours[key]} is not {number}"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_number_published_wrong_comes_from_the_mistake_and_not_from_us(name):
    ours, by_mistake = OURS[name](), MISTAKES[name]()
    for key, number in GOLDEN[name].wrong.items():
        assert agree(by_mistake[key], number)
        assert not agree(ours[key], number)


def test_the_scalar_graph_gives_the_numbers_of_the_network():
    weights, loss = mazur_by_graph(rounds=1)
    for key, number in GOLDEN["Mazur, weights after one round"].right.items():
        assert agree(weights[key], number)
    assert agree(loss, GOLDEN["Mazur, loss after one round"].right["E"])


def test_agreement_is_to_half_a_unit_of_the_last_digit():
    assert agree(0.2910277244, "0.29102772") and agree(0.2910277156, "0.29102772")
    assert not agree(0.2910277256, "0.29102772") and not agree(0.2910277144, "0.29102772")
    assert agree(-12.0, -12) and not agree(-12.0 + 1e-12, -12)
