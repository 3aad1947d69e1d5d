"""Every layer, activation and loss agrees with four witnesses; none lacks one."""

import numpy as np
import pytest
import witnesses
from witnesses import BOUNDS

from backprop.activations import Tanh
from backprop.indexed import Program

CASES = witnesses.all_cases()
KINKED = ("relu", "leaky_relu", "Huber")


@pytest.mark.parametrize("name", CASES)
def test_our_gradient_agrees(name):
    errors = witnesses.errors(CASES[name])
    indexed = isinstance(CASES[name].sympy, Program)
    absent = {"complex step"} if indexed or name.split(", ")[-1] in KINKED else set()
    assert set(errors) == set(BOUNDS) - absent
    for witness, error in errors.items():
        assert error <= BOUNDS[witness], f"{name}: {witness} differs by {error:.1e}"


def test_nothing_in_the_package_lacks_its_witnesses():
    found = witnesses.found()
    for kind, names in found.items():
        assert names, f"no {kind} found"
    covered = {name.split(",")[0] for name in CASES}
    assert covered == {*found["layers"], *found["losses"]}
    for layer in ("Dense", "Activation"):
        assert {n.split(", ")[1] for n in CASES if n.startswith(layer)} == {*found["activations"]}


def test_a_wrong_derivative_is_caught_by_each_witness(monkeypatch):
    right = Tanh.backward

    def wrong(self, dy, z, y, dz):
        return right(self, dy, z, y, dz) * (1.0 + 1e-6)

    monkeypatch.setattr(Tanh, "backward", wrong)
    errors = witnesses.errors(CASES["Dense, tanh"])
    assert all(errors[witness] > bound for witness, bound in BOUNDS.items())
    np.testing.assert_allclose(list(errors.values()), 1e-6, rtol=0.05)
