# %% tags=["about"]
TITLE = "Layers, and how to check them"
TIME = "3 hours"
GOALS = [
    "write central differences, and choose the step",
    "derive and write the backward pass of two activations, a layer normalization and a residual block",
    "compare a gradient with its check by an error that says something for large and small numbers",
    "say what a check that passes has shown, and what not",
]
QUESTIONS = {
    1: "Central differences",
    2: "Two activations",
    3: "Softmax with cross-entropy",
    4: "Layer normalization",
    5: "A residual block",
    6: "The size of an error",
}
WRITTEN = {
    7: {
        "title": "What a check shows",
        "points": 5,
        "rubric": [
            "1: names the two errors of a central difference, h² and ε/h, and how the best h follows",
            "1: says why the cotangent must be random, with softmax or a normalization as the example",
            "1: says what happens at a kink, and what to do about it other than raise the tolerance",
            "1: says why float32 is not enough",
            "1: says that a check compares backward with forward, and not with what was meant",
        ],
    }
}

# %% [markdown]
# Rows are samples. A backward function gets `dy` = ∂L/∂y of its layer, and returns ∂L/∂(each of its inputs), each with the
# shape of what it belongs to. Tests use random `dy`, batches above one, and biases that are not zero.

# %% tags=["setup"]
import numpy as np


