"""A hostile class: none gets more than it deserves, each has a row with a reason, none stops it."""

import csv
import re

import hostile
import pytest

from assignments.grader import classes, grading, report, submissions


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    hostile.write_zip(place / "class.zip")
    hostile.ASSIGNMENT.limits = dict.fromkeys(hostile.ASSIGNMENT.questions, 2.0)
    before, grading.LOAD_LIMIT = grading.LOAD_LIMIT, 4.0
    try:
        handed_in = submissions.collect(place / "class.zip", hostile.ASSIGNMENT.name)
        results = classes.grade_class(
            hostile.ASSIGNMENT, handed_in, place / "out", workers=2, progress=False
        )
        report.write(hostile.ASSIGNMENT, results, place / "out")
    finally:
        hostile.ASSIGNMENT.limits, grading.LOAD_LIMIT = {}, before
    return {result.student: result for result in results}, place / "out"


@pytest.mark.parametrize("name", hostile.KINDS)
def test_gets_what_it_deserves(graded, name):
    kind, result = hostile.KINDS[name], graded[0][name]
    assert result.marks() == kind.marks, result.reasons
    assert re.search(kind.reason, "; ".join(result.reasons)), result.reasons


def test_every_submission_has_its_row(graded):
    with (graded[1] / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == set(hostile.KINDS)
    for row in rows:
        deserved = hostile.KINDS[row["student"]].reason
        assert row["reason"] or not deserved, row


def test_what_is_written_is_harmless(graded):
    for path in graded[1].rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8-sig")
            assert "\x1b" not in text and "\x07" not in text, path
            assert path.stat().st_size < 2_000_000, path


def test_no_page_shows_a_hidden_test(graded):
    hidden = [test.__name__ for test in hostile.ASSIGNMENT.hidden]
    for path in (graded[1] / "feedback").iterdir():
        text = path.read_text("utf-8")
        assert "canary" not in text and not any(name in text for name in hidden), path
