"""What comes out: marks, tables, pages; refusal without the sandbox; going on after a stop."""

import csv
import json
import threading

import hostile
import numpy as np
import pytest

from assignments import checking
from assignments.grader import __main__ as command
from assignments.grader import (
    build,
    check,
    classes,
    demo,
    grading,
    machine,
    report,
    sandbox,
    sources,
    text,
    wire,
)
from assignments.grader.roster import Roster
from assignments.grader.submissions import collect

ASSIGNMENT = hostile.ASSIGNMENT
SECRET = b"for the tests"

# Carries out what a hidden test passes to it, by each way there is: an error's text and name, an
# answer's text and keys, a message of the worker.
SPY = """
def loss(o, y):
    raise type("SPY" + str(o.size), (Exception,), {})(f"SPY {o.tolist()}")


def loss_gradient(o, y):
    return f"SPY {o.tolist()}"


def backward(x, W1, b1, W2, b2, do):
    return {f"SPY {do.tolist()}": 1}


def step(x, y, W1, b1, W2, b2, eta):
    import js
    js.self.postMessage('{"stopped": "SPY"}')
    return eta


def written_7():
    return "=cmd|' /C calc'!A0 \\x1b[31m words"
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class list of four: good with numbers of its own, with another's numbers, a spy, absent."""
    place = tmp_path_factory.mktemp("class")
    own = check.answers_of(ASSIGNMENT, variant=ASSIGNMENT.variant("s01", SECRET))
    build.write(place / "in" / "s01_11_1_answers.py", own)
    build.write(place / "in" / "s02_12_2_answers.py", own)
    build.write(place / "in" / "s03_13_3_answers.py", check.answers_of(ASSIGNMENT, SPY))
    build.write(place / "in" / "-s09_19_9_answers.py", "x = 1")
    roster = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    roster += "".join(f'"=Last{n}, First",1{n},u{n},s0{n},A\n' for n in (1, 2, 3, 4))
    build.write(place / "class.csv", roster)
    build.write(place / "secret", SECRET.decode() + "\n")
    arguments = ["grade", place / "in", "--assignment", "two-layer", "--out", place / "out"]
    arguments += ["--students", place / "class.csv", "--secret", place / "secret", "--quiet"]
    assert command.main([str(each) for each in arguments]) == 0
    return place


