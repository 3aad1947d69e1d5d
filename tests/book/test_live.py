"""The cells of a page run in it, over a plain server, and show what is stored.

`make live` runs every page that can run; `make test` runs one whole.
"""

import hashlib
import json
import os
import re
import sys

import pytest
from booktools import BOOK, ROOT, cells, notebook_paths, opened, read_notebook, tags, text_of
from bs4 import BeautifulSoup
from playwright.sync_api import expect

sys.path.insert(0, str(BOOK / "_ext"))
import live

LIVE = ROOT / "live"
RUN_ALL = os.environ.get("LIVE") == "all"
LIMIT = 600_000  # milliseconds for a page, on a machine that does other things besides


def name_of(path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


def can_run(path) -> bool:
    return not live.missing(live.code_of(path)) and name_of(path) not in live.ABOUT_THE_COMPUTER


PAGES = [name_of(path) for path in notebook_paths() if can_run(path)]
WHOLE = "book/04-mathematics/shared-parts"  # text, formulas, figures; NumPy, Matplotlib and SymPy
SMALL = "book/03-algorithm/package"  # NumPy alone: Python starts in a few seconds
EXERCISE = "ex-3-14"  # on the same page
ANSWER = """def saved(sizes):
    products = [m * n for m, n in pairwise(sizes)]
    return products[0] / (2 * sum(products))
"""
ANSWERS = [
    (ANSWER, "is right", "passed every test"),
    (ANSWER.replace("2 * ", ""), "is not right yet", "expected"),
    ("saved = 1 / 0", "ended with an error", "ZeroDivisionError"),
    # A name that another cell defines: the cells above run first.
    ("print(mazur.evaluate(x, y))", "is not right yet", "define `saved` first"),
]


# --- the files ------------------------------------------------------------------------------------


def sha256(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_wheels_of_pyodide_are_those_of_its_lock():
    lock = json.loads((LIVE / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    known = {package["file_name"]: package["sha256"] for package in lock.values()}
    wheels = sorted((LIVE / "pyodide").glob("*.whl"))
    assert wheels == sorted(live.wheels_of("matplotlib"))
    assert {path.name: sha256(path) for path in wheels} == {p.name: known[p.name] for p in wheels}


@pytest.mark.parametrize("folder", ["pyodide", "wheels"])
def test_the_other_files_are_as_they_came(folder):
    lines = (LIVE / folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    assert {name: sha256(LIVE / folder / name) for name in sums} == sums
    others = {path.name for path in (LIVE / folder).iterdir()} - {"SHA256SUMS"}
    assert others - {path.name for path in live.wheels_of("matplotlib")} == set(sums)


def test_most_pages_can_run():
    assert len(PAGES) > 40
    assert {WHOLE, SMALL} < set(PAGES)


# --- what a page needs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("x = 1", {"numpy"}),
        ("import math\nfrom backprop import Dense", {"numpy"}),
        ("from backprop import figures", {"numpy", "matplotlib"}),
        ("from backprop.figures.style import INK", {"numpy", "matplotlib"}),
        ("from backprop import symbolic", {"numpy", "sympy"}),
        ("import backprop.symbolic as s", {"numpy", "sympy"}),
        ("text = path.read_text(encoding='utf-8')", {"numpy", "files"}),
    ],
)
def test_parts_follow_from_the_imports(code, parts):
    assert live.missing(code) == []
    assert set(live.parts(code)) == parts


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import keras\nfrom torch import nn", ["Keras", "PyTorch"]),
        ("if x:\n    import jax.numpy as jnp", ["JAX"]),
        ("from backprop import bridge", ["safetensors"]),
        ("from backprop.machine_code import gcc", ["other programs"]),
        ("import unheard_of", ["unheard_of"]),
    ],
)
def test_what_is_not_there_is_named(code, names):
    assert live.missing(code) == names


def test_a_page_that_cannot_run_says_so(site):
    for path in notebook_paths():
        page = site.content[name_of(path)].soup
        if can_run(path):
            assert page.select_one("div.live") and not page.select_one(".live-not")
        else:
            assert not page.select_one("div.live, script[src*=live]")
            assert "do not run in the browser" in page.select_one(".live-not").text


# --- in the browser -------------------------------------------------------------------------------

# What the cells show, in the words of `stored`.
SHOWN = """() => [...document.querySelectorAll('article div.cell')]
  .filter((cell) => cell.querySelector('.cell_input'))
  .map((cell) => [...(cell.querySelector('.live-output')?.children ?? [])].map((output) => {
    const figure = output.matches('img') ? output : output.querySelector('img');
    if (figure) return [figure.naturalWidth ? 'figure' : 'broken figure', ''];
    if (output.matches('.text_latex'))
      return ['latex', output.querySelector('annotation')?.textContent ?? 'not typeset'];
    if (output.matches('.text_html')) return ['html', output.textContent];
    return [output.matches('.traceback') ? 'error' : 'text', output.textContent];
  }))"""


def stored(cell: dict) -> list[list[str]]:
    """A notebook cell's outputs as [kind, text]: streams in one, a figure without its bytes."""
    found = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            if found and found[-1][0] == "text":
                found[-1][1] += text_of(output["text"])
            else:
                found.append(["text", text_of(output["text"])])
        elif "image/svg+xml" in data:
            found.append(["figure", ""])
        elif "text/html" in data:
            found.append(["html", BeautifulSoup(text_of(data["text/html"]), "html.parser").text])
        elif "text/latex" in data:
            found.append(["latex", text_of(data["text/latex"]).strip("$")])
        else:
            found.append(["text", text_of(data["text/plain"])])
    return found


def plain(outputs: list[list[str]]) -> list[tuple[str, str]]:
    return [
        (kind, "".join(text.split()) if kind == "html" else text.rstrip()) for kind, text in outputs
    ]


def differences(page, name: str) -> list[str]:
    """The cells of a page, run whole, that show something else than is stored."""
    problems = []
    code = cells(read_notebook(ROOT / f"{name}.ipynb"), "code")
    for number, (cell, shown) in enumerate(zip(code, page.evaluate(SHOWN), strict=True), 1):
        if "nbval-ignore-output" in tags(cell):
            shown = [output for output in shown if output[0] == "error"]
            expected = []
        else:
            expected = stored(cell)
        if plain(shown) != plain(expected):
            problems.append(f"cell {number}\nstored: {expected}\nshown:  {shown}")
    return problems


@pytest.fixture
def visit(browser, address):
    """A function that opens a page; what went wrong on it must be nothing at the end."""
    pages, problems = [], []

    def visit(name):
        page, wrong = opened(browser, f"{address}/{name}.html")
        page.set_default_timeout(LIMIT)
        pages.append(page)
        problems.append(wrong)
        return page

    yield visit
    for page in pages:
        page.context.close()
    assert [problem for wrong in problems for problem in wrong] == []


def says(page, pattern: str) -> None:
    """Wait until the page's status says this."""
    expect(page.locator(".live-status > span").first).to_have_text(
        re.compile(pattern), timeout=LIMIT
    )


def tool(page, number: int, action: str):
    return page.get_by_role("button", name=f"{action} cell {number}", exact=True)


def output_of(page, number: int):
    return page.locator("article div.cell").nth(number - 1).locator(".live-output")


def write(page, number: int, source: str) -> None:
    """Open a cell's editor and put this text into it."""
    if page.get_by_label(f"Code of cell {number}").count() == 0:
        tool(page, number, "Edit").click()
    page.get_by_label(f"Code of cell {number}").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES if RUN_ALL else [WHOLE])
