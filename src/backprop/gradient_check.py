"""Is a backward pass right? Compare it with differences, in one line.

    print(check_gradients(layer, x))

For a layer, the scalar φ = ⟨v, layer.forward(x)⟩ with a random v has ∂φ/∂y = v, so
``layer.backward(v)`` must return ∂φ/∂x and write ∂φ/∂W. A random v matters: v = 1, the gradient
of ``y.sum()``, hides every mistake in softmax and in BatchNorm, whose outputs have constant sums.
"""

import copy
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from .checks import as_array, check_data, check_rate, check_seed
from .diagnosis import diagnose
from .layer import Layer, leaves
from .losses import Loss
from .network import Sequential
from .numeric import Differences, differences
from .regularizers import add_penalties, penalized, sum_of_penalties
from .scalar import Value, grad, hessian

__all__ = ["GradientError", "Report", "Row", "check_gradients", "check_graph"]


# The gradients by what is no parameter.
NO_PARAMETERS = ("dx", "dy_pred", "gradient", "hessian")


class GradientError(AssertionError):
    """A backward pass that disagrees with differences; the message is the report."""


@dataclass(frozen=True)
class Row:
    """One array of gradients: its worst element, and what its mistake looks like.

    Attributes
    ----------
    name : str
        "dW", "dx", ...; within a network "dense1.dW", ...
    index : tuple of int
        Where ours and the reference differ most.
    ours, reference : float
        The two values there.
    error : float
        |ours − reference| / max(|ours|, |reference|, s), the largest of the array, where s is the
        array's own size: its root mean square.
    passed : bool
    kinks : int
        Number of elements left out, as the function has no derivative there.
    diagnosis : str
        Empty if passed.
    zero : bool
        Whether ours and the reference are zero everywhere: the check then says little.
    plain : bool
        Whether every element of the parameter is 0 or 1, as where γ = 1 and β = 0: a mistake that
        multiplies by it, or adds it, may then be hidden.
    """

    name: str
    index: tuple[int, ...]
    ours: float
    reference: float
    error: float
    passed: bool
    kinks: int = 0
    diagnosis: str = ""
    zero: bool = False
    plain: bool = False