def rows(path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def pages(place) -> dict[str, str]:
    return {p.stem: p.read_text("utf-8") for p in (place / "out" / "feedback").iterdir()}


def test_the_teachers_numbers_count_and_not_the_submissions(graded):
    marks = {row["student"]: row for row in rows(graded / "out" / "marks.csv")}
    assert marks["s01"]["code (27)"] == "27" and marks["s01"]["reason"] == ""
    # Another student's numbers pass the public test of question 1, which looks at their form.
    assert marks["s02"]["Q1 (4)"] == "1" and marks["s02"]["code (27)"] == "24"


def test_every_student_of_the_list_has_a_row(graded):
    reasons = {row["student"]: row["reason"] for row in rows(graded / "out" / "marks.csv")}
    assert reasons["s04"] == "handed in nothing"
    assert "not in the class list" in reasons["'-s09"]
    assert len(reasons) == 5


def test_canvas(graded):
    table = rows(graded / "out" / "canvas.csv")
    assert table[0]["Student"].strip() == "Points Possible"
    assert table[0]["The two-layer network (code)"] == "27"
    by_id = {row["ID"]: row for row in table[1:]}
    assert by_id["11"]["The two-layer network (code)"] == "27"
    assert by_id["11"]["SIS Login ID"] == "s01" and by_id["14"]["SIS Login ID"] == "s04"
    assert by_id["11"]["Student"] == "'=Last1, First"  # no formula


def test_what_a_hidden_test_passes_does_not_come_out(graded):
    page = pages(graded)["s03"]
    hidden = page.replace("(a public test", "\n(a public test")
    assert "SPY" in page  # by a public test it may
    for block in hidden.split("- Check this: ")[1:]:
        if "a hidden test" in block:
            assert "SPY" not in block, block
    assert "question 6 crashed its sandbox" in page or "stopped" not in page


def test_pages_name_the_idea_and_what_remains(graded):
    page = pages(graded)["s02"]
    assert "All public tests pass, and these hidden ones do not." in page
    assert "Check this: the forward pass with your numbers (a hidden test, 1 points)" in page
    right = ASSIGNMENT.namespace["by_hand"](ASSIGNMENT.variant("s02", SECRET))
    for name, number in right.items():
        assert f"{number:.4f}" not in page, name
    good = pages(graded)["s01"]
    assert "**Code: 27 of 27 points.**" in good and "Check this" not in good


def test_the_sheet_for_marking_by_hand(graded):
    sheet = (graded / "out" / "by-hand.md").read_text("utf-8")
    assert "    =cmd|' /C calc'!A0 ?[31m words" in sheet  # in a block, and without the escape
    for line in ASSIGNMENT.written[7]["rubric"]:
        assert line in sheet
    for ask, answer in ASSIGNMENT.oral(ASSIGNMENT.variant("s01", SECRET)):
        assert ask in sheet and answer in sheet
    marks = {row["student"]: row for row in rows(graded / "out" / "marks.csv")}
    assert marks["s03"]["Q7 by hand (4)"] == "" and marks["s01"]["Q7 by hand (4)"] == "0"


# --- stopping and going on ------------------------------------------------------------------------


def write_class(place, count: int):
    for n in range(count):
        build.write(place / f"s{n}" / "answers.py", check.answers_of(ASSIGNMENT, f"n = {n}"))
    return collect(place, ASSIGNMENT.name)


def test_goes_on_after_a_crash(tmp_path, monkeypatch):
    handed_in = write_class(tmp_path / "in", 4)
    real, calls = grading.grade, []

    def counted(submission, *others):
        calls.append(submission.student)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(submission, *others)

    monkeypatch.setattr(classes, "grade", counted)
    with pytest.raises(KeyboardInterrupt):
        classes.grade_class(ASSIGNMENT, handed_in, tmp_path, workers=1, progress=False)
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write('{"student": "s3", "resu')  # the line at which it died
    results = classes.grade_class(ASSIGNMENT, handed_in, tmp_path, workers=1, progress=False)
    assert calls == ["s0", "s1", "s2", "s2", "s3"]
    assert [result.marks() for result in results] == [27] * 4
    build.write(tmp_path / "in" / "s1" / "answers.py", "x = 1")  # handed in again
    again = collect(tmp_path / "in", ASSIGNMENT.name)
    results = classes.grade_class(ASSIGNMENT, again, tmp_path, workers=1, progress=False)
    assert calls[5:] == ["s1"]
    assert [result.marks() for result in results] == [27, 0, 27, 27]
    # Another secret means other numbers: everything is graded again.
    classes.grade_class(ASSIGNMENT, again, tmp_path, secret=b"x", workers=1, progress=False)
    assert len(calls) == 10


def test_a_corrected_class_list_counts(tmp_path, monkeypatch):
    calls = []

    def noted(submission, assignment, variant):
        calls.append(submission.student)
        return grading.Result(submission.student)

    monkeypatch.setattr(classes, "grade", noted)
    handed_in = write_class(tmp_path / "in", 2)

    def grade_with(*ids):
        build.write(tmp_path / "class.csv", "id\n" + "".join(f"{each}\n" for each in ids))
        roster = Roster(tmp_path / "class.csv")
        results = classes.grade_class(
            ASSIGNMENT, handed_in, tmp_path, roster, SECRET, workers=1, progress=False
        )
        return {result.student: result.reasons for result in results}

    wrong = grade_with("s0", "s11")
    assert "not in the class list" in str(wrong["s1"]) and "s11" in wrong
    right = grade_with("s0", "s1")
    assert set(right) == {"s0", "s1"} and "class list" not in str(right["s1"])
    assert calls == ["s0", "s1", "s1"]  # only the one whose row changed is graded again


def test_no_more_in_work_than_workers(tmp_path, monkeypatch):
    now, most, lock = [0], [0], threading.Lock()

    def slow(submission, assignment, variant):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1
        return grading.Result(submission.student)

    monkeypatch.setattr(classes, "grade", slow)
    handed_in = write_class(tmp_path / "in", 12)
    results = classes.grade_class(ASSIGNMENT, handed_in, tmp_path, workers=3, progress=False)
    assert len(results) == 12 and most[0] == 3


# --- the sandbox ----------------------------------------------------------------------------------


@pytest.fixture
def forgetful():
    """Forget what was found on this machine, before and after."""
    found = (machine.deno, machine.home, machine.bubblewrap)
    for each in found:
        each.cache_clear()
    yield
    for each in found:
        each.cache_clear()


def test_refuses_without_deno(tmp_path, monkeypatch, capsys, forgetful):
    monkeypatch.setattr(machine, "MODULES", tmp_path)
    build.write(tmp_path / "in" / "s01.py", "x = 1")
    arguments = ["grade", str(tmp_path / "in"), "--assignment", "two-layer"]
    assert command.main([*arguments, "--out", str(tmp_path / "out")]) == 1
    assert "nothing is graded without it: type `npm ci`" in capsys.readouterr().err
    assert not (tmp_path / "out" / "marks.csv").exists()


def test_refuses_another_wheel(tmp_path, monkeypatch, forgetful):
    build.write(tmp_path / machine.WHEEL, "not NumPy")
    for name in machine.PYODIDE:
        (tmp_path / name).symlink_to(machine.LIVE / name)
    monkeypatch.setattr(machine, "LIVE", tmp_path)
    with pytest.raises(machine.CannotGrade, match="expected the hash"):
        machine.home()


def test_a_sandbox_that_does_not_start_is_no_students_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "command", lambda: ["false"])
    handed_in = write_class(tmp_path / "in", 2)
    with pytest.raises(machine.CannotGrade, match="a sandbox does not start"):
        classes.grade_class(ASSIGNMENT, handed_in, tmp_path, workers=1, progress=False)
    assert not any((tmp_path / "journal.jsonl").read_text().split())


