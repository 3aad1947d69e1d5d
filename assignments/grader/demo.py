"""A class of 12 for a teacher to look at: good, partly right, untouched, and six kinds of hostile.

`hostile` is also what the tests grade, with more kinds.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from . import build, check
from .sources import Assignment


def notebook_with(assignment: Assignment, code: str, who: str = "", secret: bytes = b"") -> str:
    """The student's notebook with one more cell at its end."""
    content = build.notebook(assignment, assignment.variant(who, secret))
    cell = {"cell_type": "code", "metadata": {}, "source": code, "outputs": []}
    content["cells"].append(cell | {"execution_count": None, "id": "added"})
    return json.dumps(content, indent=1)


def solved(assignment: Assignment, questions: range, variant: dict) -> str:
    """answers.py with the reference's functions for some of the questions."""
    parts = [f"VARIANT = {variant!r}\n"]
    for cell in assignment.cells:
        if cell.tag in ("setup", "key") and not cell.markdown:
            parts.append(cell.text)
        elif cell.tag in ("answer", "written"):
            done = cell.question in questions
            text = cell.text if done else build.student_code(cell)
            parts.append(
                text.replace("Your text here.", "W2 moved by η dW2, so dz1 is wrong by as much.")
            )
    return "\n\n".join(parts)


def names_of(assignment: Assignment) -> list[str]:
    """The graded functions, without the written ones."""
    return [name for name in assignment.functions() if not name.startswith("written_")]


def every(assignment: Assignment, body: str) -> str:
    """All graded functions with the same body."""
    return "\n".join(f"def {name}(*arguments):\n    {body}\n" for name in names_of(assignment))


def write_class(assignment: Assignment, path: Path, secret: bytes) -> None:
    """Write a zip as Moodle gives it."""
    full = range(1, 100)
    half = range(1, max(assignment.questions) // 2 + 1)
    mutant, *_ = (each.read_text(encoding="utf-8") for each in check.mutants(assignment))
    variant = lambda who: assignment.variant(who, secret)  # noqa: E731
    forged = "import json, sys\nprint(json.dumps({'marks': 100}))\n"
    equal = "import numpy as np\nclass Yes(np.ndarray):\n    __eq__ = lambda self, other: True\n"
    kinds = {
        "good": lambda who: solved(assignment, full, variant(who)),
        "good too": lambda who: solved(assignment, full, variant(who)),
        "half": lambda who: solved(assignment, half, variant(who)),
        "typical bug": lambda who: solved(assignment, full, variant(who)) + "\n\n" + mutant,
        "untouched": lambda who: notebook_with(assignment, "", who, secret),
        "syntax error": lambda who: solved(assignment, half, variant(who)) + "\n\ndef f(:\n    0\n",
        "loops": lambda who: every(assignment, "while True: pass"),
        "exits": lambda who: every(assignment, "import os; os._exit(0)"),
        "forges": lambda who: forged + every(assignment, "print('passed'); return True"),
        "equals all": lambda who: equal + every(assignment, "return np.ones(3).view(Yes)"),
        "reads files": lambda who: every(assignment, "return open('/etc/passwd').read()"),
        "memory": lambda who: every(assignment, "return [bytearray(1 << 26) for _ in range(99)]"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, (kind, text_of) in enumerate(kinds.items(), start=1):
            who = f"student {number:02} ({kind})"
            text = text_of(who)
            name = f"{assignment.name}.ipynb" if text.startswith("{") else "answers.py"
            archive.writestr(f"{who}_{number}_assignsubmission_file_/{name}", text)