@dataclass(frozen=True)
class Report:
    """The outcome of a check; ``print`` it.

    Attributes
    ----------
    name : str
        What was checked.
    rows : list of Row
    tolerance : float
        The largest error allowed.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    tolerance: float = 1e-6

    @property
    def passed(self) -> bool:
        """Whether every array passed."""
        return all(row.passed for row in self.rows)

    @property
    def error(self) -> float:
        """The largest error of all arrays."""
        return max(row.error for row in self.rows)

    def raise_if_failed(self) -> "Report":
        """Return the report, or raise a GradientError that shows it."""
        if not self.passed:
            raise GradientError("\n" + str(self))
        return self

    def __str__(self):
        lines = [f"{self.name}: {'passed' if self.passed else 'FAILED'}"]
        width = 2 + max(len(name) for name in ["gradient", *(row.name for row in self.rows)])
        lines.append(f"  {'gradient':<{width}}{'at':<12}{'ours':>13}{'reference':>14}{'error':>10}")
        for row in self.rows:
            lines.append(
                f"  {row.name:<{width}}{row.index!s:<12}{row.ours:>13.6g}{row.reference:>14.6g}"
                f"{row.error:>10.1e}  {'ok' if row.passed else 'WRONG'}"
                + (f", {row.kinks} at a kink left out" if row.kinks else "")
                + (", zero everywhere: this says little" if row.zero else "")
                + (" *" if row.plain else "")
            )
            if row.diagnosis:
                lines.append(f"    {row.diagnosis}")
        if any(row.plain for row in self.rows):
            lines.append(
                "  * a parameter of zeros or ones, which may hide a mistake; try other numbers too"
            )
        return "\n".join(lines)


def check_gradients(thing, x, y=None, *, training=True, seed=0, tolerance=1e-6) -> Report:
    """Compare a backward pass with central differences.

    Parameters
    ----------
    thing : Layer, Sequential, Loss, or any object with ``forward(x)`` and ``backward(dy)``
        Of another object, each array ``dA`` that backward has written is checked if there is an
        array ``A`` of its shape (but for x, y and z, which are no parameters).
    x : array of float64
        The input; for a Loss, the predictions. If the first layer has ``discrete_input``, such as
        an Embedding, there is no derivative by x, and dx is left out.
    y : array, optional
        The targets, for a Loss or a compiled Sequential; without it the cotangent is random.
    training : bool
        Passed to ``forward`` of a Layer or Sequential. Dropout draws the same mask each time.
    seed : int or numpy.random.Generator
        Of the random cotangent.
    tolerance : float
        The largest error allowed, see ``Row``.

    Returns
    -------
    Report
        Nothing of ``thing`` is changed but its gradients and what its last forward kept, also
        after an error or Ctrl-C.

    Raises
    ------
    ValueError
        If the numbers are float32, too coarse for a check, or if more than half the elements of an
        array lie at a kink, so that the check would say little: choose another x.
    TypeError, ValueError
        If an argument is not as said above.
    """
    if isinstance(thing, type) or not (hasattr(thing, "forward") and hasattr(thing, "backward")):
        raise TypeError(
            f"check_gradients: expected an object with forward and backward, got {thing!r}"
        )
    check_rate(tolerance, "check_gradients: tolerance", positive=True)
    x = np.array(as_array(x, "check_gradients: x"), ndmin=1)  # a copy, for differences change it
    check_data(x, "check_gradients: x", x.dtype)
    if x.dtype.kind in "iub":
        x = x.astype(np.float64)
    if isinstance(thing, Sequential):
        thing._require_build(x.shape[1:])
    problem = _problem(thing, x, y, training, check_seed(seed))
    problem.run()
    rows = []
    # The second run's: a pass that adds to its gradients gives itself away.
    for name, (array, ours) in problem.run().items():
        numeric = differences(problem.value, array, magnitude=problem.magnitude)
        rows.append(_checked_row(problem, name, array, ours, numeric, tolerance))
    return Report(problem.name, rows, tolerance)


def check_graph(f, x, *, tolerance=1e-6) -> Report:
    """Compare the first and second derivatives of a scalar graph with central differences.

    The gradient is compared with differences of f's value, and each row of the Hessian matrix with
    differences of the gradient's element, ∂²f/∂xᵢ∂xⱼ = ∂(∂f/∂xᵢ)/∂xⱼ.

    Parameters
    ----------
    f : function
        Takes as many Values as x has elements, and returns a Value.
    x : sequence of float
        The point.
    tolerance : float
        The largest error allowed, see ``Row``.

    Returns
    -------
    Report
        With the rows "gradient" and "hessian".

    Raises
    ------
    ValueError
        If x has an axis too many, or most of its elements lie at a kink.

    Examples
    --------
    >>> check_graph(lambda x, y: x * y + y.tanh(), [1.0, 2.0]).passed
    True
    """
    check_rate(tolerance, "check_graph: tolerance", positive=True)
    x = np.array(as_array(x, "check_graph: x"), dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"check_graph: expected a sequence of numbers, got shape {x.shape}")
    problem = GraphProblem(f, x)
    ours = problem.run()
    slopes = [differences(partial(problem.slope, i), x) for i in range(len(x))]
    references = {
        "gradient": differences(problem.value, x),
        "hessian": Differences(*(np.array(part) for part in zip(*slopes, strict=True))),
    }
    rows = [
        _checked_row(problem, name, *ours[name], reference, tolerance)
        for name, reference in references.items()
    ]
    return Report(problem.name, rows, tolerance)


def _checked_row(problem, name, array, ours, numeric, tolerance):
    """Return the array's row, unless too little of it can be compared."""
    if numeric.kink.mean() > 0.5:
        raise ValueError(
            f"{problem.name}: {numeric.kink.sum()} of {numeric.kink.size} elements of {name} lie "
            f"at a kink, where there is no derivative to compare with; choose another x"
        )
    return _row(problem, name, array, ours, numeric, tolerance)