def test_memory_is_watched():
    with sandbox.Sandbox(max_memory=700 << 20) as box:
        hog = "const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))"
        hog = f"import js\ndef f():\n    js.eval('{hog}')"
        box.load([("cell 1", hog)])
        with pytest.raises(sandbox.Stopped, match="used more than 700 MB"):
            box.call("f", (), 60.0)


def test_values_cross_both_ways():
    values = [
        None, True, 3, -2.5, "é\n", [1, [2.0]], (1, "a"), {"k": [1], 2: (3,)},
        np.arange(6.0).reshape(2, 3).T, np.array(5), np.zeros((0, 3)), np.array([True, False]),
        np.arange(3, dtype=np.int8), np.float32(1.5), float("inf"), np.array([np.nan, np.inf]),
    ]  # fmt: skip
    with sandbox.Sandbox() as box:
        box.load([("cell 1", "def same(x):\n    return x")])
        for value in values:
            result = box.call("same", (value,))
            if isinstance(value, np.ndarray | np.generic):
                assert type(result) is np.ndarray and result.shape == np.shape(value)
                np.testing.assert_array_equal(result, value)
            else:
                assert type(result) is type(value) and result == value
        # Whole numbers are as long as a student's machine has them, and as the sandbox's NumPy has.
        box.load([("cell 1", "import numpy as np\ndef f(x):\n    return np.bincount(x)")])
        assert box.call("f", (np.array([0, 2, 2]),)).tolist() == [1, 0, 2]


FORGED = [
    [],
    {},
    {"nd": ["<f8", [2], "AAAA"]},
    {"nd": ["|O", [1], "AAAAAAAAAAA="]},
    {"nd": ["<f8", [-1], "AAAAAAAAAAA="]},
    {"nd": ["<f8", [True], "AAAAAAAAAAA="]},
    {"nd": ["<f8", [1] * 99, "AAAAAAAAAAA="]},
    {"nd": ["<f8", ["1"], "AAAAAAAAAAA="]},
    {"nd": ["<f8", [1], "no base64"]},
    {"nd": [["<f8"], [1], "AAAAAAAAAAA="]},
    {"dict": [[{"list": []}, 1]]},
    {"dict": [[1]]},
    {"list": {"a": 1}},
    {"set": []},
    {"list": [], "tuple": []},
    {"__reduce__": ["os.system", "true"]},
]


@pytest.mark.parametrize("forged", FORGED, ids=[str(each)[:40] for each in FORGED])
def test_forged_data_is_refused(forged):
    with pytest.raises(wire.BadAnswer):
        wire.decode(forged)


def test_forged_lines_are_refused():
    deep: object = 1
    for _ in range(30):
        deep = {"list": [deep]}
    with pytest.raises(wire.BadAnswer):
        wire.decode(deep)
    for line in (b"[1]", b"{", b"[" * 100_000, b'{"value": ' + b"9" * 5000 + b"}", b"\xff"):
        with pytest.raises(wire.BadAnswer):
            wire.parse(line)


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\t="])
def test_no_cell_is_a_formula(start):
    assert text.cell(f"{start}1+1").startswith("'")
    assert text.cell(-1.5) == "-1.5" and text.cell("a=1") == "a=1"


