"""Mistakes planted in a copy of the package, one at a time: a named test must catch each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bugs import BUGS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug, tmp_path):
    source = (ROOT / "src/backprop" / bug.file).read_text(encoding="utf-8")
    assert source.count(bug.right) == 1, f"{bug.file} holds {bug.right!r} not exactly once"
    copy = tmp_path / "backprop"
    shutil.copytree(ROOT / "src/backprop", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / bug.file).write_text(source.replace(bug.right, bug.wrong), encoding="utf-8")

    result = run(bug.caught_by, tmp_path)

    # 1 means that tests ran and failed; 2 to 5 that none could run.
    assert result.returncode == 1, f"survived:\n{result.stdout[-2000:]}\n{result.stderr[-1000:]}"


def test_an_unchanged_copy_passes(tmp_path):
    shutil.copytree(ROOT / "src/backprop", tmp_path / "backprop")
    result = run("test_activations.py::test_value_is_the_formula", tmp_path)
    assert result.returncode == 0, result.stdout
    probe = subprocess.run(
        [sys.executable, "-c", "import backprop; print(backprop.__file__)"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stdout.startswith(str(tmp_path))


def test_there_are_at_least_sixty_bugs_and_no_two_alike():
    assert len(BUGS) >= 60
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert len({(bug.file, bug.right, bug.wrong) for bug in BUGS}) == len(BUGS)


def run(test, package_parent):
    """Run one test of tests/package on the package in another folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    environment = {
        "PYTHONPATH": str(package_parent),
        "OMP_NUM_THREADS": "1",
        # Plugins, such as nbval, take two thirds of the time, and these tests need none.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        [*command, f"tests/package/{test}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