def test_a_page_run_whole_shows_what_is_stored(visit, name):
    page = visit(name)
    page.get_by_role("button", name="Run this page").click()
    says(page, r"ran in|error|by itself")
    assert differences(page, name) == []
    says(page, r"ran in")


@pytest.mark.browser
def test_nothing_of_python_is_loaded_before_a_press(visit, browser, address):
    asked = []
    page = browser.new_context().new_page()
    page.on("request", lambda request: asked.append(request.url.removeprefix(address)))
    page.goto(f"{address}/{SMALL}.html", wait_until="networkidle")
    assert page.get_by_role("button", name="Run this page").is_visible()
    assert [url for url in asked if "/live/" in url] == ["/_static/live/live.mjs"]
    page.context.close()


@pytest.mark.slow
@pytest.mark.browser
def test_cells_are_run_edited_stopped_and_reset(visit):
    page = visit(SMALL)
    page.set_viewport_size({"width": 390, "height": 800})

    # A cell runs those above it first.
    tool(page, 3, "Run").click()
    says(page, "3 cells ran in")
    assert output_of(page, 4).count() == 0

    # An edited cell runs from the editor, with the names of the others; an error names its line.
    write(page, 3, "print(np.arange(3))\n\nnone_such")
    page.keyboard.press("Shift+Enter")
    says(page, "Cell 3 ended with an error")
    expect(output_of(page, 3)).to_contain_text("[0 1 2]")
    expect(output_of(page, 3)).to_contain_text("<cell 3>")
    expect(output_of(page, 3)).to_contain_text("name 'none_such' is not defined")
    expect(output_of(page, 3)).not_to_contain_text("cells.py")

    # What a loop prints is seen while it runs; it can be stopped, and the page goes on.
    write(page, 3, "print('begun')\nwhile True:\n    pass")
    tool(page, 3, "Run").click()
    expect(output_of(page, 3)).to_have_text("begun\n")
    tool(page, 3, "Stop").click()
    says(page, "Stopped")
    tool(page, 3, "Reset").click()
    assert output_of(page, 3).count() == 0
    assert page.get_by_label("Code of cell 3").count() == 0
    tool(page, 2, "Run").click()
    says(page, "2 cells ran in")


