"""Mutants: Cosmic Ray changes one place of a module, and the tests that reach it must notice.

python tests/mutants/run.py [--sample N] [--seed S] [--jobs J] [module ...]

For each place of a module's code one of the changes that Cosmic Ray knows for it is drawn, and N of
these mutants are tried (without --sample: all). The package is copied, so that nothing here is ever
changed. A mutant that survives is either a gap in the tests or equal to the original in all that
matters: equivalent.toml names the latter, each with its reason. Any other survivor is an error.
"""

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "backprop"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")

# The tests that reach each module, the ones that notice most first.
TESTS = {
    "activations": ["activations", "bad_input", "layers", "cost"],
    "losses": ["losses", "loss_conventions", "bad_input", "properties", "defaults"],
    "scalar": ["scalar", "bad_input"],
    "numeric": ["numeric", "bad_input", "gradient_check"],
    "gradient_check": ["gradient_check", "bad_input", "layers"],
    "diagnosis": ["gradient_check"],
    "two_layer": ["two_layer", "bad_input"],
    "symbolic": ["symbolic", "bad_input"],
    "initializers": ["initializers", "bad_input", "layers"],
    "schedules": ["schedules", "optimizers", "bad_input"],
    "layer": ["layers", "ownership", "copies", "bad_input", "defaults"],
    "layers": ["layers", "ownership", "bad_input", "defaults", "cost"],
    "chain": ["network", "ownership", "weights_file", "bad_input", "defaults", "copies"],
    "network": ["network", "defaults", "ownership", "regularizers", "bad_input"],
    "optimizers": ["optimizers", "defaults", "ownership", "bad_input"],
    "callbacks": ["callbacks", "network", "weights_file", "bad_input", "ownership"],
    "metrics": ["network", "defaults", "callbacks", "bad_input"],
    "regularizers": ["regularizers", "defaults"],
    "weights_file": ["weights_file", "bridge"],
    "bridge": ["bridge"],
    "buffers": ["layers", "losses", "copies", "ownership"],
    "convolution": ["convolution", "layers", "cost"],
    "recurrent": ["recurrent", "layers", "bad_sequences", "cost"],
    "attention": ["attention", "bad_sequences"],
    "indexed": ["indexed"],
    "cost": ["cost", "bad_input"],
    "sharded": ["sharded"],
}
TIMEOUT = 120  # seconds; a mutant that never ends is noticed too


class Mutant(NamedTuple):
    """A changed module: the class or function in which it is changed, and the lines that differ."""

    module: str
    code: str
    where: str
    before: str
    after: str


def mutants(module: str, rng: random.Random) -> list[Mutant]:
    """Return one mutant for each place of the module, in random order."""
    source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
    tree, meaning, places = get_ast(source), what_runs(source), {}
    for name in operator_names():
        if get_operator(name).arguments():
            continue  # it would need names of variables to put in
        operator = get_operator(name)()
        found = [(n, place) for n in ast_nodes(tree) for place in operator.mutation_positions(n)]
        for occurrence, (node, place) in enumerate(found):
            places.setdefault(place, (node, []))[1].append((operator, occurrence))
    made = []
    for node, changes in places.values():
        code = mutate_code(source, *rng.choice(changes))
        # No mutants are a type hint, and the stars of **names, which are no operator.
        if what_runs(code) not in (meaning, None):
            where = ASTQuery(node).get_definition_name() or ""
            made.append(Mutant(module, code, where, *differing_lines(source, code)))
    rng.shuffle(made)
    return made


def what_runs(source: str) -> str | None:
    """Return the module's syntax tree as text, without type hints; None of what is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        for hint in ("annotation", "returns"):
            if hasattr(node, hint):
                setattr(node, hint, None)
    return ast.dump(tree)


def differing_lines(old: str, new: str) -> tuple[str, str]:
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    return tuple(
        "\n".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )


def survives(mutant: Mutant) -> bool:
    """Whether the tests pass on a copy of the package with the mutant in it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backprop"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / f"{mutant.module}.py").write_text(mutant.code, encoding="utf-8")
        tests = [f"tests/package/test_{name}.py" for name in TESTS[mutant.module]]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environment = {
            "PYTHONPATH": folder,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            # Plugins, such as nbval, take time, and these tests need none.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def explained() -> set[tuple[str, ...]]:
    """Return the known equivalent mutants; each must still be of a line that exists."""
    known = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    for entry in known:
        source = (PACKAGE / f"{entry['module']}.py").read_text(encoding="utf-8")
        lines = {line.strip() for line in source.splitlines()}
        if not set(entry["before"].splitlines()) <= lines or not entry["reason"]:
            sys.exit(f"{EQUIVALENT.name}: no such line in {entry['module']}: {entry['before']}")
    return {tuple(entry[key] for key in ("module", "where", "before", "after")) for entry in known}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=", ".join(TESTS))
    parser.add_argument("--sample", type=int, help="mutants of each module; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(TESTS):
        parser.error(f"unknown module {unknown.pop()!r}")

    known, start = explained(), time.monotonic()
    chosen, places = [], {}
    for module in arguments.modules or TESTS:
        # A seed for each module: its sample does not depend on which others are run.
        made = mutants(module, random.Random(f"{arguments.seed} {module}"))
        places[module] = len(made)
        chosen += made[: arguments.sample]
    counts = {module: Counter() for module in places}
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, alive in zip(chosen, pool.map(survives, chosen), strict=True):
            name = (mutant.module, mutant.where, mutant.before, mutant.after)
            outcome = "noticed" if not alive else "equivalent" if name in known else "survived"
            counts[mutant.module][outcome] += 1
            if outcome == "survived":
                print(f"survived, {mutant.module}, in {mutant.where}:")
                print(f"  - {mutant.before}\n  + {mutant.after}", flush=True)

    columns = ("noticed", "equivalent", "survived")
    print(f"{'module':<16}{'places':>8}{'tried':>8}" + "".join(f"{c:>12}" for c in columns))
    for module, count in counts.items():
        print(f"{module:<16}{places[module]:>8}{count.total():>8}", end="")
        print("".join(f"{count[column]:>12}" for column in columns))
    print(f"{len(chosen)} mutants in {time.monotonic() - start:.0f} s")
    return int(any(count["survived"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
