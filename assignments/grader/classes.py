"""A whole class: in parallel, with progress, and again from where it stopped.

Each result is a line in journal.jsonl as soon as it is there. A second run takes from it what
belongs to the same files, the same row of the class list and the same tests, so a crash or Ctrl-C
costs what was in work, no more.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from tqdm.auto import tqdm

from . import machine
from .grading import Result, grade
from .roster import Roster
from .sources import FOLDER, Assignment
from .submissions import Submission, Unreadable, read
from .text import clean


def grade_class(
    assignment: Assignment,
    submissions: list[Submission],
    folder: Path,
    roster: Roster | None = None,
    secret: bytes = b"",
    workers: int | None = None,
    progress: bool = True,
) -> list[Result]:
    """Grade all submissions and return their results, by name.

    Raises
    ------
    CannotGrade
        Where the sandbox cannot run. Nothing is graded without it.
    """
    machine.command()  # made before the workers start, or refused
    folder.mkdir(parents=True, exist_ok=True)
    results, todo = [], []
    with Journal(folder / "journal.jsonl", assignment, secret) as journal:
        for submission in submissions:
            row = roster.find(submission) if roster else None
            key = fingerprint(submission, [roster is not None, row])
            done = journal.find(submission.student, key)
            if done is None:
                todo.append((submission, row, key))
            else:
                results.append(done)
        bar = tqdm(total=len(submissions), initial=len(results), disable=not progress, unit="")
        bar.set_description(assignment.name)
        with bar:
            for key, result in _parallel(todo, assignment, roster, secret, workers or _cores()):
                journal.add(result, key)
                results.append(result)
                bar.update()
    if roster:
        results += _missing(roster, results, assignment)
    return sorted(results, key=lambda result: result.student.lower())


def _parallel(todo: list, assignment, roster, secret, workers: int) -> Iterator[tuple[str, Result]]:
    """Results as they come; no more submissions are in work than there are workers."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: dict[Future, str] = {}
        todo = iter(todo)
        try:
            while True:
                while len(waiting) < workers and (item := next(todo, None)):
                    submission, row, key = item
                    waiting[pool.submit(_one, submission, row, assignment, roster, secret)] = key
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        except BaseException:
            tqdm.write("Stopping after the submissions in work ...")
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one(submission: Submission, row, assignment: Assignment, roster, secret: bytes) -> Result:
    who = roster.id(row) if row else submission.student
    result = grade(submission, assignment, assignment.variant(who, secret))
    result.who, result.row = who, {key: cell for key, cell in (row or {}).items() if key and cell}
    if roster and row is None:
        result.reasons.append("not in the class list")
    return result


def _missing(roster: Roster, results: list[Result], assignment: Assignment) -> list[Result]:
    """A row for everybody on the class list who handed in nothing."""
    there = {result.who for result in results}
    return [
        Result(clean(who), who=who, row=row, reasons=["handed in nothing"])
        for row, who in zip(roster.rows, roster.ids(), strict=True)
        if who not in there
    ]


def _cores() -> int:
    return max(1, min(8, os.cpu_count() or 1))


def fingerprint(submission: Submission, listed: list) -> str:
    """A digest of a submission's files, as far as they can be read, and of its row in the list."""
    about = [submission.student, submission.problems, listed]
    digest = hashlib.sha256(json.dumps(about).encode())
    for entry in submission.entries:
        digest.update(str(entry.path).encode("utf-8", "replace") + b"\0")
        if entry.path.suffix.lower() in (".py", ".ipynb"):
            try:
                digest.update(hashlib.sha256(read(entry)).digest())
            except Unreadable as problem:
                digest.update(str(problem).encode())
    return digest.hexdigest()


class Journal:
    """The results that are already there, a line each, for one state of the tests."""

    def __init__(self, path: Path, assignment: Assignment, secret: bytes) -> None:
        digest = hashlib.sha256(hashlib.sha256(secret).digest())
        sources = [FOLDER / assignment.name / "source.py", FOLDER / "checking.py"]
        for source in [*sources, *sorted(Path(__file__).parent.rglob("*.py"))]:
            digest.update(source.read_bytes())
        self._tests = digest.hexdigest()
        self._done: dict[tuple, dict] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:  # cut off by a crash
                    continue
                if entry["tests"] == self._tests:
                    self._done[entry["student"], entry["key"]] = entry["result"]
        self._file = path.open("a", encoding="utf-8")
        self._file.write("\n")  # ends a line that was cut off

    def find(self, student: str, key: str) -> Result | None:
        entry = self._done.get((clean(student), key))
        return None if entry is None else Result.from_dict(entry)

    def add(self, result: Result, key: str) -> None:
        entry = {"student": result.student, "key": key, "tests": self._tests}
        self._file.write(json.dumps(entry | {"result": result.as_dict()}) + "\n")
        self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_) -> None:
        self._file.close()