# %% tags=["teacher"]
def variant(rng: np.random.Generator) -> dict:
    """A cubic polynomial and a point for question 1."""
    c3, c2, c1 = (int(rng.choice([-1, 1]) * rng.integers(2, 9)) for _ in range(3))
    return {"c3": c3, "c2": c2, "c1": c1, "at": int(rng.integers(1, 4))}


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own numbers."""
    slope = 3 * v["c3"] * v["at"] ** 2 + 2 * v["c2"] * v["at"] + v["c1"]
    return [
        (
            f"For your polynomial at x = {v['at']}, what does a central difference with h = 0.1 give, and "
            "how far is it from the derivative?",
            f"The derivative is {slope}; the difference is larger by c₃h² = {v['c3'] * 0.01:.2f}, exactly, for a "
            "cubic has no further terms.",
        ),
        (
            "And the one-sided difference with the same h?",
            f"It is off by ½f″h + c₃h² = {(3 * v['c3'] * v['at'] + v['c2']) * 0.1 + v['c3'] * 0.01:.2f}: of order h.",
        ),
        (
            "Your layer normalization gave dx. What is its sum over a row, and why?",
            "0: adding a number to all entries of a row changes nothing.",
        ),
    ]


# %% tags=["public"]
import numpy as np

from assignments.checking import kind, near, numbers, require, same, shape, test, vjp

# %% [markdown]
# ## Question 1
#
# Let f(x) = ({{c3}})·x³ + ({{c2}})·x² + ({{c1}})·x, at x = {{at}}. By hand: the derivative f′, the central difference with h = 1, and the one-sided difference
# (f(x + h) − f(x))/h with h = 1.
#
# Then write central differences for four functions of an array: `"sin"` and `"square"` act on each number, `"cumsum"` is
# `np.cumsum` of a one-dimensional array, `"normalize"` divides a one-dimensional array by its length √Σx². Return the gradient of Σ dy·f(x). Write it for
# any array, as the definition says; a formula for these four would not be a check. `x` must not be changed.


# %% tags=["setup"]
FUNCTIONS = {
    "sin": np.sin,
    "square": np.square,
    "cumsum": np.cumsum,
    "normalize": lambda x: x / np.sqrt(np.sum(x**2)),
}


# %% tags=["answer"]
def my_numbers() -> dict[str, float]:
    """By hand; keys "derivative", "central", "one-sided"."""
    # BEGIN SOLUTION canary-layers
    return by_hand(VARIANT)
    # END SOLUTION


def differences(name: str, x: np.ndarray, dy: np.ndarray, h: float) -> np.ndarray:
    """∂/∂x_i Σ dy·f(x) ≈ Σ dy·(f(x + h e_i) − f(x − h e_i))/2h, for f = FUNCTIONS[name]."""
    # BEGIN SOLUTION canary-layers
    f, x = FUNCTIONS[name], np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        gradient[index] = np.sum(dy * (above - below)) / (2 * h)
    return gradient
    # END SOLUTION


# %% tags=["key"]
def by_hand(v: dict) -> dict[str, float]:
    """Question 1 for any polynomial. canary-layers"""
    at = v["at"]
    f = lambda x: v["c3"] * x**3 + v["c2"] * x**2 + v["c1"] * x  # noqa: E731
    slope = 3 * v["c3"] * at**2 + 2 * v["c2"] * at + v["c1"]
    return {
        "derivative": slope,
        "central": (f(at + 1) - f(at - 1)) / 2,
        "one-sided": f(at + 1) - f(at),
    }


# %% tags=["public"]
@test(question=1, points=1, idea="for squares, central differences are exact whatever h is")
def differences_of_squares(s, v, rng):
    x, dy = np.array([1.0, -2.0, 0.5]), np.array([1.0, 3.0, -1.0])
    near(s.differences("square", x, dy, 0.5), 2 * x * dy, 1e-9, "gradient")


# %% tags=["hidden"]
# canary-layers
@test(question=1, points=1, idea="your polynomial, by hand")
def polynomial_by_hand(s, v, rng):
    near(s.my_numbers(), by_hand(v), 1e-9)


@test(
    question=1,
    points=1,
    idea="the definition with a large h, which no formula of a derivative gives",
)
def differences_by_definition(s, v, rng):
    x, dy = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    near(s.differences("sin", x, dy, 0.5), dy * np.cos(x) * np.sin(0.5) / 0.5, 1e-9, "gradient")


@test(
    question=1,
    points=1,
    idea="outputs that depend on several inputs, each weighted with its own dy",
)
def differences_of_mixing(s, v, rng):
    for name in ("cumsum", "normalize"):
        x, dy = rng.normal(size=5), rng.normal(size=5)
        near(s.differences(name, x, dy, 1e-5), vjp(FUNCTIONS[name], x, dy), 1e-8, name)


# %% [markdown]
# ## Question 2
#
# softplus(x) = ln(1 + e^x), and silu(x) = x·σ(x). Neither may overflow, forward or backward, for any x up to ±1000.


# %% tags=["answer"]
def softplus(x: np.ndarray) -> np.ndarray:
    """ln(1 + e^x), for an array of any shape."""
    # BEGIN SOLUTION canary-layers
    return np.logaddexp(0.0, x)
    # END SOLUTION


def softplus_backward(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """∂L/∂x."""
    # BEGIN SOLUTION canary-layers
    return dy * np.exp(-np.logaddexp(0.0, -x))
    # END SOLUTION


def silu_backward(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """∂L/∂x for y = x·σ(x)."""
    # BEGIN SOLUTION canary-layers
    gate = np.exp(-np.logaddexp(0.0, -x))
    return dy * (gate + x * gate * (1 - gate))
    # END SOLUTION


# %% tags=["public"]
@test(question=2, points=1, idea="softplus and its derivative at 0 and at 1")
def softplus_of_two(s, v, rng):
    x, dy = np.array([0.0, 1.0]), np.array([2.0, 1.0])
    near(s.softplus(x), np.array([np.log(2), np.log(1 + np.e)]), 1e-12, "softplus")
    near(s.softplus_backward(x, dy), np.array([1.0, np.e / (1 + np.e)]), 1e-12, "dx")


# %% tags=["hidden"]
# canary-layers
@test(question=2, points=1, idea="softplus far from 0, on both sides")
def softplus_far_out(s, v, rng):
    x = np.array([[-1000.0, -50.0], [50.0, 1000.0]])
    near(s.softplus(x), softplus(x), 1e-15, "softplus")
    tiny = numbers(s.softplus(np.array([-50.0])), "softplus of −50")
    near(1e22 * tiny, np.array([1e22 * np.exp(-50)]), 1e-9, "softplus of −50, times 1e22")
    near(
        s.softplus_backward(x, np.ones((2, 2))), softplus_backward(x, np.ones((2, 2))), 1e-15, "dx"
    )


@test(
    question=2, points=2, idea="silu's derivative: a product of two functions of x, also far from 0"
)
def silu_by_differences(s, v, rng):
    x, dy = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    near(s.silu_backward(x, dy), vjp(lambda each: each / (1 + np.exp(-each)), x, dy), 1e-8, "dx")
    far = np.array([-1000.0, 1000.0])
    near(s.silu_backward(far, np.array([3.0, 3.0])), np.array([0.0, 3.0]), 1e-12, "dx")


# %% [markdown]
# ## Question 3
#
# Logits z (N, K) and labels (N,), whole numbers from 0 to K − 1. The loss is the mean over the samples of −ln p of the right class, p = softmax(z).
# Logits may be as large as ±1000: take the logarithm before anything becomes 0.


# %% tags=["answer"]
def cross_entropy(z: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss, and dz with the shape of z."""
    # BEGIN SOLUTION canary-layers
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(z))
    dz = np.exp(log_p)
    dz[rows, labels] -= 1
    return float(-log_p[rows, labels].mean()), dz / len(z)
    # END SOLUTION


