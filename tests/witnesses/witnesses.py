"""Four witnesses of every gradient: SymPy, differences, PyTorch and JAX.

Each case of ``all_cases`` makes one object of the package, its inputs, and the same function
written for each witness in that witness's own terms. ``errors(case)`` runs them all and returns the
largest relative error of our backward pass against each. Differences are taken in two ways: central
ones of our own forward pass, and complex steps of SymPy's formula where it is analytic.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from backprop import attention, losses
from backprop.activations import ACTIVATIONS
from backprop.indexed import Program
from backprop.layer import Layer, leaves
from backprop.layers import Activation, BatchNorm, Dense, Dropout, Flatten, Residual
from backprop.numeric import central_difference, complex_step

missing = [name for name in ("torch", "jax") if importlib.util.find_spec(name) is None]
if missing:
    raise ModuleNotFoundError(
        f"the witnesses need {' and '.join(missing)}; install them from the course's folder by: "
        f"pip install -r requirements-test.txt"
    )

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from images import image_cases  # noqa: E402
from sequences import sequence_cases  # noqa: E402

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)

# The largest error allowed. Exact rules and complex steps leave rounding only; a central difference
# has an error of its own.
BOUNDS = {
    "SymPy": 1e-13,
    "differences": 1e-8,
    "complex step": 1e-13,
    "PyTorch": 1e-13,
    "JAX": 1e-13,
}

# What has no derivative somewhere, and so no complex one: ReLU, leaky ReLU, Huber.
NOT_ANALYTIC = (sp.Max, sp.Abs, sp.Piecewise)

# -- the activations, once for each witness ----------------------------------------------------

SYMPY = {
    "linear": lambda z: z,
    "sigmoid": lambda z: z.applyfunc(lambda t: 1 / (1 + sp.exp(-t))),
    "tanh": lambda z: z.applyfunc(sp.tanh),
    "relu": lambda z: z.applyfunc(lambda t: sp.Max(t, 0)),
    "leaky_relu": lambda z: z.applyfunc(lambda t: sp.Max(t, t / 5)),
    "gelu": lambda z: z.applyfunc(
        lambda t: t * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (t + sp.Rational(44715, 10**6) * t**3))) / 2
    ),
    "softmax": lambda z: sp.Matrix(
        z.rows, z.cols, lambda i, j: sp.exp(z[i, j]) / sum(sp.exp(t) for t in z.row(i))
    ),
}
TORCH = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.2),
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "softmax": lambda z: torch.softmax(z, dim=-1),
}
JAX = {
    "linear": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda z: jax.nn.leaky_relu(z, 0.2),
    "gelu": lambda z: jax.nn.gelu(z, approximate=True),
    "softmax": lambda z: jax.nn.softmax(z, axis=-1),
}


@dataclass
class Case:
    """One object of the package, where it is looked at, and the witnesses' versions of it.

    Each version takes the list of arrays, the input first, and returns an output (of a loss, a
    number); ``ours`` returns the output and, given ∂L/∂output, the list of gradients. SymPy's may
    be a program of index formulas instead.
    """

    name: str
    arrays: list[np.ndarray]
    ours: Callable
    sympy: Callable | Program
    torch: Callable
    jax: Callable


def _layer_case(name, layer, x, sympy, torch_, jax_, training=True):
    """Make a case of a built layer; its parameters are set to a random point."""
    rng = np.random.default_rng(7)
    layer.parameters[:] = rng.normal(size=layer.parameters.shape)
    inside = [leaf for leaf in leaves([layer]) if leaf.parameter_shapes()]
    names = [(leaf, p) for leaf in inside for p in leaf.parameter_shapes()]
    arrays = [x] + [getattr(leaf, p).copy() for leaf, p in names]

    def ours(arrays, v=None):
        for (leaf, p), array in zip(names, arrays[1:], strict=True):
            getattr(leaf, p)[...] = array
        if any(isinstance(leaf, Dropout) for leaf in leaves([layer])):
            layer._rng.bit_generator.state = np.random.default_rng(5).bit_generator.state
        y = layer.forward(arrays[0], training).copy()
        if v is None:
            return y
        dx = layer.backward(v).copy()
        return [dx] + [getattr(leaf, "d" + p).copy() for leaf, p in names]

    return Case(name, arrays, ours, sympy, torch_, jax_)


def _dense_cases():
    for f in ACTIVATIONS:
        layer = Dense(2, f).build(3)
        x = np.random.default_rng(1).normal(size=(2, 3))
        yield _layer_case(
            f"Dense, {f}", layer, x,
            lambda a, f=f: SYMPY[f](a[0] * a[1] + sp.ones(a[0].rows, 1) * a[2].T),
            lambda a, f=f: TORCH[f](F.linear(a[0], a[1].T, a[2])),
            lambda a, f=f: JAX[f](a[0] @ a[1] + a[2]),
        )  # fmt: skip


def _activation_cases():
    for f in ACTIVATIONS:
        x = np.random.default_rng(2).normal(size=(2, 3))
        yield _layer_case(
            f"Activation, {f}", Activation(f).build(3), x,
            lambda a, f=f: SYMPY[f](a[0]),
            lambda a, f=f: TORCH[f](a[0]),
            lambda a, f=f: JAX[f](a[0]),
        )  # fmt: skip


def _batch_norm_cases():
    x = np.random.default_rng(3).normal(size=(4, 2))
    epsilon = 1e-3
    mean, variance = np.array([0.3, -0.2]), np.array([0.8, 1.7])
    deviation = np.sqrt(variance + epsilon)

    def symbolic(a):
        n, columns = a[0].rows, []
        for j in range(a[0].cols):
            column = a[0].col(j)
            m = sum(column) / n
            v = sum((t - m) ** 2 for t in column) / n
            scale = a[1][j] / sp.sqrt(v + sp.Rational(1, 1000))
            columns.append([(t - m) * scale + a[2][j] for t in column])
        return sp.Matrix(columns).T

    def jax_training(a):
        m, v = a[0].mean(axis=0), a[0].var(axis=0)
        return a[1] * (a[0] - m) / jnp.sqrt(v + epsilon) + a[2]

    yield _layer_case(
        "BatchNorm, training", BatchNorm(epsilon=epsilon).build(2), x,
        symbolic,
        lambda a: F.batch_norm(a[0], None, None, a[1], a[2], training=True, eps=epsilon),
        jax_training,
    )  # fmt: skip

    layer = BatchNorm(epsilon=epsilon).build(2)
    layer.moving_mean[:], layer.moving_variance[:] = mean, variance
    yield _layer_case(
        "BatchNorm, not training", layer, x,
        lambda a: sp.Matrix(
            a[0].rows, 2,
            lambda i, j: a[1][j] * (a[0][i, j] - mean[j]) / deviation[j] + a[2][j],
        ),
        lambda a: F.batch_norm(
            a[0], torch.tensor(mean), torch.tensor(variance), a[1], a[2], eps=epsilon
        ),
        lambda a: a[1] * (a[0] - mean) / deviation + a[2],
        training=False,
    )  # fmt: skip


def _other_layer_cases():
    x = np.random.default_rng(4).normal(size=(2, 6))
    mask = (np.random.default_rng(5).random((2, 6)) >= 0.4) / 0.6
    yield _layer_case(
        "Dropout", Dropout(0.4).build(6), x,
        lambda a: a[0].multiply_elementwise(sp.Matrix(mask)),
        lambda a: a[0] * torch.tensor(mask),
        lambda a: a[0] * mask,
    )  # fmt: skip
    yield _layer_case(
        "Flatten", Flatten().build((3, 2)), x.reshape(2, 3, 2),
        lambda a: a[0],
        lambda a: torch.flatten(a[0], start_dim=1),
        lambda a: a[0].reshape(len(a[0]), -1),
    )  # fmt: skip
    yield _layer_case(
        "Residual", Residual([Dense(2, "tanh"), Dense(3)]).build(3), x[:, :3].copy(),
        lambda a: a[0]
        + (a[0] * a[1] + sp.ones(2, 1) * a[2].T).applyfunc(sp.tanh) * a[3]
        + sp.ones(2, 1) * a[4].T,
        lambda a: a[0] + F.linear(torch.tanh(F.linear(a[0], a[1].T, a[2])), a[3].T, a[4]),
        lambda a: a[0] + jnp.tanh(a[0] @ a[1] + a[2]) @ a[3] + a[4],
    )  # fmt: skip


def _loss_case(name, loss, y, o, sympy, torch_, jax_):
    def ours(arrays, v=None):
        value = loss.forward(y, arrays[0])
        return value if v is None else [v * loss.backward()]

    return Case(
        name, [o], ours,
        lambda a: sp.Matrix([[sympy(sp.Matrix(y), a[0])]]),
        lambda a: torch_(torch.tensor(y), a[0]),
        lambda a: jax_(jnp.asarray(y), a[0]),
    )  # fmt: skip


def _each(f):
    """Return the sum of f(y, o) over two SymPy matrices."""
    return lambda y, o: sum(f(s, t) for s, t in zip(y, o, strict=True))


def _log_softmax(o, i, j):
    return o[i, j] - sp.log(sum(sp.exp(t) for t in o.row(i)))


def _loss_cases():
    rng = np.random.default_rng(6)
    y, z = rng.dirichlet(np.ones(3), 2), rng.normal(size=(2, 3))
    p = rng.dirichlet(np.ones(3), 2)
    n, k = y.shape
    yield _loss_case(
        "HalfSquaredError", losses.HalfSquaredError(), y, z,
        _each(lambda s, t: (s - t) ** 2 / (2 * sp.Integer(n))),
        lambda y, o: F.mse_loss(o, y, reduction="sum") / (2 * n),
        lambda y, o: jnp.sum(0.5 * (y - o) ** 2) / n,
    )  # fmt: skip
    yield _loss_case(
        "MeanSquaredError", losses.MeanSquaredError(), y, z,
        _each(lambda s, t: (s - t) ** 2 / sp.Integer(n * k)),
        lambda y, o: F.mse_loss(o, y),
        lambda y, o: jnp.mean((y - o) ** 2),
    )  # fmt: skip

    def huber(s, t):
        d = sp.Abs(t - s)
        quadratic, linear = d**2 / 2, d * sp.Rational(1, 2) - sp.Rational(1, 8)
        return sp.Piecewise((quadratic, d <= sp.Rational(1, 2)), (linear, True)) / (n * k)

    yield _loss_case(
        "Huber", losses.Huber(0.5), y, 2 * z,
        _each(huber),
        lambda y, o: F.huber_loss(o, y, delta=0.5),
        lambda y, o: jnp.mean(
            jnp.where(jnp.abs(o - y) <= 0.5, 0.5 * (o - y) ** 2, 0.5 * jnp.abs(o - y) - 0.125)
        ),
    )  # fmt: skip
    yield _loss_case(
        "BinaryCrossentropy, probabilities", losses.BinaryCrossentropy(), y, p,
        _each(lambda s, t: -(s * sp.log(t) + (1 - s) * sp.log(1 - t)) / (n * k)),
        lambda y, o: F.binary_cross_entropy(o, y),
        lambda y, o: -jnp.mean(y * jnp.log(o) + (1 - y) * jnp.log1p(-o)),
    )  # fmt: skip
    yield _loss_case(
        "BinaryCrossentropy, logits", losses.BinaryCrossentropy(from_logits=True), y, z,
        _each(lambda s, t: (sp.log(1 + sp.exp(t)) - s * t) / (n * k)),
        lambda y, o: F.binary_cross_entropy_with_logits(o, y),
        lambda y, o: jnp.mean(jax.nn.softplus(o) - y * o),
    )  # fmt: skip
    labels, o = np.array([2, 0]), rng.uniform(0.1, 0.9, (2, 3))  # o's rows do not sum to 1
    for name, targets, rows in (
        ("CategoricalCrossentropy", y, y),
        ("SparseCategoricalCrossentropy", labels, np.eye(3)[labels]),
    ):
        loss = getattr(losses, name)
        yield _loss_case(
            f"{name}, probabilities", loss(), targets, o,
            lambda y, o, rows=rows: -sum(
                rows[i, j] * sp.log(o[i, j] / sum(o.row(i))) for i in range(n) for j in range(k)
            ) / n,
            # log o are logits: their softmax is o divided by its sum.
            lambda y, o: F.cross_entropy(torch.log(o), y),
            lambda y, o, rows=rows: -jnp.sum(
                rows * jnp.log(o / o.sum(axis=1, keepdims=True))
            ) / n,
        )  # fmt: skip
        yield _loss_case(
            f"{name}, logits", loss(from_logits=True), targets, z,
            lambda y, o, rows=rows: -sum(
                rows[i, j] * _log_softmax(o, i, j) for i in range(n) for j in range(k)
            ) / n,
            lambda y, o: F.cross_entropy(o, y),
            lambda y, o, rows=rows: -jnp.sum(rows * jax.nn.log_softmax(o)) / n,
        )  # fmt: skip


def all_cases() -> dict[str, Case]:
    """Return every case by name."""
    made = [
        *_dense_cases(),
        *image_cases(_layer_case),
        *_activation_cases(),
        *_batch_norm_cases(),
        *_other_layer_cases(),
        *sequence_cases(Case, _layer_case),
        *_loss_cases(),
    ]
    return {case.name: case for case in made}


def found() -> dict[str, list[str]]:
    """Return the name of every layer, activation and loss in the package, by kind."""

    return {
        "layers": [*_derived(Layer), *attention.__all__],
        "activations": list(ACTIVATIONS),
        "losses": _derived(losses.Loss),
    }


def _derived(base):
    """Return the names of the public classes of the package that are derived from ``base``."""
    names = []
    for c in base.__subclasses__():
        if c.__module__.startswith("backprop.") and not c.__name__.startswith("_"):
            names.append(c.__name__)
        names += _derived(c)
    return names


# -- running them ------------------------------------------------------------------------------


def gradients(case: Case) -> tuple[list[np.ndarray], dict[str, list[np.ndarray]]]:
    """Return our gradients of φ = ⟨v, output⟩, and each witness's, with the same random v.

    The complex step is left out where the function is not analytic, or written in index formulas.
    """
    v = np.array(np.random.default_rng(11).normal(size=np.shape(case.ours(case.arrays))))
    references = {
        **_sympy_witnesses(case, v),
        "differences": _numeric_gradients(case, v),
        "PyTorch": _torch_gradients(case, v),
        "JAX": _jax_gradients(case, v),
    }
    return case.ours(case.arrays, v), references


def errors(case: Case) -> dict[str, float]:
    """Return the largest relative error of our gradients against each witness.

    The error of an array is max |ours − reference| / max |reference|.
    """
    ours, references = gradients(case)
    return {
        witness: max(_relative(a, b) for a, b in zip(ours, reference, strict=True))
        for witness, reference in references.items()
    }


def _relative(ours, reference):
    if ours.shape != reference.shape:
        raise ValueError(f"expected a gradient of shape {reference.shape}, got {ours.shape}")
    return float(np.abs(ours - reference).max() / np.abs(reference).max())


def _sympy_witnesses(case, v):
    """Return SymPy's gradients, and those by complex steps where they can be made."""
    if isinstance(case.sympy, Program):
        return {"SymPy": case.sympy(case.arrays, v)[1]}
    phi, symbols = _symbolic(case, v)
    numbers = [*case.arrays, v]
    found = {"SymPy": _sympy_gradients(phi, symbols, numbers)}
    if not phi.has(*NOT_ANALYTIC):
        found["complex step"] = _complex(phi, symbols, numbers)
    return found


