# %% tags=["about"]
TITLE = "Train on real digits, and report honestly"
TIME = "4 hours"
GOALS = [
    "part data so that no writer is in two parts, and scale them without a look at the test data",
    "write the loss and the gradient of a network with a penalty, and train it with early stopping",
    "choose settings on validation data, and report a test result once, with an interval and a baseline",
    "say what an experiment of your own has shown, and what not",
]
QUESTIONS = {
    1: "Parts that share no writer",
    2: "Scaling without a leak",
    3: "Loss and gradient",
    4: "Training",
    5: "Choosing",
    6: "Intervals and comparisons",
}
WRITTEN = {
    7: {
        "title": "Your report",
        "points": 10,
        "rubric": [
            "2: a table with the tried settings, their validation results, and which was chosen by which rule",
            "2: the test accuracy of the chosen setting, once, with its interval and the baseline beside it",
            "2: at least three seeds, with the spread",
            "2: the same with a random split of the samples, and why the two results differ",
            "2: what was not shown, and one thing that did not work",
        ],
    }
}
LIMITS = {4: 20}

# %% [markdown]
# The data are the course's digits, 8×8 pixels, of sheets that thirteen people filled. Your own task uses the digits {{digits}} only. Rows are
# samples; labels are whole numbers from 0 to K − 1.

# %% tags=["setup"]
import math

import numpy as np

# %%
from backprop.datasets import load_digits_by_writer

training, validation, test = load_digits_by_writer()
mine = [np.isin(part.y, VARIANT["digits"]) for part in (training, validation, test)]
print([int(each.sum()) for each in mine], "images of your digits in the three parts")


# %% tags=["teacher"]
def variant(rng: np.random.Generator) -> dict:
    """Four digits, and a seed to begin with."""
    digits = sorted(int(each) for each in rng.choice(10, size=4, replace=False))
    return {"digits": digits, "seed": int(rng.integers(0, 1000))}


def oral(v: dict) -> list[tuple[str, str]]:
    """Three questions with their answers, from the student's own task."""
    from backprop.datasets import load_digits_by_writer

    counts = [int((load_digits_by_writer()[2].y == digit).sum()) for digit in v["digits"]]
    low, high = interval(95, 100)
    return [
        (
            f"You had the digits {v['digits']}. What does a program reach on the test part that always says "
            f"{v['digits'][0]}?",
            f"{counts[0]} of {sum(counts)}, {counts[0] / sum(counts):.1%}.",
        ),
        (
            "How many numbers does your chosen network have?",
            "64·H + H + 4·H + 4 = 69·H + 4 for H hidden units.",
        ),
        (
            "Had you read 95 of 100 test images, how far could the true rate be?",
            f"From {low:.3f} to {high:.3f} by Wilson's interval; and only if the images were independent, "
            "which those of one writer are not.",
        ),
    ]


# %% tags=["public"]
import numpy as np

from assignments.checking import kind, near, numbers, require, same, shape, test, vjp

# %% [markdown]
# ## Question 1
#
# `sheets` says for each sample which sheet it comes from. Part the *sheets* at random into three, then the samples follow. The first part gets at least
# `fractions[0]` of all samples, with as few sheets as a random order of the sheets allows; then the second at least `fractions[1]`; the third gets the
# rest. Return the positions of the samples of each part. The same seed gives the same parts.


