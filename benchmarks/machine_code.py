"""SymPy's derivation as machine code, beside ours and the compiled loops of others.

The article's program first: index formulas in C, scalars with common subexpressions in C, and the
same index formulas in Python. Then networks of growing width: our matrix products run in BLAS, the
loops in C multiply number by number. All compute in float64.
"""

import ctypes
import itertools

import numpy as np
import sympy as sp

from backprop import Dense, Sequential
from backprop.indexed import Program, array, derive, index
from backprop.machine_code import compile_c, training
from backprop.symbolic import ACTIVATIONS
from benchmarks import article, step_peers
from benchmarks.timing import Peer, Row, race

WORKLOAD = "article's program, a step, and machine code"
FLAGS = ("-O3", "-march=native")
TOLERANCE = 1e-12
BATCH, BATCHES = 32, 4
WIDTHS = (8, 16, 32, 64, 128, 256, 512)
MLP = (784, 512, 512, 10)


def program(sizes, samples) -> Program:
    """Return the formulas of Dense layers with ReLU between them, and the mean of squares."""
    n, units = index("n", samples), [index(f"i{layer}", size) for layer, size in enumerate(sizes)]
    x, y, L = array("x", samples, sizes[0]), array("y", samples, sizes[-1]), array("L", 1)
    formulas, parameters, a = [], [], x
    for layer, (i, j) in enumerate(itertools.pairwise(units), start=1):
        n_in, n_out = sizes[layer - 1 : layer + 1]
        W, b = array(f"W{layer}", n_in, n_out), array(f"b{layer}", n_out)
        z = array(f"z{layer}", samples, n_out)
        formulas += [(z[n, j], b[j]), (z[n, j], a[n, i] * W[i, j])]
        parameters += [W, b]
        if layer < len(sizes) - 1:
            a = array(f"a{layer}", samples, n_out)
            formulas.append((a[n, j], ACTIVATIONS["relu"](z[n, j])))
    formulas.append((L[0], (z[n, j] - y[n, j]) ** 2 / (samples * sizes[-1])))
    return derive(formulas, [x, y, *parameters], L, by=parameters)


class IndexFormulas:
    name = "index formulas in C"

    def __init__(self, sizes, batches, epochs, start):
        """``batches`` are pairs of arrays, and ``start()`` returns W₁, b₁, W₂, ..."""
        self.data = [np.stack(arrays) for arrays in zip(*batches, strict=True)]
        self.sizes, self.epochs, self.start = sizes, epochs, start
        self.make()

    def make(self):
        batch = self.data[0].shape[1]
        self.train = training(program(self.sizes, batch), FLAGS)

    def restart(self):
        self.w = self.start()

    def run(self):
        self.w, _ = self.train(self.w, self.data, self.epochs, article.LEARNING_RATE)

    def weights(self):
        return self.w


class FromTheFormulas(IndexFormulas):
    """What it takes once, before the first step, is timed as well."""

    name = "the same, derived and compiled"

    def run(self):
        self.make()
        super().run()


class InPython:
    name = "index formulas in Python"

    def __init__(self):
        self.program = program((article.INPUTS, article.HIDDEN, 1), article.BATCH)
        self.batches = article.batches()

    def restart(self):
        self.w = article.weights()

    def run(self):
        for _ in range(article.EPOCHS):
            for x, y in self.batches:
                _, gradients = self.program([x, y, *self.w], np.ones(1))
                for w, g in zip(self.w, gradients, strict=True):
                    w -= article.LEARNING_RATE * g

    def weights(self):
        return self.w


