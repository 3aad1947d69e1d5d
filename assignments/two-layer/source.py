# %% tags=["about"]
TITLE = "The two-layer network"
TIME = "2 hours"
GOALS = [
    "carry a forward and a backward pass through by hand, with numbers of your own",
    "derive the four partial derivatives of the scalar network",
    "write forward, loss and backward for a batch, with the shapes right",
    "take a step in which every gradient belongs to the same weights",
]
QUESTIONS = {
    1: "One sample by hand",
    2: "Four partial derivatives",
    3: "The forward pass of a batch",
    4: "The loss",
    5: "The backward pass",
    6: "One step",
}
WRITTEN = {
    7: {
        "title": "A bug that trains",
        "points": 4,
        "rubric": [
            "1: says that the new W2 stands in z1's gradient, so that dW1, db1 no longer belong to the point",
            "1: says why the loss falls all the same: for a small step W2 has hardly changed",
            "1: names a check that notices, such as central differences at the old parameters",
            "1: says how the error depends on η: it is of its order, and vanishes with it",
        ],
    }
}

# %% [markdown]
# The network of chapter 4, first with scalars, then for a batch. Its hidden activation is tanh, its
# output activation the sigmoid σ(z) = 1/(1 + e^(−z)):
#
# | | one sample, scalars | a batch of N rows |
# |:--|:--|:--|
# | hidden layer | z1 = w11·x + b1, a1 = tanh(z1) | z1 = x W1 + b1, a1 = tanh(z1) |
# | output layer | z2 = w21·a1 + b2, o = σ(z2) | z2 = a1 W2 + b2, o = σ(z2) |
# | loss | L = ½ (o − y)² | L = (1/2N) Σ (o − y)², the sum over rows and columns |
#
# Shapes: x is (N, D), W1 (D, H), b1 (H,), W2 (H, K), b2 (K,), o and y are (N, K).

# %% tags=["setup"]
import math

import numpy as np


# %% tags=["teacher"]
def variant(rng: np.random.Generator) -> dict:
    """Numbers that a pocket calculator can follow."""
    names = ("x", "w11", "b1", "w21", "b2")
    numbers = {name: _away_from_zero(rng) for name in names}
    return numbers | {"y": float(rng.integers(0, 2))}


def _away_from_zero(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]) * rng.integers(3, 13) / 10)


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own numbers."""
    right = by_hand(v)
    sign = "grow" if right["dL_dw21"] < 0 else "fall"
    return [
        (
            f"Your output is o = {right['o']:.4f} and your target {v['y']:g}. In which direction does "
            "one step of descent move w21, and how do you see it without computing?",
            f"It lets w21 {sign}: ∂L/∂w21 = (o − y)·o(1 − o)·a1 = {right['dL_dw21']:.4f}; its sign is "
            "that of (o − y)·a1.",
        ),
        (
            f"Your a1 is {right['a1']:.4f}. Which factor of ∂L/∂w11 does it give, and what would "
            "happen to it at a1 = 0.999?",
            f"1 − a1² = {1 - right['a1'] ** 2:.4f}; at 0.999 it is 0.002: the hidden unit is saturated "
            "and w11 hardly learns.",
        ),
        (
            "Which of your numbers of the forward pass did the backward pass use again?",
            "x, a1 and o, and the weight w21; z1 and z2 are not needed, because tanh′ and σ′ are "
            "written with a1 and o.",
        ),
    ]


# %% tags=["public"]
from assignments.checking import kind, near, same, shape, test, vjp


# %% [markdown]
# ## Question 1
#
# Your own numbers: x = {{x}}, y = {{y}}, w11 = {{w11}}, b1 = {{b1}}, w21 = {{w21}}, b2 = {{b2}}.
#
# With pencil and calculator, compute the forward pass, the loss and the four partial derivatives of
# the scalar network. Return them with at least six decimals. Literal numbers are what is asked for;
# a program that computes them is fine too, but then do one line by hand all the same.


# %% tags=["answer"]
def my_numbers() -> dict[str, float]:
    """The forward pass, the loss and the partial derivatives for your own numbers.

    Keys: z1, a1, z2, o, L, dL_dw11, dL_db1, dL_dw21, dL_db2.
    """
    # BEGIN SOLUTION canary-two-layer
    return by_hand(VARIANT)
    # END SOLUTION


# %% tags=["key"]
def by_hand(v: dict) -> dict[str, float]:
    """The scalar network's forward pass, loss and partial derivatives. canary-two-layer"""
    z1 = v["w11"] * v["x"] + v["b1"]
    a1 = math.tanh(z1)
    z2 = v["w21"] * a1 + v["b2"]
    o = 1 / (1 + math.exp(-z2))
    dz2 = (o - v["y"]) * o * (1 - o)
    dz1 = dz2 * v["w21"] * (1 - a1**2)
    forward = {"z1": z1, "a1": a1, "z2": z2, "o": o, "L": 0.5 * (o - v["y"]) ** 2}
    return forward | {"dL_dw11": dz1 * v["x"], "dL_db1": dz1, "dL_dw21": dz2 * a1, "dL_db2": dz2}


