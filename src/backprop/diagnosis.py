"""What a wrong gradient looks like: from the numbers to the likely mistake.

Each test below compares ours with the reference by a rule that one well-known mistake obeys. They
are tried from the most to the least specific; the first that fits is named. A pattern is a hint,
not a proof.
"""

import numpy as np

__all__ = ["diagnose"]


def diagnose(problem, name: str, ours: np.ndarray, reference: np.ndarray, regular) -> str:
    """Return one sentence on what the mistake in a gradient looks like.

    Parameters
    ----------
    problem : LayerProblem or LossProblem
        Offers ``x``, ``outputs`` (number of outputs a sample) and ``run(v)``; of a layer also the
        output ``y`` and the cotangent ``v``.
    name : str
        Of the gradient.
    ours, reference : arrays of the same shape
    regular : array of bool
        Where the reference can be trusted.
    """
    if not np.isfinite(ours).all():
        return "not finite: a division by zero, an overflow, or a buffer that was never written."
    if not np.any(ours):
        return "zero everywhere: the gradient is not computed, or the chain is cut before it."
    if _close(ours, -reference, regular):
        return "the sign: ours is −1 times the reference."
    factor = _factor(ours, reference, regular)
    if factor is not None:
        return _explain(factor, len(problem.x), problem.outputs)
    if wrong_slope := _wrong_slope(problem):
        return wrong_slope
    if ours.ndim == 2 and _transposed(ours, reference):
        return "transposed: ours holds the reference's numbers in the transpose's order."
    if ours.size > 1 and np.ptp(ours) <= 1e-12 * np.abs(ours).max():
        return "the axis: all elements are equal, as after a sum over the wrong axis."
    if _adds_up(problem, name, reference):
        return "missing accumulation: the samples' parts, one by one, do sum to the reference."
    if _stale(problem, name, ours):
        return "stale weights: ours does not change when the parameters do."
    return "no known pattern."


def _close(a, b, regular):
    scale = np.abs(b[regular]).max(initial=0.0)
    return bool(np.all(np.abs(a - b)[regular] <= 1e-5 * scale)) and scale > 0


def _factor(ours, reference, regular):
    """Return c if ours is c times the reference, else None."""
    r = reference[regular]
    c = float(np.vdot(r, ours[regular]) / np.vdot(r, r)) if np.any(r) else 0.0
    return c if c and ours.size > 1 and _close(ours, c * reference, regular) else None


def _explain(c, n, outputs):
    causes = {
        float(n): f"the batch size N = {n}: a sum where the loss takes the mean",
        1 / n: f"1/N with N = {n}: a mean that is taken twice, or of a sum",
        float(outputs): f"the number of outputs K = {outputs}: the loss averages over them too",
        1 / outputs: f"1/K with K = {outputs}: averaged over the outputs, but the loss adds them",
        2.0: "2: the ½ of the loss is missing, or the pass is accumulated twice",
        0.5: "½: the 2 of a square's derivative is missing",
    }
    for value, cause in causes.items():
        if value != 1 and abs(c - value) <= 1e-5 * value:
            return f"a factor: ours is {c:.6g} times the reference, {cause}."
    return f"a factor: ours is {c:.6g} times the reference."


def _transposed(ours, reference):
    everywhere = np.ones(ours.shape, bool)
    return _close(ours, reference.T.reshape(ours.shape), everywhere) or _close(
        ours.T.reshape(ours.shape), reference, everywhere
    )


def _wrong_slope(problem):
    """Name a wrong derivative of an activation: one that follows from the output y alone."""
    slopes = _slopes(problem)
    if slopes is None:
        return ""
    y, wrong = problem.y, {}
    if np.all((y > 0) & (y < 1)):
        s, z = 1 / (1 + np.exp(-y)), np.log(y / (1 - y))
        wrong["σ' at the wrong variable: taken at y, not at z; in terms of y it is y (1 − y)."] = (
            s * (1 - s)
        )
        wrong["σ' at the wrong variable: z (1 − z) where it is y (1 − y)."] = z * (1 - z)
    if np.all(np.abs(y) < 1):
        wrong["tanh' at the wrong variable: taken at y, not at z; in terms of y it is 1 − y²."] = (
            1 - np.tanh(y) ** 2
        )
        wrong["tanh' at the wrong variable: 1 − z² where it is 1 − y²."] = 1 - np.arctanh(y) ** 2
    if np.allclose(y.sum(axis=1), 1.0):
        wrong["softmax's Jacobian has its diagonal only: dz = y (dy − Σ dy y) over the row."] = (
            y * (1 - y)
        )
    if np.all(y >= 0):
        wrong["ReLU's slope is 1 where y = 0, as by y >= 0; it is 1 for y > 0 only."] = 1.0
    for mistake, values in wrong.items():
        if np.allclose(slopes, values, rtol=1e-6, atol=1e-9):
            return mistake
    return ""


def _slopes(problem):
    """Return our dz/dy for each output, of an activation alone or of a layer with a bias b."""
    v = getattr(problem, "v", None)
    if v is None or v.ndim != 2:
        return None
    gradients = {name: gradient for name, (_, gradient) in problem.run(v).items()}
    if list(gradients) == ["dx"] and gradients["dx"].shape == v.shape:
        return gradients["dx"] / v
    if "db" in gradients and gradients["db"].shape == v.shape[1:]:
        # db is the sum of dz over the samples: one sample at a time, it is dz.
        return np.array([problem.run(part)["db"][1] for part in _parts(v)]) / v
    return None


def _parts(v):
    """Return v's samples one by one, each among zeros."""
    parts = np.zeros((len(v), *v.shape))
    parts[range(len(v)), range(len(v))] = v
    return parts


def _adds_up(problem, name, reference):
    """A backward pass is linear: the parts of v, sample by sample, must give the whole."""
    v = getattr(problem, "v", None)
    if v is None or len(v) < 2:
        return False
    total = sum(problem.run(part)[name][1] for part in _parts(v))
    return _close(total, reference, np.ones(reference.shape, bool))


def _stale(problem, name, ours):
    """Move the parameters, and see whether this gradient takes notice."""
    arrays = [array for key, (array, _) in problem.run().items() if key not in ("dx", "dy_pred")]
    if not arrays or name != "dx":
        return False
    kept = [array.copy() for array in arrays]
    try:
        for array in arrays:
            array *= 1.5
        moved = problem.run()[name][1]
    finally:
        for array, values in zip(arrays, kept, strict=True):
            array[...] = values
    return bool(np.allclose(moved, ours, rtol=1e-9, atol=0.0))
