# %% tags=["about"]
TITLE = "Through time: recurrence and attention"
TIME = "4 hours"
GOALS = [
    "carry a gradient back through three steps of time by hand",
    "write the forward and the backward pass of a recurrent layer, with sequences of different lengths",
    "say what truncation changes, and measure how a gradient shrinks or grows through time",
    "write the forward and the backward pass of attention, with a mask",
]
QUESTIONS = {
    1: "Three steps by hand",
    2: "The recurrent layer, forward",
    3: "The recurrent layer, backward",
    4: "Truncation",
    5: "Attention, forward",
    6: "Attention, backward",
}
WRITTEN = {
    7: {
        "title": "What comes from far back",
        "points": 5,
        "rubric": [
            "1: says that the gradient of a weight is a sum over all steps, and why",
            "1: derives that a gradient h steps back carries a product of h factors, and names them",
            "1: says for which factors it vanishes or explodes, and one cure for each",
            "1: says what truncation gives up: it is no longer the gradient of this loss",
            "1: compares the way from one position to another in a recurrence and in attention",
        ],
    }
}

# %% [markdown]
# Sequences are arrays (N, T, D): samples, steps, features. Lengths are an array (N,) of whole numbers from 1 to T: the steps of sample n behind its
# length are padding.
#
# **The recurrent layer**: h_t = tanh(x_t W + h_{t−1} U + b), h_{−1} = 0, with W (D, H), U (H, H), b (H,). In a padding step the state stays as it
# is, h_t = h_{t−1}.
#
# **Attention**: scores S = Q Kᵀ/√D for each sample, A = softmax of each row of S, y = A V, with Q (N, T, D), K (N, S, D), V (N, S, E). Keys behind a sample's
# length get the weight 0.

# %% tags=["setup"]
import math

import numpy as np


