"""Each assignment keeps its format's promises: reference, untouched version, mutants, secrecy."""

import ast
import json
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import hostile
import pytest

from assignments.grader import build, check, classes, sources, submissions

NAMES = sources.names()
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=NAMES)
def assignment(request):
    return sources.load(request.param)


@pytest.fixture(scope="module")
def built(assignment, tmp_path_factory):
    """The student's folder."""
    folder = tmp_path_factory.mktemp("student")
    build.student(assignment, folder)
    return folder


@pytest.fixture(scope="module")
def graded(assignment, built, tmp_path_factory):
    """One class of all: the reference in both forms, the untouched in both, and the mutants."""
    place = tmp_path_factory.mktemp("class")
    notebook = f"{assignment.name}.ipynb"
    build.write(
        place / "reference-notebook" / notebook, json.dumps(hostile.filled_notebook(assignment))
    )
    build.write(place / "reference" / "answers.py", check.answers_of(assignment))
    for name in (notebook, "answers.py"):
        copy = (built / name).read_text("utf-8")
        build.write(place / f"untouched-{name}" / name, copy)
    for path in check.mutants(assignment):
        text = check.answers_of(assignment, path.read_text("utf-8"))
        build.write(place / f"mutant-{path.stem}" / "answers.py", text)
    results = classes.grade_class(
        assignment,
        submissions.collect(place, assignment.name),
        place / "out",
        workers=2,
        progress=False,
    )
    return {result.student: result for result in results}


def marks(result, assignment) -> dict:
    return {question: result.marks(question) for question in assignment.questions}


def test_the_reference_in_the_students_version_gets_everything(assignment, graded):
    for name in ("reference", "reference-notebook"):
        failed = [each for each in graded[name].outcomes if not each.passed]
        assert not failed
        assert graded[name].marks() == assignment.points() > 0


def test_the_untouched_version_gets_nothing(assignment, graded):
    for name in (f"untouched-{assignment.name}.ipynb", "untouched-answers.py"):
        assert graded[name].marks() == 0
        assert {tuple(each.shown) for each in graded[name].outcomes} == {("not answered",)}
        assert set(graded[name].written.values()) == {""}


def test_every_mutant_gets_exactly_its_marks(assignment, graded):
    paths = check.mutants(assignment)
    assert len(paths) >= 6
    given = {p.stem: marks(graded[f"mutant-{p.stem}"], assignment) for p in paths}
    assert given == {path.stem: check.marks_of(path) for path in paths}


def test_a_mutant_passes_all_public_tests_and_fails_a_hidden_one(assignment, graded):
    assert any(
        all(each.passed for each in result.outcomes if each.public)
        and result.marks() < assignment.points()
        for name, result in graded.items()
        if name.startswith("mutant-")
    )


def test_every_test_notices_a_mutant(assignment, graded):
    noticed = {
        position
        for name, result in graded.items()
        if name.startswith("mutant-")
        for position, each in enumerate(result.outcomes)
        if not each.passed
    }
    unnoticed = [
        each.__name__ for position, each in enumerate(assignment.tests) if position not in noticed
    ]
    assert not unnoticed


def test_a_question_has_public_and_hidden_points(assignment):
    for question in assignment.questions:
        public = sum(test.points for test in assignment.public if test.question == question)
        assert 0 < public < assignment.points(question) / 2 + 1e-9, question
    functions = [test.__name__ for test in assignment.tests]
    assert len(functions) == len(set(functions))


def test_what_belongs_to_an_assignment_is_there(assignment):
    assert assignment.goals and assignment.time and assignment.written
    for about in assignment.written.values():
        assert sum(float(line.partition(":")[0]) for line in about["rubric"]) == about["points"]
    agents = (sources.FOLDER / assignment.name / "AGENTS.md").read_text("utf-8")
    assert "tutor" in agents


def test_functions_have_types_and_docstrings(assignment):
    tree = ast.parse("".join(c.text for c in assignment.cells if c.tag in ("answer", "written")))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            assert node.returns is not None, node.name
            assert all(argument.annotation for argument in node.args.args), node.name
            assert ast.get_docstring(node) or node.name.startswith("written_"), node.name


def test_variants_belong_to_the_student_and_the_secret(assignment):
    one = assignment.variant("ann", b"s")
    assert json.loads(json.dumps(one)) == one  # plain data
    assert one == assignment.variant("ann", b"s")
    assert one != assignment.variant("bob", b"s") and one != assignment.variant("ann", b"t")
    assert assignment.variant("ann") == assignment.variant("bob")  # without a secret: the same


