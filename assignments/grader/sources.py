"""An assignment: its one source, cut into cells, and what follows from them.

A source is Python in the percent format: a cell begins with ``# %%``, a cell of text with
``# %% [markdown]``, and tags say what a cell is for (assignments/README.md has the table).
"""

from __future__ import annotations

import ast
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1]

TAGS = ("about", "setup", "teacher", "key", "answer", "public", "hidden", "written")
# The cells that the trusted side runs, in the order of the source.
RUN = ("setup", "teacher", "key", "answer", "public", "hidden", "written")
SOLUTION = re.compile(r"^( *)# BEGIN SOLUTION.*?\n(.*?)^ *# END SOLUTION *\n", re.M | re.S)
QUESTION = re.compile(r"^## Question (\d+).*$", re.M)


@dataclass
class Cell:
    text: str
    tag: str = ""  # "" is for everybody
    markdown: bool = False
    question: int = 0  # the question it stands under; 0 before the first


@dataclass
class Assignment:
    """Everything about one assignment, for the trusted side only."""

    name: str
    cells: list[Cell]
    title: str
    time: str
    goals: list[str]
    questions: dict[int, str]
    written: dict[int, dict]
    limits: dict[int, float]
    namespace: dict = field(repr=False)
    public: list[Callable] = field(repr=False)
    hidden: list[Callable] = field(repr=False)

    @property
    def tests(self) -> list[Callable]:
        """The tests, public ones first, by question."""
        return sorted(self.public + self.hidden, key=lambda test: test.question)

    def points(self, question: int | None = None) -> float:
        """The points of a question, or of all that the grader marks by itself."""
        return sum(test.points for test in self.tests if question in (None, test.question))

    def limit(self, question: int) -> float:
        """The seconds that one call may take."""
        return self.limits.get(question, 5.0)

    def functions(self) -> list[str]:
        """The names that the grader calls: what the answer cells define."""
        return [node.name for node in self._definitions() if isinstance(node, ast.FunctionDef)]

    def _definitions(self) -> list[ast.stmt]:
        return [
            node
            for cell in self.cells
            if cell.tag in ("answer", "written")
            for node in ast.parse(cell.text).body
        ]

    def variant(self, student: str = "", secret: bytes = b"") -> dict:
        """The numbers of one student.

        They come from HMAC-SHA256(secret, "assignment:student"): the same each time, and nobody
        without the secret can compute another student's. Without a secret all have the same.
        """
        who = student if secret else ""
        digest = hmac.digest(secret or b"no secret", f"{self.name}:{who}".encode(), "sha256")
        rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
        return self.namespace["variant"](rng) if "variant" in self.namespace else {}

    def oral(self, variant: dict) -> list[tuple[str, str]]:
        """Three questions and answers for a talk with the student."""
        return self.namespace["oral"](variant)


def names() -> list[str]:
    """The assignments that there are."""
    return sorted(path.parent.name for path in FOLDER.glob("*/source.py"))


def load(name: str) -> Assignment:
    """Read and run the source of an assignment."""
    path = FOLDER / name / "source.py"
    if name not in names():
        raise ValueError(f"there is no assignment {name!r}; expected one of {', '.join(names())}")
    cells = split(path.read_text(encoding="utf-8"))
    about: dict = {}
    for cell in cells:
        if cell.tag == "about":
            exec(compile(cell.text, str(path), "exec"), about)
    namespace: dict = {"__name__": f"assignment_{name.replace('-', '_')}"}
    found: dict[str, list[Callable]] = {"public": [], "hidden": []}
    for cell in cells:
        if cell.tag in RUN and not cell.markdown:
            before = dict(namespace)
            exec(compile(cell.text, str(path), "exec"), namespace)
            if cell.tag in found:
                found[cell.tag] += [
                    value
                    for key, value in namespace.items()
                    if hasattr(value, "idea") and before.get(key) is not value
                ]
    assignment = Assignment(
        name=name,
        cells=cells,
        title=about["TITLE"],
        time=about["TIME"],
        goals=about["GOALS"],
        questions=about["QUESTIONS"],
        written=about["WRITTEN"],
        limits=about.get("LIMITS", {}),
        namespace=namespace,
        **found,
    )
    # What a solution calls VARIANT is in the student's file, and here the numbers of nobody.
    namespace["VARIANT"] = assignment.variant()
    return assignment


def split(text: str) -> list[Cell]:
    """Cut a source into its cells."""
    cells: list[Cell] = []
    question = 0
    for chunk in re.split(r"^# %%", text, flags=re.M)[1:]:
        head, _, body = chunk.partition("\n")
        match = re.search(r'tags=\["(\w+)"\]', head)
        tag = match[1] if match else ""
        if tag and tag not in TAGS:
            raise ValueError(f"unknown tag {tag!r}; expected one of {', '.join(TAGS)}")
        markdown = "[markdown]" in head
        body = body.strip("\n") + "\n"
        if markdown:
            body = re.sub(r"^# ?", "", body, flags=re.M)
            if heading := QUESTION.search(body):
                question = int(heading[1])
        cells.append(Cell(body, tag, markdown, question))
    return cells


def without_solution(text: str, question: int) -> str:
    """The code of an answer cell, with an error in place of each solution."""
    return SOLUTION.sub(
        lambda match: f'{match[1]}raise NotImplementedError("question {question}")\n', text
    )
