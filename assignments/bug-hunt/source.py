# %% tags=["about"]
TITLE = "Bug hunt: six broken backward passes"
TIME = "2 hours"
GOALS = [
    "find what is wrong in a backward pass, from its formula and from its numbers",
    "repair a dense layer, a softmax, a shared weight, a batch normalization, a loss and a pooling",
    "choose inputs that show a bug, and know those that hide it",
    "say which check would have found each bug",
]
QUESTIONS = {
    1: "A dense layer",
    2: "A softmax",
    3: "A weight that is used twice",
    4: "A batch normalization",
    5: "A loss",
    6: "A max pooling",
    7: "Inputs that hide, inputs that show",
}
WRITTEN = {
    8: {
        "title": "Which check?",
        "points": 6,
        "rubric": [
            "1: names for at least four bugs a check that finds it (differences, a shape check, a constructed input)",
            "1: says why a batch of one hides the bug of question 1",
            "1: says why the loss of question 5 raises no error, with the shape that appears",
            "1: says why random numbers never show the bug of question 6, and data from a ReLU do",
            "2: argues which of the six would let training go on unnoticed for longest, and why",
        ],
    }
}

# %% [markdown]
# Each question has a forward pass that is right and a backward pass with one bug. Programs with bugs like
# these were published, and trained. Find the bug, then write the right backward pass under the name that is
# asked for.
#
# A hint for all six: compare with central differences, ∂/∂x_i Σ dy·f(x) ≈ Σ dy·(f(x + h e_i) − f(x − h e_i))/2h,
# for a batch above one and a random dy. `checking.vjp(f, x, dy)` does it.

# %% tags=["setup"]
import numpy as np


# %% tags=["teacher"]
def variant(rng: np.random.Generator) -> dict:
    """Small whole numbers for question 1, with no two rows of x equal."""
    x = [[1, int(rng.integers(2, 6))], [-2, int(rng.integers(-5, 0))], [3, int(rng.integers(6, 9))]]
    W = [[int(rng.integers(1, 5))], [-int(rng.integers(1, 5))]]
    dy = [[int(rng.integers(1, 5))], [int(rng.integers(5, 9))], [-int(rng.integers(1, 4))]]
    return {"x": x, "W": W, "dy": dy}


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own numbers."""
    _, dW, db = dense_backward(*(np.array(v[name]) for name in ("x", "W", "dy")))
    wrong = np.array(v["dy"]).mean(axis=0)
    return [
        (
            f"With your dy = {v['dy']}, what is db, and what does the broken layer say?",
            f"{db.tolist()}, the sum over the rows; the broken one says {wrong[0]:.4f}, the mean.",
        ),
        (
            "Take the first row of your x and dy alone. What does the broken layer say now, and why?",
            f"{[v['dy'][0][0]]}, which is right: with one row the mean is the sum.",
        ),
        (
            "Your dW has the same shape as your W. Which numbers of x does its first entry use?",
            f"The first column, {[row[0] for row in v['x']]}, times dy, added over the rows: {dW[0][0]}.",
        ),
    ]


# %% tags=["public"]
from assignments.checking import kind, near, require, same, shape, test, vjp

# %% [markdown]
# ## Question 1
#
# y = x W + b, with x (N, D), W (D, H), b (H,).


# %%
def broken_dense_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.mean(axis=0)


# %% [markdown]
# Your own numbers: x = {{x}}, W = {{W}}, dy = {{dy}}. Compute dx, dW and db by hand, and return them as
# lists. Then write the function.


# %% tags=["answer"]
def my_numbers() -> dict[str, list]:
    """dx, dW and db for your own numbers, as nested lists; keys "dx", "dW", "db"."""
    # BEGIN SOLUTION canary-bug-hunt
    numbers = [np.array(VARIANT[name]) for name in ("x", "W", "dy")]
    return {
        k: a.tolist() for k, a in zip(("dx", "dW", "db"), dense_backward(*numbers), strict=True)
    }
    # END SOLUTION


def dense_backward(
    x: np.ndarray, W: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW, db, with the shapes of x, W and b."""
    # BEGIN SOLUTION canary-bug-hunt
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)
    # END SOLUTION


