"""The command: python -m assignments.grader {grade,build,key,check,demo} ..."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from . import build, check, classes, demo, machine, report, sources
from .roster import Roster
from .submissions import collect

OUT = machine.ROOT / "_build"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (machine.CannotGrade, ValueError, FileNotFoundError) as error:
        print(f"backprop-grade: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backprop-grade", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(run, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(run.__name__.strip("_"), help=text, description=text)
        made.set_defaults(run=run)
        return made

    one = command(_grade, "grade a folder of submissions, or the zip of Moodle, Canvas or GitHub")
    one.add_argument("submissions", type=Path)
    one.add_argument("--assignment", required=True, choices=sources.names())
    one.add_argument("--out", type=Path, help="the folder for tables and feedback")
    one.add_argument("--workers", type=int, help="how many at a time (one a core)")
    one.add_argument("--quiet", action="store_true", help="no progress and no table")
    many = command(_build, "write the students' versions")
    for each in (one, many):
        each.add_argument("--students", type=Path, help="the class list, a CSV")
        each.add_argument("--secret", type=Path, help="a file with the secret of the variants")
    for each in (
        many,
        command(_key, "write the keys: solutions, hidden tests, model answers, rubrics"),
        command(_check, "run reference and mutants, for the author of an assignment"),
    ):
        each.add_argument("assignments", nargs="*", help="all, if none is named")
    command(_demo, "make a class of 12, grade it, and show what comes out")
    return parser


def _grade(options) -> int:
    assignment = sources.load(options.assignment)
    out = options.out or machine.ROOT / "grades" / assignment.name
    roster = Roster(options.students) if options.students else None
    secret = _secret(options)
    results = classes.grade_class(
        assignment,
        collect(options.submissions, assignment.name),
        out,
        roster,
        secret,
        options.workers,
        not options.quiet,
    )
    report.write(assignment, results, out, secret)
    if not options.quiet:
        print(report.overview(assignment, results))
        print(f"{out}: marks.csv, canvas.csv, feedback/, by-hand.md")
    return 0


def _build(options) -> int:
    for name in options.assignments or sources.names():
        assignment, folder = sources.load(name), OUT / "assignments" / name
        build.student(assignment, folder)
        print(folder)
        if options.students:
            secret = _secret(options)
            for who in Roster(options.students).ids():
                each = OUT / "assignments" / "each" / report.file_name(who) / name
                build.student(assignment, each, who, secret)
            print(each.parents[1], "(one folder a student)")
    return 0


def _key(options) -> int:
    for name in options.assignments or sources.names():
        build.key(sources.load(name), OUT / "keys")
        print(OUT / "keys" / f"{name}-key.ipynb")
    return 0


def _check(options) -> int:
    names = options.assignments or sources.names()
    reports = [check.report(sources.load(name)) for name in names]
    return 0 if all(reports) else 1


def _demo(options) -> int:
    assignment, folder = sources.load("two-layer"), OUT / "demo-class"
    shutil.rmtree(folder, ignore_errors=True)
    secret = b"a secret for the demonstration"
    build.student(assignment, folder / "student")
    demo.write_class(assignment, folder / "handed-in.zip", secret)
    handed_in = collect(folder / "handed-in.zip", assignment.name)
    results = classes.grade_class(assignment, handed_in, folder / "grades", secret=secret)
    report.write(assignment, results, folder / "grades", secret)
    print("\n" + report.overview(assignment, results))
    print("=== marks.csv ===\n" + (folder / "grades" / "marks.csv").read_text("utf-8-sig"))
    page = folder / "grades" / "feedback" / f"{report.file_name('student 04 (typical bug)')}.md"
    print(f"=== {page.name} ===\n" + page.read_text("utf-8"))
    print(f"All of it is in {folder}: what a student gets, what was handed in, what came out.")
    return 0


def _secret(options) -> bytes:
    return options.secret.read_bytes().strip() if options.secret else b""


if __name__ == "__main__":
    sys.exit(main())
