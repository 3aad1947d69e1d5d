"""Learning-rate schedules: η as a function of t, the number of steps already taken.

Names and formulas are those of ``keras.optimizers.schedules``.
"""

import math
from dataclasses import dataclass

from .checks import check_count, check_positive, check_rate

__all__ = ["CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay"]


@dataclass(frozen=True)
class ExponentialDecay:
    """η(t) = η₀ · r^(t/T): a factor r every T = ``decay_steps`` steps."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float

    def __post_init__(self):
        name = "ExponentialDecay: "
        check_rate(self.initial_learning_rate, name + "initial_learning_rate", positive=True)
        check_positive(self.decay_steps, name + "decay_steps")
        check_rate(self.decay_rate, name + "decay_rate", positive=True)

    def __call__(self, step: int) -> float:
        return self.initial_learning_rate * self.decay_rate ** (step / self.decay_steps)


@dataclass(frozen=True)
class CosineDecay:
    """η(t) = η₀ · ½ (1 + cos(π t/T)) down to 0 at T = ``decay_steps``, and 0 from there.

    Source: Loshchilov and Hutter (2017), without restarts.
    """

    initial_learning_rate: float
    decay_steps: int

    def __post_init__(self):
        name = "CosineDecay: "
        check_rate(self.initial_learning_rate, name + "initial_learning_rate", positive=True)
        check_positive(self.decay_steps, name + "decay_steps")

    def __call__(self, step: int) -> float:
        fraction = min(step / self.decay_steps, 1.0)
        return self.initial_learning_rate * 0.5 * (1.0 + math.cos(math.pi * fraction))


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