# %% tags=["public"]
@test(question=1, points=1, idea="dx and dW by differences, and db of two samples with one output")
def dense_of_two(s, v, rng):
    x, W, dy = rng.normal(size=(2, 3)), rng.normal(size=(3, 1)), np.array([[1.0], [3.0]])
    dx, dW, db = s.dense_backward(x, W, dy)
    near(dx, vjp(lambda each: each @ W, x, dy), 1e-8, "dx")
    near(dW, vjp(lambda each: x @ each, W, dy), 1e-8, "dW")
    near(db, np.array([4.0]), 1e-8, "db")


# %% tags=["hidden"]
# canary-bug-hunt
@test(question=1, points=1, idea="your own numbers, by hand")
def dense_by_hand(s, v, rng):
    given = s.my_numbers()
    kind(given, dict)
    same(sorted(map(str, given)), ["dW", "db", "dx"], "keys")
    right = dense_backward(*(np.array(v[name]) for name in ("x", "W", "dy")))
    for name, array in zip(("dx", "dW", "db"), right, strict=True):
        near(given[name], array.tolist(), 1e-9, name)


@test(question=1, points=2, idea="what a bias's gradient does with the samples of a batch")
def dense_of_batch(s, v, rng):
    x, W, dy = (rng.normal(size=size) for size in ((5, 3), (3, 2), (5, 2)))
    dx, dW, db = s.dense_backward(x, W, dy)
    near(dx, vjp(lambda each: each @ W, x, dy), 1e-8, "dx")
    near(dW, vjp(lambda each: x @ each, W, dy), 1e-8, "dW")
    near(db, vjp(lambda each: x @ W + each, np.zeros(2), dy), 1e-8, "db")


# %% [markdown]
# ## Question 2
#
# p = softmax(z) by rows: p_i = e^(z_i) / Σ_j e^(z_j). The backward pass gets p, not z.


# %%
def broken_softmax_backward(p, dp):
    return dp * p * (1 - p)


# %% tags=["answer"]
def softmax_backward(p: np.ndarray, dp: np.ndarray) -> np.ndarray:
    """dz from p and ∂L/∂p, all of shape (N, K)."""
    # BEGIN SOLUTION canary-bug-hunt
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))
    # END SOLUTION


# %% tags=["public"]
@test(
    question=2, points=1, idea="adding the same number to every dp changes nothing, since Σ p = 1"
)
def softmax_ignores_a_constant(s, v, rng):
    p, dp = np.array([[0.5, 0.3, 0.2]]), np.array([[1.0, -2.0, 0.5]])
    one, other = s.softmax_backward(p, dp), s.softmax_backward(p, dp + 3.0)
    shape(one, (1, 3), "dz")
    near(other, one, 1e-12, "dz")
    require(bool(np.abs(one).max() > 0.1), "dz", "numbers that are not all 0", "0")


# %% tags=["hidden"]
# canary-bug-hunt
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@test(
    question=2, points=2, idea="every output depends on every input of its row, and on no other row"
)
def softmax_by_differences(s, v, rng):
    z, dp = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    near(s.softmax_backward(softmax(z), dp), vjp(softmax, z, dp), 1e-8, "dz")


# %% [markdown]
# ## Question 3
#
# h = tanh(x W), y = h W: the square matrix W is used twice. x, h and y are (N, D).


# %%
def broken_shared_backward(x, W, dy):
    h = np.tanh(x @ W)
    dW = h.T @ dy
    dz = (dy @ W.T) * (1 - h**2)
    dW = x.T @ dz
    return dz @ W.T, dW