# %% tags=["public"]
@test(question=1, points=1, idea="a dict with the nine keys, in which a1 is tanh(z1)")
def hand_is_consistent(s, v, rng):
    given = s.my_numbers()
    kind(given, dict)
    names = ["L", "a1", "dL_db1", "dL_db2", "dL_dw11", "dL_dw21", "o", "z1", "z2"]
    same(sorted(given), names, "keys")
    near(given["a1"], np.tanh(given["z1"]), 1e-5, "a1")


# %% tags=["hidden"]
# canary-two-layer
@test(question=1, points=1, idea="the forward pass with your numbers")
def hand_forward(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    for name in ("z1", "a1", "z2", "o"):
        near(given[name], right[name], 2e-6, name)


@test(question=1, points=1, idea="the loss and the output layer's derivatives, with your numbers")
def hand_output_layer(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    for name in ("L", "dL_dw21", "dL_db2"):
        near(given[name], right[name], 2e-6, name)


@test(question=1, points=1, idea="the hidden layer's derivatives: every factor on the way from L")
def hand_hidden_layer(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    for name in ("dL_dw11", "dL_db1"):
        near(given[name], right[name], 2e-6, name)


# %% [markdown]
# ## Question 2
#
# Derive the four partial derivatives of the scalar network's loss, with pencil or with SymPy (it is
# not there when your answer is graded: there are NumPy and the standard library), and write the
# formulas down as code.


# %% tags=["answer"]
def partials(
    x: float, y: float, w11: float, b1: float, w21: float, b2: float
) -> tuple[float, float, float, float]:
    """∂L/∂w11, ∂L/∂b1, ∂L/∂w21, ∂L/∂b2 of the scalar network, in this order."""
    # BEGIN SOLUTION canary-two-layer
    right = by_hand({"x": x, "y": y, "w11": w11, "b1": b1, "w21": w21, "b2": b2})
    return right["dL_dw11"], right["dL_db1"], right["dL_dw21"], right["dL_db2"]
    # END SOLUTION


# %% tags=["public"]
def scalar_loss(x: float, y: float, weights: np.ndarray) -> float:
    w11, b1, w21, b2 = weights
    o = 1 / (1 + np.exp(-(w21 * np.tanh(w11 * x + b1) + b2)))
    return 0.5 * (o - y) ** 2


@test(question=2, points=1, idea="∂L/∂w21 and ∂L/∂b2 against differences of the loss")
def partials_of_output_layer(s, v, rng):
    given = s.partials(2.0, 1.0, 0.5, 0.1, -0.4, 0.2)
    right = vjp(lambda w: scalar_loss(2.0, 1.0, w), np.array([0.5, 0.1, -0.4, 0.2]), 1.0)
    near(given[2], right[2], 1e-8, "∂L/∂w21")
    near(given[3], right[3], 1e-8, "∂L/∂b2")


# %% tags=["hidden"]
# canary-two-layer
@test(question=2, points=3, idea="all four partial derivatives, at several points and both signs")
def partials_everywhere(s, v, rng):
    for _ in range(5):
        x, y, *weights = rng.normal(size=6)
        right = vjp(lambda w, x=x, y=y: scalar_loss(x, y, w), np.array(weights), 1.0)
        near(s.partials(x, y, *weights), tuple(right), 1e-8, "partials")


# %% [markdown]
# ## Question 3
#
# Now for a batch, rows as samples. A weight may be large: your sigmoid must not overflow into NaN.


# %% tags=["answer"]
def forward(
    x: np.ndarray, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """z1, a1, z2, o for a batch: shapes (N, H), (N, H), (N, K), (N, K)."""
    # BEGIN SOLUTION canary-two-layer
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + b2
    return z1, a1, z2, np.exp(-np.logaddexp(0.0, -z2))
    # END SOLUTION


# %% tags=["public"]
@test(question=3, points=1, idea="the shapes of z1, a1, z2, o")
def forward_shapes(s, v, rng):
    weights = [rng.normal(size=size) for size in ((3, 4), 4, (4, 2), 2)]
    given = s.forward(rng.normal(size=(5, 3)), *weights)
    for name, array, width in zip(("z1", "a1", "z2", "o"), given, (4, 4, 2, 2), strict=True):
        shape(array, (5, width), name)


@test(question=3, points=1, idea="the values of one sample, from chapter 4's formulas")
def forward_of_one(s, v, rng):
    one = [np.array(each) for each in ([[2.0]], [[0.5]], [0.1], [[-0.4]], [0.2])]
    z1, a1 = 1.1, np.tanh(1.1)
    z2 = -0.4 * a1 + 0.2
    right = [np.array([[each]]) for each in (z1, a1, z2, 1 / (1 + np.exp(-z2)))]
    near(s.forward(*one), right, 1e-12)


# %% tags=["hidden"]
# canary-two-layer
def example(rng, n=5, d=3, h=4, k=2):
    """x, W1, b1, W2, b2 with all sizes different and no bias zero."""
    return [rng.normal(size=size) for size in ((n, d), (d, h), h, (h, k), k)]


@test(question=3, points=2, idea="the values for a batch, with biases that are not zero")
def forward_values(s, v, rng):
    numbers = example(rng)
    near(s.forward(*numbers), forward(*numbers), 1e-12)


@test(question=3, points=1, idea="the sigmoid for large z, of both signs")
def forward_without_overflow(s, v, rng):
    numbers = example(rng)
    numbers[3] = 1000 * numbers[3]
    near(s.forward(*numbers)[3], forward(*numbers)[3], 1e-12, "o")


# %% [markdown]
# ## Question 4
#
# Mind the ½, and over what the mean is taken: the rows, not the columns.


# %% tags=["answer"]
def loss(o: np.ndarray, y: np.ndarray) -> float:
    """L = (1/2N) Σ (o − y)², the sum over all N rows and K columns."""
    # BEGIN SOLUTION canary-two-layer
    return float(np.sum((o - y) ** 2) / (2 * len(o)))
    # END SOLUTION


def loss_gradient(o: np.ndarray, y: np.ndarray) -> np.ndarray:
    """∂L/∂o, of o's shape."""
    # BEGIN SOLUTION canary-two-layer
    return (o - y) / len(o)
    # END SOLUTION


# %% tags=["public"]
@test(question=4, points=1, idea="the loss of one sample with one output")
def loss_of_one(s, v, rng):
    near(s.loss(np.array([[0.8]]), np.array([[1.0]])), 0.02, 1e-12, "L")


# %% tags=["hidden"]
# canary-two-layer
@test(question=4, points=1, idea="the loss of a batch: what the sum is divided by")
def loss_of_batch(s, v, rng):
    o, y = rng.uniform(size=(5, 3)), rng.uniform(size=(5, 3))
    near(s.loss(o, y), loss(o, y), 1e-12, "L")


@test(question=4, points=2, idea="∂L/∂o against differences of the loss as it is defined")
def loss_gradient_by_differences(s, v, rng):
    o, y = rng.uniform(size=(5, 3)), rng.uniform(size=(5, 3))
    near(s.loss_gradient(o, y), vjp(lambda each: loss(each, y), o, 1.0), 1e-8, "∂L/∂o")


# %% [markdown]
# ## Question 5
#
# `do` is ∂L/∂o, whatever the loss: the tests take a random one. Return the gradient with respect to
# the input as well.


# %% tags=["answer"]
def backward(
    x: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    W2: np.ndarray,
    b2: np.ndarray,
    do: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW1, db1, dW2, db2: each has the shape of what it belongs to."""
    # BEGIN SOLUTION canary-two-layer
    _, a1, _, o = forward(x, W1, b1, W2, b2)
    dz2 = do * o * (1 - o)
    dz1 = (dz2 @ W2.T) * (1 - a1**2)
    return dz1 @ W1.T, x.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)
    # END SOLUTION


# %% tags=["public"]
@test(question=5, points=1, idea="each gradient has the shape of what it belongs to")
def backward_shapes(s, v, rng):
    numbers = [rng.normal(size=size) for size in ((5, 3), (3, 4), 4, (4, 2), 2)]
    given = s.backward(*numbers, rng.normal(size=(5, 2)))
    for name, array, like in zip(("dx", "dW1", "db1", "dW2", "db2"), given, numbers, strict=True):
        shape(array, like.shape, name)


@test(question=5, points=1, idea="for one sample and sizes 1, the derivatives of question 2")
def backward_of_one(s, v, rng):
    one = [np.array(each) for each in ([[2.0]], [[0.5]], [0.1], [[-0.4]], [0.2])]
    o = 1 / (1 + np.exp(-(-0.4 * np.tanh(1.1) + 0.2)))
    right = vjp(lambda w: scalar_loss(2.0, 1.0, w), np.array([0.5, 0.1, -0.4, 0.2]), 1.0)
    given = s.backward(*one, np.array([[o - 1.0]]))
    for name, array, number in zip(("dW1", "db1", "dW2", "db2"), given[1:], right, strict=True):
        near(np.asarray(array).ravel(), np.array([number]), 1e-8, name)


# %% tags=["hidden"]
# canary-two-layer
def gradient_by_differences(numbers, do, position):
    """The gradient of Σ do · o with respect to one of x, W1, b1, W2, b2."""

    def output(value):
        changed = list(numbers)
        changed[position] = value
        return forward(*changed)[3]

    return vjp(output, numbers[position], do)


def one_gradient(s, rng, position, name):
    numbers, do = example(rng), rng.normal(size=(5, 2))
    right = gradient_by_differences(numbers, do, position)
    near(s.backward(*numbers, do)[position], right, 1e-8, name)


@test(question=5, points=2, idea="dW2 and db2 for a batch and a random ∂L/∂o")
def backward_output_layer(s, v, rng):
    one_gradient(s, rng, 3, "dW2")
    one_gradient(s, rng, 4, "db2")


@test(question=5, points=2, idea="dW1 and db1 for a batch and a random ∂L/∂o")
def backward_hidden_layer(s, v, rng):
    one_gradient(s, rng, 1, "dW1")
    one_gradient(s, rng, 2, "db1")


@test(question=5, points=1, idea="dx for a batch and a random ∂L/∂o")
def backward_input(s, v, rng):
    one_gradient(s, rng, 0, "dx")


# %% [markdown]
# ## Question 6
#
# One step of gradient descent on L: w ← w − η ∂L/∂w, for all four arrays. All gradients belong to the
# old parameters.


# %% tags=["answer"]
def step(
    x: np.ndarray,
    y: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    W2: np.ndarray,
    b2: np.ndarray,
    eta: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The new W1, b1, W2, b2 after one step with the learning rate eta."""
    # BEGIN SOLUTION canary-two-layer
    o = forward(x, W1, b1, W2, b2)[3]
    _, *gradients = backward(x, W1, b1, W2, b2, loss_gradient(o, y))
    return tuple(w - eta * dw for w, dw in zip((W1, b1, W2, b2), gradients, strict=True))
    # END SOLUTION


# %% tags=["public"]
@test(question=6, points=1, idea="a small step lowers the loss")
def step_lowers_loss(s, v, rng):
    numbers = [rng.normal(size=size) for size in ((5, 3), (3, 4), 4, (4, 2), 2)]
    y = rng.uniform(size=(5, 2))
    after = s.step(numbers[0], y, *numbers[1:], 0.1)
    old = np.sum((s.forward(*numbers)[3] - y) ** 2)
    new = np.sum((s.forward(numbers[0], *after)[3] - y) ** 2)
    same(bool(new < old), True, "loss is lower")


# %% tags=["hidden"]
# canary-two-layer
@test(question=6, points=2, idea="every gradient of the step belongs to the old parameters")
def step_is_the_gradient(s, v, rng):
    numbers, y, eta = example(rng), rng.uniform(size=(5, 2)), 0.7
    given = s.step(numbers[0], y, *numbers[1:], eta)
    do = loss_gradient(forward(*numbers)[3], y)
    for position, name in enumerate(("W1", "b1", "W2", "b2"), start=1):
        right = numbers[position] - eta * gradient_by_differences(numbers, do, position)
        near(given[position - 1], right, 1e-8, name)


# %% [markdown]
# ## Question 7
#
# A program computes dW2 and db2, updates W2 and b2 at once, and then computes dW1 and db1. The loss
# falls for a thousand steps. In about 150 words: what is wrong, why does the loss fall all the same,
# which check notices, and how large is the error? Write your text between the quotes.


# %% tags=["written"]
def written_7() -> str:
    return """
    Your text here.
    """


# %% [markdown] tags=["key"]
# **A model answer.** The gradient of the hidden layer passes through W2: dz1 = (dz2 W2ᵀ) ∘ (1 − a1²).
# After the early update the new W2 stands there, so dW1 and db1 belong neither to the old point nor to
# the new one. W2 moved by η dW2 only, so the wrong dz1 differs from the right one by an amount of order
# η and still points downhill: the loss falls. Central differences at the old parameters, compared with
# dW1, show it at once; comparing losses does not. Halve η and the error of dW1 halves.
# canary-two-layer