def _symbolic(case, v):
    """Return φ = ⟨v, output⟩ in symbols, and the list of symbols for each array and for v."""
    symbols, matrices = [], []
    for number, array in enumerate([*case.arrays, v]):
        flat = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
        matrix = sp.Matrix(
            *flat.shape, lambda i, j, k=number: sp.Symbol(f"a{k}_{i}_{j}", real=True)
        )
        symbols.append(list(matrix))
        matrices.append(matrix)
    output = case.sympy(matrices[:-1])
    return sum(a * b for a, b in zip(symbols[-1], output, strict=True)), symbols


def _sympy_gradients(phi, symbols, numbers):
    """Differentiate φ symbolically, and put the numbers in."""
    unknowns = [symbol for group in symbols for symbol in group]
    values = [value for array in numbers for value in np.ravel(array)]
    gradients = []
    for group, array in zip(symbols[:-1], numbers[:-1], strict=True):
        derivative = sp.lambdify([unknowns], [sp.diff(phi, s) for s in group], "numpy", cse=True)
        gradients.append(np.array(derivative(values), float).reshape(array.shape))
    return gradients


def _complex(phi, symbols, numbers):
    """Put complex numbers into φ, and differentiate nothing."""
    f = sp.lambdify([symbol for group in symbols for symbol in group], phi, "numpy", cse=True)
    gradients = []
    for i in range(len(numbers) - 1):

        def moved(array, i=i):
            arrays = [*numbers[:i], array, *numbers[i + 1 :]]
            return f(*(value for array in arrays for value in np.ravel(array)))

        gradients.append(complex_step(moved, numbers[i]))
    return gradients


def _numeric_gradients(case, v):
    gradients = []
    for i, array in enumerate(case.arrays):

        def phi(moved, i=i):
            arrays = [*case.arrays[:i], moved, *case.arrays[i + 1 :]]
            return float(np.vdot(v, case.ours(arrays)))

        gradients.append(central_difference(phi, array))
    return gradients


def _torch_gradients(case, v):
    tensors = [torch.tensor(array, requires_grad=True) for array in case.arrays]
    case.torch(tensors).backward(torch.tensor(v))
    return [tensor.grad.numpy() for tensor in tensors]


def _jax_gradients(case, v):
    _, pull_back = jax.vjp(case.jax, [jnp.asarray(array) for array in case.arrays])
    (gradients,) = pull_back(jnp.asarray(v))
    return [np.asarray(gradient) for gradient in gradients]
