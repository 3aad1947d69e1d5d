"""Whose it is, what is in it, and which code is taken: packings, names, cells."""

import json
import tracemalloc
import zipfile

import hostile
import pytest

from assignments.grader import classes, submissions
from assignments.grader.roster import Roster
from assignments.grader.sandbox import Sandbox, StudentError

CODE = b"def loss(o, y):\n    return 1.0\n"


def collected(place) -> dict:
    return {each.student: each for each in submissions.collect(place, "two-layer")}


def write(place, files: dict) -> None:
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def make_zip(path, files: dict) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


PACKINGS = {
    "canvas": (
        {"s01_4711_88_two-layer.ipynb": CODE, "s02_LATE_4712_89_answers-1.py": CODE},
        {"s01": "4711", "s02": "4712"},
    ),
    "moodle": (
        {
            "Student One_1_assignsubmission_file_/answers.py": CODE,
            "Student Two_2_assignsubmission_file_/deep/er/a.ipynb": CODE,
        },
        {"Student One": "", "Student Two": ""},
    ),
    "github": (
        {"two-layer-s01/answers.py": CODE, "two-layer-s02/x/a.py": CODE},
        {"s01": "", "s02": ""},
    ),
    "plain": (
        {"s01.ipynb": CODE, "s02.py": CODE, "__MACOSX/._s01": b"", ".DS_Store": b""},
        {"s01": "", "s02": ""},
    ),
    "zips": (
        {
            "s01.zip": hostile.zipped({"answers.py": CODE}),
            "s02_1_2_work.zip": hostile.zipped({"a/answers.py": CODE}),
        },
        {"s01": "", "s02": "1"},
    ),
}


@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("packed", ["folder", "zip", "zip of a folder", "zip in a folder"])
def test_names(name, packed, tmp_path):
    files, expected = PACKINGS[name]
    place = tmp_path / "in"
    if packed == "folder":
        write(place, files)
    elif packed == "zip":
        place = tmp_path / "in.zip"
        make_zip(place, files)
    elif packed == "zip of a folder":
        place = tmp_path / "in.zip"
        make_zip(place, {f"class/{inside}": data for inside, data in files.items()})
    else:
        place.mkdir()
        make_zip(place / "all.zip", files)
    found = collected(place)
    assert {who: each.canvas_id for who, each in found.items()} == expected
    for each in found.values():
        assert not each.problems
        assert [submissions.read(entry) for entry in each.entries] == [CODE]


def test_one_student_alone_stays_one(tmp_path):
    write(tmp_path, {"two-layer-s01/src/answers.py": CODE, "two-layer-s01/data/x.txt": b"x"})
    assert list(collected(tmp_path)) == ["s01"]


