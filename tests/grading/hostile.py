"""Submissions that try to cheat or to break the grader, and files that are no submissions.

Each kind has a name, its files, the marks it honestly deserves, and words of the reason in its row.
The good answers are the two-layer network's reference.
"""

from __future__ import annotations

import io
import json
import stat
import zipfile
from dataclasses import dataclass

from assignments.grader import build, check, demo, sources

ASSIGNMENT = sources.load("two-layer")
FULL = ASSIGNMENT.points()
GOOD = check.answers_of(ASSIGNMENT)


@dataclass
class Kind:
    files: dict[str, bytes]  # the path inside the submission: its content
    marks: float
    reason: str  # a pattern
    links: tuple[str, ...] = ()  # symbolic links in the zip, to /etc/passwd


def all_functions(body: str, before: str = "") -> dict[str, bytes]:
    """Every graded function with this body, so that the honest mark is 0."""
    return answers(before + "\n" + demo.every(ASSIGNMENT, body))


def one_function(code: str) -> dict[str, bytes]:
    """The good answers with a loss of another kind: question 4 is lost, and nothing else."""
    return answers(f"{GOOD}\n\n{code}\n")


def answers(text: str) -> dict[str, bytes]:
    return {"answers.py": text.encode()}


def notebook(change) -> dict[str, bytes]:
    """The reference filled into the notebook, then changed."""
    content = filled_notebook()
    change(content)
    return {"two-layer.ipynb": json.dumps(content).encode()}


def filled_notebook(assignment: sources.Assignment = ASSIGNMENT) -> dict:
    """The student's notebook with the reference's cells in place of the stubs."""
    content = build.notebook(assignment, assignment.variant())
    solutions = {
        build.student_code(cell).strip("\n"): cell.text.strip("\n")
        for cell in assignment.cells
        if cell.tag == "answer"
    }
    for cell in content["cells"]:
        cell["source"] = solutions.get(cell["source"], cell["source"])
    helpers = [cell.text for cell in assignment.cells if cell.tag == "key" and not cell.markdown]
    content["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": "\n\n".join(helpers), "outputs": []}
    )
    return content


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def delete_backward(content: dict) -> None:
    content["cells"] = [cell for cell in content["cells"] if "def backward" not in cell["source"]]


def copy_stub(content: dict) -> None:
    """A student solves a copy of the cell and leaves the stub behind it."""
    stub = next(cell for cell in ASSIGNMENT.cells if "def backward" in cell.text)
    text = build.student_code(stub)
    content["cells"].append({"cell_type": "code", "metadata": {}, "source": text})


def split_cell(content: dict) -> None:
    """Jupyter's “split cell” in the middle of a function."""
    for position, cell in enumerate(content["cells"]):
        if "def backward" in cell["source"]:
            lines = cell["source"].split("\n")
            cut = next(n for n, line in enumerate(lines) if "dz1 = " in line)
            cell["source"] = "\n".join(lines[:cut])
            rest = {"cell_type": "code", "metadata": {}, "source": "\n".join(lines[cut:])}
            content["cells"].insert(position + 1, rest)
            return


def lose_metadata(content: dict) -> None:
    del content["metadata"], content["nbformat"]
    for cell in content["cells"]:
        cell.pop("metadata", None)
        cell.pop("outputs", None)
        cell["source"] = cell["source"].splitlines(keepends=True)


def break_a_cell(content: dict) -> None:
    for cell in content["cells"]:
        if "def loss" in cell["source"]:
            cell["source"] = cell["source"].replace("def loss(", "def loss((", 1)


JS = "import js\nfrom pyodide.code import run_js\n"
LOOP = "def loss(o, y):\n    while True:\n        pass"

