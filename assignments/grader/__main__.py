"""The command: python -m assignments.grader {check,build,key} ..."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import build, check, source

OUT = Path("_build")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="backprop-grade", description="Build and grade.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("check", "run an assignment's reference and mutants (for its author)"),
        ("build", "write the students' versions"),
        ("key", "write the keys"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("assignments", nargs="*", default=source.names())
    options = parser.parse_args(arguments)
    good = True
    for name in options.assignments:
        assignment = source.load(name)
        if options.command == "check":
            good = check.report(assignment) and good
        elif options.command == "build":
            build.student(assignment, OUT / "assignments" / name)
            print(OUT / "assignments" / name)
        else:
            build.key(assignment, OUT / "keys")
            print(OUT / "keys" / f"{name}-key.ipynb")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