def test_neither_folder_nor_zip(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    for place in (tmp_path / "a.txt", tmp_path / "none"):
        with pytest.raises(ValueError, match="expected a folder or a zip"):
            submissions.collect(place, "two-layer")


def test_links_in_a_folder_are_not_followed(tmp_path):
    write(tmp_path, {"class/s01/answers.py": CODE, "secret/answers.py": CODE})
    (tmp_path / "class" / "s02").symlink_to(tmp_path / "secret")
    (tmp_path / "class" / "s01" / "a.py").symlink_to(tmp_path / "secret" / "answers.py")
    found = collected(tmp_path / "class")
    assert [entry.path.name for entry in found["s01"].entries] == ["answers.py"]
    assert "link" in found["s01"].problems[0] and "link" in found["s02"].problems[0]
    assert not found["s02"].entries


def test_a_folder_without_end_is_one_students_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_ENTRIES", 5)
    write(tmp_path, {f"s01/{n}.txt": b"" for n in range(9)} | {"s02/answers.py": CODE})
    found = collected(tmp_path)
    assert "more than 5 files" in found["s01"].problems[0]
    assert not found["s02"].problems


def test_a_zip_says_it_is_small(tmp_path):
    """What the zip claims of a size is not believed: reading stops at the limit."""
    data = hostile.zipped({"answers.py": b"#" * 30_000_000})
    real, forged = (30_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(real) == 2  # beside the file, and in the zip's directory
    write(tmp_path, {"s01.zip": data.replace(real, forged)})
    submission = collected(tmp_path)["s01"]
    cells, _ = submissions.cells_of(submission, "two-layer")
    assert not cells and submission.problems


def test_a_zip_bomb_is_read_up_to_the_limit(tmp_path):
    write(tmp_path, {"s01.zip": hostile.zipped({"answers.py": b"#" * 100_000_000})})
    submission = collected(tmp_path)["s01"]
    tracemalloc.start()
    with pytest.raises(submissions.Unreadable, match="larger than 20 MB"):
        submissions.read(submission.entries[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80_000_000


def test_encodings_and_both_forms(tmp_path):
    notebook = {
        "cells": [{"cell_type": "code", "source": ["a = 1\r\n", "b = 2"]}, {"source": "c = 3"}, 5]
    }
    write(
        tmp_path,
        {
            "s01/answers.py": "\ufeffé = 1\r\n".encode(),
            "s01/two-layer.ipynb": json.dumps(notebook).encode(),
            "s01/public_tests.py": CODE,
            "s02/answers.py": "é = 1".encode("utf-16"),
        },
    )
    found = collected(tmp_path)
    cells, files = submissions.cells_of(found["s01"], "two-layer")
    assert files == ["answers.py", "two-layer.ipynb"]
    assert cells == [
        ("answers.py", "é = 1\n"),
        ("two-layer.ipynb, cell 1", "a = 1\nb = 2"),
        ("two-layer.ipynb, cell 2", "c = 3"),
    ]
    assert submissions.cells_of(found["s02"], "two-layer")[0] == [("answers.py", "é = 1")]


# --- the class list -------------------------------------------------------------------------------


def test_roster(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"One, Student",4711,u1,s01,A\n"Twö, Student",4712,u2,s02,A\n\n',
        encoding="utf-8-sig",
    )
    roster = Roster(path)
    assert roster.ids() == ["s01", "s02"]
    for name, number in (("u1", ""), ("onestudent", ""), ("nobody", "4711"), ("S-01", "")):
        row = roster.find(submissions.Submission(name, number))
        assert row and row["SIS Login ID"] == "s01", name
    assert roster.find(submissions.Submission("twostudent"))["ID"] == "4712"
    assert roster.find(submissions.Submission("A")) is None  # a section is nobody
    assert roster.find(submissions.Submission("")) is None


def test_a_roster_without_ids(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("name,mark\nx,1\n")
    with pytest.raises(ValueError, match="expected a column sis login id or"):
        Roster(path)


# --- which code is taken --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def box():
    with Sandbox() as sandbox:
        yield sandbox


def test_functions_are_found_in_any_cell(box):
    cells = [
        ("cell 1", "%matplotlib inline\nimport math\n!pip install x\n"),
        ("cell 2", "K = 3\nprint('not run')\ncheck(globals(), 1)\nfor i in range(3):\n    K = 9\n"),
        ("cell 3", "def f(x):\n    y = x * K\n"),
        ("cell 4", "    return math.floor(y)\n"),
        ("cell 5", "def g(x)\n    return 1\n\ndef h(x):\n    return f(x) + 1\n"),
        ("cell 6", "import nowhere\nbad = 1 / 0\n"),
    ]
    broken, failed = box.load(cells)
    assert box.call("f", (1.5,)) == 4 and box.call("h", (1.5,)) == 5
    assert broken[0].startswith("cell 5, line 1: SyntaxError")
    assert broken[1] == "not run, as it is no definition: cell 2, line 4"
    assert [note.partition(":")[0] for note in failed] == ["cell 6, line 1", "cell 6, line 2"]


def test_the_last_function_that_is_no_stub_counts(box):
    stub = 'def f(x):\n    """Text."""\n    raise NotImplementedError("question 1")\n'
    box.load(
        [
            ("cell 1", "def f(x):\n    return 1"),
            ("cell 2", "def f(x):\n    return 2"),
            ("cell 3", stub),
        ]
    )
    assert box.call("f", (0,)) == 2
    box.load([("cell 1", stub)])
    with pytest.raises(StudentError) as raised:
        box.call("f", (0,))
    assert raised.value.kind == "NotImplementedError"
    box.load([("cell 1", "x = 1")])  # a second load forgets the first
    with pytest.raises(StudentError) as raised:
        box.call("f", (0,))
    assert raised.value.kind == "missing"


def test_fingerprints_tell_files_apart(tmp_path):
    write(tmp_path, {"s01/answers.py": CODE, "s02/answers.py": CODE})
    one = collected(tmp_path)
    first = {who: classes.fingerprint(each, []) for who, each in one.items()}
    assert first == {
        who: classes.fingerprint(each, []) for who, each in collected(tmp_path).items()
    }
    write(tmp_path, {"s01/answers.py": CODE + b"\n"})
    second = {who: classes.fingerprint(each, []) for who, each in collected(tmp_path).items()}
    assert first["s01"] != second["s01"] and first["s02"] == second["s02"]
