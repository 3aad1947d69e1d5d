"""Learning-rate schedules: η as a function of t, the number of steps already taken.

Names and formulas are those of ``keras.optimizers.schedules``.
"""

import math
from dataclasses import dataclass

__all__ = ["CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay"]


@dataclass(frozen=True)
class ExponentialDecay:
    """η(t) = η₀ · r^(t/T): a factor r every T = ``decay_steps`` steps."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float

    def __post_init__(self):
        if not (self.initial_learning_rate > 0 and self.decay_steps >= 1 and self.decay_rate > 0):
            raise ValueError(
                f"ExponentialDecay: expected a positive rate, steps and factor, got {self}"
            )

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
        if not (self.initial_learning_rate > 0 and self.decay_steps >= 1):
            raise ValueError(f"CosineDecay: expected a positive rate and steps, got {self}")

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
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"PiecewiseConstantDecay: expected one value more than the boundaries "
                f"{self.boundaries}, got {self.values}"
            )
        if list(self.boundaries) != sorted(set(self.boundaries)) or min(self.values) < 0:
            raise ValueError(
                f"PiecewiseConstantDecay: expected rising boundaries and values >= 0, got {self}"
            )

    def __call__(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]