# %% tags=["public"]
@test(question=3, points=1, idea="two classes with equal logits: the loss is ln 2, the gradient ±½")
def cross_entropy_of_one(s, v, rng):
    L, dz = s.cross_entropy(np.zeros((1, 2)), np.array([1]))
    near(L, np.log(2), 1e-12, "L")
    near(dz, np.array([[0.5, -0.5]]), 1e-12, "dz")


# %% tags=["hidden"]
# canary-layers
@test(question=3, points=2, idea="a batch: the loss, and the gradient by differences")
def cross_entropy_of_batch(s, v, rng):
    z, labels = rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)
    L, dz = s.cross_entropy(z, labels)
    near(L, cross_entropy(z, labels)[0], 1e-12, "L")
    near(dz, vjp(lambda each: cross_entropy(each, labels)[0], z, 1.0), 1e-8, "dz")


@test(question=3, points=1, idea="logits of ±1000, sure and wrong")
def cross_entropy_of_large_logits(s, v, rng):
    z = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 0.0]])
    L, dz = s.cross_entropy(z, np.array([1, 1]))
    near(L, 1000.0, 1e-12, "L")
    near(dz, np.array([[0.5, -0.5, 0.0], [0.0, 0.0, 0.0]]), 1e-12, "dz")


# %% [markdown]
# ## Question 4
#
# For each *row* of x (N, D): x̂ = (x − mean)/√(variance + ε), y = γ x̂ + β, with the mean and the variance (the mean of squared deviations) of
# the row, and γ, β of shape (D,).


# %% tags=["answer"]
def layer_norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float) -> np.ndarray:
    """y, with the shape of x."""
    # BEGIN SOLUTION canary-layers
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    return gamma * (x - x.mean(axis=1, keepdims=True)) / deviation + beta
    # END SOLUTION