# %% tags=["teacher"]
def variant(rng: np.random.Generator) -> dict:
    """A linear recurrence of three steps, in tenths."""
    pick = lambda: float(rng.choice([-1, 1]) * rng.integers(2, 10) / 10)  # noqa: E731
    return {"w": pick(), "u": pick(), "x": [int(each) for each in rng.integers(1, 6, size=3)]}


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own numbers."""
    right = by_hand(v)
    return [
        (
            f"Your u is {v['u']}. By which factor does ∂L/∂x shrink from one step to the one before?",
            f"By u: the three are {right['dx'][0]:.4f}, {right['dx'][1]:.4f}, {right['dx'][2]:.4f}.",
        ),
        (
            "Why has ∂L/∂u two terms, and not three?",
            "The first step has no state before it: h₋₁ = 0.",
        ),
        (
            "What would ∂L/∂w be if you went back one step only?",
            f"x₂ + u·x₁ = {v['x'][2] + v['u'] * v['x'][1]:.4f}. The whole sum has u²·x₀ as well: "
            f"{right['dw']:.4f}.",
        ),
    ]


# %% tags=["public"]
import numpy as np

from assignments.checking import kind, near, require, shape, test, vjp

# %% [markdown]
# ## Question 1
#
# A linear recurrence with numbers: h_t = w x_t + u h_{t−1}, for t = 0, 1, 2, h_{−1} = 0, and L = h_2. Your own: w = {{w}}, u = {{u}}, x = {{x}}. Compute by hand
# h_0, h_1, h_2, ∂L/∂w, ∂L/∂u, and ∂L/∂x_0, ∂L/∂x_1, ∂L/∂x_2.


# %% tags=["answer"]
def my_numbers() -> dict:
    """{"h": three numbers, "dw": …, "du": …, "dx": three numbers}."""
    # BEGIN SOLUTION canary-sequence
    return by_hand(VARIANT)
    # END SOLUTION


# %% tags=["key"]
def by_hand(v: dict) -> dict:
    """Question 1 for any numbers. canary-sequence"""
    w, u, x = v["w"], v["u"], v["x"]
    h0 = w * x[0]
    h1 = w * x[1] + u * h0
    h = [h0, h1, w * x[2] + u * h1]
    return {
        "h": h,
        "dw": x[2] + u * x[1] + u**2 * x[0],
        "du": h1 + u * h0,
        "dx": [u**2 * w, u * w, w],
    }


# %% tags=["public"]
@test(question=1, points=1, idea="the form of the answer, and the state h_0")
def hand_has_the_form(s, v, rng):
    given = s.my_numbers()
    kind(given, dict)
    require(set(map(str, given)) == {"h", "dw", "du", "dx"}, "", "the four keys", "others")
    kind(given["h"], (list, tuple), "h")
    require(len(given["h"]) == 3, "h", "three numbers", "others")
    near(given["h"][0], v["w"] * v["x"][0], 1e-6, "h_0")


# %% tags=["hidden"]
# canary-sequence
@test(question=1, points=1, idea="the states, and the derivatives with respect to the inputs")
def hand_states(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    near(given["h"], right["h"], 1e-6, "h")
    near(given["dx"], right["dx"], 1e-6, "dx")


@test(question=1, points=1, idea="∂L/∂w and ∂L/∂u: each weight is used at several steps")
def hand_weights(s, v, rng):
    given, right = s.my_numbers(), by_hand(v)
    near([given["dw"], given["du"]], [right["dw"], right["du"]], 1e-6, "dw, du")


# %% [markdown]
# ## Question 2
#
# All states. Do not read x at padding steps: there may be anything, even NaN.


# %% tags=["answer"]
def rnn(
    x: np.ndarray, lengths: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """The states h of all steps, (N, T, H)."""
    # BEGIN SOLUTION canary-sequence
    n, steps, _ = x.shape
    state, states = np.zeros((n, len(b))), np.empty((n, steps, len(b)))
    for t in range(steps):
        going = (t < lengths)[:, None]
        new = np.tanh(np.where(going, x[:, t], 0.0) @ W + state @ U + b)
        state = np.where(going, new, state)
        states[:, t] = state
    return states
    # END SOLUTION


# %% tags=["public"]
@test(question=2, points=1, idea="the shape, and one step of numbers")
def rnn_of_one_step(s, v, rng):
    one = [np.array(each) for each in ([[[2.0]]], [1], [[0.5]], [[3.0]], [0.1])]
    near(s.rnn(*one), np.array([[[np.tanh(1.1)]]]), 1e-12, "h")


# %% tags=["hidden"]
# canary-sequence
def example(rng, n=4, steps=5, features=3, units=2):
    """x, lengths, W, U, b with all sizes different."""
    lengths = np.array([5, 3, 1, 4])
    sizes = ((n, steps, features), (features, units), (units, units), units)
    x, W, U, b = (rng.normal(size=size) for size in sizes)
    return x, lengths, W, U, b


@test(
    question=2, points=2, idea="several steps: the state goes through U, for each sample by itself"
)
def rnn_values(s, v, rng):
    x, _, W, U, b = example(rng)
    near(s.rnn(x, np.full(4, 5), W, U, b), rnn(x, np.full(4, 5), W, U, b), 1e-12, "h")


@test(question=2, points=1, idea="padding: the state stays, and x is not read there")
def rnn_padding(s, v, rng):
    x, lengths, W, U, b = example(rng)
    x[np.arange(5) >= lengths[:, None]] = np.nan
    near(s.rnn(x, lengths, W, U, b), rnn(x, lengths, W, U, b), 1e-12, "h")


# %% [markdown]
# ## Question 3
#
# `dh` is ∂L/∂h of all steps, (N, T, H), as the layer's users give it; what comes from the next step, your function adds. dx is 0 at padding
# steps.


# %% tags=["answer"]
def rnn_backward(
    x: np.ndarray,
    lengths: np.ndarray,
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    dh: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW, dU, db."""
    # BEGIN SOLUTION canary-sequence
    return right_rnn_backward(x, lengths, W, U, b, dh)
    # END SOLUTION


# %% tags=["key"]
def right_rnn_backward(x, lengths, W, U, b, dh, window=None):
    """Backpropagation through time; with a window, a step's error goes `window` steps back at most. canary-sequence"""
    h = rnn(x, lengths, W, U, b)
    dx, dW, dU, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(U.shape), np.zeros(b.shape)
    steps = x.shape[1]
    # Each step's own error is carried back by itself: simple, and right for any window.
    for last in range(steps):
        error = dh[:, last]
        first = 0 if window is None else max(0, last - window)
        for t in range(last, first - 1, -1):
            going = (t < lengths)[:, None]
            before = h[:, t - 1] if t else np.zeros(h[:, 0].shape)
            dz = np.where(going, error * (1 - h[:, t] ** 2), 0.0)
            inputs = np.where(going, x[:, t], 0.0)
            dx[:, t] += dz @ W.T
            dW += inputs.T @ dz
            dU += before.T @ dz
            db += dz.sum(axis=0)
            error = np.where(going, dz @ U.T, error)
    return dx, dW, dU, db


# %% tags=["public"]
@test(question=3, points=1, idea="the shapes, and one step of numbers")
def rnn_backward_of_one_step(s, v, rng):
    one = [np.array(each) for each in ([[[2.0]]], [1], [[0.5]], [[3.0]], [0.1])]
    dz = 3 * (1 - np.tanh(1.1) ** 2)
    given = s.rnn_backward(*one, np.array([[[3.0]]]))
    right = (np.array([[[0.5 * dz]]]), np.array([[2 * dz]]), np.array([[0.0]]), np.array([dz]))
    near(given, right, 1e-12, "dx, dW, dU, db")


