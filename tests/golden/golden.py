"""Published numbers: what was computed, by whom, and what they printed.

A string is a decimal that its author rounded: ours must agree to half a unit of its last digit.
A number is exact. Where an author's number is wrong, ``wrong`` holds what was printed, ``cause``
the mistake that led to it, and ``right`` what the same problem really gives.

One number of the literature is a band, not a number, and is not here: the network [784, 30, 10] of
M. Nielsen, Neural Networks and Deep Learning, chapter 1, trained with learning rate 3 and batches
of 10, reaches 95.42 % on MNIST's test data at best in 30 epochs. Its initial weights are drawn at
random, and MNIST does not come with the package.
"""

from dataclasses import dataclass, field
from fractions import Fraction

Numbers = dict[str, str | float | Fraction]


@dataclass(frozen=True)
class Golden:
    """A worked example: its source, its right results by name, and those published wrong."""

    source: str
    right: Numbers
    wrong: Numbers = field(default_factory=dict)
    cause: str = ""
    dtype: str = "float64"  # what its author computed in


MAZUR = (
    "M. Mazur, A Step by Step Backpropagation Example (2015), "
    "https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/"
)
STALE = (
    "the hidden deltas were computed with output weights that were updated already; corrected in "
    "commit 4b6faac of https://github.com/mattm/simple-neural-network, two days before the post"
)
CS231N = "CS231n, Backpropagation, Intuitions, https://cs231n.github.io/optimization-2/"
MICROGRAD = "A. Karpathy, micrograd, README, https://github.com/karpathy/micrograd"
JAX = (
    "JAX, Automatic differentiation, https://docs.jax.dev/en/latest/automatic-differentiation.html"
)
KERAS = "Keras, documentation of "

GOLDEN = {
    # -- Mazur's network of two inputs, two hidden units and two outputs -------------------------
    "Mazur, forward": Golden(
        MAZUR,
        {
            "h1": "0.593269992", "h2": "0.596884378",
            "o1": "0.75136507", "o2": "0.772928465",
            "E": "0.298371109",
        },
    ),
    "Mazur, weights after one round": Golden(
        MAZUR,
        {
            "w1": "0.149780716", "w2": "0.19956143", "w3": "0.24975114", "w4": "0.29950229",
            "w5": "0.35891648", "w6": "0.408666186", "w7": "0.511301270", "w8": "0.561370121",
        },
    ),
    "Mazur, loss after one round": Golden(
        MAZUR, {"E": "0.29102777369"}, {"E": "0.291027924"}, STALE
    ),
    "Mazur, after 10,000 rounds": Golden(
        MAZUR,
        {"E": "0.0000351018778", "o1": "0.01591362", "o2": "0.98406427"},
        {"o1": "0.0159121963", "o2": "0.9840657345"},
        STALE,
    ),
    # -- computational graphs ----------------------------------------------------------------------
    "CS231n, (x + y) z": Golden(CS231N, {"f": -12, "dx": -4, "dy": -4, "dz": 3}),
    "CS231n, 2 (x y + max(z, w))": Golden(
        CS231N, {"f": -20, "dx": -8, "dy": 6, "dz": 2, "dw": 0}
    ),
    "CS231n, a sigmoid neuron": Golden(
        CS231N,
        {
            "f": "0.7310585786", "dx0": "0.3932238665", "dx1": "-0.5898357997",
            "dw0": "-0.1966119332", "dw1": "-0.3932238665", "dw2": "0.1966119332",
        },
    ),
    "micrograd, printed": Golden(
        MICROGRAD, {"g": "24.7041", "da": "138.8338", "db": "645.5773"}
    ),
    "micrograd, exact": Golden(
        MICROGRAD,
        {"g": Fraction(2421, 98), "da": Fraction(47620, 343), "db": Fraction(221433, 343)},
    ),
    "micrograd, a tanh neuron": Golden(
        "A. Karpathy, Neural Networks: Zero to Hero, lecture on micrograd, first notebook, "
        "https://github.com/karpathy/nn-zero-to-hero",
        {
            "n": "0.8813735870195432", "o": "0.7071067811865476", "dn": "0.5000",
            "dx1": "-1.5000", "dw1": "1.0000", "dx2": "0.5000", "dw2": "0.0000", "db": "0.5000",
        },
    ),
    "autodidact, the derivative of tanh at 1": Golden(
        "M. Johnson, Autodidact, README, https://github.com/mattjj/autodidact",
        {"derivative": "0.41997434161402603"},
    ),
    "JAX, three derivatives of tanh at 2": Golden(
        JAX,
        {"first": "0.070650816", "second": "-0.13621868", "third": "0.25265405"},
        dtype="float32",
    ),
    "JAX, four derivatives of a cubic at 1": Golden(
        JAX, {"first": 4, "second": 10, "third": 6, "fourth": 0}
    ),
    "Olah, (a + b)(b + 1)": Golden(
        "C. Olah, Calculus on Computational Graphs: Backpropagation (2015), "
        "https://colah.github.io/posts/2015-08-Backprop/",
        {"e": 6, "da": 2, "db": 5},
    ),
    "Géron, x²y + y + 2": Golden(
        "A. Géron, Hands-On Machine Learning, appendix on automatic differentiation",
        {"f": 42, "dx": 24, "dy": 10, "dxx": 8, "dxy": 6, "dyx": 6, "dyy": 0},
    ),
    # -- neurons and networks ----------------------------------------------------------------------
    "Goodfellow, XOR": Golden(
        "I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 6.1",
        {"00": 0, "01": 1, "10": 1, "11": 0},
    ),
    "Nielsen, a neuron learns to output 0": Golden(
        "M. Nielsen, Neural Networks and Deep Learning (2015), chapter 3, "
        "http://neuralnetworksanddeeplearning.com/chap3.html; 300 epochs in js/saturation1.js",
        {"start at w = 0.6, b = 0.9": "0.82", "end": "0.09", "start at w = b = 2": "0.98"},
    ),
    "CS231n, a softmax classifier": Golden(
        "CS231n, Linear classification, https://cs231n.github.io/linear-classify/, "
        "the figure of SVM and softmax",
        {
            "s0": "-2.85", "s1": "0.86", "s2": "0.28",
            "p0": "0.015", "p1": "0.631", "p2": "0.353", "loss": "1.04",
        },
        {"p0": "0.016"},
        "it was computed from the exponentials as printed, already rounded",
    ),
    "CS231n, the loss of a cat": Golden(
        "CS231n, lecture 3 of 11 January 2016, slide 34",
        {"p0": "0.13", "p1": "0.87", "p2": "0.00", "loss": "2.04"},
        {"loss": "0.89"},
        "the logarithm was taken to base 10; the loss's logarithm is the natural one",
    ),
    # -- losses and optimizers ---------------------------------------------------------------------
    "Keras, Huber": Golden(KERAS + "keras.losses.Huber", {"loss": "0.155"}),
    "Keras, binary cross-entropy of logits": Golden(
        KERAS + "keras.losses.BinaryCrossentropy", {"loss": "0.865"}
    ),
    "Keras, categorical cross-entropy": Golden(
        KERAS + "keras.losses.categorical_crossentropy, and of the class for the mean",
        {"first": "0.0513", "second": "2.303", "mean": "1.177"},
    ),
    "Keras, a step of RMSprop": Golden(
        KERAS + "keras.optimizers.RMSprop", {"w": "9.683772"}
    ),
}  # fmt: skip