class Scalars:
    """The loss of one sample in 110 scalars, differentiated as one expression; then ``cse``."""

    name = "scalars with cse in C"

    def __init__(self):
        function = compile_c(_scalar_text(), "train", FLAGS)
        pointer = np.ctypeslib.ndpointer(float, flags="C_CONTIGUOUS")
        function.argtypes = [*[pointer] * 4, ctypes.c_int, ctypes.c_int, ctypes.c_double]
        self.function = function
        self.x, self.y = article.data()
        self.losses = np.empty(article.STEPS)

    def restart(self):
        self.w = np.concatenate([w.ravel() for w in article.weights()])

    def run(self):
        self.function(
            self.w, self.x, self.y, self.losses, article.EPOCHS, article.BATCHES,
            article.LEARNING_RATE,
        )  # fmt: skip

    def weights(self):
        shapes = [w.shape for w in article.weights()]
        cuts = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
        parts = np.split(self.w, cuts)
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _scalar_text():
    K, H = article.INPUTS, article.HIDDEN
    size = K * H + 2 * H + 1
    x = [sp.Symbol(f"x[{k}]", real=True) for k in range(K)]
    y = sp.Symbol("y[0]", real=True)
    w = [sp.Symbol(f"w[{p}]", real=True) for p in range(size)]
    W1, b1, W2, b2 = w[: K * H], w[K * H : K * H + H], w[K * H + H : -1], w[-1]
    o = b2
    for h in range(H):
        z = b1[h] + sum(x[k] * W1[k * H + h] for k in range(K))
        o += W2[h] * ACTIVATIONS["relu"](z)
    loss = (o - y) ** 2 / article.BATCH
    shared, results = sp.cse([loss, *(sp.diff(loss, v) for v in w)])
    lines = [f"const double {name} = {_c(e)};" for name, e in shared]
    lines.append(f"losses[step] += {_c(results[0])};")
    lines += [f"g[{p}] += {_c(e)};" for p, e in enumerate(results[1:])]
    return "\n".join(
        [
            "void train(double *restrict w, const double *restrict all_x,",
            "    const double *restrict all_y, double *restrict losses, int epochs, int batches,",
            "    double eta) {",
            f"  double g[{size}];",
            "  for (int step = 0; step < epochs * batches; step++) {",
            "    memset(g, 0, sizeof g);",
            "    losses[step] = 0;",
            f"    for (int n = 0; n < {article.BATCH}; n++) {{",
            f"      const int row = step % batches * {article.BATCH} + n;",
            f"      const double *x = all_x + row * {K}, *y = all_y + row;",
            *("      " + line for line in lines),
            "    }",
            f"    for (int p = 0; p < {size}; p++) w[p] -= eta * g[p];",
            "  }",
            "}",
            "",
        ]
    )


def _c(expression):
    return " ".join(sp.ccode(expression, strict=True).split())


class Backprop:
    """Our network of any sizes, through its public ``fit``."""

    name = "backprop"

    def __init__(self, sizes, batches, epochs, start):
        self.x, self.y = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
        self.settings = {"epochs": epochs, "batch_size": len(batches[0][0])}
        self.start = start
        first = Dense(sizes[1], "relu", input_dim=sizes[0])
        others = [Dense(size, "relu") for size in sizes[2:-1]]
        self.model = Sequential([first, *others, Dense(sizes[-1])])
        self.model.compile(loss="mean_squared_error", optimizer="sgd")

    def restart(self):
        self.model.set_weights(self.start())

    def run(self):
        self.model.fit(self.x, self.y, shuffle=False, verbose=0, **self.settings)

    def weights(self):
        return self.model.get_weights()


def _grown(workload, sizes, batch, epochs) -> list[Row]:
    """Race the index formulas against ours on Dense layers of these sizes."""

    def start():
        rng = np.random.default_rng(1)
        shapes = [s for n, m in itertools.pairwise(sizes) for s in ((n, m), (m,))]
        return [rng.normal(0.0, np.sqrt(2 / shape[0]), shape) for shape in shapes]

    rng = np.random.default_rng(0)
    shapes = (batch, sizes[0]), (batch, sizes[-1])
    batches = [tuple(rng.normal(size=shape) for shape in shapes) for _ in range(BATCHES)]
    made = sizes, batches, epochs, start
    peer = Peer(IndexFormulas(*made), None, TOLERANCE)
    return race(workload, Backprop(*made), [peer], start(), rounds=5, units=epochs * BATCHES)


def rows() -> list[Row]:
    sizes = article.INPUTS, article.HIDDEN, 1
    made = sizes, article.batches(), article.EPOCHS, article.weights
    peers = [
        IndexFormulas(*made),
        FromTheFormulas(*made),
        Scalars(),
        step_peers.Numba(),
        step_peers.JaxScan(),
        step_peers.PyTorch(),
        InPython(),
    ]
    result = race(
        WORKLOAD,
        article.Backprop(),
        [Peer(peer, None, TOLERANCE) for peer in peers],
        start=article.weights(),
        rounds=5,
        units=article.STEPS,
    )
    for width in WIDTHS:
        epochs = 25 if width <= 64 else 2
        result += _grown(f"width {width}", (width, width, width, 1), BATCH, epochs)
    return result + _grown("MLP 784–512–512–10, float64", MLP, 128, 1)