# %% tags=["hidden"]
# canary-sequence
def compare_with_differences(s, rng, lengths):
    x, _, W, U, b = example(rng)
    dh = rng.normal(size=(4, 5, 2))
    given = s.rnn_backward(x, lengths, W, U, b, dh)
    near(given[1], vjp(lambda each: rnn(x, lengths, each, U, b), W, dh), 1e-8, "dW")
    near(given[2], vjp(lambda each: rnn(x, lengths, W, each, b), U, dh), 1e-8, "dU")
    near(given[3], vjp(lambda each: rnn(x, lengths, W, U, each), b, dh), 1e-8, "db")
    near(given[0], vjp(lambda each: rnn(each, lengths, W, U, b), x, dh), 1e-8, "dx")


@test(question=3, points=3, idea="all gradients, with an error at every step, against differences")
def rnn_backward_by_differences(s, v, rng):
    compare_with_differences(s, rng, np.full(4, 5))


@test(
    question=3, points=2, idea="padding: an error behind the end goes to the last state before it"
)
def rnn_backward_padding(s, v, rng):
    compare_with_differences(s, rng, np.array([5, 3, 1, 4]))


# %% [markdown]
# ## Question 4
#
# Truncated: the error of step t goes back to the steps t, t − 1, …, t − `window`, and no further. All sequences have the full length here. Return dW only.
#
# And `reach`: for t = 0, …, T − 1, how large is ∂(Σ h_{T−1})/∂h_t? Return the Euclidean length of this (N, H) array for each t, in the order of t. The last is √(N·H).


# %% tags=["answer"]
def truncated(
    x: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray, dh: np.ndarray, window: int
) -> np.ndarray:
    """dW by truncated backpropagation through time."""
    # BEGIN SOLUTION canary-sequence
    return right_rnn_backward(x, np.full(len(x), x.shape[1]), W, U, b, dh, window)[1]
    # END SOLUTION