def test_clean():
    assert text.clean("a\x1b[31mb\u202ec\nd\ud800") == "a?[31mb?c d?"
    assert text.clean("a\nb", lines=True) == "a\nb"
    assert text.clean("x" * 400) == "x" * 300 + " …"


def test_two_students_never_share_a_file():
    names = ["a/b", "a_b", "a b", "ä", "ö", "x" * 99, "x" * 98, "..", ""]
    assert len({report.file_name(name) for name in names}) == len(names)
    assert all("/" not in report.file_name(name) and report.file_name(name) for name in names)


# --- comparisons ----------------------------------------------------------------------------------

RIGHT = np.array([[1.0, 2.0], [3.0, 4.0]])
NOT_NEAR = [
    (2 * RIGHT, "yours is 2 times the right value"),
    (-RIGHT, "yours is -1 times the right value"),
    (RIGHT.T, "yours is the transpose of the right value"),
    (0 * RIGHT, "yours is 0 everywhere"),
    (RIGHT + [[0, 0], [0, 1e-5]], "yours is near the right value, and not near enough"),
    (RIGHT + [[0, 0], [0, 1]], "1 of 4 numbers differ"),
    (RIGHT[0], "expected shape (2, 2), given shape (2,)"),
    (RIGHT * np.nan, "expected finite numbers, given NaN or infinity"),
    (RIGHT > 2, "not a number"),
    (True, "not a number"),
    ("1", "not a number"),
    (None, "not a number"),
    ([[1.0, 2.0], [3.0, 4.0]], "not a number"),
]


@pytest.mark.parametrize(("given", "pattern"), NOT_NEAR)
def test_near_says_how_it_differs(given, pattern):
    checking.near(RIGHT + 1e-12, RIGHT)
    with pytest.raises(checking.Wrong) as raised:
        checking.near(given, RIGHT, 1e-9)
    assert raised.value.pattern == pattern


def test_a_single_number_is_not_given_away():
    with pytest.raises(checking.Wrong) as raised:
        checking.near(0.3, 0.7)
    assert raised.value.pattern == "1 of 1 numbers differ"
    with pytest.raises(checking.Wrong) as raised:
        checking.near(1.4, 0.7)
    assert raised.value.pattern == "yours is 2 times the right value"


def test_near_of_containers():
    checking.near({"a": [1.0, (2.0,)]}, {"a": (1.0, [2.0])})
    for given in ({"b": [1.0]}, {"a": [1.0, 2.0]}, [1.0], {"a": 1.0}):
        with pytest.raises(checking.Wrong):
            checking.near(given, {"a": [1.0]})


def test_vjp_is_exact_to_the_order_of_h():
    rng = np.random.default_rng(0)
    x, cotangent = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    right = cotangent * np.cos(x)
    np.testing.assert_allclose(checking.vjp(np.sin, x, cotangent), right, atol=1e-9)


# --- the demonstration ----------------------------------------------------------------------------


def test_the_demonstrations_class(tmp_path):
    """The class of `make demo-class`, as far as it is read; test_hostile grades the same kinds."""
    demo.write_class(ASSIGNMENT, tmp_path / "class.zip", SECRET)
    handed_in = collect(tmp_path / "class.zip", ASSIGNMENT.name)
    assert len(handed_in) == 12
    assert not any(each.problems for each in handed_in)


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no assignment 'x'; expected one of bug-hunt"):
        sources.load("x")
    with pytest.raises(ValueError, match="unknown tag 'secret'"):
        sources.split('# %% tags=["secret"]\nx = 1\n')


def test_the_class_gets_its_own_files(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "OUT", tmp_path)
    build.write(tmp_path / "class.csv", "student\ns01\ns02\n")
    build.write(tmp_path / "secret", "x")
    arguments = ["build", "two-layer", "--students", tmp_path / "class.csv"]
    arguments += ["--secret", tmp_path / "secret"]
    assert command.main([str(each) for each in arguments]) == 0
    assert Roster(tmp_path / "class.csv").ids() == ["s01", "s02"]
    for who in ("s01", "s02"):
        folder = tmp_path / "assignments" / "each" / who / "two-layer"
        numbers = ASSIGNMENT.variant(who, b"x")
        notebook = json.loads((folder / "two-layer.ipynb").read_text("utf-8"))
        assert any(
            f"x = {numbers['x']}, y = {numbers['y']}" in c["source"] for c in notebook["cells"]
        )
        assert f"'w11': {numbers['w11']}" in (folder / "answers.py").read_text("utf-8")