# %% tags=["answer"]
def part(
    sheets: np.ndarray, fractions: tuple[float, float], seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three arrays of positions; no sheet has samples in two of them."""
    # BEGIN SOLUTION canary-digits
    order = np.random.default_rng(seed).permutation(np.unique(sheets))
    parts, position = [], 0
    for fraction in fractions:
        taken = []
        while position < len(order) and np.isin(sheets, taken).sum() < fraction * len(sheets):
            taken.append(order[position])
            position += 1
        parts.append(np.flatnonzero(np.isin(sheets, taken)))
    return *parts, np.flatnonzero(np.isin(sheets, order[position:]))
    # END SOLUTION


# %% tags=["public"]
def positions(given, count):
    """Three arrays that hold each of the positions once, together."""
    kind(given, (tuple, list))
    require(len(given) == 3, "", "three arrays", "another number")
    arrays = [numbers(each, "positions").ravel() for each in given]
    together = np.sort(np.concatenate(arrays)).tolist()
    require(together == list(range(count)), "", "each position once", "others")
    return [each.astype(int) for each in arrays]


@test(question=1, points=1, idea="each sample is in one part, and no sheet is in two")
def parts_share_no_sheet(s, v, rng):
    sheets = np.repeat(np.arange(8), 5)
    parts = positions(s.part(sheets, (0.5, 0.25), 0), 40)
    found = [set(sheets[each].tolist()) for each in parts]
    shared = (found[0] & found[1]) | (found[0] & found[2]) | (found[1] & found[2])
    require(not shared, "", "no sheet in two parts", "a shared one")


# %% tags=["hidden"]
# canary-digits
@test(question=1, points=2, idea="sheets of different sizes, in any order: the sizes of the parts")
def parts_have_sizes(s, v, rng):
    sheets = rng.permutation(np.repeat(np.arange(12), rng.integers(3, 30, size=12)))
    for seed in range(3):
        parts = positions(s.part(sheets, (0.6, 0.2), seed), len(sheets))
        found = [set(sheets[each].tolist()) for each in parts]
        require(sum(map(len, found)) == 12, "", "no sheet in two parts", "a shared one")
        largest = max(np.bincount(sheets))
        for each, fraction in zip(parts[:2], (0.6, 0.2), strict=True):
            enough = fraction * len(sheets) <= len(each) < fraction * len(sheets) + largest
            require(enough, "", "as few sheets as the fraction needs", "another number")


@test(question=1, points=1, idea="the same seed, the same parts; another seed, other parts")
def parts_follow_the_seed(s, v, rng):
    sheets = np.repeat(np.arange(20), 3)
    one, again, other = (positions(s.part(sheets, (0.6, 0.2), seed), 60) for seed in (1, 1, 2))
    require(np.array_equal(one[0], again[0]), "", "the same parts", "others")
    require(not np.array_equal(np.sort(one[0]), np.sort(other[0])), "", "other parts", "the same")


# %% [markdown]
# ## Question 2
#
# Scale each column of the training data to mean 0 and standard deviation 1, and treat other data with the *same* numbers. A column that is constant
# in the training data becomes 0 in both: it says nothing that the training could use.


# %% tags=["answer"]
def standardize(training: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays, scaled by the training data's means and standard deviations."""
    # BEGIN SOLUTION canary-digits
    deviation = training.std(axis=0)
    moving = deviation > 0
    scale = np.where(moving, deviation, 1.0)
    return tuple(
        np.where(moving, (x - training.mean(axis=0)) / scale, 0.0) for x in (training, other)
    )
    # END SOLUTION


# %% tags=["public"]
@test(question=2, points=1, idea="the training data get mean 0 and standard deviation 1")
def standardize_training(s, v, rng):
    x = np.array([[1.0, 10.0], [3.0, 20.0], [5.0, 60.0]])
    given = s.standardize(x, x)
    kind(given, (tuple, list))
    near(given[0], (x - x.mean(axis=0)) / x.std(axis=0), 1e-7, "training")


# %% tags=["hidden"]
# canary-digits
@test(question=2, points=2, idea="the other data are scaled by numbers of the training data alone")
def standardize_other(s, v, rng):
    x, other = rng.normal(size=(6, 3)), 5 + 2 * rng.normal(size=(4, 3))
    near(s.standardize(x, other), standardize(x, other), 1e-7)


@test(question=2, points=1, idea="a column that is constant in the training data")
def standardize_constant(s, v, rng):
    x, other = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    x[:, 1] = 0.7
    near(s.standardize(x, other), standardize(x, other), 1e-7)


# %% [markdown]
# ## Question 3
#
# h = max(0, x W1 + b1), z = h W2 + b2, and L = the mean over the samples of −ln softmax(z) at the right class, plus ½ λ (ΣW1² + ΣW2²). Biases have no
# penalty. At 0, the derivative of max(0, ·) is 0.


# %% tags=["answer"]
def loss_and_gradients(
    weights: list[np.ndarray], x: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[float, list[np.ndarray]]:
    """L, and its gradients [dW1, db1, dW2, db2], for weights [W1, b1, W2, b2]."""
    # BEGIN SOLUTION canary-digits
    W1, b1, W2, b2 = weights
    z1 = x @ W1 + b1
    h = np.maximum(0.0, z1)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    dz = np.exp(log_p)
    dz[rows, labels] -= 1
    dz /= len(x)
    dz1 = np.where(z1 > 0, dz @ W2.T, 0.0)
    L = -log_p[rows, labels].mean() + 0.5 * penalty * (np.sum(W1**2) + np.sum(W2**2))
    gradients = [x.T @ dz1 + penalty * W1, dz1.sum(axis=0), h.T @ dz + penalty * W2, dz.sum(axis=0)]
    return float(L), gradients
    # END SOLUTION


# %% tags=["public"]
@test(question=3, points=1, idea="with all weights 0: the loss is ln K, and only b2 has a gradient")
def loss_of_zeros(s, v, rng):
    weights = [np.zeros(size) for size in ((3, 2), 2, (2, 4), 4)]
    L, gradients = s.loss_and_gradients(weights, np.ones((4, 3)), np.array([0, 1, 2, 2]), 0.1)
    near(L, np.log(4), 1e-12, "L")
    near(gradients, [*weights[:3], np.array([0.0, 0.0, -0.25, 0.25])], 1e-12, "gradients")


# %% tags=["hidden"]
# canary-digits
def network(rng, pixels=5, hidden=4, classes=3):
    sizes = ((pixels, hidden), hidden, (hidden, classes), classes)
    return [rng.normal(size=size) for size in sizes]


@test(question=3, points=1, idea="the loss of a batch, with its penalty")
def loss_of_batch(s, v, rng):
    weights, x, labels = network(rng), rng.normal(size=(6, 5)), rng.integers(0, 3, size=6)
    for penalty in (0.0, 0.3):
        right = loss_and_gradients(weights, x, labels, penalty)[0]
        near(s.loss_and_gradients(weights, x, labels, penalty)[0], right, 1e-12, "L")


@test(question=3, points=3, idea="all four gradients by differences of the loss, with a penalty")
def gradients_by_differences(s, v, rng):
    weights, x, labels = network(rng), rng.normal(size=(6, 5)), rng.integers(0, 3, size=6)
    given = s.loss_and_gradients(weights, x, labels, 0.3)[1]
    kind(given, (list, tuple))
    require(len(given) == 4, "", "four gradients", "another number")
    for k, name in enumerate(("dW1", "db1", "dW2", "db2")):

        def loss(each, k=k):
            changed = [*weights[:k], each, *weights[k + 1 :]]
            return loss_and_gradients(changed, x, labels, 0.3)[0]

        near(given[k], vjp(loss, weights[k], 1.0), 1e-8, name)


# %% [markdown]
# ## Question 4
#
# Train by mini-batches: in each epoch a new random order, then steps w ← w − η ∂L/∂w on `batch` samples at a time (the last batch may be smaller). After
# each epoch note the validation loss, *without* the penalty. Return the weights of the epoch with the lowest one, and the list of all. Settings:
# `{"hidden", "rate", "epochs", "batch", "penalty"}`. Draw the start yourself, small and random; the same seed gives the same result. The arguments
# must not be changed.


# %% tags=["answer"]
def train(
    x: np.ndarray,
    labels: np.ndarray,
    x_validation: np.ndarray,
    labels_validation: np.ndarray,
    settings: dict,
    seed: int,
) -> tuple[list[np.ndarray], list[float]]:
    """The weights [W1, b1, W2, b2] of the best epoch, and the validation loss after each epoch."""
    # BEGIN SOLUTION canary-digits
    rng = np.random.default_rng(seed)
    hidden, classes = settings["hidden"], int(labels.max()) + 1
    weights = [
        rng.normal(0, np.sqrt(2 / x.shape[1]), (x.shape[1], hidden)),
        np.zeros(hidden),
        rng.normal(0, np.sqrt(1 / hidden), (hidden, classes)),
        np.zeros(classes),
    ]
    best, history = weights, []
    for _ in range(settings["epochs"]):
        order = rng.permutation(len(x))
        for start in range(0, len(x), settings["batch"]):
            rows = order[start : start + settings["batch"]]
            _, gradients = loss_and_gradients(weights, x[rows], labels[rows], settings["penalty"])
            weights = [w - settings["rate"] * g for w, g in zip(weights, gradients, strict=True)]
        history.append(loss_and_gradients(weights, x_validation, labels_validation, 0.0)[0])
        if history[-1] == min(history):
            best = weights
    return best, history
    # END SOLUTION


# %% tags=["public"]
SETTINGS = {"hidden": 8, "rate": 0.2, "epochs": 5, "batch": 10, "penalty": 0.0}


def blobs(rng, n=60):
    """Three clouds of points that a network tells apart easily."""
    labels = np.arange(n) % 3
    centers = np.array([[2.0, 0.0], [-2.0, 1.0], [0.0, -3.0]])
    return centers[labels] + 0.3 * rng.normal(size=(n, 2)), labels


@test(
    question=4,
    points=1,
    idea="the form of the result, and that training lowers the validation loss",
)
def training_of_blobs(s, v, rng):
    x, labels = blobs(rng)
    weights, history = s.train(x[:40], labels[:40], x[40:], labels[40:], SETTINGS, 0)
    kind(history, (list, tuple))
    require(len(history) == 5, "", "a validation loss for each epoch", "another number")
    for array, size in zip(weights, ((2, 8), (8,), (8, 3), (3,)), strict=True):
        shape(array, size)
    require(bool(history[-1] < 0.8 * np.log(3)), "", "a loss well below ln 3", "a higher one")


# %% tags=["hidden"]
# canary-digits
@test(question=4, points=2, idea="real digits of new writers are read")
def training_on_digits(s, v, rng):
    from backprop.datasets import load_digits_by_writer

    parts = []
    for each in load_digits_by_writer()[:2]:
        rows = np.flatnonzero(np.isin(each.y, (1, 4, 6, 9)))[:320]
        parts += [each.x[rows], np.searchsorted((1, 4, 6, 9), each.y[rows])]
    settings = {"hidden": 16, "rate": 0.2, "epochs": 15, "batch": 16, "penalty": 1e-3}
    weights, _ = s.train(*parts, settings, 0)
    right = network_reads(weights, parts[2]) == parts[3]
    require(bool(right.mean() > 0.85), "", "more than 85% of the validation images", "fewer")


def network_reads(weights, x):
    for array, name in zip(weights, ("W1", "b1", "W2", "b2"), strict=True):
        numbers(array, name)
    W1, b1, W2, b2 = weights
    shape(W1, (x.shape[1], len(b1)), "W1")
    return (np.maximum(0.0, x @ W1 + b1) @ W2 + b2).argmax(axis=1)


@test(
    question=4,
    points=2,
    idea="the weights are those of the best epoch, by validation loss without the penalty",
)
def best_epoch_returned(s, v, rng):
    x, labels = blobs(rng, 90)
    misread = rng.permutation(labels[45:])  # validation gets worse while training gets better
    for penalty, validation in ((0.0, misread), (0.05, labels[45:])):
        settings = SETTINGS | {"epochs": 8, "rate": 0.5, "penalty": penalty}
        weights, history = s.train(x[:45], labels[:45], x[45:], validation, settings, 1)
        kind(history, (list, tuple))
        require(len(history) == 8, "", "a validation loss for each epoch", "another number")
        network_reads(weights, x)
        L = loss_and_gradients(weights, x[45:], validation, 0.0)[0]
        near(L, min(history), 1e-9, "the returned weights' validation loss")


@test(
    question=4,
    points=1,
    idea="the same seed gives the same weights, another seed others; every sample is used",
)
def training_follows_the_seed(s, v, rng):
    x, labels = blobs(rng, 50)
    settings = SETTINGS | {"epochs": 1, "batch": 20}
    data = (x[:45], labels[:45], x[45:], labels[45:])
    one, again, other = (s.train(*data, settings, seed)[0] for seed in (3, 3, 4))
    near(one, again, 1e-12, "weights")
    first, different = numbers(one[0], "W1"), numbers(other[0], "W1")
    require(
        first.shape != different.shape or bool(np.abs(first - different).max() > 1e-3),
        "",
        "other weights for another seed",
        "the same",
    )
    far = data[0].copy()
    far[:, 0] *= 100.0
    moved = s.train(far, *data[1:], settings, 3)[0]
    require(
        bool(np.abs(numbers(moved[0], "W1") - first).max() > 1e-3),
        "",
        "weights that data move",
        "others",
    )


# %% [markdown]
# ## Question 5
#
# Each result is a dict with the keys `"setting"`, `"validation"` and `"test"`, the last two accuracies. Which one do you report? Return its position. Of equal
# ones, the first. And the baseline: the accuracy on the test labels of a program that always says what is most frequent *in training* (of equally frequent
# labels, the smallest).


# %% tags=["answer"]
def choose(results: list[dict]) -> int:
    """The position of the result to report."""
    # BEGIN SOLUTION canary-digits
    return max(range(len(results)), key=lambda k: results[k]["validation"])
    # END SOLUTION


def baseline(labels_training: np.ndarray, labels_test: np.ndarray) -> float:
    """The accuracy of always saying the training data's most frequent label."""
    # BEGIN SOLUTION canary-digits
    return float(np.mean(labels_test == np.bincount(labels_training).argmax()))
    # END SOLUTION


# %% tags=["public"]
@test(question=5, points=1, idea="a list of one result; a baseline when all labels are equal")
def choosing_of_one(s, v, rng):
    same(s.choose([{"setting": "a", "validation": 0.9, "test": 0.8}]), 0)
    near(s.baseline(np.array([1, 1]), np.array([1, 1, 1])), 1.0, 1e-12)


# %% tags=["hidden"]
# canary-digits
@test(question=5, points=2, idea="which of the two accuracies may decide, and which may not")
def choosing_by_validation(s, v, rng):
    for _ in range(5):
        validation, test_accuracy = rng.integers(80, 99, size=(2, 6)) / 100
        results = [
            {"setting": str(k), "validation": float(a), "test": float(b)}
            for k, (a, b) in enumerate(zip(validation, test_accuracy, strict=True))
        ]
        same(s.choose(results), choose(results))


@test(question=5, points=1, idea="the label is counted in one part, and its accuracy in another")
def baseline_of_parts(s, v, rng):
    training, test_labels = np.array([3, 0, 3, 5, 5, 3]), np.array([5, 5, 5, 3, 0])
    near(s.baseline(training, test_labels), 0.2, 1e-12)


# %% [markdown]
# ## Question 6
#
# Wilson's interval for a rate, when `right` of `n` were right, with z = 1.959964:
# (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n), p = right/n.
#
# And McNemar's test of two models on the same images. `a` and `b` say which images each reads. Only those count that exactly one of them reads. If the models were equally good, each of these n images would be
# a fair coin. The result is the probability of a split at least as uneven as the one seen, both sides counted: 2 Σ_{i ≤ k} (n over i)/2ⁿ with k the smaller count, and at most 1.


# %% tags=["answer"]
def interval(right: int, n: int) -> tuple[float, float]:
    """Wilson's interval, (low, high)."""
    # BEGIN SOLUTION canary-digits
    z, p = 1.959964, right / n
    middle = p + z**2 / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)
    # END SOLUTION


def mcnemar(a: np.ndarray, b: np.ndarray) -> float:
    """How likely so uneven a split is between two equally good models."""
    # BEGIN SOLUTION canary-digits
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)
    # END SOLUTION