def layer_norm_backward(
    x: np.ndarray, gamma: np.ndarray, dy: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx (N, D), dgamma (D,), dbeta (D,)."""
    # BEGIN SOLUTION canary-layers
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    normal = (x - x.mean(axis=1, keepdims=True)) / deviation
    dn = dy * gamma
    inner = dn - dn.mean(axis=1, keepdims=True) - normal * (dn * normal).mean(axis=1, keepdims=True)
    return inner / deviation, (dy * normal).sum(axis=0), dy.sum(axis=0)
    # END SOLUTION


# %% tags=["public"]
@test(question=4, points=1, idea="a row of two numbers becomes −1 and 1 (ε = 0), and dx is 0 there")
def layer_norm_of_two(s, v, rng):
    x, ones = np.array([[1.0, 5.0]]), np.ones(2)
    near(s.layer_norm(x, ones, np.zeros(2), 0.0), np.array([[-1.0, 1.0]]), 1e-12, "y")
    dx, dgamma, dbeta = s.layer_norm_backward(x, ones, np.array([[2.0, 3.0]]), 0.0)
    near(dx, np.zeros((1, 2)), 1e-12, "dx")
    near(dgamma, np.array([-2.0, 3.0]), 1e-12, "dgamma")
    near(dbeta, np.array([2.0, 3.0]), 1e-12, "dbeta")


# %% tags=["hidden"]
# canary-layers
@test(question=4, points=1, idea="the forward pass of a batch, with γ, β and ε that matter")
def layer_norm_values(s, v, rng):
    x, gamma, beta = rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=5)
    near(s.layer_norm(x, gamma, beta, 0.3), layer_norm(x, gamma, beta, 0.3), 1e-12, "y")


@test(question=4, points=1, idea="the gradients of γ and β, which all samples share")
def layer_norm_parameters(s, v, rng):
    x, gamma, dy = rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(4, 5))
    _, dgamma, dbeta = s.layer_norm_backward(x, gamma, dy, 0.3)
    right = vjp(lambda each: layer_norm(x, each, np.zeros(5), 0.3), gamma, dy)
    near(dgamma, right, 1e-8, "dgamma")
    near(dbeta, dy.sum(axis=0), 1e-12, "dbeta")


@test(question=4, points=2, idea="dx: mean and variance depend on every number of the row")
def layer_norm_input(s, v, rng):
    x, gamma, dy = rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(4, 5))
    right = vjp(lambda each: layer_norm(each, gamma, np.zeros(5), 0.3), x, dy)
    near(s.layer_norm_backward(x, gamma, dy, 0.3)[0], right, 1e-8, "dx")


# %% [markdown]
# ## Question 5
#
# y = x + softplus(x W + b) V, with x and y (N, D), W (D, H), b (H,), V (H, D).


# %% tags=["answer"]
def residual_backward(
    x: np.ndarray, W: np.ndarray, b: np.ndarray, V: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW, db, dV."""
    # BEGIN SOLUTION canary-layers
    z = x @ W + b
    dz = softplus_backward(z, dy @ V.T)
    return dy + dz @ W.T, x.T @ dz, dz.sum(axis=0), softplus(z).T @ dy
    # END SOLUTION


# %% tags=["public"]
@test(question=5, points=1, idea="the shapes, and dx where V is 0: the block is then y = x")
def residual_without_branch(s, v, rng):
    x, W, b, V = (
        rng.normal(size=(4, 3)),
        rng.normal(size=(3, 2)),
        rng.normal(size=2),
        np.zeros((2, 3)),
    )
    dy = rng.normal(size=(4, 3))
    given = s.residual_backward(x, W, b, V, dy)
    for name, array, like in zip(("dx", "dW", "db", "dV"), given, (x, W, b, V), strict=True):
        shape(array, like.shape, name)
    near(given[0], dy, 1e-12, "dx")


# %% tags=["hidden"]
# canary-layers
def residual(x, W, b, V):
    return x + softplus(x @ W + b) @ V


@test(question=5, points=1, idea="the weights of the branch")
def residual_weights(s, v, rng):
    x, W, b, V, dy = (rng.normal(size=size) for size in ((4, 3), (3, 2), 2, (2, 3), (4, 3)))
    _, dW, db, dV = s.residual_backward(x, W, b, V, dy)
    near(dW, vjp(lambda each: residual(x, each, b, V), W, dy), 1e-8, "dW")
    near(db, vjp(lambda each: residual(x, W, each, V), b, dy), 1e-8, "db")
    near(dV, vjp(lambda each: residual(x, W, b, each), V, dy), 1e-8, "dV")


@test(question=5, points=1, idea="dx: the input is used on two ways")
def residual_input(s, v, rng):
    x, W, b, V, dy = (rng.normal(size=size) for size in ((4, 3), (3, 2), 2, (2, 3), (4, 3)))
    right = vjp(lambda each: residual(each, W, b, V), x, dy)
    near(s.residual_backward(x, W, b, V, dy)[0], right, 1e-8, "dx")


# %% [markdown]
# ## Question 6
#
# How far is a gradient from its check? Take ‖a − b‖ / max(‖a‖, ‖b‖), with ‖a‖ = √Σa². It is 0 if both are 0, and infinity if one contains a
# number that is not finite.
#
# Then say, from the errors of a check with the steps h = 10⁻², 10⁻³, …, which kind of case it is:
# - `"right"`: some error is below 10⁻⁷;
# - `"kink or noise"`: none is, but some error is below 10⁻³;
# - `"wrong"`: no error is below 10⁻³.


# %% tags=["answer"]
def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """‖a − b‖ / max(‖a‖, ‖b‖)."""
    # BEGIN SOLUTION canary-layers
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = max(np.sqrt(np.sum(a**2)), np.sqrt(np.sum(b**2)))
    return float(np.sqrt(np.sum((a - b) ** 2)) / scale) if scale else 0.0
    # END SOLUTION


def verdict(errors: list[float]) -> str:
    """ "right", "kink or noise" or "wrong"."""
    # BEGIN SOLUTION canary-layers
    best = min(errors)
    return "right" if best < 1e-7 else "kink or noise" if best < 1e-3 else "wrong"
    # END SOLUTION


# %% tags=["public"]
@test(question=6, points=1, idea="the error of two small arrays, and the verdict on two lists")
def error_of_two(s, v, rng):
    near(s.relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.5])), 0.5 / 29.25**0.5, 1e-12)
    same(s.verdict([1e-3, 1e-5, 1e-9, 1e-6]), "right")
    same(s.verdict([0.5, 0.4, 0.3]), "wrong")