def _row(problem, name, array, ours, numeric, tolerance):
    reference, regular = numeric.gradient, ~numeric.kink
    if ours.shape != reference.shape:
        return Row(
            name, (), np.nan, np.nan, np.inf, False, 0,
            f"expected shape {reference.shape}, got {ours.shape}",
        )  # fmt: skip
    size = np.sqrt(np.mean(reference[regular] ** 2)) if regular.any() else 0.0
    scale = np.maximum(np.maximum(np.abs(ours), np.abs(reference)), size)
    apart = np.abs(ours - reference)
    apart[numeric.kink] = 0.0
    error = np.divide(apart, scale, out=np.zeros_like(apart), where=scale > 0)
    apart[~np.isfinite(ours)] = error[~np.isfinite(ours)] = np.inf
    worst = np.unravel_index(np.argmax(error), error.shape)
    # What the rounding of the differences explains is no error of ours.
    passed = bool(np.all(apart <= tolerance * scale + numeric.noise))
    return Row(
        name=name,
        index=tuple(map(int, worst)),
        ours=float(ours[worst]),
        reference=float(reference[worst]),
        error=float(error[worst]),
        passed=passed,
        kinks=int(numeric.kink.sum()),
        diagnosis="" if passed else diagnose(problem, name, ours, reference, regular),
        zero=not (np.any(ours) or np.any(reference)),
        plain=name not in NO_PARAMETERS and bool(np.isin(array, (0.0, 1.0)).all()),
    )


def _problem(thing, x, y, training, rng):
    if isinstance(thing, Loss):
        if y is None:
            raise ValueError("check_gradients: a loss needs the targets y")
        return LossProblem(thing, x, y)
    if isinstance(thing, Sequential) and y is not None:
        if thing.loss is None:
            raise ValueError("check_gradients: with targets y, compile the network first")
        return NetworkProblem(thing, x, y, training)
    if y is not None:
        raise ValueError("check_gradients: expected targets y only for a loss or a network")
    return LayerProblem(thing, x, training, rng)


class LayerProblem:
    """φ = ⟨v, forward(x)⟩ of a layer or network, as a function of x and of each parameter."""

    def __init__(self, layer, x, training, rng):
        self.layer, self.x, self.name = layer, x, _name(layer)
        self.flags = {"training": training} if isinstance(layer, Layer | Sequential) else {}
        self.kept = _keep(layer)
        y = self.forward()
        if y.dtype == np.float32:
            raise ValueError(
                f"{self.name}: float32 is too coarse to check a gradient: the rounding error of a "
                f"difference would hide most mistakes; build it with dtype='float64'"
            )
        self.y = y
        self.v = rng.normal(size=y.shape)
        self.magnitude = float(np.sum(np.abs(self.v * y)))
        self.outputs = y.shape[-1] if y.ndim > 1 else 1
        self.penalized = []  # φ has no penalties, only a loss has

    def forward(self):
        """Return a copy of the output; the same each time, whatever the layer draws or averages."""
        try:
            return np.array(self.layer.forward(self.x, **self.flags))
        finally:
            _restore(self.kept)

    def value(self):
        """Return φ."""
        return float(np.vdot(self.v, self.forward()))

    def run(self, v=None):
        """Run both passes; return the arrays and their gradients by name."""
        self.forward()
        dx = self.layer.backward((self.v if v is None else v).copy())
        add_penalties(self.penalized)
        found = {} if _discrete(self.layer) else {"dx": (self.x, np.array(dx))}
        return found | _parameters(self.layer)


