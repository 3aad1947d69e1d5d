"""All races, one table: ``python -m benchmarks.run``, or ``make bench``.

Every race is run in several processes, one after the other, and their rounds are put together: the
same program may be some percent faster or slower in another process. Writes
``benchmarks/results.json``, drawn in ``book/_static/benchmarks.svg``, and
``benchmarks/machine_code.json``, for which there must be a C compiler. It takes about eight
minutes; let nothing else run meanwhile.
"""

import json
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from backprop.machine_code import c_compiler
from benchmarks import cnn, figure, fit, machine_code, mlp, process, recurrent, step
from benchmarks.timing import Row

ROOT = Path(__file__).parents[1]
MAIN = {
    "fit": fit,
    "step": step,
    "process": process,
    "mlp": mlp,
    "cnn": cnn,
    "recurrent": recurrent,
}
MACHINE_CODE = {"machine_code": machine_code}
PROCESSES = 5
LIBRARIES = (
    "numpy",
    "keras",
    "jax",
    "torch",
    "tensorflow",
    "autograd",
    "scikit-learn",
    "numba",
)


def versions() -> dict[str, str]:
    """Return the version of everything that was timed."""
    return {"Python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def _version(name):
    # TensorFlow's build without CUDA is a distribution of another name.
    return version("tensorflow-cpu" if name == "tensorflow" and sys.platform != "darwin" else name)


def compiler() -> str:
    """Return what the C compiler says about itself, in a line."""
    command = [c_compiler(), "--version"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]


def rounds(name: str) -> list[Row]:
    """Run a race in processes of its own; return its rows with the rounds of all of them."""
    rows, *others = [_one_process(name) for _ in range(PROCESSES)]
    for other in others:
        for row, more in zip(rows, other, strict=True):
            row.add(more)
    return rows


def _one_process(name):
    command = [sys.executable, "-m", "benchmarks.run", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [Row(**row) for row in json.loads(done.stdout)]


def table(rows: list[dict]) -> str:
    """Return the rows as text: the peer's time over ours, and half of the rounds around it."""
    lines = [
        f"{'':34}{'peer/ours':>10}{'half of the rounds':>20}{'goal':>9}  {'met':5}{'weights':>9}"
    ]
    workload = None
    for row in rows:
        if row["workload"] != workload:
            workload = row["workload"]
            lines.append(workload)
        between = f"{row['low']:.3g} to {row['high']:.3g}"
        met = {None: "", True: "yes", False: "NO"}[row["met"]]
        goal = "" if row["goal"] is None else f"≥ {row['goal']:.3g}"
        apart = "" if row["equal_to"] is None else f"{row['equal_to']:.0e}"
        lines.append(
            f"  {row['peer']:32}{row['ratio']:>10.3g}{between:>20}{goal:>9}  {met:5}{apart:>9}"
        )
    return "\n".join(lines)


def run(workloads: dict, file: str, versions: dict[str, str]) -> list[dict]:
    """Run these races, print their table, write their results to a file, and return the rows."""
    rows = []
    for name, workload in workloads.items():
        print(f"{workload.WORKLOAD} ...", file=sys.stderr, flush=True)
        rows += [row.summary() for row in rounds(name)]
    print(", ".join(f"{name} {number}" for name, number in versions.items()))
    print(table(rows))
    text = json.dumps({"versions": versions, "rows": rows}, ensure_ascii=False, indent=1)
    (ROOT / "benchmarks" / file).write_text(text + "\n", encoding="utf-8")
    return rows


def main() -> None:
    rows = run(MAIN, "results.json", versions())
    figure.draw(rows, ROOT / "book" / "_static" / "benchmarks.svg")
    run(MACHINE_CODE, "machine_code.json", versions() | {"C compiler": compiler()})


if __name__ == "__main__":
    if sys.argv[1:]:
        rows = (MAIN | MACHINE_CODE)[sys.argv[1]].rows()
        print(json.dumps([asdict(row) for row in rows]))
    else:
        main()
