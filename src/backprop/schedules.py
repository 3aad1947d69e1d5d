"""Learning-rate schedules: η as a function of t, the number of steps already taken.

Names and formulas are those of ``keras.optimizers.schedules``.
"""

import math
from dataclasses import dataclass

from .checks import check_count, check_flag, check_positive, check_rate

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


def _progress(step, decay_steps, staircase):
    """t/T, rounded down if the rate goes down in stairs."""
    return step // decay_steps if staircase else step / decay_steps


@dataclass(frozen=True)
class ExponentialDecay:
    """η(t) = η₀ · r^(t/T): a factor r every T = ``decay_steps`` steps; t/T may be rounded down."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __post_init__(self):
        name = f"{type(self).__name__}: "
        check_rate(self.initial_learning_rate, name + "initial_learning_rate", positive=True)
        check_positive(self.decay_steps, name + "decay_steps")
        check_rate(self.decay_rate, name + "decay_rate", positive=True)
        check_flag(self.staircase, name + "staircase")

    def __call__(self, step: int) -> float:
        progress = _progress(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate * self.decay_rate**progress


@dataclass(frozen=True)
class InverseTimeDecay(ExponentialDecay):
    """η(t) = η₀ / (1 + r t/T), with T = ``decay_steps``; t/T may be rounded down."""

    def __call__(self, step: int) -> float:
        progress = _progress(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1.0 + self.decay_rate * progress)


@dataclass(frozen=True)
class PolynomialDecay:
    """η(t) = (η₀ − η₁)(1 − t/T)^p + η₁ down to η₁ at T = ``decay_steps``, and η₁ from there."""

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0

    def __post_init__(self):
        name = "PolynomialDecay: "
        check_rate(self.initial_learning_rate, name + "initial_learning_rate", positive=True)
        check_positive(self.decay_steps, name + "decay_steps")
        check_rate(self.end_learning_rate, name + "end_learning_rate")
        check_rate(self.power, name + "power", positive=True)

    def __call__(self, step: int) -> float:
        left = 1.0 - min(step / self.decay_steps, 1.0)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate


@dataclass(frozen=True)
class CosineDecay:
    """η(t) = η₀ (α + (1 − α) ½ (1 + cos(π t/T))) down to α η₀ at T = ``decay_steps``.

    From there it stays. Source: Loshchilov and Hutter (2017), without restarts.
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0

    def __post_init__(self):
        name = "CosineDecay: "
        check_rate(self.initial_learning_rate, name + "initial_learning_rate", positive=True)
        check_positive(self.decay_steps, name + "decay_steps")
        check_rate(self.alpha, name + "alpha")

    def __call__(self, step: int) -> float:
        fraction = min(step / self.decay_steps, 1.0)
        cosine = 0.5 * (1.0 + math.cos(math.pi * fraction))
        return self.initial_learning_rate * (self.alpha + (1.0 - self.alpha) * cosine)


@dataclass(frozen=True)
class PiecewiseConstantDecay:
    """η(t) = values[i], where i counts the boundaries below t.

    As in Keras, a boundary's own step still has the value before it.
    """

    boundaries: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self):
        name = "PiecewiseConstantDecay: "
        for numbers in (self.boundaries, self.values):
            if not isinstance(numbers, tuple | list):
                raise TypeError(f"{name}expected boundaries and values as tuples, got {self}")
        for boundary in self.boundaries:
            check_count(boundary, name + "boundary")
        for value in self.values:
            check_rate(value, name + "value")
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"{name}expected one value more than the boundaries {self.boundaries}, "
                f"got {self.values}"
            )
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError(f"{name}expected rising boundaries, got {self.boundaries}")

    def __call__(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]