# %% tags=["public"]
@test(question=6, points=1, idea="half of four, and two models that read the same")
def interval_of_half(s, v, rng):
    low, high = s.interval(2, 4)
    near(low + high, 1.0, 1e-12, "low + high")
    near(low, 0.150036, 1e-5, "low")
    both = np.array([True, False, True])
    near(s.mcnemar(both, both), 1.0, 1e-12, "p")


# %% tags=["hidden"]
# canary-digits
@test(question=6, points=1, idea="the interval at the edges, none right and all right")
def interval_at_edges(s, v, rng):
    for right, n in ((0, 20), (20, 20), (353, 359)):
        near(s.interval(right, n), interval(right, n), 1e-9, "interval")


@test(question=6, points=2, idea="only images count that one of the two reads; both tails")
def mcnemar_of_many(s, v, rng):
    for only_a, only_b in ((2, 10), (9, 24), (5, 5), (0, 1)):
        a = np.array([True] * (only_a + 30) + [False] * (only_b + 4))
        b = np.array([False] * only_a + [True] * 30 + [True] * only_b + [False] * 4)
        order = rng.permutation(len(a))
        near(s.mcnemar(a[order], b[order]), mcnemar(a, b), 1e-9, "p")


# %% [markdown]
# ## Question 7
#
# Your report, for your digits {{digits}}, with the parts that `load_digits_by_writer` gives. Try at least six settings, choose one, run it with at least three seeds (begin with
# {{seed}}), look at the test part once. Then do the same with a random split of the same samples, and say why the two results differ. About 250 words and a
# table, in the form that you would like to read. Losses belong in it too: what did not work?


# %% tags=["written"]
def written_7() -> str:
    return """
    Your report here.
    """


# %% [markdown] tags=["key"]
# **What a good report looks like.** It names the parts (and that they share no sheet), the grid, the rule of choice, the number of seeds. It gives the
# test accuracy once, as “x of n”, with Wilson's interval and the baseline. It says that the random split gives a higher number because images of the same
# hand stand in both parts; that the interval takes the images as independent, which they are not; and that four digits and one architecture
# say little about other tasks. canary-digits
