"""Schedules: every number by its formula, at the first step, between, at the end and beyond."""

import dataclasses
import math

import pytest

from backprop import schedules
from backprop.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

# A schedule, and η by step number.
EXPECTED = [
    (
        ExponentialDecay(0.8, 10, 0.5),
        {0: 0.8, 5: 0.8 * math.sqrt(0.5), 10: 0.4, 25: 0.8 * 0.5**2.5},
    ),
    (ExponentialDecay(0.8, 10, 0.5, staircase=True), {0: 0.8, 9: 0.8, 10: 0.4, 25: 0.2}),
    (InverseTimeDecay(0.8, 10, 0.5), {0: 0.8, 4: 0.8 / 1.2, 10: 0.8 / 1.5, 25: 0.8 / 2.25}),
    (InverseTimeDecay(0.8, 10, 0.5, staircase=True), {0: 0.8, 9: 0.8, 10: 0.8 / 1.5, 25: 0.4}),
    (PolynomialDecay(0.8, 10, 0.3), {0: 0.8, 4: 0.6, 10: 0.3, 25: 0.3}),
    (PolynomialDecay(0.8, 10, 0.3, power=3.0), {0: 0.8, 5: 0.3 + 0.5 / 8, 10: 0.3}),
    (PolynomialDecay(0.8, 10), {5: 0.40005, 10: 0.0001}),
    (CosineDecay(0.8, 12), {0: 0.8, 4: 0.6, 6: 0.4, 8: 0.2, 12: 0.0, 25: 0.0}),
    (CosineDecay(0.8, 12, alpha=0.25), {0: 0.8, 4: 0.65, 6: 0.5, 12: 0.2, 25: 0.2}),
    (PiecewiseConstantDecay((2, 5), (0.8, 0.4, 0.1)), {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.1}),
]


@pytest.mark.parametrize(("schedule", "expected"), EXPECTED, ids=lambda part: type(part).__name__)
def test_rates_by_hand(schedule, expected):
    for step, rate in expected.items():
        assert schedule(step) == pytest.approx(rate, rel=1e-14, abs=1e-16)


def test_every_schedule_is_tested_here():
    assert {type(schedule).__name__ for schedule, _ in EXPECTED} == set(schedules.__all__)


@pytest.mark.parametrize("schedule", [schedule for schedule, _ in EXPECTED])
def test_a_schedule_cannot_be_changed_unchecked(schedule):
    first = dataclasses.fields(schedule)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(schedule, first, -1.0)
    assert schedule == dataclasses.replace(schedule)


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: InverseTimeDecay(0.0, 10, 0.5), "InverseTimeDecay: initial_learning_rate"),
        (lambda: InverseTimeDecay(0.1, 0, 0.5), "InverseTimeDecay: decay_steps"),
        (lambda: ExponentialDecay(0.1, 10, 0.0), "ExponentialDecay: decay_rate"),
        (lambda: PolynomialDecay(0.0, 10), "initial_learning_rate"),
        (lambda: PolynomialDecay(0.1, 0), "decay_steps"),
        (lambda: PolynomialDecay(0.1, 10, -0.1), "end_learning_rate"),
        (lambda: PolynomialDecay(0.1, 10, power=0.0), "power"),
        (lambda: CosineDecay(0.0, 10), "CosineDecay: initial_learning_rate"),
        (lambda: CosineDecay(0.1, 10, -0.1), "CosineDecay: alpha"),
        (lambda: PiecewiseConstantDecay((1, 1), (1, 2, 3)), "rising boundaries"),
    ],
)
def test_settings_that_are_refused(make, part):
    with pytest.raises(ValueError, match=part):
        make()


def test_settings_at_the_edge_that_are_taken():
    assert PolynomialDecay(0.1, 1, 0.0)(1) == 0.0
    assert CosineDecay(0.1, 1, alpha=0)(1) == 0.0
    assert PiecewiseConstantDecay((0,), (0.1, 0.0))(1) == 0.0