# %% tags=["answer"]
def shared_backward(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dx and dW, with the shapes of x and W."""
    # BEGIN SOLUTION canary-bug-hunt
    h = np.tanh(x @ W)
    dz = (dy @ W.T) * (1 - h**2)
    return dz @ W.T, h.T @ dy + x.T @ dz
    # END SOLUTION


# %% tags=["public"]
@test(
    question=3, points=1, idea="for one number each: y = w·tanh(w·x), derived with the product rule"
)
def shared_of_one(s, v, rng):
    x, W, dy = np.array([[0.5]]), np.array([[2.0]]), np.array([[3.0]])
    dx, dW = s.shared_backward(x, W, dy)
    slope = 1 - np.tanh(1.0) ** 2
    near(dx, np.array([[12 * slope]]), 1e-12, "dx")
    near(dW, np.array([[3 * (np.tanh(1.0) + slope)]]), 1e-12, "dW")


# %% tags=["hidden"]
# canary-bug-hunt
def shared_forward(x, W):
    return np.tanh(x @ W) @ W


@test(
    question=3, points=2, idea="what happens to the gradients of a value that is used in two places"
)
def shared_by_differences(s, v, rng):
    x, W, dy = (rng.normal(size=size) for size in ((4, 3), (3, 3), (4, 3)))
    dx, dW = s.shared_backward(x, W, dy)
    near(dW, vjp(lambda each: shared_forward(x, each), W, dy), 1e-8, "dW")
    near(dx, vjp(lambda each: shared_forward(each, W), x, dy), 1e-8, "dx")


# %% [markdown]
# ## Question 4
#
# x̂ = (x − mean)/√(variance + ε), y = γ x̂ + β. Mean and variance are those of the batch, one a column; the variance
# is the mean of the squared deviations.


# %%
def broken_batchnorm_backward(x, gamma, dy, epsilon):
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    return dy * gamma / deviation, (dy * normal).sum(axis=0), dy.sum(axis=0)


# %% tags=["answer"]
def batchnorm_backward(
    x: np.ndarray, gamma: np.ndarray, dy: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx (N, D), dgamma (D,), dbeta (D,)."""
    # BEGIN SOLUTION canary-bug-hunt
    deviation = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / deviation
    dn = dy * gamma
    dx = (dn - dn.mean(axis=0) - normal * (dn * normal).mean(axis=0)) / deviation
    return dx, (dy * normal).sum(axis=0), dy.sum(axis=0)
    # END SOLUTION


# %% tags=["public"]
@test(
    question=4, points=1, idea="if all of dy is 1, dx is 0: shifting a whole column changes nothing"
)
def batchnorm_of_ones(s, v, rng):
    x = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
    dx, dgamma, dbeta = s.batchnorm_backward(x, np.array([2.0, 0.5]), np.ones((3, 2)), 1e-3)
    near(dx, np.zeros((3, 2)), 1e-12, "dx")
    near(dbeta, np.array([3.0, 3.0]), 1e-12, "dbeta")
    shape(dgamma, (2,), "dgamma")


# %% tags=["hidden"]
# canary-bug-hunt
def batchnorm(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon) + beta


@test(
    question=4,
    points=1,
    idea="the sums over the batch: γ's and β's gradients, and those of dx, which are 0",
)
def batchnorm_sums(s, v, rng):
    x, gamma, dy = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=(5, 3))
    dx, dgamma, dbeta = s.batchnorm_backward(x, gamma, dy, 1e-2)
    shape(dx, (5, 3), "dx")
    near(dx.sum(axis=0), np.zeros(3), 1e-12, "the columns of dx, added up")
    beta = np.zeros(3)
    near(dgamma, vjp(lambda each: batchnorm(x, each, beta, 1e-2), gamma, dy), 1e-8, "dgamma")
    near(dbeta, dy.sum(axis=0), 1e-12, "dbeta")


@test(question=4, points=2, idea="the mean depends on every row, and so does the variance")
def batchnorm_input(s, v, rng):
    x, gamma, dy = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=(5, 3))
    dx = s.batchnorm_backward(x, gamma, dy, 1e-2)[0]
    near(dx, vjp(lambda each: batchnorm(each, gamma, np.zeros(3), 1e-2), x, dy), 1e-8, "dx")


# %% [markdown]
# ## Question 5
#
# L = (1/N) Σ (o_i − y_i)², for the outputs o, an array (N, 1), and the targets y, an array (N,). The loss is wrong as
# well as the gradient.


# %%
def broken_mse(o, y):
    difference = o - y
    return float(np.mean(difference**2)), 2 * difference / len(o)


