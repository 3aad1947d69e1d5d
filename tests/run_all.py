"""Every test, step by step, with a table of counts at the end: what `make test` runs.

python tests/run_all.py [step ...]     without arguments: every step
"""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "_build" / "reports"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
OLDEST = {"python": "3.11", "numpy": "2.0.0"}
PACKAGE_TESTS = [
    *("numpy", "sympy", "matplotlib", "ipython", "tqdm", "safetensors"),
    *("pytest", "hypothesis"),
]

MUTANTS = "1"  # of each module

# The environment of every step: one BLAS thread, quiet frameworks, nothing fetched in secret.
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "JAX_PLATFORMS": "cpu",
    "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "jax"),
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# A notebook's kernel draws inline only where nothing else chose a backend.
ENVIRONMENT.pop("MPLBACKEND", None)


class Failed(Exception):
    """A step's command ended with an error."""


def run(*command, **environment) -> None:
    print("$", " ".join(str(part) for part in command), flush=True)
    code = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**ENVIRONMENT, **environment}
    ).returncode
    if code:
        raise Failed(f"exit status {code}")


def pytest(name: str, *arguments, python=sys.executable, **environment) -> dict:
    """Run pytest and count from its own report, which is written also when tests fail."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [python, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    try:
        run(*command, **environment)
    except Failed as error:
        error.counts = counts_of(report)
        raise
    counts = counts_of(report)
    if not counts["passed"]:
        error = Failed("no test ran")
        error.counts = counts
        raise error
    return counts


def counts_of(report: Path) -> dict:
    if not report.exists():
        return {"passed": 0, "failed": 0, "skipped": 0}
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for key in total:
            total[key] += int(suite.get(key, 0))
    failed = total["failures"] + total["errors"]
    return {
        "passed": total["tests"] - failed - total["skipped"],
        "failed": failed,
        "skipped": total["skipped"],
    }


# --- the steps ------------------------------------------------------------------------------------


def lint() -> dict:
    ruff = Path(sys.executable).with_name("ruff")
    run(ruff, "check", ".")
    run(ruff, "format", "--check", ".")
    return {"passed": 2, "failed": 0, "skipped": 0}


def package() -> dict:
    """The package's tests, the golden numbers and all others that need no built book."""
    # One file, of the planted bugs, takes half of the time: both workers share its tests.
    return pytest("package", "tests", "--ignore=tests/book", "-n", "2", "--dist", "worksteal")


def mutants() -> dict:
    """A sample of mutants of the package, the same each time: the tests must notice each."""
    run(sys.executable, "tests/mutants/run.py", "--sample", MUTANTS, "--jobs", "2")
    return {"passed": 1, "failed": 0, "skipped": 0}


def book() -> dict:
    """The built book, its notebooks' hygiene, and the browser."""
    return pytest("book", "tests/book")


def notebooks() -> dict:
    """Every notebook runs again and its outputs must repeat."""
    return pytest(
        "notebooks",
        "book",
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout=600",
        "-n",
        "2",
        "--dist",
        "loadfile",
    )


def pythons() -> dict:
    """The package's tests on every other Python of this machine, and with the oldest NumPy."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    plans = [(version, None) for version in VERSIONS if version != here]
    plans.append((OLDEST["python"], OLDEST["numpy"]))
    problems = []
    for version, numpy in plans:
        label = f"Python {version}" + (f" with NumPy {numpy}" if numpy else "")
        interpreter = find_python(version)
        if interpreter is None:
            print(f"--- {label}: no such Python on this machine, not tested here", flush=True)
            continue
        print(f"--- {label}: {interpreter}", flush=True)
        try:
            counts = package_tests_on(interpreter, version, numpy)
        except Failed as error:
            problems.append(f"{label}: {error}")
            counts = getattr(error, "counts", {})
        for key in total:
            total[key] += counts.get(key, 0)
    if problems:
        error = Failed("; ".join(problems))
        error.counts = total
        raise error
    return total


def find_python(version: str) -> Path | None:
    """A Python of this version that really starts: a shim on the path may stand for nothing."""
    name = f"python{version}"
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted((pyenv / "versions").glob(f"{version}.*/bin"), reverse=True)
    for folder in folders:
        candidate = folder / name
        if candidate.is_file() and not is_this_environment(candidate):
            probe = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"
            done = subprocess.run([candidate, "-c", probe], capture_output=True, text=True)
            if done.returncode == 0 and done.stdout.strip() == version:
                return candidate
    return None


def is_this_environment(candidate: Path) -> bool:
    return Path(sys.prefix) in candidate.parents


def package_tests_on(interpreter: Path, version: str, numpy: str | None) -> dict:
    name = f"py{version}" + (f"-numpy{numpy}" if numpy else "")
    environment = ROOT / f".venv-{name}"
    python = environment / "bin" / "python"
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    wanted = "\n".join([version, str(numpy), *PACKAGE_TESTS, pinned])
    stamp = environment / ".installed"
    if not (stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(environment, ignore_errors=True)
        run(interpreter, "-m", "venv", environment)
        packages = [f"numpy=={numpy}" if p == "numpy" and numpy else p for p in PACKAGE_TESTS]
        # The oldest NumPy contradicts the list of tested versions, on purpose.
        constraints = [] if numpy else ["-c", "constraints.txt"]
        run(python, "-m", "pip", "install", "--quiet", *constraints, *packages)
        stamp.write_text(wanted)
    return pytest(
        name,
        "tests/package",
        "-p",
        "no:cacheprovider",
        python=python,
        PYTHONPATH=str(ROOT / "src"),
    )


STEPS = {
    "lint": lint,
    "package": package,
    "mutants": mutants,
    "notebooks": notebooks,
    "book": book,
    "pythons": pythons,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        print(f"unknown step {unknown[0]!r}; expected some of {', '.join(STEPS)}")
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    rows, failed = [], False
    for name in names or STEPS:
        print(f"\n=== {name} ===", flush=True)
        start = time.monotonic()
        try:
            counts, verdict = STEPS[name](), "ok"
        except Failed as error:
            counts, verdict, failed = getattr(error, "counts", {}), f"FAILED ({error})", True
        rows.append((name, counts, time.monotonic() - start, verdict))

    print(f"\n{'step':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for name, counts, seconds, verdict in rows:
        numbers = [counts.get(key, 0) for key in ("passed", "failed", "skipped")]
        print(
            f"{name:<10} {numbers[0]:>7} {numbers[1]:>7} {numbers[2]:>8} {seconds:>8.0f}  {verdict}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
