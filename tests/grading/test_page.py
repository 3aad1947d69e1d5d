"""What the page for instructors says of the assignments is what they are."""

import re
from pathlib import Path

from assignments.grader import sources

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")


def test_points_and_hours():
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (\d+) \+ (\d+) \| (\d+) \|$", PAGE, re.M)
    assert [name for name, *_ in rows] and sorted(row[0] for row in rows) == sources.names()
    for name, by_tests, by_hand, hours in rows:
        assignment = sources.load(name)
        assert assignment.points() == int(by_tests)
        assert sum(about["points"] for about in assignment.written.values()) == int(by_hand)
        assert assignment.time == f"{hours} hours"


def test_each_command_is_one_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"^make ([\w-]+)", PAGE, re.M))
    assert {"demo-class", "assignments", "keys", "grade", "quizzes", "slides"} <= commands
    for command in commands:
        assert re.search(rf"^{command}:", makefile, re.M), command
