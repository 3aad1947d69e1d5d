"""What a teacher gets: two tables, a page for each student, a sheet for marking by hand."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path

from .grading import Result
from .sources import Assignment
from .text import block, cell, clean

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
REMAINED = (
    "All public tests pass, and these hidden ones do not. They ask the same with other numbers."
)


def write(assignment: Assignment, results: list[Result], folder: Path, secret: bytes = b"") -> None:
    """Write marks.csv, canvas.csv, feedback/ and by-hand.md into `folder`."""
    (folder / "feedback").mkdir(parents=True, exist_ok=True)
    table(assignment, results, folder / "marks.csv")
    canvas(assignment, results, folder / "canvas.csv")
    for result in results:
        path = folder / "feedback" / f"{file_name(result.student)}.md"
        path.write_text(feedback(assignment, result), encoding="utf-8")
    (folder / "by-hand.md").write_text(by_hand(assignment, results, secret), encoding="utf-8")


def file_name(student: str) -> str:
    """A name for a file; two students never share one."""
    safe = re.sub(r"[^A-Za-z0-9-]", "_", student)[:60] or "_"
    mark = "" if safe == student else "-" + hashlib.sha256(student.encode()).hexdigest()[:8]
    return safe + mark


def table(assignment: Assignment, results: list[Result], path: Path) -> None:
    """One row a student: marks a question, the sum, an empty column for each written question."""
    questions = list(assignment.questions)
    head = ["student", *(f"Q{q} ({assignment.points(q):g})" for q in questions)]
    head.append(f"code ({assignment.points():g})")
    head += [f"Q{q} by hand ({about['points']:g})" for q, about in assignment.written.items()]
    head += ["words", "reason", "files"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for result in results:
            marks = [cell(result.marks(q)) for q in questions]
            words = sum(len(text.split()) for text in result.written.values())
            by_hand = ["" if result.written.get(q) else "0" for q in assignment.written]
            reason = cell("; ".join(result.reasons))
            files = cell(", ".join(result.files))
            row = [cell(result.student), *marks, cell(result.marks())]
            writer.writerow([*row, *by_hand, cell(words), reason, files])


def canvas(assignment: Assignment, results: list[Result], path: Path) -> None:
    """The gradebook that Canvas imports: its five columns, and the points for code."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*CANVAS, f"{assignment.title} (code)"])
        writer.writerow(["    Points Possible", "", "", "", "", f"{assignment.points():g}"])
        for result in results:
            row = {"Student": result.student, "ID": result.canvas_id} | result.row
            known = [cell(row.get(name, "")) for name in CANVAS]
            writer.writerow([*known, cell(result.marks())])


def feedback(assignment: Assignment, result: Result) -> str:
    """A student's page, in Markdown: what failed, as an idea, and never a hidden test."""
    lines = [f"# {assignment.title}: feedback for {_inert(result.student)}", ""]
    lines += [f"**Code: {result.marks():g} of {assignment.points():g} points.**"]
    for question, about in assignment.written.items():
        state = "is marked by hand" if result.written.get(question) else "was not answered"
        lines += [f"Question {question} ({about['points']:g} points) {state}."]
    notes = result.notes if result.marks() < assignment.points() else []
    for title, texts in (("In short", result.reasons), ("While reading your code", notes)):
        if texts:
            lines += ["", f"## {title}", "", *(block(text) for text in texts)]
    lines += ["", "| question | points | of |", "|:--|--:|--:|"]
    for question, title in assignment.questions.items():
        points = f"{result.marks(question):g} | {assignment.points(question):g}"
        lines += [f"| {question} · {title} | {points} |"]
    for question, title in assignment.questions.items():
        lines += ["", f"## Question {question} · {title}", "", *_question(result, question)]
    return "\n".join(lines) + "\n"


def _question(result: Result, question: int) -> list[str]:
    outcomes = [each for each in result.outcomes if each.question == question]
    failed = [each for each in outcomes if not each.passed]
    if not failed:
        return ["All tests pass, public and hidden."]
    lines = []
    public = [each for each in outcomes if each.public]
    if public and all(each.passed for each in public):
        lines += [REMAINED, ""]
    for each in failed:
        kind = "a public test" if each.public else "a hidden test"
        lines += [f"- Check this: {each.idea} ({kind}, {each.points:g} points).", ""]
        lines += [block("  " + text) for text in each.shown] + [""]
    return lines[:-1]


def by_hand(assignment: Assignment, results: list[Result], secret: bytes) -> str:
    """What the teacher reads: each written answer beside the rubric, and questions for a talk."""
    lines = [f"# {assignment.title}: to mark by hand", ""]
    for question, about in assignment.written.items():
        lines += [f"## Question {question} · {about['title']} ({about['points']:g} points)", ""]
        lines += [*(f"- {line}" for line in about["rubric"]), ""]
        for result in results:
            if result.written.get(question):
                lines += [f"### {_inert(result.student)}", "", block(result.written[question]), ""]
    lines += ["## Three questions for a talk", ""]
    for result in results:
        lines += [f"### {_inert(result.student)}", ""]
        for ask, answer in assignment.oral(assignment.variant(result.who, secret)):
            lines += [f"- {ask}", f"  *{answer}*"]
        lines += [""]
    return "\n".join(lines)


def _inert(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]#|&!])", r"\\\1", clean(text))


def overview(assignment: Assignment, results: list[Result]) -> str:
    """The marks as a table for a terminal."""
    width = max([len(result.student) for result in results] + [7])
    head = "".join(f"{f'Q{question}':>5}" for question in assignment.questions)
    lines = [f"{'student':<{width}}{head}  code  why"]
    for result in results:
        marks = "".join(f"{result.marks(question):>5g}" for question in assignment.questions)
        why = clean("; ".join(result.reasons), 80)
        lines.append(f"{result.student:<{width}}{marks}{result.marks():>6g}  {why}")
    total = "".join(f"{assignment.points(question):>5g}" for question in assignment.questions)
    lines.append(f"{'of':<{width}}{total}{assignment.points():>6g}")
    return "\n".join(lines) + "\n"
