"""The class list: a CSV with a header line, as Canvas, Moodle or GitHub Classroom export it.

A submission belongs to the row of which one cell, or the first and last name together, is the
submission's name; capitals, spaces and punctuation do not count.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

from .submissions import Submission

# The column that names a student for the variant: the first of these that the list has.
IDS = ("sis login id", "sis user id", "username", "identifier", "github_username")
IDS += ("student", "id number", "id", "email address")


class Roster:
    """The rows of a class list, and who they are."""

    def __init__(self, path: Path) -> None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = {name.strip().lower(): name for name in reader.fieldnames or []}
            self.rows = [row for row in reader if any((cell or "").strip() for cell in _cells(row))]
        known = [columns[name] for name in IDS if name in columns]
        if not known:
            raise ValueError(
                f"{path}: expected a column {' or '.join(IDS)}, got {', '.join(columns)}"
            )
        self._id = known[0]
        self._by_name: dict[str, dict] = {}
        for row in self.rows:
            first, last = (row.get(columns.get(c, ""), "") for c in ("first name", "last name"))
            for text in [*_cells(row), f"{first} {last}", f"{last} {first}"]:
                if key := plain(text or ""):
                    # A cell of two students, such as a section, names nobody.
                    self._by_name[key] = {} if key in self._by_name else row

    def find(self, submission: Submission) -> dict | None:
        """The row of a submission, or None."""
        for name in (submission.canvas_id, submission.student):
            row = self._by_name.get(plain(name)) if name else None
            if row:
                return row
        return None

    def id(self, row: dict) -> str:
        """What names the student of a row."""
        return row[self._id].strip()

    def ids(self) -> list[str]:
        return [self.id(row) for row in self.rows]


def _cells(row: dict) -> list[str]:
    return [cell for cell in row.values() if isinstance(cell, str)]


def plain(text: str) -> str:
    """Letters and digits only, small, without accents."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[\W_]", "", letters, flags=re.UNICODE) if letters else ""
