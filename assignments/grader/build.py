"""From an assignment's source: what the student gets, and the key.

The student's folder holds the notebook, the same functions as `answers.py`, the public tests, and
AGENTS.md. Solutions, hidden tests and the teacher's cells are in none of them.
"""

from __future__ import annotations

import json
import pprint
import re
from pathlib import Path

from .sources import FOLDER, QUESTION, Assignment, Cell, without_solution

HAND_IN = """\
**Hand in** this notebook or `answers.py`, one of the two: both get the same marks. Graded are the
functions with the names below. The grader takes imports, functions, classes and assignments from
your cells and runs nothing else; it has NumPy and Python's standard library, no other package, no
files and no network. A call may take {limit} seconds. The public tests of a question show whether
you are on the way; hidden tests ask the same with other numbers, and your marks come from both.
"""


def student(assignment: Assignment, folder: Path, who: str = "", secret: bytes = b"") -> None:
    """Write the student's version into `folder`, with the numbers of student `who`."""
    variant = assignment.variant(who, secret)
    write(folder / f"{assignment.name}.ipynb", json.dumps(notebook(assignment, variant), indent=1))
    write(folder / "answers.py", answers(assignment, variant))
    write(folder / "public_tests.py", public_tests(assignment))
    for path in (FOLDER / "checking.py", FOLDER / assignment.name / "AGENTS.md"):
        write(folder / path.name, path.read_text(encoding="utf-8"))


def key(assignment: Assignment, folder: Path) -> None:
    """Write the key, a notebook with solutions, hidden tests, model answers and rubric."""
    variant = assignment.variant()
    write(folder / f"{assignment.name}-key.ipynb", json.dumps(key_notebook(assignment, variant)))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


# --- the forms ------------------------------------------------------------------------------------


def notebook(assignment: Assignment, variant: dict) -> dict:
    """The student's notebook; after the answers of a question stands a cell that checks them."""
    cells = [_markdown(_head(assignment)), _code(f"VARIANT = {pprint.pformat(variant, width=84)}")]
    shown = [cell for cell in assignment.cells if cell.tag in ("", "setup", "answer", "written")]
    for cell, following in zip(shown, [*shown[1:], None], strict=True):
        if cell.markdown:
            cells.append(_markdown(_fill(_headings(cell.text, assignment), variant)))
        else:
            cells.append(_code(student_code(cell)))
        last = following is None or following.question != cell.question
        if last and cell.question in {test.question for test in assignment.public}:
            lines = ["from public_tests import check", f"check(globals(), {cell.question})"]
            cells.append(_code("\n\n".join(lines)))
    return _notebook(cells)


def key_notebook(assignment: Assignment, variant: dict) -> dict:
    """All cells of the source, with the headings and numbers filled in."""
    cells = [_markdown(_head(assignment)), _code(f"VARIANT = {pprint.pformat(variant, width=84)}")]
    for cell in assignment.cells:
        if cell.markdown:
            cells.append(_markdown(_fill(_headings(cell.text, assignment), variant)))
        elif cell.tag != "about":
            cells.append(_code(cell.text))
    for question, about in assignment.written.items():
        rubric = "\n".join(f"- {line}" for line in about["rubric"])
        cells.append(_markdown(f"## Rubric of question {question}\n\n{rubric}"))
    return _notebook(cells)


def answers(assignment: Assignment, variant: dict) -> str:
    """The functions alone, with their types: what the grader calls."""
    numbers = pprint.pformat(variant, width=84)
    parts = [f'"""{assignment.title}: your answers."""\n', f"VARIANT = {numbers}\n"]
    wanted = ("setup", "answer", "written")
    parts += [student_code(cell) for cell in assignment.cells if cell.tag in wanted]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def public_tests(assignment: Assignment) -> str:
    """The public tests as a module that runs in the notebook and by itself."""
    parts = [f'"""The public tests of “{assignment.title}”: python public_tests.py runs them."""\n']
    parts.append("import numpy as np\n\nimport checking\n")
    parts += [cell.text for cell in assignment.cells if cell.tag == "public"]
    tests = ", ".join(test.__name__ for test in assignment.public)
    parts.append(f"TESTS = [{tests}]\n")
    parts.append(
        "def check(answers: dict, question: int | None = None) -> bool:\n"
        '    """Run the public tests of a question, or of all."""\n'
        "    return checking.run(TESTS, answers, question)\n"
    )
    parts.append('if __name__ == "__main__":\n    import answers\n\n    check(vars(answers))\n')
    return "\n\n".join(parts).replace("assignments.checking", "checking")


def _head(assignment: Assignment) -> str:
    goals = "\n".join(f"- {goal}" for goal in assignment.goals)
    limit = f"{assignment.limit(0):g}"
    points = f"{assignment.points():g} points for code"
    if assignment.written:
        by_hand = sum(about["points"] for about in assignment.written.values())
        points += f", {by_hand:g} for what you write"
    return (
        f"# {assignment.title}\n\nTime: about {assignment.time}. {points}.\n\n"
        f"After this assignment you can\n\n{goals}\n\n{HAND_IN.format(limit=limit)}"
    )


def _headings(text: str, assignment: Assignment) -> str:
    def heading(match: re.Match) -> str:
        number = int(match[1])
        about = assignment.written.get(number)
        title = about["title"] if about else assignment.questions[number]
        points = about["points"] if about else assignment.points(number)
        return f"## Question {number} · {title} ({points:g} points)"

    return QUESTION.sub(heading, text)


def _fill(text: str, variant: dict) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(variant[match[1]]), text)


def student_code(cell: Cell) -> str:
    return without_solution(cell.text, cell.question)


def _notebook(cells: list[dict]) -> dict:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _markdown(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": text.strip("\n")}


def _code(text: str) -> dict:
    code = {"cell_type": "code", "metadata": {}, "source": text.strip("\n")}
    return code | {"execution_count": None, "outputs": []}