class NetworkProblem(LayerProblem):
    """The loss of a compiled network and its penalties, as a function of x and each parameter."""

    def __init__(self, network, x, y, training):
        super().__init__(network, x, training, np.random.default_rng(0))
        self.targets, self.magnitude = y, 0.0
        self.penalized = penalized(network.layers)

    def value(self):
        """Return the loss."""
        loss = self.layer.loss.forward(self.targets, self.forward())
        return loss + sum_of_penalties(self.penalized)

    def run(self, v=None):
        """Run both passes; a given v stands for the loss's own gradient."""
        self.value()
        return super().run(self.layer.loss.backward() if v is None else v)


class LossProblem:
    """A loss as a function of the predictions."""

    def __init__(self, loss, y_pred, y_true):
        self.loss, self.x, self.targets, self.name = loss, y_pred, y_true, type(loss).__name__
        if y_pred.dtype == np.float32:
            raise ValueError(f"{self.name}: float32 is too coarse to check a gradient; use float64")
        self.magnitude, self.outputs = 0.0, y_pred.shape[-1]

    def value(self):
        """Return the loss."""
        return self.loss.forward(self.targets, self.x)

    def run(self, v=None):
        """Run both passes; a loss takes no cotangent."""
        self.value()
        return {"dy_pred": (self.x, np.array(self.loss.backward()))}


class GraphProblem:
    """A function of Values, its gradient and its Hessian matrix."""

    outputs = 1

    def __init__(self, f, x):
        self.f, self.name = f, "graph"
        self.point = x
        self.x = x[None]  # one sample

    def graph(self):
        """Build the graph anew, at the point as it is now; return the output and the inputs."""
        inputs = [Value(float(number)) for number in self.point]
        return self.f(*inputs), inputs

    def value(self):
        """Return the function's value."""
        return self.graph()[0].data

    def slope(self, i):
        """Return ∂f/∂xᵢ from the graph."""
        output, inputs = self.graph()
        return grad(output, [inputs[i]])[0].data

    def run(self):
        """Return the point and our derivatives, by name."""
        output, inputs = self.graph()
        gradient = np.array([value.data for value in grad(output, inputs)])
        second = np.array(hessian(output, inputs))
        return {"gradient": (self.point, gradient), "hessian": (self.point, second)}


def _name(thing):
    return getattr(thing, "name", None) or type(thing).__name__


def _discrete(thing):
    """Return whether nothing can be differentiated by the input."""
    first = thing.layers[0] if isinstance(thing, Sequential) else thing
    return isinstance(first, Layer) and first.discrete_input


def _parameters(thing):
    """Return (array, gradient) of each parameter, by the gradient's name."""
    if isinstance(thing, Layer | Sequential):
        inside = thing.layers if isinstance(thing, Sequential) else [thing]
        several = len(leaves(inside)) > 1
        return {
            (f"{leaf.name}{number}." if several else "") + f"d{name}": (
                getattr(leaf, name),
                getattr(leaf, "d" + name).copy(),
            )
            for number, leaf in enumerate(leaves(inside))
            for name in leaf.parameter_shapes()
        }
    arrays = {name: value for name, value in vars(thing).items() if isinstance(value, np.ndarray)}
    return {
        "d" + name: (array, arrays["d" + name].copy())
        for name, array in arrays.items()
        if name not in ("x", "y", "z") and "d" + name in arrays
    }


def _keep(thing):
    """Return copies of what a forward pass may change: averages, and the generators' states."""
    inside = thing.layers if isinstance(thing, Sequential) else [thing]
    if not all(isinstance(layer, Layer) for layer in inside):
        return []
    kept = []
    for leaf in leaves(inside):
        kept += [(getattr(leaf, name), getattr(leaf, name).copy()) for name in leaf.state]
        if hasattr(leaf, "_rng"):
            kept.append((leaf._rng.bit_generator, copy.deepcopy(leaf._rng.bit_generator.state)))
    return kept


def _restore(kept):
    for target, value in kept:
        if isinstance(target, np.ndarray):
            target[...] = value
        else:
            target.state = value