# %% tags=["hidden"]
# canary-layers
@test(
    question=6,
    points=1,
    idea="tiny gradients have an error that is not tiny; the order does not matter",
)
def error_of_tiny(s, v, rng):
    a = 1e-9 * rng.normal(size=(3, 4))
    near(s.relative_error(a, 2 * a), 0.5, 1e-9)
    near(s.relative_error(2 * a, a), 0.5, 1e-9)


@test(
    question=6, points=1, idea="the edges: both 0, a NaN, and errors that are nowhere small enough"
)
def error_at_edges(s, v, rng):
    near(s.relative_error(np.zeros(3), np.zeros(3)), 0.0, 1e-12)
    answer = s.relative_error(np.array([1.0, np.nan]), np.array([1.0, 1.0]))
    kind(answer, float)
    require(bool(np.isinf(answer)), "", "infinity", "another number")
    same(s.verdict([1e-1, 2e-4, 1e-5, 3e-4]), "kink or noise")


# %% [markdown]
# ## Question 7
#
# In about 200 words: which two errors does a central difference have, and how do you choose h? Why a random dy, and why float64? What
# happens at a kink? And what has a check that passes *not* shown? Write your text between the quotes.


# %% tags=["written"]
def written_7() -> str:
    return """
    Your text here.
    """


# %% [markdown] tags=["key"]
# **A model answer.** A central difference is wrong by a term of order h² (the third derivative) and by rounding, about ε|f|/h. The first falls and the
# second grows as h falls; their sum is smallest near h = ε^(1/3), about 10⁻⁵ in float64, where about ten digits are right. In float32, ε is 10⁻⁷
# and only four digits are: too few to tell a bug from rounding. With dy = 1 everywhere the loss is a sum, and a softmax's or a normalization's
# outputs have a constant sum: the right gradient is 0 and so is that of many wrong ones. At a kink the difference takes the mean of the two slopes (or a
# mixture), so it disagrees with any choice of ours: move the point or skip it by a rule. A check compares the backward pass with *this*
# forward pass: if the forward pass computes the wrong thing, they agree. And it speaks for the inputs, shapes and settings that were tried.
# canary-layers