@pytest.mark.slow
@pytest.mark.browser
def test_python_starts_again_without_a_network(visit):
    page = visit(SMALL)
    write(page, 1, "while True:\n    print('begun')")
    page.keyboard.press("Shift+Enter")
    expect(output_of(page, 1)).to_contain_text("begun", timeout=LIMIT)
    page.context.set_offline(True)
    tool(page, 1, "Stop").click()
    says(page, "Stopped")
    tool(page, 1, "Reset").click()
    tool(page, 2, "Run").click()
    says(page, "2 cells ran in")


@pytest.mark.slow
@pytest.mark.browser
def test_an_answer_is_checked(visit):
    page = visit(SMALL)
    # What a cell defines, such as the page's own solution, is no answer.
    tool(page, 1, "Edit").click()
    page.get_by_label("Code of cell 1").press("Control+End")
    page.keyboard.insert_text("\n\nsaved = len\n")
    exercise = page.locator(f"[data-check={EXERCISE}]")
    exercise.get_by_role("button", name="Write an answer").click()
    for answer, status, verdict in ANSWERS:
        exercise.get_by_label("Code of your answer").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(answer)
        exercise.get_by_role("button", name="Check your answer").click()
        says(page, status)
        expect(exercise.locator(".live-output")).to_contain_text(verdict)
        page.get_by_role("button", name="Close").click()


@pytest.mark.slow
@pytest.mark.browser
def test_a_cell_shows_what_jupyter_shows(visit):
    page = visit(SMALL)
    rows = {
        "1 + 1": "2",
        "1 + 1;": "",
        "None": "",
        "print('a', end='')\n'b'": "a'b'",
        "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out')": "out\nerr\nout\n",
        "print('10%\\r20%')": "20%\n",
        "_": "'b'",
        "{'b': 1, 'a': [2]}": "{'b': 1, 'a': [2]}",
        "from IPython.display import HTML, Math, display\ndisplay(1, 2)": "12",
        "HTML('<b>bold</b>')": "bold",
        "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))": (
            "def f():\n    return 1\n\n"
        ),
        "import pickle\nclass A: pass\ntype(pickle.loads(pickle.dumps(A()))) is A": "True",
        "raise SystemExit": "SystemExit",
        "1 +": "SyntaxError: invalid syntax",
        "print('x' * 300_000)": "more was printed than is shown here",
    }
    for source, shown in rows.items():
        write(page, 1, source)
        tool(page, 1, "Run").click()
        says(page, "ran in" if "Error" not in shown and shown != "SystemExit" else "error")
        text = output_of(page, 1).text_content()
        if len(shown) < 15 and shown != "SystemExit":
            assert text.rstrip() == shown.rstrip(), source
        else:
            assert shown.rstrip() in text, source
        page.get_by_role("button", name="Close").click()