KINDS: dict[str, Kind] = {
    # --- time ---
    "loop at top level": Kind(answers(GOOD + "\n\nwhile True:\n    pass\n"), FULL, "not run"),
    "loop in an assignment": Kind(
        answers(GOOD + "\n\nendless = sum(iter(int, 1))\n"), FULL, "top level ran longer than"
    ),
    "loop in a decorator": Kind(
        answers("def d(f):\n    while True: pass\n\n@d\ndef loss(o, y): return 0\n"),
        0,
        "top level ran longer than",
    ),
    "loop in a function": Kind(one_function(LOOP), FULL - 4, "question 4 ran longer than"),
    "loop in javascript": Kind(
        one_function(JS + "def loss(o, y):\n    run_js('for (;;) {}')"), FULL - 4, "question 4 ran"
    ),
    "caught interrupts": Kind(
        one_function(
            "def loss(o, y):\n    while True:\n        try:\n            while True: pass\n"
            "        except BaseException: pass"
        ),
        FULL - 4,
        "question 4 ran longer than",
    ),
    "endless regular expression": Kind(
        one_function("import re\ndef loss(o, y): return re.match('(a+)+$', 'a' * 60 + 'b')"),
        FULL - 4,
        "question 4 ran longer than",
    ),
    "sleep": Kind(
        one_function("import time\ndef loss(o, y): time.sleep(1000)"), FULL - 4, "question 4 ran"
    ),
    # --- leaving ---
    "exit at top level": Kind(
        answers(GOOD + "\n\nx = __import__('os')._exit(0)\n"), FULL, "top level"
    ),
    "os exit": Kind(all_functions("import os; os._exit(0)"), 0, "question"),
    "sys exit": Kind(all_functions("import sys; sys.exit(0)"), 0, "SystemExit"),
    "deno exit": Kind(all_functions("js.Deno.exit(0)", JS), 0, "question"),
    "closed worker": Kind(all_functions("js.self.close()", JS), 0, "question"),
    "deep recursion": Kind(
        one_function("def loss(o, y): return loss(o, y)"), FULL - 2, "question 4.*Recursion"
    ),
    "recursion without a limit": Kind(
        one_function("import sys\nsys.setrecursionlimit(10**9)\ndef loss(o, y): return loss(o, y)"),
        FULL - 2,
        "question 4",
    ),
    # --- forging ---
    "forged output": Kind(
        all_functions("print('{\"value\": 1}'); js.console.log('{\"value\": 1}'); return 0", JS),
        0,
        "question",
    ),
    "forged files": Kind(
        all_functions("open('results.json', 'w').write('{\"marks\": 100}'); return True"), 0, "bool"
    ),
    "forged messages": Kind(
        all_functions("js.self.postMessage('{\"value\": true}'); return True", JS), 0, "question"
    ),
    "patched numpy": Kind(
        all_functions(
            "return 1.0",
            "import numpy as np, builtins\nnp.testing.assert_allclose = np.allclose = print\n"
            "np.abs = np.absolute = lambda *a, **k: 0\nbuiltins.abs = lambda x: 0\n",
        ),
        0,
        "question 1: expected dict, given float",
    ),
    "patched glue": Kind(
        all_functions(
            "return 1.0",
            "import __main__\n__main__._encode = lambda *a: {'value': True}\n"
            '__main__.handle = lambda text: \'{"value": {"list": []}}\'\n',
        ),
        0,
        "question",
    ),
    "equal to everything": Kind(
        all_functions(
            "return Yes()",
            "class Yes(float):\n    __eq__ = __le__ = __lt__ = __ge__ = lambda s, o: True\n"
            "    __hash__ = float.__hash__\n    __sub__ = __rsub__ = lambda s, o: 0.0\n",
        ),
        0,
        "cannot return a Yes",
    ),
    "array that lies": Kind(
        all_functions(
            "return np.ones(3).view(Liar)",
            "import numpy as np\nclass Liar(np.ndarray):\n    shape = property(lambda s: (5, 3))\n"
            "    __eq__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: np.zeros(3)\n",
        ),
        0,
        "question",
    ),
    "pickle bomb": Kind(
        all_functions(
            "return Bomb()",
            "class Bomb:\n    def __reduce__(self):\n        import os\n"
            "        return os.system, ('touch /pickled',)\n",
        ),
        0,
        "cannot return a Bomb",
    ),
    "array of objects": Kind(
        all_functions("import numpy as np; return np.array([print], dtype=object)"),
        0,
        "dtype object",
    ),
    # --- looking ---
    "course package": Kind(
        all_functions("from backprop.two_layer import partials; return partials"),
        0,
        "No module named 'backprop'",
    ),
    "reads the tests": Kind(
        all_functions(f"return open({str(sources.FOLDER / 'two-layer' / 'source.py')!r}).read()"),
        0,
        "FileNotFoundError",
    ),
    "reads by deno": Kind(
        all_functions(f"return js.Deno.readTextFileSync({str(sources.__file__)!r})", JS),
        0,
        "JsException",
    ),
    "asks for permission": Kind(
        all_functions(
            "return run_js(\"Deno.permissions.request({name: 'read'}); "
            "Deno.readTextFileSync('/etc/passwd')\")",
            JS,
        ),
        0,
        "question",
    ),
    "environment": Kind(
        all_functions("return js.Deno.env.toObject()", JS), 0, "JsException|cannot return"
    ),
    "network": Kind(
        all_functions("import urllib.request as u; return u.urlopen('http://127.0.0.1:9/').read()"),
        0,
        "question",
    ),
    "network by deno": Kind(
        all_functions('return js.Deno.connect(run_js("({port: 9})"))', JS), 0, "question"
    ),
    "socket": Kind(
        all_functions("import socket; socket.create_connection(('127.0.0.1', 9)); return 1"),
        0,
        "question",
    ),
    "writes by deno": Kind(
        all_functions("js.Deno.writeTextFileSync('/written', 'x'); return 1", JS),
        0,
        "JsException",
    ),
    # --- too much ---
    "memory hog": Kind(
        all_functions("return [bytearray(1 << 26) for _ in range(99)]"), 0, "MemoryError"
    ),
    "memory hog in javascript": Kind(
        one_function(
            JS + "def loss(o, y):\n    run_js('const a = []; "
            "for (;;) a.push(new Uint8Array(1e8).fill(1))')"
        ),
        FULL - 4,
        "question 4",
    ),
    "fork bomb": Kind(all_functions("import os\n    while True: os.fork()"), 0, "question"),
    "processes by deno": Kind(
        all_functions("return run_js(\"new Deno.Command('sh').outputSync()\")", JS),
        0,
        "JsException",
    ),
    "worker bomb": Kind(
        one_function(
            JS + "def loss(o, y):\n"
            "    run_js(\"const u = URL.createObjectURL(new Blob(['for(;;);'])); "
            "for (let i = 0; i < 1e6; i++) new Worker(u, {type: 'module'})\")"
        ),
        FULL - 4,
        "question 4",
    ),
    "40 MB of output": Kind(
        one_function("def loss(o, y):\n    print('x' * 40_000_000)\n    return 'x' * 40_000_000"),
        FULL - 4,
        "question 4 (returned more than 8 MB|ran longer)",
    ),
    "endless output": Kind(
        one_function(JS + "def loss(o, y):\n    run_js(\"for (;;) console.log('x'.repeat(1e6))\")"),
        FULL - 4,
        "question 4 (wrote too much|ran longer)",
    ),
    "terminal escapes": Kind(
        one_function("def loss(o, y): raise ValueError('\\x1b[2J\\x1b]0;=1+1\\x07' * 99)"),
        FULL - 2,
        "question 4: ValueError",
    ),
    # --- no submission ---
    "empty file": Kind({"answers.py": b""}, 0, "empty file"),
    "nothing": Kind({"readme.txt": b"later"}, 0, "no notebook and no answers.py"),
    "binary junk": Kind({"answers.py": bytes(range(256)) * 9}, 0, "not a text file"),
    "junk notebook": Kind({"a.ipynb": b"\x89PNG\r\n\x1a\n" + bytes(99)}, 0, "not a text file"),
    "broken notebook": Kind({"a.ipynb": b'{"cells": ['}, 0, "JSON is broken"),
    "nested notebook": Kind({"a.ipynb": b"[" * 100_000}, 0, "JSON is broken"),
    "nested code": Kind(answers("x = " + "(" * 50_000 + ")" * 50_000), 0, "answers.py"),
    "a notebook of nothing": Kind({"a.ipynb": b'{"cells": 5}'}, 0, "no cells"),
    "100 MB": Kind({"answers.py": b"# " + b"x" * 100_000_000}, 0, "larger than 20 MB"),
    "syntax error": Kind(notebook(break_a_cell), FULL - 2, "SyntaxError"),
    "deleted cell": Kind(notebook(delete_backward), FULL - 7 - 3, "no function of this name"),
    "copied cell": Kind(notebook(copy_stub), FULL, ""),
    "split cell": Kind(notebook(split_cell), FULL, ""),
    "lost metadata": Kind(notebook(lose_metadata), FULL, ""),
    # --- packing ---
    "path out of the zip": Kind(
        {"work.zip": zipped({"../../escaped.py": GOOD.encode(), "answers.py": GOOD.encode()})},
        FULL,
        "leads out of the zip",
    ),
    "absolute path": Kind({"work.zip": zipped({"/escaped.py": b"x"})}, 0, "leads out of the zip"),
    "link in the zip": Kind({}, 0, "a link", links=("answers.py",)),
    "zip bomb": Kind(
        {"work.zip": zipped({"answers.py": b"#" * 200_000_000})}, 0, "larger than 20 MB"
    ),
    "zips without end": Kind(
        {"1.zip": zipped({"2.zip": zipped({"3.zip": zipped({"answers.py": GOOD.encode()})})})},
        0,
        "zip in a zip",
    ),
    "broken zip": Kind({"work.zip": b"PK\x03\x04 no zip"}, 0, "zip that cannot be read"),
}


def write_zip(path) -> None:
    """All kinds in one zip, a folder each, as GitHub Classroom's download has it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, kind in KINDS.items():
            for inside, data in kind.files.items():
                archive.writestr(f"class/{ASSIGNMENT.name}-{name}/{inside}", data)
            for inside in kind.links:
                link = zipfile.ZipInfo(f"class/{ASSIGNMENT.name}-{name}/{inside}")
                link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
                archive.writestr(link, "/etc/passwd")
