"""All races, one table: ``python -m benchmarks.run``, or ``make bench``.

Writes ``benchmarks/results.json`` and ``book/_static/benchmarks.svg``. It takes about two minutes;
let nothing else run meanwhile.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks import figure, fit, mlp, process, step
from benchmarks.timing import Row

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
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


def table(rows: list[Row]) -> str:
    """Return the rows as text: the peer's time over ours, and half of the rounds around it."""
    lines = [
        f"{'':34}{'peer/ours':>10}{'half of the rounds':>20}{'goal':>9}  {'met':5}{'weights':>9}"
    ]
    workload = None
    for row in rows:
        if row.workload != workload:
            workload = row.workload
            lines.append(workload)
        between = f"{row.low:.3g} to {row.high:.3g}"
        met = {None: "", True: "yes", False: "NO"}[row.met]
        goal = "" if row.goal is None else f"≥ {row.goal:.3g}"
        apart = "" if row.equal_to is None else f"{row.equal_to:.0e}"
        lines.append(f"  {row.peer:32}{row.ratio:>10.3g}{between:>20}{goal:>9}  {met:5}{apart:>9}")
    return "\n".join(lines)


def main() -> None:
    rows = []
    for workload in (fit, step, process, mlp):
        print(f"{workload.WORKLOAD} ...", file=sys.stderr, flush=True)
        rows += workload.rows()
    print(", ".join(f"{name} {number}" for name, number in versions().items()))
    print(table(rows))
    results = {"versions": versions(), "rows": [row.as_dict() for row in rows]}
    RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    figure.draw(rows, ROOT / "book" / "_static" / "benchmarks.svg")


if __name__ == "__main__":
    main()