def test_three_oral_questions_from_the_students_numbers(assignment):
    first, second = (assignment.oral(assignment.variant(who, b"s")) for who in ("ann", "bob"))
    assert len(first) == len(second) == 3
    assert first != second


def test_the_reference_holds_for_other_variants(assignment):
    """What is graded with a student's own numbers is right for more than one student."""
    for who in ("ann", "bob", "cleo"):
        marks, failed, _ = check.run(assignment, variant=assignment.variant(who, b"s"))
        assert not failed and sum(marks.values()) == assignment.points()


# --- secrecy --------------------------------------------------------------------------------------


def canary(assignment) -> str:
    return f"canary-{assignment.name}"


def test_every_secret_cell_has_a_canary(assignment):
    for cell in assignment.cells:
        if cell.tag in ("hidden", "key"):
            assert canary(assignment) in cell.text, cell.text[:200]
        if cell.tag == "answer":
            blocks = [match[0] for match in sources.SOLUTION.finditer(cell.text)]
            assert blocks and all(canary(assignment) in block for block in blocks)
        elif cell.tag not in ("hidden", "key"):
            assert canary(assignment) not in cell.text


def secrets_of(assignment) -> list[str]:
    """Lines of solutions and hidden cells that stand nowhere else in the source."""
    shown = [
        sources.without_solution(cell.text, 0)
        for cell in assignment.cells
        if cell.tag in ("", "setup", "answer", "written", "public")
    ]
    others = "\n".join([*shown, (sources.FOLDER / "checking.py").read_text("utf-8")])
    lines: set[str] = set()
    for cell in assignment.cells:
        if cell.tag == "answer":
            lines |= {
                line
                for match in sources.SOLUTION.finditer(cell.text)
                for line in match[2].split("\n")
            }
        elif cell.tag in ("hidden", "key", "teacher"):
            lines |= set(cell.text.split("\n"))
    return [line.strip() for line in lines if len(line.strip()) > 12 and line.strip() not in others]


def test_nothing_secret_is_in_the_students_folder(assignment, built):
    secrets = [canary(assignment), "BEGIN SOLUTION", *secrets_of(assignment)]
    assert len(secrets) > 10
    for path in built.rglob("*"):
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join(cell["source"] for cell in json.loads(text)["cells"])
        assert [secret for secret in secrets if secret in text] == [], path


def test_nothing_secret_is_in_the_package():
    """The wheel has the package and the grader, and no assignment."""
    for path in (ROOT / "src").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(f"canary-{name}".encode() in data for name in NAMES), path
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    include = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    for folder in (ROOT / "assignments").iterdir():
        packed = any(fnmatch(f"assignments.{folder.name}", pattern) for pattern in include)
        assert packed == (folder.name == "grader"), folder
    assert [path.name for path in (ROOT / "assignments").glob("*.py")] == ["checking.py"]


# --- at home --------------------------------------------------------------------------------------


def test_public_tests_at_home_say_the_same(assignment, built, graded, tmp_path):
    """python public_tests.py with the reference, a failing mutant and the untouched version."""
    mutant = next(
        name
        for name, result in graded.items()
        if name.startswith("mutant-") and not all(o.passed for o in result.outcomes if o.public)
    )
    path = sources.FOLDER / assignment.name / "mutants" / f"{mutant.removeprefix('mutant-')}.py"
    forms = {
        "reference": check.answers_of(assignment),
        mutant: check.answers_of(assignment, path.read_text("utf-8")),
        "untouched-answers.py": (built / "answers.py").read_text("utf-8"),
    }
    for name in ("public_tests.py", "checking.py"):
        build.write(tmp_path / name, (built / name).read_text("utf-8"))
    for form, text in forms.items():
        build.write(tmp_path / "answers.py", text)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "public_tests.py"],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            env={"PYTHONIOENCODING": "utf-8", "PATH": ""},
        )
        assert done.returncode == 0, done.stderr
        public = [each.passed for each in graded[form].outcomes if each.public]
        assert [
            line[0] == "✓" for line in done.stdout.split("\n") if line[:1] in "✓✗·" and line
        ] == public
        assert ("Hidden ones remain" in done.stdout) == all(public)


def test_the_students_notebook_runs(assignment, built):
    """Untouched, cell by cell: nothing in it stops, and every check says “not answered yet”."""
    code = "\n".join(
        cell["source"]
        for cell in json.loads((built / f"{assignment.name}.ipynb").read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=built,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": "", "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("not answered yet") == len(assignment.public)