def reach(x: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> list[float]:
    """‖∂(Σ h_{T−1})/∂h_t‖ for each step t."""
    # BEGIN SOLUTION canary-sequence
    h = rnn(x, np.full(len(x), x.shape[1]), W, U, b)
    error = np.ones(h[:, 0].shape)
    sizes = [float(np.sqrt(np.sum(error**2)))]
    for t in range(x.shape[1] - 1, 0, -1):
        error = (error * (1 - h[:, t] ** 2)) @ U.T
        sizes.append(float(np.sqrt(np.sum(error**2))))
    return sizes[::-1]
    # END SOLUTION


# %% tags=["public"]
@test(
    question=4, points=1, idea="the window 0: each step's error acts on this step's use of W alone"
)
def truncated_at_once(s, v, rng):
    x, W, U, b = (rng.normal(size=size) for size in ((3, 4, 2), (2, 2), (2, 2), 2))
    dh = rng.normal(size=(3, 4, 2))
    h, right = np.zeros((3, 2)), np.zeros((2, 2))
    for t in range(4):
        h = np.tanh(x[:, t] @ W + h @ U + b)
        right += x[:, t].T @ (dh[:, t] * (1 - h**2))
    near(s.truncated(x, W, U, b, dh, 0), right, 1e-10, "dW")


# %% tags=["hidden"]
# canary-sequence
@test(question=4, points=2, idea="windows of one and two steps, and one as long as the sequence")
def truncated_windows(s, v, rng):
    x, _, W, U, b = example(rng)
    dh = rng.normal(size=(4, 5, 2))
    for window in (1, 2, 4):
        near(s.truncated(x, W, U, b, dh, window), truncated(x, W, U, b, dh, window), 1e-10, "dW")


@test(
    question=4,
    points=2,
    idea="how an error shrinks or grows on its way back: tanh′ and U at each step",
)
def reach_through_time(s, v, rng):
    x, _, W, U, b = example(rng)
    for scale in (0.3, 3.0):
        near(s.reach(x, W, scale * U, b), reach(x, W, scale * U, b), 1e-10, "sizes")


# %% [markdown]
# ## Question 5
#
# Scores may be as large as ±1000.


# %% tags=["answer"]
def attention(
    Q: np.ndarray, K: np.ndarray, V: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """y (N, T, E) and the weights A (N, T, S)."""
    # BEGIN SOLUTION canary-sequence
    scores = Q @ K.transpose(0, 2, 1) / math.sqrt(Q.shape[2])
    there = (np.arange(K.shape[1]) < lengths[:, None])[:, None, :]
    scores = np.where(there, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights @ V, weights
    # END SOLUTION


# %% tags=["public"]
@test(
    question=5,
    points=1,
    idea="one query that agrees equally with two keys takes the mean of their values",
)
def attention_of_two(s, v, rng):
    K, V = np.array([[[1.0, 0.0], [1.0, 0.0]]]), np.array([[[2.0], [6.0]]])
    y, A = s.attention(np.array([[[0.3, 5.0]]]), K, V, np.array([2]))
    near(y, np.array([[[4.0]]]), 1e-12, "y")
    near(A, np.array([[[0.5, 0.5]]]), 1e-12, "A")


# %% tags=["hidden"]
# canary-sequence
def attention_example(rng):
    """Q, K, V and lengths with all sizes different."""
    sizes = ((3, 4, 2), (3, 5, 2), (3, 5, 6))
    return [*(rng.normal(size=size) for size in sizes), np.array([5, 2, 4])]


@test(
    question=5,
    points=2,
    idea="the values for several queries, keys and samples, with the scale √D and the mask",
)
def attention_values(s, v, rng):
    Q, K, V, lengths = attention_example(rng)
    near(s.attention(Q, K, V, lengths), attention(Q, K, V, lengths), 1e-12)


@test(question=5, points=1, idea="large scores")
def attention_of_large_scores(s, v, rng):
    Q, K, V, lengths = attention_example(rng)
    near(s.attention(1000 * Q, K, V, lengths), attention(1000 * Q, K, V, lengths), 1e-12)


# %% [markdown]
# ## Question 6
#
# From dy = ∂L/∂y: the gradients of queries, keys and values. Masked keys and values have the gradient 0.


# %% tags=["answer"]
def attention_backward(
    Q: np.ndarray, K: np.ndarray, V: np.ndarray, lengths: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dQ, dK, dV."""
    # BEGIN SOLUTION canary-sequence
    _, A = attention(Q, K, V, lengths)
    dA = dy @ V.transpose(0, 2, 1)
    dS = A * (dA - (dA * A).sum(axis=2, keepdims=True)) / math.sqrt(Q.shape[2])
    return dS @ K, dS.transpose(0, 2, 1) @ Q, A.transpose(0, 2, 1) @ dy
    # END SOLUTION


# %% tags=["public"]
@test(
    question=6,
    points=1,
    idea="equal values: whatever the weights are, y is the same, so dQ and dK are 0",
)
def attention_backward_of_equal_values(s, v, rng):
    Q, K, V = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 4, 2)), np.ones((2, 4, 1))
    dQ, dK, dV = s.attention_backward(Q, K, V, np.array([4, 4]), np.ones((2, 3, 1)))
    near(dQ, np.zeros(Q.shape), 1e-12, "dQ")
    near(dK, np.zeros(K.shape), 1e-12, "dK")
    shape(dV, V.shape, "dV")


# %% tags=["hidden"]
# canary-sequence
@test(question=6, points=1, idea="dV: a value is used by every query, each with its weight")
def attention_backward_values(s, v, rng):
    Q, K, V, lengths = attention_example(rng)
    dy = rng.normal(size=(3, 4, 6))
    right = vjp(lambda each: attention(Q, K, each, lengths)[0], V, dy)
    near(s.attention_backward(Q, K, V, lengths, dy)[2], right, 1e-8, "dV")


@test(question=6, points=2, idea="dQ and dK, through the softmax and the scale √D")
def attention_backward_queries_and_keys(s, v, rng):
    Q, K, V, lengths = attention_example(rng)
    dy = rng.normal(size=(3, 4, 6))
    dQ, dK, _ = s.attention_backward(Q, K, V, lengths, dy)
    near(dQ, vjp(lambda each: attention(each, K, V, lengths)[0], Q, dy), 1e-8, "dQ")
    near(dK, vjp(lambda each: attention(Q, each, V, lengths)[0], K, dy), 1e-8, "dK")


# %% [markdown]
# ## Question 7
#
# In about 200 words: why is dW a sum over the steps? Which factors does a gradient collect on its way through h steps of time, when does it vanish, when does it
# explode, and what helps? What does truncation give up? And how long is the way from one position to another in attention? Write your text between the
# quotes.


# %% tags=["written"]
def written_7() -> str:
    return """
    Your text here.
    """


# %% [markdown] tags=["key"]
# **A model answer.** W is one value that is used at every step: a fork with T users, whose gradients add. From h_t back to h_{t−h} the error is multiplied at each step by
# diag(1 − h²) and Uᵀ, so it carries a product of h such matrices. If their norms stay below 1 (small U, saturated tanh) it
# vanishes exponentially; it can explode only if U is large enough, its largest singular value above 1, while the units are not saturated. Gates that let the state pass
# nearly unchanged (GRU, LSTM) help against vanishing, clipping the gradient's norm against exploding. Truncation drops the terms from far back:
# cheaper, but the result is not the gradient of the loss, and what needs longer memory is not learned from it. In attention every
# position reads every other one directly: the way is one step long whatever the distance, at the price of T·S weights. canary-sequence