# %% tags=["answer"]
def mse(o: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """L, and ∂L/∂o with o's shape (N, 1)."""
    # BEGIN SOLUTION canary-bug-hunt
    difference = o - y[:, None]
    return float(np.mean(difference**2)), 2 * difference / len(o)
    # END SOLUTION


# %% tags=["public"]
@test(question=5, points=1, idea="∂L/∂o has the shape of o")
def mse_shape(s, v, rng):
    L, do = s.mse(np.array([[1.0], [2.0], [4.0]]), np.array([0.0, 1.0, 2.0]))
    shape(L, (), "L")
    shape(do, (3, 1), "do")


# %% tags=["hidden"]
# canary-bug-hunt
@test(question=5, points=1, idea="the loss compares each output with its own target")
def mse_value(s, v, rng):
    o, y = rng.normal(size=(5, 1)), rng.normal(size=5)
    near(s.mse(o, y)[0], mse(o, y)[0], 1e-12, "L")


@test(question=5, points=1, idea="∂L/∂o is the derivative of this loss, with its factors")
def mse_gradient(s, v, rng):
    o, y = rng.normal(size=(5, 1)), rng.normal(size=5)
    near(s.mse(o, y)[1], vjp(lambda each: mse(each, y)[0], o, 1.0), 1e-8, "do")


# %% [markdown]
# ## Question 6
#
# Each row of x, (N, 2K), is cut into windows of two neighbors; y, (N, K), holds the larger number of each window. If
# both are equal, the first counts as the larger one.


# %%
def broken_pool_backward(x, dy):
    windows = x.reshape(len(x), -1, 2)
    largest = windows == windows.max(axis=2, keepdims=True)
    return (largest * dy[:, :, None]).reshape(x.shape)


# %% tags=["answer"]
def pool_backward(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """dx, with the shape of x."""
    # BEGIN SOLUTION canary-bug-hunt
    first = x[:, ::2] >= x[:, 1::2]
    dx = np.empty(x.shape)
    dx[:, ::2], dx[:, 1::2] = np.where(first, dy, 0.0), np.where(first, 0.0, dy)
    return dx
    # END SOLUTION


# %% tags=["public"]
@test(question=6, points=1, idea="dy goes to the larger one, or to the first of two equal ones")
def pool_of_one_row(s, v, rng):
    x, dy = np.array([[1.0, 3.0, 2.0, 2.0]]), np.array([[5.0, 7.0]])
    near(s.pool_backward(x, dy), np.array([[0.0, 5.0, 7.0, 0.0]]), 1e-12, "dx")


# %% tags=["hidden"]
# canary-bug-hunt
@test(
    question=6, points=2, idea="a batch, each row with its own choices, some of them between equals"
)
def pool_of_batch(s, v, rng):
    x, dy = np.maximum(0.0, rng.normal(size=(6, 8))), rng.normal(size=(6, 4))
    near(s.pool_backward(x, dy), pool_backward(x, dy), 1e-12, "dx")


# %% [markdown]
# ## Question 7
#
# An input *hides* a bug if the broken and the right function agree on it, and it *shows* the bug if they differ by at
# least 1 somewhere. Inputs with dy = 0 hide everything and do not count: every number of dy (and of o − y) must be at
# least 0.1 in size. Give an input of each kind, with at most 10 rows, for these three.


# %% tags=["answer"]
def hides() -> dict[str, tuple]:
    """Arguments that hide: {"dense": (x, W, dy), "mse": (o, y), "pool": (x, dy)}."""
    # BEGIN SOLUTION canary-bug-hunt
    return {
        "dense": (np.ones((1, 2)), np.ones((2, 3)), np.ones((1, 3))),
        "mse": (np.ones((1, 1)), np.zeros(1)),
        "pool": (np.array([[0.0, 1.0]]), np.array([[2.0]])),
    }
    # END SOLUTION


def shows() -> dict[str, tuple]:
    """Arguments that show, in the same form."""
    # BEGIN SOLUTION canary-bug-hunt
    return {
        "dense": (np.ones((4, 2)), np.ones((2, 3)), np.ones((4, 3))),
        "mse": (np.array([[0.0], [4.0]]), np.array([1.0, 2.0])),
        "pool": (np.array([[1.0, 1.0]]), np.array([[2.0]])),
    }
    # END SOLUTION


# %% tags=["public"]
@test(
    question=7,
    points=1,
    idea="both answers have the three keys, with arguments of the right number",
)
def inputs_have_the_form(s, v, rng):
    for given in (s.hides(), s.shows()):
        kind(given, dict)
        same(sorted(map(str, given)), ["dense", "mse", "pool"], "keys")
        for name, count in (("dense", 3), ("mse", 2), ("pool", 2)):
            kind(given[name], (tuple, list), name)
            same(len(given[name]), count, f"arguments of {name}")


# %% tags=["hidden"]
# canary-bug-hunt
SHAPES = {
    "dense": lambda x, W, dy: (
        (x.ndim, W.shape, dy.shape) == (2, (x.shape[1], dy.shape[1]), (len(x), W.shape[1]))
    ),
    "mse": lambda o, y: o.shape == (len(y), 1) and y.ndim == 1,
    "pool": lambda x, dy: (
        x.ndim == 2 and x.shape[1] % 2 == 0 and dy.shape == (len(x), x.shape[1] // 2)
    ),
}


def broken_and_right(name, arguments):
    """All numbers of both functions' results, a row each."""
    pairs = {
        "dense": (lambda x, W, dy: (dy @ W.T, x.T @ dy, dy.mean(axis=0)), dense_backward),
        "mse": (lambda o, y: (np.mean((o - y) ** 2), 2 * (o - y) / len(o)), mse),
        "pool": (_pool_to_both, lambda x, dy: (pool_backward(x, dy),)),
    }
    return [[np.asarray(each) for each in function(*arguments)] for function in pairs[name]]


def _pool_to_both(x, dy):
    windows = x.reshape(len(x), -1, 2)
    largest = windows == windows.max(axis=2, keepdims=True)
    return ((largest * dy[:, :, None]).reshape(x.shape),)


def differ(given, name):
    """How far the two functions are apart on the student's arguments; these are checked first."""
    kind(given, dict)
    require(name in given, name, "a key", "none")
    kind(given[name], (tuple, list), name)
    arguments = []
    for each in given[name]:
        kind(each, (np.ndarray, list, int, float), name)
        array = np.asarray(each)
        require(array.dtype.kind in "fiu" and array.size > 0, name, "arrays of numbers", "others")
        require(bool(np.isfinite(array).all()), name, "finite numbers", "NaN or infinity")
        arguments.append(array.astype(float))
    count = {"dense": 3, "mse": 2, "pool": 2}[name]
    require(len(arguments) == count, name, f"{count} arguments", "others")
    require(all(each.ndim for each in arguments), name, "arrays", "single numbers")
    require(bool(SHAPES[name](*arguments)), name, "arrays that fit together", "others")
    require(len(arguments[0]) <= 10, name, "at most 10 rows", "more")
    moving = arguments[0][:, 0] - arguments[1] if name == "mse" else arguments[-1]
    require(
        bool((np.abs(moving) >= 0.1).all()), name, "every dy at least 0.1 in size", "smaller ones"
    )
    broken, right = broken_and_right(name, arguments)
    if any(one.shape != other.shape for one, other in zip(broken, right, strict=True)):
        return np.inf
    return max(float(np.abs(one - other).max()) for one, other in zip(broken, right, strict=True))


@test(question=7, points=2, idea="inputs on which the broken functions are right")
def inputs_that_hide(s, v, rng):
    given = s.hides()
    for name in ("dense", "mse", "pool"):
        require(
            differ(given, name) < 1e-12, name, "an input that hides the bug", "one that does not"
        )


@test(question=7, points=2, idea="inputs on which the broken functions are far off")
def inputs_that_show(s, v, rng):
    given = s.shows()
    for name in ("dense", "mse", "pool"):
        require(differ(given, name) >= 1, name, "an input that shows the bug", "one that does not")


# %% [markdown]
# ## Question 8
#
# In about 200 words: which check finds each of the six bugs, which inputs hide the bugs of questions 1, 5 and 6, and
# which of the six would let a training run go on unnoticed for longest? Write your text between the quotes.


# %% tags=["written"]
def written_8() -> str:
    return """
    Your text here.
    """


# %% [markdown] tags=["key"]
# **A model answer.** Central differences with a random cotangent and several samples find bugs 1 to 4: the gradient of the bias is N
# times too small, the softmax lacks the terms off the diagonal, the shared weight's first contribution is overwritten, batch
# normalization takes mean and variance as constants. In a batch of one the mean is the sum, so bug 1 is hidden; a check with N = 1
# proves little about sums. Bug 5 raises no error, for (N, 1) − (N,) is an N × N array; its mean is a number, so the loss looks like
# one. A check of the gradient's shape finds it; with N = 1 nothing is to be seen. Differences of the *same* wrong loss would agree with a wrong
# gradient: they prove that the two fit, not that the loss is the intended one. Bug 6 needs equal neighbors; among random numbers there are none, behind a
# ReLU there are many zeros. A constructed input with a tie finds it. Longest unnoticed: bug 1 or bug 6, whose gradients still point
# downhill: bias gradients N times too small make a network that learns a little slower. canary-bug-hunt
