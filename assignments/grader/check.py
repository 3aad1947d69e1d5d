"""An author's check of an assignment: the reference and the mutants, in this process.

What it runs is ours. A student's code never runs here.
"""

from __future__ import annotations

import ast
from pathlib import Path

from ..checking import Answers, Wrong, generator_of
from .sources import FOLDER, Assignment


def mutants(assignment: Assignment) -> list[Path]:
    return sorted((FOLDER / assignment.name / "mutants").glob("*.py"))


def marks_of(path: Path) -> dict[int, float]:
    """What a mutant says of itself: the marks it deserves for each question."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MARKS":
            return ast.literal_eval(node.value)
    raise ValueError(f"{path.name} has no MARKS")


def answers_of(assignment: Assignment, changed: str = "", variant: dict | None = None) -> str:
    """The reference as a submission, with the functions in `changed` in place of its own."""
    tags = ("setup", "key", "answer", "written")
    parts = [cell.text for cell in assignment.cells if cell.tag in tags and not cell.markdown]
    numbers = assignment.variant() if variant is None else variant
    return "\n\n".join([f"VARIANT = {numbers!r}\n", *parts, changed])


def run(
    assignment: Assignment, changed: str = "", variant: dict | None = None
) -> tuple[dict, list[str], bool]:
    """Marks a question, the failed tests, and whether all public tests pass."""
    namespace: dict = {"__name__": "answers"}
    exec(compile(answers_of(assignment, changed, variant), "answers", "exec"), namespace)
    marks: dict = dict.fromkeys(assignment.questions, 0)
    failed, public = [], True
    for test in assignment.tests:
        try:
            test(Answers(namespace), namespace["VARIANT"], generator_of(test))
            marks[test.question] += test.points
        except Exception as error:
            shown = error.pattern if isinstance(error, Wrong) else repr(error)
            failed.append(f"{test.__name__}: {shown}")
            public = public and test not in assignment.public
    return marks, failed, public


def report(assignment: Assignment) -> bool:
    """Print how the reference and each mutant fare, and return whether all is as it must be."""
    full = {question: assignment.points(question) for question in assignment.questions}
    marks, failed, _ = run(assignment)
    good = marks == full
    print(f"{assignment.name}: {assignment.points():g} points, reference {sum(marks.values()):g}")
    for line in failed:
        print("   ", line)
    noticed, only_hidden = set(), False
    for path in mutants(assignment):
        marks, failed, public = run(assignment, path.read_text(encoding="utf-8"))
        expected = marks_of(path)
        print("ok " if marks == expected else "NO ", path.stem, marks, "public pass" * public)
        good = good and marks == expected
        only_hidden = only_hidden or (public and bool(failed))
        noticed |= {line.partition(":")[0] for line in failed}
        if marks != expected:
            print("    expected", expected, *failed, sep="\n    ")
    for test in assignment.tests:
        if test.__name__ not in noticed:
            print(f"    no mutant fails {test.__name__}")
    print("one passes all public and fails a hidden test:", only_hidden)
    return good and only_hidden
